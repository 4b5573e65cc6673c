/**
 * Failures of the numbers: thrown as a NumericalError whose `facts` are one of these, or returned as a value by `attempt`.
 */
import { NumericalError } from "../base/errors.js";
import type { Tensor } from "../tensor/tensor.js";

export interface NotFinite {
  readonly reason: "not finite";
  /** Of the first element that is NaN or infinite; undefined when the numbers grew out of range on the way. */
  readonly index: readonly number[] | undefined;
  readonly value: number;
}

export interface NotPositiveDefinite {
  readonly reason: "not positive definite";
  /** The order of the first leading minor that is not positive. */
  readonly minor: number;
  /** What would have been the square of a diagonal element of the factor. */
  readonly pivot: number;
}

export interface Singular {
  readonly reason: "singular";
  /** The first column in which elimination finds no pivot: it depends on the columns before it. */
  readonly column: number;
}

export interface NotConverged {
  readonly reason: "not converged";
  readonly iterations: number;
  /** What had converged until then, in words. */
  readonly found: string;
  /** The measure of convergence after each iteration, of methods that keep it. */
  readonly history?: readonly number[];
  /** The best vector or matrix of vectors until then, of methods that have one. */
  readonly best?: Tensor;
}

export interface NegativeCurvature {
  readonly reason: "negative curvature";
  /** In which iteration, 0 before the first. */
  readonly iteration: number;
  /** pᵀ A p ≤ 0, of a direction p ≠ 0: A is not positive definite. */
  readonly value: number;
}

export type Failure = NotFinite | NotPositiveDefinite | Singular | NotConverged | NegativeCurvature;

/** What came of a computation that the numbers may refuse. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure; readonly message: string };

const reasons: ReadonlySet<unknown> = new Set<Failure["reason"]>([
  "not finite",
  "not positive definite",
  "singular",
  "not converged",
  "negative curvature",
]);

function isFailure(facts: object): facts is Failure {
  return "reason" in facts && reasons.has(facts.reason);
}

export function failed(message: string, failure: Failure): NumericalError {
  return new NumericalError(message, { ...failure });
}

/**
 * Runs `compute` and gives its outcome as a value: the result, or why the numbers do not allow one. Mistakes in the call are thrown as ever.
 *
 *     const outcome = attempt(() => cholesky(a));
 *     if (!outcome.ok && outcome.failure.reason === "not positive definite") outcome.failure.minor;
 */
export function attempt<T>(compute: () => T): Outcome<T> {
  try {
    return { ok: true, value: compute() };
  } catch (error) {
    if (error instanceof NumericalError && isFailure(error.facts))
      return { ok: false, failure: error.facts, message: error.message };
    throw error;
  }
}

/** The error for NaN or an infinity among the elements of a matrix of `columns` columns (0: a vector). */
export function notFinite(op: string, data: ArrayLike<number>, columns: number): NumericalError {
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] ?? 0;
    if (Number.isFinite(value)) continue;
    const index = columns === 0 ? [i] : [Math.floor(i / columns), i % columns];
    return failed(`${op}: element [${index.join(", ")}] is ${value}; all elements must be finite numbers`, {
      reason: "not finite",
      index,
      value,
    });
  }
  return failed(`${op}: the numbers grew beyond the range of the dtype; scale the matrix down`, {
    reason: "not finite",
    index: undefined,
    value: Number.POSITIVE_INFINITY,
  });
}
