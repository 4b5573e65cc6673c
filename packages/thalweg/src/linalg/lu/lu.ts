/**
 * P A = L U. Differentiated, for square matrices, with the rows in the order found and F = L⁻¹ (P dA) U⁻¹:
 *
 *   dL = L strictlyLower(F),   dU = upper(F) U.
 */
import { UserError } from "../../base/errors.js";
import { withWorkspace } from "../../runtime/kernels.js";
import { tril, triu } from "../../tensor/creation.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sizesOf, toMatrix } from "../arguments.js";
import { notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { solveMatrix } from "../triangular.js";
import { factorLu, permutationOf } from "./compute.js";

export interface Lu {
  /** m × min(m, n), ones on the diagonal, no element above 1 in size. */
  readonly l: Tensor;
  /** min(m, n) × n. */
  readonly u: Tensor;
  /** int32: row i of L U is row permutation[i] of A, so that a.take(permutation) = l.matmul(u). */
  readonly permutation: Tensor;
}

const op = hostOp(
  "lu",
  "",
  (inputs) => {
    const { dtype } = firstAval(inputs);
    const [m, n] = sizesOf(firstAval(inputs));
    const k = Math.min(m, n);
    return [
      { shape: [m, k], dtype },
      { shape: [k, n], dtype },
      { shape: [m], dtype: "int32" },
    ];
  },
  ([data = new Float64Array(0)], [aval]) => {
    const [m, n] = sizesOf(aval ?? { shape: [0, 0] });
    const k = Math.min(m, n);
    return withWorkspace(floatDType(aval), (w) => {
      const a = w.spread(m, n);
      w.copy(w.load(data, m, n), a);
      // NaN and infinities stay in the factors
      const { pivots } = factorLu(w, a);
      if (!Number.isFinite(w.maxAbs(a).value)) throw notFinite("lu", data, n);
      const l = w.matrix(m, k);
      const u = w.matrix(k, n);
      w.copy(a.block(0, 0, m, k), l);
      w.copy(a.block(0, 0, k, n), u);
      for (let i = 0; i < k; i += 1) w.set(l, i, i, 1);
      w.fill(l, 0, 0, "upper");
      w.fill(u, 0, 0, "lower");
      return [w.read(l), w.read(u), permutationOf(w.readIntegers(pivots), m)];
    });
  },
  {
    jvp: ([a], [l, u, permutation], [da]) => {
      if (a === undefined || l === undefined || u === undefined || permutation === undefined || da === undefined)
        return [undefined, undefined, undefined];
      const [m, n] = sizesOf(a);
      if (m !== n) throw new UserError("lu: only the factorisation of a square matrix has a derivative here");
      const left = solveMatrix(l, da.take(permutation), { unit: true });
      const f = solveMatrix(u, left.transpose(), { triangle: "upper", transposed: true }).transpose();
      return [l.matmul(tril(f, { offset: -1 })), triu(f).matmul(u), undefined];
    },
  },
);

/**
 * The LU factorisation with partial pivoting of an m × n matrix: rows are exchanged so that no multiplier exceeds 1. A singular matrix has one
 * too, with a zero on U's diagonal. Differentiable for nonsingular square matrices.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function lu(a: Numbers): Lu {
  const [l, u, permutation] = callHost(op, [toMatrix("lu", a)]) as [Tensor, Tensor, Tensor];
  return { l, u, permutation };
}
