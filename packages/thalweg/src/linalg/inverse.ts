/** The inverse: A X = I by LU. dX = −X dA X. */
import type { HostOp } from "../graph/primitives.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Numbers, toSquare } from "./arguments.js";
import { notFinite } from "./failure.js";
import { callHost, firstAval, floatDType, hostOp } from "./host.js";
import { factorSquare } from "./solve/compute.js";

/** The inverse as an op; errors speak of `name` and end with `advice`. */
function inverseOp(name: string, advice: string): HostOp {
  return hostOp(
    name,
    "inverse",
    (inputs) => [firstAval(inputs)],
    ([data = new Float64Array(0)], [aval]) => {
      const n = aval?.shape[0] ?? 0;
      return withWorkspace(floatDType(aval), (w) => {
        const { solve } = factorSquare(name, w, data, n, advice);
        const x = w.matrix(n, n);
        w.fill(x, 0, 1);
        solve(x);
        if (!Number.isFinite(w.maxAbs(x).value)) throw notFinite(name, [], n);
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
}

/** The inverse under the name of another function. For the inside of linalg. */
export function inverseFor(name: string, advice: string): (a: Tensor) => Tensor {
  const op = inverseOp(name, advice);
  return (a) => {
    const [x] = callHost(op, [a]) as [Tensor];
    return x;
  };
}

const plainInverse = inverseFor(
  "inverse",
  "The nearest thing that it has is the pseudoInverse; to solve a system use lstsq",
);

/**
 * The inverse of a square matrix. To solve a system use `solve`, which is faster and more accurate. Differentiable.
 *
 * @throws NumericalError (singular) when elimination finds a pivot that is exactly 0; (not finite) for NaN and infinities, and for an inverse beyond the range of the dtype.
 */
export function inverse(a: Numbers): Tensor {
  return plainInverse(toSquare("inverse", a));
}
