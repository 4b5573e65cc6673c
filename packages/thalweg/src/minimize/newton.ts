/**
 * Newton's method with a line search: d = −(H + τ I)⁻¹ g, where τ > 0 only if H is not positive definite. Nocedal and Wright, Numerical Optimization
 * (2nd ed.), 3.4.
 */
import { UserError } from "../base/errors.js";
import type { VectorInput } from "../data/matrix.js";
import { descend } from "./descend.js";
import { searchConstraint } from "./first-order.js";
import { type LineSearchOptions, settleLineSearch } from "./line-search.js";
import { type Problem, readProblem } from "./problem.js";
import { type MinimizeResult, type StopOptions, settle } from "./result.js";
import { choleskySolve, shiftedCholesky } from "./systems.js";
import { negated } from "./vectors.js";

export interface NewtonOptions extends StopOptions {
  readonly lineSearch?: LineSearchOptions;
}

/**
 * Newton's method. Needs second derivatives: `{ objective, hessian }`, or `tensorProblem(fn)`; it stops, as "hessian", where they are not finite.
 *
 * @throws UserError for a problem without a hessian.
 */
export function newton(problem: Problem, start: VectorInput, options: NewtonOptions = {}): MinimizeResult {
  const op = "newton";
  const settings = settle<{ lineSearch: LineSearchOptions }>(
    op,
    options,
    { lineSearch: {} },
    { lineSearch: searchConstraint },
  );
  const search = settleLineSearch(op, settings.lineSearch);
  const { hessian, ...rest } = readProblem(op, problem);
  if (hessian === undefined)
    throw new UserError(
      `${op}: the problem has no hessian; give { objective, hessian }, use tensorProblem, or choose lbfgs, which needs none`,
    );
  return descend(op, rest, start, settings, "strong Wolfe", search, (progress) => ({
    at({ x, gradient }) {
      const n = x.length;
      const second = new Float64Array(n * n);
      hessian(x, second);
      progress.hessianEvaluations += 1;
      if (!second.every(Number.isFinite)) return undefined;
      const factor = shiftedCholesky(second, n);
      return negated(factor === undefined ? gradient : choleskySolve(factor, gradient));
    },
    update: () => undefined,
    reset: () => undefined,
    unitStep: true,
  }));
}
