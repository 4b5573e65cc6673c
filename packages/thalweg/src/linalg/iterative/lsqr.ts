/**
 * min ‖A x − b‖² + λ² ‖x‖² by Golub–Kahan bidiagonalisation begun with b and a QR factorisation that is updated as it grows: in exact
 * arithmetic the iterates of conjugate gradients on the normal equations, without squaring the condition. C. Paige and M. Saunders, "LSQR: an
 * algorithm for sparse linear equations and sparse least squares", ACM TOMS 8 (1982).
 */
import { UserError } from "../../base/errors.js";
import { withWorkspace } from "../../runtime/kernels.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Numbers } from "../arguments.js";
import { failed } from "../failure.js";
import { checkOptions } from "../options.js";
import { checkTolerance, checkWhole, type MatrixLike, productsOf, vectorTensor } from "./operator.js";
import { divide, vectorData } from "./vectors.js";

export interface LsqrStep {
  /** From 1. */
  readonly iteration: number;
  /** √(‖A x − b‖² + λ² ‖x‖²) as the recurrence has it. */
  readonly residual: number;
  /** ‖Aᵀ r − λ² x‖ likewise: 0 at the solution. */
  readonly normalResidual: number;
}

export interface LsqrOptions {
  /** λ ≥ 0. Default: 0. */
  readonly damping?: number;
  /** Stops when ‖r‖ ≤ tolerance·(‖b‖ + ‖A‖‖x‖) or ‖Aᵀr‖ ≤ tolerance·‖A‖‖r‖. Default: 1e-10. */
  readonly tolerance?: number;
  /** Default: 10·min(m, n) + 100. */
  readonly maxIterations?: number;
  readonly onIteration?: (step: LsqrStep) => void;
}

export interface LsqrResult {
  /** n elements; of all minimisers the one of least length. */
  readonly x: Tensor;
  readonly iterations: number;
  /** Whether A x = b is solved, or only the least-squares problem. */
  readonly solved: "system" | "least squares";
  /** ‖b − A x‖, computed afresh at the end. */
  readonly residual: number;
  /** ‖Aᵀ (b − A x) − λ² x‖, likewise. */
  readonly normalResidual: number;
  /** Frobenius norms of what was seen of A and its pseudo-inverse, multiplied: an estimate of the condition. */
  readonly condition: number;
  readonly history: readonly LsqrStep[];
}

/**
 * Least squares, or a system, with any m × n matrix, sparse matrix or operator with both products; float64.
 *
 * @throws NumericalError (not converged), with the history of ‖Aᵀr‖ and the last x; (not finite).
 */
export function lsqr(a: MatrixLike, b: Numbers, options: LsqrOptions = {}): LsqrResult {
  const op = "lsqr";
  checkOptions(op, options, { damping: true, tolerance: true, maxIterations: true, onIteration: true });
  const { damping = 0, tolerance = 1e-10, onIteration } = options;
  if (!(damping >= 0) || !Number.isFinite(damping))
    throw new UserError(`${op}: damping must be a finite number ≥ 0, got ${damping}`);
  checkTolerance(op, tolerance);
  return withWorkspace("float64", (w) => {
    const products = productsOf(op, w, a);
    const { rows: m, columns: n } = products;
    const { maxIterations = 10 * Math.min(m, n) + 100 } = options;
    checkWhole(op, "maxIterations", maxIterations, 0, 2 ** 31);
    const right = w.load(vectorData(op, "b", b, m), m, 1);
    const [u, x, v, direction] = [w.vector(m), w.zeros(n, 1), w.vector(n), w.vector(n)];
    const [imageU, imageV] = [w.vector(m), w.vector(n)];
    const size = w.norm(right);
    w.copy(right, u);
    if (size > 0) divide(w, u, size);
    products.timesTransposed(u, v);
    let alpha = w.norm(v);
    if (alpha > 0) divide(w, v, alpha);
    w.copy(v, direction);
    let [rhoBar, phiBar] = [alpha, size];
    let [norm, inverseNorm, dampedNorm] = [alpha, 0, 0];
    const history: LsqrStep[] = [];
    let solved: LsqrResult["solved"] | undefined = size === 0 ? "system" : alpha === 0 ? "least squares" : undefined;
    while (solved === undefined) {
      if (history.length === maxIterations) {
        const last = history.at(-1)?.normalResidual ?? alpha * size;
        throw failed(
          `${op}: not converged after ${maxIterations} iterations: ‖Aᵀr‖ is ${last.toPrecision(3)}. Raise maxIterations or tolerance, scale the columns, or add damping`,
          {
            reason: "not converged",
            iterations: maxIterations,
            found: `a solution with ‖Aᵀr‖ = ${last.toPrecision(3)}`,
            history: history.map((step) => step.normalResidual),
            best: vectorTensor(w, x),
          },
        );
      }
      products.times(v, imageU);
      w.scale(-alpha, u);
      w.axpy(1, imageU, u);
      const beta = w.norm(u);
      if (beta > 0) divide(w, u, beta);
      products.timesTransposed(u, imageV);
      w.scale(-beta, v);
      w.axpy(1, imageV, v);
      alpha = w.norm(v);
      if (alpha > 0) divide(w, v, alpha);

      const damped = Math.hypot(rhoBar, damping);
      const psi = (damping / damped) * phiBar;
      phiBar *= rhoBar / damped;
      const rho = Math.hypot(damped, beta);
      const [c, s] = [damped / rho, beta / rho];
      const phi = c * phiBar;
      w.axpy(phi / rho, direction, x);
      inverseNorm = Math.hypot(inverseNorm, w.norm(direction) / rho);
      w.scale((-s * alpha) / rho, direction);
      w.axpy(1, v, direction);
      rhoBar = -c * alpha;
      phiBar *= s;
      norm = Math.hypot(norm, alpha, beta, damping);
      dampedNorm = Math.hypot(dampedNorm, psi);

      const residual = Math.hypot(phiBar, dampedNorm);
      const normalResidual = alpha * Math.abs(s * phi);
      if (!Number.isFinite(residual) || !Number.isFinite(norm))
        throw failed(
          `${op}: the numbers grew beyond their range in iteration ${history.length + 1}; scale the system`,
          {
            reason: "not finite",
            index: undefined,
            value: residual,
          },
        );
      const step = { iteration: history.length + 1, residual, normalResidual };
      history.push(step);
      onIteration?.(step);
      if (residual <= tolerance * (size + norm * w.norm(x))) solved = "system";
      else if (normalResidual <= tolerance * norm * residual) solved = "least squares";
    }
    products.times(x, imageU);
    w.copy(right, u);
    w.axpy(-1, imageU, u);
    products.timesTransposed(u, imageV);
    w.axpy(-damping * damping, x, imageV);
    return {
      x: vectorTensor(w, x),
      iterations: history.length,
      solved,
      residual: w.norm(u),
      normalResidual: w.norm(imageV),
      condition: norm * inverseNorm,
      history,
    };
  });
}
