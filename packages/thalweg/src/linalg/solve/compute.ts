/**
 * Square systems A X = B by the cheapest method that is safe: substitution for triangular matrices, Cholesky for symmetric ones while their pivots are
 * positive, LU with partial pivoting otherwise.
 */
import type { TypedArray } from "../../base/dtype.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { factorCholesky, solveCholesky } from "../cholesky/compute.js";
import { inverseNorm1, norm1 } from "../condition.js";
import { failed, notFinite } from "../failure.js";
import { factorLu, solveLu } from "../lu/compute.js";
import { norm2, preciseResidual } from "../residual.js";

export type SolveMethod = "triangular" | "cholesky" | "lu";

/** A factored square matrix: what can be done with it. */
export interface Factored {
  readonly method: SolveMethod;
  /** B ← A⁻¹ B */
  readonly solve: (b: Matrix) => void;
  /** B ← A⁻ᵀ B */
  readonly solveTransposed: (b: Matrix) => void;
}

export interface Solved {
  readonly x: Float32Array | Float64Array;
  readonly method: SolveMethod;
  readonly condition: number;
  /** ‖B − A X‖ (Frobenius). */
  readonly residual: number;
  readonly refinements: number;
}

type Structure = "lower" | "upper" | "symmetric" | "general";

/** Looks at the elements; leaves off at the first that decides, so a general matrix costs next to nothing. */
export function structureOf(data: ArrayLike<number>, n: number): Structure {
  let upper = true;
  for (let i = 1; i < n && upper; i += 1) for (let j = 0; j < i && upper; j += 1) upper = data[i * n + j] === 0;
  if (upper) return "upper";
  let lower = true;
  for (let i = 0; i < n && lower; i += 1) for (let j = i + 1; j < n && lower; j += 1) lower = data[i * n + j] === 0;
  if (lower) return "lower";
  for (let i = 0; i < n; i += 1) {
    // a positive definite matrix has a positive diagonal
    if (!((data[i * n + i] ?? 0) > 0)) return "general";
    for (let j = 0; j < i; j += 1) if (data[i * n + j] !== data[j * n + i]) return "general";
  }
  return "symmetric";
}

/** @throws NumericalError when a pivot is 0 or an element is not finite. */
export function factorSquare(op: string, w: Workspace, data: TypedArray, n: number): Factored {
  const structure = structureOf(data, n);
  const a = w.spread(n, n);
  w.copy(w.load(data, n, n), a);
  if (structure === "lower" || structure === "upper") {
    if (!Number.isFinite(w.maxAbs(a).value)) throw notFinite(op, data, n);
    const zero = w.values(a.diagonal()).indexOf(0);
    if (zero >= 0) throw singular(op, zero);
    const along = structure === "lower" ? (b: Matrix) => w.solveLower(a, b) : (b: Matrix) => w.solveUpper(a, b);
    const t = a.transposed();
    const across = structure === "lower" ? (b: Matrix) => w.solveUpper(t, b) : (b: Matrix) => w.solveLower(t, b);
    return { method: "triangular", solve: along, solveTransposed: across };
  }
  if (structure === "symmetric") {
    if (factorCholesky(w, a) === undefined) {
      const solve = (b: Matrix): void => solveCholesky(w, a, b);
      return { method: "cholesky", solve, solveTransposed: solve };
    }
    w.copy(w.load(data, n, n), a);
  }
  const factors = factorLu(w, a);
  if (!Number.isFinite(w.maxAbs(a).value)) throw notFinite(op, data, n);
  if (factors.singular !== undefined) throw singular(op, factors.singular);
  return {
    method: "lu",
    solve: (b) => solveLu(w, factors, b),
    solveTransposed: (b) => solveLu(w, factors, b, true),
  };
}

function singular(op: string, column: number): Error {
  return failed(
    `${op}: the matrix is singular: column ${column} depends on the columns before it. ` +
      "For the shortest solution of the least-squares problem use lstsq",
    { reason: "singular", column },
  );
}

/** B is n × k, row-major. */
export function solveSquare(
  w: Workspace,
  [data, right]: readonly [TypedArray, TypedArray],
  [n, k]: readonly [number, number],
  refine: number,
): Solved {
  const { method, solve, solveTransposed } = factorSquare("solve", w, data, n);
  const b = w.load(right, n, k);
  solve(b);
  let x = w.read(b);
  if (!Number.isFinite(w.maxAbs(b).value)) throw notFinite("solve: of the right-hand side", right, k);
  const condition = norm1(data, n, n) * inverseNorm1(w, n, solve, solveTransposed);
  const residualOf = (solution: ArrayLike<number>): Float64Array => preciseResidual(data, solution, right, n, n, k);
  let refinements = 0;
  let correction = Number.POSITIVE_INFINITY;
  while (refinements < refine) {
    const r = w.load(residualOf(x), n, k);
    solve(r);
    const moved = w.read(r);
    const size = norm2(moved);
    // a correction that does not shrink says that the condition leaves nothing to gain
    if (!(size < correction / 2)) break;
    x = x.map((v, i) => v + (moved[i] ?? 0));
    refinements += 1;
    correction = size;
    if (size === 0) break;
  }
  const residual = plainResidual(w, data, x, right, [n, n, k]);
  return {
    x,
    method,
    condition: Number.isNaN(condition) ? Number.POSITIVE_INFINITY : condition,
    residual,
    refinements,
  };
}

/** ‖B − A X‖ (Frobenius) in working precision. */
export function plainResidual(
  w: Workspace,
  data: TypedArray,
  x: TypedArray,
  right: TypedArray,
  [m, n, k]: readonly [number, number, number],
): number {
  return w.inside(() => {
    const r = w.load(right, m, k);
    w.gemm(-1, w.load(data, m, n), w.load(x, n, k), r);
    return w.norm(r.columns === 1 ? r : flat(r));
  });
}

function flat(m: Matrix): Matrix {
  return m.columns === 0 ? m.block(0, 0, 0, 0) : m.reshaped(m.rows * m.columns, 1);
}
