/**
 * Eigenvectors of a quasi-triangular matrix T in real Schur form, by back substitution: for λ in the block that begins in row j
 *
 *   (T₁₁ − λ) x₁ = −T₁₂ x₂,   (T₂₂ − λ) x₂ = 0,
 *
 * with pivots too small to divide by made as large as rounding errors of T. All vectors go up together, a few rows of T at a time: within these each is solved for by
 * itself, and what the rows above lose is one matrix product. Golub and Van Loan, Matrix Computations (4th ed.), 7.6.4.
 */
import type { Matrix, Workspace } from "../../runtime/kernels.js";

const big = 1e100;
/** Rows of T taken at a time, or one more. */
const blockRows = 16;

export interface SchurSpectrum {
  readonly re: Float64Array;
  /** Conjugate pairs stand together, the one above the real axis first. */
  readonly im: Float64Array;
}

/** Of T, n × n, row-major. */
export function schurValues(t: Float64Array, n: number): SchurSpectrum {
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j += 1) {
    re[j] = t[j * n + j] ?? 0;
    if (j === n - 1 || t[(j + 1) * n + j] === 0) continue;
    const size = Math.sqrt(Math.abs(t[j * n + j + 1] ?? 0)) * Math.sqrt(Math.abs(t[(j + 1) * n + j] ?? 0));
    re[j + 1] = t[(j + 1) * n + j + 1] ?? 0;
    im[j] = size;
    im[j + 1] = -size;
    j += 1;
  }
  return { re, im };
}

/**
 * Of T, whose elements are also in `data`, the vectors in rows; of a pair the first row is the real part and the second the imaginary part of the vector above the real axis.
 */
export function schurVectors(w: Workspace, t: Matrix, data: Float64Array, spectrum: SchurSpectrum): Matrix {
  const n = t.rows;
  const rows = w.spread(n, n);
  w.fill(rows, 0);
  const size = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  let end = n;
  while (end > 0) {
    let start = Math.max(0, end - blockRows);
    // 2 × 2 blocks stay whole
    if (start > 0 && (data[start * n + start - 1] ?? 0) !== 0) start -= 1;
    const width = end - start;
    const here = rows.block(start, start, n - start, width);
    const found = w.read(here) as Float64Array;
    const none = new Float64Array(width);
    const solver = new BackSubstitution(data, n, start, width, size);
    for (let j = start; j < n; j += 1) {
      const im = spectrum.im[j] ?? 0;
      const at = (j - start) * width;
      const x = found.subarray(at, at + width);
      const y = im === 0 ? none : found.subarray(at + width, at + 2 * width);
      const factor = solver.solve(j - start, spectrum.re[j] ?? 0, im, x, y);
      if (factor !== 1) for (const row of im === 0 ? [j] : [j, j + 1]) w.scale(factor, rows.row(row));
      if (im !== 0) j += 1;
    }
    w.inside(() => {
      w.copy(w.load(found, n - start, width), here);
      w.gemm(-1, here, t.block(0, start, start, width).transposed(), rows.block(start, 0, n - start, start));
    });
    end = start;
  }
  return rows;
}

/** The rows of one block of T: indices count from its first. */
class BackSubstitution {
  private readonly width: number;
  /** Of T the block on the diagonal, and that by columns. */
  private readonly t: Float64Array;
  private readonly columns: Float64Array;
  private readonly size: number;
  private factor = 1;

  constructor(data: Float64Array, n: number, start: number, width: number, size: number) {
    this.width = width;
    this.size = size;
    this.t = new Float64Array(width * width);
    this.columns = new Float64Array(width * width);
    for (let i = 0; i < width; i += 1) {
      for (let j = 0; j < width; j += 1) {
        const value = data[(start + i) * n + start + j] ?? 0;
        this.t[i * width + j] = value;
        this.columns[j * width + i] = value;
      }
    }
  }

  private element(i: number, j: number): number {
    return this.t[i * this.width + j] ?? 0;
  }

  /**
   * x + iy, the right-hand side, ← the vector of λ = re + i·im, whose block begins in row j of T: in these rows, or after them. Returns the factor by which it was scaled.
   */
  solve(j: number, re: number, im: number, x: Float64Array, y: Float64Array): number {
    const least = Math.max(
      2 ** -52 * (Math.abs(re) + Math.abs(im)),
      2 ** -52 * this.size * 1e-3,
      Number.MIN_VALUE * 2 ** 60,
    );
    this.factor = 1;
    if (j < this.width) this.begin(j, im, x, y);
    for (let k = Math.min(j, this.width) - 1; k >= 0; k -= 1) {
      if (k > 0 && this.element(k, k - 1) !== 0) {
        this.solvePair(k - 1, re, im, x, y, least);
        this.keepInRange(x, y, k - 1, k);
        this.subtract(k, k - 1, x, y, im !== 0);
        this.subtract(k - 1, k - 1, x, y, im !== 0);
        k -= 1;
        continue;
      }
      let p = this.element(k, k) - re;
      if (Math.abs(p) + Math.abs(im) < least) p = least;
      if (im === 0) x[k] = (x[k] ?? 0) / p;
      else [x[k], y[k]] = quotient(x[k] ?? 0, y[k] ?? 0, p, -im);
      this.keepInRange(x, y, k, k);
      this.subtract(k, k, x, y, im !== 0);
    }
    return this.factor;
  }

  /** The vector within the block of λ itself. */
  private begin(j: number, im: number, x: Float64Array, y: Float64Array): void {
    if (im === 0) {
      x[j] = 1;
      this.subtract(j, j, x, y, false);
      return;
    }
    const [above, below] = [this.element(j, j + 1), this.element(j + 1, j)];
    if (Math.abs(above) >= Math.abs(below)) {
      x[j] = 1;
      y[j + 1] = im / above;
    } else {
      x[j] = -im / below;
      y[j + 1] = 1;
    }
    this.subtract(j, j, x, y, true);
    this.subtract(j + 1, j, x, y, true);
  }

  /** The rows before `count` lose column k times element k. */
  private subtract(k: number, count: number, x: Float64Array, y: Float64Array, complex: boolean): void {
    const { columns } = this;
    const start = k * this.width;
    const [u, v] = [x[k] ?? 0, y[k] ?? 0];
    if (!complex) {
      for (let i = 0; i < count; i += 1) x[i] = (x[i] ?? 0) - u * (columns[start + i] ?? 0);
      return;
    }
    for (let i = 0; i < count; i += 1) {
      const t = columns[start + i] ?? 0;
      x[i] = (x[i] ?? 0) - u * t;
      y[i] = (y[i] ?? 0) - v * t;
    }
  }

  /** Rows k and k + 1, a 2 × 2 block, by elimination with the larger pivot. */
  private solvePair(k: number, re: number, im: number, x: Float64Array, y: Float64Array, least: number): void {
    const p = this.element(k, k) - re;
    const q = this.element(k, k + 1);
    const r = this.element(k + 1, k);
    const s = this.element(k + 1, k + 1) - re;
    const rows = { xr: x[k] ?? 0, xi: y[k] ?? 0, zr: x[k + 1] ?? 0, zi: y[k + 1] ?? 0 };
    let u: readonly [number, number];
    let v: readonly [number, number];
    if (Math.abs(p) + Math.abs(im) >= Math.abs(r)) {
      // second row less r/(p − i·im) times the first
      const [mr, mi] = quotient(r, 0, p, -im);
      const [dr, di] = atLeast(s - mr * q, -im - mi * q, least);
      v = quotient(rows.zr - (mr * rows.xr - mi * rows.xi), rows.zi - (mr * rows.xi + mi * rows.xr), dr, di);
      u = quotient(rows.xr - q * v[0], rows.xi - q * v[1], p, -im);
    } else {
      // first row less (p − i·im)/r times the second
      const [mr, mi] = [p / r, -im / r];
      const [dr, di] = atLeast(q - (mr * s + mi * im), -(mi * s - mr * im), least);
      v = quotient(rows.xr - (mr * rows.zr - mi * rows.zi), rows.xi - (mr * rows.zi + mi * rows.zr), dr, di);
      u = [(rows.zr - (s * v[0] + im * v[1])) / r, (rows.zi - (s * v[1] - im * v[0])) / r];
    }
    [x[k], y[k]] = u;
    [x[k + 1], y[k + 1]] = v;
  }

  /** Scales the vector down when the elements just found are very large. */
  private keepInRange(x: Float64Array, y: Float64Array, first: number, last: number): void {
    let most = 0;
    for (let i = first; i <= last; i += 1) most = Math.max(most, Math.abs(x[i] ?? 0), Math.abs(y[i] ?? 0));
    if (!(most > big)) return;
    for (let i = 0; i < this.width; i += 1) {
      x[i] = (x[i] ?? 0) / most;
      y[i] = (y[i] ?? 0) / most;
    }
    this.factor /= most;
  }
}

function atLeast(re: number, im: number, least: number): readonly [number, number] {
  return Math.abs(re) + Math.abs(im) < least ? [least, 0] : [re, im];
}

/** (a + ib)/(c + id), Smith 1962. */
function quotient(a: number, b: number, c: number, d: number): readonly [number, number] {
  if (d === 0) return [a / c, b / c];
  if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c;
    const divisor = c + d * ratio;
    return [(a + b * ratio) / divisor, (b - a * ratio) / divisor];
  }
  const ratio = c / d;
  const divisor = c * ratio + d;
  return [(a * ratio + b) / divisor, (b * ratio - a) / divisor];
}
