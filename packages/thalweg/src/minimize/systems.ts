/**
 * The small dense systems inside minimisers, on row-major arrays: Cholesky factors of a matrix made positive definite, and least squares by
 * Householder reflections. (`thalweg/linalg` has these with blocking, facts and derivatives, for matrices of any size.)
 */
import { maxNorm } from "./vectors.js";

/** The lower Cholesky factor of A + shift·I, or undefined where that is not positive definite. */
export function choleskyFactor(a: Float64Array, n: number, shift = 0): Float64Array | undefined {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = (a[i * n + j] ?? 0) + (i === j ? shift : 0);
      for (let k = 0; k < j; k += 1) sum -= (l[i * n + k] ?? 0) * (l[j * n + k] ?? 0);
      if (i !== j) l[i * n + j] = sum / (l[j * n + j] ?? 1);
      else if (sum > 0 && Number.isFinite(sum)) l[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return l;
}

/** x with L Lᵀ x = b. */
export function choleskySolve(l: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = b.slice();
  for (let i = 0; i < n; i += 1) {
    let sum = x[i] ?? 0;
    for (let k = 0; k < i; k += 1) sum -= (l[i * n + k] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (l[i * n + i] ?? 1);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = x[i] ?? 0;
    for (let k = i + 1; k < n; k += 1) sum -= (l[k * n + i] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (l[i * n + i] ?? 1);
  }
  return x;
}

/**
 * The factor of A + τ I with τ = 0 if A is clearly positive definite, else the first of a growing row that makes it so (Nocedal and Wright, Numerical
 * Optimization, algorithm 3.3).
 */
export function shiftedCholesky(a: Float64Array, n: number): Float64Array | undefined {
  const size = maxNorm(a);
  if (!Number.isFinite(size)) return undefined;
  let least = Infinity;
  for (let i = 0; i < n; i += 1) least = Math.min(least, a[i * n + i] ?? 0);
  const small = 1e-3 * (size || 1);
  let shift = least > 0 ? 0 : small - least;
  for (let tries = 0; tries < 60; tries += 1) {
    const factor = choleskyFactor(a, n, shift);
    if (factor !== undefined && (shift > 0 || clearlyPositive(factor, n, size))) return factor;
    shift = Math.max(2 * shift, small);
  }
  return undefined;
}

function clearlyPositive(l: Float64Array, n: number, size: number): boolean {
  for (let i = 0; i < n; i += 1) if ((l[i * n + i] ?? 0) ** 2 < 1e-14 * size) return false;
  return true;
}

/** The x of least ‖A x − b‖ for an m × n matrix of full column rank, m ≥ n; A and b are overwritten. */
export function leastSquares(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const m = b.length;
  for (let k = 0; k < n; k += 1) {
    let size = 0;
    for (let i = k; i < m; i += 1) size = Math.hypot(size, a[i * n + k] ?? 0);
    if (size === 0) continue;
    const head = a[k * n + k] ?? 0;
    const alpha = head > 0 ? -size : size;
    // v = x − α e₁, stored in the column; (I − v vᵀ / (α (α − x₁))) x = α e₁
    a[k * n + k] = head - alpha;
    const scale = 1 / (alpha * (alpha - head));
    const reflect = (at: (i: number) => number, put: (i: number, v: number) => void): void => {
      let sum = 0;
      for (let i = k; i < m; i += 1) sum += (a[i * n + k] ?? 0) * at(i);
      for (let i = k; i < m; i += 1) put(i, at(i) - scale * sum * (a[i * n + k] ?? 0));
    };
    for (let j = k + 1; j < n; j += 1)
      reflect(
        (i) => a[i * n + j] ?? 0,
        (i, v) => {
          a[i * n + j] = v;
        },
      );
    reflect(
      (i) => b[i] ?? 0,
      (i, v) => {
        b[i] = v;
      },
    );
    a[k * n + k] = alpha;
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = b[i] ?? 0;
    for (let j = i + 1; j < n; j += 1) sum -= (a[i * n + j] ?? 0) * (x[j] ?? 0);
    const diagonal = a[i * n + i] ?? 0;
    x[i] = diagonal === 0 ? 0 : sum / diagonal;
  }
  return x;
}
