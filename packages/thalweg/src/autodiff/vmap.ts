/**
 * Vectorisation: a graph over one example becomes the graph over many, with the batch as the leading axis. What is the same for all examples
 * stays as it is; no rule copies it along the batch unless the op can do no other.
 */
import { InternalError } from "../base/errors.js";
import { reshape, swapLast } from "../graph/build.js";
import { lastNodeId, make, type Node, type NodeFor, project, withInputs } from "../graph/node.js";
import { noteOrigin, recordingOrigins } from "../graph/origins.js";
import type { Primitive, PrimitiveParams } from "../graph/primitives.js";
import { dependents } from "../graph/substitute.js";
import { batchGather, batchScatter } from "./batch-indexed.js";
import { batchCustom, batchHost, batchScan, batchThrefry } from "./batch-structures.js";
import { batch, common, shapeOfOne, withLeadingAxis } from "./batching.js";
import { type Batched, type BatchRule, operand, present } from "./rule.js";

/** `outputs` with the keys of `replacement` standing for batches of `size` examples, or for values common to all. */
export function vectorize(outputs: readonly Node[], replacement: ReadonlyMap<Node, Batched>, size: number): Batched[] {
  const { order, dependent } = dependents(outputs, replacement.keys(), () => true);
  const found = new Map<Node, readonly Batched[]>();
  for (const [node, value] of replacement) found.set(node, [value]);
  const get = (node: Node): Batched => found.get(node)?.[0] ?? common(node);
  for (const node of order) {
    if (!dependent.has(node) || replacement.has(node)) continue;
    if (node.op === "project") {
      found.set(node, [present(found.get(operand(node, 0))?.[node.params.index])]);
      continue;
    }
    const operands = node.inputs.map(get);
    const before = lastNodeId();
    if (operands.some((x) => x.batched)) found.set(node, applyBatch(node, operands, size));
    else {
      const same = withInputs(
        node,
        operands.map((x) => x.node),
      );
      found.set(
        node,
        same.outputs === undefined ? [common(same)] : same.outputs.map((_, i) => common(project(same, i))),
      );
    }
    if (recordingOrigins()) noteOrigin(before, { kind: "copy", of: node });
  }
  return outputs.map(get);
}

function applyBatch<P extends Primitive>(
  node: NodeFor<P>,
  operands: readonly Batched[],
  size: number,
): readonly Batched[] {
  const rule: BatchRule<P> = batchRules[node.op];
  return rule(node, operands, size);
}

const never = (node: { readonly op: Primitive }): never => {
  throw new InternalError(`${node.op} has no operand and was batched`);
};

/** The same op over operands that all have the batch axis. */
const elementwise = <P extends Primitive>(
  node: NodeFor<P>,
  operands: readonly Batched[],
  size: number,
): readonly Batched[] => [
  batch(
    make(
      node.op,
      operands.map((x) => withLeadingAxis(x, size)),
      node.params,
    ),
  ),
];

/** The same op with parameters that leave the leading axis alone. */
const shifted =
  <P extends Primitive>(params: (given: PrimitiveParams[P], size: number) => PrimitiveParams[P]): BatchRule<P> =>
  (node, operands, size) => [
    batch(
      make(
        node.op,
        operands.map((x) => withLeadingAxis(x, size)),
        params(node.params, size),
      ),
    ),
  ];

const axes = shifted<"sum" | "prod" | "reduceMax" | "reduceMin">((p) => ({ axes: p.axes.map((axis) => axis + 1) }));
const axis = shifted<"concat" | "argmax" | "argmin">((p) => ({ axis: p.axis + 1 }));
const running = shifted<"cumsum" | "cumprod">((p) => ({ axis: p.axis + 1, reverse: p.reverse }));

/** With a common matrix on one side, the batch folds into the rows of a single product. */
const batchMatmul: BatchRule<"matmul"> = (_node, operands, size) => {
  const [a, b] = [present(operands[0]), present(operands[1])];
  const flat = shapeOfOne(a).length === 2 && a.batched !== b.batched;
  if (!flat) return [batch(make("matmul", [withLeadingAxis(a, size), withLeadingAxis(b, size)], {}))];
  const fold = (x: Node, matrix: Node): Node => {
    const [rows, inner, columns] = [x.shape[1] ?? 0, x.shape[2] ?? 0, matrix.shape[1] ?? 0];
    return reshape(make("matmul", [reshape(x, [size * rows, inner]), matrix], {}), [size, rows, columns]);
  };
  // A Bᵢ = (Bᵢᵀ Aᵀ)ᵀ
  return [batch(a.batched ? fold(a.node, b.node) : swapLast(fold(swapLast(b.node), swapLast(a.node))))];
};

export const batchRules: { readonly [P in Primitive]: BatchRule<P> } = {
  input: never,
  buffer: never,
  variable: never,
  literal: never,
  scalar: never,
  iota: never,

  neg: elementwise,
  abs: elementwise,
  sign: elementwise,
  floor: elementwise,
  ceil: elementwise,
  round: elementwise,
  trunc: elementwise,
  sqrt: elementwise,
  exp: elementwise,
  expm1: elementwise,
  log: elementwise,
  log1p: elementwise,
  sin: elementwise,
  cos: elementwise,
  tan: elementwise,
  asin: elementwise,
  acos: elementwise,
  atan: elementwise,
  sinh: elementwise,
  cosh: elementwise,
  tanh: elementwise,
  asinh: elementwise,
  acosh: elementwise,
  atanh: elementwise,
  erf: elementwise,
  erfc: elementwise,
  sigmoid: elementwise,
  softplus: elementwise,
  relu: elementwise,
  not: elementwise,
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  floorDiv: elementwise,
  mod: elementwise,
  pow: elementwise,
  max: elementwise,
  min: elementwise,
  atan2: elementwise,
  and: elementwise,
  or: elementwise,
  xor: elementwise,
  shiftLeft: elementwise,
  shiftRight: elementwise,
  eq: elementwise,
  ne: elementwise,
  lt: elementwise,
  le: elementwise,
  cast: elementwise,
  integerPow: elementwise,
  select: elementwise,
  identity: elementwise,
  stopGradient: elementwise,
  threefry: batchThrefry,

  reshape: shifted((p, size) => ({ shape: [size, ...p.shape] })),
  permute: shifted((p) => ({ permutation: [0, ...p.permutation.map((i) => i + 1)] })),
  broadcast: shifted((p, size) => ({ shape: [size, ...p.shape] })),
  slice: shifted((p, size) => ({ start: [0, ...p.start], size: [size, ...p.size], step: [1, ...p.step] })),
  pad: shifted((p) => ({ low: [0, ...p.low], high: [0, ...p.high], interior: [0, ...p.interior], value: p.value })),
  concat: axis,

  sum: axes,
  prod: axes,
  reduceMax: axes,
  reduceMin: axes,
  argmax: axis,
  argmin: axis,
  cumsum: running,
  cumprod: running,

  matmul: batchMatmul,
  gather: batchGather,
  scatterAdd: batchScatter("scatterAdd"),
  scatterSet: batchScatter("scatterSet"),

  project: never,
  scan: batchScan(vectorize),
  host: batchHost(vectorize),
  custom: batchCustom(vectorize),
};
