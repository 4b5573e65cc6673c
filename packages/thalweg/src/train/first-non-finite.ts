/** Runs a traced function op by op, to find where the first NaN or infinity comes from. */
import { isFloat, type TypedArray } from "../base/dtype.js";
import { formatShape } from "../base/shape.js";
import { make, makeBuffer, type Node, topological } from "../graph/node.js";
import { describePlace, nameOfOp, type Origins, type Place } from "../graph/origins.js";
import type { PrimitiveParams } from "../graph/primitives.js";
import type { Traced } from "../runtime/device.js";
import { realize } from "../runtime/realize.js";
import type { Variable } from "../runtime/variable.js";

export interface NonFinite extends Place {
  readonly op: string;
  /** What it made: NaN, Infinity or −Infinity. */
  readonly value: number;
  readonly shape: readonly number[];
  /** Whether the op belongs to the backward pass or the update. */
  readonly backward: boolean;
  /** The operands at fault, as texts. */
  readonly operands: readonly string[];
}

/**
 * The first op, in the order of computation, that makes a NaN or infinity of finite operands. `values` are those of the trace's inputs;
 * variables are read as they are now. The first output is taken for the loss: what it does not need is the backward pass. `origins` tells the
 * layers, as `TrainingStep.trace` gives them; without it the place stays unknown.
 */
export function firstNonFinite(
  traced: Traced,
  values: readonly (TypedArray | number)[],
  origins?: Origins,
): NonFinite | undefined {
  const outputs = [...traced.outputs, ...traced.updates.map((u) => u.value)];
  const [loss] = traced.outputs;
  const forward = new Set(loss === undefined ? [] : topological([loss]));
  const known = new Map<Node, Node>();
  traced.inputs.forEach((input, i) => {
    const value = values[i];
    if (value === undefined) return;
    const storage = typeof value === "number" ? Float64Array.of(value) : value;
    known.set(input, makeBuffer(input.shape, input.dtype, storage));
  });
  for (const node of topological(outputs)) {
    if (known.has(node)) continue;
    const made = compute(node, known);
    known.set(node, made);
    if (made.outputs !== undefined || node.op === "variable" || node.inputs.length === 0) continue;
    const bad = firstBad(made);
    if (bad === undefined || !node.inputs.every((input) => isClean(known.get(input)))) continue;
    const given = (node.op === "project" ? node.inputs[0]?.inputs : undefined) ?? node.inputs;
    const operands = given.map((input) => summary(known.get(input) ?? input));
    return {
      op: nameOfOp(node),
      value: bad,
      shape: node.shape,
      ...(origins?.of(node) ?? { layer: undefined, part: undefined, derivativeOf: undefined }),
      backward: !forward.has(node),
      operands,
    };
  }
  return undefined;
}

/** A text for people: the op, its layer and its operands. */
export function describeNonFinite({ op, value, shape, backward, operands, ...place }: NonFinite): string {
  return `${op}${describePlace(place)} (${backward ? "backward" : "forward"} pass) made ${value} of shape ${formatShape(shape)} from ${operands.join(" and ")}`;
}

function compute(node: Node, known: ReadonlyMap<Node, Node>): Node {
  if (node.op === "buffer" || node.op === "literal" || node.op === "scalar") return node;
  if (node.op === "variable") return (node.params.variable as Variable).snapshot();
  const inputs = node.inputs.map((input) => known.get(input) ?? input);
  const copy = make(node.op, inputs, node.params as PrimitiveParams[typeof node.op]);
  // What has several results is computed by those who pick one.
  if (copy.outputs === undefined) realize([copy]);
  return copy;
}

function firstBad(node: Node): number | undefined {
  if (node.storage === undefined || !isFloat(node.dtype)) return undefined;
  for (const x of node.storage) if (!Number.isFinite(x)) return x;
  return undefined;
}

/** Without a NaN or infinity; of a node with several results, all its operands. */
function isClean(node: Node | undefined): boolean {
  if (node === undefined) return true;
  if (node.outputs !== undefined) return node.inputs.every(isClean);
  return firstBad(node) === undefined;
}

function summary(node: Node): string {
  if (node.op === "literal") return `${node.params.value}`;
  if (node.storage === undefined) return node.op;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of node.storage) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  if (node.storage.length === 0) return "nothing";
  const [a, b] = [low.toPrecision(3), high.toPrecision(3)];
  return a === b ? `${a}` : `values from ${a} to ${b}`;
}
