/**
 * Singular values by Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation and thick restart: U and V grow in turn by products with A
 * and Aᵀ,
 *
 *   A V = U B,   Aᵀ U = V Bᵀ + β vₘ₊₁ eₘᵀ,   B = X S Yᵀ,   ‖Aᵀ (U xᵢ) − sᵢ (V yᵢ)‖ = β |xₘᵢ|.
 *
 * J. Baglama and L. Reichel, "Augmented implicitly restarted Lanczos bidiagonalization methods", SIAM J. Sci. Comput. 27 (2005).
 */
import { epsilon } from "../../base/dtype.js";
import { type Matrix, type Workspace, withWorkspace } from "../../runtime/kernels.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Numbers } from "../arguments.js";
import { notFinite } from "../failure.js";
import { checkOptions } from "../options.js";
import { factorSvd } from "../svd/compute.js";
import { basisSize, largestOf, roundsFor } from "./lanczos.js";
import { type MatrixLike, matrixTensor, type Products, productsOf } from "./operator.js";
import { checkSpectral, spectrumMissing } from "./symmetric.js";
import { columnsTensor, combineRows, divide, freshRow, numbersTensor, orthogonalise, unitStart } from "./vectors.js";

export interface LanczosSvdOptions {
  /** Of the random start. Default: 0. */
  readonly seed?: number;
  /** Stops when each ‖Aᵀ u − s v‖ ≤ tolerance·‖A‖, ‖A‖ as far as it is seen. Default: 1e-10. */
  readonly tolerance?: number;
  /** Vectors kept between restarts, more than k. Default: max(2 k + 1, 20), at most min(m, n). */
  readonly basis?: number;
  /** Rounds, each but the last ending in a restart. Default: 10 min(m, n), 300 at least. */
  readonly maxIterations?: number;
  /** Where to begin, min(m, n) elements. Default: random. */
  readonly start?: Numbers;
}

export interface PartialSvd {
  /** m × k, orthonormal columns, in each the element of largest size is positive. */
  readonly u: Tensor;
  /** k largest singular values, descending. */
  readonly s: Tensor;
  /** k × n. */
  readonly vt: Tensor;
}

export interface LanczosSvdResult extends PartialSvd {
  /** ‖Aᵀ u − s v‖ of each, or of wide matrices ‖A v − s u‖; the other is 0 up to rounding. */
  readonly residuals: Tensor;
  /** Restarts, the first round included. */
  readonly iterations: number;
  /** Products with a vector, with A and with Aᵀ together. */
  readonly products: number;
  /** The largest residual by ‖A‖ after each round. */
  readonly history: readonly number[];
}

/**
 * The k largest singular values of any matrix with their vectors, from products with A and Aᵀ alone. One that is there several times may be found only once.
 *
 * @throws NumericalError (not converged), with the history and the left vectors so far.
 */
export function lanczosSvd(a: MatrixLike, k: number, options: LanczosSvdOptions = {}): LanczosSvdResult {
  const op = "lanczosSvd";
  checkOptions(op, options, { seed: true, tolerance: true, basis: true, maxIterations: true, start: true });
  const { seed = 0, tolerance = 1e-10 } = options;
  return withWorkspace("float64", (w) => {
    const given = productsOf(op, w, a);
    const wide = given.rows < given.columns;
    const products = wide ? turned(given) : given;
    const { rows, columns } = products;
    const maxIterations = options.maxIterations ?? roundsFor(columns);
    checkSpectral(op, columns, k, tolerance, maxIterations);
    const m = basisSize(op, columns, k, options.basis, Math.max(2 * k + 1, 20));
    const [left, right] = [w.matrix(m, rows), w.matrix(m + 1, columns)];
    w.copy(unitStart(op, w, columns, options.start, seed).transposed(), right.row(0));
    const b = new Float64Array(m * m);
    const history: number[] = [];
    let [kept, norm, count] = [0, 0, 0];
    for (let round = 1; ; round += 1) {
      let beta = 0;
      for (let j = kept; j < m; j += 1) {
        const grown = grow(op, w, products, left, right, j, norm, seed + 7919 * (count + 1));
        count += 2;
        grown.column.forEach((value, i) => {
          b[i * m + j] = value;
        });
        norm = grown.norm;
        beta = grown.beta;
      }
      const { values, u: x, vt: y } = factorSvd(b, m, m, largestOf(b), "thin");
      const residuals = Array.from(values, (_, i) => beta * Math.abs(x[(m - 1) * m + i] ?? 0));
      const worst = Math.max(...residuals.slice(0, k));
      const done = residuals.slice(0, k).filter((r) => r <= tolerance * norm).length;
      history.push(norm === 0 ? worst : worst / norm);
      const last = done === k || round === maxIterations;
      kept = last ? k : Math.min(m - 1, k + Math.floor((m - k) / 2));
      const [fromLeft, fromRight] = [new Float64Array(m * kept), new Float64Array(m * kept)];
      for (let i = 0; i < m; i += 1)
        for (let j = 0; j < kept; j += 1) {
          fromLeft[i * kept + j] = x[i * m + j] ?? 0;
          fromRight[i * kept + j] = y[j * m + i] ?? 0;
        }
      const [u, v] = [left.block(0, 0, kept, rows), right.block(0, 0, kept, columns)];
      combineRows(w, fromLeft, m, kept, left, u);
      combineRows(w, fromRight, m, kept, right, v);
      if (done === k)
        return {
          ...partialSvd(w, wide ? v : u, values.slice(0, k), wide ? u : v),
          residuals: numbersTensor(residuals.slice(0, k)),
          iterations: round,
          products: count,
          history,
        };
      if (last) throw spectrumMissing(op, w, round, done, k, history, wide ? v : u);
      w.copy(right.row(m), right.row(kept));
      b.fill(0);
      for (let i = 0; i < kept; i += 1) b[i * m + i] = values[i] ?? 0;
    }
  });
}

/** Row j of U from row j of V, then row j + 1 of V. */
function grow(
  op: string,
  w: Workspace,
  a: Products,
  left: Matrix,
  right: Matrix,
  j: number,
  before: number,
  seed: number,
): { readonly column: Float64Array; readonly beta: number; readonly norm: number } {
  const negligible = 10 * epsilon("float64");
  return w.inside(() => {
    const [x, z] = [w.vector(a.rows), w.vector(a.columns)];
    a.times(right.row(j).transposed(), x);
    let norm = Math.max(before, w.norm(x));
    const column = new Float64Array(j + 1);
    column.set(orthogonalise(w, left.block(0, 0, j, a.rows), x));
    const alpha = w.norm(x);
    if (alpha <= negligible * norm) freshRow(w, left, j, seed);
    else {
      column[j] = alpha;
      divide(w, x, alpha);
      w.copy(x.transposed(), left.row(j));
    }
    a.timesTransposed(left.row(j).transposed(), z);
    norm = Math.max(norm, w.norm(z));
    if (!Number.isFinite(norm)) throw notFinite(op, [], 0);
    orthogonalise(w, right.block(0, 0, j + 1, a.columns), z);
    const beta = w.norm(z);
    if (beta > negligible * norm) {
      divide(w, z, beta);
      w.copy(z.transposed(), right.row(j + 1));
      return { column, beta, norm };
    }
    if (j + 1 < a.columns) freshRow(w, right, j + 1, seed + 1);
    return { column, beta: 0, norm };
  });
}

function turned({ rows, columns, times, timesTransposed }: Products): Products {
  return { rows: columns, columns: rows, times: timesTransposed, timesTransposed: times, diagonal: undefined };
}

/** Of vectors in rows. */
export function partialSvd(w: Workspace, u: Matrix, values: Float64Array, v: Matrix): PartialSvd {
  const { tensor, signs } = columnsTensor(w, u);
  const rows = w.matrix(v.rows, v.columns);
  w.copy(v, rows);
  signs.forEach((sign, i) => {
    w.scale(sign, rows.row(i).transposed());
  });
  return { u: tensor, s: numbersTensor(values), vt: matrixTensor(w, rows) };
}
