/**
 * Temperature scaling: softmax(z / T), one number T for all classes, which changes how sure a network is but never its decision.
 *
 * C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On calibration of modern neural networks", ICML 2017.
 */
import { NumericalError, ShapeError } from "../base/errors.js";
import { distinctLabels, encodeLabels, type Label, type LabelsInput, readLabels, showLabels } from "../data/labels.js";
import { type Matrix, type MatrixInput, matrixTensor, readMatrix, readWeights } from "../data/matrix.js";
import type { FitOptions } from "../preprocessing/estimator.js";
import { ascendingRoot } from "../stats/quantile.js";
import type { Tensor } from "../tensor/tensor.js";

/** A fitted temperature. */
export class TemperatureScaling {
  /** Above 1 where the model was too sure of itself. */
  readonly temperature: number;

  constructor(temperature: number) {
    this.temperature = temperature;
  }

  /** Probabilities of logits (rows, classes). */
  predict(logits: MatrixInput): Tensor {
    const matrix = readMatrix("TemperatureScaling.predict", "logits", logits);
    return matrixTensor({ ...matrix, data: softmaxRows(matrix, 1 / this.temperature) });
  }

  toJSON(): { readonly temperature: number } {
    return { temperature: this.temperature };
  }
}

export interface TemperatureOptions extends FitOptions {
  /** The classes of the columns. Default: those of `yTrue`, ascending. */
  readonly labels?: readonly Label[];
}

/** e⁻¹⁰ … e¹⁰ */
const widest = 10;

/**
 * The temperature with the least log loss of logits (rows, classes) of rows that the model was not fitted on.
 *
 * @throws NumericalError when there is none: every row is right, so that T → 0 is best, or the logits say nothing, so that T → ∞ is.
 */
export function temperatureScaling(
  yTrue: LabelsInput,
  logits: MatrixInput,
  options: TemperatureOptions = {},
): TemperatureScaling {
  const op = "temperatureScaling";
  const labels = readLabels(op, "yTrue", yTrue);
  const matrix = readMatrix(op, "logits", logits, { rows: { count: labels.length, of: "yTrue" } });
  const classes = options.labels ?? distinctLabels(labels);
  if (matrix.columns !== classes.length || classes.length < 2)
    throw new ShapeError(
      `${op}: logits has ${matrix.columns} columns for ${classes.length} classes (${showLabels(classes)}); it needs one column for each of at least two`,
    );
  const codes = encodeLabels(op, "yTrue", labels, classes);
  const weights = readWeights(op, options.sampleWeight, labels.length);
  // The loss is convex in β = 1/T; its derivative is the mean of Σ pₖ zₖ − z of the true class, which ascends in β.
  const slope = (logBeta: number): number => {
    const p = softmaxRows(matrix, Math.exp(logBeta));
    let sum = 0;
    codes.forEach((code, i) => {
      const from = i * matrix.columns;
      let expected = 0;
      for (let k = 0; k < matrix.columns; k += 1) expected += (p[from + k] ?? 0) * (matrix.data[from + k] ?? 0);
      sum += (weights?.[i] ?? 1) * (expected - (matrix.data[from + code] ?? 0));
    });
    return sum;
  };
  if (slope(widest) <= 0)
    throw new NumericalError(
      `${op}: the loss falls for ever as T → 0, as when every row is classified rightly; more rows, with errors among them, are needed`,
    );
  if (slope(-widest) > 0)
    throw new NumericalError(
      `${op}: the loss falls for ever as T → ∞: the logits speak against the true classes; check the order of the columns`,
    );
  return new TemperatureScaling(Math.exp(-ascendingRoot(slope, -widest, widest)));
}

function softmaxRows({ rows, columns, data }: Matrix, factor: number): Float64Array {
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i += 1) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = row.map((z) => Math.exp(factor * (z - most)));
    const total = powers.reduce((a, b) => a + b, 0);
    powers.forEach((v, k) => {
      result[i * columns + k] = v / total;
    });
  }
  return result;
}
