/**
 * Qᵀ A P = B, upper bidiagonal, for A with no more columns than rows, by Householder reflectors from both sides, in blocks: within a block only the column and
 * the row whose turn it is are brought up to date,
 *
 *   A ← A − V Yᵀ − X Uᵀ,   y = τ (A − V Yᵀ − X Uᵀ)ᵀ v,   x = π (A − V Yᵀ − X Uᵀ) u,
 *
 * and the rest once, as one matrix product. Dongarra, Sorensen and Hammarling 1989; Golub and Van Loan, Matrix Computations (4th ed.), 5.4.8.
 */
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import type { BlockReflector } from "../qr/compute.js";
import { joinReflectors } from "../reflectors.js";

const blockColumns = 16;

export interface Bidiagonal {
  readonly diagonal: Float64Array;
  /** superDiagonal[i] stands to the right of diagonal[i]; one more element is spare. */
  readonly superDiagonal: Float64Array;
  /** Q and P are the products of these. */
  readonly left: readonly BlockReflector[];
  readonly right: readonly BlockReflector[];
}

/** A (m × n, m ≥ n) is destroyed; its largest element should be near 1. */
export function reduceToBidiagonal(w: Workspace, a: Matrix, vectors: boolean): Bidiagonal {
  const { rows: m, columns: n } = a;
  const diagonal = new Float64Array(n);
  const superDiagonal = new Float64Array(n);
  const left: BlockReflector[] = [];
  const right: BlockReflector[] = [];
  for (let start = 0; start < n; start += blockColumns) {
    const width = Math.min(blockColumns, n - start);
    const rest = a.block(start, start, m - start, n - start);
    // vectors stand in rows: v and x over the rows of `rest`, u and y over its columns
    const v = w.zeros(width, m - start);
    const u = w.zeros(width, n - start);
    const tau = new Float64Array(width);
    const pi = new Float64Array(width);
    w.inside(() => {
      const x = w.zeros(width, m - start);
      const y = w.zeros(width, n - start);
      for (let i = 0; i < width; i += 1) {
        const at = start + i;
        tau[i] = columnReflector(w, rest, { v, u, x, y }, i);
        diagonal[at] = w.get(v, i, i);
        w.set(v, i, i, 1);
        if (at === n - 1) continue;
        leftProduct(w, rest, { v, u, x, y }, i, tau[i] ?? 0);
        pi[i] = rowReflector(w, rest, { v, u, x, y }, i);
        superDiagonal[at] = w.get(u, i, i + 1);
        w.set(u, i, i + 1, 1);
        if (at < m - 1) rightProduct(w, rest, { v, u, x, y }, i, pi[i] ?? 0);
      }
      const [height, breadth] = [m - start - width, n - start - width];
      if (height > 0 && breadth > 0) {
        const tall = w.matrix(2 * width, height);
        const broad = w.matrix(2 * width, breadth);
        w.copy(v.block(0, width, width, height), tall.block(0, 0, width, height));
        w.copy(x.block(0, width, width, height), tall.block(width, 0, width, height));
        w.copy(y.block(0, width, width, breadth), broad.block(0, 0, width, breadth));
        w.copy(u.block(0, width, width, breadth), broad.block(width, 0, width, breadth));
        w.gemm(-1, tall.transposed(), broad, rest.block(width, width, height, breadth));
      }
    });
    if (vectors) {
      left.push(joinReflectors(w, v, tau, start));
      right.push(joinReflectors(w, u, pi, start));
    }
  }
  return { diagonal, superDiagonal, left, right };
}

interface Panel {
  readonly v: Matrix;
  readonly u: Matrix;
  readonly x: Matrix;
  readonly y: Matrix;
}

/** Row i of v ← the reflector of column i, brought up to date, with β where its 1 will stand. */
function columnReflector(w: Workspace, a: Matrix, { v, u, x, y }: Panel, i: number): number {
  const height = a.rows - i;
  const target = v.block(i, i, 1, height);
  w.copy(a.block(i, i, height, 1).transposed(), target);
  if (i > 0) {
    w.gemv(-1, v.block(0, i, i, height).transposed(), y.block(0, i, i, 1), target);
    w.gemv(-1, x.block(0, i, i, height).transposed(), u.block(0, i, i, 1), target);
  }
  return w.reflector(target);
}

/** Row i of y from column i + 1 on. */
function leftProduct(w: Workspace, a: Matrix, { v, u, x, y }: Panel, i: number, tau: number): void {
  const height = a.rows - i;
  const breadth = a.columns - i - 1;
  const source = v.block(i, i, 1, height).transposed();
  const target = y.block(i, i + 1, 1, breadth);
  if (tau === 0) return;
  w.gemmInto(1, a.block(i, i + 1, height, breadth).transposed(), source, target.transposed());
  if (i > 0) {
    w.inside(() => {
      const shared = w.vector(i);
      w.gemmInto(1, v.block(0, i, i, height), source, shared);
      w.gemv(-1, y.block(0, i + 1, i, breadth).transposed(), shared, target);
      w.gemmInto(1, x.block(0, i, i, height), source, shared);
      w.gemv(-1, u.block(0, i + 1, i, breadth).transposed(), shared, target);
    });
  }
  w.scale(tau, target.transposed());
}

/** Row i of u ← the reflector of row i to the right of the diagonal, brought up to date, with β where its 1 will stand. */
function rowReflector(w: Workspace, a: Matrix, { v, u, x, y }: Panel, i: number): number {
  const breadth = a.columns - i - 1;
  const target = u.block(i, i + 1, 1, breadth);
  w.copy(a.block(i, i + 1, 1, breadth), target);
  w.gemv(-1, y.block(0, i + 1, i + 1, breadth).transposed(), v.block(0, i, i + 1, 1), target);
  if (i > 0) w.gemv(-1, u.block(0, i + 1, i, breadth).transposed(), x.block(0, i, i, 1), target);
  return w.reflector(target);
}

/** Row i of x from row i + 1 on. */
function rightProduct(w: Workspace, a: Matrix, { v, u, x, y }: Panel, i: number, pi: number): void {
  const height = a.rows - i - 1;
  const breadth = a.columns - i - 1;
  const source = u.block(i, i + 1, 1, breadth).transposed();
  const target = x.block(i, i + 1, 1, height);
  if (pi === 0) return;
  w.gemmInto(1, a.block(i + 1, i + 1, height, breadth), source, target.transposed());
  w.inside(() => {
    const shared = w.vector(i + 1);
    w.gemmInto(1, y.block(0, i + 1, i + 1, breadth), source, shared);
    w.gemv(-1, v.block(0, i + 1, i + 1, height).transposed(), shared, target);
    if (i === 0) return;
    const fewer = shared.block(0, 0, i, 1);
    w.gemmInto(1, u.block(0, i + 1, i, breadth), source, fewer);
    w.gemv(-1, x.block(0, i + 1, i, height).transposed(), fewer, target);
  });
  w.scale(pi, target.transposed());
}
