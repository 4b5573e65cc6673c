/** A P = Q R as an op; its derivative is that of the QR factorisation of A P, the order of the columns being constant between ties. */
import { withWorkspace } from "../../runtime/kernels.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sizesOf, toMatrix } from "../arguments.js";
import { notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { formQ, readR, safeScale, signsOf } from "./compute.js";
import { blocksOf, factorPivoted } from "./pivoted-compute.js";
import { type Qr, qrTangent } from "./qr.js";

export interface PivotedFactors extends Qr {
  /** int32: column k of Q R is column permutation[k] of A, so that a.take(permutation, { axis: 1 }) = q.matmul(r). */
  readonly permutation: Tensor;
}

const op = hostOp(
  "pivotedQr",
  "",
  (inputs) => {
    const { dtype } = firstAval(inputs);
    const [m, n] = sizesOf(firstAval(inputs));
    const k = Math.min(m, n);
    return [
      { shape: [m, k], dtype },
      { shape: [k, n], dtype },
      { shape: [n], dtype: "int32" },
    ];
  },
  ([data = new Float64Array(0)], [aval]) => {
    const [m, n] = sizesOf(aval ?? { shape: [0, 0] });
    const k = Math.min(m, n);
    const dtype = floatDType(aval);
    return withWorkspace(dtype, (w) => {
      const a = w.spread(m, n);
      const loaded = w.load(data, m, n);
      const { value } = w.maxAbs(loaded);
      if (!Number.isFinite(value)) throw notFinite("pivotedQr", data, n);
      const scale = safeScale(value, dtype);
      w.copy(loaded, a, scale);
      const factors = factorPivoted(w, a);
      const signs = signsOf(w, a);
      const r = readR(w, a, k, signs, 1 / scale);
      return [w.read(formQ(w, blocksOf(w, factors), m, k, signs)), r, factors.permutation];
    });
  },
  {
    jvp: ([a], [q, r, permutation], [da]) => {
      if (a === undefined || q === undefined || r === undefined || permutation === undefined || da === undefined)
        return [undefined, undefined, undefined];
      const ordered = (t: Tensor): Tensor => t.take(permutation, { axis: 1 });
      return [...qrTangent(ordered(a), q, r, ordered(da), "reduced", "pivotedQr"), undefined];
    },
  },
);

/**
 * QR with column pivoting of an m × n matrix: A P = Q R with |R₀₀| ≥ |R₁₁| ≥ … ≥ 0, which shows the numerical rank (a small diagonal
 * element: the columns from there on depend on those before). Slower than `qr`. Differentiable where the first min(m, n) columns chosen are
 * independent.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function pivotedQr(a: Numbers): PivotedFactors {
  const [q, r, permutation] = callHost(op, [toMatrix("pivotedQr", a)]) as [Tensor, Tensor, Tensor];
  return { q, r, permutation };
}
