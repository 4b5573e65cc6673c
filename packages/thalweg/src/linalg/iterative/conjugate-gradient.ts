/**
 * A x = b for symmetric positive definite A by conjugate gradients with a preconditioner M ≈ A:
 *
 *   α = rᵀz / pᵀAp,   x ← x + α p,   r ← r − α A p,   z = M⁻¹ r,   β = r₊ᵀz₊ / rᵀz,   p ← z + β p
 *
 * The error in the A-norm falls at least by (√κ − 1)/(√κ + 1) an iteration. M. Hestenes and E. Stiefel 1952; Golub and Van Loan, Matrix
 * Computations (4th ed.), 11.3 and 11.5.
 */
import { UserError } from "../../base/errors.js";
import { type Matrix, type Workspace, withWorkspace } from "../../runtime/kernels.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Numbers } from "../arguments.js";
import { failed } from "../failure.js";
import { checkOptions, type OptionNames } from "../options.js";
import {
  checked,
  checkSymmetric,
  checkTolerance,
  checkWhole,
  type Products,
  type SquareLike,
  squareProducts,
  vectorTensor,
} from "./operator.js";
import { vectorData } from "./vectors.js";

/** What a callback is told after each iteration. */
export interface SolverStep {
  /** From 1. */
  readonly iteration: number;
  /** ‖b − A x‖ / ‖b‖ as the recurrence has it. */
  readonly relativeResidual: number;
  /** A copy of the solution so far. */
  readonly x: () => Tensor;
}

export interface ConjugateGradientOptions {
  /** Where to begin. Default: zeros. */
  readonly start?: Numbers;
  /** Stops when ‖b − A x‖ ≤ tolerance·‖b‖. Default: 1e-10. */
  readonly tolerance?: number;
  /** Default: 10 n + 100. */
  readonly maxIterations?: number;
  /** "jacobi" divides by the diagonal; a function gives M⁻¹ r of a vector, symmetric and positive definite as well. Default: "none". */
  readonly preconditioner?: "none" | "jacobi" | ((r: Tensor) => Numbers);
  readonly onIteration?: (step: SolverStep) => void;
}

const optionNames: OptionNames<ConjugateGradientOptions> = {
  start: true,
  tolerance: true,
  maxIterations: true,
  preconditioner: true,
  onIteration: true,
};

export interface ConjugateGradientResult {
  readonly x: Tensor;
  readonly iterations: number;
  /** ‖b − A x‖, computed afresh at the end. */
  readonly residual: number;
  /** The same by ‖b‖. */
  readonly relativeResidual: number;
  /** Relative residuals of the recurrence: at the start and after each iteration. */
  readonly history: readonly number[];
}

/**
 * Solves A x = b for symmetric positive definite A: a matrix, a sparse matrix, an operator, or a function x ↦ A x. One right-hand side of n
 * elements; float64. The residual is computed afresh before success is reported; where rounding has led the recurrence astray, it starts anew from there.
 *
 * @throws NumericalError (negative curvature) when A or the preconditioner is found not to be positive definite; (not converged), with the
 * history and the last x, after `maxIterations` or when rounding errors allow no further progress; (not finite). UserError when A is plainly not
 * symmetric.
 */
export function conjugateGradient(
  a: SquareLike,
  b: Numbers,
  options: ConjugateGradientOptions = {},
): ConjugateGradientResult {
  const op = "conjugateGradient";
  checkOptions(op, options, optionNames);
  const { tolerance = 1e-10, start, onIteration } = options;
  const right = vectorData(op, "b", b, undefined);
  const n = right.length;
  const { maxIterations = 10 * n + 100 } = options;
  checkTolerance(op, tolerance);
  checkWhole(op, "maxIterations", maxIterations, 0, 2 ** 31);
  return withWorkspace("float64", (w) => {
    const products = squareProducts(op, w, a, n);
    const bVector = w.load(vectorData(op, "b", right, products.rows), n, 1);
    checkSymmetric(op, w, products);
    const precondition = preconditionerOf(op, w, products, options.preconditioner ?? "none");
    const x = w.load(start === undefined ? new Float64Array(n) : vectorData(op, "start", start, n), n, 1);
    const [r, z, p, image] = [w.vector(n), w.vector(n), w.vector(n), w.vector(n)];
    const size = w.norm(bVector) || 1;
    const trueResidual = (): number => {
      products.times(x, image);
      w.copy(bVector, r);
      w.axpy(-1, image, r);
      return w.norm(r) / size;
    };
    let relative = trueResidual();
    let confirmed = Number.POSITIVE_INFINITY;
    const history = [relative];
    let iterations = 0;
    const giveUp = (why: string): never => {
      throw failed(
        `${op}: ${why} after ${iterations} iterations: the residual is ${relative.toPrecision(3)} of ‖b‖, not ${tolerance}. Raise maxIterations or tolerance, or use a better preconditioner`,
        {
          reason: "not converged",
          iterations,
          found: `a solution with a relative residual of ${relative.toPrecision(3)}`,
          history,
          best: vectorTensor(w, x),
        },
      );
    };
    for (;;) {
      // a round of the recurrence, from a residual that was just computed
      if (relative <= tolerance) break;
      if (!(relative < 0.5 * confirmed)) giveUp("rounding errors end all progress");
      confirmed = relative;
      precondition(r, z);
      w.copy(z, p);
      let energy = positive(op, "the preconditioner", w.dot(r, z), iterations);
      while (relative > tolerance) {
        if (iterations === maxIterations) {
          relative = trueResidual();
          if (relative <= tolerance) break;
          giveUp("not converged");
        }
        products.times(p, image);
        const step = energy / positive(op, "the matrix", w.dot(p, image), iterations + 1);
        w.axpy(step, p, x);
        w.axpy(-step, image, r);
        relative = w.norm(r) / size;
        if (!Number.isFinite(relative))
          throw failed(`${op}: the numbers grew beyond their range in iteration ${iterations + 1}; scale the system`, {
            reason: "not finite",
            index: undefined,
            value: relative,
          });
        iterations += 1;
        history.push(relative);
        onIteration?.({ iteration: iterations, relativeResidual: relative, x: () => vectorTensor(w, x) });
        if (relative <= tolerance) break;
        precondition(r, z);
        const next = positive(op, "the preconditioner", w.dot(r, z), iterations);
        w.scale(next / energy, p);
        w.axpy(1, z, p);
        energy = next;
      }
      relative = trueResidual();
    }
    return { x: vectorTensor(w, x), iterations, residual: relative * size, relativeResidual: relative, history };
  });
}

type Precondition = (r: Matrix, z: Matrix) => void;

function preconditionerOf(
  op: string,
  w: Workspace,
  a: Products,
  kind: "none" | "jacobi" | ((r: Tensor) => Numbers),
): Precondition {
  if (kind === "none") return (r, z) => w.copy(r, z);
  if (typeof kind === "function")
    return (r, z) => w.assign(z, checked(`${op}: the preconditioner`, kind(vectorTensor(w, r)), [a.rows]));
  if (kind !== "jacobi")
    throw new UserError(`${op}: preconditioner must be "none", "jacobi" or a function, got ${String(kind)}`);
  if (a.diagonal === undefined)
    throw new UserError(`${op}: the preconditioner "jacobi" needs the elements of the matrix; pass a function instead`);
  const diagonal = a.diagonal();
  for (const value of diagonal) positive(op, "the matrix", value, 0);
  return (r, z) => {
    const values = w.values(r);
    w.assign(
      z,
      values.map((value, i) => value / (diagonal[i] ?? 1)),
    );
  };
}

function positive(op: string, what: string, value: number, iteration: number): number {
  if (value > 0) return value;
  throw failed(
    `${op}: ${what} is not positive definite: xᵀAx is ${value} for the direction x of iteration ${iteration}; use solve, or lsqr`,
    { reason: "negative curvature", iteration, value },
  );
}
