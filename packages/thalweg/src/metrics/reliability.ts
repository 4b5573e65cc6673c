/**
 * Whether probabilities mean what they say: of the rows predicted with 0.7, seven in ten should be positive.
 *
 * A. Niculescu-Mizil and R. Caruana, ICML 2005; expected calibration error: M. Naeini, G. Cooper and M. Hauskrecht, AAAI 2015; C. Guo et al., ICML
 * 2017 (of the predicted class of several).
 */

import { ShapeError } from "../base/errors.js";
import { checkSettings, oneOf, wholeAtLeast } from "../base/settings.js";
import { distinctLabels, encodeLabels, type Label, type LabelsInput, readLabels } from "../data/labels.js";
import { type MatrixInput, readColumns, type VectorInput } from "../data/matrix.js";
import { quantileSorted } from "../data/statistics.js";
import { type BinaryOptions, readBinary } from "./binary-scores.js";
import { labelConstraints } from "./confusion.js";
import { binaryConstraints } from "./roc.js";

export interface ReliabilityOptions extends BinaryOptions {
  /** Default: 10. */
  readonly bins?: number;
  /** Bins of equal width, or of equally many rows. Default: "uniform". */
  readonly strategy?: "uniform" | "quantile";
}

/** One bin that has rows. */
export interface ReliabilityBin {
  /** The mean of the predicted probabilities. */
  readonly predicted: number;
  /** The share of positives. */
  readonly observed: number;
  /** The weight of its rows. */
  readonly weight: number;
  readonly from: number;
  readonly to: number;
}

/** Predicted against observed, bin by bin; bins without rows are left out. A probability on a border belongs to the bin below. */
export function reliabilityCurve(
  yTrue: LabelsInput,
  probabilities: VectorInput,
  options: ReliabilityOptions = {},
): ReliabilityBin[] {
  const op = "reliabilityCurve";
  const { bins, strategy, ...rest } = checkSettings<ReliabilityOptions & { bins: number; strategy: string }>(
    op,
    options,
    { bins: 10, strategy: "uniform" },
    { ...binaryConstraints, bins: wholeAtLeast(1), strategy: oneOf("uniform", "quantile") },
  );
  const { truth, scores, weights } = readBinary(op, yTrue, probabilities, rest, { probabilities: true, both: false });
  return binned(truth, scores, weights, edgesOf(scores, bins, strategy));
}

function edgesOf(scores: Float64Array, bins: number, strategy: string): number[] {
  const sorted = strategy === "quantile" ? scores.slice().sort() : undefined;
  return Array.from({ length: bins + 1 }, (_, k) =>
    sorted === undefined ? k / bins : quantileSorted(sorted, k / bins),
  );
}

function binned(
  truth: ArrayLike<number>,
  scores: Float64Array,
  weights: Float64Array | undefined,
  edges: readonly number[],
): ReliabilityBin[] {
  const bins = edges.length - 1;
  const [predicted, observed, total] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)];
  scores.forEach((p, i) => {
    let k = 0;
    while (k < bins - 1 && (edges[k + 1] ?? 1) < p) k += 1;
    const weight = weights?.[i] ?? 1;
    predicted[k] = (predicted[k] ?? 0) + weight * p;
    observed[k] = (observed[k] ?? 0) + weight * (truth[i] ?? 0);
    total[k] = (total[k] ?? 0) + weight;
  });
  const all = Array.from(total, (weight, k) => ({
    predicted: (predicted[k] ?? 0) / weight,
    observed: (observed[k] ?? 0) / weight,
    weight,
    from: edges[k] ?? 0,
    to: edges[k + 1] ?? 1,
  }));
  return all.filter(({ weight }) => weight > 0);
}

export interface CalibrationErrorOptions extends ReliabilityOptions {
  /** The classes of the columns, for several. Default: those of `yTrue`, ascending. */
  readonly labels?: readonly Label[];
  /** The mean over bins, weighted by their rows ("expected"), or the worst bin ("maximum"). Default: "expected". */
  readonly norm?: "expected" | "maximum";
}

/**
 * The difference of predicted and observed over the bins. One probability a row is of the positive class; of rows of probabilities the greatest
 * counts, and whether its class is the true one.
 */
export function expectedCalibrationError(
  yTrue: LabelsInput,
  probabilities: VectorInput | MatrixInput,
  options: CalibrationErrorOptions = {},
): number {
  const op = "expectedCalibrationError";
  const { bins, strategy, labels, norm, ...rest } = checkSettings<
    CalibrationErrorOptions & { bins: number; strategy: string; norm: string }
  >(
    op,
    options,
    { bins: 10, strategy: "uniform", norm: "expected" },
    {
      ...binaryConstraints,
      bins: wholeAtLeast(1),
      strategy: oneOf("uniform", "quantile"),
      labels: labelConstraints.labels,
      norm: oneOf("expected", "maximum"),
    },
  );
  const matrix = readColumns(op, "probabilities", probabilities);
  let truth: Uint8Array;
  let scores = matrix.data;
  let weights: Float64Array | undefined;
  if (matrix.columns === 1) {
    ({ truth, weights } = readBinary(op, yTrue, matrix.data, rest, { probabilities: true, both: false }));
  } else {
    const best = greatest(matrix);
    scores = best.values;
    const known = readLabels(op, "yTrue", yTrue);
    const classes = labels ?? distinctLabels(known);
    if (classes.length !== matrix.columns)
      throw new ShapeError(
        `${op}: there are ${matrix.columns} columns for ${classes.length} classes; name the classes of the columns with labels`,
      );
    const right = encodeLabels(op, "yTrue", known, classes).map((code, i) => (code === best.at[i] ? 1 : 0));
    const binaryOptions = {
      positive: 1,
      ...(rest.sampleWeight === undefined ? {} : { sampleWeight: rest.sampleWeight }),
    };
    ({ truth, weights } = readBinary(op, right, scores, binaryOptions, { probabilities: true, both: false }));
  }
  const parts = binned(truth, scores, weights, edgesOf(scores, bins, strategy));
  const gaps = parts.map(({ predicted, observed }) => Math.abs(predicted - observed));
  if (norm === "maximum") return Math.max(...gaps);
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts.reduce((sum, { weight }, k) => sum + weight * (gaps[k] ?? 0), 0) / total;
}

function greatest({ rows, columns, data }: { rows: number; columns: number; data: Float64Array }) {
  const values = new Float64Array(rows);
  const at = new Int32Array(rows);
  for (let i = 0; i < rows; i += 1) {
    for (let k = 0; k < columns; k += 1) {
      const value = data[i * columns + k] ?? 0;
      if (k > 0 && value <= (values[i] ?? 0)) continue;
      values[i] = value;
      at[i] = k;
    }
  }
  return { values, at };
}
