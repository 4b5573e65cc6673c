/** A value with its bound, and how bounds go through an op: in float64, by the interpreter. */
import type { TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { make, makeInput, type Node } from "../graph/node.js";
import type { Primitive, PrimitiveParams } from "../graph/primitives.js";
import { evaluateNode } from "../targets/interpreter/interpret.js";

export interface Bounded {
  readonly value: TypedArray;
  /** For each element; undefined: exact. */
  readonly error: Float64Array | undefined;
}

export function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new InternalError(`bounds: there is no value ${i}`);
  return item;
}

export function isInexact({ error }: Bounded): boolean {
  return error?.some((e) => e > 0) ?? false;
}

export function allUnknown(n: number): Float64Array {
  return new Float64Array(n).fill(Number.POSITIVE_INFINITY);
}

export function remake(node: Node, inputs: readonly Node[], params: object): Node {
  return make(node.op, inputs, params as PrimitiveParams[Primitive]);
}

/** Stands for input `i` in float64. */
export function doubleOf(node: Node, i: number): Node {
  return makeInput("", { shape: at(node.inputs, i).shape, dtype: "float64" });
}

export function errorsOf(inputs: readonly Bounded[], i: number): Float64Array {
  const { value, error } = at(inputs, i);
  return error ?? new Float64Array(value.length);
}

export function shadow(node: Node, values: readonly TypedArray[]): Float64Array {
  return Float64Array.from(evaluateNode(node, values)[0] ?? []);
}
