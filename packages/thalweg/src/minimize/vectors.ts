/** Sums and products of plain vectors. */

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

export function norm(a: Float64Array): number {
  const largest = maxNorm(a);
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += ((a[i] ?? 0) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** The largest absolute value; NaN if there is a NaN. */
export function maxNorm(a: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i += 1) largest = Math.max(largest, Math.abs(a[i] ?? 0));
  return largest;
}

/** y ← y + α x */
export function addScaled(y: Float64Array, alpha: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i += 1) y[i] = (y[i] ?? 0) + alpha * (x[i] ?? 0);
}

/** x + α d as a new vector. */
export function along(x: Float64Array, alpha: number, d: Float64Array): Float64Array {
  const moved = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 1) moved[i] = (x[i] ?? 0) + alpha * (d[i] ?? 0);
  return moved;
}

/** a − b as a new vector. */
export function difference(a: Float64Array, b: Float64Array): Float64Array {
  return along(a, -1, b);
}

export function negated(a: Float64Array): Float64Array {
  return a.map((v) => -v);
}

/** A x for a row-major A of x.length columns. */
export function product(a: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  const result = new Float64Array(n === 0 ? 0 : a.length / n);
  for (let i = 0; i < result.length; i += 1) {
    let sum = 0;
    for (let j = 0, at = i * n; j < n; j += 1, at += 1) sum += (a[at] ?? 0) * (x[j] ?? 0);
    result[i] = sum;
  }
  return result;
}
