/**
 * Householder QR: A = Q R with Qᵀ Q = I and R upper triangular,
 *
 *   Q = (I − V₁ T₁ V₁ᵀ)(I − V₂ T₂ V₂ᵀ) …,
 *
 * one factor for each block of columns (compact WY: Schreiber and Van Loan 1989), each block factored by halving it (Elmroth and Gustavson
 * 2000): reflectors of the left half are applied to the right half, and T₁₂ = −T₁₁ (V₁ᵀ V₂) T₂₂. Golub and Van Loan, Matrix Computations
 * (4th ed.), 5.2; error analysis: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed.), 19.3.
 */
import { halfOf, type Matrix, panelColumns, type Workspace } from "../../runtime/kernels.js";

/** Columns in a block. */
const blockColumns = 32;

/** I − V T Vᵀ, acting on the rows from `start` on. */
export interface BlockReflector {
  readonly start: number;
  /** (rows − start) × width, unit lower trapezoidal, zeros written out. */
  readonly v: Matrix;
  /** width × width, upper triangular. */
  readonly t: Matrix;
}

/** The power of two by which a matrix with this largest element is multiplied so that squares of its elements stay in range. */
export function safeScale(largest: number, dtype: "float32" | "float64"): number {
  const limit = dtype === "float64" ? 300 : 20;
  if (largest === 0) return 1;
  const exponent = Math.floor(Math.log2(largest));
  if (Math.abs(exponent) <= limit) return 1;
  const most = dtype === "float64" ? 1000 : 120;
  return 2 ** Math.max(-most, Math.min(most, -exponent));
}

/**
 * R replaces the upper triangle of A (m × n); what is left below it means nothing. Signs are as they come. The elements of A must be finite
 * and the largest near 1 (`safeScale`).
 */
export function factorQr(w: Workspace, a: Matrix): BlockReflector[] {
  const { rows, columns } = a;
  const rank = Math.min(rows, columns);
  const blocks: BlockReflector[] = [];
  for (let start = 0; start < rank; start += blockColumns) {
    const width = Math.min(blockColumns, rank - start);
    const v = w.spread(rows - start, width);
    const t = w.zeros(width, width);
    w.copy(a.block(start, start, rows - start, width), v);
    factorBlock(w, v, a.block(start, start, width, width), t);
    const rest = columns - start - width;
    applyTransposed(w, { start: 0, v, t }, a.block(start, start + width, rows - start, rest));
    blocks.push({ start, v, t });
  }
  return blocks;
}

function factorBlock(w: Workspace, v: Matrix, r: Matrix, t: Matrix): void {
  const { rows, columns } = v;
  if (columns <= panelColumns) {
    w.qrPanel(v, r, t);
    return;
  }
  const half = halfOf(columns, panelColumns);
  const rest = columns - half;
  const left = v.block(0, 0, rows, half);
  const right = v.block(0, half, rows, rest);
  const t11 = t.block(0, 0, half, half);
  const t22 = t.block(half, half, rest, rest);
  factorBlock(w, left, r.block(0, 0, half, half), t11);
  applyTransposed(w, { start: 0, v: left, t: t11 }, right);
  const top = right.block(0, 0, half, rest);
  w.copy(top, r.block(0, half, half, rest));
  w.fill(top, 0);
  const below = right.block(half, 0, rows - half, rest);
  factorBlock(w, below, r.block(half, half, rest, rest), t22);
  w.inside(() => {
    const shared = w.matrix(half, rest);
    const turned = w.matrix(half, rest);
    w.gemmInto(1, left.block(half, 0, rows - half, half).transposed(), below, shared);
    w.gemmInto(-1, t11, shared, turned);
    w.gemmInto(1, turned, t22, t.block(0, half, half, rest));
  });
}

/** C ← (I − V T Vᵀ) C for the rows from `start` on. */
export function applyBlock(w: Workspace, { start, v, t }: BlockReflector, c: Matrix): void {
  apply(w, v, t, c.block(start, 0, c.rows - start, c.columns));
}

/** C ← (I − V Tᵀ Vᵀ) C for the rows from `start` on. */
export function applyTransposed(w: Workspace, { start, v, t }: BlockReflector, c: Matrix): void {
  apply(w, v, t.transposed(), c.block(start, 0, c.rows - start, c.columns));
}

function apply(w: Workspace, v: Matrix, t: Matrix, c: Matrix): void {
  if (c.columns === 0) return;
  w.inside(() => {
    const products = w.matrix(v.columns, c.columns);
    const turned = w.matrix(v.columns, c.columns);
    w.gemmInto(1, v.transposed(), c, products);
    w.gemmInto(1, t, products, turned);
    w.gemm(-1, v, turned, c);
  });
}

/** Qᵀ C in place. */
export function applyQTransposed(w: Workspace, blocks: readonly BlockReflector[], c: Matrix): void {
  for (const block of blocks) applyTransposed(w, block, c);
}

/** Q C in place. */
export function applyQ(w: Workspace, blocks: readonly BlockReflector[], c: Matrix): void {
  for (const block of blocks.toReversed()) applyBlock(w, block, c);
}

/** The first `count` columns of Q, column j times signs[j] (default 1). */
export function formQ(
  w: Workspace,
  blocks: readonly BlockReflector[],
  rows: number,
  count: number,
  signs: ArrayLike<number>,
): Matrix {
  const q = w.zeros(rows, count);
  for (let j = 0; j < Math.min(rows, count); j += 1) w.set(q, j, j, signs[j] ?? 1);
  // columns before a block's start are still those of the identity there
  for (const block of blocks.toReversed()) {
    const { start } = block;
    if (start < count) apply(w, block.v, block.t, q.block(start, start, rows - start, count - start));
  }
  return q;
}

/** −1 where R's diagonal is negative, else 1. */
export function signsOf(w: Workspace, r: Matrix): Float64Array {
  return Float64Array.from(w.values(r.diagonal()), (x) => (x < 0 ? -1 : 1));
}

/** R of the first `count` rows on its own: zeros below the diagonal, row i times signs[i]·scale. */
export function readR(
  w: Workspace,
  a: Matrix,
  count: number,
  signs: ArrayLike<number>,
  scale: number,
): Float32Array | Float64Array {
  return w.inside(() => {
    const r = w.zeros(count, a.columns);
    for (let i = 0; i < Math.min(count, a.columns, a.rows); i += 1) {
      const rest = a.columns - i;
      w.copy(a.block(i, i, 1, rest), r.block(i, i, 1, rest), (signs[i] ?? 1) * scale);
    }
    return w.read(r);
  });
}
