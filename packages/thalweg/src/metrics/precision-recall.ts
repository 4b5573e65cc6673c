/** Precision against recall over all thresholds, and the area under it as the average precision, Σ (Rₖ − Rₖ₋₁) Pₖ. */
import { checkSettings, flag } from "../base/settings.js";
import type { LabelsInput } from "../data/labels.js";
import type { VectorInput } from "../data/matrix.js";
import { type BinaryOptions, type BinaryScores, cumulativeCounts, readBinary } from "./binary-scores.js";
import { binaryConstraints } from "./roc.js";

export interface PrecisionRecallCurve {
  /** By ascending threshold; the last point, precision 1 and recall 0, has no threshold. */
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly thresholds: Float64Array;
}

export interface PrecisionRecallOptions extends BinaryOptions {
  /** Leave out the points between others of equal true positives, which lie on one vertical line. Default: false. */
  readonly dropIntermediate?: boolean;
}

/** The points of the curve. */
export function precisionRecallCurve(
  yTrue: LabelsInput,
  scores: VectorInput,
  options: PrecisionRecallOptions = {},
): PrecisionRecallCurve {
  const op = "precisionRecallCurve";
  const { dropIntermediate, ...rest } = checkSettings<PrecisionRecallOptions & { dropIntermediate: boolean }>(
    op,
    options,
    { dropIntermediate: false },
    { ...binaryConstraints, dropIntermediate: flag() },
  );
  return curveOf(readBinary(op, yTrue, scores, rest), dropIntermediate);
}

/** The mean of the precisions at each threshold, weighted by the gain in recall; the rate of positives for a score of chance. */
export function averagePrecision(yTrue: LabelsInput, scores: VectorInput, options: BinaryOptions = {}): number {
  const op = "averagePrecision";
  const checked = checkSettings<BinaryOptions>(op, options, {}, binaryConstraints);
  const { precision, recall } = curveOf(readBinary(op, yTrue, scores, checked), false);
  let sum = 0;
  for (let k = 1; k < recall.length; k += 1) sum += ((recall[k - 1] ?? 0) - (recall[k] ?? 0)) * (precision[k - 1] ?? 0);
  return sum;
}

function curveOf(binary: BinaryScores, dropIntermediate: boolean): PrecisionRecallCurve {
  const { thresholds, truePositive, falsePositive } = cumulativeCounts(binary);
  const last = thresholds.length - 1;
  const all = Array.from(thresholds, (_, k) => last - k);
  const order = all.filter(
    (k) =>
      !dropIntermediate ||
      k === 0 ||
      k === last ||
      truePositive[k] !== truePositive[k - 1] ||
      truePositive[k] !== truePositive[k + 1],
  );
  const positives = truePositive[last] ?? 0;
  return {
    precision: Float64Array.from([
      ...order.map((k) => (truePositive[k] ?? 0) / ((truePositive[k] ?? 0) + (falsePositive[k] ?? 0))),
      1,
    ]),
    recall: Float64Array.from([...order.map((k) => (truePositive[k] ?? 0) / positives), 0]),
    thresholds: Float64Array.from(order, (k) => thresholds[k] ?? 0),
  };
}
