/**
 * Squared hinge loss by Newton's method in the primal:
 *
 *   g = ∇R(u) − 2 Σ_{m < 1} cᵢ (1 − mᵢ) sᵢ x̂ᵢ,    H = ∇²R + 2 Σ_{m < 1} cᵢ x̂ᵢ x̂ᵢᵀ
 *
 * The cost is a parabola as long as the same rows are short of their margin, so that the method ends after finitely many steps. S. S. Keerthi and D. DeCoste,
 * J. Machine Learning Research 6 (2005).
 */
import {
  addPenalty,
  margins,
  penaltyAt,
  penaltySlope,
  type SvmPlane,
  type SvmProblem,
  type SvmStop,
  sumOfRows,
  unknownsOf,
} from "./svm-problem.js";
import { newtonStep, weightedGram } from "./weighted-gram.js";

export function squaredHinge(problem: SvmProblem, { tolerance, maxIterations }: SvmStop): SvmPlane {
  const { w, rows, intercept, costs } = problem;
  const total = costs.reduce((a, b) => a + b, 0);
  const costOf = (u: Float64Array, m: Float64Array): number =>
    m.reduce((sum, v, i) => sum + (v < 1 ? (costs[i] ?? 0) * (1 - v) ** 2 : 0), penaltyAt(problem, u));
  let u = new Float64Array(unknownsOf(problem));
  let m = margins(problem, u);
  let cost = costOf(u, m);
  for (let iteration = 0; ; iteration += 1) {
    const dual = m.map((v, i) => (v < 1 ? 2 * (costs[i] ?? 0) * (1 - v) : 0));
    const pull = sumOfRows(problem, dual);
    const g = penaltySlope(problem, u).map((v, j) => v - (pull[j] ?? 0));
    const active = m.map((v, i) => (v < 1 ? 2 * (costs[i] ?? 0) : 0));
    const h = weightedGram(w, { x: rows.x, spreads: rows.spreads, intercept }, active);
    addPenalty(problem, h);
    const far = g.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / total;
    const d = newtonStep(w, h, g);
    const finish = (converged: boolean): SvmPlane => ({ u, dual, iterations: iteration, converged });
    if (d === undefined) return finish(false);
    const length = d.reduce((most, v, j) => Math.max(most, Math.abs(v) / Math.max(1, Math.abs(u[j] ?? 0))), 0);
    if (far <= tolerance && length <= 1e-9) return finish(true);
    if (iteration === maxIterations) return finish(far <= tolerance);
    const slope = d.reduce((sum, v, j) => sum + v * (g[j] ?? 0), 0);
    const before = u;
    let moved = false;
    for (let t = 1; t > 1e-10; t /= 2) {
      const next = before.map((v, j) => v + t * (d[j] ?? 0));
      const there = margins(problem, next);
      const value = costOf(next, there);
      if (value > cost + 1e-4 * t * slope + 1e-14 * Math.abs(cost)) continue;
      [u, m, cost, moved] = [next, there, value, true];
      break;
    }
    // Within rounding of the minimum nothing lowers the cost.
    if (!moved || -slope <= 1e-16 * cost) return finish(far <= Math.max(tolerance, 1e-8));
  }
}
