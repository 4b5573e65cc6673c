/**
 * R = B − A X computed as if in twice the working precision, rounded once: products are split exactly and sums carry their rounding errors
 * (Ogita, Rump and Oishi 2005, after Dekker 1971 and Knuth). With such a residual, one or two corrections X ← X + A⁻¹ R give nearly full accuracy as
 * long as the condition is below 1/eps (Higham, Accuracy and Stability, 2nd ed., chapter 12).
 */

/** Splits a double into two halves of 26 bits. */
const splitter = 2 ** 27 + 1;

/** Row-major: B is m × k, A m × n, X n × k. */
export function preciseResidual(
  a: ArrayLike<number>,
  x: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  n: number,
  k: number,
): Float64Array {
  const result = new Float64Array(m * k);
  for (let i = 0; i < m; i += 1) {
    for (let c = 0; c < k; c += 1) {
      let sum = b[i * k + c] ?? 0;
      let error = 0;
      for (let j = 0; j < n; j += 1) {
        const p = -(a[i * n + j] ?? 0);
        const q = x[j * k + c] ?? 0;
        const product = p * q;
        const pHigh = splitter * p - (splitter * p - p);
        const qHigh = splitter * q - (splitter * q - q);
        const pLow = p - pHigh;
        const qLow = q - qHigh;
        const lost = pLow * qLow - (product - pHigh * qHigh - pLow * qHigh - pHigh * qLow);
        const next = sum + product;
        const back = next - sum;
        error += sum - (next - back) + (product - back) + lost;
        sum = next;
      }
      const total = sum + error;
      // splitting overflows near the end of the range: there the plain residual must do
      result[i * k + c] = Number.isNaN(total) ? sum : total;
    }
  }
  return result;
}

/** ‖x‖₂ of a list; scaled where squares would leave the range. */
export function norm2(x: ArrayLike<number>): number {
  const plain = sumOfSquares(x, 1);
  if (plain > 1e-280 && plain < 1e280) return Math.sqrt(plain);
  let most = 0;
  for (let i = 0; i < x.length; i += 1) most = Math.max(most, Math.abs(x[i] ?? 0));
  if (most === 0 || !Number.isFinite(most)) return most;
  return most * Math.sqrt(sumOfSquares(x, most));
}

function sumOfSquares(x: ArrayLike<number>, scale: number): number {
  // two sums: an addition waits for the one before it
  let even = 0;
  let odd = 0;
  const pairs = x.length - (x.length % 2);
  for (let i = 0; i < pairs; i += 2) {
    const a = (x[i] ?? 0) / scale;
    const b = (x[i + 1] ?? 0) / scale;
    even += a * a;
    odd += b * b;
  }
  const last = pairs < x.length ? (x[pairs] ?? 0) / scale : 0;
  return even + odd + last * last;
}
