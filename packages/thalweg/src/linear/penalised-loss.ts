/**
 * What the solvers of logistic regression share: the cost in scaled unknowns
 *
 *   F(u) = loss(u) + Σⱼ (λ₁ⱼ |uⱼ| + ½ λ₂ⱼ uⱼ²)
 *
 * and how far a point is from its minimum: the largest element of the smallest subgradient.
 */
import type { LogisticLoss } from "./logistic-objective.js";

export interface PenalisedLoss {
  readonly loss: LogisticLoss;
  /** λ₁ and λ₂, one an unknown; 0 for intercepts. */
  readonly l1: Float64Array;
  readonly l2: Float64Array;
}

/** Beyond this a penalty leaves nothing of an unknown of unit scale; larger ones would leave the range. */
const most = 1e150;

/** α (ρ ‖W‖₁ + ½ (1 − ρ) ‖W‖²) of the weights in the units of the data. */
export function penalised(loss: LogisticLoss, alpha: number, l1Ratio: number): PenalisedLoss {
  const { size, width, rows } = loss;
  const factor = (k: number): number => rows.factors[k % width] ?? 0;
  return {
    loss,
    l1: Float64Array.from({ length: size }, (_, k) => Math.min(most, alpha * l1Ratio * factor(k))),
    l2: Float64Array.from({ length: size }, (_, k) => Math.min(most, alpha * (1 - l1Ratio) * factor(k) * factor(k))),
  };
}

/** Unknowns of which the penalty leaves nothing become 0. */
export function dropCrushed({ l1, l2 }: PenalisedLoss, u: Float64Array): Float64Array {
  return u.map((v, j) => (l1[j] === most || l2[j] === most ? 0 : v));
}

export function penaltyOf({ l1, l2 }: PenalisedLoss, u: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < u.length; j += 1) {
    const v = u[j] ?? 0;
    sum += (l1[j] ?? 0) * Math.abs(v) + 0.5 * (l2[j] ?? 0) * v * v;
  }
  return sum;
}

/** The element of the smallest subgradient for one unknown, of which g is the derivative of all but λ₁|u|. */
export function subgradient(g: number, u: number, l1: number): number {
  if (u !== 0) return g + Math.sign(u) * l1;
  return Math.sign(g) * Math.max(0, Math.abs(g) - l1);
}

/** How a solver ended. */
export interface Solved {
  readonly u: Float64Array;
  readonly cost: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** Largest element of the (smallest sub)gradient over Σ weight. */
  readonly gradient: number;
  readonly converged: boolean;
  /** Planes were found to separate the classes, wholly or but for rows on them, and no penalty holds the weights: the cost has no minimum. */
  readonly separated?: "wholly" | "partly";
  /** In words, where it did not converge. */
  readonly message?: string;
}

export interface SolverSettings {
  readonly tolerance: number;
  readonly maxIterations: number;
}
