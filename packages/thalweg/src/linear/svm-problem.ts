/**
 * One plane of a linear support vector machine, in scaled unknowns: with sides sᵢ = ±1, margins mᵢ = sᵢ x̂ᵢ·u and costs cᵢ ≥ 0
 *
 *   P(u) = ½ Σⱼ λⱼ uⱼ² + Σᵢ cᵢ lossᵢ,                  loss = max(0, 1 − m), or its square
 *   D(a) = Σᵢ aᵢ (− ¼ aᵢ² / cᵢ of squares) − ½ Σⱼ vⱼ² / λⱼ,    v = Σᵢ aᵢ sᵢ x̂ᵢ,   0 ≤ aᵢ (≤ cᵢ where not of squares)
 *
 * D(a) ≤ P(u) for all, with equality at the minimum alone, where λ u = v.
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
  /** λ, one an unknown, above 0. */
  readonly penalties: Float64Array;
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

export function halfNorm({ penalties }: SvmProblem, u: Float64Array): number {
  return 0.5 * u.reduce((sum, v, j) => sum + (penalties[j] ?? 0) * v * v, 0);
}

/** P(u) and how far it can be above the minimum: P(u) − D(a). */
export function gapOf(
  problem: SvmProblem,
  { u, dual }: SvmPlane,
  squared: boolean,
): { readonly cost: number; readonly gap: number } {
  const { costs, penalties } = problem;
  let cost = halfNorm(problem, u);
  let lower = 0;
  margins(problem, u).forEach((m, i) => {
    const [c, a, short] = [costs[i] ?? 0, dual[i] ?? 0, Math.max(0, 1 - m)];
    cost += c * (squared ? short * short : short);
    lower += squared ? a - (a * a) / (4 * c) : a;
  });
  sumOfRows(problem, dual).forEach((v, j) => {
    lower -= (0.5 * v * v) / (penalties[j] ?? 1);
  });
  return { cost, gap: Math.max(0, cost - lower) };
}
