/** The different values among elements, by way of their order. */
import { allocate, type DType, type TypedArray } from "../../base/dtype.js";
import { orderOf } from "./order.js";

export interface Unique {
  readonly values: TypedArray;
  readonly inverse: Int32Array;
  readonly counts: Int32Array;
  readonly first: Int32Array;
}

export function unique(elements: TypedArray, dtype: DType): Unique {
  const order = new Int32Array(elements.length);
  orderOf(elements, order, false);
  const inverse = new Int32Array(elements.length);
  const starts: number[] = [];
  let previous: number | undefined;
  order.forEach((at, i) => {
    const value = elements[at] ?? 0;
    const same = value === previous || (Number.isNaN(value) && Number.isNaN(previous));
    if (!same) starts.push(i);
    previous = value;
    inverse[at] = starts.length - 1;
  });
  const values = allocate(dtype, starts.length);
  const first = new Int32Array(starts.length);
  const counts = new Int32Array(starts.length);
  starts.forEach((start, k) => {
    const at = order[start] ?? 0;
    values[k] = elements[at] ?? 0;
    first[k] = at;
    counts[k] = (starts[k + 1] ?? order.length) - start;
  });
  return { values, inverse, counts, first };
}
