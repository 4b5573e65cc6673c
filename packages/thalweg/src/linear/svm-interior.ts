/**
 * Hinge loss by a primal-dual interior point method with predictor and corrector. With slacks ξ ≥ 0 of the loss and
 *
 *   s = m + ξ − 1 ≥ 0,    0 ≤ a ≤ c,  t = c − a,    a s = 0,   t ξ = 0,   ∇R(u) = Σᵢ aᵢ sᵢ x̂ᵢ
 *
 * at the minimum, a step needs one system
 *
 *   (∇²R + Σᵢ dᵢ x̂ᵢ x̂ᵢᵀ) Δu = …,    d = 1 / (s/a + ξ/t)
 *
 * in as many unknowns as there are columns, however close to each other columns are. S. Mehrotra, SIAM J. Optim. 2 (1992); M. C. Ferris and T. S. Munson,
 * SIAM J. Optim. 13 (2002).
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

/** Part of the way to the border. */
const reach = 0.995;
/** Steps without progress after which rounding is taken to have ended it. */
const patience = 15;

export function hinge(problem: SvmProblem, { tolerance, maxIterations }: SvmStop): SvmPlane {
  const { w, rows, intercept, costs } = problem;
  const n = unknownsOf(problem);
  const count = rows.rows;
  const total = costs.reduce((a, b) => a + b, 0);
  const each = Array.from({ length: count }, (_, i) => i);
  const zeros = (): Float64Array => new Float64Array(count);
  const u = new Float64Array(n);
  const dual = costs.map((c) => c / 2);
  const room = costs.map((c) => c / 2);
  const slack = zeros().fill(2);
  const surplus = zeros().fill(1);
  let m = margins(problem, u);
  let best: SvmPlane | undefined;
  let least = Infinity;
  /** What was left of the way, beside no cost, where it was least, and when that was. */
  let [nearest, progress] = [Infinity, 0];

  for (let iteration = 0; ; iteration += 1) {
    const pull = sumOfRows(problem, dual);
    const slope = penaltySlope(problem, u);
    const residual = pull.map((v, j) => (slope[j] ?? 0) - v);
    let products = 0;
    let cost = penaltyAt(problem, u);
    let infeasible = 0;
    const primal = zeros();
    for (const i of each) {
      const [a, t, s, x, margin] = [dual[i] ?? 0, room[i] ?? 0, surplus[i] ?? 0, slack[i] ?? 0, m[i] ?? 0];
      products += a * s + t * x;
      cost += (costs[i] ?? 0) * Math.max(0, 1 - margin);
      primal[i] = margin + x - 1 - s;
      infeasible = Math.max(infeasible, Math.abs(primal[i] ?? 0));
    }
    const far = residual.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / total;
    const measure = Math.max(products / Math.max(cost, 1e-300), far, infeasible);
    if (measure < least) {
      least = measure;
      best = { u: u.slice(), dual: dual.slice(), iterations: iteration, converged: measure <= tolerance };
    }
    const left = products + total * far;
    if (left < 0.9 * nearest) [nearest, progress] = [left, iteration];
    const lost = iteration - progress > patience || iteration === maxIterations || Number.isNaN(measure);
    if (best?.converged === true || lost) return finish(best, least, tolerance, u, dual, iteration);

    const d = zeros();
    for (const i of each) d[i] = 1 / ((surplus[i] ?? 0) / (dual[i] ?? 1) + (slack[i] ?? 0) / (room[i] ?? 1));
    const h = weightedGram(w, { x: rows.x, spreads: rows.spreads, intercept }, d);
    addPenalty(problem, h);
    /** The step at which a·s and t·ξ become what the targets say, to first order. */
    const solve = (ofDual: Float64Array, ofRoom: Float64Array) => {
      const q = zeros();
      for (const i of each)
        q[i] = (ofDual[i] ?? 0) / (dual[i] ?? 1) - (ofRoom[i] ?? 0) / (room[i] ?? 1) - (primal[i] ?? 0);
      const pushed = sumOfRows(
        problem,
        q.map((v, i) => (dual[i] ?? 0) + (d[i] ?? 0) * v),
      );
      const du = newtonStep(
        w,
        h,
        pushed.map((v, j) => (slope[j] ?? 0) - v),
      );
      if (du === undefined) return undefined;
      const dm = margins(problem, du);
      const da = zeros();
      const dx = zeros();
      const ds = zeros();
      for (const i of each) {
        const change = (d[i] ?? 0) * ((q[i] ?? 0) - (dm[i] ?? 0));
        da[i] = change;
        dx[i] = ((ofRoom[i] ?? 0) + (slack[i] ?? 0) * change) / (room[i] ?? 1);
        ds[i] = ((ofDual[i] ?? 0) - (surplus[i] ?? 0) * change) / (dual[i] ?? 1);
      }
      return { du, da, dx, ds };
    };
    const longest = ({ da, dx, ds }: { da: Float64Array; dx: Float64Array; ds: Float64Array }): number => {
      let step = 1 / reach;
      const limit = (value: number, change: number): void => {
        if (change < 0) step = Math.min(step, value / -change);
      };
      for (const i of each) {
        limit(dual[i] ?? 0, da[i] ?? 0);
        limit(room[i] ?? 0, -(da[i] ?? 0));
        limit(slack[i] ?? 0, dx[i] ?? 0);
        limit(surplus[i] ?? 0, ds[i] ?? 0);
      }
      return Math.min(1, reach * step);
    };
    const targets = (aim: number, past?: { da: Float64Array; dx: Float64Array; ds: Float64Array }) => {
      const ofDual = zeros();
      const ofRoom = zeros();
      for (const i of each) {
        const bend = past?.da[i] ?? 0;
        ofDual[i] = aim - (dual[i] ?? 0) * (surplus[i] ?? 0) - bend * (past?.ds[i] ?? 0);
        ofRoom[i] = aim - (room[i] ?? 0) * (slack[i] ?? 0) + bend * (past?.dx[i] ?? 0);
      }
      return solve(ofDual, ofRoom);
    };
    const predicted = targets(0);
    if (predicted === undefined) return finish(best, least, tolerance, u, dual, iteration);
    const ahead = longest(predicted);
    let after = 0;
    for (const i of each) {
      const change = ahead * (predicted.da[i] ?? 0);
      after += ((dual[i] ?? 0) + change) * ((surplus[i] ?? 0) + ahead * (predicted.ds[i] ?? 0));
      after += ((room[i] ?? 0) - change) * ((slack[i] ?? 0) + ahead * (predicted.dx[i] ?? 0));
    }
    const centering = (after / products) ** 3;
    const step = targets((centering * products) / (2 * count), predicted);
    if (step === undefined) return finish(best, least, tolerance, u, dual, iteration);
    const length = longest(step);
    for (let j = 0; j < n; j += 1) u[j] = (u[j] ?? 0) + length * (step.du[j] ?? 0);
    for (const i of each) {
      const change = length * (step.da[i] ?? 0);
      dual[i] = (dual[i] ?? 0) + change;
      room[i] = (room[i] ?? 0) - change;
      slack[i] = (slack[i] ?? 0) + length * (step.dx[i] ?? 0);
      surplus[i] = (surplus[i] ?? 0) + length * (step.ds[i] ?? 0);
    }
    m = margins(problem, u);
  }
}

function finish(
  best: SvmPlane | undefined,
  least: number,
  tolerance: number,
  u: Float64Array,
  dual: Float64Array,
  iterations: number,
): SvmPlane {
  // What rounding leaves undone is less than this in all but hopeless cases.
  return { ...(best ?? { u, dual }), iterations, converged: least <= Math.max(tolerance, 1e-9) };
}
