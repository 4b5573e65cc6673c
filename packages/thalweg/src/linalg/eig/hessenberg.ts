/**
 * Qᵀ A Q = H, upper Hessenberg, by Householder reflectors in blocks: within a block a column is brought up to date when its turn comes,
 *
 *   A ← (I − V Tᵀ Vᵀ)(A − Y Vᵀ),   Y = A V T,
 *
 * and the rest once, as matrix products. Dongarra, Hammarling and Sorensen 1989; Quintana-Ortí and van de Geijn 2006; Golub and Van Loan, Matrix
 * Computations (4th ed.), 7.4.
 */
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { applyTransposed, type BlockReflector } from "../qr/compute.js";

const blockColumns = 24;

/** A ← H, zeros below its first subdiagonal. Returns Q in blocks, whose reflectors act from row `start` on. */
export function reduceToHessenberg(w: Workspace, a: Matrix): BlockReflector[] {
  const n = a.rows;
  const blocks: BlockReflector[] = [];
  for (let first = 0; first < n - 2; first += blockColumns) {
    const width = Math.min(blockColumns, n - 2 - first);
    const start = first + 1;
    const m = n - start;
    // reflectors in rows, over the rows `start` … n − 1 of A
    const v = w.matrix(width, m);
    const t = w.zeros(width, width);
    w.inside(() => {
      // Y in rows, over all rows of A
      const y = w.matrix(width, n);
      w.fill(v.block(0, 0, width, width), 0);
      const panel = { v, t, y, column: w.vector(m), turned: w.vector(width), shared: w.vector(width) };
      for (let j = 0; j < width; j += 1) nextColumn(w, a, panel, first, j);
      const product = w.matrix(start, width);
      w.gemmInto(1, a.block(0, start, start, m), v.transposed(), product);
      w.gemmInto(1, product, t, y.block(0, 0, width, start).transposed());
      // columns of the block: their rows from `start` on are finished
      w.gemm(
        -1,
        y.block(0, 0, width, start).transposed(),
        v.block(0, 0, width, width - 1),
        a.block(0, start, start, width - 1),
      );
      const rest = a.block(0, first + width, n, n - first - width);
      w.gemm(-1, y.transposed(), v.block(0, width - 1, width, rest.columns), rest);
      applyTransposed(w, { start, v: v.transposed(), t }, rest);
    });
    blocks.push({ start, v: v.transposed(), t });
  }
  return blocks;
}

interface Panel {
  readonly v: Matrix;
  readonly t: Matrix;
  readonly y: Matrix;
  /** Scratch. */
  readonly column: Matrix;
  readonly turned: Matrix;
  readonly shared: Matrix;
}

function nextColumn(w: Workspace, a: Matrix, panel: Panel, first: number, j: number): void {
  const { v, t, y, column } = panel;
  const n = a.rows;
  const start = first + 1;
  const m = n - start;
  const at = first + j;
  w.copy(a.block(start, at, m, 1), column);
  const known = v.block(0, 0, j, m);
  const shared = panel.shared.block(0, 0, j, 1);
  const products = y.block(0, start, j, m).transposed();
  if (j > 0) {
    const turned = panel.turned.block(0, 0, j, 1);
    // from the right: column `at` of Y Vᵀ
    w.gemv(-1, products, v.block(0, j - 1, j, 1), column);
    w.gemmInto(1, known, column, shared);
    w.gemmInto(1, t.block(0, 0, j, j).transposed(), shared, turned);
    w.gemv(-1, known.transposed(), turned, column);
  }
  const below = v.block(j, j, 1, m - j);
  w.copy(column.block(j, 0, m - j, 1).transposed(), below);
  const tau = w.reflector(below);
  w.set(column, j, 0, w.get(v, j, j));
  w.set(v, j, j, 1);
  if (m - j > 1) w.fill(column.block(j + 1, 0, m - j - 1, 1), 0);
  w.copy(column, a.block(start, at, m, 1));
  w.set(t, j, j, tau);
  const target = y.block(j, start, 1, m);
  if (tau === 0) {
    w.fill(target, 0);
    return;
  }
  w.gemmInto(1, a.block(start, at + 1, m, m - j), below.transposed(), target.transposed());
  if (j > 0) {
    w.gemmInto(1, known.block(0, j, j, m - j), below.transposed(), shared);
    w.gemv(-1, products, shared, target);
    w.gemmInto(-tau, t.block(0, 0, j, j), shared, t.block(0, j, j, 1));
  }
  w.scale(tau, target.transposed());
}
