/**
 * Reductions, running sums and the matrix product. Sums of floats carry their rounding error along (A. Neumaier, ZAMM 54, 1974), so that the
 * oracle is the more accurate side of a comparison; int32 wraps at every step.
 */
import { allocate, type DType, isFloat, type TypedArray } from "../../base/dtype.js";
import { InternalError } from "../../base/errors.js";
import { contiguousStrides, reducedShape, type Shape, sizeOf } from "../../base/shape.js";
import { offsets } from "./views.js";

/** A running total: give it numbers, ask for the value at any point. */
interface Running {
  add(x: number): void;
  value(): number;
}

function floatSum(): Running {
  let total = 0;
  let lost = 0;
  return {
    add(x) {
      const next = total + x;
      lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
      total = next;
    },
    // Once the total is infinite or NaN what was lost has no meaning.
    value: () => (Number.isFinite(lost) ? total + lost : total),
  };
}

function running(start: number, step: (total: number, x: number) => number): Running {
  let total = start;
  return {
    add(x) {
      total = step(total, x);
    },
    value: () => total,
  };
}

export function runningSum(dtype: DType): Running {
  return isFloat(dtype) ? floatSum() : running(0, (total, x) => (total + x) | 0);
}

export function runningProduct(dtype: DType): Running {
  return running(1, isFloat(dtype) ? (total, x) => total * x : Math.imul);
}

export function sum(values: ArrayLike<number>, dtype: DType): number {
  const total = runningSum(dtype);
  for (let i = 0; i < values.length; i += 1) total.add(values[i] ?? 0);
  return total.value();
}

export function product(values: ArrayLike<number>, dtype: DType): number {
  const total = runningProduct(dtype);
  for (let i = 0; i < values.length; i += 1) total.add(values[i] ?? 0);
  return total.value();
}

export function maximum(values: ArrayLike<number>): number {
  return values[indexOfMaximum(values)] ?? 0;
}

export function minimum(values: ArrayLike<number>): number {
  return values[indexOfMinimum(values)] ?? 0;
}

/** The first of equals; the first NaN before all. */
export function indexOfMaximum(values: ArrayLike<number>): number {
  return firstBest(values, (x, best) => x > best);
}

export function indexOfMinimum(values: ArrayLike<number>): number {
  return firstBest(values, (x, best) => x < best);
}

function firstBest(values: ArrayLike<number>, better: (x: number, best: number) => boolean): number {
  if (values.length === 0) throw new InternalError("a maximum or minimum over an axis of size 0");
  let at = 0;
  for (let i = 0; i < values.length; i += 1) {
    const x = values[i] ?? 0;
    if (Number.isNaN(x)) return i;
    if (better(x, values[at] ?? 0)) at = i;
  }
  return at;
}

/** `rule` of the elements along `axes`, for each index of the other axes. */
export function reduce(
  x: TypedArray,
  shape: Shape,
  axes: readonly number[],
  resultDType: DType,
  rule: (values: Float64Array) => number,
): TypedArray {
  const strides = contiguousStrides(shape);
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const pick = (from: readonly number[], which: readonly number[]): number[] => which.map((axis) => from[axis] ?? 0);
  const outer = offsets(reducedShape(shape, axes, false), pick(strides, kept));
  const inner = offsets(pick(shape, axes), pick(strides, axes));
  const result = allocate(resultDType, outer.length);
  const values = new Float64Array(inner.length);
  for (let i = 0; i < outer.length; i += 1) {
    for (let k = 0; k < inner.length; k += 1) values[k] = x[(outer[i] ?? 0) + (inner[k] ?? 0)] ?? 0;
    result[i] = rule(values);
  }
  return result;
}

/** The running total along `axis`, from its end when `reverse`. */
export function cumulate(
  x: TypedArray,
  shape: Shape,
  { axis, reverse }: { readonly axis: number; readonly reverse: boolean },
  dtype: DType,
  start: (dtype: DType) => Running,
): TypedArray {
  const strides = contiguousStrides(shape);
  const length = shape[axis] ?? 0;
  const stride = strides[axis] ?? 0;
  const starts = offsets(
    shape.filter((_, i) => i !== axis),
    strides.filter((_, i) => i !== axis),
  );
  const result = allocate(dtype, x.length);
  if (length === 0) return result;
  for (const first of starts) {
    const total = start(dtype);
    for (let i = 0; i < length; i += 1) {
      const at = first + stride * (reverse ? length - 1 - i : i);
      total.add(x[at] ?? 0);
      result[at] = total.value();
    }
  }
  return result;
}

/** c[…, i, j] = Σₖ a[…, i, k]·b[…, k, j] */
export function matmul(a: TypedArray, aShape: Shape, b: TypedArray, bShape: Shape, dtype: DType): TypedArray {
  const rank = aShape.length;
  const [m, k, n] = [aShape[rank - 2] ?? 0, aShape[rank - 1] ?? 0, bShape[rank - 1] ?? 0];
  const batches = sizeOf(aShape.slice(0, -2));
  const result = allocate(dtype, batches * m * n);
  const multiply = isFloat(dtype) ? (x: number, y: number) => x * y : Math.imul;
  for (let batch = 0; batch < batches; batch += 1) {
    for (let i = 0; i < m; i += 1) {
      for (let j = 0; j < n; j += 1) {
        const total = runningSum(dtype);
        for (let p = 0; p < k; p += 1) {
          total.add(multiply(a[(batch * m + i) * k + p] ?? 0, b[(batch * k + p) * n + j] ?? 0));
        }
        result[(batch * m + i) * n + j] = total.value();
      }
    }
  }
  return result;
}
