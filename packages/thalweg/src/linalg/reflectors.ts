/** Householder vectors that stand in the rows of a matrix, joined into a block: H₁ H₂ … = I − V T Vᵀ (Schreiber and Van Loan 1989). */
import type { Matrix, Workspace } from "../runtime/kernels.js";
import { applyBlock, type BlockReflector } from "./qr/compute.js";

/** The block of the reflectors I − τᵢ vᵢ vᵢᵀ with vᵢ in row i of `rows`; they act from row `start` on. */
export function joinReflectors(w: Workspace, rows: Matrix, taus: ArrayLike<number>, start: number): BlockReflector {
  const count = rows.rows;
  const t = w.matrix(count, count);
  const products = w.inside(() => {
    const shared = w.matrix(count, count);
    w.gemmInto(1, rows, rows.transposed(), shared);
    return w.read(shared);
  });
  const factor = new Float64Array(count * count);
  for (let j = 0; j < count; j += 1) {
    const tau = taus[j] ?? 0;
    for (let i = 0; i < j; i += 1) {
      let sum = 0;
      for (let k = i; k < j; k += 1) sum += (factor[i * count + k] ?? 0) * (products[k * count + j] ?? 0);
      factor[i * count + j] = -tau * sum;
    }
    factor[j * count + j] = tau;
  }
  w.assign(t.reshaped(count * count, 1), factor);
  return { start, v: rows.transposed(), t };
}

/** The transpose of the product of the blocks, on its own: n × n. */
export function formTransposed(w: Workspace, n: number, blocks: readonly BlockReflector[]): Matrix {
  const q = w.spread(n, n);
  w.fill(q, 0, 1);
  for (const block of blocks.toReversed())
    applyBlock(w, block, q.transposed().block(0, block.start, n, n - block.start));
  return q;
}
