/**
 * Singular values from the range of A seen through a random matrix Ω of k + p columns:
 *
 *   Q = orth((A Aᵀ)^q A Ω),   B = Qᵀ A = X S Vᵀ,   A ≈ (Q X) S Vᵀ
 *
 * orthonormalised after each product, so that small singular values are not lost to rounding. N. Halko, P.-G. Martinsson and J. Tropp, "Finding structure with
 * randomness", SIAM Review 53 (2011): algorithms 4.4 and 5.1; the bound of the error: section 4.3.
 */
import { withWorkspace } from "../../runtime/kernels.js";
import { notFinite } from "../failure.js";
import { checkOptions } from "../options.js";
import { factorSvd } from "../svd/compute.js";
import { type PartialSvd, partialSvd } from "./lanczos-svd.js";
import { checkWhole, type MatrixLike, productsOf } from "./operator.js";
import { checkSpectral } from "./symmetric.js";
import { combineRows, gaussian, orthonormaliseColumns } from "./vectors.js";

export interface RandomizedSvdOptions {
  /** p, columns more than k. Default: 10, as far as the matrix has rows and columns. */
  readonly oversampling?: number;
  /** q; each costs two products with the block, and is worth it where singular values fall slowly. Default: 4. */
  readonly powerIterations?: number;
  /** Default: 0. */
  readonly seed?: number;
}

export interface RandomizedSvdResult extends PartialSvd {
  /** ‖A − Q Qᵀ A‖₂ is at most this with a probability of 1 − 10⁻⁶, by six random probes: what the subspace misses of A, not the error of each value. */
  readonly rangeError: number;
  /** Columns of Q. */
  readonly columns: number;
}

/** Of how many probes the bound is made: each leaves a doubt of one in ten. */
const probes = 6;

/**
 * About the k largest singular values of a matrix and their vectors, in a fixed number of products with blocks: exact where the rank is at most
 * k + oversampling, good where singular values fall, and `rangeError` says how good. float64.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function randomizedSvd(a: MatrixLike, k: number, options: RandomizedSvdOptions = {}): RandomizedSvdResult {
  const op = "randomizedSvd";
  checkOptions(op, options, { oversampling: true, powerIterations: true, seed: true });
  const { oversampling = 10, powerIterations = 4, seed = 0 } = options;
  checkWhole(op, "oversampling", oversampling, 0, 2 ** 31);
  checkWhole(op, "powerIterations", powerIterations, 0, 1000);
  return withWorkspace("float64", (w) => {
    const products = productsOf(op, w, a);
    const { rows, columns } = products;
    checkSpectral(op, Math.min(rows, columns), k, 0.5, 1);
    const width = Math.min(rows, columns, k + oversampling);
    const [y, z] = [w.matrix(rows, width), w.matrix(columns, width)];
    const orthonormal = (x: typeof y): void => {
      if (!Number.isFinite(w.maxAbs(x).value)) throw notFinite(op, [], 0);
      orthonormaliseColumns(w, x);
    };
    products.times(gaussian(w, columns, width, seed), y);
    orthonormal(y);
    for (let round = 0; round < powerIterations; round += 1) {
      products.timesTransposed(y, z);
      orthonormal(z);
      products.times(z, y);
      orthonormal(y);
    }
    // Bᵀ = AᵀQ, n × width: its left singular vectors are V
    products.timesTransposed(y, z);
    const largest = w.maxAbs(z).value;
    if (!Number.isFinite(largest)) throw notFinite(op, [], 0);
    const { values, u: v, vt: xt } = factorSvd(w.read(z) as Float64Array, columns, width, largest, "thin");
    const x = new Float64Array(width * k);
    for (let i = 0; i < width; i += 1) for (let j = 0; j < k; j += 1) x[i * k + j] = xt[j * width + i] ?? 0;
    const left = w.matrix(k, rows);
    combineRows(w, x, width, k, y.transposed(), left);
    const right = w.load(v, columns, width).block(0, 0, columns, k).transposed();
    const seen = gaussian(w, columns, probes, seed + 104729);
    const missed = w.matrix(rows, probes);
    const inside = w.matrix(width, probes);
    products.times(seen, missed);
    w.gemmInto(1, y.transposed(), missed, inside);
    w.gemm(-1, y, inside, missed);
    const longest = Math.max(...Array.from({ length: probes }, (_, j) => w.norm(missed.column(j))));
    return {
      ...partialSvd(w, left, values.slice(0, k), right),
      rangeError: 10 * Math.sqrt(2 / Math.PI) * longest,
      columns: width,
    };
  });
}
