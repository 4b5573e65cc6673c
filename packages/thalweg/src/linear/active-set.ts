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

/**
 * Changes β to that minimum ("there"), or as far towards it as no sign changes, where one coefficient becomes 0 ("on the way"): the cost falls in either case.
 * "impossible" without XᵀX, or where the numbers leave their range.
 */
export function jumpToMinimum(
  { gram, columns: n, targets }: Correlations,
  beta: Float64Array,
  { l1, l2 }: Penalties,
): "there" | "on the way" | "impossible" {
  const active = Int32Array.from(beta.keys()).filter((j) => beta[j] !== 0);
  const count = active.length;
  if (gram === undefined || count > mostActive) return "impossible";
  if (count === 0) return "there";
  const due =
    solveActive(gram, n, targets, active, beta, { l1, l2 }, 0) ??
    solveActive(gram, n, targets, active, beta, { l1, l2 }, nearness);
  if (due === undefined) return "impossible";
  let [way, first] = [1, -1];
  active.forEach((j, a) => {
    const [from, to] = [beta[j] ?? 0, due[a] ?? 0];
    if (Math.sign(to) === Math.sign(from)) return;
    const part = from / (from - to);
    if (part < way || first < 0) [way, first] = [part, a];
  });
  active.forEach((j, a) => {
    const from = beta[j] ?? 0;
    beta[j] = first < 0 ? (due[a] ?? 0) : a === first ? 0 : from + way * ((due[a] ?? 0) - from);
  });
  return first < 0 ? "there" : "on the way";
}

function solveActive(
  gram: Float64Array,
  n: number,
  targets: Float64Array,
  active: Int32Array,
  beta: Float64Array,
  { l1, l2 }: Penalties,
  near: number,
): Float64Array | undefined {
  const count = active.length;
  // scaled to a unit diagonal, which costs no digit where columns are of different size
  const scales = Float64Array.from(active, (j) => Math.sqrt((gram[j * n + j] ?? 0) + l2));
  const system = new Float64Array(count * count);
  active.forEach((i, a) => {
    active.forEach((j, b) => {
      const value = (gram[i * n + j] ?? 0) + (i === j ? l2 : 0);
      system[a * count + b] = value / ((scales[a] ?? 1) * (scales[b] ?? 1)) + (i === j ? near : 0);
    });
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
