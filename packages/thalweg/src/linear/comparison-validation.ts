/** The penalty of ridge and the rank of the truncated SVD by cross-validation: one SVD a fold serves all of them. */
import { UserError } from "../base/errors.js";
import { sum } from "../data/statistics.js";
import type { Fold } from "../selection/splitter.js";
import { ridgeParts, spectrumOf } from "./comparison-spectrum.js";
import { makeSystem, type RowsPart, type SystemChoices, takePart } from "./comparison-system.js";
import { chosenPlace, curveOf, type PenaltyRule } from "./penalty-curve.js";

export interface ValidationCurve {
  /** The penalties from the largest down, or the ranks from 1 up: the simplest first. */
  readonly values: readonly number[];
  /** Mean squared errors on the rows left out, mean over the folds. */
  readonly means: readonly number[];
  /** Of the means, from how the folds differ. Folds share training rows: a rough measure. */
  readonly standardErrors: readonly number[];
  /** The value of the least error. */
  readonly best: number;
  /** The first whose error is within one standard error of the least. */
  readonly simplest: number;
  /** The one of the two that the rule takes. */
  readonly chosen: number;
}

export interface FoldErrors {
  readonly alphas: Float64Array;
  /** For the ranks 1, 2, … as far as the fold has them. */
  readonly ranks: Float64Array;
}

/** Held-out mean squared errors of one fold. */
export function foldErrors(
  op: string,
  part: RowsPart,
  fold: Fold,
  at: number,
  choices: SystemChoices,
  alphas: readonly number[],
): FoldErrors {
  const [train, test] = [takePart(part, fold.train), takePart(part, fold.test)];
  for (const { weights } of [train, test])
    if (weights?.every((w) => w === 0))
      throw new UserError(
        `${op}: sampleWeight is 0 for all rows of a part of fold ${at}, and some weight is needed on either side; take fewer folds or another seed`,
      );
  const system = makeSystem(train, choices);
  const spectrum = spectrumOf(op, system);
  const { columns } = part;
  const count = spectrum.values.length;
  // (test rows, count): the test rows in the coordinates of the singular vectors
  const scores = new Float64Array(test.rows * count);
  const targets = new Float64Array(test.rows);
  const row = new Float64Array(columns);
  for (let i = 0; i < test.rows; i += 1) {
    for (let j = 0; j < columns; j += 1)
      row[j] = ((test.x[i * columns + j] ?? 0) - (system.xMeans[j] ?? 0)) / (system.scales[j] ?? 1);
    targets[i] = (test.y[i] ?? 0) - system.yMean;
    for (let k = 0; k < count; k += 1) {
      let product = 0;
      for (let j = 0; j < columns; j += 1) product += (spectrum.vt[k * columns + j] ?? 0) * (row[j] ?? 0);
      scores[i * count + k] = product;
    }
  }
  const weight = (i: number): number => test.weights?.[i] ?? 1;
  const total = sum(Array.from({ length: test.rows }, (_, i) => weight(i)));
  const errorOf = (parts: Float64Array): number => {
    let squares = 0;
    for (let i = 0; i < test.rows; i += 1) {
      let left = targets[i] ?? 0;
      for (let k = 0; k < parts.length; k += 1) left -= (scores[i * count + k] ?? 0) * (parts[k] ?? 0);
      squares += weight(i) * left * left;
    }
    return squares / total;
  };
  const ranks = new Float64Array(spectrum.rank);
  const left = targets.slice();
  for (let k = 0; k < spectrum.rank; k += 1) {
    const part = (spectrum.coordinates[k] ?? 0) / (spectrum.values[k] ?? 1);
    let squares = 0;
    for (let i = 0; i < test.rows; i += 1) {
      left[i] = (left[i] ?? 0) - (scores[i * count + k] ?? 0) * part;
      squares += weight(i) * (left[i] ?? 0) ** 2;
    }
    ranks[k] = squares / total;
  }
  return { alphas: Float64Array.from(alphas, (alpha) => errorOf(ridgeParts(spectrum, alpha))), ranks };
}

/** What the errors of the folds come to; `values` begin with the simplest, and of equal errors the first counts. */
export function validationCurve(
  values: readonly number[],
  folds: readonly Float64Array[],
  rule: PenaltyRule,
): ValidationCurve {
  const curve = curveOf(values, folds);
  const at = (chosenBy: PenaltyRule): number => values[chosenPlace(curve, chosenBy)] ?? 0;
  const { means, standardErrors } = curve;
  return {
    values,
    means,
    standardErrors,
    best: at("minimum"),
    simplest: at("one standard error"),
    chosen: at(rule),
  };
}
