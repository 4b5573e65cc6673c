/**
 * Lasso and elastic net:
 *
 *   minimise 1/(2 Σw) Σᵢ wᵢ (yᵢ − xᵢ·β − b)² + α ρ ‖β‖₁ + ½ α (1 − ρ) ‖β‖²
 *
 * with ρ = 1 for the lasso. R. Tibshirani, J. R. Statist. Soc. B 58 (1996); Zou and Hastie, J. R. Statist. Soc. B 67 (2005).
 */
import { NumericalError, ShapeError, UserError } from "../base/errors.js";
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
} from "../base/settings.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { coordinateDescent } from "./coordinate-descent.js";
import { type Correlations, fromMoments, prefersMoments, withResidual } from "./correlations.js";
import { designOf, interceptsOf, type Problem, readProblem } from "./design.js";
import { LinearModel, readLinear } from "./linear-model.js";
import { type Moments, type Rows, readMoments } from "./moments.js";

export interface LassoSettings {
  /** α > 0. Default: 1. */
  readonly alpha: number;
  /** Fit a constant too; it is not held down. Default: true. */
  readonly intercept: boolean;
  /** Stop when the cost is certain to be above its minimum by no more than this part of the mean square of y. Default: 1e-10. */
  readonly tolerance: number;
  /** Sweeps over columns at most. Default: 100000. */
  readonly maxSweeps: number;
}

export interface ElasticNetSettings extends LassoSettings {
  /** ρ: 1 is the lasso; above 0. Default: 0.5. */
  readonly l1Ratio: number;
}

export interface DescentFacts {
  /** How far the cost is above its minimum at most. */
  readonly dualityGap: number;
  readonly sweeps: number;
  /** Coefficients that are not 0. */
  readonly nonZero: number;
}

export type LassoModel = LinearModel<LassoSettings, DescentFacts>;
export type ElasticNetModel = LinearModel<ElasticNetSettings, DescentFacts>;

/** Means and total weight of rows, with the correlations of their columns. */
export interface Prepared {
  readonly data: Correlations;
  readonly columns: number;
  readonly totalWeight: number;
  readonly xMeans: Float64Array;
  readonly yMeans: Float64Array;
}

/** @throws ShapeError unless there is one target a row. */
export function readOneTarget(op: string, x: RowsInput, y: Targets, options: FitOptions): Problem {
  const problem = readProblem(op, x, y, options);
  if (problem.targets !== 1)
    throw new ShapeError(`${op}: y must be one target a row, got ${problem.targets} columns; fit one model for each`);
  return problem;
}

export function preparedMoments(moments: Moments): Prepared {
  return { ...moments, data: fromMoments(moments) };
}

/** Runs `body` with what descents on these rows need, in the form that costs less. */
export function withPrepared<T>(problem: Rows, intercept: boolean, body: (prepared: Prepared) => T): T {
  const { rows, columns, weights } = problem;
  if (prefersMoments(rows, columns)) return body(preparedMoments(readMoments(problem, intercept)));
  const design = designOf(problem, intercept);
  const totalWeight = weights?.reduce((a, b) => a + b, 0) ?? rows;
  const { xMeans, yMeans } = design;
  return withResidual(design, (data) => body({ data, columns, totalWeight, xMeans, yMeans }));
}

export function descend(
  op: string,
  { data, totalWeight }: Prepared,
  beta: Float64Array,
  s: Omit<ElasticNetSettings, "intercept">,
): DescentFacts {
  if (!Number.isFinite(data.total) || !data.targets.every(Number.isFinite) || !data.squares.every(Number.isFinite))
    throw new NumericalError(`${op}: sums of squares leave the range of numbers; scale the columns and y`, {
      total: data.total,
    });
  const penalties = { l1: s.alpha * s.l1Ratio * totalWeight, l2: s.alpha * (1 - s.l1Ratio) * totalWeight };
  const { gap, converged, sweeps } = coordinateDescent(data, beta, penalties, s);
  if (!converged)
    throw new NumericalError(
      `${op}: not converged after ${sweeps} sweeps: the duality gap is ${(gap / totalWeight).toExponential(2)}; scale the columns, raise maxSweeps or tolerance, or use a larger alpha`,
      { dualityGap: gap / totalWeight, sweeps, alpha: s.alpha },
    );
  return { dualityGap: Math.max(0, gap) / totalWeight, sweeps, nonZero: beta.filter((b) => b !== 0).length };
}

/** The least α for which all coefficients are 0. */
export function largestAlpha({ data, totalWeight }: Prepared, l1Ratio: number): number {
  return data.targets.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / (totalWeight * l1Ratio);
}

/** `count` penalties from `first` down to `ratio` times that, evenly on a logarithmic scale. */
export function alphaGrid(first: number, count: number, ratio: number): number[] {
  return Array.from({ length: count }, (_, i) => first * ratio ** (i / Math.max(1, count - 1)));
}

function fit<S extends LassoSettings>(
  kind: string,
  settings: S,
  l1Ratio: number,
  x: RowsInput,
  y: Targets,
  options: FitOptions,
): LinearModel<S, DescentFacts> {
  const op = `${kind}.fit`;
  const problem = readOneTarget(op, x, y, options);
  return withPrepared(problem, settings.intercept, (prepared) => {
    const weights = new Float64Array(problem.columns);
    const facts = descend(op, prepared, weights, { ...settings, l1Ratio });
    const part = { weights, intercepts: interceptsOf(prepared, weights), vector: problem.vector };
    return new LinearModel(kind, settings, part, facts);
  });
}

const lassoDefaults: LassoSettings = { alpha: 1, intercept: true, tolerance: 1e-10, maxSweeps: 100000 };
const lassoConstraints = {
  alpha: above(0),
  intercept: flag(),
  tolerance: atLeast(0),
  maxSweeps: wholeAtLeast(1),
};
export const ratioConstraint = satisfies(
  "a number above 0, at most 1",
  (v) => typeof v === "number" && v > 0 && v <= 1,
);

/** Least squares with a penalty on the absolute values of the coefficients, many of which become 0. Takes sample weights. */
export const lasso: PredictorKind<LassoSettings, LassoModel> = predictorKind<LassoSettings, LassoModel>({
  kind: "lasso",
  role: "regressor",
  defaults: lassoDefaults,
  constraints: lassoConstraints,
  fit: (settings, x, y, options) => fit("lasso", settings, 1, x, y, options),
  read: (settings, state) => readLinear("lasso", settings, state),
});

/** Between lasso and ridge: columns that go together stay together. Takes sample weights. */
export const elasticNet: PredictorKind<ElasticNetSettings, ElasticNetModel> = predictorKind<
  ElasticNetSettings,
  ElasticNetModel
>({
  kind: "elasticNet",
  role: "regressor",
  defaults: { ...lassoDefaults, l1Ratio: 0.5 },
  constraints: { ...lassoConstraints, l1Ratio: ratioConstraint },
  fit: (settings, x, y, options) => fit("elasticNet", settings, settings.l1Ratio, x, y, options),
  read: (settings, state) => readLinear("elasticNet", settings, state),
});

export interface PathOptions extends FitOptions {
  /** Falling penalties. Default: `count` of them, evenly spaced on a logarithmic scale below the least for which all coefficients are 0. */
  readonly alphas?: readonly number[];
  /** Default: 100. */
  readonly count?: number;
  /** The last α over the first. Default: 1e-3. */
  readonly ratio?: number;
  /** Default: 1, the lasso. */
  readonly l1Ratio?: number;
  readonly intercept?: boolean;
  /** Default: 1e-10. */
  readonly tolerance?: number;
  /** For each α. Default: 100000. */
  readonly maxSweeps?: number;
}

export interface PathPoint extends DescentFacts {
  readonly alpha: number;
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/** Lasso (or elastic net) for a row of falling penalties, each begun where the one before ended. */
export function lassoPath(x: RowsInput, y: Targets, options: PathOptions = {}): PathPoint[] {
  const op = "lassoPath";
  const { sampleWeight, ...given } = options;
  const s = checkSettings<
    Omit<Required<PathOptions>, "alphas" | "sampleWeight"> & { alphas: readonly number[] | undefined }
  >(
    op,
    given,
    { alphas: undefined, count: 100, ratio: 1e-3, l1Ratio: 1, intercept: true, tolerance: 1e-10, maxSweeps: 100000 },
    {
      alphas: optional(listOf(above(0))),
      count: wholeAtLeast(1),
      ratio: strictlyBetween(0, 1),
      l1Ratio: ratioConstraint,
      intercept: flag(),
      tolerance: atLeast(0),
      maxSweeps: wholeAtLeast(1),
    },
  );
  const problem = readOneTarget(op, x, y, sampleWeight === undefined ? {} : { sampleWeight });
  return withPrepared(problem, s.intercept, (prepared) => {
    const first = largestAlpha(prepared, s.l1Ratio);
    if (s.alphas === undefined && first === 0)
      throw new UserError(`${op}: y does not vary with any column, so that there is no path; give alphas`);
    const alphas = s.alphas ?? alphaGrid(first, s.count, s.ratio);
    const beta = new Float64Array(problem.columns);
    return [...alphas]
      .sort((a, b) => b - a)
      .map((alpha) => {
        const facts = descend(op, prepared, beta, { ...s, alpha });
        const coefficients = beta.slice();
        return { alpha, coefficients, intercept: interceptsOf(prepared, coefficients)[0] ?? 0, ...facts };
      });
  });
}
