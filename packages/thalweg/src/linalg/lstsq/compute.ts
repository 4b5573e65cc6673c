/**
 * Least squares, min ‖A X − B‖, by the cheapest way that the condition permits.
 *
 *   normal equations:  AᵀA X = AᵀB by Cholesky, for tall matrices of small condition, since κ(AᵀA) = κ(A)²; one correction by the residual brings
 *                      the accuracy of QR (Björck, Numerical Methods for Least Squares Problems, 2.4.4 and 6.6.5)
 *   QR:                A = Q R, X = R⁻¹ Qᵀ B; for wide matrices Aᵀ = Q R, X = Q R⁻ᵀ B, the shortest of the solutions
 *   pivoted QR:        A P = Q R with the rank read off R; if it is deficient, the shortest solution by a second QR from the right,
 *                      [R₁₁ R₁₂]ᵀ = Z T (the complete orthogonal decomposition; Golub and Van Loan 5.4.7, 5.5)
 */
import { epsilon, type FloatDType, type TypedArray } from "../../base/dtype.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { factorCholesky, solveCholesky } from "../cholesky/compute.js";
import { inverseNorm1, norm1, triangularCondition } from "../condition.js";
import { notFinite } from "../failure.js";
import { applyQ, applyQTransposed, factorQr, safeScale } from "../qr/compute.js";
import { applyPivotedTransposed, factorPivoted, rankOf } from "../qr/pivoted-compute.js";
import { preciseResidual } from "../residual.js";
import { plainResidual } from "../solve/compute.js";

export type LstsqMethod = "normal equations" | "qr" | "pivoted qr";

export interface LstsqSettings {
  readonly method: LstsqMethod | "auto";
  /** Relative to R's first diagonal element. */
  readonly tolerance: number;
  readonly refine: number;
}

export interface LeastSquares {
  readonly x: Float32Array | Float64Array;
  readonly rank: number;
  /** Of A (of R, in the 1-norm; for the normal equations the root of that of AᵀA); infinite when the rank is deficient. */
  readonly condition: number;
  readonly residual: number;
  readonly method: LstsqMethod;
  readonly refinements: number;
}

interface Problem {
  readonly w: Workspace;
  readonly dtype: FloatDType;
  readonly a: TypedArray;
  readonly b: TypedArray;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Powers of two by which A is scaled. */
  readonly scale: number;
}

/** A way to solve, ready for more right-hand sides: m × k in (overwritten), n × k out, for the scaled matrix. */
interface Way {
  readonly method: LstsqMethod;
  readonly rank: number;
  readonly condition: number;
  readonly solve: (b: Matrix) => Matrix;
  /** Corrections that are part of the method. */
  readonly corrections: number;
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
  let refinements = 0;
  const steps = way.corrections + settings.refine;
  for (; refinements < steps; refinements += 1) {
    const residual = residualOf(problem, x, refinements >= way.corrections);
    const moved = w.read(way.solve(residual));
    x = x.map((v, i) => v + (moved[i] ?? 0) * scale);
  }
  const residual = plainResidual(w, a, x, b, [m, n, k]);
  const { method, rank, condition } = way;
  return { x, rank, condition, residual, method, refinements: Math.max(0, refinements - way.corrections) };
}

function residualOf({ w, a, b, m, n, k }: Problem, x: TypedArray, precise: boolean): Matrix {
  if (precise) return w.load(preciseResidual(a, x, b, m, n, k), m, k);
  const r = w.load(b, m, k);
  w.gemm(-1, w.load(a, m, n), w.load(x, n, k), r);
  return r;
}

function choose(problem: Problem, { method, tolerance }: LstsqSettings): Way {
  const { m, n, dtype } = problem;
  if (method === "pivoted qr") return pivotedWay(problem, tolerance);
  if (method === "qr") return m >= n ? qrWay(problem) : wideWay(problem);
  if (method === "normal equations") {
    const way = normalWay(problem);
    if (way === undefined)
      throw notFinite("lstsq: the normal equations are not positive definite; use another method", [], 0);
    return way;
  }
  // AᵀA costs half of a QR when A is tall; only then is it worth a try
  if (m >= 2 * n && n > 0) {
    const way = normalWay(problem);
    if (way !== undefined && way.condition <= epsilon(dtype) ** -0.125) return way;
  }
  const way = m >= n ? qrWay(problem) : wideWay(problem);
  const limit = 1 / (epsilon(dtype) * Math.max(m, n, 1));
  return way.condition < limit ? way : pivotedWay(problem, tolerance);
}

function scaled({ w, a, m, n, scale }: Problem): Matrix {
  const matrix = w.load(a, m, n);
  if (scale !== 1) w.scale(scale, matrix);
  return matrix;
}

function normalWay(problem: Problem): Way | undefined {
  const { w, n, k } = problem;
  const a = scaled(problem);
  const gram = w.zeros(n, n);
  w.syrk(1, a.transposed(), gram);
  const copy = w.matrix(n, n);
  w.copy(gram, copy);
  if (factorCholesky(w, gram) !== undefined) return undefined;
  const solve = (x: Matrix): void => solveCholesky(w, gram, x);
  const condition = symmetricNorm1(w.read(copy), n) * inverseNorm1(w, n, solve, solve);
  return {
    method: "normal equations",
    rank: n,
    condition: Math.sqrt(condition),
    corrections: 1,
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
  return {
    method: "qr",
    rank: n,
    condition: triangularCondition(w, r, "upper"),
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
  return {
    method: "qr",
    rank: m,
    condition: triangularCondition(w, r, "upper"),
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

function pivotedWay(problem: Problem, tolerance: number): Way {
  const { w, m, n, k } = problem;
  const a = w.spread(m, n);
  w.copy(scaled(problem), a);
  const factors = factorPivoted(w, a);
  const rank = rankOf(w, a, tolerance);
  const full = rank === Math.min(m, n);
  const inOrder = (x: Matrix): Matrix => {
    const ordered = w.matrix(n, k);
    factors.permutation.forEach((column, i) => {
      w.copy(x.block(i, 0, 1, k), ordered.block(column, 0, 1, k));
    });
    return ordered;
  };
  const r = a.block(0, 0, rank, rank);
  const condition = full ? triangularCondition(w, r, "upper") : Number.POSITIVE_INFINITY;
  if (rank === n) {
    const solve = (b: Matrix): Matrix => {
      applyPivotedTransposed(w, factors, b);
      const x = b.block(0, 0, n, k);
      w.solveUpper(r, x);
      return inOrder(x);
    };
    return { method: "pivoted qr", rank, condition, corrections: 0, solve };
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
  return { method: "pivoted qr", rank, condition, corrections: 0, solve };
}
