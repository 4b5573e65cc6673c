/**
 * Naive Bayes for counts and for what is there or not.
 *
 *   multinomial   log P(row | c) = Σⱼ xⱼ log θ_cj + const,                          θ_cj = (N_cj + α) / (N_c + α·columns)
 *   Bernoulli     log P(row | c) = Σⱼ bⱼ log p_cj + (1 − bⱼ) log(1 − p_cj),          p_cj = (N_cj + α) / (n_c + 2α)
 *
 * with N_cj the sum of feature j over the class's rows and n_c their number. McCallum and Nigam, AAAI workshop on text categorization, 1998.
 */
import { UserError } from "../base/errors.js";
import { above, anyNumber, either, satisfies } from "../base/settings.js";
import type { Label } from "../data/labels.js";
import { type Matrix, readWeights } from "../data/matrix.js";
import { readNumbers } from "../preprocessing/columns.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readClassesState, readClassTargets } from "../preprocessing/targets.js";
import { BayesModel, classSums, classWeights, logPriors, type Priors } from "./bayes-model.js";
import { priorsConstraint } from "./settings.js";

export interface MultinomialBayesSettings {
  /** α, added to every count. Default: 1. */
  readonly smoothing: number;
  /** "data": the classes' parts of the rows; "equal"; or one probability a class, ascending. Default: "data". */
  readonly priors: Priors;
}

/** Adds x·wᵀ, for w of (classes, columns), to `joint`. */
function addProducts({ rows, columns, data }: Matrix, w: Float64Array, joint: Float64Array): void {
  const width = w.length / columns;
  for (let i = 0; i < rows; i += 1)
    for (let c = 0; c < width; c += 1) {
      let sum = 0;
      for (let j = 0; j < columns; j += 1) sum += (data[i * columns + j] ?? 0) * (w[c * columns + j] ?? 0);
      joint[i * width + c] = (joint[i * width + c] ?? 0) + sum;
    }
}

export class MultinomialBayesModel extends BayesModel<MultinomialBayesSettings> {
  /** log θ, (classes, columns), row-major. */
  readonly featureLogProbabilities: Float64Array;

  constructor(
    settings: MultinomialBayesSettings,
    classes: readonly Label[],
    priors: Float64Array,
    featureLogProbabilities: Float64Array,
  ) {
    super("multinomialBayes", settings, classes, featureLogProbabilities.length / classes.length, priors);
    this.featureLogProbabilities = featureLogProbabilities;
  }

  protected override addLikelihoods(op: string, x: Matrix, joint: Float64Array): void {
    checkCounts(op, x);
    addProducts(x, this.featureLogProbabilities, joint);
  }

  protected override state(): Readonly<Record<string, unknown>> {
    return { featureLogProbabilities: [...this.featureLogProbabilities] };
  }
}

/** Naive Bayes for counts (of words, say); any numbers ≥ 0. Takes sample weights. */
export const multinomialBayes: PredictorKind<MultinomialBayesSettings, MultinomialBayesModel> = predictorKind<
  MultinomialBayesSettings,
  MultinomialBayesModel
>({
  kind: "multinomialBayes",
  role: "classifier",
  defaults: { smoothing: 1, priors: "data" },
  constraints: { smoothing: above(0), priors: priorsConstraint },
  fit(settings, x, y, { sampleWeight }) {
    const op = "multinomialBayes.fit";
    const matrix = readNumbers(op, "x", x);
    checkCounts(op, matrix);
    const { columns, rows } = matrix;
    const targets = readClassTargets(op, y, rows);
    const weights = readWeights(op, sampleWeight, rows);
    const priors = logPriors(op, settings.priors, targets.classes, classWeights(targets, weights));
    const counts = classSums(matrix, targets, weights).map((n) => n + settings.smoothing);
    const logs = counts.slice();
    targets.classes.forEach((_, c) => {
      const row = counts.subarray(c * columns, (c + 1) * columns);
      const total = Math.log(row.reduce((a, b) => a + b, 0));
      logs.set(
        row.map((n) => Math.log(n) - total),
        c * columns,
      );
    });
    return new MultinomialBayesModel(settings, targets.classes, priors, logs);
  },
  read(settings, state) {
    const classes = readClassesState("multinomialBayes", state);
    const priors = state.numbers("classLogPriors", classes.length);
    return new MultinomialBayesModel(settings, classes, priors, state.numbers("featureLogProbabilities"));
  },
});

function checkCounts(op: string, { columns, data }: Matrix): void {
  const negative = data.findIndex((v) => v < 0);
  if (negative >= 0)
    throw new UserError(
      `${op}: x must hold counts, numbers ≥ 0, got ${data[negative]} at row ${Math.floor(negative / columns)}, column ${negative % columns}; gaussianBayes takes any numbers`,
    );
}

export interface BernoulliBayesSettings extends MultinomialBayesSettings {
  /** Numbers above it count as 1, others as 0; null where x holds 0 and 1 only. Default: 0. */
  readonly threshold: number | null;
}

export class BernoulliBayesModel extends BayesModel<BernoulliBayesSettings> {
  /** log p, (classes, columns), row-major. */
  readonly featureLogProbabilities: Float64Array;
  /** log(1 − p), (classes, columns), row-major. */
  readonly absentLogProbabilities: Float64Array;
  /** log p − log(1 − p), which a feature that is there adds. */
  readonly #weights: Float64Array;
  /** Σⱼ log(1 − p), of each class. */
  readonly #absent: Float64Array;

  constructor(
    settings: BernoulliBayesSettings,
    classes: readonly Label[],
    priors: Float64Array,
    present: Float64Array,
    absent: Float64Array,
  ) {
    const columns = present.length / classes.length;
    super("bernoulliBayes", settings, classes, columns, priors);
    this.featureLogProbabilities = present;
    this.absentLogProbabilities = absent;
    this.#weights = present.map((l, k) => l - (absent[k] ?? 0));
    this.#absent = Float64Array.from(classes, (_, c) =>
      absent.subarray(c * columns, (c + 1) * columns).reduce((a, b) => a + b, 0),
    );
  }

  protected override addLikelihoods(op: string, x: Matrix, joint: Float64Array): void {
    addProducts(binary(op, x, this.settings.threshold), this.#weights, joint);
    const width = this.classes.length;
    for (let k = 0; k < joint.length; k += 1) joint[k] = (joint[k] ?? 0) + (this.#absent[k % width] ?? 0);
  }

  protected override state(): Readonly<Record<string, unknown>> {
    return {
      featureLogProbabilities: [...this.featureLogProbabilities],
      absentLogProbabilities: [...this.absentLogProbabilities],
    };
  }
}

/** Naive Bayes for features that are there or not. Takes sample weights. */
export const bernoulliBayes: PredictorKind<BernoulliBayesSettings, BernoulliBayesModel> = predictorKind<
  BernoulliBayesSettings,
  BernoulliBayesModel
>({
  kind: "bernoulliBayes",
  role: "classifier",
  defaults: { smoothing: 1, priors: "data", threshold: 0 },
  constraints: {
    smoothing: above(0),
    priors: priorsConstraint,
    threshold: either(
      anyNumber(),
      satisfies("null", (v) => v === null),
    ),
  },
  fit(settings, x, y, { sampleWeight }) {
    const op = "bernoulliBayes.fit";
    const matrix = binary(op, readNumbers(op, "x", x), settings.threshold);
    const { columns, rows } = matrix;
    const targets = readClassTargets(op, y, rows);
    const weights = readWeights(op, sampleWeight, rows);
    const totals = classWeights(targets, weights);
    const priors = logPriors(op, settings.priors, targets.classes, totals);
    const absent: Matrix = { rows, columns, data: matrix.data.map((v) => 1 - v) };
    const logs = (counted: Matrix): Float64Array =>
      classSums(counted, targets, weights).map(
        (n, k) =>
          Math.log(n + settings.smoothing) - Math.log((totals[Math.floor(k / columns)] ?? 0) + 2 * settings.smoothing),
      );
    return new BernoulliBayesModel(settings, targets.classes, priors, logs(matrix), logs(absent));
  },
  read(settings, state) {
    const classes = readClassesState("bernoulliBayes", state);
    const priors = state.numbers("classLogPriors", classes.length);
    const present = state.numbers("featureLogProbabilities");
    const absent = state.numbers("absentLogProbabilities", present.length);
    return new BernoulliBayesModel(settings, classes, priors, present, absent);
  },
});

function binary(op: string, { rows, columns, data }: Matrix, threshold: number | null): Matrix {
  if (threshold !== null) return { rows, columns, data: data.map((v) => (v > threshold ? 1 : 0)) };
  const other = data.findIndex((v) => v !== 0 && v !== 1);
  if (other >= 0)
    throw new UserError(
      `${op}: x must hold 0 and 1 when threshold is null, got ${data[other]} at row ${Math.floor(other / columns)}, column ${other % columns}; set a threshold`,
    );
  return { rows, columns, data };
}
