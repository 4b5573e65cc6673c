/**
 * What all naive Bayes models share: features count as independent within a class, so that
 *
 *   log P(class, row) = log P(class) + Σⱼ log P(xⱼ | class)
 *
 * and the probability of a class is its part of the sum over classes, computed from what the logarithms are below the largest, so that rows of which they are huge
 * add up to 1 too.
 */
import { UserError } from "../base/errors.js";
import type { Label, PredictedLabels } from "../data/labels.js";
import { checkColumns, type Matrix, matrixTensor } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FitOptions, ModelJSON, ProbabilisticModel, Targets } from "../preprocessing/estimator.js";
import { scoreClassification } from "../preprocessing/predictor-kind.js";
import { type ClassTargets, largestLabels } from "../preprocessing/targets.js";
import type { Tensor } from "../tensor/tensor.js";

export abstract class BayesModel<S extends object> implements ProbabilisticModel {
  readonly kind: string;
  readonly settings: S;
  readonly classes: readonly Label[];
  readonly columns: number;
  /** log P(class). */
  readonly classLogPriors: Float64Array;

  constructor(kind: string, settings: S, classes: readonly Label[], columns: number, classLogPriors: Float64Array) {
    this.kind = kind;
    this.settings = settings;
    this.classes = classes;
    this.columns = columns;
    this.classLogPriors = classLogPriors;
  }

  /** Adds Σⱼ log P(xⱼ | class) of every row and class to `joint`, (rows, classes). */
  protected abstract addLikelihoods(op: string, x: Matrix, joint: Float64Array): void;

  protected abstract state(): Readonly<Record<string, unknown>>;

  /** log P(class | row), (rows, classes). */
  predictLogProbabilities(x: RowsInput): Tensor {
    return this.#normalized("predictLogProbabilities", x, (below, sum) => below - Math.log(sum));
  }

  predictProbabilities(x: RowsInput): Tensor {
    return this.#normalized("predictProbabilities", x, (below, sum) => Math.exp(below) / sum);
  }

  predict(x: RowsInput): PredictedLabels {
    return largestLabels(this.classes, this.#joint(`${this.kind}.predict`, x));
  }

  score(x: RowsInput, y: Targets, options?: FitOptions): number {
    return scoreClassification(this, x, y, options);
  }

  toJSON(): ModelJSON {
    const state = { classes: [...this.classes], classLogPriors: [...this.classLogPriors], ...this.state() };
    return { kind: this.kind, settings: { ...this.settings } as ModelJSON["settings"], state };
  }

  #joint(op: string, x: RowsInput): Float64Array {
    const matrix = readNumbers(op, "x", x);
    checkColumns(op, "x", matrix, this.columns);
    const width = this.classes.length;
    const joint = Float64Array.from({ length: matrix.rows * width }, (_, k) => this.classLogPriors[k % width] ?? 0);
    this.addLikelihoods(op, matrix, joint);
    return joint;
  }

  /** `value` of each logarithm less the largest of the row, and the sum of their powers. */
  #normalized(name: string, x: RowsInput, value: (below: number, sum: number) => number): Tensor {
    const joint = this.#joint(`${this.kind}.${name}`, x);
    const width = this.classes.length;
    const rows = joint.length / width;
    for (let i = 0; i < rows; i += 1) {
      const row = joint.subarray(i * width, (i + 1) * width);
      const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const sum = row.reduce((total, v) => total + Math.exp(v - most), 0);
      for (let c = 0; c < width; c += 1) row[c] = value((row[c] ?? 0) - most, sum);
    }
    return matrixTensor({ rows, columns: width, data: joint });
  }
}

/** The total weight of the rows of each class. */
export function classWeights({ classes, codes }: ClassTargets, weights: Float64Array | undefined): Float64Array {
  const totals = new Float64Array(classes.length);
  codes.forEach((c, i) => {
    totals[c] = (totals[c] ?? 0) + (weights?.[i] ?? 1);
  });
  return totals;
}

/** Row by class: the weighted sums of the columns over the rows of each class, (classes, columns). */
export function classSums(
  x: Matrix,
  { classes, codes }: ClassTargets,
  weights: Float64Array | undefined,
): Float64Array {
  const { rows, columns, data } = x;
  const sums = new Float64Array(classes.length * columns);
  for (let i = 0; i < rows; i += 1) {
    const [at, weight] = [(codes[i] ?? 0) * columns, weights?.[i] ?? 1];
    for (let j = 0; j < columns; j += 1) sums[at + j] = (sums[at + j] ?? 0) + weight * (data[i * columns + j] ?? 0);
  }
  return sums;
}

/** Prior probabilities as given, or the classes' parts of the weight, or equal ones. */
export type Priors = "data" | "equal" | readonly number[];

/** @throws UserError for priors of another number, or that do not add up to 1, or of 0, or a class without weight. */
export function logPriors(op: string, priors: Priors, classes: readonly Label[], totals: Float64Array): Float64Array {
  const empty = totals.indexOf(0);
  if (empty >= 0)
    throw new UserError(
      `${op}: all rows of the class ${JSON.stringify(classes[empty])} have sampleWeight 0; leave them out`,
    );
  if (priors === "equal") return totals.map(() => -Math.log(totals.length));
  const all = totals.reduce((a, b) => a + b, 0);
  if (priors === "data") return totals.map((t) => Math.log(t / all));
  const sum = priors.reduce((a, b) => a + b, 0);
  if (priors.length !== totals.length || Math.abs(sum - 1) > 1e-9)
    throw new UserError(
      `${op}: priors must hold ${totals.length} probabilities that add up to 1, one a class in ascending order; got ${priors.length} that add up to ${sum}`,
    );
  const none = priors.indexOf(0);
  if (none >= 0)
    throw new UserError(
      `${op}: the prior of the class ${JSON.stringify(classes[none])} is 0, so that no row could ever be of it; give it one above 0, or leave its rows out`,
    );
  return Float64Array.from(priors, Math.log);
}
