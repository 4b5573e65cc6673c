/** Gather and scatter over the rows of an operand. */
import { allocate, type DType, type TypedArray } from "../../base/dtype.js";
import { IndexError } from "../../base/errors.js";
import { type Shape, sizeOf } from "../../base/shape.js";
import { runningSum } from "./reductions.js";

function checkRow(op: string, row: number, rows: number, error?: string): void {
  if (row < 0 || row >= rows) {
    if (error !== undefined) throw new IndexError(error);
    throw new IndexError(
      rows === 0
        ? `${op}: index ${row} into an axis of size 0, which has no elements`
        : `${op}: index ${row} is out of range for an axis of size ${rows}; use 0 to ${rows - 1}`,
    );
  }
}

export function gather(x: TypedArray, shape: Shape, indices: TypedArray, dtype: DType, error?: string): TypedArray {
  const rows = shape[0] ?? 0;
  const width = sizeOf(shape.slice(1));
  const result = allocate(dtype, indices.length * width);
  indices.forEach((row, i) => {
    checkRow("gather", row, rows, error);
    result.set(x.subarray(row * width, (row + 1) * width), i * width);
  });
  return result;
}

export function scatterSet(x: TypedArray, shape: Shape, indices: TypedArray, updates: TypedArray): TypedArray {
  const rows = shape[0] ?? 0;
  const width = sizeOf(shape.slice(1));
  const result = x.slice();
  indices.forEach((row, i) => {
    checkRow("scatterSet", row, rows);
    result.set(updates.subarray(i * width, (i + 1) * width), row * width);
  });
  return result;
}

/** Each element is one sum, in the order of the indices, rounded once at its end. */
export function scatterAdd(
  x: TypedArray,
  shape: Shape,
  indices: TypedArray,
  updates: TypedArray,
  dtype: DType,
): TypedArray {
  const rows = shape[0] ?? 0;
  const width = sizeOf(shape.slice(1));
  const result = x.slice();
  const sums = new Map<number, ReturnType<typeof runningSum>>();
  indices.forEach((row, i) => {
    checkRow("scatterAdd", row, rows);
    for (let j = 0; j < width; j += 1) {
      const at = row * width + j;
      let total = sums.get(at);
      if (total === undefined) {
        total = runningSum(dtype);
        total.add(x[at] ?? 0);
        sums.set(at, total);
      }
      total.add(updates[i * width + j] ?? 0);
    }
  });
  for (const [at, total] of sums) result[at] = total.value();
  return result;
}
