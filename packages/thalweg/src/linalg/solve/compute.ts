/**
 * Square systems A X = B by the cheapest method that is safe: substitution for triangular matrices, Cholesky for symmetric ones while their pivots are
 * positive, LU with partial pivoting otherwise, and QR where LU's pivots grow or its solutions leave too large a residual.
 *
 * The residual by which a solution is judged is its backward error (Rigal and Gaches 1967),
 *
 *   η = ‖b − A x‖ / (‖A‖ ‖x‖ + ‖b‖):
 *
 * x solves a system that differs from the given one by η, relative to its size. Elimination with growing pivots loses their factor in η; one step of
 * refinement mends a moderate loss (Skeel 1980; Higham, Accuracy and Stability, 2nd ed., 12.2).
 */
import { epsilon, type FloatDType, type TypedArray } from "../../base/dtype.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { factorCholesky, solveCholesky } from "../cholesky/compute.js";
import { inverseNorm1, norm1, rangeScale, scaledBy } from "../condition.js";
import { failed, notFinite } from "../failure.js";
import { factorLu, solveLu } from "../lu/compute.js";
import { applyQ, applyQTransposed, factorQr, safeScale } from "../qr/compute.js";
import { norm2, preciseResidual } from "../residual.js";

export type SolveMethod = "triangular" | "cholesky" | "lu" | "qr";

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
  /** η, the largest of the columns. */
  readonly backwardError: number;
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

const leastSquares = "For the shortest solution of the least-squares problem use lstsq";

/** @throws NumericalError when a pivot is 0 or an element is not finite. */
export function factorSquare(op: string, w: Workspace, data: TypedArray, n: number, advice = leastSquares): Factored {
  const structure = structureOf(data, n);
  const a = w.spread(n, n);
  w.copy(w.load(data, n, n), a);
  if (structure === "lower" || structure === "upper") {
    if (!Number.isFinite(w.maxAbs(a).value)) throw notFinite(op, data, n);
    const zero = w.values(a.diagonal()).indexOf(0);
    if (zero >= 0)
      throw singular(op, zero, advice, `the diagonal element [${zero}, ${zero}] of a triangular matrix is 0`);
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
  const largest = w.maxAbs(a).value;
  const factors = factorLu(w, a);
  const grown = w.maxAbs(a).value;
  if (!Number.isFinite(grown)) {
    if (!Number.isFinite(largest)) throw notFinite(op, data, n);
    return factorByQr(op, w, data, n, advice);
  }
  if (factors.singular !== undefined) throw singular(op, factors.singular, advice);
  // L counts in `grown` too, its elements up to 1: a reason to look, no more
  if (grown > growthLimit * largest && largestAbove(w.read(a), n) > growthLimit * largest)
    return factorByQr(op, w, data, n, advice);
  return {
    method: "lu",
    solve: (b) => solveLu(w, factors, b),
    solveTransposed: (b) => solveLu(w, factors, b, true),
  };
}

/** By how much U may exceed A. Matrices of random elements stay far below; QR knows no growth, at twice the price. */
const growthLimit = 1000;

/** The largest size on or above the diagonal. */
function largestAbove(data: ArrayLike<number>, n: number): number {
  let most = 0;
  for (let i = 0; i < n; i += 1) for (let j = i; j < n; j += 1) most = Math.max(most, Math.abs(data[i * n + j] ?? 0));
  return most;
}

function factorByQr(op: string, w: Workspace, data: TypedArray, n: number, advice: string): Factored {
  const a = w.spread(n, n);
  w.copy(w.load(data, n, n), a);
  const scale = safeScale(w.maxAbs(a).value, data instanceof Float32Array ? "float32" : "float64");
  if (scale !== 1) w.scale(scale, a);
  const blocks = factorQr(w, a);
  const zero = w.values(a.diagonal()).indexOf(0);
  if (zero >= 0) throw singular(op, zero, advice);
  return {
    method: "qr",
    solve: (b) => {
      if (scale !== 1) w.scale(scale, b);
      applyQTransposed(w, blocks, b);
      w.solveUpper(a, b);
    },
    solveTransposed: (b) => {
      if (scale !== 1) w.scale(scale, b);
      w.solveLower(a.transposed(), b);
      applyQ(w, blocks, b);
    },
  };
}

/** The backward error that rounding leaves, with room for sums of n products. */
export function usualError(n: number, dtype: FloatDType): number {
  return Math.max(n, 10) * epsilon(dtype);
}

function singular(
  op: string,
  column: number,
  advice: string,
  why = column === 0 ? "column 0 is zero" : `column ${column} depends on the columns before it`,
): Error {
  return failed(`${op}: the matrix is singular: ${why}. ${advice}`, { reason: "singular", column });
}

/** B is n × k, row-major. */
export function solveSquare(
  w: Workspace,
  dtype: FloatDType,
  [given, givenRight]: readonly [TypedArray, TypedArray],
  [n, k]: readonly [number, number],
  refine: number,
): Solved {
  const scale = rangeScale(given, dtype);
  const [data, right] = [scaledBy(given, scale), scaledBy(givenRight, scale)];
  const norm = norm2(data);
  let factored = factorSquare("solve", w, data, n);
  const start = (): TypedArray => {
    const b = w.load(right, n, k);
    factored.solve(b);
    if (!Number.isFinite(w.maxAbs(b).value)) throw notFinite("solve: of the right-hand side", givenRight, k);
    return w.read(b);
  };
  const correction = (x: TypedArray): TypedArray => {
    const r = w.load(preciseResidual(data, x, right, n, n, k), n, k);
    factored.solve(r);
    return w.read(r);
  };
  const judge = (x: TypedArray): Judged => backwardError(w, [data, x, right], [n, k], norm);
  let x = start();
  let refinements = 0;
  let before = Number.POSITIVE_INFINITY;
  while (refinements < refine) {
    const moved = correction(x);
    const size = norm2(moved);
    // a correction that does not shrink says that the condition leaves nothing to gain
    if (!(size < before / 2)) break;
    x = x.map((v, i) => v + (moved[i] ?? 0));
    refinements += 1;
    before = size;
    if (size === 0) break;
  }
  let judged = judge(x);
  const usual = usualError(n, dtype);
  const mend = (): void => {
    for (let step = 0; step < 2 && judged.error > usual; step += 1) {
      const moved = correction(x);
      const next = x.map((v, i) => v + (moved[i] ?? 0));
      const better = judge(next);
      if (!(better.error < judged.error)) break;
      [x, judged] = [next, better];
      refinements += 1;
    }
  };
  mend();
  if (judged.error > usual && factored.method !== "qr") {
    factored = factorByQr("solve", w, data, n, leastSquares);
    x = start();
    judged = judge(x);
    refinements = 0;
    mend();
  }
  const condition = norm1(data, n, n) * inverseNorm1(w, n, factored.solve, factored.solveTransposed);
  return {
    x: x as Float32Array | Float64Array,
    method: factored.method,
    condition: Number.isNaN(condition) ? Number.POSITIVE_INFINITY : condition,
    residual: judged.residual / scale,
    backwardError: judged.error,
    refinements,
  };
}

interface Judged {
  /** Frobenius. */
  readonly residual: number;
  readonly error: number;
}

function backwardError(
  w: Workspace,
  [data, x, right]: readonly [TypedArray, TypedArray, TypedArray],
  [n, k]: readonly [number, number],
  norm: number,
): Judged {
  const r = w.inside(() => {
    const left = w.load(right, n, k);
    w.gemm(-1, w.load(data, n, n), w.load(x, n, k), left);
    return w.read(left);
  });
  const column = (all: TypedArray, c: number): number =>
    k === 1 ? norm2(all) : norm2(Float64Array.from({ length: n }, (_, i) => all[i * k + c] ?? 0));
  let error = 0;
  for (let c = 0; c < k; c += 1) {
    const left = column(r, c);
    if (left > 0) error = Math.max(error, left / (norm * column(x, c) + column(right, c)));
  }
  return { residual: norm2(r), error };
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
