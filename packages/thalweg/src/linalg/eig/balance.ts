/**
 * Balancing: B = D⁻¹ A D with powers of two in D such that each row and its column have about the same length, which makes eigenvalues of badly scaled
 * matrices more accurate. Parlett and Reinsch 1969, in the 2-norm (James, Langou and Lowery 2014), diagonal included, which keeps it from doing
 * harm to nearly triangular matrices.
 */

/** Changes only worth their while: the sum of the two lengths must fall below this part. */
const gain = 0.95;
const rounds = 50;
const limit = 2 ** 480;

/** In place; returns the diagonal of D. */
export function balance(a: Float64Array, n: number): Float64Array {
  const d = new Float64Array(n).fill(1);
  for (let round = 0; round < rounds; round += 1) {
    let changed = false;
    for (let i = 0; i < n; i += 1) {
      const factor = factorFor(length(a, i, n, n), length(a, i * n, 1, n));
      const next = factor * (d[i] ?? 1);
      if (factor === 1 || next > limit || next < 1 / limit) continue;
      changed = true;
      d[i] = next;
      for (let k = 0; k < n; k += 1) {
        a[i * n + k] = (a[i * n + k] ?? 0) / factor;
        a[k * n + i] = (a[k * n + i] ?? 0) * factor;
      }
    }
    if (!changed) break;
  }
  return d;
}

/** By how much to multiply a column of length c when its row has length r: a power of two. */
function factorFor(column: number, row: number): number {
  if (!(column > 0 && row > 0)) return 1;
  const factor = 2 ** Math.round(Math.log2(row / column) / 2);
  return column * factor + row / factor < gain * (column + row) ? factor : 1;
}

/** Without overflow or underflow. */
function length(a: Float64Array, start: number, step: number, n: number): number {
  let largest = 0;
  for (let k = 0, at = start; k < n; k += 1, at += step) largest = Math.max(largest, Math.abs(a[at] ?? 0));
  if (largest === 0) return 0;
  let sum = 0;
  for (let k = 0, at = start; k < n; k += 1, at += step) {
    const x = (a[at] ?? 0) / largest;
    sum += x * x;
  }
  return largest * Math.sqrt(sum);
}
