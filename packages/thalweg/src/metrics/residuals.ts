/**
 * What the residuals y − ŷ of a regression say about its assumptions.
 *
 * Normality: C. Jarque and A. Bera (1987). Order: J. Durbin and G. Watson (1950). Constant variance: T. Breusch and A. Pagan (1979) in the
 * form of R. Koenker (1981), with the predictions as the explaining variable.
 */
import { UserError } from "../base/errors.js";
import { readVector, type VectorInput } from "../data/matrix.js";
import { sum } from "../data/statistics.js";
import { chiSquared } from "../stats/distributions.js";

export interface TestResult {
  readonly statistic: number;
  /** The chance of a statistic at least as extreme where the assumption holds. */
  readonly pValue: number;
}

export interface ResidualAnalysis {
  readonly residuals: Float64Array;
  readonly mean: number;
  /** With n − 1 in the denominator. */
  readonly std: number;
  /** m₃ / m₂^1.5, the m being central moments with n in the denominator. */
  readonly skewness: number;
  /** m₄ / m₂² − 3: 0 for a normal distribution. */
  readonly excessKurtosis: number;
  /** Σ(eᵢ − eᵢ₋₁)² / Σeᵢ²: 2 for residuals that do not depend on the one before, below for positive, above for negative correlation. */
  readonly durbinWatson: number;
  /** Jarque–Bera, chi-squared with 2 degrees of freedom for many rows. */
  readonly normality: TestResult;
  /** Breusch–Pagan on the predictions, chi-squared with 1 degree of freedom: a small p-value says that the spread changes with them. */
  readonly heteroscedasticity: TestResult;
  /** Rows whose residual is more than 3 standard deviations from the mean. */
  readonly outliers: readonly number[];
  /** What stands out, in words; empty where nothing does. */
  readonly remarks: readonly string[];
}

/**
 * Analyses residuals in the order of the rows.
 *
 * @throws UserError for fewer than 3 rows, or residuals that are all equal: nothing can be said of their shape then.
 */
export function analyzeResiduals(yTrue: VectorInput, yPredicted: VectorInput): ResidualAnalysis {
  const op = "analyzeResiduals";
  const truth = readVector(op, "yTrue", yTrue);
  const predicted = readVector(op, "yPredicted", yPredicted, { rows: { count: truth.length, of: "yTrue" } });
  const n = truth.length;
  if (n < 3) throw new UserError(`${op}: needs at least 3 rows, got ${n}`);
  const residuals = truth.map((y, i) => y - (predicted[i] ?? 0));
  const mean = sum(residuals) / n;
  const centred = residuals.map((e) => e - mean);
  const moment = (k: number): number => sum(centred.map((e) => e ** k)) / n;
  const variance = moment(2);
  const largest = residuals.reduce((m, e) => Math.max(m, Math.abs(e)), 0);
  if (Math.sqrt(variance) <= n * Number.EPSILON * largest)
    throw new UserError(`${op}: all residuals are equal (${mean}), so that nothing can be said of their distribution`);
  const std = Math.sqrt((variance * n) / (n - 1));
  const skewness = moment(3) / variance ** 1.5;
  const excessKurtosis = moment(4) / variance ** 2 - 3;
  const differences = residuals.slice(1).map((e, i) => (e - (residuals[i] ?? 0)) ** 2);
  const durbinWatson = sum(differences) / sum(residuals.map((e) => e * e));
  const jarqueBera = (n / 6) * (skewness ** 2 + excessKurtosis ** 2 / 4);
  const normality = { statistic: jarqueBera, pValue: chiSquared(2).survival(jarqueBera) };
  const breuschPagan =
    n *
    correlation(
      residuals.map((e) => e * e),
      predicted,
    ) **
      2;
  const heteroscedasticity = { statistic: breuschPagan, pValue: chiSquared(1).survival(breuschPagan) };
  const outliers = [...centred.keys()].filter((i) => Math.abs(centred[i] ?? 0) > 3 * std);
  const facts = { mean, std, skewness, excessKurtosis, durbinWatson, normality, heteroscedasticity, outliers };
  return { residuals, ...facts, remarks: remarksOn(facts, n) };
}

/** Pearson's correlation; 0 where one of the two does not vary. */
function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [sum(a) / a.length, sum(b) / b.length];
  const [da, db] = [a.map((x) => x - meanA), b.map((x) => x - meanB)];
  const spread = Math.sqrt(sum(da.map((x) => x * x)) * sum(db.map((x) => x * x)));
  return spread === 0 ? 0 : sum(da.map((x, i) => x * (db[i] ?? 0))) / spread;
}

function remarksOn(facts: Omit<ResidualAnalysis, "residuals" | "remarks">, n: number): string[] {
  const remarks: string[] = [];
  const { mean, std, skewness, durbinWatson, normality, heteroscedasticity, outliers } = facts;
  if (Math.abs(mean) > (3 * std) / Math.sqrt(n))
    remarks.push(
      `the mean residual is ${mean.toPrecision(3)}, more than three standard errors from 0: the predictions are ${mean > 0 ? "too low" : "too high"} on the whole`,
    );
  if (normality.pValue < 0.01)
    remarks.push(
      `the residuals are not normally distributed (p = ${normality.pValue.toPrecision(2)}, skewness ${skewness.toPrecision(2)}): intervals that assume it are off; a transform of the target or a robust loss may help`,
    );
  if (heteroscedasticity.pValue < 0.01)
    remarks.push(
      `the spread of the residuals changes with the prediction (p = ${heteroscedasticity.pValue.toPrecision(2)}): weights or a logarithm of the target may help`,
    );
  // Around 2 with a standard error of about 2/√n.
  if (Math.abs(durbinWatson - 2) > 6 / Math.sqrt(n))
    remarks.push(
      `neighbouring residuals are ${durbinWatson < 2 ? "alike" : "opposed"} (Durbin–Watson ${durbinWatson.toPrecision(3)}): if the order of rows means something, the model misses it`,
    );
  if (outliers.length > Math.max(1, 0.01 * n))
    remarks.push(`${outliers.length} rows are more than 3 standard deviations off: look at them`);
  return remarks;
}
