/** Ridge regression for a row of penalties by one factorisation, with the errors that cross-validation would find. */
import { atLeast, checkSettings, flag, listOf } from "../base/settings.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { interceptsOf, readProblem } from "./design.js";
import { coefficientsAt, degreesOfFreedom, rowErrors, spectrumOf } from "./ridge-spectrum.js";

export interface RidgePathOptions extends FitOptions {
  /** Penalties α ≥ 0, on sums of squares as in `ridge`. Default: 13 from 1000 down to 0.001. */
  readonly alphas?: readonly number[];
  /** Default: true. */
  readonly intercept?: boolean;
  /** Give the error of each row, predicted by a model that has not seen it. Default: false. */
  readonly errors?: boolean;
}

export interface RidgePathPoint {
  readonly alpha: number;
  /** (targets, columns), row-major. */
  readonly coefficients: Float64Array;
  /** One a target. */
  readonly intercepts: Float64Array;
  /** The trace of the matrix that takes targets to predictions: from that of least squares at α = 0 down to 1, the intercept. */
  readonly degreesOfFreedom: number;
  /** The weighted mean of the squared errors of rows left out one at a time, one a target; Infinity where a row alone decides its prediction. */
  readonly leaveOneOut: Float64Array;
  /** Generalised cross-validation, one a target; Infinity where there are no more rows than free coefficients. */
  readonly generalised: Float64Array;
  /** yᵢ less the prediction of a model fitted without row i, (rows, targets), where asked for; NaN for rows of weight 0. */
  readonly errors: Float64Array | undefined;
}

/** 1000, …, 0.001. */
export const defaultAlphas: readonly number[] = Array.from({ length: 13 }, (_, i) => 10 ** (3 - i / 2));

/**
 * Ridge regression for many penalties, the largest first, at little more than the cost of one. Takes sample weights and several targets.
 *
 * @throws UserError for negative penalties, NaN and wrong shapes.
 */
export function ridgePath(x: RowsInput, y: Targets, options: RidgePathOptions = {}): RidgePathPoint[] {
  const op = "ridgePath";
  const { sampleWeight, ...given } = options;
  const { alphas, intercept, errors } = checkSettings<Required<Omit<RidgePathOptions, "sampleWeight">>>(
    op,
    given,
    { alphas: defaultAlphas, intercept: true, errors: false },
    { alphas: listOf(atLeast(0)), intercept: flag(), errors: flag() },
  );
  const problem = readProblem(op, x, y, sampleWeight === undefined ? {} : { sampleWeight });
  const falling = [...alphas].sort((a, b) => b - a);
  const spectrum = spectrumOf(problem, intercept, falling.at(-1) ?? 0);
  const { targets, rows } = problem;
  const { leaveOneOut, generalised, each } = rowErrors(problem, spectrum, falling, intercept, errors);
  return falling.map((alpha, a) => {
    const coefficients = coefficientsAt(spectrum, alpha);
    return {
      alpha,
      coefficients,
      intercepts: interceptsOf(spectrum, coefficients),
      degreesOfFreedom: degreesOfFreedom(spectrum, alpha, intercept),
      leaveOneOut: leaveOneOut.slice(a * targets, (a + 1) * targets),
      generalised: generalised.slice(a * targets, (a + 1) * targets),
      errors: each?.slice(a * rows * targets, (a + 1) * rows * targets),
    };
  });
}
