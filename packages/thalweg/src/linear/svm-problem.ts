/**
 * One plane of a linear support vector machine, in scaled unknowns: with sides sᵢ = ±1, margins mᵢ = sᵢ x̂ᵢ·u and costs cᵢ ≥ 0
 *
 *   P(u) = R(u) + Σᵢ cᵢ lossᵢ,    loss = max(0, 1 − m), or its square,    R(u) = ½ Σⱼ λⱼ uⱼ² + ½ κ (b̃ − Σⱼ μⱼ uⱼ)²
 *
 * Columns are centred by μ where there is an intercept, so that columns far from 0 are not all alike: b̃, the last unknown, is the score of the mean row,
 * and b = b̃ − Σ μⱼ uⱼ the intercept, which is held down by κ. From below P is bounded by
 *
 *   D(a) = Σᵢ aᵢ (− ¼ aᵢ² / cᵢ of squares) − ½ Σⱼ (vⱼ + μⱼ t)² / λⱼ − ½ t² / κ,    v = Σᵢ aᵢ sᵢ x̂ᵢ,  t = Σᵢ aᵢ sᵢ,   0 ≤ aᵢ (≤ cᵢ where not of squares)
 *
 * with equality at the minimum alone, where ∇R(u) = (v, t).
 */
import type { Workspace } from "../runtime/kernels.js";
import { sumRows } from "../runtime/row-kernels.js";
import type { StandardRows } from "./standard-rows.js";

export interface SvmProblem {
  readonly w: Workspace;
  readonly rows: StandardRows;
  /** Whether an unknown for a column of ones stands last. */
  readonly intercept: boolean;
  /** ±1 */
  readonly sides: Float64Array;
  /** All above 0. */
  readonly costs: Float64Array;
  /** λ, one a column, above 0. */
  readonly penalties: Float64Array;
  /** μ, in units of the spreads; 0 where there is no intercept. */
  readonly means: Float64Array;
  /** κ */
  readonly held: number;
}

export interface SvmPlane {
  readonly u: Float64Array;
  /** a */
  readonly dual: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface SvmStop {
  readonly tolerance: number;
  readonly maxIterations: number;
}

export function unknownsOf({ penalties, intercept }: SvmProblem): number {
  return penalties.length + (intercept ? 1 : 0);
}

/** sᵢ x̂ᵢ·u */
export function margins({ w, rows, intercept, sides }: SvmProblem, u: Float64Array): Float64Array {
  const { columns, spreads } = rows;
  const values = w.inside(() => {
    const beta = w.load(
      spreads.map((s, j) => (u[j] ?? 0) / s),
      columns,
      1,
    );
    const z = w.vector(rows.rows);
    w.gemmInto(1, rows.x, beta, z);
    return w.values(z) as Float64Array;
  });
  const bias = intercept ? (u[columns] ?? 0) : 0;
  for (let i = 0; i < values.length; i += 1) values[i] = ((values[i] ?? 0) + bias) * (sides[i] ?? 0);
  return values;
}

/** Σᵢ fᵢ sᵢ x̂ᵢ */
export function sumOfRows({ w, rows, intercept, sides }: SvmProblem, factors: Float64Array): Float64Array {
  const { columns, spreads } = rows;
  const signed = factors.map((f, i) => f * (sides[i] ?? 0));
  const result = new Float64Array(columns + (intercept ? 1 : 0));
  w.inside(() => {
    const sums = w.zeros(columns, 1);
    sumRows(w, rows.x, w.load(signed, signed.length, 1), sums);
    w.values(sums).forEach((s, j) => {
      result[j] = s / (spreads[j] ?? 1);
    });
  });
  if (intercept) result[columns] = signed.reduce((a, b) => a + b, 0);
  return result;
}

/** b */
export function interceptOf({ means, penalties, intercept }: SvmProblem, u: Float64Array): number {
  return intercept ? means.reduce((sum, m, j) => sum - m * (u[j] ?? 0), u[penalties.length] ?? 0) : 0;
}

/** R(u) */
export function penaltyAt(problem: SvmProblem, u: Float64Array): number {
  const own = problem.penalties.reduce((sum, v, j) => sum + v * (u[j] ?? 0) ** 2, 0);
  return 0.5 * (own + problem.held * interceptOf(problem, u) ** 2);
}

/** ∇R(u) */
export function penaltySlope(problem: SvmProblem, u: Float64Array): Float64Array {
  const { penalties, means, held, intercept } = problem;
  const pull = held * interceptOf(problem, u);
  const slope = new Float64Array(u.length);
  penalties.forEach((v, j) => {
    slope[j] = v * (u[j] ?? 0) - (intercept ? pull * (means[j] ?? 0) : 0);
  });
  if (intercept) slope[penalties.length] = pull;
  return slope;
}

/** H ← H + ∇²R */
export function addPenalty(problem: SvmProblem, h: Float64Array): void {
  const { penalties, means, held, intercept } = problem;
  const n = unknownsOf(problem);
  penalties.forEach((v, j) => {
    h[j * (n + 1)] = (h[j * (n + 1)] ?? 0) + v;
  });
  if (!intercept) return;
  const c = (j: number): number => (j === n - 1 ? 1 : -(means[j] ?? 0));
  for (let i = 0; i < n; i += 1) for (let j = 0; j < n; j += 1) h[i * n + j] = (h[i * n + j] ?? 0) + held * c(i) * c(j);
}

/** P(u) and how far it can be above the minimum: P(u) − D(a). */
export function gapOf(
  problem: SvmProblem,
  { u, dual }: SvmPlane,
  squared: boolean,
): { readonly cost: number; readonly gap: number } {
  const { costs, penalties, means, held, intercept } = problem;
  let cost = penaltyAt(problem, u);
  let lower = 0;
  margins(problem, u).forEach((m, i) => {
    const [c, a, short] = [costs[i] ?? 0, dual[i] ?? 0, Math.max(0, 1 - m)];
    cost += c * (squared ? short * short : short);
    lower += squared ? a - (a * a) / (4 * c) : a;
  });
  const sums = sumOfRows(problem, dual);
  const t = intercept ? (sums[penalties.length] ?? 0) : 0;
  penalties.forEach((v, j) => {
    lower -= (0.5 * ((sums[j] ?? 0) + (means[j] ?? 0) * t) ** 2) / v;
  });
  if (intercept) lower -= (0.5 * t * t) / held;
  return { cost, gap: Math.max(0, cost - lower) };
}
