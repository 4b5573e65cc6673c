/** What `compareLinearSolvers` is asked and what it answers. */
import type { VectorInput } from "../data/matrix.js";
import type { AbortLike, Progress } from "../selection/executor.js";
import type { DesignFacts } from "./comparison-facts.js";
import type { LinearSolver } from "./comparison-solvers.js";
import type { AffineFunction } from "./comparison-system.js";
import type { ValidationCurve } from "./comparison-validation.js";
import type { PenaltyRule } from "./penalty-curve.js";

export interface LinearComparisonSettings {
  /** Fit a constant too: columns and targets are centred. Default: true. */
  readonly intercept: boolean;
  /** Divide columns by their standard deviations before anything is solved. Penalties and norms are those of the standardised columns then. Default: false. */
  readonly standardize: boolean;
  /** The part of the rows that is held out, from 0 up to, not including, 1. Default: 0.2. */
  readonly test: number;
  /** Of the cross-validation on the other rows. Default: 5. */
  readonly folds: number;
  /** Penalties of ridge, on the sum of squares; the largest comes first whatever their order here. Default: 33 from 100 down to 10⁻¹⁴ times the square of the largest singular value. */
  readonly alphas: readonly number[] | undefined;
  /** How many singular values the truncated SVD keeps. Default: as cross-validation has it. */
  readonly rank: number | undefined;
  /** How cross-validation chooses penalty and rank: "one standard error" is swayed less by noise. Default: "minimum". */
  readonly rule: PenaltyRule;
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
