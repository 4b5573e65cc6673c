/**
 * Ridge regression for any number of penalties from one factorisation of the centred, weighted rows X̃ = U S Vᵀ:
 *
 *   β(α) = V diag(s / (s² + α)) Uᵀỹ,   H(α) = U diag(f) Uᵀ + √w √wᵀ / Σw,   f = s² / (s² + α)
 *
 * (the last term of H where there is an intercept). From H follow, without fitting again, the errors of models that have not seen the row that they predict
 * and generalised cross-validation, with n the number of rows with weight:
 *
 *   eᵢ = (yᵢ − ŷᵢ) / (1 − hᵢᵢ),   GCV(α) = (‖r̃‖² / n) / (1 − tr H / n)².
 *
 * Of many rows the factors come from the second moments, G = V S² Vᵀ and U = X̃ V S⁻¹, where the smallest s² + α is not lost in the rounding of the
 * largest. Golub, Heath and Wahba, Technometrics 21 (1979); Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2nd ed.), 7.10.
 */
import { epsilon } from "../base/dtype.js";
import { eigh, svd } from "../linalg/index.js";
import { type Matrix as Block, type Workspace, withWorkspace } from "../runtime/kernels.js";
import { fromData } from "../tensor/creation.js";
import { designOf, scaledRows } from "./design.js";
import { eachBlock, type Moments, type Rows, readMoments } from "./moments.js";

export interface Spectrum {
  readonly columns: number;
  readonly targets: number;
  /** s, descending; only those that count as above 0. */
  readonly values: Float64Array;
  /** V, a vector a row. */
  readonly vectors: Float64Array;
  /** Uᵀỹ, (values, targets). */
  readonly projections: Float64Array;
  readonly xMeans: Float64Array;
  readonly yMeans: Float64Array;
  readonly method: "eigenvalues of the moments" | "singular values";
  /** U, (rows, values), where it was made. */
  readonly left: Float64Array | undefined;
}

/** How much of the smallest s² + α may be rounding of the moments. */
const mostLost = 1e-11;
/** From how many rows a column the moments are tried. */
const tall = 2;

/** The factors of rows, good for penalties from `least` on. */
export function spectrumOf(rows: Rows, intercept: boolean, least: number): Spectrum {
  const moments = rows.rows >= tall * rows.columns ? readMoments(rows, intercept) : undefined;
  return spectrumWith(moments, least, () => rows, intercept);
}

/** The factors of rows with these moments, if they have been made; the rows are asked for where the moments will not do. */
export function spectrumWith(
  moments: Moments | undefined,
  least: number,
  rows: () => Rows,
  intercept: boolean,
): Spectrum {
  return (moments === undefined ? undefined : fromMoments(moments, least)) ?? fromRows(rows(), intercept);
}

function fromMoments(moments: Moments, least: number): Spectrum | undefined {
  const { columns: n, targets, gram, products, xMeans, yMeans } = moments;
  if (!gram.every(Number.isFinite) || !products.every(Number.isFinite)) return undefined;
  const { values: ascending, vectors: found } = eigh(fromData(gram, [n, n]));
  const squares = (ascending.storage("ridge") as Float64Array).slice().reverse();
  const [largest = 0, smallest = 0] = [squares[0], squares[n - 1]];
  if (!(epsilon("float64") * largest <= mostLost * (smallest + least)) || smallest <= 0) return undefined;
  const byColumn = found.storage("ridge") as Float64Array;
  const vectors = new Float64Array(n * n);
  for (let k = 0; k < n; k += 1) for (let j = 0; j < n; j += 1) vectors[k * n + j] = byColumn[j * n + (n - 1 - k)] ?? 0;
  const values = squares.map(Math.sqrt);
  const projections = withWorkspace("float64", (w) => {
    const p = w.matrix(n, targets);
    w.gemmInto(1, w.load(vectors, n, n), w.load(products, n, targets), p);
    return (w.read(p) as Float64Array).map((v, k) => v / (values[Math.floor(k / targets)] ?? 1));
  });
  const method = "eigenvalues of the moments";
  return { columns: n, targets, values, vectors, projections, xMeans, yMeans, method, left: undefined };
}

function fromRows(rows: Rows, intercept: boolean): Spectrum {
  const { columns, targets, weights, x, y, xMeans, yMeans } = designOf(rows, intercept);
  const { u, s, vt } = svd(fromData(scaledRows(x, columns, weights), [rows.rows, columns]));
  const all = s.storage("ridge") as Float64Array;
  const limit = (all[0] ?? 0) * epsilon("float64") * Math.max(rows.rows, columns);
  const kept = all.filter((v) => v > limit).length;
  const width = all.length;
  return withWorkspace("float64", (w) => {
    const left = w.load(u.storage("ridge"), rows.rows, width).block(0, 0, rows.rows, kept);
    const projections = w.matrix(kept, targets);
    w.gemmInto(1, left.transposed(), w.load(scaledRows(y, targets, weights), rows.rows, targets), projections);
    return {
      columns,
      targets,
      values: all.slice(0, kept),
      vectors: (vt.storage("ridge") as Float64Array).slice(0, kept * columns),
      projections: w.read(projections) as Float64Array,
      xMeans,
      yMeans,
      method: "singular values",
      left: w.read(left) as Float64Array,
    };
  });
}

/** β(α), (targets, columns). */
export function coefficientsAt(spectrum: Spectrum, alpha: number): Float64Array {
  const { columns, targets, values, vectors, projections } = spectrum;
  if (values.length === 0) return new Float64Array(targets * columns);
  const shrunk = projections.map((p, k) => {
    const s = values[Math.floor(k / targets)] ?? 0;
    return (p * s) / (s * s + alpha);
  });
  return withWorkspace("float64", (w) => {
    const beta = w.matrix(targets, columns);
    const right = w.load(vectors, values.length, columns);
    w.gemmInto(1, w.load(shrunk, values.length, targets).transposed(), right, beta);
    return w.read(beta) as Float64Array;
  });
}

/** f of each value. */
function filters({ values }: Spectrum, alpha: number): Float64Array {
  return values.map((s) => (s * s) / (s * s + alpha));
}

/** tr H(α): how many free coefficients it comes to. */
export function degreesOfFreedom(spectrum: Spectrum, alpha: number, intercept: boolean): number {
  return filters(spectrum, alpha).reduce((sum, f) => sum + f, intercept ? 1 : 0);
}

export interface RowErrors {
  /** The weighted mean of eᵢ² of each penalty and target, (penalties, targets). Infinity where a row alone decides its prediction. */
  readonly leaveOneOut: Float64Array;
  /** GCV, (penalties, targets). Infinity where there are as many free coefficients as rows. */
  readonly generalised: Float64Array;
  /** eᵢ where asked for, (penalties, rows, targets). */
  readonly each: Float64Array | undefined;
}

/** What 1 − h must be above to mean anything. */
const leastFreedom = 1e-10;

/** The errors of all penalties in one pass over the rows the spectrum is of. */
export function rowErrors(
  rows: Rows,
  spectrum: Spectrum,
  alphas: readonly number[],
  intercept: boolean,
  keep: boolean,
): RowErrors {
  const { targets } = spectrum;
  const [count, rank] = [alphas.length, spectrum.values.length];
  const f = alphas.map((alpha) => filters(spectrum, alpha));
  const used = rows.weights?.reduce((n, v) => n + (v > 0 ? 1 : 0), 0) ?? rows.rows;
  const total = rows.weights?.reduce((sum, v) => sum + v, 0) ?? rows.rows;
  const [leaveOneOut, squares] = [new Float64Array(count * targets), new Float64Array(count * targets)];
  const each = keep ? new Float64Array(count * rows.rows * targets) : undefined;
  withWorkspace("float64", (w) => {
    // (values, penalties · targets): what is fitted along each vector
    const fitted = Float64Array.from({ length: rank * count * targets }, (_, k) => {
      const [i, rest] = [Math.floor(k / (count * targets)), k % (count * targets)];
      return (f[Math.floor(rest / targets)]?.[i] ?? 0) * (spectrum.projections[i * targets + (rest % targets)] ?? 0);
    });
    const shapes = Float64Array.from({ length: rank * count }, (_, k) => f[k % count]?.[Math.floor(k / count)] ?? 0);
    const [along, across] = [w.load(fitted, rank, count * targets), w.load(shapes, rank, count)];
    eachLeft(w, rows, spectrum, (u, targetsPart, roots, start) => {
      const [predicted, leverage] = [w.zeros(u.rows, count * targets), w.zeros(u.rows, count)];
      w.gemm(1, u, along, predicted);
      const turned = (w.read(u) as Float64Array).map((v) => v * v);
      w.gemm(1, w.load(turned, u.rows, rank), across, leverage);
      const [p, h] = [w.read(predicted), w.read(leverage)];
      for (let i = 0; i < u.rows; i += 1) {
        const root = roots[i] ?? 0;
        const own = intercept ? (root * root) / total : 0;
        for (let a = 0; a < count; a += 1) {
          const freedom = 1 - (h[i * count + a] ?? 0) - own;
          for (let t = 0; t < targets; t += 1) {
            const at = a * targets + t;
            const residual = (targetsPart[i * targets + t] ?? 0) - (p[i * count * targets + at] ?? 0);
            squares[at] = (squares[at] ?? 0) + residual * residual;
            const error = freedom > leastFreedom ? residual / freedom : Infinity;
            if (root > 0) leaveOneOut[at] = (leaveOneOut[at] ?? 0) + error * error;
            if (each !== undefined) each[(a * rows.rows + start + i) * targets + t] = error / root;
          }
        }
      }
    });
  });
  const generalised = squares.map((square, at) => {
    const left = 1 - degreesOfFreedom(spectrum, alphas[Math.floor(at / targets)] ?? 0, intercept) / used;
    return left > leastFreedom ? square / used / (left * left) : Infinity;
  });
  return { leaveOneOut: leaveOneOut.map((v) => v / total), generalised, each };
}

/** Calls `use` with blocks of rows: of U, of the centred targets times √w, and of √w. */
function eachLeft(
  w: Workspace,
  rows: Rows,
  { columns, targets, values, vectors, xMeans, yMeans, left }: Spectrum,
  use: (u: Block, targets: Float64Array, roots: Float64Array, start: number) => void,
): void {
  const rank = values.length;
  const turn = w.load(
    vectors.map((v, k) => v / (values[Math.floor(k / columns)] ?? 1)),
    rank,
    columns,
  );
  let start = 0;
  eachBlock(w, rows, Float64Array.of(...xMeans, ...yMeans), undefined, (z) =>
    w.inside(() => {
      const u = w.matrix(z.rows, rank);
      if (left === undefined) w.gemmInto(1, z.block(0, 0, z.rows, columns), turn.transposed(), u);
      else w.write(left.subarray(start * rank, (start + z.rows) * rank), u);
      const labels = w.read(z.block(0, columns, z.rows, targets)) as Float64Array;
      use(u, labels, w.values(z.column(columns + targets)) as Float64Array, start);
      start += z.rows;
    }),
  );
}
