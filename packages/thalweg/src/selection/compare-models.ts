/** Two estimators on the same folds, with what may be concluded from the difference. */
import { UserError } from "../base/errors.js";
import { anyNumber, satisfies } from "../base/settings.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { Predictor, Targets } from "../preprocessing/estimator.js";
import { type CrossValidationOptions, checkPredictor, crossValidate, type ScoreSummary } from "./cross-validate.js";
import { correctedTTest, type TTest } from "./hypothesis-tests.js";
import { kFold, repeated } from "./k-fold.js";
import { checkOptions } from "./options.js";
import { stratifiedKFold } from "./stratified.js";

export interface CompareOptions extends Omit<CrossValidationOptions, "trainScores"> {
  /** Which score to compare, where there are several. Default: the first. */
  readonly by?: string;
  /** Differences with a p-value below it count. Default: 0.05. */
  readonly level?: number;
}

export interface ModelComparison {
  readonly first: ScoreSummary;
  readonly second: ScoreSummary;
  /** The corrected resampled t-test of the differences. */
  readonly test: TTest;
  readonly better: "first" | "second" | "neither";
  /** The conclusion in words. */
  readonly verdict: string;
}

/**
 * Scores both on the same folds and tests the differences with the correction of Nadeau and Bengio. Default folds: 10 times 5, in other orders.
 */
export async function compareModels(
  first: Predictor,
  second: Predictor,
  x: RowsInput,
  y: Targets,
  options: CompareOptions = {},
): Promise<ModelComparison> {
  const op = "compareModels";
  checkPredictor(op, first);
  checkPredictor(op, second);
  checkOptions(op, options, { by: satisfies("the name of a score", (v) => typeof v === "string"), level: anyNumber() });
  const { level = 0.05, by, ...rest } = options;
  if (!(level > 0 && level < 1))
    throw new UserError(`compareModels: level must be a number above 0 and below 1, got ${level}`);
  const make = first.role === "classifier" ? stratifiedKFold : kFold;
  const settings = { folds: repeated((seed) => make({ folds: 5, shuffle: true, seed })), ...rest };
  const a = await crossValidate(first, x, y, settings);
  const b = await crossValidate(second, x, y, settings);
  const name = by ?? Object.keys(a.test)[0] ?? "score";
  const [scoresA, scoresB] = [a.test[name], b.test[name]];
  if (scoresA === undefined || scoresB === undefined)
    throw new UserError(
      `compareModels: by must be one of the scores ${Object.keys(a.test).join(", ")}, got ${JSON.stringify(name)}`,
    );
  const share = (pick: "train" | "test"): number => a.folds.reduce((sum, fold) => sum + fold[pick].length, 0);
  const test = correctedTTest(scoresA.values, scoresB.values, { testToTrain: share("test") / share("train") });
  const better = test.pValue >= level ? "neither" : test.meanDifference > 0 ? "first" : "second";
  const p = test.pValue.toPrecision(2);
  const gap = Math.abs(test.meanDifference).toPrecision(3);
  const verdict =
    better === "neither"
      ? `no difference beyond chance: the mean ${name} differs by ${gap} (p = ${p})`
      : `the ${better} is better: its mean ${name} is higher by ${gap} (p = ${p})`;
  return { first: scoresA, second: scoresB, test, better, verdict };
}
