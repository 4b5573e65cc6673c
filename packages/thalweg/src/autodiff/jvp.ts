/** Forward mode: tangents pushed through the graph, one rule a primitive. */
import { isFloat } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { binary, cast, div, mul, reshape, select, sum, zerosLike } from "../graph/build.js";
import { lastNodeId, make, type Node, type NodeFor } from "../graph/node.js";
import { noteOrigin, recordingOrigins } from "../graph/origins.js";
import type { Primitive } from "../graph/primitives.js";
import { dependents } from "../graph/substitute.js";
import { type Partial, partials } from "./elementwise.js";
import { customJvp, hostJvp } from "./opaque.js";
import { exclusiveProduct, linearRecurrence, productOfOthers } from "./products.js";
import { checkDerivative, hasFloat, type JvpRule, type MaybeNode, operand, plus } from "./rule.js";
import { scanJvp } from "./scan.js";
import { expandReduced } from "./views.js";
import { backward } from "./vjp.js";

/** Tangents of `outputs` where `wrt` moves along `tangents`: ∂output/∂wrt · tangent. Undefined is zero, going in and coming out. */
export function forward(outputs: readonly Node[], wrt: readonly Node[], tangents: readonly MaybeNode[]): MaybeNode[] {
  const found = new Map<Node, readonly MaybeNode[]>();
  wrt.forEach((node, i) => {
    const t = tangents[i];
    if (t !== undefined && isFloat(node.dtype)) found.set(node, [checkDerivative("tangent", node, t)]);
  });
  const { order, dependent } = dependents(
    outputs,
    found.keys(),
    (node) => node.op !== "stopGradient" && hasFloat(node),
  );
  const roots = new Set(found.keys());
  for (const node of order) {
    if (!dependent.has(node) || roots.has(node)) continue;
    if (node.op === "project") {
      const t = found.get(operand(node, 0))?.[node.params.index];
      if (t !== undefined && isFloat(node.dtype)) found.set(node, [checkDerivative("tangent", node, t)]);
      continue;
    }
    const inputs = node.inputs.map((input) => found.get(input)?.[0]);
    if (inputs.every((t) => t === undefined)) continue;
    const before = lastNodeId();
    const results = applyJvp(node, inputs);
    if (recordingOrigins()) noteOrigin(before, { kind: "derivative", of: node });
    const first = results[0];
    if (node.outputs === undefined && first !== undefined) checkDerivative("tangent", node, first);
    found.set(node, results);
  }
  return outputs.map((output) => found.get(output)?.[0]);
}

function applyJvp<P extends Primitive>(node: NodeFor<P>, tangents: readonly MaybeNode[]): readonly MaybeNode[] {
  const rule: JvpRule<P> = jvpRules[node.op];
  return rule(node, tangents);
}

const diagonal = <P extends keyof typeof partials>(op: P): JvpRule<P> => {
  const list: readonly Partial<P>[] = partials[op];
  return (node, tangents) => {
    let total: MaybeNode;
    list.forEach((partial, i) => {
      const t = tangents[i];
      if (t !== undefined) total = plus(total, partial(t, node));
    });
    return [total];
  };
};

/** Ops linear in their first operand: the same op on the tangent. */
const linear =
  <P extends Primitive>(apply: (t: Node, node: NodeFor<P>) => MaybeNode): JvpRule<P> =>
  (node, [t]) => [t === undefined ? undefined : apply(t, node)];

const never = (node: { readonly op: Primitive }): never => {
  throw new InternalError(`${node.op} was asked for a tangent`);
};

/** The mean of the tangents of the elements equal to the result. */
const extremum = linear<"reduceMax" | "reduceMin">((t, node) => {
  const source = operand(node, 0);
  const { axes } = node.params;
  const chosen = binary("eq", source, expandReduced(node as Node, source.shape, axes));
  return div(sum(select(chosen, t, 0), axes), sum(cast(chosen, t.dtype), axes));
});

export const jvpRules: { readonly [P in Primitive]: JvpRule<P> } = {
  input: never,
  buffer: never,
  variable: never,
  literal: never,
  scalar: never,
  iota: never,

  neg: diagonal("neg"),
  abs: diagonal("abs"),
  sign: diagonal("sign"),
  floor: diagonal("floor"),
  ceil: diagonal("ceil"),
  round: diagonal("round"),
  trunc: diagonal("trunc"),
  sqrt: diagonal("sqrt"),
  exp: diagonal("exp"),
  expm1: diagonal("expm1"),
  log: diagonal("log"),
  log1p: diagonal("log1p"),
  sin: diagonal("sin"),
  cos: diagonal("cos"),
  tan: diagonal("tan"),
  asin: diagonal("asin"),
  acos: diagonal("acos"),
  atan: diagonal("atan"),
  sinh: diagonal("sinh"),
  cosh: diagonal("cosh"),
  tanh: diagonal("tanh"),
  asinh: diagonal("asinh"),
  acosh: diagonal("acosh"),
  atanh: diagonal("atanh"),
  erf: diagonal("erf"),
  erfc: diagonal("erfc"),
  sigmoid: diagonal("sigmoid"),
  softplus: diagonal("softplus"),
  relu: diagonal("relu"),
  not: diagonal("not"),
  add: diagonal("add"),
  sub: diagonal("sub"),
  mul: diagonal("mul"),
  div: diagonal("div"),
  floorDiv: diagonal("floorDiv"),
  mod: diagonal("mod"),
  pow: diagonal("pow"),
  max: diagonal("max"),
  min: diagonal("min"),
  atan2: diagonal("atan2"),
  and: diagonal("and"),
  or: diagonal("or"),
  xor: diagonal("xor"),
  shiftLeft: diagonal("shiftLeft"),
  shiftRight: diagonal("shiftRight"),
  integerPow: diagonal("integerPow"),
  select: diagonal("select"),

  eq: never,
  ne: never,
  lt: never,
  le: never,
  threefry: never,
  argmax: never,
  argmin: never,

  cast: linear((t, node) => cast(t, node.dtype)),
  reshape: linear((t, { params }) => reshape(t, params.shape)),
  permute: linear((t, { params }) => make("permute", [t], params)),
  broadcast: linear((t, { params }) => make("broadcast", [t], params)),
  slice: linear((t, { params }) => make("slice", [t], params)),
  pad: linear((t, { params }) => make("pad", [t], { ...params, value: 0 })),
  concat: (node, tangents) => [
    make(
      "concat",
      node.inputs.map((input, i) => tangents[i] ?? zerosLike(input)),
      node.params,
    ),
  ],

  sum: linear((t, { params }) => make("sum", [t], params)),
  prod: linear((t, node) => {
    const { axes } = node.params;
    const others = productOfOthers(operand(node, 0), axes);
    return sum(others === undefined ? t : mul(t, others), axes);
  }),
  reduceMax: extremum,
  reduceMin: extremum,
  cumsum: linear((t, { params }) => make("cumsum", [t], params)),
  // ẏᵢ = xᵢ ẏᵢ₋₁ + yᵢ₋₁ ẋᵢ
  cumprod: linear((t, node) => {
    const source = operand(node, 0);
    const { axis, reverse } = node.params;
    if ((source.shape[axis] ?? 0) <= 1) return t;
    return linearRecurrence(source, mul(t, exclusiveProduct(source, axis, reverse)), axis, reverse);
  }),

  matmul: (node, [a, b]) => [
    plus(
      a === undefined ? undefined : make("matmul", [a, operand(node, 1)], {}),
      b === undefined ? undefined : make("matmul", [operand(node, 0), b], {}),
    ),
  ],

  gather: linear((t, node) => make("gather", [t, operand(node, 1)], {})),
  scatterAdd: (node, [t, , updates]) => [
    updates === undefined ? t : make("scatterAdd", [t ?? zerosLike(operand(node, 0)), operand(node, 1), updates], {}),
  ],
  scatterSet: (node, [t, , updates]) => {
    const [source, indices, replaced] = [operand(node, 0), operand(node, 1), operand(node, 2)];
    return [make("scatterSet", [t ?? zerosLike(source), indices, updates ?? zerosLike(replaced)], {})];
  },

  identity: linear((t) => t),
  stopGradient: linear(() => undefined),
  project: never,
  scan: scanJvp(forward),
  host: hostJvp(backward),
  custom: customJvp(forward, backward),
};
