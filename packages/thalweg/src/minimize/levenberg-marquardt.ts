/**
 * Levenberg and Marquardt: nonlinear least squares, f(x) = ½ ‖r(x)‖². Each step is the least-squares solution of
 *
 *   [ J   ]       [ −r ]
 *   [ √λD ] p  =  [  0 ]
 *
 * by Householder reflections, never by JᵀJ. D holds the largest norms that the columns of J have had (Moré, Numerical Analysis, 1978), λ follows
 * the ratio of fall to promise (Nielsen, IMM-REP-1999-05).
 */
import { NumericalError, ShapeError } from "../base/errors.js";
import { atLeast } from "../base/settings.js";
import { readVector, type VectorInput } from "../data/matrix.js";
import { checkResiduals, type Point, type Residuals } from "./problem.js";
import { type MinimizeResult, Progress, positive, type StopOptions, settle } from "./result.js";
import { leastSquares } from "./systems.js";
import { along, dot, norm } from "./vectors.js";

export interface LevenbergMarquardtOptions extends StopOptions {
  /** Stop when a step is shorter than this times the length of x. Default: 1e-10. */
  readonly stepTolerance?: number;
  /** λ at the start. Default: 1e-3. */
  readonly initialDamping?: number;
}

/** The value is half the sum of squares, the gradient Jᵀr. */
export interface LeastSquaresResult extends MinimizeResult {
  readonly residuals: Float64Array;
  /** At x, m × n row-major. */
  readonly jacobian: Float64Array;
}

interface State extends Point {
  readonly residuals: Float64Array;
  readonly jacobian: Float64Array;
}

/**
 * Fits parameters to residuals. The gradient tolerance is absolute; scale the residuals to the accuracy of the data.
 *
 * @throws NumericalError when residuals or Jacobian are not finite at the start.
 */
export function levenbergMarquardt(
  problem: Residuals,
  start: VectorInput,
  options: LevenbergMarquardtOptions = {},
): LeastSquaresResult {
  const op = "levenbergMarquardt";
  const settings = settle<{ stepTolerance: number; initialDamping: number }>(
    op,
    options,
    { gradientTolerance: 1e-8, stepTolerance: 1e-10, initialDamping: 1e-3 },
    { stepTolerance: atLeast(0), initialDamping: positive },
  );
  checkResiduals(op, problem);
  let evaluations = 1;
  let state = withSlopes(op, problem, readVector(op, "start", start));
  if (!Number.isFinite(state.value) || !state.gradient.every(Number.isFinite))
    throw new NumericalError(`${op}: residuals or Jacobian are not finite at the start; start inside the domain`, {
      value: state.value,
    });
  const progress = new Progress(settings, state);
  progress.hessianEvaluations = 0;
  const scale = new Float64Array(state.x.length);
  let damping = settings.initialDamping;
  let growth = 2;
  const finish = (reason: Parameters<Progress["finish"]>[0]): LeastSquaresResult => ({
    ...progress.finish(reason),
    residuals: state.residuals,
    jacobian: state.jacobian,
  });
  for (;;) {
    const halt = progress.before() ?? (evaluations >= settings.maxEvaluations ? "evaluations" : undefined);
    if (halt !== undefined) return finish(halt);
    growScale(scale, state.jacobian);
    const p = dampedStep(state, scale, damping);
    const x = along(state.x, 1, p);
    const residuals = problem.residuals(x);
    evaluations += 1;
    const value = 0.5 * dot(residuals, residuals);
    // f − m(p) = ½ pᵀ(λ D² p − g)
    let foretold = -0.5 * dot(p, state.gradient);
    for (let j = 0; j < p.length; j += 1) foretold += 0.5 * damping * ((scale[j] ?? 0) * (p[j] ?? 0)) ** 2;
    const length = norm(p);
    const ratio = (state.value - value) / foretold;
    const tiny = length <= settings.stepTolerance * (norm(state.x) + settings.stepTolerance);
    if (ratio > 1e-4 && Number.isFinite(value)) {
      const next = withSlopes(op, problem, x, residuals);
      if (!next.gradient.every(Number.isFinite)) return finish("stopped");
      state = next;
      damping *= Math.max(1 / 3, 1 - (2 * ratio - 1) ** 3);
      growth = 2;
      const stop = progress.advance(state, length, evaluations);
      if (stop !== undefined) return finish(stop);
    } else {
      damping *= growth;
      growth *= 2;
      if (!tiny && !Number.isFinite(damping)) return finish("trust region");
    }
    if (tiny) return finish("step");
  }
}

function withSlopes(op: string, problem: Residuals, x: Float64Array, known?: Float64Array): State {
  const residuals = known ?? problem.residuals(x);
  const jacobian = problem.jacobian(x);
  const n = x.length;
  if (jacobian.length !== residuals.length * n)
    throw new ShapeError(
      `${op}: ${residuals.length} residuals of ${n} parameters need a Jacobian of ${residuals.length * n} elements, got ${jacobian.length}`,
    );
  const gradient = new Float64Array(n);
  for (let i = 0; i < residuals.length; i += 1)
    for (let j = 0; j < n; j += 1) gradient[j] = (gradient[j] ?? 0) + (jacobian[i * n + j] ?? 0) * (residuals[i] ?? 0);
  return { x, value: 0.5 * dot(residuals, residuals), gradient, residuals, jacobian };
}

function growScale(scale: Float64Array, jacobian: Float64Array): void {
  const n = scale.length;
  for (let j = 0; j < n; j += 1) {
    const column = new Float64Array(jacobian.length / n);
    for (let i = 0; i < column.length; i += 1) column[i] = jacobian[i * n + j] ?? 0;
    scale[j] = Math.max(scale[j] ?? 0, norm(column) || 1e-300);
  }
}

function dampedStep({ jacobian, residuals }: State, scale: Float64Array, damping: number): Float64Array {
  const [m, n] = [residuals.length, scale.length];
  const a = new Float64Array((m + n) * n);
  a.set(jacobian);
  for (let j = 0; j < n; j += 1) a[(m + j) * n + j] = Math.sqrt(damping) * (scale[j] ?? 0);
  const b = new Float64Array(m + n);
  for (let i = 0; i < m; i += 1) b[i] = -(residuals[i] ?? 0);
  return leastSquares(a, b, n);
}
