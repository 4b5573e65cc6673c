/**
 * QR with column pivoting: A P = Q R, where each step takes the column whose rest is longest (Businger and Golub 1965), so that the diagonal
 * of R falls in size and shows the rank. The lengths are brought down by
 *
 *   ‖rest‖² ← ‖rest‖² − rⱼₖ²
 *
 * and computed afresh where cancellation has eaten their digits (Drmač and Bujanović 2008; LAPACK working note 176).
 */
import { epsilon } from "../../base/dtype.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import type { BlockReflector } from "./compute.js";

export interface PivotedQr {
  /** R on and above the diagonal, below it the reflectors without their leading 1. */
  readonly packed: Matrix;
  readonly taus: readonly number[];
  /** Column k of A P is column permutation[k] of A. */
  readonly permutation: Int32Array;
}

/** In place. The elements must be finite and the largest near 1. */
export function factorPivoted(w: Workspace, a: Matrix): PivotedQr {
  const { rows, columns } = a;
  const permutation = Int32Array.from({ length: columns }, (_, k) => k);
  const norms = Float64Array.from({ length: columns }, (_, k) => w.norm(a.column(k)));
  const exact = norms.slice();
  const doubtful = Math.sqrt(epsilon(w.dtype));
  const taus: number[] = [];
  for (let j = 0; j < Math.min(rows, columns); j += 1) {
    let pivot = j;
    for (let k = j + 1; k < columns; k += 1) if ((norms[k] ?? 0) > (norms[pivot] ?? 0)) pivot = k;
    if (pivot !== j) {
      swap(w, a.column(j), a.column(pivot));
      for (const list of [permutation, norms, exact]) exchange(list, j, pivot);
    }
    const v = a.block(j, j, rows - j, 1);
    const tau = w.reflector(v);
    taus.push(tau);
    const rest = a.block(j, j + 1, rows - j, columns - j - 1);
    if (rest.columns === 0) continue;
    withLeadingOne(w, v, () => w.applyReflector(v, tau, rest));
    const row = w.values(a.block(j, j + 1, 1, rest.columns));
    for (let k = j + 1; k < columns; k += 1) {
      const norm = norms[k] ?? 0;
      if (norm === 0) continue;
      const left = Math.max(0, 1 - ((row[k - j - 1] ?? 0) / norm) ** 2);
      if (left * (norm / (exact[k] ?? 1)) ** 2 > doubtful) norms[k] = norm * Math.sqrt(left);
      else {
        norms[k] = j + 1 < rows ? w.norm(a.block(j + 1, k, rows - j - 1, 1)) : 0;
        exact[k] = norms[k] ?? 0;
      }
    }
  }
  return { packed: a, taus, permutation };
}

function exchange(list: Int32Array | Float64Array, i: number, j: number): void {
  const kept = list[i] ?? 0;
  list[i] = list[j] ?? 0;
  list[j] = kept;
}

/** A rotation by a right angle and a change of sign: (x, y) ← (y, x). */
function swap(w: Workspace, x: Matrix, y: Matrix): void {
  w.rotate(x, y, 0, 1);
  w.scale(-1, y);
}

function withLeadingOne(w: Workspace, v: Matrix, body: () => void): void {
  const kept = w.get(v, 0, 0);
  w.set(v, 0, 0, 1);
  body();
  w.set(v, 0, 0, kept);
}

/** Qᵀ C in place. */
export function applyPivotedTransposed(w: Workspace, { packed, taus }: PivotedQr, c: Matrix): void {
  taus.forEach((tau, j) => {
    const rows = packed.rows - j;
    const v = packed.block(j, j, rows, 1);
    withLeadingOne(w, v, () => w.applyReflector(v, tau, c.block(j, 0, rows, c.columns)));
  });
}

/** How many diagonal elements of R exceed `tolerance` times the first. */
export function rankOf(w: Workspace, packed: Matrix, tolerance: number): number {
  const diagonal = w.values(packed.diagonal());
  const first = Math.abs(diagonal[0] ?? 0);
  let rank = 0;
  while (rank < diagonal.length && Math.abs(diagonal[rank] ?? 0) > tolerance * first) rank += 1;
  return rank;
}

const blockColumns = 32;

/** The reflectors gathered into blocks: T[0…j−1, j] = −τⱼ T (Vᵀ vⱼ), T[j, j] = τⱼ. */
export function blocksOf(w: Workspace, { packed, taus }: PivotedQr): BlockReflector[] {
  const blocks: BlockReflector[] = [];
  for (let start = 0; start < taus.length; start += blockColumns) {
    const width = Math.min(blockColumns, taus.length - start);
    const rows = packed.rows - start;
    const v = w.spread(rows, width);
    w.copy(packed.block(start, start, rows, width), v);
    for (let j = 0; j < width; j += 1) w.set(v, j, j, 1);
    w.fill(v, 0, 0, "upper");
    const products = w.inside(() => {
      const gram = w.matrix(width, width);
      w.gemmInto(1, v.transposed(), v, gram);
      return w.read(gram);
    });
    const t = new Float64Array(width * width);
    for (let j = 0; j < width; j += 1) {
      const tau = taus[start + j] ?? 0;
      for (let r = 0; r < j; r += 1) {
        let sum = 0;
        for (let s = r; s < j; s += 1) sum += (t[r * width + s] ?? 0) * (products[s * width + j] ?? 0);
        t[r * width + j] = -tau * sum;
      }
      t[j * width + j] = tau;
    }
    blocks.push({ start, v, t: w.load(t, width, width) });
  }
  return blocks;
}
