/** Two classes and a score a row (a probability, a margin, a logit): what curves and thresholds are made of. */
import { UserError } from "../base/errors.js";
import { distinctLabels, type Label, type LabelsInput, readLabels, showLabels } from "../data/labels.js";
import { readVector, readWeights, type VectorInput } from "../data/matrix.js";
import { positiveLabel } from "./averages.js";

export interface BinaryOptions {
  /** The class that higher scores speak for. Default: 1 for labels 0 and 1 (or −1 and 1). */
  readonly positive?: Label;
  /** One weight ≥ 0 a row. Default: 1 each. */
  readonly sampleWeight?: VectorInput;
}

export interface BinaryScores {
  /** 1 for the positive class, 0 for the other. */
  readonly truth: Uint8Array;
  readonly scores: Float64Array;
  readonly weights: Float64Array | undefined;
}

export interface ScoreChecks {
  /** Whether scores must be probabilities. Default: false. */
  readonly probabilities?: boolean;
  /** Whether both classes must be there. Default: true. */
  readonly both?: boolean;
}

/**
 * Reads labels of at most two classes with their scores.
 *
 * @throws UserError for more than two classes, for one where two are needed, and for scores outside 0 … 1 where probabilities are.
 */
export function readBinary(
  op: string,
  yTrue: LabelsInput,
  scoresInput: VectorInput,
  { positive, sampleWeight }: BinaryOptions,
  { probabilities = false, both = true }: ScoreChecks = {},
): BinaryScores {
  const labels = readLabels(op, "yTrue", yTrue);
  const name = probabilities ? "probabilities" : "scores";
  const scores = readVector(op, name, scoresInput, { rows: { count: labels.length, of: "yTrue" } });
  const weights = readWeights(op, sampleWeight, labels.length);
  const classes = distinctLabels(labels);
  if (classes.length > 2)
    throw new UserError(
      `${op}: yTrue must have two classes for one score a row, got ${classes.length} (${showLabels(classes)})`,
    );
  const label = positiveLabel(op, classes, positive);
  const truth = new Uint8Array(labels.length);
  for (let i = 0; i < truth.length; i += 1) truth[i] = labels[i] === label ? 1 : 0;
  if (both) {
    const ones = truth.reduce((sum, t, i) => sum + t * Math.sign(weights?.[i] ?? 1), 0);
    const count = weights === undefined ? truth.length : weights.filter((w) => w > 0).length;
    if (ones === 0 || ones === count)
      throw new UserError(
        `${op}: yTrue must have rows of both classes, got ${showLabels(classes)} alone${weights === undefined ? "" : " with weight above 0"}; without them the curve is not defined`,
      );
  }
  if (probabilities) {
    const wrong = scores.findIndex((p) => p < 0 || p > 1);
    if (wrong >= 0)
      throw new UserError(
        `${op}: probabilities must be from 0 to 1, got ${scores[wrong]} at position ${wrong}; logits go through sigmoid first`,
      );
  }
  return { truth, scores, weights };
}

/** For each different score, from the highest down: the weight of positives and negatives scored at least as high. */
export interface Cumulative {
  readonly thresholds: Float64Array;
  readonly truePositive: Float64Array;
  readonly falsePositive: Float64Array;
}

export function cumulativeCounts({ truth, scores, weights }: BinaryScores): Cumulative {
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  // The numbers sorted by themselves and then looked up take a fraction of the time that sorting row numbers by a comparison takes.
  const thresholds = distinctDescending(weights === undefined ? scores : scores.filter((_, i) => weightOf(i) > 0));
  const truePositive = new Float64Array(thresholds.length);
  const falsePositive = new Float64Array(thresholds.length);
  for (let i = 0; i < scores.length; i += 1) {
    const weight = weightOf(i);
    if (weight <= 0) continue;
    const at = placeIn(thresholds, scores[i] ?? 0);
    const counts = truth[i] === 1 ? truePositive : falsePositive;
    counts[at] = (counts[at] ?? 0) + weight;
  }
  for (let k = 1; k < thresholds.length; k += 1) {
    truePositive[k] = (truePositive[k] ?? 0) + (truePositive[k - 1] ?? 0);
    falsePositive[k] = (falsePositive[k] ?? 0) + (falsePositive[k - 1] ?? 0);
  }
  return { thresholds, truePositive, falsePositive };
}

function distinctDescending(values: Float64Array): Float64Array {
  const sorted = values.slice().sort().reverse();
  let kept = 0;
  for (let i = 0; i < sorted.length; i += 1) {
    const value = sorted[i] ?? 0;
    if (kept > 0 && sorted[kept - 1] === value) continue;
    sorted[kept] = value;
    kept += 1;
  }
  return sorted.slice(0, kept);
}

/** The position of a value among descending ones of which it is one. */
function placeIn(descending: Float64Array, value: number): number {
  let [low, high] = [0, descending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((descending[middle] ?? 0) > value) low = middle + 1;
    else high = middle;
  }
  return low;
}
