/**
 * A = L Lᵀ. Differentiated (Murray 2016), with Φ taking the lower triangle and half the diagonal:
 *
 *   dL = L Φ(L⁻¹ dA L⁻ᵀ).
 */
import type { HostOp } from "../../graph/primitives.js";
import { withWorkspace } from "../../runtime/kernels.js";
import { tril } from "../../tensor/creation.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, toSquare } from "../arguments.js";
import { failed, notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { solveMatrix } from "../triangular.js";
import { factorCholesky, type MinorFailure } from "./compute.js";

const op: HostOp = hostOp(
  "cholesky",
  "",
  (inputs) => [firstAval(inputs)],
  ([data = new Float64Array(0)], [aval]) => {
    const n = aval?.shape[0] ?? 0;
    return withWorkspace(floatDType(aval), (w) => {
      const l = w.load(data, n, n);
      // NaN and infinities end in a pivot, and none of those is positive and finite
      const failure = factorCholesky(w, l);
      if (failure !== undefined) throw notPositiveDefinite("cholesky", failure, lowerPart(data, n), n);
      w.fill(l, 0, 0, "upper");
      return [w.read(l)];
    });
  },
  {
    jvp: (_, [l], [da]) => {
      if (l === undefined || da === undefined) return [undefined];
      const lower = tril(da, { offset: -1 });
      const symmetric = tril(da).add(lower.transpose());
      const left = solveMatrix(l, symmetric);
      const f = solveMatrix(l, left.transpose());
      const half = tril(f)
        .add(tril(f, { offset: -1 }))
        .mul(0.5);
      return [l.matmul(half)];
    },
  },
);

function lowerPart(data: ArrayLike<number>, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? (data[i] ?? 0) : 0));
}

/** The error for a matrix in which elimination met a pivot that is not positive. */
export function notPositiveDefinite(op: string, failure: MinorFailure, data: ArrayLike<number>, n: number): Error {
  const { minor, pivot } = failure;
  if (Array.from(data).some((x) => !Number.isFinite(x))) return notFinite(op, data, n);
  if (Number.isNaN(pivot)) return notFinite(op, [], n);
  return failed(
    `${op}: the matrix is not positive definite: its leading minor of order ${minor} is not positive (the pivot in row ${minor - 1} came out as ${pivot.toPrecision(3)}). ` +
      "Check that the matrix is symmetric; of a covariance or Gram matrix that is nearly singular, add a small multiple of the identity",
    { reason: "not positive definite", minor, pivot },
  );
}

/**
 * The lower triangular L with A = L Lᵀ of a symmetric positive definite n × n matrix. Only the lower triangle of A is read (and only there is
 * the derivative); for the upper factor take L's transpose.
 *
 * @throws NumericalError (not positive definite) with the order of the failing leading minor; (not finite) for NaN and infinities.
 */
export function cholesky(a: Numbers): Tensor {
  const [l] = callHost(op, [toSquare("cholesky", a)]) as [Tensor];
  return l;
}
