/** Short names for building graphs inside rules: operands are broadcast to a common shape, numbers become literals of the other's dtype. */
import type { DType } from "../base/dtype.js";
import { broadcastShapes, type Shape, sameShape } from "../base/shape.js";
import { make, makeLiteral, type Node } from "./node.js";
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from "./primitives.js";

/** `x` stretched to `shape` by NumPy's rules. */
export function broadcastTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const missing = shape.length - x.shape.length;
  const aligned = missing > 0 ? reshape(x, [...new Array<number>(missing).fill(1), ...x.shape]) : x;
  return sameShape(aligned.shape, shape) ? aligned : make("broadcast", [aligned], { shape });
}

export function reshape(x: Node, shape: Shape): Node {
  return sameShape(x.shape, shape) ? x : make("reshape", [x], { shape });
}

export function permute(x: Node, permutation: readonly number[]): Node {
  return permutation.every((axis, i) => axis === i) ? x : make("permute", [x], { permutation });
}

/** The last two axes exchanged. */
export function swapLast(x: Node): Node {
  const axes = x.shape.map((_, i) => i);
  const n = axes.length;
  return permute(x, [...axes.slice(0, n - 2), n - 1, n - 2]);
}

/** A constant of `shape`. */
export function full(shape: Shape, value: number, dtype: DType): Node {
  return broadcastTo(makeLiteral(value, dtype), shape);
}

export function zerosLike(x: Node): Node {
  return full(x.shape, 0, x.dtype);
}

function pair(op: string, a: Node | number, b: Node | number, other: DType): readonly [Node, Node] {
  const dtype = typeof a === "number" ? (typeof b === "number" ? other : b.dtype) : a.dtype;
  const x = typeof a === "number" ? makeLiteral(a, dtype) : a;
  const y = typeof b === "number" ? makeLiteral(b, dtype) : b;
  const shape = broadcastShapes(op, x.shape, y.shape);
  return [broadcastTo(x, shape), broadcastTo(y, shape)];
}

export function binary(op: BinaryPrimitive | ComparePrimitive, a: Node | number, b: Node | number): Node {
  return make(op, pair(op, a, b, "float32"), {});
}

export function unary(op: UnaryPrimitive, x: Node): Node {
  return make(op, [x], {});
}

export const add = (a: Node | number, b: Node | number): Node => binary("add", a, b);
export const sub = (a: Node | number, b: Node | number): Node => binary("sub", a, b);
export const mul = (a: Node | number, b: Node | number): Node => binary("mul", a, b);
export const div = (a: Node | number, b: Node | number): Node => binary("div", a, b);
export const neg = (x: Node): Node => unary("neg", x);

export function cast(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : make("cast", [x], { dtype });
}

export function select(mask: Node, a: Node | number, b: Node | number): Node {
  const [x, y] = pair("select", a, b, "float32");
  const shape = broadcastShapes("select", mask.shape, x.shape);
  return make("select", [broadcastTo(mask, shape), broadcastTo(x, shape), broadcastTo(y, shape)], {});
}

export function sum(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : make("sum", [x], { axes });
}

export function concat(parts: readonly Node[], axis: number): Node {
  const only = parts[0];
  return parts.length === 1 && only !== undefined ? only : make("concat", parts, { axis });
}
