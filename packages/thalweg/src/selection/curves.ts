/** Scores against the number of training rows, and against a setting: whether more data or another setting would help. */
import { UserError } from "../base/errors.js";
import { satisfies, show, wholeNumber } from "../base/settings.js";
import { permutation } from "../data/split.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { Model, Predictor, Targets } from "../preprocessing/estimator.js";
import {
  type CrossValidationOptions,
  checkPredictor,
  fitOptionsOf,
  makeFolds,
  type ScoreSummary,
  summaryOf,
} from "./cross-validate.js";
import { type FitJob, type FitOutcome, runJobs } from "./executor.js";
import { checkMaker, checkOptions, checkRowOptions } from "./options.js";
import { checkSameRows } from "./rows.js";
import { resolveScores } from "./scorers.js";
import { keyOf } from "./splitter.js";

/** One point of a curve: the scores of all folds, by the name of the score. */
export interface CurvePoint<V> {
  readonly value: V;
  readonly train: Readonly<Record<string, ScoreSummary>>;
  readonly test: Readonly<Record<string, ScoreSummary>>;
}

export interface LearningCurveOptions extends Omit<CrossValidationOptions, "trainScores"> {
  /**
   * Numbers of training rows, or fractions of those that a fold has, but not both; 1 is one row beside larger sizes, else all rows. Default: 0.1, 0.325,
   * 0.55, 0.775, 1.
   */
  readonly sizes?: readonly number[];
  /** Of the order in which training rows are added; each larger part holds the smaller ones. Default: 42. */
  readonly seed?: number;
}

/** Training and test scores for growing numbers of training rows. `value` is the number of rows. */
export async function learningCurve(
  estimator: Predictor,
  x: RowsInput,
  y: Targets,
  options: LearningCurveOptions = {},
): Promise<CurvePoint<number>[]> {
  const op = "learningCurve";
  checkOptions(op, options, { sizes: satisfies("an array of numbers", Array.isArray), seed: wholeNumber() });
  const { sizes = [0.1, 0.325, 0.55, 0.775, 1], seed = 42 } = options;
  checkPredictor(op, estimator);
  const rows = checkSameRows(op, x, y);
  checkRowOptions(op, rows, options);
  const folds = makeFolds(op, estimator, rows, y, options);
  const most = Math.min(...folds.map((fold) => fold.train.length));
  const counts = sizesOf(op, sizes, most);
  const scorers = resolveScores(op, options.scores);
  const jobs = counts.flatMap((count) =>
    folds.map((fold, k): FitJob => {
      const order = permutation(fold.train.length, keyOf(seed, op, k));
      const train = order.slice(0, count).map((at) => fold.train[at] ?? 0);
      const where = `${op}: ${count} rows, fold ${k} (counted from 0)`;
      return { estimator, fold: { train, test: fold.test }, scorers, trainScores: true, where };
    }),
  );
  const { outcomes } = await runJobs({ x, y, options: fitOptionsOf(options) }, jobs, options, "auto");
  return points(counts, folds.length, outcomes);
}

function sizesOf(op: string, sizes: readonly number[], most: number): number[] {
  const whole = sizes.some((size) => size > 1);
  const fraction = sizes.find((size) => size > 0 && size < 1);
  if (whole && fraction !== undefined)
    throw new UserError(
      `${op}: sizes must be all fractions or all numbers of rows, got ${fraction} beside ${sizes.find((size) => size > 1)}`,
    );
  const counts = sizes.map((size) => {
    const count = size > 0 && size <= 1 && !whole ? Math.floor(size * most) : size;
    if (!Number.isSafeInteger(count) || count > most || size <= 0)
      throw new UserError(
        `${op}: sizes must be fractions above 0 up to 1, or whole numbers up to ${most} (the training rows of a fold), got ${size}`,
      );
    return Math.max(1, count);
  });
  if (counts.length === 0) throw new UserError(`${op}: sizes must hold at least one size`);
  return [...new Set(counts)].sort((a, b) => a - b);
}

/**
 * Training and test scores for each value of one setting.
 *
 *     await validationCurve((alpha) => ridge({ alpha }), [0.01, 0.1, 1, 10], x, y)
 */
export async function validationCurve<V, M extends Model>(
  make: (value: V) => Predictor<M>,
  values: readonly V[],
  x: RowsInput,
  y: Targets,
  options: Omit<CrossValidationOptions, "trainScores"> = {},
): Promise<CurvePoint<V>[]> {
  const op = "validationCurve";
  checkMaker(op, make);
  checkOptions(op, options);
  if (!Array.isArray(values) || values.length === 0)
    throw new UserError(`${op}: values must be an array of at least one value`);
  const estimators = values.map((value) => make(value));
  for (const estimator of estimators) checkPredictor(op, estimator);
  const [first] = estimators;
  const rows = checkSameRows(op, x, y);
  checkRowOptions(op, rows, options);
  const folds = first === undefined ? [] : makeFolds(op, first, rows, y, options);
  const scorers = resolveScores(op, options.scores);
  const jobs = estimators.flatMap((estimator, k) =>
    folds.map((fold, f): FitJob => {
      const where = `${op}: value ${show(values[k])}, fold ${f} (counted from 0)`;
      return { estimator, fold, scorers, trainScores: true, where };
    }),
  );
  const { outcomes } = await runJobs({ x, y, options: fitOptionsOf(options) }, jobs, options, "auto");
  return points(values, folds.length, outcomes);
}

function points<V>(values: readonly V[], folds: number, outcomes: readonly FitOutcome[]): CurvePoint<V>[] {
  return values.map((value, k) => {
    const own = outcomes.slice(k * folds, (k + 1) * folds);
    const summaries = (pick: (o: FitOutcome) => Readonly<Record<string, number>>): Record<string, ScoreSummary> => {
      const names = Object.keys(own[0]?.test ?? {});
      return Object.fromEntries(names.map((name) => [name, summaryOf(own.map((o) => pick(o)[name] ?? Number.NaN))]));
    };
    return { value, train: summaries((o) => o.train ?? {}), test: summaries((o) => o.test) };
  });
}
