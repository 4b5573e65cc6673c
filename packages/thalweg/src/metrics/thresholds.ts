/** What each decision threshold would give: the counts and every thresholded metric, over a range of thresholds. */
import { UserError } from "../base/errors.js";
import { checkSettings, oneOf, satisfies } from "../base/settings.js";
import type { LabelsInput } from "../data/labels.js";
import { readVector, type VectorInput } from "../data/matrix.js";
import { type BinaryOptions, cumulativeCounts, readBinary } from "./binary-scores.js";
import { binaryConstraints } from "./roc.js";

/** Metrics at one threshold. A quotient 0/0 is 0. */
export interface ThresholdRow {
  /** Scores at or above it count as positive. */
  readonly threshold: number;
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly specificity: number;
  readonly f1: number;
  readonly balancedAccuracy: number;
  readonly matthews: number;
  /** Youden's J = recall + specificity − 1. */
  readonly youden: number;
}

export interface SweepOptions extends BinaryOptions {
  /** Default: every different score, ascending. */
  readonly thresholds?: VectorInput;
}

/** One row a threshold, ascending. */
export function thresholdSweep(yTrue: LabelsInput, scores: VectorInput, options: SweepOptions = {}): ThresholdRow[] {
  const op = "thresholdSweep";
  const checked = checkSettings<SweepOptions>(
    op,
    options,
    {},
    {
      ...binaryConstraints,
      thresholds: satisfies(
        "a tensor or an array of numbers, or left out",
        (v) => v === undefined || typeof v === "object",
      ),
    },
  );
  const counts = cumulativeCounts(readBinary(op, yTrue, scores, checked));
  const last = counts.thresholds.length - 1;
  const [positives, negatives] = [counts.truePositive[last] ?? 0, counts.falsePositive[last] ?? 0];
  const wanted =
    checked.thresholds === undefined ? counts.thresholds : readVector(op, "thresholds", checked.thresholds);
  return [...wanted]
    .sort((a, b) => a - b)
    .map((threshold) => {
      // The thresholds of the counts descend: the last one that is not below the wanted.
      let [low, high] = [0, last + 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((counts.thresholds[middle] ?? 0) >= threshold) low = middle + 1;
        else high = middle;
      }
      const [tp, fp] = [counts.truePositive[low - 1] ?? 0, counts.falsePositive[low - 1] ?? 0];
      return rowOf(threshold, tp, fp, negatives - fp, positives - tp);
    });
}

function rowOf(threshold: number, tp: number, fp: number, tn: number, fn: number): ThresholdRow {
  const [recall, specificity] = [ratio(tp, tp + fn), ratio(tn, tn + fp)];
  return {
    threshold,
    truePositive: tp,
    falsePositive: fp,
    trueNegative: tn,
    falseNegative: fn,
    accuracy: ratio(tp + tn, tp + fp + tn + fn),
    precision: ratio(tp, tp + fp),
    recall,
    specificity,
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    balancedAccuracy: (recall + specificity) / 2,
    matthews: ratio(tp * tn - fp * fn, Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))),
    youden: recall + specificity - 1,
  };
}

function ratio(above: number, below: number): number {
  return below === 0 ? 0 : above / below;
}

export type ThresholdMetric = "accuracy" | "f1" | "balancedAccuracy" | "matthews" | "youden";

/** The row of a sweep where the metric is greatest; of equals the lowest threshold. */
export function bestThreshold(sweep: readonly ThresholdRow[], metric: ThresholdMetric = "f1"): ThresholdRow {
  checkSettings(
    "bestThreshold",
    { metric },
    { metric: "f1" },
    { metric: oneOf("accuracy", "f1", "balancedAccuracy", "matthews", "youden") },
  );
  const [first, ...rest] = sweep;
  if (first === undefined) throw new UserError("bestThreshold: sweep is empty; make one with thresholdSweep");
  return rest.reduce((best, row) => (row[metric] > best[metric] ? row : best), first);
}
