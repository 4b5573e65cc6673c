/** Cross-validation: fitted on part of the rows and scored on the rest, for each fold of a splitter. */
import { UserError } from "../base/errors.js";
import { show } from "../base/settings.js";
import type { LabelsInput, PredictedLabels } from "../data/labels.js";
import { isList } from "../data/matrix.js";
import { sum } from "../data/statistics.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Model, Predictor, Targets } from "../preprocessing/estimator.js";
import { fromData } from "../tensor/creation.js";
import { Tensor } from "../tensor/tensor.js";
import { type FitJob, type FitOutcome, type RunOptions, runJobs } from "./executor.js";
import { kFold } from "./k-fold.js";
import { checkOptions, checkRowOptions } from "./options.js";
import { checkSameRows } from "./rows.js";
import { resolveScores, type Scores } from "./scorers.js";
import type { Fold, Splitter } from "./splitter.js";
import { stratifiedKFold } from "./stratified.js";

export interface CrossValidationOptions extends FitOptions, RunOptions {
  /** A splitter, or the number of folds (stratified for classifiers). Default: 5. */
  readonly folds?: Splitter | number;
  /** Default: the model's own score: R² or accuracy. */
  readonly scores?: Scores;
  /** One label a row, for splitters that keep groups together. */
  readonly groups?: LabelsInput;
  /** Score the rows trained on too. Default: false. */
  readonly trainScores?: boolean;
}

export interface ScoreSummary {
  /** One a fold. */
  readonly values: readonly number[];
  readonly mean: number;
  /** Of the values, with n − 1 in the denominator; 0 for one fold. Folds share training rows: no standard error of the mean follows from it. */
  readonly std: number;
}

export interface CrossValidation {
  /** By the name of the score; "score" where none was named. */
  readonly test: Readonly<Record<string, ScoreSummary>>;
  /** Where asked for. */
  readonly train: Readonly<Record<string, ScoreSummary>> | undefined;
  readonly folds: readonly Fold[];
  /** Milliseconds, one a fold. */
  readonly fitTimes: readonly number[];
  readonly scoreTimes: readonly number[];
  /** The fitted models, where they were fitted on this thread. */
  readonly models: readonly Model[];
}

/**
 *     const { test } = await crossValidate(pipeline(standardScaler(), ridge()), x, y, { folds: 10, scores: ["r2", "negativeMeanAbsoluteError"] });
 *     test.r2.mean
 *
 * @throws UserError for more folds than rows, a class that one part lacks where the score needs it, an unknown score.
 */
export async function crossValidate(
  estimator: Predictor,
  x: RowsInput,
  y: Targets,
  options: CrossValidationOptions = {},
): Promise<CrossValidation> {
  const op = "crossValidate";
  checkPredictor(op, estimator);
  checkOptions(op, options);
  const rows = checkSameRows(op, x, y);
  checkRowOptions(op, rows, options);
  const folds = makeFolds(op, estimator, rows, y, options);
  const scorers = resolveScores(op, options.scores);
  const trainScores = options.trainScores ?? false;
  const jobs = folds.map((fold, k): FitJob => ({ estimator, fold, scorers, trainScores, where: placeOf(op, k) }));
  const { outcomes } = await runJobs({ x, y, options: fitOptionsOf(options) }, jobs, options, 0);
  return {
    test: summarize(outcomes, (o) => o.test),
    train: options.trainScores === true ? summarize(outcomes, (o) => o.train ?? {}) : undefined,
    folds,
    fitTimes: outcomes.map((o) => o.fitTime),
    scoreTimes: outcomes.map((o) => o.scoreTime),
    models: outcomes.flatMap((o) => (o.model === undefined ? [] : [o.model])),
  };
}

/** Where an error happened. */
function placeOf(op: string, fold: number): string {
  return `${op}: fold ${fold} (counted from 0)`;
}

export function fitOptionsOf({ sampleWeight }: FitOptions): FitOptions {
  return sampleWeight === undefined ? {} : { sampleWeight };
}

export function checkPredictor(op: string, estimator: Predictor): void {
  const role = (estimator as Partial<Predictor> | undefined)?.role;
  if (role !== "regressor" && role !== "classifier")
    throw new UserError(
      `${op}: the estimator must be one that predicts (not yet fitted), such as pipeline(standardScaler(), ridge())`,
    );
}

/** The folds of a setting. Labels and groups are given to the splitter as they are. */
export function makeFolds(
  op: string,
  estimator: Predictor,
  rows: number,
  y: Targets,
  { folds = 5, groups }: Pick<CrossValidationOptions, "folds" | "groups">,
): Fold[] {
  const given: unknown = folds;
  const splits = typeof given === "object" && given !== null && "split" in given && typeof given.split === "function";
  if (!splits && !(Number.isSafeInteger(folds) && Number(folds) >= 2))
    throw new UserError(`${op}: folds must be a splitter or a whole number ≥ 2, got ${show(folds)}`);
  const splitter =
    typeof folds !== "number" ? folds : estimator.role === "classifier" ? stratifiedKFold({ folds }) : kFold({ folds });
  return splitter.split(rows, { y: y as LabelsInput, ...(groups === undefined ? {} : { groups }) });
}

function summarize(
  outcomes: readonly FitOutcome[],
  pick: (outcome: FitOutcome) => Readonly<Record<string, number>>,
): Record<string, ScoreSummary> {
  const names = Object.keys(outcomes[0] === undefined ? {} : pick(outcomes[0]));
  return Object.fromEntries(names.map((name) => [name, summaryOf(outcomes.map((o) => pick(o)[name] ?? Number.NaN))]));
}

export function summaryOf(values: readonly number[]): ScoreSummary {
  const mean = sum(values) / values.length;
  const squares = sum(values.map((v) => (v - mean) ** 2));
  return { values, mean, std: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

/**
 * For every row the prediction of the model that was not fitted on it. The folds must test each row exactly once; they are fitted in turn.
 */
export async function crossPredict(
  estimator: Predictor,
  x: RowsInput,
  y: Targets,
  options: Omit<CrossValidationOptions, "scores" | "trainScores"> = {},
): Promise<Tensor | PredictedLabels> {
  const op = "crossPredict";
  checkPredictor(op, estimator);
  checkOptions(op, options);
  const rows = checkSameRows(op, x, y);
  checkRowOptions(op, rows, options);
  const folds = makeFolds(op, estimator, rows, y, options);
  checkEachOnce(op, rows, folds);
  const pieces: { readonly rows: Int32Array; readonly values: Tensor | PredictedLabels }[] = [];
  const collect =
    (fold: Fold) =>
    (model: Model, part: RowsInput): number => {
      pieces.push({ rows: fold.test, values: model.predict(part) });
      return 0;
    };
  const jobs = folds.map(
    (fold, k): FitJob => ({
      estimator,
      fold,
      scorers: { collected: collect(fold) },
      trainScores: false,
      where: placeOf(op, k),
    }),
  );
  const { signal, onProgress } = options;
  // Predictions are collected by a function here, so that the fits are done here too.
  const here = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
  await runJobs({ x, y, options: fitOptionsOf(options) }, jobs, here, 0);
  return assemble(rows, pieces);
}

export function checkEachOnce(op: string, rows: number, folds: readonly Fold[]): void {
  const tested = new Int32Array(rows);
  for (const { test } of folds) for (const i of test) tested[i] = (tested[i] ?? 0) + 1;
  const wrong = tested.findIndex((n) => n !== 1);
  if (wrong >= 0)
    throw new UserError(
      `${op}: folds must test each row exactly once, and row ${wrong} is tested ${tested[wrong]} times; use kFold, stratifiedKFold, groupKFold or leaveOneOut`,
    );
}

function assemble(
  rows: number,
  pieces: readonly { rows: Int32Array; values: Tensor | PredictedLabels }[],
): Tensor | PredictedLabels {
  const first = pieces[0]?.values;
  if (isList(first) || first === undefined) {
    const labels = new Array<string>(rows).fill("");
    for (const { rows: at, values } of pieces) {
      if (values instanceof Tensor) continue;
      at.forEach((i, k) => {
        labels[i] = values[k] ?? "";
      });
    }
    return labels;
  }
  const tensor = first as Tensor;
  const width = tensor.rank === 2 ? (tensor.shape[1] ?? 1) : 1;
  // The classes of one fold may need float64 where those of another do not.
  const whole = pieces.every(({ values }) => values instanceof Tensor && values.dtype === "int32");
  const data = whole ? new Int32Array(rows * width) : new Float64Array(rows * width);
  for (const { rows: at, values } of pieces) {
    if (!(values instanceof Tensor)) continue;
    const source = values.storage("crossPredict");
    at.forEach((i, k) => {
      for (let j = 0; j < width; j += 1) data[i * width + j] = source[k * width + j] ?? 0;
    });
  }
  return fromData(data, tensor.rank === 2 ? [rows, width] : [rows]);
}
