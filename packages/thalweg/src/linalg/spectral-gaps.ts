/**
 * What derivatives of eigenvectors and singular vectors divide by (Loewdin 1962; Giles 2008): for a spectrum x
 *
 *   differences: Fᵢⱼ = 1/(xⱼ − xᵢ),   squares: Fᵢⱼ = 1/(xⱼ² − xᵢ²),   Fᵢᵢ = 0,   and reciprocals 1/xᵢ.
 *
 * Vectors of equal values may be turned in their common space, so that they have no derivative: an error says which.
 */
import { epsilon } from "../base/dtype.js";
import { NumericalError } from "../base/errors.js";
import type { HostOp } from "../graph/primitives.js";
import type { Tensor } from "../tensor/tensor.js";
import { callHost, firstAval, floatDType, hostOp } from "./host.js";

type Kind = "differences" | "squares";

const gapOps: Readonly<Record<Kind, HostOp>> = { differences: gapOp("differences"), squares: gapOp("squares") };

function gapOp(kind: Kind): HostOp {
  const squared = kind === "squares";
  return hostOp(
    "spectral gaps",
    kind,
    (inputs) => {
      const { shape, dtype } = firstAval(inputs);
      const [n = 0] = shape;
      return [{ shape: [n, n], dtype }];
    },
    ([values = new Float64Array(0)], [aval]) => {
      const n = values.length;
      const dtype = floatDType(aval);
      const result = dtype === "float64" ? new Float64Array(n * n) : new Float32Array(n * n);
      const x = values as Float64Array;
      const limit = n * epsilon(dtype) * x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      for (let i = 0; i < n; i += 1) {
        for (let j = i + 1; j < n; j += 1) {
          const [a, b] = [x[i] ?? 0, x[j] ?? 0];
          if (Math.abs(b - a) <= limit) throw degenerate(squared ? "singular values" : "eigenvalues", i, j, a, b);
          const inverse = 1 / ((b - a) * (squared ? b + a : 1));
          result[i * n + j] = inverse;
          result[j * n + i] = -inverse;
        }
      }
      return [result];
    },
    {
      jvp: ([x], [f], [dx]) => {
        if (x === undefined || f === undefined || dx === undefined) return [undefined];
        const moved = squared ? x.mul(dx).mul(2) : dx;
        const gaps = moved.expandDims(0).sub(moved.expandDims(1));
        return [f.square().mul(gaps).neg()];
      },
    },
  );
}

function degenerate(what: string, i: number, j: number, a: number, b: number): NumericalError {
  return new NumericalError(
    `the derivative of the vectors does not exist: the ${what} ${i} and ${j} are equal to working precision (${a} and ${b}), so that any basis ` +
      `of their common space would do. Use only the ${what} in the function, or move the matrix away from symmetry`,
    { reason: "degenerate spectrum", first: i, second: j, values: [a, b] },
  );
}

/** F of a vector of n values, n × n. */
export function spectralGaps(values: Tensor, kind: Kind): Tensor {
  const [f] = callHost(gapOps[kind], [values]) as [Tensor];
  return f;
}

const reciprocals = hostOp(
  "reciprocal singular values",
  "",
  (inputs) => [firstAval(inputs)],
  ([values = new Float64Array(0)], [aval]) => {
    const x = values as Float64Array;
    const limit = x.length * epsilon(floatDType(aval)) * (x[0] ?? 0);
    const zero = x.findIndex((v) => v <= limit);
    if (zero >= 0)
      throw new NumericalError(
        `the derivative of the singular vectors does not exist: singular value ${zero} is 0 to working precision (${x[zero]}), so the matrix has ` +
          "lost rank there and its vectors are not determined",
        { reason: "degenerate spectrum", first: zero, values: [x[zero]] },
      );
    return [x.map((v) => 1 / v)];
  },
  {
    jvp: (_, [r], [dx]) => (r === undefined || dx === undefined ? [undefined] : [r.square().mul(dx).neg()]),
  },
);

/** 1/σ; an error where σ is 0. */
export function safeReciprocals(values: Tensor): Tensor {
  const [r] = callHost(reciprocals, [values]) as [Tensor];
  return r;
}
