/** The inverse: A X = I by LU. dX = −X dA X. */
import type { HostOp } from "../graph/primitives.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Numbers, toSquare } from "./arguments.js";
import { callHost, firstAval, floatDType, hostOp } from "./host.js";
import { factorSquare } from "./solve/compute.js";

const op: HostOp = hostOp(
  "inverse",
  "",
  (inputs) => [firstAval(inputs)],
  ([data = new Float64Array(0)], [aval]) => {
    const n = aval?.shape[0] ?? 0;
    return withWorkspace(floatDType(aval), (w) => {
      const { solve } = factorSquare("inverse", w, data, n);
      const x = w.matrix(n, n);
      w.fill(x, 0, 1);
      solve(x);
      return [w.read(x)];
    });
  },
  {
    vjp: (_, [x], [g]) => {
      if (x === undefined || g === undefined) return [undefined];
      const t = x.transpose();
      return [t.matmul(g).matmul(t).neg()];
    },
    jvp: (_, [x], [da]) => (x === undefined || da === undefined ? [undefined] : [x.matmul(da).matmul(x).neg()]),
  },
);

/**
 * The inverse of a square matrix. To solve a system use `solve`, which is faster and more accurate. Differentiable.
 *
 * @throws NumericalError (singular) when elimination finds a pivot that is exactly 0; (not finite) for NaN and infinities.
 */
export function inverse(a: Numbers): Tensor {
  const [x] = callHost(op, [toSquare("inverse", a)]) as [Tensor];
  return x;
}
