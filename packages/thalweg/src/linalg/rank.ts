/**
 * What pivoted QR says about the spaces of a matrix (Golub and Van Loan, Matrix Computations, 4th ed., 5.4): its numerical rank, and orthonormal bases of its
 * range, from A P = Q R, and of its null space, from Aᵀ P = Q R. What singular values say about them: svd/spectrum.ts.
 */
import { epsilon } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import { makeBuffer } from "../graph/node.js";
import { type Workspace, withWorkspace } from "../runtime/kernels.js";
import { Tensor } from "../tensor/tensor.js";
import { type Numbers, sameFloat, sizesOf, toFloat, toMatrix } from "./arguments.js";
import { notFinite } from "./failure.js";
import { floatDType } from "./host.js";
import { checkOptions } from "./options.js";
import { formQ, safeScale, signsOf } from "./qr/compute.js";
import { blocksOf, factorPivoted, type PivotedQr, rankOf } from "./qr/pivoted-compute.js";
import { withColumns } from "./triangular.js";

export interface RankOptions {
  /** Diagonal elements of R below this times the first count as 0. Default: max(m, n)·epsilon. */
  readonly tolerance?: number;
}

function withFactors<T>(
  op: string,
  t: Tensor,
  transposed: boolean,
  options: RankOptions,
  body: (w: Workspace, factors: PivotedQr, rank: number) => T,
): T {
  const { tolerance } = checkOptions(op, options, { tolerance: true });
  const [m, n] = sizesOf(t);
  const dtype = floatDType(t);
  const limit = tolerance ?? Math.max(m, n) * epsilon(dtype);
  if (!(limit >= 0 && limit < 1))
    throw new UserError(`${op}: tolerance must be at least 0 and less than 1, got ${limit}`);
  const data = t.storage(op);
  return withWorkspace(dtype, (w) => {
    const loaded = w.load(data, m, n);
    const { value } = w.maxAbs(loaded);
    if (!Number.isFinite(value)) throw notFinite(op, data, n);
    const a = transposed ? w.spread(n, m) : w.spread(m, n);
    w.copy(transposed ? loaded.transposed() : loaded, a, safeScale(value, dtype));
    const factors = factorPivoted(w, a);
    return body(w, factors, rankOf(w, a, limit));
  });
}

/**
 * The numerical rank of a matrix, by column-pivoted QR: how many columns are independent beyond rounding errors. Rarely, for matrices made to
 * deceive it (Kahan's), pivoted QR counts one more than the singular values do: see `rankBySvd`.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function matrixRank(a: Numbers, options: RankOptions = {}): number {
  return withFactors("matrixRank", toMatrix("matrixRank", a), false, options, (_, __, rank) => rank);
}

/**
 * An orthonormal basis of {x : A x = 0}, as the columns of an n × (n − rank) matrix.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function nullSpace(a: Numbers, options: RankOptions = {}): Tensor {
  const t = toMatrix("nullSpace", a);
  const [, n] = sizesOf(t);
  return withFactors("nullSpace", t, true, options, (w, factors, rank) => {
    const q = formQ(w, blocksOf(w, factors), n, n, []);
    return new Tensor(makeBuffer([n, n - rank], t.dtype, w.read(q.block(0, rank, n, n - rank))));
  });
}

/**
 * An orthonormal basis of {A x}, as the columns of an m × rank matrix.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function rangeBasis(a: Numbers, options: RankOptions = {}): Tensor {
  return rangeFor("rangeBasis", toMatrix("rangeBasis", a), options);
}

function rangeFor(op: string, t: Tensor, options: RankOptions): Tensor {
  const [m] = sizesOf(t);
  return withFactors(op, t, false, options, (w, factors, rank) => {
    const q = formQ(w, blocksOf(w, factors), m, rank, signsOf(w, factors.packed));
    return new Tensor(makeBuffer([m, rank], t.dtype, w.read(q)));
  });
}

/**
 * The orthogonal projection of B (m × k, or a vector of m elements) on the range of A: the vectors A x that are nearest to B.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function project(a: Numbers, b: Numbers, options: RankOptions = {}): Tensor {
  const [matrix, right] = sameFloat(toMatrix("project", a), toFloat("project", b));
  const q = rangeFor("project", matrix, options);
  return withColumns("project", matrix, right, (columns) => q.matmul(q.transpose().matmul(columns)));
}
