/**
 * A = V Λ Vᵀ. Differentiated (Giles 2008), with P = Vᵀ dA V and Fᵢⱼ = 1/(λⱼ − λᵢ):
 *
 *   dλᵢ = Pᵢᵢ,   dV = V (F ∘ P).
 */
import type { TypedArray } from "../../base/dtype.js";
import type { Aval } from "../../graph/primitives.js";
import { tril } from "../../tensor/creation.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, toSquare } from "../arguments.js";
import { failed, notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { spectralGaps } from "../spectral-gaps.js";
import { factorSymmetric, type SymmetricEigen } from "./compute.js";

export interface SymmetricEigenvalues {
  /** n eigenvalues, ascending. */
  readonly values: Tensor;
  /** n × n: column j belongs to values[j]; orthonormal, in each the element of largest size is positive. */
  readonly vectors: Tensor;
}

function run(name: string, data: TypedArray, aval: Aval | undefined, vectors: boolean): SymmetricEigen {
  const n = aval?.shape[0] ?? 0;
  const x = data instanceof Float32Array ? data : (data as Float64Array);
  let largest = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const size = Math.abs(x[i * n + j] ?? 0);
      if (!(size <= Number.MAX_VALUE)) throw notFinite(name, lowerTriangle(x, n), n);
      if (size > largest) largest = size;
    }
  }
  const result = factorSymmetric(x, n, largest, vectors);
  if (result.missing > 0)
    throw failed(
      `${name}: the iteration did not converge after ${30 * n} sweeps; ${result.missing} of ${n} eigenvalues are missing`,
      {
        reason: "not converged",
        iterations: 30 * n,
        found: `${n - result.missing} of ${n} eigenvalues`,
      },
    );
  return result;
}

function lowerTriangle(data: ArrayLike<number>, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? (data[i] ?? 0) : 0));
}

function stored(values: Float64Array, aval: Aval | undefined): TypedArray {
  return floatDType(aval) === "float32" ? Float32Array.from(values) : values;
}

const full = hostOp(
  "eigh",
  "",
  (inputs) => {
    const { shape, dtype } = firstAval(inputs);
    const [n = 0] = shape;
    return [
      { shape: [n], dtype },
      { shape: [n, n], dtype },
    ];
  },
  ([data = new Float64Array(0)], [aval]) => {
    const { values, vectors = new Float64Array(0) } = run("eigh", data, aval, true);
    return [stored(values, aval), stored(vectors, aval)];
  },
  {
    jvp: (_, [values, vectors], [da]) => {
      if (values === undefined || vectors === undefined || da === undefined) return [undefined, undefined];
      const p = vectors.transpose().matmul(symmetric(da)).matmul(vectors);
      return [p.diagonal(), vectors.matmul(spectralGaps(values, "differences").mul(p))];
    },
  },
);

const valuesOnly = hostOp(
  "eigvalsh",
  "",
  (inputs) => {
    const { shape, dtype } = firstAval(inputs);
    return [{ shape: [shape[0] ?? 0], dtype }];
  },
  ([data = new Float64Array(0)], [aval]) => [stored(run("eigvalsh", data, aval, false).values, aval)],
  {
    jvp: ([a], _, [da]) => {
      if (a === undefined || da === undefined) return [undefined];
      const [, vectors] = callHost(full, [a]) as [Tensor, Tensor];
      return [vectors.mul(symmetric(da).matmul(vectors)).sum({ axis: 0 })];
    },
  },
);

/** The symmetric matrix with this lower triangle. */
function symmetric(t: Tensor): Tensor {
  return tril(t).add(tril(t, { offset: -1 }).transpose());
}

/**
 * The eigenvalues and orthonormal eigenvectors of a symmetric n × n matrix: A V = V diag(λ). Only the lower triangle of A is read (and only there is
 * the derivative). Backward stable: ‖A − V Λ Vᵀ‖ and ‖VᵀV − I‖ are of the order of epsilon. Computed in float64; float32 results are rounded once.
 * Derivatives of the values exist where they are distinct, of the vectors too; at equal eigenvalues those of the vectors are an error.
 *
 * Householder tridiagonalisation (Golub and Van Loan, Matrix Computations, 4th ed., 8.3) and divide and conquer (Gu and Eisenstat 1995).
 *
 * @throws NumericalError (not finite) for NaN and infinities, (not converged) when the iteration fails.
 */
export function eigh(a: Numbers): SymmetricEigenvalues {
  const [values, vectors] = callHost(full, [toSquare("eigh", a)]) as [Tensor, Tensor];
  return { values, vectors };
}

/** The eigenvalues alone of a symmetric n × n matrix, ascending: about twice as fast as `eigh`. Only the lower triangle of A is read. Throws as `eigh` does. */
export function eigvalsh(a: Numbers): Tensor {
  const [values] = callHost(valuesOnly, [toSquare("eigvalsh", a)]) as [Tensor];
  return values;
}
