/**
 * One eigenvalue by repeated products or solutions:
 *
 *   power:    v ← A v / ‖A v‖                 to the eigenvalue of largest size, by |λ₂/λ₁| a step
 *   inverse:  v ← (A − σI)⁻¹ v / ‖…‖          to the eigenvalue nearest to σ, by |λ₁ − σ|/|λ₂ − σ| a step
 *
 * with the Rayleigh quotient λ = vᵀ A v. Golub and Van Loan, Matrix Computations (4th ed.), 7.3.1, 7.6.1 and 8.2.
 */
import { epsilon } from "../../base/dtype.js";
import { UserError } from "../../base/errors.js";
import { type Matrix, type Workspace, withWorkspace } from "../../runtime/kernels.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, toSquare } from "../arguments.js";
import { failed, notFinite } from "../failure.js";
import { factorLu, solveLu } from "../lu/compute.js";
import { checkOptions, type OptionNames } from "../options.js";
import { SparseMatrix } from "../sparse/matrix.js";
import {
  checked,
  checkTolerance,
  checkWhole,
  type Products,
  type SquareLike,
  squareProducts,
  vectorTensor,
} from "./operator.js";
import { columnsTensor, divide, unitStart } from "./vectors.js";

export interface PowerOptions {
  /** Where to begin; must not be orthogonal to the eigenvector. Default: random. */
  readonly start?: Numbers;
  /** Of the random start. Default: 0. */
  readonly seed?: number;
  /** Stops when ‖A v − λ v‖ ≤ tolerance·‖A v‖, or of inverse iteration ≤ tolerance times the largest ‖A v‖ seen. Default: 1e-10. */
  readonly tolerance?: number;
  /** Default: 1000. */
  readonly maxIterations?: number;
  /** Rows of the matrix, if it is a function. */
  readonly size?: number;
}

export interface InverseOptions extends PowerOptions {
  /** σ. Default: 0. */
  readonly shift?: number;
  /** (A − σI)⁻¹ of a vector; needed of functions and operators. Default: by LU of the matrix, a sparse one made dense. */
  readonly solve?: (x: Tensor) => Numbers;
}

const powerNames: OptionNames<PowerOptions> = {
  start: true,
  seed: true,
  tolerance: true,
  maxIterations: true,
  size: true,
};

export interface Eigenpair {
  readonly value: number;
  /** Of length 1, its largest element positive. */
  readonly vector: Tensor;
  readonly iterations: number;
  /** ‖A v − λ v‖ */
  readonly residual: number;
  /** The residual by the size that it is compared with, after each iteration. */
  readonly history: readonly number[];
}

/**
 * The eigenvalue of largest size of a square matrix, if there is one such and it is real, with its vector.
 *
 * @throws NumericalError (not converged) after `maxIterations`, as with two eigenvalues of equal size (λ and −λ, a complex pair).
 */
export function powerIteration(a: SquareLike, options: PowerOptions = {}): Eigenpair {
  const op = "powerIteration";
  checkOptions(op, options, powerNames);
  return withWorkspace("float64", (w) => {
    const products = squareProducts(op, w, a, options.size);
    return iterate(op, w, products, options, (_, image, next) => {
      w.copy(image, next);
    });
  });
}

/**
 * The eigenvalue nearest to `shift` of a square matrix, if there is one such and it is real, with its vector. A shift that is an eigenvalue is moved by a
 * rounding error.
 *
 * @throws NumericalError (not converged) after `maxIterations`, as with two eigenvalues equally far from the shift.
 */
export function inverseIteration(a: SquareLike, options: InverseOptions = {}): Eigenpair {
  const op = "inverseIteration";
  checkOptions(op, options, { ...powerNames, shift: true, solve: true });
  const { shift = 0, solve } = options;
  if (!Number.isFinite(shift)) throw new UserError(`${op}: shift must be a finite number, got ${shift}`);
  return withWorkspace("float64", (w) => {
    const products = squareProducts(op, w, a, options.size);
    const n = products.rows;
    if (solve !== undefined)
      return iterate(op, w, products, options, (v, _, next) => {
        w.assign(next, checked(op, solve(vectorTensor(w, v)), [n]));
      });
    if (typeof a === "function" || (products.diagonal === undefined && !(a instanceof SparseMatrix)))
      throw new UserError(
        `${op}: of a function, only products are known; pass the option solve, (A − σI)⁻¹ of a vector`,
      );
    const matrix = a instanceof SparseMatrix ? a.toDense() : toSquare(op, a as Numbers);
    const shifted = w.load(matrix.storage(op), n, n);
    for (let i = 0; i < n; i += 1) w.set(shifted, i, i, w.get(shifted, i, i) - shift);
    const tiny = epsilon("float64") * Math.max(w.maxAbs(shifted).value, Math.abs(shift)) || 1;
    const factors = factorLu(w, shifted);
    for (let i = 0; i < n; i += 1) if (Math.abs(w.get(factors.packed, i, i)) < tiny) w.set(factors.packed, i, i, tiny);
    return iterate(op, w, products, options, (v, _, next) => {
      w.copy(v, next);
      solveLu(w, factors, next);
    });
  });
}

type Advance = (v: Matrix, image: Matrix, next: Matrix) => void;

function iterate(op: string, w: Workspace, a: Products, options: PowerOptions, advance: Advance): Eigenpair {
  const { start, seed = 0, tolerance = 1e-10, maxIterations = 1000 } = options;
  checkTolerance(op, tolerance);
  checkWhole(op, "maxIterations", maxIterations, 1, 2 ** 31);
  const n = a.rows;
  if (n === 0) throw new UserError(`${op}: a matrix without rows has no eigenvalues`);
  const v = unitStart(op, w, n, start, seed);
  const [image, next] = [w.vector(n), w.vector(n)];
  const history: number[] = [];
  let scale = 0;
  const measure = (): { readonly value: number; readonly residual: number } => {
    a.times(v, image);
    const value = w.dot(v, image);
    const length = w.norm(image);
    if (!Number.isFinite(length)) throw notFinite(op, [], 0);
    scale = op === "powerIteration" ? length : Math.max(scale, length);
    w.copy(image, next);
    w.axpy(-value, v, next);
    return { value, residual: w.norm(next) };
  };
  let now = measure();
  for (let iterations = 1; iterations <= maxIterations && scale > 0; iterations += 1) {
    advance(v, image, next);
    const length = w.norm(next);
    if (!Number.isFinite(length)) throw notFinite(op, [], 0);
    if (length === 0) break;
    divide(w, next, length);
    w.copy(next, v);
    now = measure();
    history.push(scale === 0 ? 0 : now.residual / scale);
    if (now.residual <= tolerance * scale) break;
  }
  if (!(now.residual <= tolerance * scale))
    throw failed(
      `${op}: not converged after ${history.length} iterations: ‖Av − λv‖ is ${now.residual.toPrecision(3)} at λ = ${now.value.toPrecision(6)}. There may be two eigenvalues equally near, or a complex pair; try subspaceIteration, eigh or eig, or another ${op === "powerIteration" ? "start" : "shift"}`,
      {
        reason: "not converged",
        iterations: history.length,
        found: `λ ≈ ${now.value.toPrecision(6)} with a residual of ${now.residual.toPrecision(3)}`,
        history,
        best: vectorTensor(w, v),
      },
    );
  const { tensor } = columnsTensor(w, v.transposed());
  return { value: now.value, vector: tensor.ravel(), iterations: history.length, residual: now.residual, history };
}
