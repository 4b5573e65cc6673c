/** Products of compressed rows with k columns of numbers, row-major. */
/** Elements row after row; columns ascend within a row. */
export interface CompressedRows {
  /** rows + 1 of them. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** y ← A x; y begins as zeros. */
export function multiplyInto(
  { starts, columns, values }: CompressedRows,
  m: number,
  x: ArrayLike<number>,
  k: number,
  y: Float64Array,
): void {
  for (let i = 0; i < m; i += 1) {
    const end = starts[i + 1] ?? 0;
    if (k === 1) {
      let sum = 0;
      for (let p = starts[i] ?? 0; p < end; p += 1) sum += (values[p] ?? 0) * (x[columns[p] ?? 0] ?? 0);
      y[i] = sum;
      continue;
    }
    for (let p = starts[i] ?? 0; p < end; p += 1) addMultiple(values[p] ?? 0, x, (columns[p] ?? 0) * k, y, i * k, k);
  }
}

/** y ← Aᵀ x; y begins as zeros. */
export function multiplyTransposedInto(
  { starts, columns, values }: CompressedRows,
  m: number,
  x: ArrayLike<number>,
  k: number,
  y: Float64Array,
): void {
  for (let i = 0; i < m; i += 1) {
    const end = starts[i + 1] ?? 0;
    for (let p = starts[i] ?? 0; p < end; p += 1) addMultiple(values[p] ?? 0, x, i * k, y, (columns[p] ?? 0) * k, k);
  }
}

function addMultiple(
  factor: number,
  x: ArrayLike<number>,
  from: number,
  y: Float64Array,
  to: number,
  count: number,
): void {
  for (let c = 0; c < count; c += 1) y[to + c] = (y[to + c] ?? 0) + factor * (x[from + c] ?? 0);
}
