/** A V = V Λ for any square A, complex pairs as real and imaginary parts. */
import type { TypedArray } from "../../base/dtype.js";
import type { Aval } from "../../graph/primitives.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, toSquare } from "../arguments.js";
import { failed, notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { factorGeneral, type GeneralEigen } from "./compute.js";

/** Complex numbers as two tensors of one shape. */
export interface ComplexParts {
  readonly re: Tensor;
  readonly im: Tensor;
}

export interface Eigenvalues {
  /** n eigenvalues, the largest in modulus first; conjugate pairs stand together, the one above the real axis first. */
  readonly values: ComplexParts;
  /** n × n: column j belongs to value j; of length 1, the element of largest modulus real and positive. */
  readonly vectors: ComplexParts;
}

function run(name: string, data: TypedArray, aval: Aval | undefined, vectors: boolean): GeneralEigen {
  const n = aval?.shape[0] ?? 0;
  const x = data as Float64Array;
  let largest = 0;
  for (let i = 0; i < x.length; i += 1) {
    const size = Math.abs(x[i] ?? 0);
    if (!(size <= Number.MAX_VALUE)) throw notFinite(name, x, n);
    if (size > largest) largest = size;
  }
  const result = factorGeneral(x, n, largest, vectors);
  if (result.missing > 0) {
    const iterations = 30 * Math.max(10, n);
    throw failed(
      `${name}: the iteration did not converge after ${iterations} sweeps; ${result.missing} of ${n} eigenvalues are missing`,
      {
        reason: "not converged",
        iterations,
        found: `${n - result.missing} of ${n} eigenvalues`,
      },
    );
  }
  return result;
}

function stored(values: Float64Array, aval: Aval | undefined): TypedArray {
  return floatDType(aval) === "float32" ? Float32Array.from(values) : values;
}

const full = hostOp(
  "eig",
  "",
  (inputs) => {
    const { shape, dtype } = firstAval(inputs);
    const [n = 0] = shape;
    return [[n], [n], [n, n], [n, n]].map((s) => ({ shape: s, dtype }));
  },
  ([data = new Float64Array(0)], [aval]) => {
    const { re, im, vectorsRe, vectorsIm } = run("eig", data, aval, true);
    return [re, im, vectorsRe, vectorsIm].map((x) => stored(x, aval));
  },
);

const valuesOnly = hostOp(
  "eigvals",
  "",
  (inputs) => {
    const { shape, dtype } = firstAval(inputs);
    return [0, 1].map(() => ({ shape: [shape[0] ?? 0], dtype }));
  },
  ([data = new Float64Array(0)], [aval]) => {
    const { re, im } = run("eigvals", data, aval, false);
    return [stored(re, aval), stored(im, aval)];
  },
);

/**
 * The eigenvalues and right eigenvectors of any n × n matrix: A V = V diag(λ), complex pairs as real and imaginary parts. The eigenvalues are those of a matrix within
 * a few epsilon of A; how near they are to A's own depends on their condition. Of a defective matrix several vectors come out (nearly) parallel.
 * For symmetric matrices use `eigh`. Computed in float64; float32 results are rounded once. Has no derivative here.
 *
 * Balancing, Householder reduction to Hessenberg form, Francis's double-shift QR, back substitution (Golub and Van Loan, Matrix Computations,
 * 4th ed., 7.4 to 7.6).
 *
 * @throws NumericalError (not finite) for NaN and infinities, (not converged) when the iteration fails.
 */
export function eig(a: Numbers): Eigenvalues {
  const [re, im, vectorsRe, vectorsIm] = callHost(full, [toSquare("eig", a)]) as [Tensor, Tensor, Tensor, Tensor];
  return { values: { re, im }, vectors: { re: vectorsRe, im: vectorsIm } };
}

/**
 * The eigenvalues alone of any n × n matrix, in the order of `eig`, always of the balanced matrix (`eig` takes the matrix as it is where balancing spoils the
 * vectors). Throws as `eig` does.
 */
export function eigvals(a: Numbers): ComplexParts {
  const [re, im] = callHost(valuesOnly, [toSquare("eigvals", a)]) as [Tensor, Tensor];
  return { re, im };
}
