/**
 * Trust region: the model f + gᵀp + ½ pᵀH p is trusted within ‖p‖ ≤ Δ; Δ follows how well it foretold. The step comes from conjugate gradients
 * that end at the border or where the curvature is not positive (Steihaug, SIAM J. Numer. Anal. 20, 1983), so that only products H v are needed.
 * Nocedal and Wright, Numerical Optimization (2nd ed.), algorithms 4.1 and 7.2.
 */
import { UserError } from "../base/errors.js";
import { strictlyBetween } from "../base/settings.js";
import type { VectorInput } from "../data/matrix.js";
import { Evaluator, type Point, type Problem, readProblem } from "./problem.js";
import { type MinimizeResult, Progress, positive, type StopOptions, settle } from "./result.js";
import { addScaled, along, dot, negated, norm, product } from "./vectors.js";

export interface TrustRegionOptions extends StopOptions {
  /** Default: 1. */
  readonly initialRadius?: number;
  /** Default: 1000. */
  readonly maxRadius?: number;
  /** A step is taken if the value falls by more than this part of what the model says. Default: 0.1. */
  readonly acceptance?: number;
}

type Product = (v: Float64Array) => Float64Array;

/**
 * Newton's method within a trust region. Needs `hessianProduct` or `hessian`: `tensorProblem(fn)` has both.
 *
 * @throws UserError for a problem without either.
 */
export function trustRegion(problem: Problem, start: VectorInput, options: TrustRegionOptions = {}): MinimizeResult {
  const op = "trustRegion";
  const settings = settle<{ initialRadius: number; maxRadius: number; acceptance: number }>(
    op,
    options,
    { initialRadius: 1, maxRadius: 1000, acceptance: 0.1 },
    { initialRadius: positive, maxRadius: positive, acceptance: strictlyBetween(0, 0.25) },
  );
  const given = readProblem(op, problem);
  if (given.hessianProduct === undefined && given.hessian === undefined)
    throw new UserError(
      `${op}: the problem has neither hessianProduct nor hessian; give one, use tensorProblem, or choose lbfgs, which needs none`,
    );
  const evaluate = new Evaluator(given.objective);
  const progress = new Progress(settings, evaluate.start(op, start));
  let radius = Math.min(settings.initialRadius, settings.maxRadius);
  let times = productAt(given, progress.point, progress);
  for (;;) {
    const halt = progress.before() ?? (evaluate.count >= settings.maxEvaluations ? "evaluations" : undefined);
    if (halt !== undefined) return progress.finish(halt);
    const { point } = progress;
    const { p, foretold } = steihaug(times, point.gradient, radius);
    if (!Number.isFinite(foretold)) return progress.finish("hessian");
    const next = evaluate.at(along(point.x, 1, p));
    const length = norm(p);
    const ratio = agreement(point, next, foretold, p);
    if (!(ratio >= 0.25)) radius = 0.25 * Math.min(length, radius);
    else if (ratio > 0.75 && length > 0.99 * radius) radius = Math.min(2 * radius, settings.maxRadius);
    if (ratio > settings.acceptance) {
      const stop = progress.advance(next, length, evaluate.count);
      if (stop !== undefined) return progress.finish(stop);
      times = productAt(given, next, progress);
    } else if (radius <= 1e-15 * Math.max(1, norm(point.x))) return progress.finish("trust region");
  }
}

/** The fall of the value over that foretold; within rounding, by the gradients: ½ (g + g₊)ᵀ p is the change of a parabola. NaN for no value. */
function agreement(from: Point, to: Point, foretold: number, p: Float64Array): number {
  if (!Number.isFinite(to.value) || !to.gradient.every(Number.isFinite)) return Number.NaN;
  const fall = from.value - to.value;
  const rounding = 1e-14 * Math.abs(from.value);
  if (Math.abs(fall) > rounding || foretold > 100 * rounding) return fall / foretold;
  return (-0.5 * (dot(from.gradient, p) + dot(to.gradient, p))) / foretold;
}

function productAt({ hessian, hessianProduct }: Problem, { x }: Point, progress: Progress): Product {
  if (hessianProduct !== undefined)
    return (v) => {
      const result = new Float64Array(v.length);
      hessianProduct(x, v, result);
      progress.hessianEvaluations += 1;
      return result;
    };
  const matrix = new Float64Array(x.length ** 2);
  hessian?.(x, matrix);
  progress.hessianEvaluations += 1;
  return (v) => product(matrix, v);
}

interface Step {
  readonly p: Float64Array;
  /** By how much the model says that the value falls. */
  readonly foretold: number;
}

/** Minimises the model within the radius, approximately. */
function steihaug(times: Product, gradient: Float64Array, radius: number): Step {
  const n = gradient.length;
  const p = new Float64Array(n);
  /** H p, kept along. */
  const hp = new Float64Array(n);
  const r = gradient.slice();
  let d = negated(r);
  const first = norm(r);
  const tolerance = Math.min(0.5, Math.sqrt(first)) * first;
  const step = (): Step => ({ p, foretold: -(dot(gradient, p) + 0.5 * dot(p, hp)) });
  for (let k = 0; k < 2 * n + 20; k += 1) {
    const hd = times(d);
    const curvature = dot(d, hd);
    const squared = dot(r, r);
    const alpha = squared / curvature;
    if (!(curvature > 0) || norm(along(p, alpha, d)) >= radius) {
      const tau = toBorder(p, d, radius);
      addScaled(p, tau, d);
      addScaled(hp, tau, hd);
      return step();
    }
    addScaled(p, alpha, d);
    addScaled(hp, alpha, hd);
    addScaled(r, alpha, hd);
    if (norm(r) <= tolerance) return step();
    const next = negated(r);
    addScaled(next, dot(r, r) / squared, d);
    d = next;
  }
  return step();
}

/** The τ ≥ 0 with ‖p + τ d‖ = radius. */
function toBorder(p: Float64Array, d: Float64Array, radius: number): number {
  const [dd, pd] = [dot(d, d), dot(p, d)];
  const room = Math.max(0, radius * radius - dot(p, p));
  const root = Math.sqrt(pd * pd + dd * room);
  return pd > 0 ? room / (pd + root) : (root - pd) / dd;
}
