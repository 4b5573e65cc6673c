/**
 * The regularised incomplete beta function,
 *
 *     I(x; a, b) = 1/B(a, b) ∫₀ˣ t^(a−1) (1 − t)^(b−1) dt,
 *
 * by its continued fraction (Abramowitz and Stegun, 26.5.8), evaluated as W. Lentz does (Applied Optics 15, 1976).
 */
import { UserError } from "../base/errors.js";
import { logBeta } from "./gamma.js";

/**
 * I(x; a, b) and its complement, the smaller of the two to full relative accuracy. `complement` is 1 − x, for callers that know it better than
 * a subtraction would.
 */
export function incompleteBeta(
  x: number,
  a: number,
  b: number,
  complement: number = 1 - x,
): { readonly lower: number; readonly upper: number } {
  if (!(a > 0 && b > 0)) throw new UserError(`incompleteBeta: a and b must be numbers > 0, got ${a} and ${b}`);
  if (!(x >= 0 && x <= 1)) throw new UserError(`incompleteBeta: x must be a number from 0 to 1, got ${x}`);
  if (x === 0) return { lower: 0, upper: 1 };
  if (complement === 0) return { lower: 1, upper: 0 };
  const logX = x < 0.5 ? Math.log(x) : Math.log1p(-complement);
  const logY = complement < 0.5 ? Math.log(complement) : Math.log1p(-x);
  const front = Math.exp(a * logX + b * logY - logBeta(a, b));
  // The fraction converges fast up to the mean, and beyond it that of the mirror image.
  if (x < (a + 1) / (a + b + 2)) {
    const lower = (front * fraction(x, a, b)) / a;
    return { lower, upper: 1 - lower };
  }
  const upper = (front * fraction(complement, b, a)) / b;
  return { lower: 1 - upper, upper };
}

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (v: number): number => (Math.abs(v) < tiny ? tiny : v);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 100_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 2e-16) break;
  }
  return h;
}
