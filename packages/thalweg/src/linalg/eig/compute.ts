/**
 * A V = V Λ for any square A: balancing, Hessenberg form, real Schur form, back substitution, and the way back. Balancing can do harm, in matrices graded over many
 * powers of ten for one (Watkins 2006): then the residual tells, and the matrix is taken as it is.
 */
import { type Matrix, type Workspace, withWorkspace } from "../../runtime/kernels.js";
import { formTransposed } from "../reflectors.js";
import { balance } from "./balance.js";
import { schurForm } from "./francis.js";
import { reduceToHessenberg } from "./hessenberg.js";
import { type SchurSpectrum, schurValues, schurVectors } from "./schur-vectors.js";

export interface GeneralEigen {
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** n × n, row-major, vectors in columns; empty when they were not asked for. */
  readonly vectorsRe: Float64Array;
  readonly vectorsIm: Float64Array;
  /** Eigenvalues that did not converge: 0, or the results mean nothing. */
  readonly missing: number;
}

/** Rows of triangular matrices that are multiplied at a time. */
const stripRows = 64;
/** Residuals above this many n·eps·‖A‖ count as harm done by balancing. */
const harm = 8;

/** Of the n × n matrix `data`; its largest element, `largest`, is finite. Largest eigenvalues first. */
export function factorGeneral(data: ArrayLike<number>, n: number, largest: number, vectors: boolean): GeneralEigen {
  const scale = largest === 0 ? 1 : 2 ** Math.max(-1000, Math.min(1000, -Math.floor(Math.log2(largest))));
  const a = new Float64Array(n * n);
  for (let k = 0; k < n * n; k += 1) a[k] = scale * (data[k] ?? 0);
  const balanced = a.slice();
  const widths = balance(balanced, n);
  let result = factorScaled(balanced, n, widths, vectors);
  if (vectors && result.missing === 0 && widths.some((x) => x !== 1)) {
    const error = residual(a, n, result);
    if (error > harm) {
      const plain = factorScaled(a, n, widths.fill(1), true);
      if (plain.missing === 0 && residual(a, n, plain) < error) result = plain;
    }
  }
  return { ...result, re: result.re.map((x) => x / scale), im: result.im.map((x) => x / scale) };
}

/** Eigenvalues of `a`, eigenvectors of D a D⁻¹ with D of the diagonal `widths`. */
function factorScaled(a: Float64Array, n: number, widths: Float64Array, vectors: boolean): GeneralEigen {
  return withWorkspace("float64", (w) => {
    const h = w.spread(n, n);
    w.copy(w.load(a, n, n), h);
    const blocks = reduceToHessenberg(w, h);
    let z: Matrix | undefined;
    if (vectors) z = formTransposed(w, n, blocks);
    const missing = schurForm(w, h, z);
    const t = w.read(h) as Float64Array;
    const spectrum = schurValues(t, n);
    const order = bySize(spectrum);
    const re = Float64Array.from(order, (i) => spectrum.re[i] ?? 0);
    const im = Float64Array.from(order, (i) => spectrum.im[i] ?? 0);
    if (z === undefined || missing > 0)
      return { re, im, vectorsRe: new Float64Array(0), vectorsIm: new Float64Array(0), missing };
    const rows = w.matrix(n, n);
    const inner = schurVectors(w, h, t, spectrum);
    // they are nothing from a diagonal on
    for (let first = 0; first < n; first += stripRows) {
      const count = Math.min(stripRows, n - first);
      const width = Math.min(n, first + count + 1);
      w.gemmInto(1, inner.block(first, 0, count, width), z.block(0, 0, width, n), rows.block(first, 0, count, n));
    }
    return { re, im, ...columnsInOrder(w, w.read(rows) as Float64Array, widths, spectrum, order), missing };
  });
}

/** The largest element of A V − V Λ in units of n·eps·(the largest element of A): at most n times too small a measure, and cheap. */
function residual(a: Float64Array, n: number, { re, im, vectorsRe, vectorsIm }: GeneralEigen): number {
  const real = new Float64Array(n * n);
  const imaginary = new Float64Array(n * n);
  for (let k = 0; k < n * n; k += 1) {
    const j = k % n;
    const [x, y, p, q] = [vectorsRe[k] ?? 0, vectorsIm[k] ?? 0, re[j] ?? 0, im[j] ?? 0];
    real[k] = x * p - y * q;
    imaginary[k] = x * q + y * p;
  }
  return withWorkspace("float64", (w) => {
    const matrix = w.load(a, n, n);
    const parts = [
      [vectorsRe, real],
      [vectorsIm, imaginary],
    ] as const;
    const errors = parts.map(([v, product]) => {
      const difference = w.load(product, n, n);
      w.gemm(-1, matrix, w.load(v, n, n), difference);
      return w.maxAbs(difference).value;
    });
    return Math.max(...errors) / (n * 2 ** -52 * w.maxAbs(matrix).value);
  });
}

/** Descending by modulus; pairs stay together, since the order of equals is kept. */
function bySize({ re, im }: SchurSpectrum): Int32Array {
  const size = Float64Array.from(re, (x, i) => Math.hypot(x, im[i] ?? 0));
  return Int32Array.from(re, (_, i) => i).sort((i, j) => (size[j] ?? 0) - (size[i] ?? 0));
}

function columnsInOrder(
  w: Workspace,
  rows: Float64Array,
  widths: Float64Array,
  { im }: SchurSpectrum,
  order: Int32Array,
): { readonly vectorsRe: Float64Array; readonly vectorsIm: Float64Array } {
  const n = order.length;
  const [sortedRe, sortedIm] = [new Float64Array(n * n), new Float64Array(n * n)];
  const place = new Int32Array(n);
  order.forEach((row, column) => {
    place[row] = column;
  });
  for (let row = 0; row < n; row += 1) {
    const at = (place[row] ?? 0) * n;
    const x = sortedRe.subarray(at, at + n);
    const y = sortedIm.subarray(at, at + n);
    x.set(rows.subarray(row * n, row * n + n));
    const complex = (im[row] ?? 0) !== 0;
    if (complex) y.set(rows.subarray((row + 1) * n, (row + 2) * n));
    normalize(x, y, widths, complex);
    if (!complex) continue;
    const mirrored = (place[row + 1] ?? 0) * n;
    sortedRe.set(x, mirrored);
    for (let i = 0; i < n; i += 1) sortedIm[mirrored + i] = -(y[i] ?? 0);
    row += 1;
  }
  return { vectorsRe: turned(w, sortedRe, n), vectorsIm: turned(w, sortedIm, n) };
}

function turned(w: Workspace, rows: Float64Array, n: number): Float64Array {
  return w.inside(() => {
    const columns = w.matrix(n, n);
    w.copy(w.load(rows, n, n).transposed(), columns);
    return w.read(columns) as Float64Array;
  });
}

/** D (x + iy), of length 1 and turned so that its largest element is real and positive. */
function normalize(x: Float64Array, y: Float64Array, widths: Float64Array, complex: boolean): void {
  const n = x.length;
  let most = 0;
  for (let i = 0; i < n; i += 1) {
    x[i] = (x[i] ?? 0) * (widths[i] ?? 1);
    if (complex) y[i] = (y[i] ?? 0) * (widths[i] ?? 1);
    most = Math.max(most, Math.abs(x[i] ?? 0), complex ? Math.abs(y[i] ?? 0) : 0);
  }
  // squares in range
  const scale = most === 0 ? 1 : 2 ** Math.min(1000, -Math.floor(Math.log2(most)));
  let [sum, best, at] = [0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const [u, v] = [(x[i] ?? 0) * scale, complex ? (y[i] ?? 0) * scale : 0];
    const square = u * u + v * v;
    sum += square;
    if (square > best) [best, at] = [square, i];
  }
  const length = Math.sqrt(sum * best);
  const [cos, sin] = [((x[at] ?? 0) * scale) / length, complex ? ((y[at] ?? 0) * scale) / length : 0];
  for (let i = 0; i < n; i += 1) {
    const [p, q] = [(x[i] ?? 0) * scale, complex ? (y[i] ?? 0) * scale : 0];
    x[i] = p * cos + q * sin;
    if (complex) y[i] = i === at ? 0 : q * cos - p * sin;
  }
}
