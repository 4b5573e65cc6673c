/** What the methods for some eigenvalues of a symmetric matrix share: options, results, checks. */
import { UserError } from "../../base/errors.js";
import { makeBuffer } from "../../graph/node.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Failure, failed } from "../failure.js";
import { checkTolerance, checkWhole, type Products } from "./operator.js";
import { columnsTensor, numbersTensor } from "./vectors.js";

export interface SpectralOptions {
  /** Of the random start. Default: 0. */
  readonly seed?: number;
  /** Stops when each ‖A v − λ v‖ ≤ tolerance·‖A‖, ‖A‖ as far as it is seen. Default: 1e-10. */
  readonly tolerance?: number;
  /** Rows of the matrix, if it is a function. */
  readonly size?: number;
}

export interface Eigenpairs {
  /** k of them, in the order asked for. */
  readonly values: Tensor;
  /** n × k: column j belongs to values[j]; orthonormal, in each the element of largest size is positive. */
  readonly vectors: Tensor;
  /** ‖A v − λ v‖ of each. */
  readonly residuals: Tensor;
  /** Rounds: of products with the block, or restarts. */
  readonly iterations: number;
  /** Products of A with a vector, altogether. */
  readonly products: number;
  /** The largest residual by ‖A‖ after each round. */
  readonly history: readonly number[];
}

export function checkSpectral(op: string, n: number, k: number, tolerance: number, rounds: number): void {
  if (n === 0) throw new UserError(`${op}: a matrix without rows or columns has no spectrum`);
  checkWhole(op, "k", k, 1, n);
  checkTolerance(op, tolerance);
  checkWhole(op, "maxIterations", rounds, 1, 2 ** 31);
}

/** The pairs whose vectors are rows of `rows`, with their residuals computed from products. */
export function eigenpairs(
  w: Workspace,
  a: Products,
  values: Float64Array,
  rows: Matrix,
  facts: { readonly iterations: number; readonly products: number; readonly history: readonly number[] },
): Eigenpairs {
  const k = rows.rows;
  const images = w.matrix(a.rows, k);
  const columns = w.matrix(a.rows, k);
  w.copy(rows.transposed(), columns);
  a.times(columns, images);
  const residuals = Array.from({ length: k }, (_, j) => {
    w.axpy(-(values[j] ?? 0), columns.column(j), images.column(j));
    return w.norm(images.column(j));
  });
  return {
    values: numbersTensor(values),
    vectors: columnsTensor(w, rows).tensor,
    residuals: numbersTensor(residuals),
    ...facts,
    products: facts.products + k,
  };
}

export function spectrumMissing(
  op: string,
  w: Workspace,
  rounds: number,
  done: number,
  k: number,
  history: readonly number[],
  rows: Matrix,
): Error {
  const worst = history.at(-1) ?? Number.NaN;
  const failure: Failure = {
    reason: "not converged",
    iterations: rounds,
    found: `${done} of ${k} to the tolerance`,
    history,
    best: new Tensor(makeBuffer([rows.columns, rows.rows], "float64", w.read(rows.transposed()))),
  };
  return failed(
    `${op}: after ${rounds} rounds ${done} of ${k} have converged; the largest residual is ${worst.toPrecision(3)} of ‖A‖. Raise maxIterations, the size of the basis or the tolerance`,
    failure,
  );
}
