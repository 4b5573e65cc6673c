/**
 * The distributions that tests of hypotheses use: normal, Student's t, chi-squared, Fisher's F, binomial. Each gives both tails to full
 * relative accuracy: small p-values are not 1 minus something near 1.
 */
import { UserError } from "../base/errors.js";
import { incompleteBeta } from "./beta.js";
import { incompleteGamma } from "./gamma.js";
import { ascendingRoot } from "./quantile.js";

export interface Distribution {
  /** P(X ≤ x). */
  cdf(x: number): number;
  /** P(X > x). */
  survival(x: number): number;
  /** The x with P(X ≤ x) = p, for 0 < p < 1. */
  quantile(p: number): number;
}

/** The normal distribution. Defaults: mean 0, standard deviation 1. */
export function normal(mean = 0, std = 1): Distribution {
  if (!Number.isFinite(mean)) throw new UserError(`normal: mean must be a finite number, got ${mean}`);
  if (!(std > 0)) throw new UserError(`normal: std must be a number > 0, got ${std}`);
  // Φ(−z) = ½ Q(½, z²/2)
  const above = (z: number): number => {
    const { lower, upper } = incompleteGamma(0.5, (z * z) / 2);
    return z > 0 ? upper / 2 : (1 + lower) / 2;
  };
  return {
    cdf: (x) => above((mean - x) / std),
    survival: (x) => above((x - mean) / std),
    quantile: (p) => mean + std * symmetricQuantile("normal", p, normalTail),
  };
}

function normalTail(z: number): number {
  return incompleteGamma(0.5, (z * z) / 2).upper / 2;
}

/** Student's t distribution with `df` > 0 degrees of freedom. */
export function studentT(df: number): Distribution {
  checkDegrees("studentT", "df", df);
  // P(T > t) = ½ I(df/(df + t²); df/2, ½) for t ≥ 0
  const tail = (t: number): number =>
    t === Number.POSITIVE_INFINITY
      ? 0
      : incompleteBeta(df / (df + t * t), df / 2, 0.5, (t * t) / (df + t * t)).lower / 2;
  const survival = (x: number): number => (x >= 0 ? tail(x) : 1 - tail(-x));
  return { survival, cdf: (x) => survival(-x), quantile: (p) => symmetricQuantile("studentT", p, tail) };
}

/** The chi-squared distribution with `df` > 0 degrees of freedom. */
export function chiSquared(df: number): Distribution {
  checkDegrees("chiSquared", "df", df);
  const cdf = (x: number): number => (x <= 0 ? 0 : incompleteGamma(df / 2, x / 2).lower);
  const survival = (x: number): number => (x <= 0 ? 1 : incompleteGamma(df / 2, x / 2).upper);
  return { cdf, survival, quantile: (p) => positiveQuantile("chiSquared", p, cdf, survival) };
}

/** Fisher's F distribution with `df1` and `df2` > 0 degrees of freedom. */
export function fisherF(df1: number, df2: number): Distribution {
  checkDegrees("fisherF", "df1", df1);
  checkDegrees("fisherF", "df2", df2);
  const both = (x: number) => {
    const total = df1 * x + df2;
    return incompleteBeta((df1 * x) / total, df1 / 2, df2 / 2, df2 / total);
  };
  const cdf = (x: number): number => (x <= 0 ? 0 : x === Number.POSITIVE_INFINITY ? 1 : both(x).lower);
  const survival = (x: number): number => (x <= 0 ? 1 : x === Number.POSITIVE_INFINITY ? 0 : both(x).upper);
  return { cdf, survival, quantile: (p) => positiveQuantile("fisherF", p, cdf, survival) };
}

/** The number of successes in `trials` independent trials that each succeed with `probability`. */
export function binomial(trials: number, probability: number): Pick<Distribution, "cdf" | "survival"> {
  if (!Number.isSafeInteger(trials) || trials < 0)
    throw new UserError(`binomial: trials must be a whole number ≥ 0, got ${trials}`);
  if (!(probability >= 0 && probability <= 1))
    throw new UserError(`binomial: probability must be a number from 0 to 1, got ${probability}`);
  // P(X > k) = I(p; k + 1, n − k)
  const both = (x: number) => {
    const k = Math.floor(x);
    if (k < 0) return { lower: 1, upper: 0 };
    return k >= trials ? { lower: 0, upper: 1 } : incompleteBeta(probability, k + 1, trials - k);
  };
  return { cdf: (x) => both(x).upper, survival: (x) => both(x).lower };
}

function checkDegrees(op: string, name: string, df: number): void {
  if (!(df > 0 && df < Number.POSITIVE_INFINITY))
    throw new UserError(`${op}: ${name} must be a finite number > 0, got ${df}`);
}

function checkProbability(op: string, p: number): void {
  if (!(p > 0 && p < 1)) throw new UserError(`${op}: a quantile is of a probability above 0 and below 1, got ${p}`);
}

/** Of a distribution symmetric around 0 with the given upper tail. */
function symmetricQuantile(op: string, p: number, tail: (x: number) => number): number {
  checkProbability(op, p);
  if (p === 0.5) return 0;
  const q = p < 0.5 ? p : 1 - p;
  let high = 1;
  while (tail(high) > q) high *= 2;
  const x = ascendingRoot((t) => q - tail(t), 0, high);
  return p < 0.5 ? -x : x;
}

function positiveQuantile(op: string, p: number, cdf: (x: number) => number, survival: (x: number) => number): number {
  checkProbability(op, p);
  const excess = p <= 0.5 ? (x: number) => cdf(x) - p : (x: number) => 1 - p - survival(x);
  let high = 1;
  while (excess(high) < 0) high *= 2;
  let low = high / 2;
  while (low > Number.MIN_VALUE && excess(low) > 0) low /= 2;
  return ascendingRoot(excess, low, high);
}
