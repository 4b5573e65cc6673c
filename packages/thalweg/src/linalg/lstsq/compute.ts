/**
 * Least squares, min ‖A X − B‖, by the cheapest way that the condition permits.
 *
 *   normal equations:  AᵀA X = AᵀB by Cholesky, for tall matrices of small condition, since κ(AᵀA) = κ(A)²; one correction by the residual brings
 *                      the accuracy of QR (Björck, Numerical Methods for Least Squares Problems, 2.4.4 and 6.6.5)
 *   QR:                A = Q R, X = R⁻¹ Qᵀ B; for wide matrices Aᵀ = Q R, X = Q R⁻ᵀ B, the shortest of the solutions
 *   pivoted QR:        A P = Q R with the rank read off R; if it is deficient, the shortest solution by a second QR from the right,
 *                      [R₁₁ R₁₂]ᵀ = Z T (the complete orthogonal decomposition; Golub and Van Loan 5.4.7, 5.5)
 *   truncated SVD:     where pivoted QR leaves no clear rank; see truncated.ts
 */
import { epsilon, type FloatDType, type TypedArray } from "../../base/dtype.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { factorCholesky, solveCholesky } from "../cholesky/compute.js";
import { inverseNorm1, norm1, triangularCondition } from "../condition.js";
import { failed, notFinite } from "../failure.js";
import { applyQ, applyQTransposed, factorQr, safeScale } from "../qr/compute.js";
import { applyPivotedTransposed, factorPivoted, rankOf } from "../qr/pivoted-compute.js";
import { norm2, preciseResidual } from "../residual.js";
import { plainResidual } from "../solve/compute.js";
import { truncatedWay } from "./truncated.js";
import { type LstsqMethod, type Problem, scaled, type Way } from "./way.js";

export interface LstsqSettings {
  readonly method: LstsqMethod | "auto";
  /** Relative to R's first diagonal element, or to the largest singular value. */
  readonly tolerance: number;
  readonly refine: number;
}

export interface LeastSquares {
  readonly x: Float32Array | Float64Array;
  readonly rank: number;
  /** Of A (exact by SVD; else of R, in the 1-norm; for the normal equations the root of that of AᵀA); infinite when the rank is deficient. */
  readonly condition: number;
  readonly effectiveCondition: number;
  readonly residual: number;
  /** Of the normal equations, what their corrections have not made good, relative to X: they shrink from one to the next by a steady factor. */
  readonly uncorrected: number;
  readonly method: LstsqMethod;
  readonly refinements: number;
}

export function solveLeastSquares(
  w: Workspace,
  dtype: FloatDType,
  [a, b]: readonly [TypedArray, TypedArray],
  [m, n, k]: readonly [number, number, number],
  settings: LstsqSettings,
): LeastSquares {
  const { value } = w.inside(() => w.maxAbs(w.load(a, m, n)));
  if (!Number.isFinite(value)) throw notFinite("lstsq", a, n);
  if (!Number.isFinite(w.inside(() => w.maxAbs(w.load(b, m, k)).value)))
    throw notFinite("lstsq: of the right-hand side", b, k);
  const problem: Problem = { w, dtype, a, b, m, n, k, scale: safeScale(value, dtype) };
  const way = choose(problem, settings);
  const { scale } = problem;
  const solution = way.solve(w.load(b, m, k));
  let x = w.read(solution).map((v) => v * scale);
  let last = Number.POSITIVE_INFINITY;
  let uncorrected = 0;
  const correct = (precise: boolean): void => {
    const moved = w.read(way.solve(residualOf(problem, x, precise)));
    x = x.map((v, i) => v + (moved[i] ?? 0) * scale);
    const size = relativeSize(moved, x, scale);
    uncorrected = size * Math.min(1, last === Number.POSITIVE_INFINITY ? Math.sqrt(size) : size / last);
    last = size;
  };
  for (let step = 0; step < way.corrections; step += 1) {
    const before = last;
    correct(false);
    if (!(last < before / 2) || last <= epsilon(dtype)) break;
  }
  for (let step = 0; step < settings.refine; step += 1) correct(true);
  const residual = plainResidual(w, a, x, b, [m, n, k]);
  const { method, rank, condition, effectiveCondition } = way;
  return {
    x,
    rank,
    condition,
    effectiveCondition,
    residual,
    uncorrected: method === "normal equations" ? uncorrected : 0,
    method,
    refinements: settings.refine,
  };
}

/** ‖moved‖/‖x‖ */
function relativeSize(moved: TypedArray, x: TypedArray, scale: number): number {
  const size = norm2(moved) * scale;
  return size === 0 ? 0 : size / norm2(x);
}

function residualOf({ w, a, b, m, n, k }: Problem, x: TypedArray, precise: boolean): Matrix {
  if (precise) return w.load(preciseResidual(a, x, b, m, n, k), m, k);
  const r = w.load(b, m, k);
  w.gemm(-1, w.load(a, m, n), w.load(x, n, k), r);
  return r;
}

/** The last diagonal element of R that counts over the first that does not: from here on their number is beyond doubt. */
const clearGap = 1e3;

function choose(problem: Problem, { method, tolerance }: LstsqSettings): Way {
  const { m, n, dtype } = problem;
  if (method === "truncated svd") return truncatedWay(problem, tolerance);
  if (method === "pivoted qr") return pivotedWay(problem, tolerance);
  if (method === "qr") return m >= n ? qrWay(problem) : wideWay(problem);
  if (method === "normal equations") {
    const way = normalWay(problem);
    if (!("pivot" in way)) return way;
    throw failed(
      `lstsq: the normal equations are not positive definite to working precision (leading minor ${way.minor}): the columns depend on each other, or nearly; use method auto`,
      { reason: "not positive definite", ...way },
    );
  }
  const limit = 1 / Math.max(tolerance, epsilon(dtype) * Math.max(m, n, 1));
  // AᵀA costs half of a QR when A is tall; only then is it worth a try
  if (m >= 2 * n && n > 0) {
    const way = normalWay(problem);
    if (!("pivot" in way) && way.condition <= Math.min(smallCondition(dtype), limit)) return way;
  }
  const plain = m >= n ? qrWay(problem) : wideWay(problem);
  if (plain.condition < limit) return plain;
  const pivoted = pivotedWay(problem, tolerance);
  // R's diagonal may fall by and by, or hide a small singular value (Kahan's matrix): then the singular values must tell
  const clear = pivoted.gap >= clearGap && pivoted.effectiveCondition < limit;
  return clear ? pivoted : truncatedWay(problem, tolerance);
}

/** Up to here the normal equations lose a quarter of the digits, and one correction brings them back. */
function smallCondition(dtype: FloatDType): number {
  return epsilon(dtype) ** -0.125;
}

function normalWay(problem: Problem): Way | { readonly minor: number; readonly pivot: number } {
  const { w, n, k } = problem;
  const a = scaled(problem);
  const gram = w.zeros(n, n);
  w.syrk(1, a.transposed(), gram);
  const copy = w.matrix(n, n);
  w.copy(gram, copy);
  const failure = factorCholesky(w, gram);
  if (failure !== undefined) return failure;
  const solve = (x: Matrix): void => solveCholesky(w, gram, x);
  const squared = symmetricNorm1(w.read(copy), n) * inverseNorm1(w, n, solve, solve);
  const condition = Math.sqrt(squared);
  return {
    method: "normal equations",
    rank: n,
    condition,
    effectiveCondition: condition,
    corrections: condition <= smallCondition(problem.dtype) ? 1 : 5,
    solve: (b) => {
      const x = w.matrix(n, k);
      w.gemmInto(1, a.transposed(), b, x);
      solve(x);
      return x;
    },
  };
}

/** ‖G‖₁ from the lower triangle. */
function symmetricNorm1(data: ArrayLike<number>, n: number): number {
  const full = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j <= i; j += 1) {
      full[i * n + j] = data[i * n + j] ?? 0;
      full[j * n + i] = full[i * n + j] ?? 0;
    }
  return norm1(full, n, n);
}

function qrWay(problem: Problem): Way {
  const { w, n, k } = problem;
  const a = scaled(problem);
  const blocks = factorQr(w, a);
  const r = a.block(0, 0, n, n);
  const condition = triangularCondition(w, r, "upper");
  return {
    method: "qr",
    rank: n,
    condition,
    effectiveCondition: condition,
    corrections: 0,
    solve: (b) => {
      applyQTransposed(w, blocks, b);
      const x = b.block(0, 0, n, k);
      w.solveUpper(r, x);
      return x;
    },
  };
}

function wideWay(problem: Problem): Way {
  const { w, m, n, k } = problem;
  const t = w.matrix(n, m);
  w.copy(scaled(problem).transposed(), t);
  const blocks = factorQr(w, t);
  const r = t.block(0, 0, m, m);
  const condition = triangularCondition(w, r, "upper");
  return {
    method: "qr",
    rank: m,
    condition,
    effectiveCondition: condition,
    corrections: 0,
    solve: (b) => {
      w.solveLower(r.transposed(), b);
      const x = w.zeros(n, k);
      w.copy(b, x.block(0, 0, m, k));
      applyQ(w, blocks, x);
      return x;
    },
  };
}

/** `gap`: see clearGap; infinite where all of R counts. */
function pivotedWay(problem: Problem, tolerance: number): Way & { readonly gap: number } {
  const { w, m, n, k } = problem;
  const a = w.spread(m, n);
  w.copy(scaled(problem), a);
  const factors = factorPivoted(w, a);
  const rank = rankOf(w, a, tolerance);
  const full = rank === Math.min(m, n);
  const diagonal = w.values(a.diagonal());
  const gap = full || rank === 0 ? Infinity : Math.abs((diagonal[rank - 1] ?? 0) / (diagonal[rank] ?? 0));
  const inOrder = (x: Matrix): Matrix => {
    const ordered = w.matrix(n, k);
    factors.permutation.forEach((column, i) => {
      w.copy(x.block(i, 0, 1, k), ordered.block(column, 0, 1, k));
    });
    return ordered;
  };
  const r = a.block(0, 0, rank, rank);
  if (rank === n) {
    const condition = triangularCondition(w, r, "upper");
    const solve = (b: Matrix): Matrix => {
      applyPivotedTransposed(w, factors, b);
      const x = b.block(0, 0, n, k);
      w.solveUpper(r, x);
      return inOrder(x);
    };
    return { method: "pivoted qr", rank, condition, effectiveCondition: condition, gap, corrections: 0, solve };
  }
  const z = w.zeros(n, rank);
  for (let i = 0; i < rank; i += 1) w.copy(a.block(i, i, 1, n - i).transposed(), z.block(i, i, n - i, 1));
  const blocks = factorQr(w, z);
  const t = z.block(0, 0, rank, rank);
  const solve = (b: Matrix): Matrix => {
    applyPivotedTransposed(w, factors, b);
    const y = b.block(0, 0, rank, k);
    w.solveLower(t.transposed(), y);
    const x = w.zeros(n, k);
    w.copy(y, x.block(0, 0, rank, k));
    applyQ(w, blocks, x);
    return inOrder(x);
  };
  const effectiveCondition = triangularCondition(w, t, "upper");
  const condition = full ? effectiveCondition : Number.POSITIVE_INFINITY;
  return { method: "pivoted qr", rank, condition, effectiveCondition, gap, corrections: 0, solve };
}
