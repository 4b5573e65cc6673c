/** Least squares in whole numbers, without a rounding error but that of the answer: every double is a whole number times a power of two. */

const bits = 1100n;

/** The double times 2^1100. */
function whole(x: number): bigint {
  let [mantissa, exponent] = [x, 0];
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent += 1;
  }
  return BigInt(mantissa) << (bits - BigInt(exponent));
}

/** The minimiser of ‖A x − y‖ for A of full column rank, m × n row-major, by Bareiss' elimination of the normal equations. */
export function exactLeastSquares(a: ArrayLike<number>, y: ArrayLike<number>, m: number, n: number): Float64Array {
  const A = Array.from({ length: m * n }, (_, i) => whole(a[i] ?? 0));
  const Y = Array.from({ length: m }, (_, i) => whole(y[i] ?? 0));
  const dot = (f: (i: number) => bigint, g: (i: number) => bigint): bigint => {
    let sum = 0n;
    for (let i = 0; i < m; i += 1) sum += f(i) * g(i);
    return sum;
  };
  const column = (j: number) => (i: number) => A[i * n + j] ?? 0n;
  const g = Array.from({ length: n }, (_, r) =>
    Array.from({ length: n + 1 }, (_, c) => dot(column(r), c === n ? (i) => Y[i] ?? 0n : column(c))),
  );
  const at = (r: number, c: number): bigint => g[r]?.[c] ?? 0n;
  let previous = 1n;
  for (let k = 0; k < n; k += 1) {
    const pivot = at(k, k);
    for (let r = 0; r < n; r += 1) {
      if (r === k) continue;
      const factor = at(r, k);
      g[r] = Array.from({ length: n + 1 }, (_, c) => (pivot * at(r, c) - factor * at(k, c)) / previous);
    }
    previous = pivot;
  }
  return Float64Array.from({ length: n }, (_, r) => Number((at(r, n) << 200n) / at(r, r)) * 2 ** -200);
}
