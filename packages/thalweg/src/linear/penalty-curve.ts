/** The error of a row of penalties on rows held out, and which penalty follows from it. */
import { oneOf } from "../base/settings.js";

/** What cross-validation found, for plots: one entry a penalty, the largest first. */
export interface PenaltyCurve {
  readonly alphas: readonly number[];
  /** The mean squared error on the rows held out, one row a penalty, one number a fold. */
  readonly errors: readonly (readonly number[])[];
  /** Over the folds. */
  readonly means: readonly number[];
  /** Of the means, from how the folds differ (with n − 1 in the denominator; 0 for one fold). */
  readonly standardErrors: readonly number[];
}

/**
 * "minimum": the penalty of least mean error. "one standard error": the largest of which the mean error is no more than one standard error above that,
 * for a model as simple as the data cannot tell from the best (Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, 3.4.3).
 */
export type PenaltyRule = "minimum" | "one standard error";

export const ruleConstraint = oneOf("minimum", "one standard error");

/** From the errors of each fold, in the order of the penalties. */
export function curveOf(alphas: readonly number[], folds: readonly Float64Array[]): PenaltyCurve {
  const count = folds.length;
  const errors = alphas.map((_, a) => folds.map((fold) => fold[a] ?? Number.NaN));
  const means = errors.map((row) => row.reduce((sum, v) => sum + v, 0) / count);
  const standardErrors = errors.map((row, a) => {
    const squares = row.reduce((sum, v) => sum + (v - (means[a] ?? 0)) ** 2, 0);
    return count < 2 ? 0 : Math.sqrt(squares / (count - 1) / count);
  });
  return { alphas, errors, means, standardErrors };
}

/** The place of the least mean error; of equals the first, which is the largest penalty. */
export function leastPlace({ means }: Pick<PenaltyCurve, "means">): number {
  return means.reduce((best, v, i) => (v < (means[best] ?? Infinity) ? i : best), 0);
}

/** The place of the penalty that the rule chooses. */
export function chosenPlace(curve: PenaltyCurve, rule: PenaltyRule): number {
  const least = leastPlace(curve);
  if (rule === "minimum") return least;
  const limit = (curve.means[least] ?? 0) + (curve.standardErrors[least] ?? 0);
  return curve.means.findIndex((v) => v <= limit);
}
