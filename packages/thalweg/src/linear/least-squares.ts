/**
 * Least squares and ridge regression:
 *
 *   minimise Σᵢ wᵢ ‖yᵢ − xᵢ·β − b‖² + α ‖β‖²
 *
 * of many rows from their second moments where the condition permits, else as ordinary least squares of the rows √wᵢ (xᵢ, yᵢ), with the rows √α I and
 * zeros below them, for which `lstsq` chooses the method; the model says which it was.
 */
import { atLeast, flag } from "../base/settings.js";
import { type LeastSquaresSolution, lstsq } from "../linalg/index.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { fromData } from "../tensor/creation.js";
import { type Design, designOf, interceptsOf, readProblem, scaledRows } from "./design.js";
import { LinearModel, readLinear } from "./linear-model.js";
import { readMoments } from "./moments.js";
import { solveNormal } from "./normal-equations.js";

export interface LinearRegressionSettings {
  /** Fit a constant too. Default: true. */
  readonly intercept: boolean;
}

export interface RidgeSettings extends LinearRegressionSettings {
  /** α ≥ 0, on the sum of squares (not its mean). The intercept is not held down. Default: 1. */
  readonly alpha: number;
}

/** How the system was solved: of the centred, weighted rows, with those of the penalty. */
export interface SolveFacts {
  readonly method: LeastSquaresSolution["method"];
  readonly rank: number | undefined;
  /** Estimated. */
  readonly condition: number | undefined;
  /** In words, when digits are lost or columns depend on each other. */
  readonly warning: string | undefined;
}

export type LinearRegressionModel = LinearModel<LinearRegressionSettings, SolveFacts>;
export type RidgeModel = LinearModel<RidgeSettings, SolveFacts>;

/** From how many rows a column the moments, of which making costs least, are tried first. */
const tall = 2;

function solve<S extends LinearRegressionSettings>(
  kind: string,
  settings: S,
  x: RowsInput,
  y: Targets,
  options: FitOptions,
  alpha: number,
): LinearModel<S, SolveFacts> {
  const problem = readProblem(`${kind}.fit`, x, y, options);
  const { columns, targets, vector } = problem;
  if (problem.rows >= tall * columns) {
    const moments = readMoments(problem, settings.intercept);
    const solution = solveNormal(problem, moments, alpha);
    if (solution !== undefined) {
      const { beta, condition } = solution;
      const weights = beta.map((_, k) => beta[(k % columns) * targets + Math.floor(k / columns)] ?? 0);
      const facts: SolveFacts = { method: "normal equations", rank: columns, condition, warning: undefined };
      return new LinearModel(kind, settings, { weights, intercepts: interceptsOf(moments, weights), vector }, facts);
    }
  }
  return solveRows(kind, settings, designOf(problem, settings.intercept), alpha);
}

function solveRows<S extends LinearRegressionSettings>(
  kind: string,
  settings: S,
  design: Design,
  alpha: number,
): LinearModel<S, SolveFacts> {
  const { rows, columns, targets } = design;
  const extra = alpha > 0 ? columns : 0;
  const a = new Float64Array((rows + extra) * columns);
  a.set(scaledRows(design.x, columns, design.weights));
  for (let j = 0; j < extra; j += 1) a[(rows + j) * columns + j] = Math.sqrt(alpha);
  const b = new Float64Array((rows + extra) * targets);
  b.set(scaledRows(design.y, targets, design.weights));
  const { x, method, rank, condition, warning } = lstsq(
    fromData(a, [rows + extra, columns]),
    fromData(b, [rows + extra, targets]),
  );
  const solution = x.storage(kind);
  const weights = Float64Array.from(
    { length: columns * targets },
    (_, k) => solution[(k % columns) * targets + Math.floor(k / columns)] ?? 0,
  );
  return new LinearModel(
    kind,
    settings,
    { weights, intercepts: interceptsOf(design, weights), vector: design.vector },
    { method, rank, condition: Number.isFinite(condition) ? condition : undefined, warning },
  );
}

/** Ordinary least squares; of several minima the shortest. Takes sample weights and several targets. */
export const linearRegression: PredictorKind<LinearRegressionSettings, LinearRegressionModel> = predictorKind<
  LinearRegressionSettings,
  LinearRegressionModel
>({
  kind: "linearRegression",
  role: "regressor",
  defaults: { intercept: true },
  constraints: { intercept: flag() },
  fit: (settings, x, y, options) => solve("linearRegression", settings, x, y, options, 0),
  read: (settings, state) => readLinear("linearRegression", settings, state),
});

/** Least squares with a penalty on the squares of the coefficients. Takes sample weights and several targets. */
export const ridge: PredictorKind<RidgeSettings, RidgeModel> = predictorKind<RidgeSettings, RidgeModel>({
  kind: "ridge",
  role: "regressor",
  defaults: { alpha: 1, intercept: true },
  constraints: { alpha: atLeast(0), intercept: flag() },
  fit: (settings, x, y, options) => solve("ridge", settings, x, y, options, settings.alpha),
  read: (settings, state) => readLinear("ridge", settings, state),
});
