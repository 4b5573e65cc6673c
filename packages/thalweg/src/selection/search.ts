/** Search for the best settings by cross-validation: over a grid, or at random (J. Bergstra and Y. Bengio, JMLR 13, 2012). */
import { UserError } from "../base/errors.js";
import { flag, satisfies, show, wholeAtLeast, wholeNumber } from "../base/settings.js";
import { isList } from "../data/matrix.js";
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
import { type Execution, type FitJob, runJobs, throwIfAborted } from "./executor.js";
import { checkMaker, checkOptions, checkRowOptions } from "./options.js";
import { choice, type Range } from "./ranges.js";
import { checkSameRows } from "./rows.js";
import { resolveScores } from "./scorers.js";
import { keyOf, uniforms } from "./splitter.js";

export interface SearchOptions extends CrossValidationOptions {
  /** The score that decides, where there are several. Default: the first. */
  readonly by?: string;
  /** Fit the best settings on all rows in the end. Default: true. */
  readonly refit?: boolean;
}

export interface RandomSearchOptions extends SearchOptions {
  /** How many settings to try. Default: 20. */
  readonly tries?: number;
  /** Default: 42. */
  readonly seed?: number;
}

/** One combination of settings and how it did. */
export interface Candidate<P> {
  readonly settings: P;
  /** 1 for the best; equal scores share a rank. */
  readonly rank: number;
  readonly test: Readonly<Record<string, ScoreSummary>>;
  readonly train: Readonly<Record<string, ScoreSummary>> | undefined;
  /** Mean milliseconds of a fit. */
  readonly fitTime: number;
}

export interface SearchResult<P, M extends Model> {
  readonly best: Candidate<P>;
  /** In the order in which they were tried. */
  readonly candidates: readonly Candidate<P>[];
  /** Whether workers did it, and why. */
  readonly execution: Execution;
  /** The best settings fitted on all rows; undefined with `refit: false`. */
  readonly model: M | undefined;
}

/**
 * Every combination of the given values.
 *
 *     const { best, model } = await gridSearch(({ alpha }) => pipeline(standardScaler(), ridge({ alpha })), { alpha: [0.1, 1, 10] }, x, y);
 */
export async function gridSearch<P extends Readonly<Record<string, unknown>>, M extends Model>(
  make: (settings: P) => Predictor<M>,
  grid: { readonly [K in keyof P]: readonly P[K][] },
  x: RowsInput,
  y: Targets,
  options: SearchOptions = {},
): Promise<SearchResult<P, M>> {
  const op = "gridSearch";
  checkMaker(op, make);
  checkNamed(op, "grid", grid);
  checkOptions(op, options, searchOptions);
  let combinations: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(grid)) {
    if (!Array.isArray(values) || values.length === 0)
      throw new UserError(`${op}: ${name} must be an array of at least one value to try`);
    combinations = combinations.flatMap((c) => values.map((value: unknown) => ({ ...c, [name]: value })));
  }
  return search(op, make, combinations as P[], x, y, options);
}

/**
 * As many combinations as asked for, each setting drawn from its range; an array is drawn from as `choice` of its values is.
 *
 *     await randomSearch(({ alpha }) => ridge({ alpha }), { alpha: logUniform(1e-4, 1e2) }, x, y, { tries: 50 });
 */
export async function randomSearch<P extends Readonly<Record<string, unknown>>, M extends Model>(
  make: (settings: P) => Predictor<M>,
  ranges: { readonly [K in keyof P]: Range<P[K]> | readonly P[K][] },
  x: RowsInput,
  y: Targets,
  options: RandomSearchOptions = {},
): Promise<SearchResult<P, M>> {
  const op = "randomSearch";
  checkMaker(op, make);
  checkNamed(op, "ranges", ranges);
  checkOptions(op, options, { ...searchOptions, tries: wholeAtLeast(1), seed: wholeNumber() });
  const { tries = 20, seed = 42 } = options;
  const drawn = Object.entries<unknown>(ranges).map(([name, given]) => {
    const range = rangeOf(op, name, given);
    return [name, Array.from(uniforms(keyOf(seed, op, name), tries), (u) => range.at(u))] as const;
  });
  const combinations = Array.from({ length: tries }, (_, k) =>
    Object.fromEntries(drawn.map(([name, values]) => [name, values[k]])),
  );
  return search(op, make, combinations as P[], x, y, options);
}

/** The range itself, or the choice among the values of a list: lists have a method `at` too, which takes a position. */
function rangeOf(op: string, name: string, given: unknown): Range<unknown> {
  if (isList(given)) {
    if (given.length === 0) throw new UserError(`${op}: ${name} is an empty array, and at least one value is needed`);
    return choice(...Array.from(given));
  }
  if (typeof given === "object" && given !== null && "at" in given && typeof given.at === "function")
    return given as Range<unknown>;
  throw new UserError(
    `${op}: ${name} must be a range to draw from, such as uniform(0, 1), or an array of values, got ${show(given)}`,
  );
}

async function search<P, M extends Model>(
  op: string,
  make: (settings: P) => Predictor<M>,
  combinations: readonly P[],
  x: RowsInput,
  y: Targets,
  options: SearchOptions,
): Promise<SearchResult<P, M>> {
  const rows = checkSameRows(op, x, y);
  checkRowOptions(op, rows, options);
  const scorers = resolveScores(op, options.scores);
  const names = Object.keys(scorers);
  const by = options.by ?? names[0] ?? "score";
  if (!names.includes(by))
    throw new UserError(`${op}: by must be one of the scores ${names.join(", ")}, got ${JSON.stringify(by)}`);
  const estimators = combinations.map((settings) => make(settings));
  for (const estimator of estimators) checkPredictor(op, estimator);
  const [first] = estimators;
  if (first === undefined) throw new UserError(`${op}: there is nothing to try`);
  // All candidates meet the same folds, so that their scores differ by the settings alone.
  const folds = makeFolds(op, first, rows, y, options);
  const trainScores = options.trainScores ?? false;
  const jobs = estimators.flatMap((estimator, k) =>
    folds.map((fold, f): FitJob => {
      const where = `${op}: settings ${showCandidate(combinations[k])}, fold ${f} (counted from 0)`;
      return { estimator, fold, scorers, trainScores, where };
    }),
  );
  const { outcomes, execution } = await runJobs({ x, y, options: fitOptionsOf(options) }, jobs, options, "auto");
  const unranked = combinations.map((settings, k) => {
    const own = outcomes.slice(k * folds.length, (k + 1) * folds.length);
    const summary = (side: "test" | "train"): Record<string, ScoreSummary> =>
      Object.fromEntries(names.map((name) => [name, summaryOf(own.map((o) => o[side]?.[name] ?? Number.NaN))]));
    return {
      settings,
      test: summary("test"),
      train: trainScores ? summary("train") : undefined,
      fitTime: own.reduce((sum, o) => sum + o.fitTime, 0) / own.length,
    };
  });
  const scoreOf = (c: Pick<Candidate<P>, "test">): number => c.test[by]?.mean ?? Number.NEGATIVE_INFINITY;
  const candidates = unranked.map((c) => ({ ...c, rank: 1 + unranked.filter((o) => scoreOf(o) > scoreOf(c)).length }));
  const at = candidates.findIndex((c) => c.rank === 1);
  const [best, winner] = [candidates[at], estimators[at]];
  if (best === undefined || winner === undefined) throw new UserError(`${op}: there is nothing to try`);
  if (options.refit === false) return { best, candidates, execution, model: undefined };
  throwIfAborted(options.signal);
  return { best, candidates, execution, model: winner.fit(x, y, fitOptionsOf(options)) };
}

const searchOptions = { by: satisfies("the name of a score", (v) => typeof v === "string"), refit: flag() };

function checkNamed(op: string, name: string, values: unknown): void {
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw new UserError(`${op}: ${name} must be an object with a field for each setting, got ${show(values)}`);
}

function showCandidate(settings: unknown): string {
  const text = JSON.stringify(settings, (_, value: unknown) => (typeof value === "function" ? "a function" : value));
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
