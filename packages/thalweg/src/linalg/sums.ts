/**
 * Sums that keep their digits, and mean and variance of numbers as they come.
 *
 *   plain       error up to n·eps·Σ|x|
 *   pairwise    log₂(n)·eps·Σ|x|
 *   compensated 2·eps·|Σx| + n²·eps²·Σ|x|
 *
 * N. Higham, Accuracy and Stability of Numerical Algorithms (2nd ed.), 4.2–4.3; A. Neumaier 1974; B. Welford 1962;
 * T. Chan, G. Golub and R. LeVeque 1983 (merging).
 */
import { UserError } from "../base/errors.js";
import type { NumberArray } from "../tensor/ops/create.js";
import { Tensor } from "../tensor/tensor.js";
import { checkOptions } from "./options.js";

/** What can be summed: all elements of a tensor or an array of numbers, in order. */
export type Summands = Tensor | NumberArray | readonly number[];

export interface SumOptions {
  /** Default: "pairwise". */
  readonly method?: "pairwise" | "compensated";
}

/** Runs shorter than this are added one by one. */
const leaf = 32;

/**
 * The sum of all elements, in float64: by halves, or with the rounding error of each addition carried along (Neumaier). NaN and infinities
 * behave as in plain addition; of nothing the sum is 0.
 */
export function accurateSum(x: Summands, options: SumOptions = {}): number {
  const { method = "pairwise" } = checkOptions("accurateSum", options, { method: true });
  const values = numbersOf("accurateSum", x);
  if (method === "pairwise") return pairwise(values, 0, values.length);
  if (method === "compensated") return compensated(values);
  throw new UserError(`accurateSum: method must be "pairwise" or "compensated", got ${String(method)}`);
}

function numbersOf(op: string, x: Summands): ArrayLike<number> {
  if (x instanceof Tensor) return x.storage(op);
  if (ArrayBuffer.isView(x)) return x;
  if (!Array.isArray(x)) throw new UserError(`${op}: expected a tensor or an array of numbers, got ${typeof x}`);
  const wrong = x.findIndex((value) => typeof value !== "number");
  if (wrong >= 0) throw new UserError(`${op}: element ${wrong} is no number but ${typeof x[wrong]}`);
  return x;
}

function pairwise(values: ArrayLike<number>, from: number, to: number): number {
  if (to - from > leaf) {
    const middle = (from + to) >>> 1;
    return pairwise(values, from, middle) + pairwise(values, middle, to);
  }
  let total = 0;
  for (let i = from; i < to; i += 1) total += values[i] ?? 0;
  return total;
}

function compensated(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i += 1) {
    const x = values[i] ?? 0;
    const next = total + x;
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
    total = next;
  }
  // past an infinity or an overflow the lost part is NaN and means nothing
  return Number.isFinite(total) ? total + lost : total;
}

/** How a stream of numbers is distributed, so far. */
export interface MomentSummary {
  readonly count: number;
  /** NaN when there are no numbers. */
  readonly mean: number;
  /** Σ (x − mean)² */
  readonly sumOfSquares: number;
}

/**
 * Mean and variance of numbers as they come, without keeping them and without the cancellation of E[x²] − E[x]²:
 *
 *   δ = x − mean,   mean ← mean + δ/n,   M ← M + δ (x − mean)
 *
 * The mean is kept as its distance from the first number, so that an offset common to all takes no digits from the variance.
 * Two of them merge into one as if either had seen the other's numbers too.
 */
export class RunningMoments {
  private seen = 0;
  private origin = 0;
  /** The mean less the origin. */
  private centre = 0;
  private squares = 0;

  get count(): number {
    return this.seen;
  }

  /** NaN before the first number. */
  get mean(): number {
    return this.seen === 0 ? Number.NaN : this.origin + this.centre;
  }

  /** Takes in one number, or all elements of a tensor or an array. */
  add(x: number | Summands): this {
    if (typeof x === "number") {
      this.take(x);
      return this;
    }
    const values = numbersOf("RunningMoments.add", x);
    for (let i = 0; i < values.length; i += 1) this.take(values[i] ?? 0);
    return this;
  }

  private take(x: number): void {
    if (this.seen === 0) this.origin = x;
    this.seen += 1;
    const shifted = x - this.origin;
    const difference = shifted - this.centre;
    this.centre += difference / this.seen;
    this.squares += difference * (shifted - this.centre);
  }

  /**
   * Σ (x − mean)² / (n − freedom): 0 freedom for the variance of just these numbers, 1 (the default) for the unbiased estimate. NaN with too few
   * numbers.
   */
  variance(freedom = 1): number {
    if (!(freedom >= 0)) throw new UserError(`RunningMoments.variance: freedom must be at least 0, got ${freedom}`);
    return this.seen > freedom ? this.squares / (this.seen - freedom) : Number.NaN;
  }

  standardDeviation(freedom = 1): number {
    return Math.sqrt(this.variance(freedom));
  }

  /** Takes in what the other has seen; the other stays as it is. */
  merge(other: RunningMoments): this {
    const count = this.seen + other.seen;
    if (other.seen === 0) return this;
    if (this.seen === 0) this.origin = other.origin;
    const difference = other.origin - this.origin + (other.centre - this.centre);
    const share = other.seen / count;
    this.squares += other.squares + difference * difference * this.seen * share;
    this.centre += difference * share;
    this.seen = count;
    return this;
  }

  summary(): MomentSummary {
    return { count: this.seen, mean: this.mean, sumOfSquares: this.squares };
  }
}
