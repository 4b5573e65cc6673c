/** The penalty of ridge and the rank of the truncated SVD by cross-validation: one SVD a fold serves all of them. */
import { UserError } from "../base/errors.js";
import { sum } from "../data/statistics.js";
import type { Fold } from "../selection/splitter.js";
import { ridgeParts, spectrumOf } from "./comparison-spectrum.js";
import { makeSystem, type RowsPart, type SystemChoices, takePart } from "./comparison-system.js";

export interface ValidationCurve {
  /** The penalties, or the ranks. */
  readonly values: readonly number[];
  /** Mean squared error on the rows left out, mean over the folds. */
  readonly errors: readonly number[];
  /** Standard deviation of the folds' errors by the root of their number. Folds share training rows: a rough measure. */
  readonly standardErrors: readonly number[];
  /** The value of the least error. */
  readonly best: number;
  /** The simplest value, that is the largest penalty or smallest rank, whose error is within one standard error of the least (Breiman et al. 1984). */
  readonly simplest: number;
  /** The one of the two that was asked for. */
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

export type PenaltyChoice = "least error" | "one standard error";

/** The means over the folds, and what follows from them; of equal errors the first counts. */
export function curveOf(
  values: readonly number[],
  folds: readonly Float64Array[],
  choice: PenaltyChoice,
  simpler: (a: number, b: number) => number,
): ValidationCurve {
  const errors = values.map((_, k) => sum(folds.map((fold) => fold[k] ?? 0)) / folds.length);
  const standardErrors = values.map((_, k) => {
    const squares = sum(folds.map((fold) => ((fold[k] ?? 0) - (errors[k] ?? 0)) ** 2));
    return Math.sqrt(squares / (folds.length - 1) / folds.length);
  });
  let at = 0;
  errors.forEach((error, k) => {
    if (error < (errors[at] ?? 0)) at = k;
  });
  const best = values[at] ?? 0;
  const limit = (errors[at] ?? 0) + (standardErrors[at] ?? 0);
  const simplest = values.filter((_, k) => (errors[k] ?? 0) <= limit).reduce((a, b) => simpler(a, b), best);
  return { values, errors, standardErrors, best, simplest, chosen: choice === "least error" ? best : simplest };
}
