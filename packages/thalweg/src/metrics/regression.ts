/** Errors of predicted numbers. Targets are one number a row, or one row of numbers a row (several outputs). */
import { ShapeError, UserError } from "../base/errors.js";
import { type Constraint, checkSettings, oneOf } from "../base/settings.js";
import { type Matrix, type MatrixInput, readColumns, readWeights, type VectorInput } from "../data/matrix.js";
import { sum } from "../data/statistics.js";
import { labelConstraints } from "./confusion.js";

export type TargetInput = VectorInput | MatrixInput;

export interface RegressionOptions {
  /** One weight ≥ 0 a row. Default: 1 each. */
  readonly sampleWeight?: VectorInput;
  /** Of several outputs: their mean, or one number each. Default: "mean". */
  readonly outputs?: "mean" | "each";
}

export interface VarianceScoreOptions {
  readonly sampleWeight?: VectorInput;
  /** Of several outputs: their mean, their mean weighted by the variance of each, or one number each. Default: "mean". */
  readonly outputs?: "mean" | "variance" | "each";
}

type Each = RegressionOptions & { readonly outputs: "each" };
type Mean = RegressionOptions & { readonly outputs?: "mean" };
type EachScore = VarianceScoreOptions & { readonly outputs: "each" };
type MeanScore = VarianceScoreOptions & { readonly outputs?: "mean" | "variance" };

/** The mean of the squared errors. */
export function meanSquaredError(yTrue: TargetInput, yPredicted: TargetInput, options?: Mean): number;
export function meanSquaredError(yTrue: TargetInput, yPredicted: TargetInput, options: Each): number[];
export function meanSquaredError(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions = {},
): number | number[] {
  return errors("meanSquaredError", yTrue, yPredicted, options, (o) => meanOf(o, (y, p) => (y - p) ** 2));
}

/** The square root of the mean squared error, in the units of the target; of several outputs each has its own root. */
export function rootMeanSquaredError(yTrue: TargetInput, yPredicted: TargetInput, options?: Mean): number;
export function rootMeanSquaredError(yTrue: TargetInput, yPredicted: TargetInput, options: Each): number[];
export function rootMeanSquaredError(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions = {},
): number | number[] {
  return errors("rootMeanSquaredError", yTrue, yPredicted, options, (o) =>
    Math.sqrt(meanOf(o, (y, p) => (y - p) ** 2)),
  );
}

/** The mean of the absolute errors. */
export function meanAbsoluteError(yTrue: TargetInput, yPredicted: TargetInput, options?: Mean): number;
export function meanAbsoluteError(yTrue: TargetInput, yPredicted: TargetInput, options: Each): number[];
export function meanAbsoluteError(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions = {},
): number | number[] {
  return errors("meanAbsoluteError", yTrue, yPredicted, options, (o) => meanOf(o, (y, p) => Math.abs(y - p)));
}

/** The median of the absolute errors, which outliers do not move. */
export function medianAbsoluteError(yTrue: TargetInput, yPredicted: TargetInput, options?: Mean): number;
export function medianAbsoluteError(yTrue: TargetInput, yPredicted: TargetInput, options: Each): number[];
export function medianAbsoluteError(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions = {},
): number | number[] {
  return errors("medianAbsoluteError", yTrue, yPredicted, options, ({ truth, predicted, weights }) =>
    weightedMedian(
      truth.map((y, i) => Math.abs(y - (predicted[i] ?? 0))),
      weights,
    ),
  );
}

/** The mean of |error| / |target| as a fraction (0.1 is ten percent); targets below 2⁻⁵² in size count as 2⁻⁵². */
export function meanAbsolutePercentageError(yTrue: TargetInput, yPredicted: TargetInput, options?: Mean): number;
export function meanAbsolutePercentageError(yTrue: TargetInput, yPredicted: TargetInput, options: Each): number[];
export function meanAbsolutePercentageError(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions = {},
): number | number[] {
  return errors("meanAbsolutePercentageError", yTrue, yPredicted, options, (o) =>
    meanOf(o, (y, p) => Math.abs(y - p) / Math.max(Math.abs(y), Number.EPSILON)),
  );
}

/** The mean squared difference of ln(1 + y); targets and predictions must be above −1. */
export function meanSquaredLogError(yTrue: TargetInput, yPredicted: TargetInput, options?: Mean): number;
export function meanSquaredLogError(yTrue: TargetInput, yPredicted: TargetInput, options: Each): number[];
export function meanSquaredLogError(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions = {},
): number | number[] {
  const op = "meanSquaredLogError";
  return errors(op, yTrue, yPredicted, options, (o) => {
    const least = Math.min(...[o.truth, o.predicted].map((v) => v.reduce((a, b) => Math.min(a, b))));
    if (least <= -1) throw new UserError(`${op}: yTrue and yPredicted must be above −1, got ${least}`);
    return meanOf(o, (y, p) => (Math.log1p(y) - Math.log1p(p)) ** 2);
  });
}

/** The largest absolute error of any row. */
export function maxError(yTrue: TargetInput, yPredicted: TargetInput, options?: Mean): number;
export function maxError(yTrue: TargetInput, yPredicted: TargetInput, options: Each): number[];
export function maxError(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions = {},
): number | number[] {
  return errors("maxError", yTrue, yPredicted, options, ({ truth, predicted }) =>
    truth.reduce((most, y, i) => Math.max(most, Math.abs(y - (predicted[i] ?? 0))), 0),
  );
}

/**
 * The share of the variance that is explained, R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²: 1 is perfect, 0 as good as the mean, below 0 worse. Of a
 * target that does not vary: 1 when predicted exactly, else 0.
 *
 * @throws UserError for fewer than two rows.
 */
export function r2(yTrue: TargetInput, yPredicted: TargetInput, options?: MeanScore): number;
export function r2(yTrue: TargetInput, yPredicted: TargetInput, options: EachScore): number[];
export function r2(yTrue: TargetInput, yPredicted: TargetInput, options: VarianceScoreOptions = {}): number | number[] {
  return varianceScore("r2", yTrue, yPredicted, options, (o) => meanOf(o, (y, p) => (y - p) ** 2));
}

/** Like R², but a constant offset of the predictions does not count: 1 − Var(y − ŷ)/Var(y). */
export function explainedVariance(yTrue: TargetInput, yPredicted: TargetInput, options?: MeanScore): number;
export function explainedVariance(yTrue: TargetInput, yPredicted: TargetInput, options: EachScore): number[];
export function explainedVariance(
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: VarianceScoreOptions = {},
): number | number[] {
  return varianceScore("explainedVariance", yTrue, yPredicted, options, (o) => {
    const offset = meanOf(o, (y, p) => y - p);
    return meanOf(o, (y, p) => (y - p - offset) ** 2);
  });
}

interface Output {
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  readonly weights: Float64Array | undefined;
}

function meanOf({ truth, predicted, weights }: Output, value: (y: number, p: number) => number): number {
  const terms = truth.map((y, i) => (weights?.[i] ?? 1) * value(y, predicted[i] ?? 0));
  return sum(terms) / (weights === undefined ? truth.length : sum(weights));
}

const weightsAllowed = labelConstraints.sampleWeight;

function readOutputs(
  op: string,
  yTrue: TargetInput,
  yPredicted: TargetInput,
  sampleWeight: VectorInput | undefined,
): Output[] {
  const truth = readColumns(op, "yTrue", yTrue);
  const predicted = readColumns(op, "yPredicted", yPredicted, { rows: { count: truth.rows, of: "yTrue" } });
  if (truth.columns !== predicted.columns)
    throw new ShapeError(`${op}: yTrue has ${truth.columns} columns, yPredicted has ${predicted.columns}`);
  const weights = readWeights(op, sampleWeight, truth.rows);
  return Array.from({ length: truth.columns }, (_, j) => ({
    truth: columnOf(truth, j),
    predicted: columnOf(predicted, j),
    weights,
  }));
}

function columnOf({ rows, columns, data }: Matrix, j: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => data[i * columns + j] ?? 0);
}

function errors(
  op: string,
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: RegressionOptions,
  value: (output: Output) => number,
): number | number[] {
  const constraints: { sampleWeight: Constraint; outputs: Constraint } = {
    sampleWeight: weightsAllowed,
    outputs: oneOf("mean", "each"),
  };
  const { sampleWeight, outputs } = checkSettings<RegressionOptions & { outputs: string }>(
    op,
    options,
    { outputs: "mean" },
    constraints,
  );
  const values = readOutputs(op, yTrue, yPredicted, sampleWeight).map(value);
  return outputs === "each" ? values : sum(values) / values.length;
}

function varianceScore(
  op: string,
  yTrue: TargetInput,
  yPredicted: TargetInput,
  options: VarianceScoreOptions,
  unexplained: (output: Output) => number,
): number | number[] {
  const constraints = { sampleWeight: weightsAllowed, outputs: oneOf("mean", "variance", "each") };
  const { sampleWeight, outputs } = checkSettings<VarianceScoreOptions & { outputs: string }>(
    op,
    options,
    { outputs: "mean" },
    constraints,
  );
  const read = readOutputs(op, yTrue, yPredicted, sampleWeight);
  if ((read[0]?.truth.length ?? 0) < 2)
    throw new UserError(`${op}: needs at least 2 rows, as a single one has no variance`);
  const rest = read.map(unexplained);
  const variance = read.map((o) => {
    const mean = meanOf(o, (y) => y);
    return meanOf(o, (y) => (y - mean) ** 2);
  });
  const scores = rest.map((u, k) => (u === 0 ? 1 : variance[k] === 0 ? 0 : 1 - u / (variance[k] ?? 1)));
  if (outputs === "each") return scores;
  const total = sum(variance);
  if (outputs === "variance" && total > 0) return sum(scores.map((s, k) => s * (variance[k] ?? 0))) / total;
  return sum(scores) / scores.length;
}

/** Half of the weight lies on either side; where a value divides it exactly, the mean of it and the next. */
function weightedMedian(values: Float64Array, weights: Float64Array | undefined): number {
  const order = Array.from(values, (_, i) => i).filter((i) => (weights?.[i] ?? 1) > 0);
  order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const half = order.reduce((s, i) => s + (weights?.[i] ?? 1), 0) / 2;
  let below = 0;
  for (let k = 0; k < order.length; k += 1) {
    const i = order[k] ?? 0;
    below += weights?.[i] ?? 1;
    if (below < half) continue;
    const value = values[i] ?? 0;
    const next = order[k + 1];
    return next !== undefined && below - half <= Number.EPSILON ? (value + (values[next] ?? 0)) / 2 : value;
  }
  return Number.NaN;
}
