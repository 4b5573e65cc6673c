/**
 * L-BFGS in unknowns v = Lᵀ u, where
 *
 *   L Lᵀ = c Σ_sample wᵢ x̂ᵢ x̂ᵢᵀ + λ₂,   c the second derivative of the loss in a score where all weights are 0
 *
 * over a sample of the rows: columns that go together then no longer make the cost a narrow valley, and the first step is about Newton's. Where the
 * columns are too many, the diagonal alone.
 */
import { factorCholesky } from "../linalg/cholesky/compute.js";
import { lbfgs } from "../minimize/index.js";
import type { Workspace } from "../runtime/kernels.js";
import { type PenalisedLoss, penaltyOf, type Solved, type SolverSettings } from "./penalised-loss.js";
import { weightedGram } from "./weighted-gram.js";

const mostFactored = 1000;

interface Scaling {
  /** u of v. */
  toUnknowns(v: Float64Array): Float64Array;
  /** The gradient in v, of that in u; in place. */
  toScaled(gradient: Float64Array): void;
}

export function lbfgsSolver(
  w: Workspace,
  problem: PenalisedLoss,
  { tolerance, maxIterations }: SolverSettings,
): Solved {
  const { loss, l2 } = problem;
  const total = loss.rows.totalWeight;
  const held = l2.some((v) => v > 0);
  const scaling = factoredScaling(w, problem) ?? diagonalScaling(problem);
  let separated = false;
  const objective = (v: Float64Array, gradient: Float64Array): number => {
    const u = scaling.toUnknowns(v);
    const point = loss.evaluate(u, gradient);
    if (!held && point.margin > 0) separated = true;
    for (let j = 0; j < u.length; j += 1) gradient[j] = (gradient[j] ?? 0) + (l2[j] ?? 0) * (u[j] ?? 0);
    scaling.toScaled(gradient);
    return point.loss + penaltyOf(problem, u);
  };
  const first = new Float64Array(loss.size);
  const start = new Float64Array(loss.size);
  const startValue = objective(start, first);
  const length = Math.sqrt(first.reduce((sum, g) => sum + g * g, 0));
  let begun = false;
  const result = lbfgs(
    (v, gradient) => {
      if (begun) return objective(v, gradient);
      begun = true;
      gradient.set(first);
      return startValue;
    },
    start,
    {
      gradientTolerance: tolerance * Math.sqrt(total),
      maxIterations,
      memory: 20,
      lineSearch: { initialStep: Math.max(1, length) },
      onIteration: () => !separated,
    },
  );
  const u = scaling.toUnknowns(result.x);
  // A search that rounding ended close to the minimum has done its work.
  const close = result.reason === "line search" && result.gradientNorm <= 1e-7 * Math.sqrt(total);
  return {
    u,
    cost: result.value,
    iterations: result.iterations,
    evaluations: result.evaluations,
    gradient: result.gradientNorm / Math.sqrt(total),
    converged: (result.converged || close) && !separated,
    message: result.message,
    ...(separated ? { separated: "wholly" as const } : {}),
  };
}

/** Second derivative of the loss in one score at 0. */
function curvatureAtZero(scores: number): number {
  return scores === 1 ? 0.25 : (1 - 1 / scores) / scores;
}

function diagonalScaling({ loss, l2 }: PenalisedLoss): Scaling {
  const c = curvatureAtZero(loss.scores) * loss.rows.totalWeight;
  const roots = l2.map((v) => Math.sqrt(c + v));
  return {
    toUnknowns: (v) => v.map((value, j) => value / (roots[j] ?? 1)),
    toScaled: (gradient) => {
      for (let j = 0; j < gradient.length; j += 1) gradient[j] = (gradient[j] ?? 0) / (roots[j] ?? 1);
    },
  };
}

function factoredScaling(w: Workspace, { loss, l2 }: PenalisedLoss): Scaling | undefined {
  const { rows, width, scores, intercept } = loss;
  if (width > mostFactored || rows.rows < 2 * width) return undefined;
  const count = Math.min(rows.rows, Math.max(10 * width, 1000));
  const allWeights = w.values(rows.weights);
  const sample = w.inside(() => {
    const x = w.matrix(count, rows.columns);
    const weights = new Float64Array(count);
    for (let i = 0; i < count; i += 1) {
      const from = Math.floor((i * rows.rows) / count);
      w.copy(rows.x.row(from), x.row(i));
      weights[i] = allWeights[from] ?? 0;
    }
    const sum = weights.reduce((a, b) => a + b, 0);
    if (!(sum > 0)) return undefined;
    const factor = (curvatureAtZero(scores) * rows.totalWeight) / sum;
    return weightedGram(
      w,
      { x, spreads: rows.spreads, intercept },
      weights.map((v) => v * factor),
    );
  });
  if (sample === undefined) return undefined;
  // A column of which the sample has next to nothing is scaled by what all rows have of it.
  const whole = curvatureAtZero(scores) * rows.totalWeight;
  for (let j = 0; j < width; j += 1) {
    const own = sample[j * (width + 1)] ?? 0;
    sample[j * (width + 1)] = own + (l2[j] ?? 0) + whole * (own < 0.1 * whole ? 1 : 1e-8);
  }
  const l = w.load(sample, width, width);
  if (factorCholesky(w, l) !== undefined) return undefined;
  const through = (values: Float64Array, backwards: boolean): Float64Array =>
    w.inside(() => {
      const m = w.load(values, scores, width).transposed();
      if (backwards) w.solveUpper(l.transposed(), m);
      else w.solveLower(l, m);
      return w.read(m.transposed()) as Float64Array;
    });
  return {
    toUnknowns: (v) => through(v, true),
    toScaled: (gradient) => gradient.set(through(gradient, false)),
  };
}
