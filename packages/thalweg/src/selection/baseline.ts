/** Predictions that ignore the features: what every model has to beat. */
import { anyNumber, oneOf } from "../base/settings.js";
import { type Label, type PredictedLabels, predictedLabels } from "../data/labels.js";
import { checkColumns, matrixTensor, readWeights } from "../data/matrix.js";
import { sum } from "../data/statistics.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FitOptions, Model, ModelJSON, ProbabilisticModel, Targets } from "../preprocessing/estimator.js";
import {
  type PredictorKind,
  predictorKind,
  scoreClassification,
  scoreRegression,
} from "../preprocessing/predictor-kind.js";
import { readClassesState, readClassTargets, readNumberTargets } from "../preprocessing/targets.js";
import { sortedColumn, weightedQuantile } from "../preprocessing/weighted-quantile.js";
import { fromData } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

export interface BaselineRegressorSettings {
  /** Default: "mean". */
  readonly strategy: "mean" | "median" | "constant";
  /** For "constant". Default: 0. */
  readonly value: number;
}

/** Predicts one number for every row (one a column, for several targets). */
export const baselineRegressor: PredictorKind<BaselineRegressorSettings, FittedBaselineRegressor> = predictorKind<
  BaselineRegressorSettings,
  FittedBaselineRegressor
>({
  kind: "baselineRegressor",
  role: "regressor",
  defaults: { strategy: "mean", value: 0 },
  constraints: { strategy: oneOf("mean", "median", "constant"), value: anyNumber() },
  fit(settings, x, y, { sampleWeight }) {
    const op = "baselineRegressor.fit";
    const { rows, columns } = readNumbers(op, "x", x, { borrow: true });
    const { data, width, vector } = readNumberTargets(op, y, rows);
    const weights = readWeights(op, sampleWeight, rows);
    const values = Float64Array.from({ length: width }, (_, j) => {
      if (settings.strategy === "constant") return settings.value;
      if (settings.strategy === "median")
        return weightedQuantile(sortedColumn({ rows, columns: width, data }, j, weights), 0.5);
      return meanOf(
        Float64Array.from({ length: rows }, (_unused, i) => data[i * width + j] ?? 0),
        weights,
      );
    });
    return new FittedBaselineRegressor(settings, values, vector, columns);
  },
  read: (settings, state) =>
    new FittedBaselineRegressor(
      settings,
      state.numbers("values"),
      state.value("vector") === true,
      state.number("columns"),
    ),
});

/** The sum is divided, and not its parts, so that a mean of whole numbers that is one comes out as one. */
function meanOf(values: Float64Array, weights: Float64Array | undefined): number {
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  // Parts of what the sum of could leave the range of numbers.
  const unit = largest > 1e290 ? 2 ** 64 : 1;
  const total = weights === undefined ? values.length : sum(weights);
  return unit * (sum(values.map((v, i) => (v / unit) * (weights?.[i] ?? 1))) / total);
}

/** The number of rows. @throws UserError unless they are numbers in as many columns as the model was fitted on. */
function countKnown(op: string, x: RowsInput, columns: number): number {
  const matrix = readNumbers(op, "x", x, { borrow: true });
  checkColumns(op, "x", matrix, columns);
  return matrix.rows;
}

export class FittedBaselineRegressor implements Model<Tensor> {
  readonly kind = "baselineRegressor";
  readonly settings: BaselineRegressorSettings;
  /** What is predicted, one a target. */
  readonly values: Float64Array;
  readonly #vector: boolean;
  readonly #columns: number;

  constructor(settings: BaselineRegressorSettings, values: Float64Array, vector: boolean, columns: number) {
    this.settings = settings;
    this.#columns = columns;
    this.values = values;
    this.#vector = vector;
  }

  predict(x: RowsInput): Tensor {
    const rows = countKnown("baselineRegressor.predict", x, this.#columns);
    const columns = this.values.length;
    const data = Float64Array.from({ length: rows * columns }, (_, k) => this.values[k % columns] ?? 0);
    return fromData(data, this.#vector ? [rows] : [rows, columns]);
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreRegression(this, x, y, options);
  }

  toJSON(): ModelJSON {
    return {
      kind: this.kind,
      settings: { ...this.settings },
      state: { values: [...this.values], vector: this.#vector, columns: this.#columns },
    };
  }
}

export interface BaselineClassifierSettings {
  /** The most frequent class, its probabilities those of all classes ("prior") or 1 and 0 ("mostFrequent"). Default: "prior". */
  readonly strategy: "prior" | "mostFrequent";
}

/** Predicts the most frequent class for every row; of equally frequent ones the first. */
export const baselineClassifier: PredictorKind<BaselineClassifierSettings, FittedBaselineClassifier> = predictorKind<
  BaselineClassifierSettings,
  FittedBaselineClassifier
>({
  kind: "baselineClassifier",
  role: "classifier",
  defaults: { strategy: "prior" },
  constraints: { strategy: oneOf("prior", "mostFrequent") },
  fit(settings, x, y, { sampleWeight }) {
    const op = "baselineClassifier.fit";
    const { rows, columns } = readNumbers(op, "x", x, { borrow: true });
    const { classes, codes } = readClassTargets(op, y, rows, 1);
    const weights = readWeights(op, sampleWeight, rows);
    const totals = new Float64Array(classes.length);
    codes.forEach((code, i) => {
      totals[code] = (totals[code] ?? 0) + (weights?.[i] ?? 1);
    });
    const all = sum(totals);
    return new FittedBaselineClassifier(
      settings,
      classes,
      totals.map((v) => v / all),
      columns,
    );
  },
  read: (settings, state) => {
    const classes = readClassesState("baselineClassifier", state);
    const shares = state.numbers("shares", classes.length);
    return new FittedBaselineClassifier(settings, classes, shares, state.number("columns"));
  },
});

export class FittedBaselineClassifier implements ProbabilisticModel {
  readonly kind = "baselineClassifier";
  readonly settings: BaselineClassifierSettings;
  readonly classes: readonly Label[];
  /** The share of each class among the rows fitted on. */
  readonly shares: Float64Array;
  readonly #columns: number;

  constructor(settings: BaselineClassifierSettings, classes: readonly Label[], shares: Float64Array, columns: number) {
    this.settings = settings;
    this.#columns = columns;
    this.classes = classes;
    this.shares = shares;
  }

  get #best(): number {
    return this.shares.indexOf(this.shares.reduce((a, b) => Math.max(a, b)));
  }

  predict(x: RowsInput): PredictedLabels {
    return predictedLabels(
      this.classes,
      new Int32Array(countKnown("baselineClassifier.predict", x, this.#columns)).fill(this.#best),
    );
  }

  predictProbabilities(x: RowsInput): Tensor {
    const rows = countKnown("baselineClassifier.predictProbabilities", x, this.#columns);
    const columns = this.classes.length;
    const best = this.#best;
    const row = this.settings.strategy === "prior" ? this.shares : this.shares.map((_, k) => (k === best ? 1 : 0));
    return matrixTensor({
      rows,
      columns,
      data: Float64Array.from({ length: rows * columns }, (_, k) => row[k % columns] ?? 0),
    });
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreClassification(this, x, y, options);
  }

  toJSON(): ModelJSON {
    return {
      kind: this.kind,
      settings: { ...this.settings },
      state: { classes: this.classes, shares: [...this.shares], columns: this.#columns },
    };
  }
}
