/**
 * Subspace (orthogonal) iteration for the k eigenvalues of largest size of a symmetric matrix, with a Rayleigh–Ritz step each round:
 *
 *   Y = A Q,   QᵀY = S Θ Sᵀ,   Q ← orth(Y)
 *
 * Value j converges by |λ_{p+1}/λⱼ|² a round, of p columns; equal eigenvalues do no harm. Golub and Van Loan, Matrix Computations (4th ed.), 8.2.4.
 */
import { withWorkspace } from "../../runtime/kernels.js";
import { factorSymmetric } from "../eigh/compute.js";
import { notFinite } from "../failure.js";
import { checkOptions } from "../options.js";
import { checkSymmetric, checkWhole, type SquareLike, squareProducts } from "./operator.js";
import { checkSpectral, type Eigenpairs, eigenpairs, type SpectralOptions, spectrumMissing } from "./symmetric.js";
import { combineRows, gaussian, orthonormaliseColumns } from "./vectors.js";

export interface SubspaceOptions extends SpectralOptions {
  /** Columns more than k: they speed up convergence. Default: k + 8 (as far as the matrix has rows). */
  readonly oversampling?: number;
  /** Default: 1000. */
  readonly maxIterations?: number;
}

/**
 * The k eigenvalues of largest size of a symmetric matrix, largest size first, with their vectors.
 *
 * @throws NumericalError (not converged), with the history and the vectors so far. UserError when A is plainly not symmetric.
 */
export function subspaceIteration(a: SquareLike, k: number, options: SubspaceOptions = {}): Eigenpairs {
  const op = "subspaceIteration";
  checkOptions(op, options, { oversampling: true, maxIterations: true, seed: true, tolerance: true, size: true });
  const { seed = 0, tolerance = 1e-10, maxIterations = 1000, oversampling = k + 8 } = options;
  return withWorkspace("float64", (w) => {
    const products = squareProducts(op, w, a, options.size);
    const n = products.rows;
    checkSpectral(op, n, k, tolerance, maxIterations);
    checkWhole(op, "oversampling", oversampling, 0, 2 ** 31);
    checkSymmetric(op, w, products);
    const columns = Math.min(n, k + oversampling);
    const q = gaussian(w, n, columns, seed);
    orthonormaliseColumns(w, q);
    const y = w.matrix(n, columns);
    const small = w.matrix(columns, columns);
    const [vectors, images] = [w.matrix(k, n), w.matrix(k, n)];
    const history: number[] = [];
    for (let round = 1; ; round += 1) {
      products.times(q, y);
      w.gemmInto(1, q.transposed(), y, small);
      const largest = w.maxAbs(small).value;
      if (!Number.isFinite(largest)) throw notFinite(op, [], 0);
      const { values: theta, vectors: s = new Float64Array(0) } = factorSymmetric(
        w.read(small),
        columns,
        largest,
        true,
      );
      const order = Array.from(theta, (_, i) => i).sort((i, j) => Math.abs(theta[j] ?? 0) - Math.abs(theta[i] ?? 0));
      const chosen = new Float64Array(columns * k);
      for (let i = 0; i < columns; i += 1)
        for (let j = 0; j < k; j += 1) chosen[i * k + j] = s[i * columns + (order[j] ?? 0)] ?? 0;
      const values = Float64Array.from({ length: k }, (_, j) => theta[order[j] ?? 0] ?? 0);
      combineRows(w, chosen, columns, k, q.transposed(), vectors);
      combineRows(w, chosen, columns, k, y.transposed(), images);
      const norm = Math.abs(values[0] ?? 0);
      let [worst, done] = [0, 0];
      for (let j = 0; j < k; j += 1) {
        w.axpy(-(values[j] ?? 0), vectors.row(j), images.row(j));
        const residual = w.norm(images.row(j));
        worst = Math.max(worst, residual);
        if (residual <= tolerance * norm) done += 1;
      }
      history.push(norm === 0 ? worst : worst / norm);
      if (done === k)
        return eigenpairs(w, products, values, vectors, { iterations: round, products: round * columns, history });
      if (round === maxIterations) throw spectrumMissing(op, w, round, done, k, history, vectors);
      w.copy(y, q);
      orthonormaliseColumns(w, q);
    }
  });
}
