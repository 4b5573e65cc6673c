/**
 * The Moore–Penrose inverse A⁺ = V S⁺ Uᵀ. Differentiated where the rank does not change (Golub and Pereyra 1973):
 *
 *   dA⁺ = −A⁺ dA A⁺ + A⁺ A⁺ᵀ dAᵀ (I − A A⁺) + (I − A⁺ A) dAᵀ A⁺ᵀ A⁺.
 */
import { epsilon } from "../../base/dtype.js";
import { UserError } from "../../base/errors.js";
import type { HostOp } from "../../graph/primitives.js";
import { withWorkspace } from "../../runtime/kernels.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sizesOf, toMatrix } from "../arguments.js";
import { notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { checkOptions } from "../options.js";
import { runSvd, storedAs } from "./svd.js";

export interface SpectrumOptions {
  /** Singular values below this times the largest count as 0. Default: max(m, n)·epsilon of the dtype. */
  readonly tolerance?: number;
}

/** How many of these descending singular values count. */
export function countAbove(
  op: string,
  values: ArrayLike<number>,
  [m, n]: readonly [number, number],
  dtype: "float32" | "float64",
  options: SpectrumOptions,
): number {
  const { tolerance = Math.max(m, n) * epsilon(dtype) } = checkOptions(op, options, { tolerance: true });
  if (!(tolerance >= 0 && tolerance < 1))
    throw new UserError(`${op}: tolerance must be at least 0 and less than 1, got ${tolerance}`);
  const limit = tolerance * (values[0] ?? 0);
  let count = 0;
  while (count < values.length && (values[count] ?? 0) > limit) count += 1;
  return count;
}

function pseudoInverseOp(options: SpectrumOptions): HostOp {
  return hostOp(
    "pseudoInverse",
    String(options.tolerance),
    (inputs) => {
      const { dtype } = firstAval(inputs);
      const [m, n] = sizesOf(firstAval(inputs));
      return [{ shape: [n, m], dtype }];
    },
    ([data = new Float64Array(0)], [aval]) => {
      const sizes = sizesOf(aval ?? { shape: [] });
      const [m, n] = sizes;
      const { u, values, vt } = runSvd("pseudoInverse", data, m, n, "thin");
      const rank = countAbove("pseudoInverse", values, sizes, floatDType(aval), options);
      return withWorkspace("float64", (w) => {
        const left = w.load(u, m, values.length).block(0, 0, m, rank);
        const right = w.load(vt, values.length, n).block(0, 0, rank, n);
        for (let i = 0; i < rank; i += 1) w.scale(1 / (values[i] ?? 1), right.row(i).transposed());
        const inverse = w.zeros(n, m);
        w.gemm(1, right.transposed(), left.transposed(), inverse);
        if (!Number.isFinite(w.maxAbs(inverse).value)) throw notFinite("pseudoInverse", [], n);
        return [storedAs(w.read(inverse) as Float64Array, aval)];
      });
    },
    {
      jvp: ([a], [p], [da]) => {
        if (a === undefined || p === undefined || da === undefined) return [undefined];
        const [dat, pt] = [da.transpose(), p.transpose()];
        const beyondRange = p.matmul(pt).matmul(dat.sub(dat.matmul(a).matmul(p)));
        const inner = dat.matmul(pt).matmul(p);
        const beyondRows = inner.sub(p.matmul(a.matmul(inner)));
        return [p.matmul(da).matmul(p).neg().add(beyondRange).add(beyondRows)];
      },
    },
  );
}

const defaultOp = pseudoInverseOp({});

/**
 * The Moore–Penrose inverse of an m × n matrix, n × m: A⁺ b is the shortest of all least-squares solutions of A x = b. Small singular values count as
 * 0 (`tolerance`). Differentiable where the rank is the same all around.
 *
 * @throws NumericalError (not finite) for NaN and infinities or an inverse beyond the range of the dtype, (not converged) when the iteration fails.
 */
export function pseudoInverse(a: Numbers, options: SpectrumOptions = {}): Tensor {
  checkOptions("pseudoInverse", options, { tolerance: true });
  const op = options.tolerance === undefined ? defaultOp : pseudoInverseOp(options);
  const [p] = callHost(op, [toMatrix("pseudoInverse", a)]) as [Tensor];
  return p;
}
