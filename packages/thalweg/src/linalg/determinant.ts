/**
 * Determinants from LU: det A = ± Π uᵢᵢ, the sign from the row exchanges. With the cofactors C of A (Jacobi),
 *
 *   d det A = Σ Cᵢⱼ dAᵢⱼ,   d log|det A| = tr(A⁻¹ dA),   dC = C tr(A⁻¹ dA) − C dAᵀ A⁻ᵀ.
 *
 * The cofactors exist of singular matrices too; with A = U S Vᵀ they are  C = det U · det V · U diag(Π_{j ≠ i} σⱼ) Vᵀ.
 */

import type { TypedArray } from "../base/dtype.js";
import type { HostOp } from "../graph/primitives.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Numbers, toSquare } from "./arguments.js";
import { notFinite } from "./failure.js";
import { callHost, firstAval, floatDType, hostOp } from "./host.js";
import { inverseFor } from "./inverse.js";
import { factorLu } from "./lu/compute.js";
import { runSvd, storedAs } from "./svd/svd.js";

/** The diagonal of U and the sign of the permutation. */
function pivotsOf(
  op: string,
  data: TypedArray,
  dtype: "float32" | "float64",
  n: number,
): { readonly diagonal: Float64Array; readonly sign: number } {
  return withWorkspace(dtype, (w) => {
    const a = w.load(data, n, n);
    const { pivots } = factorLu(w, a);
    if (!Number.isFinite(w.maxAbs(a).value)) throw notFinite(op, data, n);
    const exchanges = w.readIntegers(pivots).reduce((count, other, k) => (other === k ? count : count + 1), 0);
    return { diagonal: Float64Array.from(w.values(a.diagonal())), sign: exchanges % 2 === 0 ? 1 : -1 };
  });
}

const determinantOp: HostOp = hostOp(
  "determinant",
  "",
  (inputs) => [{ shape: [], dtype: firstAval(inputs).dtype }],
  ([data = new Float64Array(0)], [aval]) => {
    const dtype = floatDType(aval);
    const { diagonal, sign } = pivotsOf("determinant", data, dtype, aval?.shape[0] ?? 0);
    return [floatArray(dtype, product(diagonal, sign))];
  },
  {
    jvp: ([a], _, [da]) => {
      if (a === undefined || da === undefined) return [undefined];
      const [cofactors] = callHost(cofactorsOp, [a]) as [Tensor];
      return [cofactors.mul(da).sum()];
    },
  },
);

/** Of the numbers but `without`, with mantissa and exponent apart, so that only a result out of range leaves the range. */
function product(values: Float64Array, sign: number, without = -1): number {
  let mantissa = sign;
  let exponent = 0;
  for (const [i, u] of values.entries()) {
    if (i === without) continue;
    if (u === 0) return 0;
    const shift = Math.floor(Math.log2(Math.abs(u)));
    const half = Math.trunc(shift / 2);
    mantissa *= u * 2 ** -half * 2 ** (half - shift);
    exponent += shift;
    const carry = Math.floor(Math.log2(Math.abs(mantissa)));
    mantissa *= 2 ** -carry;
    exponent += carry;
  }
  const half = Math.trunc(exponent / 2);
  return mantissa * 2 ** half * 2 ** (exponent - half);
}

const secondInverse = inverseFor(
  "determinant: of its second derivative",
  "First derivatives exist there, second ones are not computed at singular matrices",
);

const cofactorsOp: HostOp = hostOp(
  "determinant: of its derivative",
  "",
  (inputs) => [firstAval(inputs)],
  ([data = new Float64Array(0)], [aval]) => {
    const n = aval?.shape[0] ?? 0;
    const { u, values, vt } = runSvd("determinant: of its derivative", data, n, n, "thin");
    const signOf = (q: Float64Array): number => {
      const { diagonal, sign } = pivotsOf("determinant", q, "float64", n);
      return diagonal.reduce((s, x) => s * Math.sign(x), sign);
    };
    const sign = signOf(u) * signOf(vt);
    return withWorkspace("float64", (w) => {
      const [left, right, cofactors] = [w.load(u, n, n), w.load(vt, n, n), w.zeros(n, n)];
      for (let i = 0; i < n; i += 1) w.scale(product(values, sign, i), right.row(i).transposed());
      w.gemm(1, left, right, cofactors);
      return [storedAs(Float64Array.from(w.read(cofactors)), aval)];
    });
  },
  {
    jvp: ([a], [c], [da]) => {
      if (a === undefined || c === undefined || da === undefined) return [undefined];
      const inverse = secondInverse(a);
      const along = c.mul(inverse.transpose().mul(da).sum());
      return [along.sub(c.matmul(da.transpose()).matmul(inverse.transpose()))];
    },
  },
);

const logInverse = inverseFor(
  "logDeterminant: of its derivative",
  "The logarithm of 0 has none; determinant has a derivative there",
);

const logDeterminantOp: HostOp = hostOp(
  "logDeterminant",
  "",
  (inputs) => {
    const { dtype } = firstAval(inputs);
    return [
      { shape: [], dtype },
      { shape: [], dtype },
    ];
  },
  ([data = new Float64Array(0)], [aval]) => {
    const dtype = floatDType(aval);
    const { diagonal, sign } = pivotsOf("logDeterminant", data, dtype, aval?.shape[0] ?? 0);
    const total = diagonal.includes(0) ? 0 : diagonal.reduce((product, u) => product * Math.sign(u), sign);
    return [
      floatArray(dtype, total),
      floatArray(
        dtype,
        diagonal.reduce((sum, u) => sum + Math.log(Math.abs(u)), 0),
      ),
    ];
  },
  {
    jvp: ([a], _, [da]) => {
      if (a === undefined || da === undefined) return [undefined, undefined];
      return [undefined, logInverse(a).transpose().mul(da).sum()];
    },
  },
);

function floatArray(dtype: "float32" | "float64", value: number): Float32Array | Float64Array {
  return dtype === "float64" ? Float64Array.of(value) : Float32Array.of(value);
}

/**
 * The determinant of a square matrix (1 of no rows), by LU. It leaves the range of the dtype soon; see `logDeterminant`. Differentiable, once
 * also at singular matrices.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function determinant(a: Numbers): Tensor {
  const [value] = callHost(determinantOp, [toSquare("determinant", a)]) as [Tensor];
  return value;
}

export interface LogDeterminant {
  /** −1, 0 (of a singular matrix) or 1. */
  readonly sign: Tensor;
  /** log |det A|; −∞ of a singular matrix. */
  readonly logAbs: Tensor;
}

/**
 * det A = sign · exp(logAbs), by LU. Differentiable at nonsingular matrices.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function logDeterminant(a: Numbers): LogDeterminant {
  const [sign, logAbs] = callHost(logDeterminantOp, [toSquare("logDeterminant", a)]) as [Tensor, Tensor];
  return { sign, logAbs };
}
