/**
 * Cholesky: A = L Lᵀ, L lower triangular with a positive diagonal. Recursive by halves:
 *
 *   L₁₁ L₁₁ᵀ = A₁₁,   L₂₁ = A₂₁ L₁₁⁻ᵀ,   L₂₂ L₂₂ᵀ = A₂₂ − L₂₁ L₂₁ᵀ.
 *
 * Golub and Van Loan, Matrix Computations (4th ed.), 4.2; error analysis: Higham, Accuracy and Stability (2nd ed.), 10.1.
 */
import { choleskyLeafRows, halfOf, type Matrix, type Workspace } from "../../runtime/kernels.js";

export interface MinorFailure {
  /** The order of the first leading minor that is not positive. */
  readonly minor: number;
  readonly pivot: number;
}

/** L replaces the lower triangle of A; the upper one is neither read nor meaningful afterwards. Undefined, or where A is not positive definite. */
export function factorCholesky(w: Workspace, a: Matrix): MinorFailure | undefined {
  const n = a.rows;
  if (n === 0) return undefined;
  if (n <= choleskyLeafRows) return w.choleskyLeaf(a);
  const half = halfOf(n, choleskyLeafRows);
  const rest = n - half;
  const corner = a.block(0, 0, half, half);
  const below = a.block(half, 0, rest, half);
  const remaining = a.block(half, half, rest, rest);
  const failure = factorCholesky(w, corner);
  if (failure !== undefined) return failure;
  w.solveLower(corner, below.transposed());
  w.syrk(-1, below, remaining);
  const later = factorCholesky(w, remaining);
  return later === undefined ? undefined : { minor: half + later.minor, pivot: later.pivot };
}

/** B ← (L Lᵀ)⁻¹ B */
export function solveCholesky(w: Workspace, l: Matrix, b: Matrix): void {
  w.solveLower(l, b);
  w.solveUpper(l.transposed(), b);
}
