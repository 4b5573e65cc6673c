/**
 * Least squares by the truncated SVD: with the r singular values that exceed tolerance · σ₁,
 *
 *   X = V_r S_r⁻¹ U_rᵀ B,
 *
 * the shortest solution of the problem in which the other singular values are 0. Of all ways the surest about the rank, and the dearest (Golub and Van Loan,
 * Matrix Computations, 4th ed., 5.5).
 */
import { runSvd } from "../svd/svd.js";
import { type Problem, scaled, type Way } from "./way.js";

export function truncatedWay(problem: Problem, tolerance: number): Way {
  const { w, m, n, k } = problem;
  const data = w.inside(() => w.read(scaled(problem)));
  const { u, values, vt } = runSvd("lstsq", data, m, n, "thin");
  const all = Math.min(m, n);
  const limit = tolerance * (values[0] ?? 0);
  let rank = 0;
  while (rank < all && (values[rank] ?? 0) > limit) rank += 1;
  const effectiveCondition = rank === 0 ? 0 : (values[0] ?? 0) / (values[rank - 1] ?? 0);
  const left = w.load(u, m, all).block(0, 0, m, rank);
  const right = w.load(vt, all, n).block(0, 0, rank, n);
  return {
    method: "truncated svd",
    rank,
    condition: rank < all ? Number.POSITIVE_INFINITY : effectiveCondition,
    effectiveCondition,
    corrections: 0,
    solve: (b) => {
      const parts = w.matrix(rank, k);
      w.gemmInto(1, left.transposed(), b, parts);
      for (let i = 0; i < rank; i += 1) w.scale(1 / (values[i] ?? 1), parts.block(i, 0, 1, k));
      const x = w.zeros(n, k);
      w.gemm(1, right.transposed(), parts, x);
      return x;
    },
  };
}
