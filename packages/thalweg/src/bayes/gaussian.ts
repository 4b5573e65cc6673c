/**
 * Gaussian naive Bayes: within a class each feature is normal,
 *
 *   log P(xⱼ | c) = −½ log(2π σ²) − (xⱼ − μ)² / 2σ²,
 *
 * with the mean and variance (n in the denominator) of the class's rows, plus `smoothing` times the largest variance of all features.
 */
import { NumericalError, UserError } from "../base/errors.js";
import { atLeast } from "../base/settings.js";
import type { Label } from "../data/labels.js";
import { type Matrix, readWeights } from "../data/matrix.js";
import { readNumbers } from "../preprocessing/columns.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readClassesState, readClassTargets } from "../preprocessing/targets.js";
import { BayesModel, classSums, classWeights, logPriors, type Priors } from "./bayes-model.js";
import { priorsConstraint } from "./settings.js";

export interface GaussianBayesSettings {
  /** "data": the classes' parts of the rows; "equal"; or one probability a class, ascending. Default: "data". */
  readonly priors: Priors;
  /** Part of the largest variance that is added to all. Default: 1e-9. */
  readonly smoothing: number;
}

export class GaussianBayesModel extends BayesModel<GaussianBayesSettings> {
  /** (classes, columns), row-major. */
  readonly means: Float64Array;
  /** (classes, columns), row-major, smoothed. */
  readonly variances: Float64Array;

  constructor(
    settings: GaussianBayesSettings,
    classes: readonly Label[],
    priors: Float64Array,
    means: Float64Array,
    variances: Float64Array,
  ) {
    super("gaussianBayes", settings, classes, means.length / classes.length, priors);
    this.means = means;
    this.variances = variances;
  }

  protected override addLikelihoods(_op: string, { rows, columns, data }: Matrix, joint: Float64Array): void {
    const width = this.classes.length;
    for (let c = 0; c < width; c += 1) {
      let constant = 0;
      for (let j = 0; j < columns; j += 1)
        constant -= 0.5 * Math.log(2 * Math.PI * (this.variances[c * columns + j] ?? 1));
      for (let i = 0; i < rows; i += 1) {
        let sum = 0;
        for (let j = 0; j < columns; j += 1)
          sum +=
            ((data[i * columns + j] ?? 0) - (this.means[c * columns + j] ?? 0)) ** 2 /
            (this.variances[c * columns + j] ?? 1);
        joint[i * width + c] = (joint[i * width + c] ?? 0) + constant - 0.5 * sum;
      }
    }
  }

  protected override state(): Readonly<Record<string, unknown>> {
    return { means: [...this.means], variances: [...this.variances] };
  }
}

/** Naive Bayes for numbers that are about normal within each class. Takes sample weights. */
export const gaussianBayes: PredictorKind<GaussianBayesSettings, GaussianBayesModel> = predictorKind<
  GaussianBayesSettings,
  GaussianBayesModel
>({
  kind: "gaussianBayes",
  role: "classifier",
  defaults: { priors: "data", smoothing: 1e-9 },
  constraints: { priors: priorsConstraint, smoothing: atLeast(0) },
  fit(settings, x, y, { sampleWeight }) {
    const op = "gaussianBayes.fit";
    const matrix = readNumbers(op, "x", x);
    const { columns, rows, data } = matrix;
    const targets = readClassTargets(op, y, rows);
    const weights = readWeights(op, sampleWeight, rows);
    const totals = classWeights(targets, weights);
    const priors = logPriors(op, settings.priors, targets.classes, totals);
    const perClass = (sums: Float64Array): Float64Array =>
      sums.map((s, k) => s / (totals[Math.floor(k / columns)] ?? 1));
    const means = perClass(classSums(matrix, targets, weights));
    const squares = data.map(
      (v, k) => (v - (means[(targets.codes[Math.floor(k / columns)] ?? 0) * columns + (k % columns)] ?? 0)) ** 2,
    );
    const added = settings.smoothing * largestVariance(matrix);
    const variances = perClass(classSums({ rows, columns, data: squares }, targets, weights)).map((v) => v + added);
    const large = variances.findIndex((v) => !Number.isFinite(v));
    if (large >= 0)
      throw new NumericalError(
        `${op}: the variance of column ${large % columns} leaves the range of numbers; divide the column first (standardScaler)`,
      );
    const flat = variances.findIndex((v) => !(v > 0));
    if (flat >= 0)
      throw new UserError(
        `${op}: column ${flat % columns} does not vary within a class, so that its variance is 0; set smoothing above 0, or leave the column out`,
      );
    return new GaussianBayesModel(settings, targets.classes, priors, means, variances);
  },
  read(settings, state) {
    const classes = readClassesState("gaussianBayes", state);
    const means = state.numbers("means");
    const priors = state.numbers("classLogPriors", classes.length);
    return new GaussianBayesModel(settings, classes, priors, means, state.numbers("variances", means.length));
  },
});

/** Of all columns, each over all rows, without weights. */
function largestVariance({ rows, columns, data }: Matrix): number {
  let largest = 0;
  for (let j = 0; j < columns; j += 1) {
    let [mean, squares] = [0, 0];
    for (let i = 0; i < rows; i += 1) {
      const v = data[i * columns + j] ?? 0;
      const away = v - mean;
      mean += away / (i + 1);
      squares += away * (v - mean);
    }
    largest = Math.max(largest, squares / rows);
  }
  return largest;
}
