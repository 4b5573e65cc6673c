/**
 * Lanczos iteration with full reorthogonalisation and thick restart. The basis V grows by products, T = Vᵀ A V,
 *
 *   A V = V T + β vₘ₊₁ eₘᵀ,   T = S Θ Sᵀ,   ‖A (V sᵢ) − θᵢ (V sᵢ)‖ = β |sₘᵢ|;
 *
 * at m vectors the best Ritz vectors and vₘ₊₁ become the basis to go on from. K. Wu and H. Simon, "Thick-restart Lanczos method for large symmetric eigenvalue
 * problems", SIAM J. Matrix Anal. Appl. 22 (2000).
 */
import { epsilon } from "../../base/dtype.js";
import { UserError } from "../../base/errors.js";
import { withWorkspace } from "../../runtime/kernels.js";
import type { Numbers } from "../arguments.js";
import { factorSymmetric } from "../eigh/compute.js";
import { notFinite } from "../failure.js";
import { checkOptions, type OptionNames } from "../options.js";
import { checkSymmetric, checkWhole, type SquareLike, squareProducts } from "./operator.js";
import { checkSpectral, type Eigenpairs, eigenpairs, type SpectralOptions, spectrumMissing } from "./symmetric.js";
import { combineRows, divide, freshRow, orthogonalise, unitStart } from "./vectors.js";

export interface LanczosOptions extends SpectralOptions {
  /** Which end of the spectrum; the outermost comes first. Default: "largest". */
  readonly which?: "largest" | "smallest";
  /** Vectors held at most, more than k; the more, the fewer products. Default: max(2 k + 20, 40), as far as the matrix has rows. */
  readonly basis?: number;
  /** Rounds, each but the last ending in a restart. Default: 10 n, 300 at least. */
  readonly maxIterations?: number;
  /** Where to begin. Default: random. */
  readonly start?: Numbers;
}

const optionNames: OptionNames<LanczosOptions> = {
  which: true,
  basis: true,
  maxIterations: true,
  start: true,
  seed: true,
  tolerance: true,
  size: true,
};

/**
 * The k largest or smallest eigenvalues of a symmetric matrix with their vectors, from products alone. An eigenvalue that is there several times may be found
 * only once, as by every Krylov method with one starting vector; `subspaceIteration` finds them all.
 *
 * @throws NumericalError (not converged), with the history and the vectors so far. UserError when A is plainly not symmetric.
 */
export function lanczosEigen(a: SquareLike, k: number, options: LanczosOptions = {}): Eigenpairs {
  const op = "lanczosEigen";
  checkOptions(op, options, optionNames);
  const { seed = 0, tolerance = 1e-10, which = "largest" } = options;
  if (which !== "largest" && which !== "smallest")
    throw new UserError(`${op}: which must be "largest" or "smallest", got ${String(which)}`);
  return withWorkspace("float64", (w) => {
    const products = squareProducts(op, w, a, options.size);
    const n = products.rows;
    const maxIterations = options.maxIterations ?? roundsFor(n);
    checkSpectral(op, n, k, tolerance, maxIterations);
    checkSymmetric(op, w, products);
    const m = basisSize(op, n, k, options.basis, Math.max(2 * k + 20, 40));
    const basis = w.matrix(m + 1, n);
    w.copy(unitStart(op, w, n, options.start, seed).transposed(), basis.row(0));
    const x = w.vector(n);
    const t = new Float64Array(m * m);
    const history: number[] = [];
    let kept = 0;
    let norm = 0;
    let count = 0;
    for (let round = 1; ; round += 1) {
      let beta = 0;
      for (let j = kept; j < m; j += 1) {
        products.times(basis.row(j).transposed(), x);
        count += 1;
        const length = w.norm(x);
        if (!Number.isFinite(length)) throw notFinite(op, [], 0);
        norm = Math.max(norm, length);
        orthogonalise(w, basis.block(0, 0, j + 1, n), x).forEach((value, i) => {
          t[i * m + j] = value;
          t[j * m + i] = value;
        });
        beta = w.norm(x);
        if (beta <= 10 * epsilon("float64") * norm) {
          // the basis spans an invariant subspace: the rest of the space is searched from a new vector
          beta = 0;
          if (j + 1 < n) freshRow(w, basis, j + 1, seed + 7919 * count);
        } else {
          divide(w, x, beta);
          w.copy(x.transposed(), basis.row(j + 1));
        }
      }
      const { values: theta, vectors: s = new Float64Array(0) } = factorSymmetric(t, m, largestOf(t), true);
      const order = Array.from(theta, (_, i) => (which === "largest" ? m - 1 - i : i));
      const residuals = order.map((i) => beta * Math.abs(s[(m - 1) * m + i] ?? 0));
      const worst = Math.max(...residuals.slice(0, k));
      const done = residuals.slice(0, k).filter((r) => r <= tolerance * norm).length;
      history.push(norm === 0 ? worst : worst / norm);
      const last = done === k || round === maxIterations;
      kept = last ? k : Math.min(m - 1, k + Math.floor((m - k) / 2));
      const chosen = new Float64Array(m * kept);
      for (let i = 0; i < m; i += 1)
        for (let j = 0; j < kept; j += 1) chosen[i * kept + j] = s[i * m + (order[j] ?? 0)] ?? 0;
      combineRows(w, chosen, m, kept, basis, basis.block(0, 0, kept, n));
      const values = Float64Array.from({ length: kept }, (_, j) => theta[order[j] ?? 0] ?? 0);
      const found = basis.block(0, 0, kept, n);
      if (done === k) return eigenpairs(w, products, values, found, { iterations: round, products: count, history });
      if (last) throw spectrumMissing(op, w, round, done, k, history, found);
      w.copy(basis.row(m), basis.row(kept));
      t.fill(0);
      values.forEach((value, i) => {
        t[i * m + i] = value;
      });
    }
  });
}

/** How many vectors a Krylov basis holds. */
export function basisSize(op: string, n: number, k: number, asked: number | undefined, usual: number): number {
  if (asked === undefined) return Math.min(n, usual);
  checkWhole(op, "basis", asked, Math.min(n, k + 1), n);
  return asked;
}

/** Eigenvalues whose gaps shrink as the matrix grows, as of differential operators, need the more rounds. */
export function roundsFor(n: number): number {
  return Math.max(300, 10 * n);
}

export function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
