/**
 * The d of least g·d + ½ dᵀ H d + Σⱼ λⱼ |uⱼ + dⱼ|: sweeps of coordinate descent
 *
 *   vⱼ ← S(Hⱼⱼ vⱼ − qⱼ, λⱼ) / Hⱼⱼ,    q = g + H (v − u),    S(z, λ) = sign(z) max(|z| − λ, 0)
 *
 * find which vⱼ are 0 and the signs of the others; then the linear system of those is solved, and what changed its sign becomes 0, until nothing does.
 */
import type { Workspace } from "../runtime/kernels.js";
import { subgradient } from "./penalised-loss.js";
import { newtonStep } from "./weighted-gram.js";

/** Sweeps between solutions of the system. */
const sweeps = 5;
const mostRounds = 100;

/** To a largest derivative of `enough`. */
export function lassoStep(
  w: Workspace,
  h: Float64Array,
  g: Float64Array,
  u: Float64Array,
  lambda: Float64Array,
  enough: number,
): Float64Array {
  const model = new Faces(h, g, u, lambda);
  for (let round = 0; round < mostRounds; round += 1) {
    for (let j = 0; j < g.length; j += 1) model.relax(j);
    const free = model.free();
    for (let sweep = 1; sweep < sweeps; sweep += 1) for (const j of free) model.relax(j);
    // Every change of a sign takes an unknown out, so that this ends.
    for (let left = g.length; left > 0 && model.solve(w); left -= 1);
    if (model.far() <= enough) break;
  }
  return model.v.map((value, j) => value - (u[j] ?? 0));
}

/** A point v and the derivatives q of the parabola there. */
class Faces {
  readonly v: Float64Array;
  readonly #q: Float64Array;
  readonly #h: Float64Array;
  readonly #lambda: Float64Array;

  constructor(h: Float64Array, g: Float64Array, u: Float64Array, lambda: Float64Array) {
    this.v = u.slice();
    this.#q = g.slice();
    this.#h = h;
    this.#lambda = lambda;
  }

  /** What is not 0, or not held to it. */
  free(): Int32Array {
    return Int32Array.from(this.v.keys()).filter((j) => this.v[j] !== 0 || this.#lambda[j] === 0);
  }

  /** The largest element of the smallest subgradient. */
  far(): number {
    return this.#q.reduce(
      (most, q, j) => Math.max(most, Math.abs(subgradient(q, this.v[j] ?? 0, this.#lambda[j] ?? 0))),
      0,
    );
  }

  /** To the minimum along one unknown. */
  relax(j: number): void {
    const diagonal = this.#h[j * (this.v.length + 1)] ?? 0;
    if (!(diagonal > 0)) return;
    const z = diagonal * (this.v[j] ?? 0) - (this.#q[j] ?? 0);
    this.#set(j, (Math.sign(z) * Math.max(Math.abs(z) - (this.#lambda[j] ?? 0), 0)) / diagonal);
  }

  /** To the minimum over the free unknowns with their signs, or where signs change on the way; whether they did, which are 0 then. */
  solve(w: Workspace): boolean {
    const free = this.free();
    const m = free.length;
    if (m === 0) return false;
    const system = new Float64Array(m * m);
    for (let a = 0; a < m; a += 1)
      for (let b = 0, from = (free[a] ?? 0) * this.v.length; b < m; b += 1)
        system[a * m + b] = this.#h[from + (free[b] ?? 0)] ?? 0;
    const slope = Float64Array.from(
      free,
      (j) => (this.#q[j] ?? 0) + Math.sign(this.v[j] ?? 0) * (this.#lambda[j] ?? 0),
    );
    const e = newtonStep(w, system, slope);
    if (e === undefined) return false;
    /** The part of the step at which each sign would change. */
    const ends = e.map((by, a) => {
      const j = free[a] ?? 0;
      const from = this.v[j] ?? 0;
      return this.#lambda[j] !== 0 && from * (from + by) < 0 ? -from / by : Infinity;
    });
    const first = ends.reduce((least, t) => Math.min(least, t), Infinity);
    if (first >= 1) {
      this.#move(free, e, 1, ends);
      return false;
    }
    const [v, q] = [this.v.slice(), this.#q.slice()];
    if (!(this.#move(free, e, 1, ends) < 0)) {
      this.v.set(v);
      this.#q.set(q);
      this.#move(free, e, first, ends);
    }
    return true;
  }

  /** By `length` of a step, to 0 where that is beyond the end; how much the cost changes. */
  #move(free: Int32Array, e: Float64Array, length: number, ends: Float64Array): number {
    const changes = e.map((by, a) => (length >= (ends[a] ?? 0) ? -(this.v[free[a] ?? 0] ?? 0) : length * by));
    const along = (): number => changes.reduce((sum, change, a) => sum + change * (this.#q[free[a] ?? 0] ?? 0), 0);
    const before = along();
    let sizes = 0;
    changes.forEach((change, a) => {
      const j = free[a] ?? 0;
      const from = this.v[j] ?? 0;
      const to = length >= (ends[a] ?? 0) ? 0 : from + change;
      sizes += (this.#lambda[j] ?? 0) * (Math.abs(to) - Math.abs(from));
      this.#set(j, to);
    });
    return (before + along()) / 2 + sizes;
  }

  #set(j: number, to: number): void {
    const change = to - (this.v[j] ?? 0);
    if (change === 0) return;
    this.v[j] = to;
    const [n, h, q] = [this.v.length, this.#h, this.#q];
    for (let k = 0, at = j * n; k < n; k += 1, at += 1) q[k] = (q[k] ?? 0) + change * (h[at] ?? 0);
  }
}
