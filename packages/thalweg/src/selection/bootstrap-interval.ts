/**
 * Confidence intervals by the bootstrap: the statistic of many samples drawn with replacement from the rows.
 *
 * B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993: percentile (chapter 13), bias-corrected and accelerated (chapter 14).
 */
import { NumericalError, UserError } from "../base/errors.js";
import { checkSettings, oneOf, show, strictlyBetween, wholeAtLeast, wholeNumber } from "../base/settings.js";
import { quantileSorted, sum } from "../data/statistics.js";
import { normal } from "../stats/distributions.js";
import { keyOf, uniforms } from "./splitter.js";

export interface BootstrapIntervalOptions {
  /** Default: 0.95. */
  readonly confidence?: number;
  /** Default: 2000. */
  readonly rounds?: number;
  /** "bca" corrects for bias and skewness, at the price of one more evaluation a row. Default: "percentile". */
  readonly method?: "percentile" | "bca";
  /** Default: 42. */
  readonly seed?: number;
}

export interface BootstrapInterval {
  /** Of the rows as they are. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The standard deviation of the statistic over the samples. */
  readonly standardError: number;
}

/**
 *     bootstrapInterval(yTrue.length, (rows) => accuracy(take(yTrue, rows), take(yPredicted, rows)))
 *
 * `statistic` is given row numbers, some several times, and must return a finite number; a sample where it cannot (one class only) may throw
 * a UserError: another is drawn then.
 *
 * @throws NumericalError when more than half of the samples fail.
 */
export function bootstrapInterval(
  rows: number,
  statistic: (rows: Int32Array) => number,
  options: BootstrapIntervalOptions = {},
): BootstrapInterval {
  const op = "bootstrapInterval";
  const { confidence, rounds, method, seed } = checkSettings<Required<BootstrapIntervalOptions>>(
    op,
    options,
    { confidence: 0.95, rounds: 2000, method: "percentile", seed: 42 },
    {
      confidence: strictlyBetween(0, 1),
      rounds: wholeAtLeast(10),
      method: oneOf("percentile", "bca"),
      seed: wholeNumber(),
    },
  );
  if (!Number.isSafeInteger(rows) || rows < 2)
    throw new UserError(`${op}: rows must be a whole number ≥ 2, got ${rows}`);
  if (typeof statistic !== "function")
    throw new UserError(`${op}: statistic must be a function of row numbers, got ${show(statistic)}`);
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  const estimate = statistic(all);
  const values = new Float64Array(rounds);
  let done = 0;
  for (let draw = 0; done < rounds; draw += 1) {
    if (draw - done > rounds)
      throw new NumericalError(`${op}: the statistic fails for more than half of the samples`, {
        samples: draw,
        successes: done,
      });
    const sample = Int32Array.from(uniforms(keyOf(seed, op, draw), rows), (u) => Math.floor(u * rows));
    const value = attempt(statistic, sample);
    if (value === undefined) continue;
    values[done] = value;
    done += 1;
  }
  const mean = sum(values) / rounds;
  const standardError = Math.sqrt(sum(values.map((v) => (v - mean) ** 2)) / (rounds - 1));
  values.sort();
  const tail = (1 - confidence) / 2;
  const [low, high] = method === "percentile" ? [tail, 1 - tail] : corrected(values, estimate, tail, all, statistic);
  return { estimate, low: quantileSorted(values, low), high: quantileSorted(values, high), standardError };
}

function attempt(statistic: (rows: Int32Array) => number, sample: Int32Array): number | undefined {
  try {
    const value = statistic(sample);
    return Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if (error instanceof UserError || error instanceof NumericalError) return undefined;
    throw error;
  }
}

/** The quantiles to take in place of tail and 1 − tail: equations 14.9 to 14.15. */
function corrected(
  sorted: Float64Array,
  estimate: number,
  tail: number,
  all: Int32Array,
  statistic: (rows: Int32Array) => number,
): [number, number] {
  const { cdf, quantile } = normal();
  const below = sorted.filter((v) => v < estimate).length + sorted.filter((v) => v === estimate).length / 2;
  if (below === 0 || below === sorted.length) return [tail, 1 - tail];
  const bias = quantile(below / sorted.length);
  const without = Float64Array.from(
    all,
    (_, i) =>
      attempt(
        statistic,
        all.filter((j) => j !== i),
      ) ?? estimate,
  );
  const mean = sum(without) / without.length;
  const cubes = sum(without.map((v) => (mean - v) ** 3));
  const squares = sum(without.map((v) => (mean - v) ** 2));
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const shift = (z: number): number => cdf(bias + (bias + z) / (1 - acceleration * (bias + z)));
  return [shift(quantile(tail)), shift(quantile(1 - tail))];
}
