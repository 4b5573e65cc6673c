/**
 * LU with partial pivoting: P A = L U, L unit lower trapezoidal with elements of at most 1, U upper trapezoidal.
 *
 * Recursive by columns (Toledo 1997), so that the work sits in matrix products: factor the left half, exchange the same rows on the right,
 *
 *   A₁₂ ← L₁₁⁻¹ A₁₂,   A₂₂ ← A₂₂ − A₂₁ A₁₂,
 *
 * factor what remains, and exchange its rows on the left. Golub and Van Loan, Matrix Computations (4th ed.), 3.4; error analysis: Higham,
 * Accuracy and Stability of Numerical Algorithms (2nd ed.), 9.3.
 */
import { halfOf, type Integers, type Matrix, panelColumns, type Workspace } from "../../runtime/kernels.js";

export interface LuFactors {
  /** L below the diagonal (its ones are not stored), U on and above it. */
  readonly packed: Matrix;
  /** Row k was exchanged with row pivots[k], in order of k. */
  readonly pivots: Integers;
  /** The first column that has no pivot but 0, if there is one: then the matrix is singular. */
  readonly singular: number | undefined;
}

/** In place. */
export function factorLu(w: Workspace, a: Matrix): LuFactors {
  const rank = Math.min(a.rows, a.columns);
  const pivots = w.integers(rank);
  let singular: number | undefined;
  const factor = (start: number, width: number): void => {
    const rows = a.rows - start;
    if (width <= panelColumns) {
      const column = w.luPanel(a.block(start, start, rows, width), pivots, start);
      if (column !== undefined) singular ??= start + column;
      return;
    }
    const half = halfOf(width, panelColumns);
    const rest = width - half;
    factor(start, half);
    update(start, half, start + half, rest);
    factor(start + half, rest);
    w.swapRows(a.block(0, start, a.rows, half), pivots, start + half, start + width);
  };
  /** Brings `rest` columns from `column` on up to date with the `width` columns from `start` on. */
  const update = (start: number, width: number, column: number, rest: number): void => {
    w.swapRows(a.block(0, column, a.rows, rest), pivots, start, start + width);
    const top = a.block(start, column, width, rest);
    w.solveLower(a.block(start, start, width, width), top, true);
    const below = a.rows - start - width;
    w.gemm(-1, a.block(start + width, start, below, width), top, a.block(start + width, column, below, rest));
  };
  if (rank > 0) {
    factor(0, rank);
    if (a.columns > rank) update(0, rank, rank, a.columns - rank);
  }
  return { packed: a, pivots, singular };
}

/** B ← A⁻¹ B, or A⁻ᵀ B. The factors must be those of a nonsingular matrix. */
export function solveLu(w: Workspace, { packed, pivots }: LuFactors, b: Matrix, transposed = false): void {
  const n = packed.rows;
  if (transposed) {
    w.solveLower(packed.transposed(), b);
    w.solveUpper(packed.transposed(), b, true);
    w.swapRows(b, pivots, 0, n, true);
  } else {
    w.swapRows(b, pivots, 0, n);
    w.solveLower(packed, b, true);
    w.solveUpper(packed, b);
  }
}

/** Row i of P A is row permutation[i] of A. */
export function permutationOf(pivots: Int32Array, rows: number): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  pivots.forEach((other, k) => {
    const kept = order[k] ?? 0;
    order[k] = order[other] ?? 0;
    order[other] = kept;
  });
  return order;
}
