/**
 * One regression solved in all the ways there are, with what each costs in digits: normal equations, QR, pivoted QR, SVD, truncated SVD, ridge over a range of
 * penalties, and conjugate gradients. (On the ways: Björck, Numerical Methods for Least Squares Problems, 1996; on the digits: comparison-digits.ts.)
 */
import { UserError } from "../base/errors.js";
import {
  above,
  atLeast,
  checkSettings,
  flag,
  listOf,
  optional,
  satisfies,
  strictlyBetween,
  wholeAtLeast,
  wholeNumber,
} from "../base/settings.js";
import { readWeights, type VectorInput } from "../data/matrix.js";
import { splitRows } from "../data/split.js";
import { Table } from "../data/table.js";
import { r2, rootMeanSquaredError } from "../metrics/regression.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { Targets } from "../preprocessing/estimator.js";
import { readNumberTargets } from "../preprocessing/targets.js";
import { type AbortLike, type Progress, throwIfAborted } from "../selection/executor.js";
import { kFold } from "../selection/k-fold.js";
import { pause } from "../train/pause.js";
import { type DesignFacts, designFacts } from "./comparison-facts.js";
import {
  byConjugateGradient,
  direct,
  type LinearSolver,
  normalEquations,
  ridgeAll,
  type Solved,
  type SolverInput,
} from "./comparison-solvers.js";
import { type Spectrum, spectrumOf } from "./comparison-spectrum.js";
import {
  type AffineFunction,
  makeSystem,
  predictPart,
  type RowsPart,
  takePart,
  toFeatures,
} from "./comparison-system.js";
import { comparisonJSON, comparisonTable, labelOf, remarksOn, verdictOn } from "./comparison-text.js";
import { curveOf, type FoldErrors, foldErrors, type ValidationCurve } from "./comparison-validation.js";
import { readFeatures } from "./design.js";

export interface LinearComparisonSettings {
  /** Fit a constant too: columns and targets are centred. Default: true. */
  readonly intercept: boolean;
  /** Divide columns by their standard deviations before anything is solved. Penalties and norms are those of the standardised columns then. Default: false. */
  readonly standardize: boolean;
  /** The part of the rows that is held out, from 0 up to, not including, 1. Default: 0.2. */
  readonly test: number;
  /** Of the cross-validation on the other rows. Default: 5. */
  readonly folds: number;
  /** Penalties of ridge, on the sum of squares. Default: 33 from 10⁻¹⁴ to 100 times the square of the largest singular value. */
  readonly alphas: readonly number[] | undefined;
  /** How many singular values the truncated SVD keeps. Default: as cross-validation has it. */
  readonly rank: number | undefined;
  /** Conjugate gradients stop at this relative residual of the normal equations. Default: 1e-10. */
  readonly tolerance: number;
  /** Of conjugate gradients. Default: 10·columns + 100. */
  readonly maxIterations: number | undefined;
  /** A solution with fewer digits counts as untrustworthy. Default: 3. */
  readonly digitsWanted: number;
  /** Each direct method is timed so many times after a first time; the median counts. Default: 3. */
  readonly repeats: number;
  /** Of the division of rows and the order of the folds. Default: 42. */
  readonly seed: number;
}

export interface LinearComparisonOptions extends Partial<LinearComparisonSettings> {
  /** One weight ≥ 0 a row. */
  readonly sampleWeight?: VectorInput;
  /** Ends the work before the next fold or solver; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortLike;
  /** Called after each fold and solver. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface SolverEntry {
  readonly solver: LinearSolver;
  /** The solver, with its penalty or rank. */
  readonly label: string;
  /** Of ridge. */
  readonly alpha: number | undefined;
  /** As the method found it; undefined where it does not look. */
  readonly rank: number | undefined;
  /** In the units of the features; undefined where the method broke down. */
  readonly coefficients: Float64Array | undefined;
  readonly intercept: number | undefined;
  /** Root of the (weighted) mean squared error on the rows fitted on; undefined where the method broke down. */
  readonly trainError: number | undefined;
  /** On the rows held out; undefined where there are none. */
  readonly testError: number | undefined;
  /** ‖β‖ of the matrix that was solved with. */
  readonly norm: number | undefined;
  /** Elements of β above 10⁻¹⁰ times the largest. */
  readonly nonZeros: number | undefined;
  /** The penalties share one SVD, which each of their times includes. */
  readonly milliseconds: number;
  /** Decimal digits that rounding errors take: estimated, by the bound of the method. */
  readonly digitsLost: number;
  /** What is left of float64's 15.95. An estimate: seldom too high, a digit or two too low at times. */
  readonly digitsTrusted: number;
  /** Whether there is a solution with the digits wanted. */
  readonly trustworthy: boolean;
  /** Why, or why not. */
  readonly verdict: string;
  /** Of conjugate gradients: relative residuals of the normal equations, at the start and after each iteration. */
  readonly history: readonly number[];
}

/** Ridge with the penalty that cross-validation chose, fitted on all training rows. */
export interface FinalModel extends AffineFunction {
  readonly alpha: number;
  readonly trainError: number;
  readonly trainR2: number;
  /** Undefined without rows held out; R² also for a single one. */
  readonly testError: number | undefined;
  readonly testR2: number | undefined;
}

export interface ComparisonPlots {
  /** Error against penalty; log scale across. */
  readonly crossValidation: ValidationCurve;
  /** A line each of normal equations, QR, SVD, truncated SVD and the ridge chosen, where they have a solution. */
  readonly coefficients: {
    readonly names: readonly string[];
    readonly series: readonly { readonly label: string; readonly values: Float64Array }[];
  };
  /** Relative residual against iteration; log scale upwards. */
  readonly convergence: readonly number[];
  /** Of the final model, on the rows held out, or without those on the ones fitted on. */
  readonly predictions: {
    readonly part: "test" | "train";
    readonly actual: Float64Array;
    readonly predicted: Float64Array;
    /** Of both: the ends of the diagonal. */
    readonly range: readonly [number, number];
  };
}

export interface LinearSolverComparison {
  readonly settings: LinearComparisonSettings;
  readonly facts: DesignFacts;
  readonly entries: readonly SolverEntry[];
  /** Of the penalty. */
  readonly penalties: ValidationCurve;
  /** Of the rank of the truncated SVD. */
  readonly ranks: ValidationCurve;
  readonly final: FinalModel;
  readonly plots: ComparisonPlots;
  /** What stands out, in words. */
  readonly remarks: readonly string[];
  /** Facts, entries and final model as text. */
  toString(): string;
  /** All of it in plain arrays; infinite and missing numbers are null. */
  toJSON(): object;
}

const op = "compareLinearSolvers";
const defaults: LinearComparisonSettings = {
  intercept: true,
  standardize: false,
  test: 0.2,
  folds: 5,
  alphas: undefined,
  rank: undefined,
  tolerance: 1e-10,
  maxIterations: undefined,
  digitsWanted: 3,
  repeats: 3,
  seed: 42,
};

/**
 *     const comparison = await compareLinearSolvers(x, y);
 *     console.log(`${comparison}`);
 *     comparison.entries.find((e) => e.solver === "normal equations")?.trustworthy
 *
 * A way that breaks down is an entry that says so, not an error. One target; columns of a table are called by their names.
 *
 * @throws UserError for NaN, a target that does not vary, columns none of which varies, fewer rows to fit on than folds, and settings that are none.
 */
export async function compareLinearSolvers(
  x: RowsInput,
  y: Targets,
  { sampleWeight, signal, onProgress, ...given }: LinearComparisonOptions = {},
): Promise<LinearSolverComparison> {
  const settings = checkSettings<LinearComparisonSettings>(op, given, defaults, {
    intercept: flag(),
    standardize: flag(),
    test: satisfies("a fraction from 0 up to, not including, 1", (v) => typeof v === "number" && v >= 0 && v < 1),
    folds: wholeAtLeast(2),
    alphas: optional(listOf(above(0))),
    rank: optional(wholeAtLeast(1)),
    tolerance: strictlyBetween(0, 1),
    maxIterations: optional(wholeAtLeast(1)),
    digitsWanted: atLeast(0),
    repeats: wholeAtLeast(1),
    seed: wholeNumber(),
  });
  const all = readAll(x, y, sampleWeight);
  const { train, test } = divided(all, settings);
  const system = makeSystem(train, settings);
  if (system.constant.length === all.columns)
    throw new UserError(
      `${op}: no column of x varies in the ${train.rows} rows to fit on, and at least one has to${settings.intercept ? "" : " differ from 0"}`,
    );
  const names = x instanceof Table ? x.names : Array.from({ length: all.columns }, (_, j) => `x${j}`);
  const spectrum = spectrumOf(op, system);
  if (settings.rank !== undefined && settings.rank > spectrum.rank)
    throw new UserError(`${op}: rank must be at most the rank of the matrix, ${spectrum.rank}, got ${settings.rank}`);
  const facts = designFacts(op, train, system, spectrum, {
    names,
    testRows: test.rows,
    system: systemWords(settings, all.weights !== undefined),
  });
  const alphas = settings.alphas ?? defaultAlphas(spectrum);

  const total = settings.folds + 7;
  let done = 0;
  const next = async <T>(work: () => T): Promise<T> => {
    await pause();
    throwIfAborted(signal);
    const result = work();
    done += 1;
    onProgress?.({ done, total });
    return result;
  };

  const errors: FoldErrors[] = [];
  for (const [k, fold] of kFold({ folds: settings.folds, shuffle: true, seed: settings.seed })
    .split(train.rows)
    .entries())
    errors.push(await next(() => foldErrors(op, train, fold, k, settings, alphas)));
  const penalties = curveOf(
    alphas,
    errors.map((e) => e.alphas),
  );
  const commonRank = Math.max(1, Math.min(...errors.map((e) => e.ranks.length), spectrum.rank));
  const ranks = curveOf(
    Array.from({ length: commonRank }, (_, k) => k + 1),
    errors.map((e) => e.ranks),
  );

  const input: SolverInput = { system, spectrum, choices: settings };
  const kept = settings.rank ?? ranks.chosen;
  const solved = [
    await next(() => normalEquations(input)),
    await next(() => direct("qr", input)),
    await next(() => direct("pivoted qr", input)),
    await next(() => direct("svd", input)),
    await next(() => direct("truncated svd", input, toleranceFor(spectrum, kept))),
    ...(await next(() => ridgeAll(op, input, alphas))),
    await next(() => byConjugateGradient(input)),
  ];
  const entries = solved.map((s) =>
    entryOf(s, settings, facts, { train, test }, s.beta === undefined ? undefined : toFeatures(system, s.beta)),
  );

  const final = finalModel(entries, penalties.chosen, train, test);
  const plots = plotsOf(names, entries, penalties, final, test.rows > 0 ? test : train, test.rows > 0);
  const found = { settings, facts, entries, penalties, ranks, final, plots };
  const comparison = { ...found, remarks: remarksOn(found) };
  return {
    ...comparison,
    toString: () => comparisonTable(comparison),
    toJSON: () => comparisonJSON(comparison),
  };
}

function readAll(x: RowsInput, y: Targets, sampleWeight: VectorInput | undefined): RowsPart {
  const { rows, columns, data } = readFeatures(op, x);
  const targets = readNumberTargets(op, y, rows);
  if (targets.width !== 1) throw new UserError(`${op}: y must have one number a row, got ${targets.width}`);
  return { rows, columns, x: data, y: targets.data, weights: readWeights(op, sampleWeight, rows) };
}

function divided(all: RowsPart, { test, folds, seed }: LinearComparisonSettings): { train: RowsPart; test: RowsPart } {
  const heldOut = test === 0 ? 0 : Math.max(1, Math.round(all.rows * test));
  const left = all.rows - heldOut;
  if (left < folds)
    throw new UserError(
      `${op}: x has ${all.rows} rows, which leaves ${left} to fit on, and ${folds} folds need at least ${folds}; give more rows, fewer folds or a smaller test part`,
    );
  const rows = splitRows(all.rows, { test, validation: 0, seed });
  const parts = { train: takePart(all, rows.train.sort()), test: takePart(all, rows.test.sort()) };
  const [first = 0] = parts.train.y;
  if (parts.train.y.every((v) => v === first))
    throw new UserError(
      `${op}: y is ${first} in all ${parts.train.rows} rows to fit on, so that there is nothing to explain; it must take at least two values there`,
    );
  for (const [name, { rows: count, weights }] of Object.entries(parts))
    if (count > 0 && weights?.every((w) => w === 0))
      throw new UserError(
        `${op}: sampleWeight is 0 for all ${count} ${name} rows, and some weight is needed in each part`,
      );
  return parts;
}

function systemWords({ intercept, standardize }: LinearComparisonSettings, weighted: boolean): string {
  const columns = [
    intercept ? "columns and target less their means" : "columns as given, no intercept",
    ...(standardize ? ["columns divided by their standard deviations"] : ["columns not scaled"]),
    ...(weighted ? ["rows times the roots of their weights"] : []),
  ];
  return columns.join(", ");
}

function defaultAlphas({ values: [first = 0] }: Spectrum): number[] {
  return Array.from({ length: 33 }, (_, k) => first * first * 10 ** (k / 2 - 14));
}

/** Between the last singular value to be kept and the next. */
function toleranceFor({ values }: Spectrum, rank: number): number | undefined {
  const [first = 0, last = 0, after = 0] = [values[0], values[rank - 1], values[rank]];
  return rank >= values.length ? undefined : Math.sqrt(last / first) * Math.sqrt(after / first);
}

function entryOf(
  { solver, alpha, rank, beta, failure, sizes, digits, milliseconds, history }: Solved,
  { digitsWanted }: LinearComparisonSettings,
  facts: DesignFacts,
  { train, test }: { readonly train: RowsPart; readonly test: RowsPart },
  fitted: AffineFunction | undefined,
): SolverEntry {
  const error = (part: RowsPart): number | undefined =>
    fitted === undefined || part.rows === 0 ? undefined : errorOn(part, fitted);
  const largest = beta?.reduce((most, v) => Math.max(most, Math.abs(v)), 0) ?? 0;
  const trustworthy = beta !== undefined && digits.trusted >= digitsWanted;
  return {
    solver,
    label: labelOf(solver, alpha, rank),
    alpha,
    rank,
    coefficients: fitted?.coefficients,
    intercept: fitted?.intercept,
    trainError: error(train),
    testError: error(test),
    norm: beta === undefined ? undefined : sizes.norm,
    nonZeros: beta?.filter((v) => Math.abs(v) > 1e-10 * largest).length,
    milliseconds,
    digitsLost: digits.lost,
    digitsTrusted: digits.trusted,
    trustworthy,
    verdict: verdictOn({ solver, rank, failure, digits, solved: beta !== undefined, trustworthy }, facts),
    history,
  };
}

function errorOn(part: RowsPart, model: AffineFunction): number {
  return rootMeanSquaredError(part.y, predictPart(model, part), weightsOf(part));
}

function weightsOf({ weights }: RowsPart): { readonly sampleWeight?: Float64Array } {
  return weights === undefined ? {} : { sampleWeight: weights };
}

function finalModel(entries: readonly SolverEntry[], alpha: number, train: RowsPart, test: RowsPart): FinalModel {
  const entry = entries.find((e) => e.solver === "ridge" && e.alpha === alpha);
  const model = { coefficients: entry?.coefficients ?? new Float64Array(0), intercept: entry?.intercept ?? 0 };
  const r2On = (part: RowsPart): number => r2(part.y, predictPart(model, part), weightsOf(part));
  return {
    ...model,
    alpha,
    trainError: errorOn(train, model),
    trainR2: r2On(train),
    testError: test.rows === 0 ? undefined : errorOn(test, model),
    testR2: test.rows < 2 ? undefined : r2On(test),
  };
}

function plotsOf(
  names: readonly string[],
  entries: readonly SolverEntry[],
  crossValidation: ValidationCurve,
  final: FinalModel,
  shown: RowsPart,
  heldOut: boolean,
): ComparisonPlots {
  const drawn = entries.filter(({ solver, alpha }) =>
    solver === "ridge" ? alpha === final.alpha : solver !== "pivoted qr" && solver !== "conjugate gradient",
  );
  const predicted = predictPart(final, shown);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of [shown.y, predicted])
    for (const v of values) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
  return {
    crossValidation,
    coefficients: {
      names,
      series: drawn.flatMap(({ label, coefficients }) =>
        coefficients === undefined ? [] : [{ label, values: coefficients }],
      ),
    },
    convergence: entries.find((e) => e.solver === "conjugate gradient")?.history ?? [],
    predictions: { part: heldOut ? "test" : "train", actual: shown.y, predicted, range: [low, high] },
  };
}
