/** The confusion matrix: how many rows of each true class were predicted as each class. */

import { UserError } from "../base/errors.js";
import { type Constraint, checkSettings, either, oneOf, optional, satisfies } from "../base/settings.js";
import {
  distinctLabels,
  encodeLabels,
  type Label,
  type LabelsInput,
  readLabelPair,
  showLabels,
} from "../data/labels.js";
import { readWeights, type VectorInput } from "../data/matrix.js";

export interface LabelOptions {
  /** The classes to count, in this order. Default: all that occur, ascending. */
  readonly labels?: readonly Label[];
  /** One weight ≥ 0 a row. Default: 1 each. */
  readonly sampleWeight?: VectorInput;
}

export interface ConfusionOptions extends LabelOptions {
  /** Divide by the sum of each row ("true"), of each column ("predicted") or of everything ("all"). Default: false, counts. */
  readonly normalize?: false | "true" | "predicted" | "all";
}

export interface ConfusionMatrix {
  readonly labels: readonly Label[];
  /** `counts[i][j]`: rows of class `labels[i]` that were predicted as `labels[j]`. */
  readonly counts: readonly (readonly number[])[];
}

/** Checks of the options that metrics share. */
export const labelConstraints: { readonly labels: Constraint; readonly sampleWeight: Constraint } = {
  labels: optional(
    satisfies(
      "an array of at least one label, each once",
      (v) => Array.isArray(v) && v.length > 0 && new Set(v).size === v.length,
    ),
  ),
  sampleWeight: satisfies(
    "a tensor or an array of numbers, or left out",
    (v) => v === undefined || (typeof v === "object" && v !== null),
  ),
};

/**
 * Counts, or sums of weights, of each pair of true and predicted class.
 *
 * @throws UserError for labels of different kinds, and when none of `labels` occurs in `yTrue`; ShapeError for lists of unequal length.
 */
export function confusionMatrix(
  yTrue: LabelsInput,
  yPredicted: LabelsInput,
  options: ConfusionOptions = {},
): ConfusionMatrix {
  const op = "confusionMatrix";
  const { labels, sampleWeight, normalize } = checkSettings<ConfusionOptions & { normalize: string | false }>(
    op,
    options,
    { normalize: false },
    {
      ...labelConstraints,
      normalize: either(
        oneOf("true", "predicted", "all"),
        satisfies("false", (v) => v === false),
      ),
    },
  );
  const [truth, predicted] = readLabelPair(op, yTrue, yPredicted);
  const classes = labels ?? distinctLabels(truth, predicted);
  if (labels !== undefined && !truth.some((label) => labels.includes(label)))
    throw new UserError(`${op}: none of the labels ${showLabels(labels)} is in yTrue`);
  const weights = readWeights(op, sampleWeight, truth.length);
  const codes = new Map(classes.map((label, code) => [label, code]));
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  truth.forEach((label, i) => {
    const row = counts[codes.get(label) ?? -1];
    const column = codes.get(predicted[i] ?? "");
    if (row !== undefined && column !== undefined) row[column] = (row[column] ?? 0) + (weights?.[i] ?? 1);
  });
  return { labels: classes, counts: normalize === false ? counts : normalized(counts, normalize) };
}

function normalized(counts: readonly (readonly number[])[], by: string): number[][] {
  const rowSums = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const columnSums = counts.map((_, j) => counts.reduce((a, row) => a + (row[j] ?? 0), 0));
  const total = rowSums.reduce((a, b) => a + b, 0);
  return counts.map((row, i) =>
    row.map((count, j) => {
      const by_ = by === "true" ? rowSums[i] : by === "predicted" ? columnSums[j] : total;
      return by_ === undefined || by_ === 0 ? 0 : count / by_;
    }),
  );
}

/** What each class was counted as against all others, summed weights. */
export interface ClassCounts {
  readonly labels: readonly Label[];
  readonly truePositive: Float64Array;
  /** Rows of the class: true positives and false negatives. */
  readonly actual: Float64Array;
  /** Rows predicted as the class: true positives and false positives. */
  readonly predicted: Float64Array;
  readonly total: number;
}

/** The counts of every class that occurs, and the labels to report on first. */
export function classCounts(
  op: string,
  yTrue: LabelsInput,
  yPredicted: LabelsInput,
  { labels, sampleWeight }: LabelOptions,
): ClassCounts {
  const [truth, predictions] = readLabelPair(op, yTrue, yPredicted);
  const weights = readWeights(op, sampleWeight, truth.length);
  const present = distinctLabels(truth, predictions);
  const all = labels === undefined ? present : [...labels, ...present.filter((label) => !labels.includes(label))];
  const trueCodes = encodeLabels(op, "yTrue", truth, all);
  const predictedCodes = encodeLabels(op, "yPredicted", predictions, all);
  const [truePositive, actual, predicted] = [all, all, all].map((list) => new Float64Array(list.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let total = 0;
  trueCodes.forEach((t, i) => {
    const p = predictedCodes[i] ?? 0;
    const weight = weights?.[i] ?? 1;
    total += weight;
    actual[t] = (actual[t] ?? 0) + weight;
    predicted[p] = (predicted[p] ?? 0) + weight;
    if (t === p) truePositive[t] = (truePositive[t] ?? 0) + weight;
  });
  const count = labels?.length ?? all.length;
  return {
    labels: all.slice(0, count),
    truePositive: truePositive.slice(0, count),
    actual: actual.slice(0, count),
    predicted: predicted.slice(0, count),
    total,
  };
}
