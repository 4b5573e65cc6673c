/** The forms of derivative and batching rules, and what they share. */
import { isFloat } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { formatShape, sameShape } from "../base/shape.js";
import { add } from "../graph/build.js";
import type { Node, NodeFor } from "../graph/node.js";
import type { Primitive } from "../graph/primitives.js";

/** A zero that is not built is `undefined`. */
export type MaybeNode = Node | undefined;

/**
 * Cotangents of the inputs from those of the results: one for a node with one result, else one each. Only those `wanted` are used.
 * A rule is called with at least one cotangent that is not zero.
 */
export type VjpRule<P extends Primitive> = (
  node: NodeFor<P>,
  cotangents: readonly MaybeNode[],
  wanted: readonly boolean[],
) => readonly MaybeNode[];

/** Tangents of the results from those of the inputs, of which at least one is not zero. */
export type JvpRule<P extends Primitive> = (node: NodeFor<P>, tangents: readonly MaybeNode[]) => readonly MaybeNode[];

/** A value under `vmap`: with a leading batch axis, or the same for all. */
export interface Batched {
  readonly node: Node;
  readonly batched: boolean;
}

/** Results of the op over operands of which at least one has a leading axis of `size`. */
export type BatchRule<P extends Primitive> = (
  node: NodeFor<P>,
  operands: readonly Batched[],
  size: number,
) => readonly Batched[];

export type Backward = (
  outputs: readonly Node[],
  cotangents: readonly MaybeNode[],
  wrt: readonly Node[],
) => MaybeNode[];
export type Forward = (outputs: readonly Node[], wrt: readonly Node[], tangents: readonly MaybeNode[]) => MaybeNode[];
export type Vectorize = (outputs: readonly Node[], replacement: ReadonlyMap<Node, Batched>, size: number) => Batched[];

export function operand(node: { readonly op: Primitive; readonly inputs: readonly Node[] }, i: number): Node {
  const input = node.inputs[i];
  if (input === undefined) throw new InternalError(`${node.op} has no operand ${i}`);
  return input;
}

/** For values that the surrounding code has put where they are looked for. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new InternalError("a value that must be there is missing");
  return value;
}

export function plus(a: MaybeNode, b: MaybeNode): MaybeNode {
  if (a === undefined) return b;
  return b === undefined ? a : add(a, b);
}

/** Derivatives live where there are floats: a node of several results has them if one result is a float. */
export function hasFloat(node: Node): boolean {
  return node.outputs === undefined ? isFloat(node.dtype) : node.outputs.some((o) => isFloat(o.dtype));
}

/** A derivative has the shape and dtype of what it is the derivative of. */
export function checkDerivative(kind: "cotangent" | "tangent", node: Node, derivative: Node): Node {
  if (derivative.dtype === node.dtype && sameShape(derivative.shape, node.shape)) return derivative;
  throw new InternalError(
    `the ${kind} of ${node.op} is ${derivative.dtype}${formatShape(derivative.shape)}, not ${node.dtype}${formatShape(node.shape)}`,
  );
}
