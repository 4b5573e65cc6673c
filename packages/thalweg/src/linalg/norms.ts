/** Norms of vectors and matrices, and the trace, as compositions of tensor ops: differentiable, and inside traced functions too. */
import { UserError } from "../base/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Numbers, toFloat, toMatrix, toSquare } from "./arguments.js";

/** 1: largest column sum; Infinity: largest row sum; "frobenius": root of the sum of squares; "max": largest element. Of sizes, all of them. */
export type MatrixNormOrder = 1 | typeof Number.POSITIVE_INFINITY | "frobenius" | "max";

/**
 * A norm of a matrix. Default: "frobenius". The 2-norm, the largest singular value, is `spectralNorm`; the condition that goes with the 1-norm is
 * `conditionEstimate`.
 */
export function matrixNorm(a: Numbers, order: MatrixNormOrder = "frobenius"): Tensor {
  const t = toMatrix("matrixNorm", a);
  if (t.size === 0) return t.sum();
  switch (order) {
    case 1:
      return t.abs().sum({ axis: 0 }).max();
    case Number.POSITIVE_INFINITY:
      return t.abs().sum({ axis: 1 }).max();
    case "frobenius":
      return t.ravel().norm();
    case "max":
      return t.abs().max();
    default: {
      const hint = Object.is(order, 2) ? ". The 2-norm is spectralNorm" : "";
      throw new UserError(`matrixNorm: order must be 1, Infinity, "frobenius" or "max", got ${String(order)}${hint}`);
    }
  }
}

/**
 * The p-norm of a vector, (Σ |xᵢ|ᵖ)^(1/p) for p ≥ 1; Infinity gives the largest size. Default: 2.
 */
export function vectorNorm(x: Numbers, order = 2): Tensor {
  const t = toFloat("vectorNorm", x);
  if (t.rank !== 1)
    throw new UserError(`vectorNorm: needs a vector, got shape [${t.shape.join(", ")}]; see matrixNorm`);
  if (!(order >= 1)) throw new UserError(`vectorNorm: order must be at least 1, got ${order}`);
  return t.norm({ order });
}

/** The sum of the diagonal of a square matrix. */
export function trace(a: Numbers): Tensor {
  return toSquare("trace", a).trace();
}
