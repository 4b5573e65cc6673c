/**
 * The quantile function of the standard normal distribution: M. J. Wichura, "Algorithm AS 241: The percentage points of the normal
 * distribution", Applied Statistics 37 (1988), routine PPND16; relative error about 1e-16. The logarithm in it is made of additions,
 * multiplications and divisions, so that every engine gives the same bits.
 */

import { double, type Rational } from "../base/normal-quantile.js";

/** x with Φ(x) = p, for 0 < p < 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * evaluate(double.centre, 0.180625 - q * q);
  const r = Math.sqrt(-logarithm(q < 0 ? p : 1 - p));
  const x = r <= 5 ? evaluate(double.tail, r - 1.6) : evaluate(double.far, r - 5);
  return q < 0 ? -x : x;
}

function evaluate([above, below]: Rational, x: number): number {
  return polynomial(above, x) / polynomial(below, x);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) sum = sum * x + (coefficients[i] ?? 0);
  return sum;
}

/** ln x = k ln 2 + 2 artanh((m − 1)/(m + 1)), x = 2ᵏ m, for normal x > 0. */
function logarithm(x: number): number {
  let m = x;
  let k = 0;
  while (m < Math.SQRT1_2) {
    m *= 2;
    k -= 1;
  }
  while (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  // |s| ≤ 0.1716: the term s²⁵/25 is below 1e-20.
  let sum = 0;
  for (let n = 23; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return k * Math.LN2 + 2 * s * sum;
}
