/**
 * The d of least g·d + ½ dᵀ H d + Σⱼ λⱼ |uⱼ + dⱼ|: sweeps of coordinate descent
 *
 *   vⱼ ← S(Hⱼⱼ vⱼ − qⱼ, λⱼ) / Hⱼⱼ,    q = g + H (v − u),    S(z, λ) = sign(z) max(|z| − λ, 0)
 *
 * find which vⱼ are 0 and the signs of the others; then the linear system of those is solved and followed until the first sign changes.
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
  const n = g.length;
  const v = u.slice();
  const q = g.slice();
  const add = (j: number, change: number): void => {
    for (let k = 0, at = j * n; k < n; k += 1, at += 1) q[k] = (q[k] ?? 0) + change * (h[at] ?? 0);
  };
  const relax = (j: number): void => {
    const diagonal = h[j * n + j] ?? 0;
    if (!(diagonal > 0)) return;
    const old = v[j] ?? 0;
    const z = diagonal * old - (q[j] ?? 0);
    const next = (Math.sign(z) * Math.max(Math.abs(z) - (lambda[j] ?? 0), 0)) / diagonal;
    if (next === old) return;
    v[j] = next;
    add(j, next - old);
  };
  const far = (): number => {
    let most = 0;
    for (let j = 0; j < n; j += 1) most = Math.max(most, Math.abs(subgradient(q[j] ?? 0, v[j] ?? 0, lambda[j] ?? 0)));
    return most;
  };
  for (let round = 0; round < mostRounds; round += 1) {
    for (let j = 0; j < n; j += 1) relax(j);
    const free = Int32Array.from(v.keys()).filter((j) => v[j] !== 0 || lambda[j] === 0);
    for (let sweep = 1; sweep < sweeps; sweep += 1) for (const j of free) relax(j);
    // Every change of a sign takes one unknown out, so that this ends.
    for (let left = n; left > 0 && solveFree(w, h, q, v, lambda, add); left -= 1);
    if (far() <= enough) break;
  }
  return v.map((value, j) => value - (u[j] ?? 0));
}

/** One step on the system of the unknowns that are not 0, as far as no sign changes; whether one stood in the way, which is 0 then. */
function solveFree(
  w: Workspace,
  h: Float64Array,
  q: Float64Array,
  v: Float64Array,
  lambda: Float64Array,
  add: (j: number, change: number) => void,
): boolean {
  const n = v.length;
  const free = Int32Array.from(v.keys()).filter((j) => v[j] !== 0 || lambda[j] === 0);
  const m = free.length;
  if (m === 0) return false;
  const system = new Float64Array(m * m);
  free.forEach((i, a) => {
    free.forEach((j, b) => {
      system[a * m + b] = h[i * n + j] ?? 0;
    });
  });
  const slope = Float64Array.from(free, (j) => (q[j] ?? 0) + Math.sign(v[j] ?? 0) * (lambda[j] ?? 0));
  const e = newtonStep(w, system, slope);
  if (e === undefined) return false;
  let length = 1;
  let crossing = -1;
  free.forEach((j, a) => {
    const [from, by] = [v[j] ?? 0, e[a] ?? 0];
    if ((lambda[j] ?? 0) === 0 || from * (from + length * by) >= 0) return;
    length = -from / by;
    crossing = j;
  });
  free.forEach((j, a) => {
    const change = j === crossing ? -(v[j] ?? 0) : length * (e[a] ?? 0);
    v[j] = j === crossing ? 0 : (v[j] ?? 0) + change;
    if (change !== 0) add(j, change);
  });
  return crossing >= 0;
}
