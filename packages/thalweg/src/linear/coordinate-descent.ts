/**
 * Elastic net by coordinate descent:
 *
 *   minimise ½ ‖y − Xβ‖² + λ₁ ‖β‖₁ + ½ λ₂ ‖β‖²,     βⱼ ← S(xⱼᵀr + ‖xⱼ‖² βⱼ, λ₁) / (‖xⱼ‖² + λ₂),   S(z, λ) = sign(z) max(|z| − λ, 0)
 *
 * Sweeps over all columns alternate with sweeps over those that are not 0. It stops on the duality gap, an upper bound of how far the cost is above its
 * minimum. Friedman, Hastie and Tibshirani, J. Statistical Software 33 (2010); gap: Kim, Koh, Lustig, Boyd and Gorinevsky, IEEE JSTSP 1 (2007).
 */
import { withWorkspace } from "../runtime/kernels.js";

/** Xᵀ(y − Xβ) one element at a time, kept up while β changes. */
interface Correlations {
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

/** Columns up to which XᵀX is made: a step then costs as many operations as there are columns, not rows. */
const mostGramColumns = 4000;

/** For a row-major X of `columns`. */
export function correlationsOf(x: Float64Array, y: Float64Array, columns: number): Correlations {
  return columns <= Math.min(y.length, mostGramColumns) ? gramForm(x, y, columns) : residualForm(x, y, columns);
}

function gramForm(x: Float64Array, y: Float64Array, n: number): Correlations {
  const [gram, targets] = withWorkspace("float64", (w) => {
    const rows = w.load(x, y.length, n);
    const g = w.zeros(n, n);
    w.syrk(1, rows.transposed(), g);
    const q = w.zeros(n, 1);
    w.gemv(1, rows.transposed(), w.load(y, y.length, 1), q);
    const lower = w.read(g) as Float64Array;
    for (let i = 0; i < n; i += 1) for (let j = 0; j < i; j += 1) lower[j * n + i] = lower[i * n + j] ?? 0;
    return [lower, w.read(q) as Float64Array];
  });
  const total = y.reduce((sum, v) => sum + v * v, 0);
  const q = new Float64Array(n);
  const moved = (j: number, change: number): void => {
    for (let k = 0, at = j * n; k < n; k += 1, at += 1) q[k] = (q[k] ?? 0) - change * (gram[at] ?? 0);
  };
  return {
    columns: n,
    squares: Float64Array.from({ length: n }, (_, j) => gram[j * n + j] ?? 0),
    targets,
    total,
    restart(beta) {
      q.set(targets);
      beta.forEach((b, j) => {
        if (b !== 0) moved(j, b);
      });
    },
    at: (j) => q[j] ?? 0,
    moved,
    residual: (beta) => beta.reduce((sum, b, j) => sum - b * ((targets[j] ?? 0) + (q[j] ?? 0)), total),
  };
}

function residualForm(x: Float64Array, y: Float64Array, n: number): Correlations {
  const rows = y.length;
  const byColumn = new Float64Array(x.length);
  for (let i = 0; i < rows; i += 1) for (let j = 0; j < n; j += 1) byColumn[j * rows + i] = x[i * n + j] ?? 0;
  const r = y.slice();
  const product = (j: number, v: Float64Array): number => {
    let sum = 0;
    for (let i = 0, at = j * rows; i < rows; i += 1, at += 1) sum += (byColumn[at] ?? 0) * (v[i] ?? 0);
    return sum;
  };
  const moved = (j: number, change: number): void => {
    for (let i = 0, at = j * rows; i < rows; i += 1, at += 1) r[i] = (r[i] ?? 0) - change * (byColumn[at] ?? 0);
  };
  return {
    columns: n,
    squares: Float64Array.from({ length: n }, (_, j) => product(j, byColumn.subarray(j * rows, (j + 1) * rows))),
    targets: Float64Array.from({ length: n }, (_, j) => product(j, y)),
    total: y.reduce((sum, v) => sum + v * v, 0),
    restart(beta) {
      r.set(y);
      beta.forEach((b, j) => {
        if (b !== 0) moved(j, b);
      });
    },
    at: (j) => product(j, r),
    moved,
    residual: () => r.reduce((sum, v) => sum + v * v, 0),
  };
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
  { l1, l2 }: Penalties,
  { tolerance, maxSweeps }: { readonly tolerance: number; readonly maxSweeps: number },
): DescentResult {
  data.restart(beta);
  const enough = tolerance * data.total;
  const step = (j: number): number => {
    const [square, old] = [data.squares[j] ?? 0, beta[j] ?? 0];
    if (square === 0) return 0;
    const z = data.at(j) + square * old;
    const next = (Math.sign(z) * Math.max(Math.abs(z) - l1, 0)) / (square + l2);
    if (next === old) return 0;
    beta[j] = next;
    data.moved(j, next - old);
    return Math.abs(next - old) * Math.sqrt(square);
  };
  const root = Math.sqrt(data.total);
  let gap = gapOf(data, beta, { l1, l2 });
  let sweeps = 0;
  while (gap > enough && sweeps < maxSweeps) {
    let most = 0;
    for (let j = 0; j < data.columns; j += 1) most = Math.max(most, step(j));
    sweeps += 1;
    const active = Array.from(beta.keys()).filter((j) => beta[j] !== 0);
    const first = most;
    // The active columns are settled well below what the sweep over all of them moved.
    while (most > 0.01 * first && most > 1e-16 * root && sweeps < maxSweeps) {
      most = 0;
      for (const j of active) most = Math.max(most, step(j));
      sweeps += 1;
    }
    // Rounding collects in what was kept up.
    data.restart(beta);
    gap = gapOf(data, beta, { l1, l2 });
    if (first <= 1e-16 * root) break;
  }
  return { gap, converged: gap <= Math.max(enough, 1e-15 * data.total), sweeps };
}

/** Cost less the dual cost at the residual shrunk until it is feasible. */
function gapOf(data: Correlations, beta: Float64Array, { l1, l2 }: Penalties): number {
  const residual = Math.max(0, data.residual(beta));
  let [largest, ofY, lengths, squares] = [0, data.total, 0, 0];
  beta.forEach((b, j) => {
    largest = Math.max(largest, Math.abs(data.at(j) - l2 * b));
    ofY -= b * (data.targets[j] ?? 0);
    lengths += Math.abs(b);
    squares += b * b;
  });
  const shrink = largest > l1 ? l1 / largest : 1;
  return (
    0.5 * residual * (1 + shrink * shrink) + l1 * lengths - shrink * ofY + 0.5 * l2 * (1 + shrink * shrink) * squares
  );
}
