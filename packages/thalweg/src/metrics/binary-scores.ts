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
  const truth = Uint8Array.from(labels, (l) => (l === label ? 1 : 0));
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
  const rows = Int32Array.from(scores, (_, i) => i).filter((i) => (weights?.[i] ?? 1) > 0);
  const order = [...rows].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const thresholds: number[] = [];
  const truePositive: number[] = [];
  const falsePositive: number[] = [];
  let [tp, fp] = [0, 0];
  order.forEach((i, k) => {
    const weight = weights?.[i] ?? 1;
    if (truth[i] === 1) tp += weight;
    else fp += weight;
    const next = order[k + 1];
    if (next !== undefined && scores[next] === scores[i]) return;
    thresholds.push(scores[i] ?? 0);
    truePositive.push(tp);
    falsePositive.push(fp);
  });
  return {
    thresholds: Float64Array.from(thresholds),
    truePositive: Float64Array.from(truePositive),
    falsePositive: Float64Array.from(falsePositive),
  };
}
