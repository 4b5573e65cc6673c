/**
 * Least squares and ridge regression:
 *
 *   minimise Σᵢ wᵢ ‖yᵢ − xᵢ·β − b‖² + α ‖β‖²
 *
 * of many rows from their second moments where the condition permits, else as ordinary least squares of the rows √wᵢ (xᵢ, yᵢ), with the rows √α I and
 * zeros below them, for which `lstsq` chooses the method; the model says which it was. Of more columns than rows, a penalty leaves a problem of as many unknowns
 * as there are rows.
 */
import { atLeast, flag } from "../base/settings.js";
import { type LeastSquaresSolution, lstsq, qr } from "../linalg/index.js";
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
  /** Of the matrix that was solved, estimated: for normal equations its columns have length 1, and also else where columns of like size alone show their rank. */
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
  const x = scaledRows(design.x, columns, design.weights);
  const y = scaledRows(design.y, targets, design.weights);
  const wide = alpha > 0 && columns > rows;
  const found = wide ? solveWide(x, y, design, alpha) : solveStacked(x, y, design, alpha);
  const solution = found.x.storage(kind);
  const weights = Float64Array.from(
    { length: columns * targets },
    (_, k) => solution[(k % columns) * targets + Math.floor(k / columns)] ?? 0,
  );
  const { method, rank, condition, warning } = found;
  const facts = { method, rank, condition: Number.isFinite(condition) ? condition : undefined, warning };
  const { vector } = design;
  return new LinearModel(kind, settings, { weights, intercepts: interceptsOf(design, weights), vector }, facts);
}

type Sizes = Pick<Design, "rows" | "columns" | "targets">;

/** Least squares of the rows with √α I and zeros below them. */
function solveStacked(
  x: Float64Array,
  y: Float64Array,
  { rows, columns, targets }: Sizes,
  alpha: number,
): LeastSquaresSolution {
  const height = rows + (alpha > 0 ? columns : 0);
  const a = new Float64Array(height * columns);
  a.set(x);
  for (let i = rows; i < height; i += 1) a[i * columns + i - rows] = Math.sqrt(alpha);
  const b = new Float64Array(height * targets);
  b.set(y);
  const right = fromData(b, [height, targets]);
  const plain = lstsq(fromData(a, [height, columns]), right);
  if (height < columns || plain.rank === columns) return plain;
  // Small units alone make no column depend on the others.
  const units = unitsOf(a, columns);
  const scaled = lstsq(
    fromData(
      a.map((v, k) => v / (units[k % columns] ?? 1)),
      [height, columns],
    ),
    right,
  );
  if (scaled.rank !== columns) return plain;
  const inUnits = scaled.x.storage("lstsq");
  const data = Float64Array.from(inUnits, (v, k) => v / (units[Math.floor(k / targets)] ?? 1));
  return { ...scaled, x: fromData(data, [columns, targets]) };
}

/** The power of two next to the largest number of each column; 1 for one of zeros. */
function unitsOf(a: Float64Array, columns: number): Float64Array {
  const largest = new Float64Array(columns);
  a.forEach((v, k) => {
    largest[k % columns] = Math.max(largest[k % columns] ?? 0, Math.abs(v));
  });
  return largest.map((v) => (v > 0 ? 2 ** Math.max(-1000, Math.floor(Math.log2(v))) : 1));
}

/** Where columns are more than rows, β lies in the span of the rows: with Xᵀ = Q R it is Q γ for the γ of least squares on Rᵀ, as many as there are rows. */
function solveWide(x: Float64Array, y: Float64Array, { rows, columns, targets }: Sizes, alpha: number) {
  const { q, r } = qr(fromData(x, [rows, columns]).transpose());
  const turned = Float64Array.from(r.transpose().data());
  const { x: inside, ...facts } = solveStacked(turned, y, { rows, columns: rows, targets }, alpha);
  return { ...facts, x: q.matmul(inside) };
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
