/**
 * Huber regression: least squares for the rows near the plane, absolute values for those far from it, with the scale σ that tells near from far
 * estimated together with the coefficients,
 *
 *   minimise over β, b and σ > 0   Σᵢ wᵢ (σ + σ H((xᵢ·β + b − yᵢ) / σ)) + α ‖β‖²,    H(z) = z² where |z| < ε, else 2 ε |z| − ε²
 *
 * so that β and σ grow with y. P. J. Huber and E. M. Ronchetti, Robust Statistics (2nd ed., 2009), 7.7 and 7.8; A. B. Owen, A robust hybrid of lasso and
 * ridge regression, 2007.
 */
import { NumericalError, ShapeError } from "../base/errors.js";
import { above, atLeast, flag, wholeAtLeast } from "../base/settings.js";
import { readWeights } from "../data/matrix.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readNumberTargets } from "../preprocessing/targets.js";
import { withWorkspace } from "../runtime/kernels.js";
import { huberDescent } from "./huber-descent.js";
import { LinearModel, readLinear } from "./linear-model.js";
import { loadRows, standardRows } from "./standard-rows.js";
import { reduceWide } from "./wide-rows.js";

export interface HuberSettings {
  /** ε ≥ 1: residuals of at least ε σ count as outliers; smaller is more robust, and at 1 the scale goes to 0 and absolute values alone count. Default: 1.35, 95 % as efficient as least squares for normal errors. */
  readonly epsilon: number;
  /** α ≥ 0 in α ‖β‖². Default: 0.0001. */
  readonly alpha: number;
  /** Fit a constant too; it is not held down. Default: true. */
  readonly intercept: boolean;
  /** Stop when no derivative of the cost, divided by Σw and for columns and y of unit spread, is above this. Default: 1e-9. */
  readonly tolerance: number;
  /** Default: 500. */
  readonly maxIterations: number;
}

export interface HuberFacts {
  /** σ, in the units of y; next to 0 where all rows but the outliers are fitted exactly. */
  readonly scale: number;
  /** How many rows have residuals of at least ε σ. */
  readonly outliers: number;
  readonly iterations: number;
  /** At the minimum. */
  readonly cost: number;
}

export type HuberModel = LinearModel<HuberSettings, HuberFacts>;

function fit(settings: HuberSettings, x: RowsInput, y: Targets, { sampleWeight }: FitOptions): HuberModel {
  const kind = "huberRegression";
  const op = `${kind}.fit`;
  const { alpha, intercept, epsilon } = settings;
  return withWorkspace("float64", (w) => {
    const loaded = loadRows(w, op, x);
    const count = loaded.x.rows;
    const { data, width, vector } = readNumberTargets(op, y, count);
    if (width !== 1)
      throw new ShapeError(`${op}: y must be one target a row, got ${width} columns; fit one model for each`);
    const weights = readWeights(op, sampleWeight, count) ?? new Float64Array(count).fill(1);
    const reduced = reduceWide(w, loaded);
    const rows = standardRows(w, reduced.loaded, weights, intercept);
    const { middle, spread, values } = standardTargets(data, weights, intercept);
    const penalties = rows.factors.map((f) => alpha * f * spread * f);
    const result = huberDescent(w, { rows, intercept, y: values, weights, penalties, epsilon }, settings);
    if (!result.converged)
      throw new NumericalError(
        `${op}: not converged after ${result.iterations} iterations: the largest derivative is ${result.gradient.toExponential(2)}; scale the columns, raise maxIterations, tolerance or alpha`,
        { iterations: result.iterations, gradient: result.gradient },
      );
    const beta = rows.factors.map((f, j) => (result.u[j] ?? 0) * f * spread);
    const shift = rows.means.reduce((sum, m, j) => sum + m * (beta[j] ?? 0), 0);
    const coefficients = reduced.expand(beta);
    if (!coefficients.every(Number.isFinite))
      throw new NumericalError(`${op}: coefficients leave the range of numbers; bring columns and y to a like scale`);
    const constant = intercept ? middle + spread * (result.u[rows.columns] ?? 0) - shift : 0;
    return new LinearModel(
      kind,
      settings,
      { weights: coefficients, intercepts: Float64Array.of(constant), vector },
      {
        scale: result.sigma * spread,
        outliers: result.outliers,
        iterations: result.iterations,
        cost: result.cost * spread,
      },
    );
  });
}

/** (y − middle) / spread: the weighted mean, or 0 where no constant is fitted, and the weighted root mean square about it. */
function standardTargets(
  y: Float64Array,
  weights: Float64Array,
  center: boolean,
): { middle: number; spread: number; values: Float64Array } {
  const total = weights.reduce((a, b) => a + b, 0);
  const middle = center ? y.reduce((sum, v, i) => sum + (v / total) * (weights[i] ?? 0), 0) : 0;
  const most = y.reduce((largest, v, i) => Math.max(largest, (weights[i] ?? 0) > 0 ? Math.abs(v - middle) : 0), 0);
  const squares = most > 0 ? y.reduce((sum, v, i) => sum + (weights[i] ?? 0) * ((v - middle) / most) ** 2, 0) : 0;
  const spread = most > 1e-15 * Math.abs(middle) ? most * Math.sqrt(squares / total) : 1;
  return { middle, spread, values: y.map((v) => (v - middle) / spread) };
}

/**
 * Linear regression that a few wild rows cannot bend. Takes sample weights; one target.
 *
 * @throws NumericalError where it does not converge.
 */
export const huberRegression: PredictorKind<HuberSettings, HuberModel> = predictorKind<HuberSettings, HuberModel>({
  kind: "huberRegression",
  role: "regressor",
  defaults: { epsilon: 1.35, alpha: 1e-4, intercept: true, tolerance: 1e-9, maxIterations: 500 },
  constraints: {
    epsilon: atLeast(1),
    alpha: atLeast(0),
    intercept: flag(),
    tolerance: above(0),
    maxIterations: wholeAtLeast(1),
  },
  fit,
  read: (settings, state) => readLinear("huberRegression", settings, state),
});
