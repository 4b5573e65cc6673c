/**
 * min ‖A X − B‖ as an op: in traced functions X = R⁻¹ Qᵀ B (tall) or Q R⁻ᵀ B with Aᵀ = Q R (wide), whose derivatives are those of the QR
 * factorisation and of substitution, or the truncated SVD.
 */
import { epsilon, type FloatDType } from "../../base/dtype.js";
import { UserError } from "../../base/errors.js";
import { makeBuffer } from "../../graph/node.js";
import { withWorkspace } from "../../runtime/kernels.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sameFloat, sizesOf, toFloat, toMatrix } from "../arguments.js";
import { conditionWarning, trustedDigits } from "../condition.js";
import { floatDType, isSymbolic } from "../host.js";
import { checkOptions } from "../options.js";
import { qr } from "../qr/qr.js";
import { solveMatrix, withColumns } from "../triangular.js";
import { type LeastSquares, solveLeastSquares } from "./compute.js";
import { regular, truncatedSolution } from "./truncated-op.js";
import type { LstsqMethod } from "./way.js";

export interface LstsqOptions {
  /**
   * "auto" takes the normal equations for tall matrices of small condition, else QR, pivoted QR when QR shows that columns depend on each other, and
   * the truncated SVD when pivoted QR leaves in doubt how many. "normal equations" are corrected by the residual, up to five times, while that helps; when it does not,
   * `warning` says how many digits are left. "qr" does not notice dependent columns. Default: "auto".
   */
  readonly method?: LstsqMethod | "auto";
  /**
   * What is below this times the largest counts as 0: singular values, or diagonal elements of R in pivoted QR. From 0 up to, not including, 1. Default:
   * max(m, n)·epsilon of the dtype.
   */
  readonly tolerance?: number;
  /** Steps of iterative refinement, with a residual of twice the precision. Default: 0. */
  readonly refine?: number;
}

/** A solution and the facts about it. Inside a traced function there are no facts, only `x`. */
export interface LeastSquaresSolution {
  /** n × k, or a vector as B was; of several minimisers the shortest. */
  readonly x: Tensor;
  readonly rank: number | undefined;
  /** Of A, exact by SVD and estimated else; infinite when the rank is deficient. */
  readonly condition: number | undefined;
  /** Of what counts of A: the largest singular value over the smallest that is not taken for 0. Digits of the shortest solution depend on this one. */
  readonly effectiveCondition: number | undefined;
  /** ‖A X − B‖ (Frobenius). */
  readonly residual: number | undefined;
  readonly method: LstsqMethod | undefined;
  readonly refinements: number | undefined;
  /** In words, when the rank is deficient or half of the digits are lost or more. */
  readonly warning: string | undefined;
}

const noFacts = {
  rank: undefined,
  condition: undefined,
  effectiveCondition: undefined,
  residual: undefined,
  method: undefined,
  refinements: undefined,
  warning: undefined,
};

const methods: readonly unknown[] = ["auto", "normal equations", "qr", "pivoted qr", "truncated svd"];

/**
 * The X that minimises ‖A X − B‖ for an m × n matrix A of any shape and rank, the shortest one if there are several; B is m × k or a vector of m elements.
 * Says which method it took and how far to trust the result.
 *
 * Differentiable. Inside traced functions only `x` is there; it is computed by QR, which needs full rank, or for the methods "pivoted qr" and
 * "truncated svd" by the truncated SVD, whose derivative holds the number of singular values that count.
 *
 * @throws NumericalError (not finite) for NaN and infinities; (not positive definite) for dependent columns by the method "normal equations";
 * (singular) for them inside a traced function, unless by the methods "qr", "pivoted qr" and "truncated svd".
 */
export function lstsq(a: Numbers, b: Numbers, options: LstsqOptions = {}): LeastSquaresSolution {
  checkOptions("lstsq", options, { method: true, tolerance: true, refine: true });
  const { method = "auto", refine = 0 } = options;
  if (!methods.includes(method))
    throw new UserError(`lstsq: method must be one of ${methods.join(", ")}, got ${String(method)}`);
  if (!Number.isInteger(refine) || refine < 0)
    throw new UserError(`lstsq: refine must be a whole number of steps, 0 or more, got ${refine}`);
  const [matrix, right] = sameFloat(toMatrix("lstsq", a), toFloat("lstsq", b));
  const [m, n] = sizesOf(matrix);
  const dtype = floatDType(matrix);
  const { tolerance = Math.max(m, n) * epsilon(dtype) } = options;
  if (!(tolerance >= 0 && tolerance < 1))
    throw new UserError(`lstsq: tolerance must be at least 0 and less than 1, got ${tolerance}`);
  if (method === "normal equations" && m < n)
    throw new UserError("lstsq: the normal equations need at least as many rows as columns; use method auto");
  if (isSymbolic(matrix) || isSymbolic(right))
    return {
      x: withColumns("lstsq", matrix, right, (columns) => traced(matrix, columns, method, tolerance)),
      ...noFacts,
    };
  let facts: Omit<LeastSquaresSolution, "x"> = noFacts;
  const x = withColumns("lstsq", matrix, right, (columns) => {
    const k = columns.shape[1] ?? 0;
    const values = [matrix.storage("lstsq"), columns.storage("lstsq")] as const;
    const {
      x: data,
      uncorrected,
      ...found
    } = withWorkspace(dtype, (w) => solveLeastSquares(w, dtype, values, [m, n, k], { method, tolerance, refine }));
    facts = { ...found, warning: warningFor({ ...found, uncorrected }, [m, n], dtype, tolerance) };
    return new Tensor(makeBuffer([n, k], dtype, data));
  });
  return { x, ...facts };
}

function warningFor(
  { rank, condition, effectiveCondition, uncorrected }: Omit<LeastSquares, "x">,
  [m, n]: readonly [number, number],
  dtype: FloatDType,
  tolerance: number,
): string | undefined {
  const full = Math.min(m, n);
  if (
    rank === full &&
    uncorrected > epsilon(dtype) * Math.max(1, condition) &&
    uncorrected > Math.sqrt(epsilon(dtype))
  ) {
    const digits = Math.max(0, Math.floor(-Math.log10(uncorrected)));
    return (
      `the normal equations lose twice the digits of the condition (${condition.toExponential(1)}), and their corrections did not bring them back: ` +
      `${digits === 0 ? "no digit" : `about ${digits} digits`} of the solution can be trusted; use the method auto or qr`
    );
  }
  if (rank === full) return conditionWarning(condition, dtype, "the solution");
  const left = trustedDigits(effectiveCondition, dtype);
  const lost =
    left >= -Math.log10(epsilon(dtype)) / 2
      ? ""
      : `, and of its digits about ${Math.floor(left)} can be trusted (condition ${effectiveCondition.toExponential(1)} of what is left)`;
  return (
    `the matrix has rank ${rank}, not ${full} (what is below ${tolerance.toPrecision(2)} of the largest counts as 0): ${n - rank} of its ${n} columns can be had ` +
    `from the others, so many solutions fit equally well; this is the shortest${lost}`
  );
}

function traced(a: Tensor, b: Tensor, method: LstsqMethod | "auto", tolerance: number): Tensor {
  if (method === "truncated svd" || method === "pivoted qr") return truncatedSolution(a, b, tolerance);
  const [m, n] = sizesOf(a);
  const factor = (t: Tensor): { readonly q: Tensor; readonly r: Tensor } => {
    const { q, r } = qr(t);
    return { q, r: method === "qr" ? r : regular(r, Math.max(m, n)) };
  };
  if (m >= n) {
    const { q, r } = factor(a);
    return solveMatrix(r, q.transpose().matmul(b), { triangle: "upper" });
  }
  const { q, r } = factor(a.transpose());
  return q.matmul(solveMatrix(r, b, { triangle: "upper", transposed: true }));
}
