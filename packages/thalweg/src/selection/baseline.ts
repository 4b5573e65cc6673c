/** Predictions that ignore the features: what every model has to beat. */
import { ShapeError, UserError } from "../base/errors.js";
import { anyNumber, oneOf } from "../base/settings.js";
import {
  distinctLabels,
  encodeLabels,
  type Label,
  type LabelsInput,
  type PredictedLabels,
  predictedLabels,
  readLabels,
} from "../data/labels.js";
import { matrixTensor, readColumns, readWeights } from "../data/matrix.js";
import { quantileSorted } from "../data/statistics.js";
import type { TargetInput } from "../metrics/regression.js";
import { countRows, type RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Model, ModelJSON, ProbabilisticModel, Targets } from "../preprocessing/estimator.js";
import {
  type PredictorKind,
  predictorKind,
  scoreClassification,
  scoreRegression,
} from "../preprocessing/predictor-kind.js";
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
    const rows = countRows(op, "x", x);
    const targets = readColumns(op, "y", y as TargetInput, { rows: { count: rows, of: "x" } });
    const weights = readWeights(op, sampleWeight, rows);
    if (weights !== undefined && settings.strategy === "median")
      throw new UserError(`${op}: sampleWeight is not taken by strategy "median"; use "mean"`);
    const values = Float64Array.from({ length: targets.columns }, (_, j) => {
      const column = Float64Array.from({ length: rows }, (_unused, i) => targets.data[i * targets.columns + j] ?? 0);
      if (settings.strategy === "constant") return settings.value;
      if (settings.strategy === "median") return quantileSorted(column.sort(), 0.5);
      const total = weights === undefined ? rows : weights.reduce((a, b) => a + b, 0);
      return column.reduce((sum, v, i) => sum + (v * (weights?.[i] ?? 1)) / total, 0);
    });
    return new FittedBaselineRegressor(settings, values, targets.vector);
  },
  read: (settings, state) =>
    new FittedBaselineRegressor(settings, state.numbers("values"), state.value("vector") === true),
});

export class FittedBaselineRegressor implements Model<Tensor> {
  readonly kind = "baselineRegressor";
  readonly settings: BaselineRegressorSettings;
  /** What is predicted, one a target. */
  readonly values: Float64Array;
  readonly #vector: boolean;

  constructor(settings: BaselineRegressorSettings, values: Float64Array, vector: boolean) {
    this.settings = settings;
    this.values = values;
    this.#vector = vector;
  }

  predict(x: RowsInput): Tensor {
    const rows = countRows("baselineRegressor.predict", "x", x);
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
      state: { values: [...this.values], vector: this.#vector },
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
    const rows = countRows(op, "x", x);
    const labels = readLabels(op, "y", y as LabelsInput);
    if (labels.length !== rows) throw new ShapeError(`${op}: x has ${rows} rows, y has ${labels.length}`);
    const weights = readWeights(op, sampleWeight, rows);
    const classes = distinctLabels(labels);
    const shares = new Float64Array(classes.length);
    const total = weights === undefined ? rows : weights.reduce((a, b) => a + b, 0);
    encodeLabels(op, "y", labels, classes).forEach((code, i) => {
      shares[code] = (shares[code] ?? 0) + (weights?.[i] ?? 1) / total;
    });
    return new FittedBaselineClassifier(settings, classes, shares);
  },
  read: (settings, state) => {
    const classes = state.list("classes") as readonly Label[];
    return new FittedBaselineClassifier(settings, classes, state.numbers("shares", classes.length));
  },
});

export class FittedBaselineClassifier implements ProbabilisticModel {
  readonly kind = "baselineClassifier";
  readonly settings: BaselineClassifierSettings;
  readonly classes: readonly Label[];
  /** The share of each class among the rows fitted on. */
  readonly shares: Float64Array;

  constructor(settings: BaselineClassifierSettings, classes: readonly Label[], shares: Float64Array) {
    this.settings = settings;
    this.classes = classes;
    this.shares = shares;
  }

  get #best(): number {
    return this.shares.indexOf(this.shares.reduce((a, b) => Math.max(a, b)));
  }

  predict(x: RowsInput): PredictedLabels {
    return predictedLabels(
      this.classes,
      new Int32Array(countRows("baselineClassifier.predict", "x", x)).fill(this.#best),
    );
  }

  predictProbabilities(x: RowsInput): Tensor {
    const rows = countRows("baselineClassifier.predictProbabilities", "x", x);
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
      state: { classes: this.classes, shares: [...this.shares] },
    };
  }
}
