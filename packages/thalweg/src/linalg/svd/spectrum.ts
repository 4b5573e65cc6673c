/** What singular values say about a matrix: rank, null space, condition and the norms made of them. */
import { makeBuffer } from "../../graph/node.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sizesOf, toMatrix } from "../arguments.js";
import { floatDType } from "../host.js";
import { countAbove, type SpectrumOptions } from "./pseudo-inverse.js";
import { runSvd, singularValuesFor, storedAs } from "./svd.js";

/**
 * The condition number in the 2-norm, exactly: the largest singular value over the smallest. Infinity when the smallest is 0, 0 for an empty
 * matrix. Needs values, so it does not work inside traced functions; for a cheap estimate see `conditionEstimate`.
 *
 * @throws NumericalError (not finite) for NaN and infinities, (not converged) when the iteration fails.
 */
export function cond(a: Numbers): number {
  const t = toMatrix("cond", a);
  const { values } = runSvd("cond", t.storage("cond"), ...sizesOf(t), "none");
  const [largest = 0, smallest = 0] = [values[0], values.at(-1)];
  return values.length === 0 ? 0 : smallest === 0 ? Number.POSITIVE_INFINITY : largest / smallest;
}

/**
 * The number of singular values that are not 0 to working precision: the surest count there is, at several times the price of `matrixRank`. Needs values.
 * Throws as `svd` does.
 */
export function rankBySvd(a: Numbers, options: SpectrumOptions = {}): number {
  const t = toMatrix("rankBySvd", a);
  const sizes = sizesOf(t);
  const { values } = runSvd("rankBySvd", t.storage("rankBySvd"), ...sizes, "none");
  return countAbove("rankBySvd", values, sizes, floatDType(t), options);
}

/** An orthonormal basis of {x : A x = 0}, as the columns of an n × (n − rank) matrix, from the right singular vectors. Needs values. Throws as `svd` does. */
export function nullSpaceBySvd(a: Numbers, options: SpectrumOptions = {}): Tensor {
  const t = toMatrix("nullSpaceBySvd", a);
  const sizes = sizesOf(t);
  const [m, n] = sizes;
  const { values, vt } = runSvd("nullSpaceBySvd", t.storage("nullSpaceBySvd"), m, n, m < n ? "full" : "thin");
  const rank = countAbove("nullSpaceBySvd", values, sizes, floatDType(t), options);
  const rest = n - rank;
  const basis = Float64Array.from({ length: n * rest }, (_, k) => {
    const [i, j] = [Math.floor(k / rest), k % rest];
    return vt[(rank + j) * n + i] ?? 0;
  });
  return new Tensor(makeBuffer([n, rest], t.dtype, storedAs(basis, t)));
}

/** An orthonormal basis of {A x}, as the columns of an m × rank matrix: the left singular vectors that count. Needs values. Throws as `svd` does. */
export function rangeBasisBySvd(a: Numbers, options: SpectrumOptions = {}): Tensor {
  const t = toMatrix("rangeBasisBySvd", a);
  const sizes = sizesOf(t);
  const [m, n] = sizes;
  const { values, u } = runSvd("rangeBasisBySvd", t.storage("rangeBasisBySvd"), m, n, "thin");
  const rank = countAbove("rangeBasisBySvd", values, sizes, floatDType(t), options);
  const basis = Float64Array.from(
    { length: m * rank },
    (_, k) => u[Math.floor(k / rank) * values.length + (k % rank)] ?? 0,
  );
  return new Tensor(makeBuffer([m, rank], t.dtype, storedAs(basis, t)));
}

const spectralValues = singularValuesFor("spectralNorm");
const nuclearValues = singularValuesFor("nuclearNorm");

/** The 2-norm of a matrix: its largest singular value. Differentiable where that is single. */
export function spectralNorm(a: Numbers): Tensor {
  const s = spectralValues(toMatrix("spectralNorm", a));
  return s.size === 0 ? s.sum() : s.max();
}

/** The sum of the singular values. Differentiable where they are positive. */
export function nuclearNorm(a: Numbers): Tensor {
  return nuclearValues(toMatrix("nuclearNorm", a)).sum();
}
