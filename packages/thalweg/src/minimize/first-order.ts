/** Gradient descent and nonlinear conjugate gradients. */
import { either, oneOf, satisfies } from "../base/settings.js";
import type { VectorInput } from "../data/matrix.js";
import { type Direction, descend, type StepRule } from "./descend.js";
import { type LineSearchOptions, settleLineSearch } from "./line-search.js";
import { type Objective, type Problem, readProblem } from "./problem.js";
import { type MinimizeResult, positive, type StopOptions, settle } from "./result.js";
import { addScaled, difference, dot, negated } from "./vectors.js";

export const searchConstraint = satisfies(
  "an object of line-search settings",
  (v) => typeof v === "object" && v !== null,
);

export interface GradientDescentOptions extends StopOptions {
  /** A fixed step (the learning rate), or a line search. Default: "strong Wolfe". */
  readonly step?: StepRule;
  readonly lineSearch?: LineSearchOptions;
}

/** x ← x − α ∇f(x). With a fixed step the value may rise; it stops, as "diverged", where value or gradient is no longer finite. */
export function gradientDescent(
  problem: Objective | Problem,
  start: VectorInput,
  options: GradientDescentOptions = {},
): MinimizeResult {
  const op = "gradientDescent";
  const settings = settle<{ step: StepRule; lineSearch: LineSearchOptions }>(
    op,
    options,
    { step: "strong Wolfe", lineSearch: {} },
    { step: either(positive, oneOf("armijo", "strong Wolfe")), lineSearch: searchConstraint },
  );
  const search = settleLineSearch(op, settings.lineSearch, { curvature: 0.1 });
  const steepest: Direction = {
    at: ({ gradient }) => negated(gradient),
    update: () => undefined,
    reset: () => undefined,
    unitStep: false,
  };
  return descend(op, readProblem(op, problem), start, settings, settings.step, search, () => steepest);
}

export type ConjugateFormula = "Polak-Ribiere" | "Fletcher-Reeves" | "Hager-Zhang";

export interface ConjugateOptions extends StopOptions {
  /** How much of the last direction is kept. Default: "Polak-Ribiere" (never negative, so that it restarts by itself). */
  readonly formula?: ConjugateFormula;
  readonly lineSearch?: LineSearchOptions;
}

/**
 * d ← −g + β d, with y = g − g₋ and
 *
 *   Fletcher–Reeves  β = gᵀg / g₋ᵀg₋      Polak–Ribière  β = max(0, gᵀy / g₋ᵀg₋)
 *   Hager–Zhang      β = max((y − 2 d yᵀy / dᵀy)ᵀ g / dᵀy, η),  η = −1 / (‖d‖ min(0.01, ‖g₋‖))
 *
 * Nocedal and Wright, Numerical Optimization (2nd ed.), 5.2; Hager and Zhang, SIAM J. Optim. 16 (2005).
 */
export function conjugateGradients(
  problem: Objective | Problem,
  start: VectorInput,
  options: ConjugateOptions = {},
): MinimizeResult {
  const op = "conjugateGradients";
  const settings = settle<{ formula: ConjugateFormula; lineSearch: LineSearchOptions }>(
    op,
    options,
    { formula: "Polak-Ribiere", lineSearch: {} },
    { formula: oneOf("Polak-Ribiere", "Fletcher-Reeves", "Hager-Zhang"), lineSearch: searchConstraint },
  );
  const search = settleLineSearch(op, settings.lineSearch, { curvature: 0.1 });
  return descend(op, readProblem(op, problem), start, settings, "strong Wolfe", search, () =>
    conjugate(settings.formula),
  );
}

function conjugate(formula: ConjugateFormula): Direction {
  let kept: { readonly beta: number; readonly d: Float64Array } | undefined;
  return {
    at({ gradient }) {
      const d = negated(gradient);
      if (kept !== undefined) addScaled(d, kept.beta, kept.d);
      return d;
    },
    update({ gradient: before }, { gradient: after }, d) {
      kept = { beta: betaOf(formula, before, after, d), d };
    },
    reset() {
      kept = undefined;
    },
    unitStep: false,
  };
}

function betaOf(formula: ConjugateFormula, before: Float64Array, after: Float64Array, d: Float64Array): number {
  const old = dot(before, before);
  if (formula === "Fletcher-Reeves") return dot(after, after) / old;
  const y = difference(after, before);
  if (formula === "Polak-Ribiere") return Math.max(0, dot(after, y) / old);
  const dy = dot(d, y);
  if (!(dy > 0)) return 0;
  const beta = (dot(y, after) - (2 * dot(y, y) * dot(d, after)) / dy) / dy;
  return Math.max(beta, -1 / (Math.sqrt(dot(d, d)) * Math.min(0.01, Math.sqrt(old))));
}
