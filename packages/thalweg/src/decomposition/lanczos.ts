/**
 * The leading principal components by Lanczos bidiagonalisation (Golub and Kahan 1965) with full reorthogonalisation:
 *
 *   A V = U B,   Aᵀ U = V Bᵀ + β v eᵀ,   B upper bidiagonal,
 *
 * A is X, or Xᵀ when it is wide. A singular triple (s, p, q) of B has the residual β |last element of p| as one of A. Each step takes two products
 * with vectors, and the bases grow until the wanted triples hold.
 */
import { fold } from "../base/random.js";
import { runSvd } from "../linalg/svd/svd.js";
import type { Matrix as Block, Workspace } from "../runtime/kernels.js";
import { gaussians, type Search, type Spectrum } from "./spectrum.js";

/** Lengths below this part of the largest so far are rounding. */
const rounding = 1e-14;

export function lanczosSpectrum(w: Workspace, x: Block, count: number, search: Search): Spectrum {
  return w.inside(() => {
    const wide = x.rows < x.columns;
    const a = wide ? x.transposed() : x;
    const most = Math.min(a.columns, search.maxIterations);
    const right = new Basis(w, a.columns, search, "right");
    const left = new Basis(w, a.rows, search, "left");
    const diagonal: number[] = [];
    const above: number[] = [];
    let largest = 0;
    right.add(w.zeros(a.columns, 1), 0);
    for (let check = count; ; ) {
      const m = diagonal.length;
      right.reserve(m + 2);
      left.reserve(m + 1);
      const fresh = m > 0 && above[m - 1] === 0;
      const u = w.inside(() => {
        const next = w.zeros(a.rows, 1);
        w.gemv(1, a, right.vector(m), next);
        return left.add(next, rounding * largest);
      });
      diagonal.push(u);
      largest = Math.max(largest, u);
      const beta = w.inside(() => {
        const next = w.zeros(a.columns, 1);
        w.gemv(1, a.transposed(), left.vector(m), next);
        return right.add(next, rounding * largest);
      });
      largest = Math.max(largest, beta);
      const size = m + 1;
      if (size >= most || size >= check) {
        const { values, u: p, vt } = runSvd("pca", bidiagonal(diagonal, above), size, size, "thin");
        // a basis that A maps into itself may lack copies of repeated values: only a random direction beside it that A takes to 0 says it does not
        const complete = fresh && u === 0;
        const settled = values.slice(0, count).every((value, i) => {
          const residual = beta * Math.abs(p[m * size + i] ?? 0);
          return (beta > 0 || complete) && residual <= Math.max(search.tolerance * value, rounding * (values[0] ?? 0));
        });
        const converged = size === a.columns || settled;
        if (converged || size >= most) {
          const components = wide ? left.combined(p, size, count, true) : right.combined(vt, size, count, false);
          return { components, singularValues: values.slice(0, count), iterations: 2 * size, converged };
        }
        check = size + Math.max(4, Math.floor(size / 4));
      }
      above.push(beta);
    }
  });
}

function bidiagonal(diagonal: readonly number[], above: readonly number[]): Float64Array {
  const m = diagonal.length;
  const b = new Float64Array(m * m);
  diagonal.forEach((value, i) => {
    b[i * m + i] = value;
    if (i + 1 < m) b[i * m + i + 1] = above[i] ?? 0;
  });
  return b;
}

/** Orthonormal vectors, one a row, that grow in number. */
class Basis {
  readonly #w: Workspace;
  readonly #length: number;
  readonly #search: Search;
  readonly #name: string;
  #rows: Block;
  #count = 0;

  constructor(w: Workspace, length: number, search: Search, name: string) {
    this.#w = w;
    this.#length = length;
    this.#search = search;
    this.#name = name;
    this.#rows = w.matrix(32, length);
  }

  /** Makes room for `count` vectors, in the workspace as it is at the call. */
  reserve(count: number): void {
    const w = this.#w;
    if (count <= this.#rows.rows) return;
    const more = w.matrix(Math.max(count, Math.min(2 * this.#rows.rows, this.#length)), this.#length);
    w.copy(this.#rows, more.block(0, 0, this.#rows.rows, this.#length));
    this.#rows = more;
  }

  vector(i: number): Block {
    return this.#rows.block(i, 0, 1, this.#length).transposed();
  }

  /**
   * Adds what is left of `vector` beside the basis, and returns its length. Where no more than `least` is left, any direction beside the basis
   * is added and the length is 0; nothing is added to a basis of the whole space.
   */
  add(vector: Block, least: number): number {
    const w = this.#w;
    this.#removeBasis(vector);
    const length = w.norm(vector);
    if (length > least) {
      this.#append(vector, 1 / length);
      return length;
    }
    if (this.#count >= this.#length) return 0;
    const draws = gaussians(fold(fold(this.#search.key, this.#name), this.#count), this.#length);
    w.assign(vector, draws);
    this.#removeBasis(vector);
    this.#append(vector, 1 / w.norm(vector));
    return 0;
  }

  /** `count` vectors: row i of (count, size) coefficients, or column i of (size, size), times the first `size` vectors. */
  combined(coefficients: Float64Array, size: number, count: number, byColumn: boolean): Float64Array {
    const w = this.#w;
    const loaded = w.load(coefficients, size, size);
    const turn = (byColumn ? loaded.transposed() : loaded).block(0, 0, count, size);
    const result = w.matrix(count, this.#length);
    w.gemmInto(1, turn, this.#rows.block(0, 0, size, this.#length), result);
    return Float64Array.from(w.read(result));
  }

  /** Twice is enough (Kahan; Parlett, The Symmetric Eigenvalue Problem, 6.9). */
  #removeBasis(vector: Block): void {
    if (this.#count === 0) return;
    const w = this.#w;
    const basis = this.#rows.block(0, 0, this.#count, this.#length);
    for (let pass = 0; pass < 2; pass += 1)
      w.inside(() => {
        const parts = w.zeros(this.#count, 1);
        w.gemv(1, basis, vector, parts);
        w.gemv(-1, basis.transposed(), parts, vector);
      });
  }

  #append(vector: Block, factor: number): void {
    if (this.#count >= this.#length) return;
    this.#w.copy(vector, this.vector(this.#count), factor);
    this.#count += 1;
  }
}
