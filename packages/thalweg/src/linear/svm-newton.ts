/**
 * Squared hinge loss by Newton's method in the primal:
 *
 *   g = ∇R(u) − 2 Σ_{m < 1} cᵢ (1 − mᵢ) sᵢ x̂ᵢ,    H = ∇²R + 2 Σ_{m < 1} cᵢ x̂ᵢ x̂ᵢᵀ
 *
 * each step as long as the cost falls along it. The cost is a parabola as long as the same rows are short of their margin, so that the method ends after
 * finitely many steps. S. S. Keerthi and D. DeCoste, J. Machine Learning Research 6 (2005).
 */
import {
  addPenalty,
  margins,
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
  const part = { x: rows.x, spreads: rows.spreads, intercept };
  const n = unknownsOf(problem);
  let u = new Float64Array(n);
  let m = margins(problem, u);
  for (let iteration = 0; ; iteration += 1) {
    const dual = m.map((v, i) => (v < 1 ? 2 * (costs[i] ?? 0) * (1 - v) : 0));
    const pull = sumOfRows(problem, dual);
    const held = penaltySlope(problem, u);
    const g = held.map((v, j) => v - (pull[j] ?? 0));
    const active = m.map((v, i) => (v < 1 ? 2 * (costs[i] ?? 0) : 0));
    const h = weightedGram(w, part, active);
    addPenalty(problem, h);
    const far = g.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / total;
    const d = newtonStep(w, h, g);
    const finish = (converged: boolean): SvmPlane => ({ u, dual, iterations: iteration, converged });
    if (d === undefined) return finish(false);
    const length = d.reduce((most, v, j) => Math.max(most, Math.abs(v) / Math.max(1, Math.abs(u[j] ?? 0))), 0);
    if (far <= tolerance && length <= 1e-9) return finish(true);
    if (iteration === maxIterations) return finish(far <= tolerance);
    const along = margins(problem, d);
    const bend = penaltySlope(problem, d);
    const slopeAt = (t: number): number => {
      let sum = 0;
      for (let j = 0; j < n; j += 1) sum += (d[j] ?? 0) * ((held[j] ?? 0) + t * (bend[j] ?? 0));
      for (let i = 0; i < m.length; i += 1) {
        const short = 1 - (m[i] ?? 0) - t * (along[i] ?? 0);
        if (short > 0) sum -= 2 * (costs[i] ?? 0) * short * (along[i] ?? 0);
      }
      return sum;
    };
    const step = stepTo(slopeAt);
    // Within rounding of the minimum nothing lowers the cost.
    if (step === 0 || length <= 1e-14) return finish(far <= Math.max(tolerance, 1e-8));
    u = u.map((v, j) => v + step * (d[j] ?? 0));
    m = margins(problem, u);
  }
}

/** Where an ascending slope that is below 0 at 0 is all but 0: at 1 if it is there; 0 where it is not below 0 at 0. */
function stepTo(slopeAt: (t: number) => number): number {
  const enough = 0.01 * Math.abs(slopeAt(0));
  if (!(slopeAt(0) < 0)) return 0;
  let [low, high] = [0, 1];
  let slope = slopeAt(1);
  while (slope < -enough && high < 1e6) {
    low = high;
    high *= 2;
    slope = slopeAt(high);
  }
  let step = high;
  for (let trial = 0; trial < 60 && slope > enough; trial += 1) {
    step = (low + high) / 2;
    const between = slopeAt(step);
    if (Math.abs(between) <= enough) break;
    if (between > 0) high = step;
    else low = step;
  }
  return step;
}
