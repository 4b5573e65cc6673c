/** The primitives that move elements without computing: each result or source is walked with strides in elements. */
import { allocate, type DType, type TypedArray } from "../../base/dtype.js";
import { contiguousStrides, type Shape, sizeOf } from "../../base/shape.js";

/** offset + Σ index·stride for every index of `shape`, row-major. */
export function offsets(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  if (result.length === 0) return result;
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < result.length; i += 1) {
    result[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const next = (index[axis] ?? 0) + 1;
      at += strides[axis] ?? 0;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      at -= next * (strides[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return result;
}

/** The elements of `source` at `places`, in that order. */
export function take(source: TypedArray, places: Int32Array, dtype: DType): TypedArray {
  const result = allocate(dtype, places.length);
  for (let i = 0; i < places.length; i += 1) result[i] = source[places[i] ?? 0] ?? 0;
  return result;
}

/** Writes the elements of `source` to `places` of `target`. */
export function put(target: TypedArray, places: Int32Array, source: TypedArray): void {
  for (let i = 0; i < places.length; i += 1) target[places[i] ?? 0] = source[i] ?? 0;
}

export function permute(x: TypedArray, shape: Shape, permutation: readonly number[], dtype: DType): TypedArray {
  const strides = contiguousStrides(shape);
  const result = permutation.map((axis) => shape[axis] ?? 0);
  const moved = permutation.map((axis) => strides[axis] ?? 0);
  return take(x, offsets(result, moved), dtype);
}

export function broadcast(x: TypedArray, from: Shape, to: Shape, dtype: DType): TypedArray {
  const strides = contiguousStrides(from).map((stride, axis) => (from[axis] === 1 ? 0 : stride));
  return take(x, offsets(to, strides), dtype);
}

export function slice(
  x: TypedArray,
  shape: Shape,
  {
    start,
    size,
    step,
  }: { readonly start: readonly number[]; readonly size: readonly number[]; readonly step: readonly number[] },
  dtype: DType,
): TypedArray {
  const strides = contiguousStrides(shape);
  let first = 0;
  strides.forEach((stride, axis) => {
    first += stride * (start[axis] ?? 0);
  });
  const stepped = strides.map((stride, axis) => stride * (step[axis] ?? 1));
  return take(x, offsets(size, stepped, first), dtype);
}

export function pad(
  x: TypedArray,
  from: Shape,
  to: Shape,
  {
    low,
    interior,
    value,
  }: { readonly low: readonly number[]; readonly interior: readonly number[]; readonly value: number },
  dtype: DType,
): TypedArray {
  const result = allocate(dtype, sizeOf(to)).fill(value);
  const strides = contiguousStrides(to);
  let first = 0;
  strides.forEach((stride, axis) => {
    first += stride * (low[axis] ?? 0);
  });
  const stepped = strides.map((stride, axis) => stride * (1 + (interior[axis] ?? 0)));
  put(result, offsets(from, stepped, first), x);
  return result;
}

export function concat(
  parts: readonly { readonly data: TypedArray; readonly shape: Shape }[],
  to: Shape,
  axis: number,
  dtype: DType,
): TypedArray {
  const result = allocate(dtype, sizeOf(to));
  const strides = contiguousStrides(to);
  let first = 0;
  for (const { data, shape } of parts) {
    put(result, offsets(shape, strides, first), data);
    first += (shape[axis] ?? 0) * (strides[axis] ?? 0);
  }
  return result;
}
