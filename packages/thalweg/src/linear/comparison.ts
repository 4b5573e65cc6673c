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
import { kFold } from "../selection/k-fold.js";
import { pause } from "../train/pause.js";
import { type DesignFacts, designFacts } from "./comparison-facts.js";
import type {
  ComparisonPlots,
  FinalModel,
  LinearComparisonOptions,
  LinearComparisonSettings,
  LinearSolverComparison,
  SolverEntry,
} from "./comparison-result.js";
import {
  byConjugateGradient,
  direct,
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
import { type FoldErrors, foldErrors, type ValidationCurve, validationCurve } from "./comparison-validation.js";
import { readFeatures } from "./design.js";
import { ruleConstraint } from "./penalty-curve.js";

const op = "compareLinearSolvers";
const defaults: LinearComparisonSettings = {
  intercept: true,
  standardize: false,
  test: 0.2,
  folds: 5,
  alphas: undefined,
  rank: undefined,
  rule: "minimum",
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
    rule: ruleConstraint,
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
  const alphas = [...(settings.alphas ?? defaultAlphas(spectrum))].sort((a, b) => b - a);

  const total = settings.folds + 7;
  let done = 0;
  const next = async <T>(work: () => T): Promise<T> => {
    await pause();
    if (signal?.aborted === true) throw signal.reason ?? new Error("aborted");
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
  const penalties = validationCurve(
    alphas,
    errors.map((e) => e.alphas),
    settings.rule,
  );
  const commonRank = Math.max(1, Math.min(...errors.map((e) => e.ranks.length), spectrum.rank));
  const ranks = validationCurve(
    Array.from({ length: commonRank }, (_, k) => k + 1),
    errors.map((e) => e.ranks),
    settings.rule,
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
  return Array.from({ length: 33 }, (_, k) => first * first * 10 ** (2 - k / 2));
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
