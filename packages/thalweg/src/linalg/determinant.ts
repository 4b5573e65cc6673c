/**
 * Determinants from LU: det A = ± Π uᵢᵢ, the sign from the row exchanges. d det A = det A · tr(A⁻¹ dA), d log|det A| = tr(A⁻¹ dA) (Jacobi).
 */

import type { TypedArray } from "../base/dtype.js";
import type { HostOp } from "../graph/primitives.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Numbers, toSquare } from "./arguments.js";
import { notFinite } from "./failure.js";
import { callHost, firstAval, floatDType, hostOp } from "./host.js";
import { inverse } from "./inverse.js";
import { factorLu } from "./lu/compute.js";

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
    // mantissa and exponent apart, so that only a result out of range leaves the range
    let mantissa = sign;
    let exponent = 0;
    for (const u of diagonal) {
      if (u === 0) return [floatArray(dtype, 0)];
      const shift = Math.floor(Math.log2(Math.abs(u)));
      const half = Math.trunc(shift / 2);
      mantissa *= u * 2 ** -half * 2 ** (half - shift);
      exponent += shift;
      const carry = Math.floor(Math.log2(Math.abs(mantissa)));
      mantissa *= 2 ** -carry;
      exponent += carry;
    }
    const half = Math.trunc(exponent / 2);
    return [floatArray(dtype, mantissa * 2 ** half * 2 ** (exponent - half))];
  },
  {
    jvp: ([a], [det], [da]) => {
      if (a === undefined || det === undefined || da === undefined) return [undefined];
      return [inverse(a).transpose().mul(da).sum().mul(det)];
    },
  },
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
      return [undefined, inverse(a).transpose().mul(da).sum()];
    },
  },
);

function floatArray(dtype: "float32" | "float64", value: number): Float32Array | Float64Array {
  return dtype === "float64" ? Float64Array.of(value) : Float32Array.of(value);
}

/**
 * The determinant of a square matrix (1 of no rows), by LU. It leaves the range of the dtype soon; see `logDeterminant`. Differentiable at
 * nonsingular matrices.
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
