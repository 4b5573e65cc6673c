/**
 * Elastic net by coordinate descent:
 *
 *   minimise ½ ‖y − Xβ‖² + λ₁ ‖β‖₁ + ½ λ₂ ‖β‖²,     βⱼ ← S(xⱼᵀr + ‖xⱼ‖² βⱼ, λ₁) / (‖xⱼ‖² + λ₂),   S(z, λ) = sign(z) max(|z| − λ, 0)
 *
 * Sweeps over a working set of columns alternate with sweeps over those of them that are not 0. It stops on the duality gap g, an upper bound of how far
 * the cost is above its minimum, by which also columns are left out for good that are 0 at the minimum:
 *
 *   s |xⱼᵀr − λ₂ βⱼ| + √(2 g (‖xⱼ‖² + λ₂)) < λ₁,   s shrinking the residual until it is feasible.
 *
 * Friedman, Hastie and Tibshirani, J. Statistical Software 33 (2010); gap: Kim, Koh, Lustig, Boyd and Gorinevsky, IEEE JSTSP 1 (2007); columns left out:
 * Fercoq, Gramfort and Salmon, ICML 2015; working sets: Massias, Gramfort and Salmon, ICML 2018.
 */
import { jumpToMinimum } from "./active-set.js";
import type { Correlations, Penalties } from "./correlations.js";

export interface DescentResult {
  /** How far the cost is above its minimum at most. */
  readonly gap: number;
  readonly converged: boolean;
  /** Sweeps, over all columns or the active ones. */
  readonly sweeps: number;
}

/** Columns of the first working set at least; each later one has at least twice as many as the one before. */
const leastWorking = 64;

/** Sweeps after which it jumps to the minimum for the active columns. */
const firstJump = 32;

/** Descends from `beta`, in place, until the gap is at most `tolerance`·‖y‖². */
export function coordinateDescent(
  data: Correlations,
  beta: Float64Array,
  penalties: Penalties,
  { tolerance, maxSweeps }: { readonly tolerance: number; readonly maxSweeps: number },
): DescentResult {
  const { l1, l2 } = penalties;
  const step = (j: number): number => {
    const [square, old] = [data.squares[j] ?? 0, beta[j] ?? 0];
    const z = data.at(j) + square * old;
    const next = (Math.sign(z) * Math.max(Math.abs(z) - l1, 0)) / (square + l2);
    if (next === old) return 0;
    beta[j] = next;
    data.moved(j, next - old);
    return Math.abs(next - old) * Math.sqrt(square);
  };
  const enough = tolerance * data.total;
  /** What moves less changes no digit of the predictions. */
  let still = 0;
  let sweeps = 0;
  const sweep = (columns: Int32Array): number => {
    let most = 0;
    for (const j of columns) most = Math.max(most, step(j));
    sweeps += 1;
    return most;
  };
  let nextJump = firstJump;
  /** One sweep over the columns, and as many over the active ones as it takes to settle them well below what it moved; what it moved. */
  const settle = (columns: Int32Array): number => {
    still = 5e-16 * sizeOfParts(data, beta);
    const first = sweep(columns);
    const active = columns.filter((j) => beta[j] !== 0);
    let most = first;
    while (most > 0.01 * first && most > still && sweeps < maxSweeps) {
      if (sweeps >= nextJump) {
        nextJump = jumpToMinimum(data, beta, penalties) ? sweeps + firstJump : Infinity;
        data.restart(beta);
      }
      most = sweep(active);
    }
    // Rounding collects in what was kept up.
    data.restart(beta);
    return first;
  };
  data.restart(beta);
  let columns = Int32Array.from(beta.keys()).filter((j) => (data.squares[j] ?? 0) > 0);
  let least = leastWorking;
  let stopped = false;
  for (;;) {
    const correlations = data.all();
    const { gap, shrink } = gapOf(data, correlations, columns, beta, penalties);
    const rounding = Math.max(1e-15, Math.min(roundingOf(data, beta, l1), stopped ? 1e-6 : 1e-9)) * data.total;
    const converged = gap <= Math.max(enough, rounding);
    if (!(gap > enough) || converged || stopped || sweeps >= maxSweeps) return { gap, converged, sweeps };
    const reach = Math.sqrt(2 * (gap + 1e-14 * data.total));
    const kept = columns.filter((j) => {
      const size = Math.sqrt((data.squares[j] ?? 0) + l2);
      return !(shrink * Math.abs((correlations[j] ?? 0) - l2 * (beta[j] ?? 0)) + reach * size < l1);
    });
    const working = data.costly ? workingSet(kept, correlations, beta, least) : kept;
    least = 2 * working.length;
    if (kept.length < columns.length) leaveOut(data, columns, kept, beta);
    columns = kept;
    stopped = settle(working) <= still;
    if (working.length === kept.length) continue;
    while (!stopped && sweeps < maxSweeps) {
      const inside = Float64Array.from(beta.keys(), () => 0);
      for (const j of working) inside[j] = data.at(j);
      if (gapOf(data, inside, working, beta, penalties).gap <= 0.3 * enough) break;
      stopped = settle(working) <= still;
    }
    // That nothing moves any more says nothing of the columns outside.
    stopped = false;
  }
}

/** ‖y‖ and the ‖xⱼ βⱼ‖ that the predictions are made of, together: the residual is exact to that times epsilon. */
function sizeOfParts({ squares, total }: Correlations, beta: Float64Array): number {
  return beta.reduce((sum, b, j) => sum + Math.abs(b) * Math.sqrt(squares[j] ?? 0), Math.sqrt(total));
}

/**
 * How large a gap may come from rounding alone, as part of ‖y‖²: correlations are differences of numbers of up to ‖xⱼ‖ times those parts, and by as much,
 * relative to λ₁, the dual cost is off.
 */
function roundingOf(data: Correlations, beta: Float64Array, l1: number): number {
  // Targets that do not vary: nothing is rounded, and no part of 0 is anything.
  if (data.total === 0) return 0;
  const size = Math.sqrt(data.squares.reduce((most, v) => Math.max(most, v), 0));
  const part = sizeOfParts(data, beta);
  return Math.max((1e-15 * size * part) / l1, (1e-15 * part * part) / data.total);
}

/** The active columns and those that are nearest to it, `least` or twice the active ones together; all, where that is not far from it. */
function workingSet(columns: Int32Array, correlations: Float64Array, beta: Float64Array, least: number): Int32Array {
  const active = columns.reduce((n, j) => n + (beta[j] === 0 ? 0 : 1), 0);
  const count = Math.max(least, 2 * active);
  if (2 * count >= columns.length) return columns;
  const sizes = Float64Array.from(columns, (j) => Math.abs(correlations[j] ?? 0)).sort();
  const limit = sizes[sizes.length - count] ?? 0;
  return columns.filter((j) => beta[j] !== 0 || Math.abs(correlations[j] ?? 0) >= limit);
}

/** Sets the coefficients of columns that are not kept to 0. */
function leaveOut(data: Correlations, columns: Int32Array, kept: Int32Array, beta: Float64Array): void {
  let at = 0;
  for (const j of columns) {
    if (kept[at] === j) {
      at += 1;
      continue;
    }
    const old = beta[j] ?? 0;
    if (old === 0) continue;
    beta[j] = 0;
    data.moved(j, -old);
  }
}

/** Cost less the dual cost at the residual shrunk until it is feasible for these columns; the others are 0 at the minimum. */
function gapOf(
  data: Correlations,
  correlations: Float64Array,
  columns: Int32Array,
  beta: Float64Array,
  { l1, l2 }: Penalties,
): { readonly gap: number; readonly shrink: number } {
  const residual = Math.max(0, data.residual(beta));
  let [largest, ofY, lengths, squares] = [0, data.total, 0, 0];
  for (const j of columns) {
    const b = beta[j] ?? 0;
    largest = Math.max(largest, Math.abs((correlations[j] ?? 0) - l2 * b));
    ofY -= b * (data.targets[j] ?? 0);
    lengths += Math.abs(b);
    squares += b * b;
  }
  const shrink = largest > l1 ? l1 / largest : 1;
  const cost = 0.5 * (residual + l2 * squares) * (1 + shrink * shrink) + l1 * lengths;
  return { gap: cost - shrink * ofY, shrink };
}
