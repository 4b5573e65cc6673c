/**
 * A X = B for a square A. Differentiated:
 *
 *   dX = A⁻¹ (dB − dA X),   B̄ = A⁻ᵀ X̄,   Ā = −B̄ Xᵀ
 */
import { UserError } from "../../base/errors.js";
import { makeBuffer } from "../../graph/node.js";
import type { HostOp } from "../../graph/primitives.js";
import { withWorkspace } from "../../runtime/kernels.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sameFloat, sizesOf, toFloat, toSquare } from "../arguments.js";
import { rangeScale, scaledBy, solutionWarning } from "../condition.js";
import { notFinite } from "../failure.js";
import { callHost, floatDType, hostOp, isSymbolic } from "../host.js";
import { checkOptions } from "../options.js";
import { withColumns } from "../triangular.js";
import { factorSquare, type SolveMethod, solveSquare, usualError } from "./compute.js";

export interface SolveOptions {
  /** Steps of iterative refinement at most, with a residual of twice the precision. Default: 0. Not inside traced functions. */
  readonly refine?: number;
}

/** A solution and the facts about it. Inside a traced function there are no facts, only `x`. */
export interface Solution {
  readonly x: Tensor;
  readonly method: SolveMethod | undefined;
  /** The estimate of κ₁(A) that `conditionEstimate` gives. */
  readonly condition: number | undefined;
  /** ‖B − A X‖ (Frobenius). */
  readonly residual: number | undefined;
  /**
   * The largest ‖b − A x‖/(‖A‖‖x‖ + ‖b‖) of a column: x solves exactly a system whose matrix and right-hand side differ by this from the given ones,
   * relative to their norms.
   */
  readonly backwardError: number | undefined;
  /** Steps of refinement taken, those that `solve` took unasked because the backward error was large among them. */
  readonly refinements: number | undefined;
  /** In words, when half of the digits are lost or more, or the backward error is larger than rounding explains. */
  readonly warning: string | undefined;
}

const op: HostOp = hostOp(
  "solve",
  "",
  ([, b]) => [b ?? { shape: [], dtype: "float64" }],
  ([a = new Float64Array(0), b = new Float64Array(0)], [aval, right]) => {
    const [n] = sizesOf(aval ?? { shape: [0] });
    const k = right?.shape[1] ?? 0;
    const dtype = floatDType(aval);
    return withWorkspace(dtype, (w) => {
      const scale = rangeScale(a, dtype);
      const { solve } = factorSquare("solve", w, scaledBy(a, scale), n);
      const x = w.load(scaledBy(b, scale), n, k);
      solve(x);
      if (!Number.isFinite(w.maxAbs(x).value)) throw notFinite("solve: of the right-hand side", b, k);
      return [w.read(x)];
    });
  },
  {
    vjp: ([a], [x], [g]) => {
      if (a === undefined || x === undefined || g === undefined) return [undefined, undefined];
      const back = solveSystem(a.transpose(), g);
      return [back.matmul(x.transpose()).neg(), back];
    },
    jvp: ([a], [x], [da, db]) => {
      if (a === undefined || x === undefined) return [undefined];
      const product = da?.matmul(x);
      const right = product === undefined ? db : db === undefined ? product.neg() : db.sub(product);
      return [right === undefined ? undefined : solveSystem(a, right)];
    },
  },
);

/** A⁻¹ B as an op, for matrices of one dtype. For the inside of linalg. */
export function solveSystem(a: Tensor, b: Tensor): Tensor {
  const [x] = callHost(op, [a, b]);
  return x ?? b;
}

/**
 * Solves A X = B for a square n × n matrix; B is n × k, or a vector of n elements (then so is X). The method is chosen by looking at A: substitution
 * if it is triangular, Cholesky if it is symmetric and turns out positive definite, else LU with partial pivoting, or QR where pivots grow; `method` says which. A solution whose backward error is larger
 * than rounding explains is refined, or had anew by QR. `condition`, `residual`, `backwardError` and `warning` say how far to trust the result. Differentiable; inside traced functions only `x` is there.
 *
 * @throws NumericalError (singular) when elimination finds a pivot that is exactly 0; (not finite) for NaN and infinities.
 */
export function solve(a: Numbers, b: Numbers, options: SolveOptions = {}): Solution {
  const { refine = 0 } = checkOptions("solve", options, { refine: true });
  if (!Number.isInteger(refine) || refine < 0)
    throw new UserError(`solve: refine must be a whole number of steps, 0 or more, got ${refine}`);
  const [matrix, right] = sameFloat(toSquare("solve", a), toFloat("solve", b));
  if (isSymbolic(matrix) || isSymbolic(right)) {
    if (refine > 0) throw new UserError("solve: refine needs values, which a function being traced does not have");
    const x = withColumns("solve", matrix, right, (columns) => solveSystem(matrix, columns));
    return {
      x,
      method: undefined,
      condition: undefined,
      residual: undefined,
      backwardError: undefined,
      refinements: undefined,
      warning: undefined,
    };
  }
  let facts: Omit<Solution, "x"> | undefined;
  const x = withColumns("solve", matrix, right, (columns) => {
    const [n, k] = sizesOf(columns);
    const dtype = floatDType(matrix);
    const values = [matrix.storage("solve"), columns.storage("solve")] as const;
    const { x: data, ...found } = withWorkspace(dtype, (w) => solveSquare(w, dtype, values, [n, k], refine));
    const usual = usualError(n, dtype);
    facts = { ...found, warning: solutionWarning(found, usual, dtype) };
    return new Tensor(makeBuffer([n, k], dtype, data));
  });
  return {
    x,
    method: undefined,
    condition: undefined,
    residual: undefined,
    backwardError: undefined,
    refinements: undefined,
    warning: undefined,
    ...facts,
  };
}
