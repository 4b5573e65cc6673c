/**
 * BFGS and L-BFGS: the inverse of the second derivatives, learnt from steps s = x₊ − x and changes y = g₊ − g of the gradient.
 *
 *   H₊ = (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ,   ρ = 1 / yᵀs
 *
 * BFGS keeps H (8 n² bytes); L-BFGS the last m pairs (16 m n bytes), from which the two-loop recursion makes H g. Nocedal and Wright, Numerical
 * Optimization (2nd ed.), algorithms 6.1, 7.4 and 7.5.
 */
import { wholeAtLeast } from "../base/settings.js";
import type { VectorInput } from "../data/matrix.js";
import { type Direction, descend } from "./descend.js";
import { searchConstraint } from "./first-order.js";
import { type LineSearchOptions, settleLineSearch } from "./line-search.js";
import { type Objective, type Point, type Problem, readProblem } from "./problem.js";
import { type MinimizeResult, type StopOptions, settle } from "./result.js";
import { addScaled, difference, dot, negated, product } from "./vectors.js";

export interface BfgsOptions extends StopOptions {
  readonly lineSearch?: LineSearchOptions;
}

/** BFGS with a strong Wolfe search. Needs 8 n² bytes for n unknowns. */
export function bfgs(problem: Objective | Problem, start: VectorInput, options: BfgsOptions = {}): MinimizeResult {
  const op = "bfgs";
  const settings = settle<{ lineSearch: LineSearchOptions }>(
    op,
    options,
    { lineSearch: {} },
    { lineSearch: searchConstraint },
  );
  const search = settleLineSearch(op, settings.lineSearch);
  return descend(op, readProblem(op, problem), start, settings, "strong Wolfe", search, dense);
}

/**
 * How much larger H starts than yᵀs/yᵀy, which is about the inverse of the largest curvature. Steps along directions of less curvature are too short
 * with that, yet short enough for the Wolfe conditions, and it takes many of them to learn so; too large an H is put right by the first step along it
 * (M. Powell, Mathematical Programming 34, 1986).
 */
const ample = 10;

function dense(): Direction {
  let inverse: Float64Array | undefined;
  return {
    at: ({ gradient }) => negated(inverse === undefined ? gradient : product(inverse, gradient)),
    update(from, to) {
      const pair = pairOf(from, to);
      if (pair === undefined) return;
      const { s, y, rho } = pair;
      inverse ??= scaledIdentity(s.length, ample / (rho * dot(y, y)));
      updateInverse(inverse, s, y, rho);
    },
    reset() {
      inverse = undefined;
    },
    unitStep: true,
  };
}

function scaledIdentity(n: number, scale: number): Float64Array {
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) h[i * n + i] = scale;
  return h;
}

/** H ← H − ρ (s qᵀ + q sᵀ) + ρ (1 + ρ yᵀq) s sᵀ with q = H y */
function updateInverse(h: Float64Array, s: Float64Array, y: Float64Array, rho: number): void {
  const n = s.length;
  const q = product(h, y);
  const both = rho * (1 + rho * dot(y, q));
  for (let i = 0; i < n; i += 1) {
    const ofS = both * (s[i] ?? 0) - rho * (q[i] ?? 0);
    const ofQ = -rho * (s[i] ?? 0);
    for (let j = 0, at = i * n; j < n; j += 1, at += 1) h[at] = (h[at] ?? 0) + ofS * (s[j] ?? 0) + ofQ * (q[j] ?? 0);
  }
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/** Undefined where the curvature along the step is not clearly positive. */
function pairOf(from: Point, to: Point): Pair | undefined {
  const s = difference(to.x, from.x);
  const y = difference(to.gradient, from.gradient);
  const curvature = dot(s, y);
  return curvature > 1e-16 * dot(y, y) ? { s, y, rho: 1 / curvature } : undefined;
}

export interface LbfgsOptions extends StopOptions {
  /** Pairs that are kept. Default: 10. */
  readonly memory?: number;
  readonly lineSearch?: LineSearchOptions;
}

/** L-BFGS with a strong Wolfe search: BFGS for many unknowns. */
export function lbfgs(problem: Objective | Problem, start: VectorInput, options: LbfgsOptions = {}): MinimizeResult {
  const op = "lbfgs";
  const settings = settle<{ memory: number; lineSearch: LineSearchOptions }>(
    op,
    options,
    { memory: 10, lineSearch: {} },
    { memory: wholeAtLeast(1), lineSearch: searchConstraint },
  );
  const search = settleLineSearch(op, settings.lineSearch);
  return descend(op, readProblem(op, problem), start, settings, "strong Wolfe", search, () => limited(settings.memory));
}

function limited(memory: number): Direction {
  let pairs: Pair[] = [];
  return {
    at({ gradient }) {
      const q = negated(gradient);
      const newest = pairs.at(-1);
      if (newest === undefined) return q;
      const weights = new Float64Array(pairs.length);
      for (let k = pairs.length - 1; k >= 0; k -= 1) {
        const { s, y, rho } = pairs[k] ?? newest;
        weights[k] = rho * dot(s, q);
        addScaled(q, -(weights[k] ?? 0), y);
      }
      const scale = 1 / (newest.rho * dot(newest.y, newest.y));
      for (let i = 0; i < q.length; i += 1) q[i] = (q[i] ?? 0) * scale;
      pairs.forEach(({ s, y, rho }, k) => {
        addScaled(q, (weights[k] ?? 0) - rho * dot(y, q), s);
      });
      return q;
    },
    update(from, to) {
      const pair = pairOf(from, to);
      if (pair === undefined) return;
      if (pairs.length === memory) pairs.shift();
      pairs.push(pair);
    },
    reset() {
      pairs = [];
    },
    unitStep: true,
  };
}
