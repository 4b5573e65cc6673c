/** Shapes, axes and broadcasting, by NumPy's rules. */
import { IndexError, ShapeError } from "./errors.js";

export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Element strides of a contiguous row-major array. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i -= 1) {
    strides[i] = step;
    step *= shape[i] ?? 1;
  }
  return strides;
}

export function checkShape(op: string, shape: readonly number[]): Shape {
  for (const d of shape) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(`${op}: every dimension must be a whole number ≥ 0, got ${formatShape(shape)}`);
    }
  }
  return shape;
}

/** The common shape of `a` and `b`: aligned at the last axis, size 1 stretches. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let i = 0; i < rank; i += 1) {
    const x = a[a.length - 1 - i] ?? 1;
    const y = b[b.length - 1 - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: cannot broadcast ${formatShape(a)} with ${formatShape(b)}: sizes ${x} and ${y} differ at axis ${-1 - i}`,
      );
    }
    result[rank - 1 - i] = x === 1 ? y : x;
  }
  return result;
}

/** `axis` counted from the front; negative axes count from the back. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const a = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || a < 0 || a >= rank) {
    throw new IndexError(
      rank === 0
        ? `${op}: axis ${axis} on a scalar, which has no axes`
        : `${op}: axis ${axis} is out of range for rank ${rank}; use ${-rank} to ${rank - 1}`,
    );
  }
  return a;
}

/** Axes sorted and checked; `undefined` means all. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === "number" ? [axes] : [...axes])
    .map((a) => normalizeAxis(op, a, rank))
    .sort((x, y) => x - y);
  for (let i = 1; i < list.length; i += 1) {
    if (list[i] === list[i - 1]) throw new IndexError(`${op}: axis ${list[i]} is given twice`);
  }
  return list;
}

/** The shape after reducing `axes` (sorted); reduced axes stay with size 1 when `keepDims`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  const gone = new Set(axes);
  const result: number[] = [];
  shape.forEach((d, i) => {
    if (!gone.has(i)) result.push(d);
    else if (keepDims) result.push(1);
  });
  return result;
}
