/**
 * Elastic net by coordinate descent:
 *
 *   minimise ½ ‖y − Xβ‖² + λ₁ ‖β‖₁ + ½ λ₂ ‖β‖²,     βⱼ ← S(xⱼᵀr + ‖xⱼ‖² βⱼ, λ₁) / (‖xⱼ‖² + λ₂),   S(z, λ) = sign(z) max(|z| − λ, 0)
 *
 * Sweeps over all columns that may matter alternate with sweeps over those that are not 0. It stops on the duality gap g, an upper bound of how far the
 * cost is above its minimum, by which also columns are left out for good that are 0 at the minimum:
 *
 *   s |xⱼᵀr − λ₂ βⱼ| + √(2 g (‖xⱼ‖² + λ₂)) < λ₁,   s shrinking the residual until it is feasible.
 *
 * Friedman, Hastie and Tibshirani, J. Statistical Software 33 (2010); gap: Kim, Koh, Lustig, Boyd and Gorinevsky, IEEE JSTSP 1 (2007); columns left out:
 * Fercoq, Gramfort and Salmon, ICML 2015.
 */
/** Xᵀ(y − Xβ) one element at a time, kept up while β changes. */
export interface Correlations {
  readonly columns: number;
  /** ‖xⱼ‖² */
  readonly squares: Float64Array;
  /** Xᵀy */
  readonly targets: Float64Array;
  /** ‖y‖² */
  readonly total: number;
  /** Starts over from β. */
  restart(beta: Float64Array): void;
  /** xⱼᵀ(y − Xβ) */
  at(j: number): number;
  /** βⱼ changed by `change`. */
  moved(j: number, change: number): void;
  /** ‖y − Xβ‖² */
  residual(beta: Float64Array): number;
}

export interface Penalties {
  readonly l1: number;
  readonly l2: number;
}

export interface DescentResult {
  /** How far the cost is above its minimum at most. */
  readonly gap: number;
  readonly converged: boolean;
  /** Sweeps, over all columns or the active ones. */
  readonly sweeps: number;
}

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
  data.restart(beta);
  const enough = tolerance * data.total;
  const root = Math.sqrt(data.total);
  let columns = Int32Array.from(beta.keys()).filter((j) => (data.squares[j] ?? 0) > 0);
  let { gap, shrink } = gapOf(data, columns, beta, penalties);
  let sweeps = 0;
  while (gap > enough && sweeps < maxSweeps) {
    const reach = Math.sqrt(2 * (gap + 1e-14 * data.total));
    columns = columns.filter((j) => {
      const size = Math.sqrt((data.squares[j] ?? 0) + l2);
      const old = beta[j] ?? 0;
      const kept = !(shrink * Math.abs(data.at(j) - l2 * old) + reach * size < l1);
      if (!kept && old !== 0) {
        beta[j] = 0;
        data.moved(j, -old);
      }
      return kept;
    });
    let most = 0;
    for (const j of columns) most = Math.max(most, step(j));
    sweeps += 1;
    const active = columns.filter((j) => beta[j] !== 0);
    const first = most;
    // The active columns are settled well below what the sweep over all of them moved.
    while (most > 0.01 * first && most > 1e-16 * root && sweeps < maxSweeps) {
      most = 0;
      for (const j of active) most = Math.max(most, step(j));
      sweeps += 1;
    }
    // Rounding collects in what was kept up.
    data.restart(beta);
    ({ gap, shrink } = gapOf(data, columns, beta, penalties));
    if (first <= 1e-16 * root) break;
  }
  return { gap, converged: gap <= Math.max(enough, 1e-15 * data.total), sweeps };
}

/** Cost less the dual cost at the residual shrunk until it is feasible for these columns; the others are 0 at the minimum. */
function gapOf(
  data: Correlations,
  columns: Int32Array,
  beta: Float64Array,
  { l1, l2 }: Penalties,
): { readonly gap: number; readonly shrink: number } {
  const residual = Math.max(0, data.residual(beta));
  let [largest, ofY, lengths, squares] = [0, data.total, 0, 0];
  for (const j of columns) {
    const b = beta[j] ?? 0;
    largest = Math.max(largest, Math.abs(data.at(j) - l2 * b));
    ofY -= b * (data.targets[j] ?? 0);
    lengths += Math.abs(b);
    squares += b * b;
  }
  const shrink = largest > l1 ? l1 / largest : 1;
  const cost = 0.5 * (residual + l2 * squares) * (1 + shrink * shrink) + l1 * lengths;
  return { gap: cost - shrink * ofY, shrink };
}
