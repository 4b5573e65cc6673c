/** Two small estimators written for these tests: ridge regression by elimination, and Gaussian naive Bayes. */
import { atLeast, flag } from "../../src/base/settings.js";
import {
  distinctLabels,
  encodeLabels,
  type Label,
  type LabelsInput,
  predictedLabels,
  readLabels,
} from "../../src/data/labels.js";
import {
  checkColumns,
  matrixTensor,
  readVector,
  readWeights,
  type VectorInput,
  vectorTensor,
} from "../../src/data/matrix.js";
import type { Tensor } from "../../src/index.js";
import { type RowsInput, readNumbers } from "../../src/preprocessing/columns.js";
import type { FitOptions, Model, ModelJSON, ProbabilisticModel, Targets } from "../../src/preprocessing/estimator.js";
import { predictorKind, scoreClassification, scoreRegression } from "../../src/preprocessing/predictor-kind.js";

export interface RidgeSettings {
  readonly alpha: number;
  readonly intercept: boolean;
}

export class FittedRidge implements Model<Tensor> {
  readonly kind = "testRidge";
  readonly settings: RidgeSettings;
  readonly coefficients: Float64Array;
  readonly intercept: number;
  constructor(settings: RidgeSettings, coefficients: Float64Array, intercept: number) {
    this.settings = settings;
    this.coefficients = coefficients;
    this.intercept = intercept;
  }
  predict(x: RowsInput): Tensor {
    const matrix = readNumbers("testRidge.predict", "x", x);
    checkColumns("testRidge.predict", "x", matrix, this.coefficients.length);
    return vectorTensor(
      Float64Array.from({ length: matrix.rows }, (_, i) =>
        this.coefficients.reduce((sum, c, j) => sum + c * (matrix.data[i * matrix.columns + j] ?? 0), this.intercept),
      ),
    );
  }
  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreRegression(this, x, y, options);
  }
  toJSON(): ModelJSON {
    const state = { coefficients: [...this.coefficients], intercept: this.intercept };
    return { kind: this.kind, settings: { ...this.settings }, state };
  }
}

export const testRidge = predictorKind<RidgeSettings, FittedRidge>({
  kind: "testRidge",
  role: "regressor",
  defaults: { alpha: 1, intercept: true },
  constraints: { alpha: atLeast(0), intercept: flag() },
  fit(settings, x, y, { sampleWeight }) {
    const { rows, columns, data } = readNumbers("testRidge.fit", "x", x);
    const targets = readVector("testRidge.fit", "y", y as VectorInput, { rows: { count: rows, of: "x" } });
    const weights = readWeights("testRidge.fit", sampleWeight, rows) ?? new Float64Array(rows).fill(1);
    const total = weights.reduce((a, b) => a + b, 0);
    const mean = (value: (i: number) => number): number =>
      settings.intercept ? weights.reduce((s, w, i) => s + w * value(i), 0) / total : 0;
    const at = (i: number, j: number): number => data[i * columns + j] ?? 0;
    const means = Array.from({ length: columns }, (_, j) => mean((i) => at(i, j)));
    const yMean = mean((i) => targets[i] ?? 0);
    const system = Array.from({ length: columns }, (_, a) =>
      Array.from({ length: columns + 1 }, (_unused, b) => {
        let sum = a === b ? settings.alpha : 0;
        for (let i = 0; i < rows; i += 1) {
          const other = b === columns ? (targets[i] ?? 0) - yMean : at(i, b) - (means[b] ?? 0);
          sum += (weights[i] ?? 1) * (at(i, a) - (means[a] ?? 0)) * other;
        }
        return sum;
      }),
    );
    system.forEach((row, a) => {
      system.forEach((other, b) => {
        if (a === b) return;
        const factor = (other[a] ?? 0) / (row[a] ?? 1);
        for (let k = 0; k <= columns; k += 1) other[k] = (other[k] ?? 0) - factor * (row[k] ?? 0);
      });
    });
    const coefficients = Float64Array.from(system, (row, a) => (row[columns] ?? 0) / (row[a] ?? 1));
    return new FittedRidge(
      settings,
      coefficients,
      yMean - coefficients.reduce((s, c, j) => s + c * (means[j] ?? 0), 0),
    );
  },
  read: (settings, state) => new FittedRidge(settings, state.numbers("coefficients"), state.number("intercept")),
});

export interface BayesSettings {
  readonly smoothing: number;
}

export class FittedBayes implements ProbabilisticModel {
  readonly kind = "testBayes";
  readonly settings: BayesSettings;
  readonly classes: readonly Label[];
  /** A class a row: prior, means, variances. */
  readonly rows: readonly (readonly number[])[];
  constructor(settings: BayesSettings, classes: readonly Label[], rows: readonly (readonly number[])[]) {
    this.settings = settings;
    this.classes = classes;
    this.rows = rows;
  }
  predictProbabilities(x: RowsInput): Tensor {
    const { rows, columns, data } = readNumbers("testBayes.predict", "x", x);
    checkColumns("testBayes.predict", "x", { rows, columns, data }, ((this.rows[0]?.length ?? 1) - 1) / 2);
    const result = Array.from({ length: rows }, (_, i) => {
      const logs = this.rows.map((row) => {
        let log = Math.log(row[0] ?? 0);
        for (let j = 0; j < columns; j += 1) {
          const variance = row[1 + columns + j] ?? 1;
          log -=
            0.5 * Math.log(2 * Math.PI * variance) +
            ((data[i * columns + j] ?? 0) - (row[1 + j] ?? 0)) ** 2 / (2 * variance);
        }
        return log;
      });
      const most = Math.max(...logs);
      const powers = logs.map((l) => Math.exp(l - most));
      const sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((p) => p / sum);
    });
    return matrixTensor({ rows, columns: this.classes.length, data: Float64Array.from(result.flat()) });
  }
  predict(x: RowsInput) {
    const p = this.predictProbabilities(x).array() as number[][];
    return predictedLabels(
      this.classes,
      p.map((row) => row.indexOf(Math.max(...row))),
    );
  }
  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreClassification(this, x, y, options);
  }
  toJSON(): ModelJSON {
    return { kind: this.kind, settings: { ...this.settings }, state: { classes: this.classes, rows: this.rows } };
  }
}

export const testBayes = predictorKind<BayesSettings, FittedBayes>({
  kind: "testBayes",
  role: "classifier",
  defaults: { smoothing: 1e-9 },
  constraints: { smoothing: atLeast(0) },
  fit(settings, x, y, { sampleWeight }) {
    const { rows, columns, data } = readNumbers("testBayes.fit", "x", x);
    const labels = readLabels("testBayes.fit", "y", y as LabelsInput);
    if (labels.length !== rows) throw new RangeError(`testBayes.fit: x has ${rows} rows, y has ${labels.length}`);
    const weights = readWeights("testBayes.fit", sampleWeight, rows) ?? new Float64Array(rows).fill(1);
    const classes = distinctLabels(labels);
    const codes = encodeLabels("testBayes.fit", "y", labels, classes);
    const moments = (use: (i: number) => number, j: number): [number, number] => {
      let [total, sum, squares] = [0, 0, 0];
      for (let i = 0; i < rows; i += 1) total += use(i);
      for (let i = 0; i < rows; i += 1) sum += use(i) * (data[i * columns + j] ?? 0);
      for (let i = 0; i < rows; i += 1) squares += use(i) * ((data[i * columns + j] ?? 0) - sum / total) ** 2;
      return [sum / total, squares / total];
    };
    const features = Array.from({ length: columns }, (_, j) => j);
    const extra = settings.smoothing * Math.max(...features.map((j) => moments(() => 1, j)[1]));
    const total = weights.reduce((a, b) => a + b, 0);
    const learnt = classes.map((_, code) => {
      const use = (i: number): number => (codes[i] === code ? (weights[i] ?? 1) : 0);
      const all = features.map((j) => moments(use, j));
      const prior = codes.reduce((s, _c, i) => s + use(i), 0) / total;
      return [prior, ...all.map(([m]) => m), ...all.map(([, v]) => v + extra)];
    });
    return new FittedBayes(settings, classes, learnt);
  },
  read: (settings, state) =>
    new FittedBayes(settings, state.list("classes") as Label[], state.list("rows") as number[][]),
});
