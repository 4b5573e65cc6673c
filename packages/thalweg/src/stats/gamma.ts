/**
 * The logarithm of the gamma function, and the incomplete gamma function.
 *
 *     P(a, x) = 1/Γ(a) ∫₀ˣ t^(a−1) e^(−t) dt,   Q = 1 − P
 *
 * ln Γ by Stirling's series (Abramowitz and Stegun, 6.1.41) from x = 15 on, reached from below by the recurrence; P by its power series
 * (6.5.29), Q by its continued fraction (6.5.31) evaluated as W. Lentz does (Applied Optics 15, 1976).
 */
import { UserError } from "../base/errors.js";

const halfLogTwoPi = 0.9189385332046728;

/** B₂ₖ / (2k (2k − 1)) for k = 1 … 8. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400] as const;

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new UserError(`logGamma: x must be a number > 0, got ${x}`);
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x === 1 || x === 2) return 0;
  if (x < 15) {
    // Γ(x) = Γ(x + n) / (x (x + 1) … (x + n − 1)); around the zeros at 1 and 2 the product keeps its digits, the difference loses few.
    let product = 1;
    let y = x;
    while (y < 15) {
      product *= y;
      y += 1;
    }
    return logGammaLarge(y) - Math.log(product);
  }
  return logGammaLarge(x);
}

function logGammaLarge(x: number): number {
  return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingRest(x);
}

/** ln Γ(x) − ((x − ½) ln x − x + ½ ln 2π), for x ≥ 15. */
function stirlingRest(x: number): number {
  const square = 1 / (x * x);
  let sum = 0;
  for (let k = stirling.length - 1; k >= 0; k -= 1) sum = sum * square + (stirling[k] ?? 0);
  return sum / x;
}

/** ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), without the cancellation of large arguments. */
export function logBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (large < 15) return logGamma(small) + logGamma(large) - logGamma(small + large);
  const total = small + large;
  // ln Γ(large) − ln Γ(total), term by term of Stirling's series.
  const rest = stirlingRest(large) - stirlingRest(total);
  const difference = -(large - 0.5) * Math.log1p(small / large) - small * Math.log(total) + small + rest;
  return logGamma(small) + difference;
}

/** P(a, x) and Q(a, x), the smaller of the two to full relative accuracy; a > 0, x ≥ 0. */
export function incompleteGamma(a: number, x: number): { readonly lower: number; readonly upper: number } {
  if (!(a > 0)) throw new UserError(`incompleteGamma: a must be a number > 0, got ${a}`);
  if (!(x >= 0)) throw new UserError(`incompleteGamma: x must be a number ≥ 0, got ${x}`);
  if (x === 0) return { lower: 0, upper: 1 };
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  const front = gammaFront(a, x);
  if (x < a + 1) {
    const lower = (front * lowerSeries(a, x)) / a;
    return { lower, upper: 1 - lower };
  }
  const upper = front * upperFraction(a, x);
  return { lower: 1 - upper, upper };
}

/** xᵃ e⁻ˣ / Γ(a). For large a the exponent is a (ln(1 + u) − u), u = (x − a)/a, so that its large terms do not cancel. */
function gammaFront(a: number, x: number): number {
  if (a < 15) return Math.exp(a * Math.log(x) - x - logGamma(a));
  const u = (x - a) / a;
  return Math.exp(a * logOnePlusLess(u) - stirlingRest(a)) * Math.sqrt(a / (2 * Math.PI));
}

/** ln(1 + u) − u. */
function logOnePlusLess(u: number): number {
  if (Math.abs(u) > 0.1) return Math.log1p(u) - u;
  let sum = 0;
  let power = u;
  for (let n = 2; n < 20; n += 1) {
    power *= -u;
    sum += power / n;
  }
  return sum;
}

/** 1 + x/(a+1) + x²/((a+1)(a+2)) + … */
function lowerSeries(a: number, x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; n < 100_000; n += 1) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 100_000; n += 1) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / nonZero(numerator * d + b, tiny);
    c = nonZero(b + numerator / c, tiny);
    const factor = c * d;
    h *= factor;
    if (Math.abs(factor - 1) < 2e-16) break;
  }
  return h;
}

function nonZero(x: number, tiny: number): number {
  return Math.abs(x) < tiny ? tiny : x;
}
