/**
 * Qᵀ A Q = T, tridiagonal, for symmetric A, by Householder reflectors in blocks: within a block column j of A is brought up to date only when its turn comes,
 *
 *   A ← A − V Wᵀ − W Vᵀ,   w = p − ½ τ (pᵀv) v,   p = τ A v,
 *
 * and the rest once, as matrix products. Only the upper triangle of A is read and brought up to date. Dongarra, Sorensen and Hammarling 1989; Golub and Van Loan, Matrix
 * Computations (4th ed.), 8.3.1.
 */
import { halfOf, Matrix, type Workspace } from "../../runtime/kernels.js";
import { symmetricProduct } from "../../runtime/spectral-kernels.js";
import type { BlockReflector } from "../qr/compute.js";
import { joinReflectors } from "../reflectors.js";

const blockColumns = 16;

export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** offDiagonal[i] stands between diagonal[i] and diagonal[i + 1]; one more element is spare. */
  readonly offDiagonal: Float64Array;
  /** Q is their product. */
  readonly blocks: readonly BlockReflector[];
}

/** Of A only the upper triangle counts; it is destroyed, and its largest element should be near 1. */
export function reduceSymmetric(w: Workspace, a: Matrix, vectors: boolean): Tridiagonal {
  const n = a.rows;
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const blocks: BlockReflector[] = [];
  for (let start = 0; start < n - 1; start += blockColumns) {
    const width = Math.min(blockColumns, n - 1 - start);
    const m = n - 1 - start;
    const v = w.matrix(width, m);
    const taus = new Float64Array(width);
    w.inside(() => {
      // rows v₀, w₀, v₁, w₁, … and w₀, v₀, w₁, v₁, …: a change of A is the transpose of the one times the other
      const pairs = { left: w.matrix(2 * width, m), right: w.matrix(2 * width, m) };
      w.fill(pairs.left.block(0, 0, 2 * width, width), 0);
      for (let i = 0; i < width; i += 1) {
        const j = start + i;
        bringUpToDate(w, a.block(j, j, 1, n - j), pairs, i);
        diagonal[j] = w.get(a, j, j);
        const x = pairs.left.block(2 * i, i, 1, m - i);
        w.copy(a.block(j, j + 1, 1, m - i), x);
        const tau = w.reflector(x);
        offDiagonal[j] = w.get(x, 0, 0);
        w.set(x, 0, 0, 1);
        taus[i] = tau;
        const p = pairs.left.block(2 * i + 1, i, 1, m - i);
        if (tau === 0) w.fill(p, 0);
        else secondVector(w, a.block(j + 1, j + 1, m - i, m - i), pairs, x, p, i, tau);
        w.copy(p, pairs.right.block(2 * i, i, 1, m - i));
        w.copy(x, pairs.right.block(2 * i + 1, i, 1, m - i));
      }
      w.copy(everyOther(pairs.left), v);
      const rest = m - width + 1;
      const [left, right] = [pairs.left, pairs.right].map((s) => s.block(0, width - 1, 2 * width, rest)) as [
        Matrix,
        Matrix,
      ];
      subtractProduct(w, left, right, a.block(start + width, start + width, rest, rest));
    });
    if (vectors) blocks.push(joinReflectors(w, v, taus, start + 1));
  }
  if (n > 0) diagonal[n - 1] = w.get(a, n - 1, n - 1);
  return { diagonal, offDiagonal, blocks };
}

/** Side of the squares on the diagonal in which both halves are computed. */
const updateLeaf = 64;

/** The upper triangle of A ← A − Lᵀ R; parts of the lower one are overwritten. */
function subtractProduct(w: Workspace, left: Matrix, right: Matrix, a: Matrix): void {
  const n = a.rows;
  if (n <= updateLeaf) {
    w.gemm(-1, left.transposed(), right, a);
    return;
  }
  const half = halfOf(n, updateLeaf);
  const [count, rest] = [left.rows, n - half];
  subtractProduct(w, left.block(0, 0, count, half), right.block(0, 0, count, half), a.block(0, 0, half, half));
  const across = right.block(0, half, count, rest);
  w.gemm(-1, left.block(0, 0, count, half).transposed(), across, a.block(0, half, half, rest));
  subtractProduct(w, left.block(0, half, count, rest), across, a.block(half, half, rest, rest));
}

/** Rows 0, 2, 4, … */
function everyOther({ address, rows, columns, rowStep, columnStep, bytes }: Matrix): Matrix {
  return new Matrix(address, Math.ceil(rows / 2), columns, 2 * rowStep, columnStep, bytes);
}

interface Pairs {
  readonly left: Matrix;
  readonly right: Matrix;
}

/** The row of A that starts on the diagonal, with what the i reflectors of the block before it change. */
function bringUpToDate(w: Workspace, row: Matrix, { left, right }: Pairs, i: number): void {
  if (i === 0) return;
  w.gemv(-1, right.block(0, i - 1, 2 * i, row.columns).transposed(), left.block(0, i - 1, 2 * i, 1), row);
}

/** p ← w, with A as it was before the block. */
function secondVector(w: Workspace, a: Matrix, pairs: Pairs, x: Matrix, p: Matrix, i: number, tau: number): void {
  symmetricProduct(w, a, x, p);
  if (i > 0) {
    const [left, right] = [pairs.left, pairs.right].map((s) => s.block(0, i, 2 * i, a.columns)) as [Matrix, Matrix];
    w.inside(() => {
      const shared = w.vector(2 * i);
      w.gemmInto(1, left, x.transposed(), shared);
      w.gemv(-1, right.transposed(), shared, p);
    });
  }
  w.scale(tau, p);
  w.axpy(-0.5 * tau * w.dot(p, x), x, p);
}
