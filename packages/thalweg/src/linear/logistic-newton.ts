/**
 * Newton's method, and with λ₁ proximal Newton: each step goes to the minimum of
 *
 *   g·d + ½ dᵀ H d + Σⱼ λ₁ⱼ |uⱼ + dⱼ|
 *
 * and is halved until it lowers the cost. Lee, Sun and Saunders, SIAM J. Optim. 24 (2014); Friedman, Hastie and Tibshirani, J. Statistical Software 33
 * (2010). With many unknowns under λ₁ a step moves a working set of columns, those that are not 0 or whose derivative says they should not be.
 */
import type { Workspace } from "../runtime/kernels.js";
import { lassoStep } from "./lasso-step.js";
import type { LogisticLoss } from "./logistic-objective.js";
import { type PenalisedLoss, penaltyOf, type Solved, type SolverSettings, subgradient } from "./penalised-loss.js";
import { newtonStep } from "./weighted-gram.js";

/** Unknowns up to which a step moves them all. */
const mostAtOnce = 400;
/** Steps without progress after which rounding is taken to have ended it; the derivative beside Σw that passes then. */
const patience = 12;
const rounded = 1e-7;
const endedByRounding = "rounding ended the descent before the minimum";
/** Steps taken beyond the tolerance at most. */
const polishing = 2;

/** From 0, or from a point that another method came to. */
export function newtonSolver(
  w: Workspace,
  problem: PenalisedLoss,
  { tolerance, maxIterations }: SolverSettings,
  start?: Float64Array,
): Solved {
  const { loss, l1, l2 } = problem;
  const { size, rows } = loss;
  const total = rows.totalWeight;
  const held = l1.some((v) => v > 0) || l2.some((v) => v > 0);
  const sparse = l1.some((v) => v > 0);
  const u = start?.slice() ?? new Float64Array(size);
  const gradient = new Float64Array(size);
  let point = loss.evaluate(u, gradient);
  let cost = point.loss + penaltyOf(problem, u);
  let evaluations = 1;
  let chosen: Int32Array | undefined;
  let within = 0;
  let [nearest, lowest, progress] = [Infinity, Infinity, 0];
  const smooth = (j: number): number => (gradient[j] ?? 0) + (l2[j] ?? 0) * (u[j] ?? 0);
  const distance = (): number => {
    let most = 0;
    for (let j = 0; j < size; j += 1) most = Math.max(most, Math.abs(subgradient(smooth(j), u[j] ?? 0, l1[j] ?? 0)));
    return most;
  };
  const finish = (converged: boolean, iterations: number, why: Pick<Solved, "separated" | "message"> = {}): Solved => {
    return { u, cost, iterations, evaluations, gradient: distance() / total, converged, ...why };
  };

  for (let iteration = 0; ; iteration += 1) {
    const far = distance();
    if (!held && point.margin > 0 && iteration > 0) return finish(false, iteration, { separated: "wholly" });
    if (sparse && size > mostAtOnce) chosen = workingSet(problem, u, smooth, chosen);
    const places = placesOf(loss, chosen);
    const h = loss.hessian(chosen);
    const n = places.length;
    places.forEach((j, at) => {
      h[at * n + at] = (h[at * n + at] ?? 0) + (l2[j] ?? 0);
    });
    pin(loss, h, chosen?.length ?? rows.columns, held);
    const g = Float64Array.from(places, smooth);
    const step = sparse
      ? lassoStep(
          w,
          h,
          g,
          take(u, places),
          take(l1, places),
          Math.max(far * Math.min(0.1, far / total), 1e-3 * tolerance * total),
        )
      : newtonStep(w, h, g);
    if (step === undefined) return finish(false, iteration, { message: "the second derivatives are singular" });
    const d = new Float64Array(size);
    places.forEach((j, at) => {
      d[j] = step[at] ?? 0;
    });
    const length = maxAbs(d);
    within = far <= tolerance * total ? within + 1 : 0;
    if (within > 0) {
      // Where there is no minimum steps go on moving rows; next to one they change nothing, but for directions in which the cost is all but flat.
      if (!held && loss.largestScore(d) > 0.1) return finish(false, iteration, { separated: "partly" });
      if (within > polishing || length <= 1e-7 * Math.max(1, maxAbs(u))) return finish(true, iteration);
    }
    if (iteration === maxIterations)
      return finish(far <= tolerance * total, iteration, { message: `not converged after ${iteration} iterations` });
    const expected = places.reduce((sum, j, at) => {
      const [from, to] = [u[j] ?? 0, (u[j] ?? 0) + (step[at] ?? 0)];
      return sum + (g[at] ?? 0) * (step[at] ?? 0) + (l1[j] ?? 0) * (Math.abs(to) - Math.abs(from));
    }, 0);
    // Within rounding of the minimum steps lower the cost no more, nor does the derivative fall.
    if (far < 0.9 * nearest || cost < lowest - 1e-13 * Math.abs(lowest)) progress = iteration;
    [nearest, lowest] = [Math.min(nearest, far), Math.min(lowest, cost)];
    if (iteration - progress > patience)
      return finish(far <= Math.max(tolerance, rounded) * total, iteration, { message: endedByRounding });
    const before = u.slice();
    let moved = false;
    for (let t = 1; t > 1e-10; t /= 2) {
      for (let j = 0; j < size; j += 1) u[j] = (before[j] ?? 0) + t * (d[j] ?? 0);
      point = loss.evaluate(u, gradient);
      evaluations += 1;
      const next = point.loss + penaltyOf(problem, u);
      if (next <= cost + 1e-4 * t * expected + 1e-14 * Math.abs(cost)) {
        cost = next;
        moved = true;
        break;
      }
    }
    // Within rounding of the minimum nothing lowers the cost, and steps no longer bring the derivative down.
    if (!moved || (-expected <= 1e-15 * Math.abs(cost) && distance() >= 0.5 * far)) {
      if (!moved) {
        u.set(before);
        loss.evaluate(u, gradient);
      }
      return finish(distance() <= Math.max(tolerance, rounded) * total, iteration + 1, { message: endedByRounding });
    }
  }
}

/** Whether at u, where the gradient is all but 0, Newton's step still moves a row: then there is no minimum near. */
export function stillMoving(w: Workspace, { loss }: PenalisedLoss, u: Float64Array): boolean {
  const gradient = new Float64Array(loss.size);
  loss.evaluate(u, gradient);
  const h = loss.hessian();
  pin(loss, h, loss.rows.columns, false);
  const step = newtonStep(w, h, gradient);
  return step === undefined || loss.largestScore(step) > 0.1;
}

/** Positions of unknowns of the chosen columns, in the order of `hessian`. */
function placesOf({ scores, width, size, intercept, rows }: LogisticLoss, chosen: Int32Array | undefined): Int32Array {
  if (chosen === undefined) return Int32Array.from({ length: size }, (_, k) => k);
  const inner = chosen.length + (intercept ? 1 : 0);
  return Int32Array.from(
    { length: scores * inner },
    (_, k) => Math.floor(k / inner) * width + (chosen[k % inner] ?? rows.columns),
  );
}

/** Columns that are not 0, and of the others those whose derivative is the furthest beyond λ₁; the set before, where it still holds them all. */
function workingSet(
  { loss, l1 }: PenalisedLoss,
  u: Float64Array,
  smooth: (j: number) => number,
  before: Int32Array | undefined,
): Int32Array {
  const { columns } = loss.rows;
  const beyond = new Float64Array(columns);
  const used = new Set<number>();
  for (let k = 0; k < loss.scores; k += 1)
    for (let j = 0; j < columns; j += 1) {
      const at = k * loss.width + j;
      if (u[at] !== 0) used.add(j);
      beyond[j] = Math.max(beyond[j] ?? 0, Math.abs(smooth(at)) - (l1[at] ?? 0));
    }
  const wanted = [...beyond.keys()].filter((j) => used.has(j) || (beyond[j] ?? 0) > 0);
  const known = new Set(before ?? []);
  if (before !== undefined && wanted.every((j) => known.has(j))) return before;
  const room = Math.max(20, used.size);
  const entering = wanted
    .filter((j) => !used.has(j))
    .sort((a, b) => (beyond[b] ?? 0) - (beyond[a] ?? 0))
    .slice(0, room);
  return Int32Array.from([...used, ...entering]).sort();
}

/**
 * With more than two classes the loss stays the same when one number is added to all scores, so that H is singular along it: adding the same to
 * each class there changes no step, because the gradient has no part in that direction.
 */
function pin({ scores, intercept }: LogisticLoss, h: Float64Array, columns: number, held: boolean): void {
  if (scores === 1) return;
  const width = columns + (intercept ? 1 : 0);
  const size = scores * width;
  for (let j = held ? columns : 0; j < width; j += 1) {
    let sum = 0;
    for (let k = 0; k < scores; k += 1) sum += h[(k * width + j) * (size + 1)] ?? 0;
    for (let k = 0; k < scores; k += 1)
      for (let l = 0; l < scores; l += 1) {
        const at = (k * width + j) * size + l * width + j;
        h[at] = (h[at] ?? 0) + sum / (scores * scores);
      }
  }
}

function take(values: Float64Array, places: Int32Array): Float64Array {
  return Float64Array.from(places, (j) => values[j] ?? 0);
}

function maxAbs(values: Float64Array): number {
  return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}
