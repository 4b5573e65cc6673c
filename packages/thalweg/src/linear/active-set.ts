/**
 * The minimum of the elastic net's cost for given active columns A and signs s of their coefficients,
 *
 *   (G_AA + λ₂ I) β_A = (Xᵀy)_A − λ₁ s,
 *
 * which is that of the whole cost once A and s are right, however slowly descents by coordinates converge: columns that go together make them slow.
 * Where the system is singular, columns that are twins say, a little of the distance from where β is now joins the cost (the proximal point method:
 * Rockafellar, SIAM J. Control and Optimization 14 (1976)), and what does not change the predictions stays as it is.
 * Osborne, Presnell and Turlach, IMA J. Numerical Analysis 20 (2000).
 */
import { factorCholesky, solveCholesky } from "../linalg/cholesky/compute.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Correlations, Penalties } from "./correlations.js";

/** Active columns up to which the system is solved. */
const mostActive = 1000;
/** Of the scaled system: below that it counts as singular, and by so much of the distance it is made regular. */
const [leastPivot, nearness] = [1e-13, 1e-9];

/** Multiplications and additions of the jumps in a row, and their number at least. */
const [mostWork, leastJumps] = [3e8, 4];

/**
 * Changes β to that minimum, or, where signs would change on the way, to where some coefficients become 0 and on from there, for as long as it is not too much work. The
 * cost falls in either case. Whether there was anything that could be done.
 */
export function jumpToMinimum(data: Correlations, beta: Float64Array, penalties: Penalties): boolean {
  for (let work = 0, jumps = 0; work < mostWork || jumps < leastJumps; jumps += 1) {
    const active = Int32Array.from(beta.keys()).filter((j) => beta[j] !== 0);
    const count = active.length;
    work += count ** 3;
    if (count > mostActive) return false;
    if (count === 0) return true;
    const gram = data.gramOf(active);
    const due =
      solveActive(gram, data.targets, active, beta, penalties, 0) ??
      solveActive(gram, data.targets, active, beta, penalties, nearness);
    if (due === undefined) return false;
    if (active.every((j, a) => Math.sign(due[a] ?? 0) === Math.sign(beta[j] ?? 0))) {
      active.forEach((j, a) => {
        beta[j] = due[a] ?? 0;
      });
      return true;
    }
    goTowards(data, active, due, beta, penalties);
  }
  return true;
}

/** With all coefficients 0 that would change their sign, if that costs less than where β is, else only until the first of them is 0. */
function goTowards(
  data: Correlations,
  active: Int32Array,
  due: Float64Array,
  beta: Float64Array,
  penalties: Penalties,
): void {
  const before = costOf(data, beta, penalties);
  const start = beta.slice();
  let [way, first] = [1, -1];
  active.forEach((j, a) => {
    const [from, to] = [start[j] ?? 0, due[a] ?? 0];
    if (Math.sign(to) === Math.sign(from)) {
      beta[j] = to;
      return;
    }
    beta[j] = 0;
    const part = from / (from - to);
    if (part < way || first < 0) [way, first] = [part, j];
  });
  if (costOf(data, beta, penalties) < before) return;
  active.forEach((j, a) => {
    const from = start[j] ?? 0;
    beta[j] = j === first ? 0 : from + way * ((due[a] ?? 0) - from);
  });
}

function costOf(data: Correlations, beta: Float64Array, { l1, l2 }: Penalties): number {
  data.restart(beta);
  let [lengths, squares] = [0, 0];
  for (const b of beta) {
    lengths += Math.abs(b);
    squares += b * b;
  }
  return 0.5 * (data.residual(beta) + l2 * squares) + l1 * lengths;
}

function solveActive(
  gram: Float64Array,
  targets: Float64Array,
  active: Int32Array,
  beta: Float64Array,
  { l1, l2 }: Penalties,
  near: number,
): Float64Array | undefined {
  const count = active.length;
  // scaled to a unit diagonal, which costs no digit where columns are of different size
  const scales = Float64Array.from(active, (_, a) => Math.sqrt((gram[a * count + a] ?? 0) + l2));
  const system = gram.map((v, k) => {
    const [a, b] = [Math.floor(k / count), k % count];
    return (v + (a === b ? l2 : 0)) / ((scales[a] ?? 1) * (scales[b] ?? 1)) + (a === b ? near : 0);
  });
  const right = Float64Array.from(
    active,
    (j, a) =>
      ((targets[j] ?? 0) - l1 * Math.sign(beta[j] ?? 0)) / (scales[a] ?? 1) + near * (scales[a] ?? 1) * (beta[j] ?? 0),
  );
  return withWorkspace("float64", (w) => {
    const factor = w.load(system, count, count);
    if (factorCholesky(w, factor) !== undefined) return undefined;
    if (near === 0 && w.values(factor.diagonal()).some((v) => v * v < leastPivot)) return undefined;
    const x = w.load(right, count, 1);
    solveCholesky(w, factor, x);
    const result = (w.read(x) as Float64Array).map((v, a) => v / (scales[a] ?? 1));
    return result.every(Number.isFinite) ? result : undefined;
  });
}
