/**
 * A = U S Vᵀ. Differentiated (Townsend 2016), with P = Uᵀ dA V and Fᵢⱼ = 1/(sⱼ² − sᵢ²):
 *
 *   ds = diag(P),
 *   dU = U (F ∘ (P S + S Pᵀ)) + (I − U Uᵀ) dA V S⁻¹,
 *   dV = V (F ∘ (S P + Pᵀ S)) + (I − V Vᵀ) dAᵀ U S⁻¹.
 */
import type { TypedArray } from "../../base/dtype.js";
import { UserError } from "../../base/errors.js";
import type { Aval } from "../../graph/primitives.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sizesOf, toMatrix } from "../arguments.js";
import { failed, notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { checkOptions } from "../options.js";
import { safeReciprocals, spectralGaps } from "../spectral-gaps.js";
import { factorSvd, type SingularValues, type Vectors } from "./compute.js";

export interface SvdOptions {
  /** "thin": min(m, n) vectors on either side; "full": complete bases, U m × m and V n × n. Default: "thin". */
  readonly mode?: "thin" | "full";
}

export interface Svd {
  /** Left singular vectors in columns; orthonormal, in each the element of largest size is positive. */
  readonly u: Tensor;
  /** min(m, n) singular values, descending, ≥ 0. */
  readonly s: Tensor;
  /** Right singular vectors in rows. */
  readonly vt: Tensor;
}

/** The factors of an array, checked; `name` speaks in errors. */
export function runSvd(name: string, data: TypedArray, m: number, n: number, vectors: Vectors): SingularValues {
  const x = data instanceof Float64Array ? data : Float64Array.from(data);
  let largest = 0;
  for (let i = 0; i < x.length; i += 1) {
    const size = Math.abs(x[i] ?? 0);
    if (!(size <= Number.MAX_VALUE)) throw notFinite(name, x, n);
    if (size > largest) largest = size;
  }
  const result = factorSvd(x, m, n, largest, vectors);
  const k = Math.min(m, n);
  if (result.missing > 0)
    throw failed(
      `${name}: the iteration did not converge after ${30 * k * k} rotations; ${result.missing} of ${k} singular values are missing`,
      {
        reason: "not converged",
        iterations: 30 * k * k,
        found: `${k - result.missing} of ${k} singular values`,
      },
    );
  return result;
}

export function storedAs(values: Float64Array, aval: Aval | undefined): TypedArray {
  return floatDType(aval) === "float32" ? Float32Array.from(values) : values;
}

const ops = { thin: svdOp("thin"), full: svdOp("full") };

function svdOp(mode: "thin" | "full"): ReturnType<typeof hostOp> {
  return hostOp(
    "svd",
    mode,
    (inputs) => {
      const { dtype } = firstAval(inputs);
      const [m, n] = sizesOf(firstAval(inputs));
      const k = Math.min(m, n);
      const full = mode === "full";
      return [
        { shape: [m, full ? m : k], dtype },
        { shape: [k], dtype },
        { shape: [full ? n : k, n], dtype },
      ];
    },
    ([data = new Float64Array(0)], [aval]) => {
      const [m, n] = sizesOf(aval ?? { shape: [] });
      const { u, values, vt } = runSvd("svd", data, m, n, mode);
      return [u, values, vt].map((x) => storedAs(x, aval));
    },
    {
      jvp: ([a], [u, s, vt], [da]) => {
        if (a === undefined || u === undefined || s === undefined || vt === undefined || da === undefined)
          return [undefined, undefined, undefined];
        const [m, n] = sizesOf(a);
        if (mode === "full" && m !== n)
          throw new UserError(
            'svd: with mode "full" the extra vectors have no derivative, since any basis would do; use mode "thin"',
          );
        return svdTangent(u, s, vt, da);
      },
    },
  );
}

function svdTangent(u: Tensor, s: Tensor, vt: Tensor, da: Tensor): readonly [Tensor, Tensor, Tensor] {
  const [m, n] = [u.shape[0] ?? 0, vt.shape[1] ?? 0];
  const p = u.transpose().matmul(da).matmul(vt.transpose());
  const f = spectralGaps(s, "squares");
  const column = s.expandDims(1);
  const [ps, sp] = [p.mul(s), p.mul(column)];
  let du = u.matmul(f.mul(ps.add(ps.transpose())));
  let dv = vt.transpose().matmul(f.mul(sp.add(sp.transpose())));
  if (m > n) {
    const turned = da.matmul(vt.transpose()).mul(safeReciprocals(s));
    du = du.add(turned.sub(u.matmul(u.transpose().matmul(turned))));
  }
  if (n > m) {
    const turned = da.transpose().matmul(u).mul(safeReciprocals(s));
    dv = dv.add(turned.sub(vt.transpose().matmul(vt.matmul(turned))));
  }
  return [du, p.diagonal(), dv.transpose()];
}

/** The singular values under the name of the function that needs them. For the inside of linalg. */
export function singularValuesFor(name: string): (a: Tensor) => Tensor {
  const op = valuesOp(name);
  return (a) => {
    const [s] = callHost(op, [a]) as [Tensor];
    return s;
  };
}

function valuesOp(name: string): ReturnType<typeof hostOp> {
  return hostOp(
    name,
    "singular values",
    (inputs) => {
      const { dtype } = firstAval(inputs);
      return [{ shape: [Math.min(...sizesOf(firstAval(inputs)))], dtype }];
    },
    ([data = new Float64Array(0)], [aval]) => {
      const [m, n] = sizesOf(aval ?? { shape: [] });
      return [storedAs(runSvd(name, data, m, n, "none").values, aval)];
    },
    {
      jvp: ([a], _, [da]) => {
        if (a === undefined || da === undefined) return [undefined];
        const [u, , vt] = callHost(ops.thin, [a]) as [Tensor, Tensor, Tensor];
        return [u.mul(da.matmul(vt.transpose())).sum({ axis: 0 })];
      },
    },
  );
}

/**
 * The singular value decomposition of an m × n matrix: A = U diag(s) Vᵀ with orthonormal columns in U and V. Backward stable: ‖A − U S Vᵀ‖ and the loss of
 * orthogonality are of the order of epsilon, whatever the condition. Computed in float64; float32 results are rounded once. Derivatives ("thin") exist where the
 * singular values are distinct and, unless the matrix is square, positive; elsewhere those of the vectors are an error.
 *
 * QR of tall matrices, Golub–Kahan bidiagonalisation, implicit QR with zero shifts (Demmel and Kahan 1990; Golub and Van Loan, 4th ed., 8.6).
 *
 * @throws NumericalError (not finite) for NaN and infinities, (not converged) when the iteration fails.
 */
export function svd(a: Numbers, options: SvdOptions = {}): Svd {
  const { mode = "thin" } = checkOptions("svd", options, { mode: true });
  if (mode !== "thin" && mode !== "full")
    throw new UserError(`svd: mode must be "thin" or "full", got ${String(mode)}`);
  const [u, s, vt] = callHost(ops[mode], [toMatrix("svd", a)]) as [Tensor, Tensor, Tensor];
  return { u, s, vt };
}

const plainValues = singularValuesFor("singularValues");

/** The min(m, n) singular values alone, descending: more than twice as fast as `svd`. Differentiable where they are distinct and positive. Throws as `svd` does. */
export function singularValues(a: Numbers): Tensor {
  return plainValues(toMatrix("singularValues", a));
}
