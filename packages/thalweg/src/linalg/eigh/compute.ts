/**
 * A = V Λ Vᵀ for symmetric A: reduction to a tridiagonal matrix, of that by divide and conquer the eigenvectors, and these turned back. The eigenvalues alone are
 * found by implicit QL or QR.
 */
import { type Matrix, withWorkspace } from "../../runtime/kernels.js";
import { applyQ, safeScale } from "../qr/compute.js";
import { tridiagonalEigen } from "./divide-and-conquer.js";
import { tridiagonalEigenvalues } from "./implicit-ql.js";
import { reduceSymmetric } from "./tridiagonal.js";

export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** n × n, row-major, eigenvectors in columns; undefined when they were not asked for. */
  readonly vectors: Float64Array | undefined;
  /** Eigenvalues that did not converge: 0, or the results mean nothing. */
  readonly missing: number;
}

/** Of the n × n matrix whose lower triangle is that of `data`; its largest element there, `largest`, is finite. */
export function factorSymmetric(
  data: Float64Array | Float32Array,
  n: number,
  largest: number,
  vectors: boolean,
): SymmetricEigen {
  const scale = safeScale(largest, "float64");
  return withWorkspace("float64", (w) => {
    const a = w.spread(n, n);
    w.copy(w.load(data, n, n).transposed(), a, scale);
    const reduced = reduceSymmetric(w, a, vectors);
    const { diagonal, offDiagonal } = reduced;
    let rows: Matrix | undefined;
    let missing: number;
    if (vectors) {
      rows = w.spread(n, n);
      missing = tridiagonalEigen(w, diagonal, offDiagonal, rows);
      if (missing === 0) applyQ(w, reduced.blocks, rows.transposed());
    } else missing = tridiagonalEigenvalues(diagonal, offDiagonal, undefined);
    const order = Int32Array.from(diagonal, (_, i) => i).sort((i, j) => (diagonal[i] ?? 0) - (diagonal[j] ?? 0));
    return {
      values: Float64Array.from(order, (i) => (diagonal[i] ?? 0) / scale),
      vectors: rows === undefined ? undefined : columnsInOrder(w.read(rows), n, order),
      missing,
    };
  });
}

/** Row order[j] becomes column j, its largest element positive. */
function columnsInOrder(rows: ArrayLike<number>, n: number, order: Int32Array): Float64Array {
  const result = new Float64Array(n * n);
  order.forEach((row, j) => {
    const sign = signOfLargest(rows, row * n, n);
    for (let i = 0; i < n; i += 1) result[i * n + j] = sign * (rows[row * n + i] ?? 0);
  });
  return result;
}

/** −1 when the element of largest size (the first of equals) among n from `start` on is negative, else 1. */
export function signOfLargest(values: ArrayLike<number>, start: number, n: number): number {
  let largest = 0;
  for (let i = start; i < start + n; i += 1) {
    const value = values[i] ?? 0;
    if (Math.abs(value) > Math.abs(largest)) largest = value;
  }
  return largest < 0 ? -1 : 1;
}
