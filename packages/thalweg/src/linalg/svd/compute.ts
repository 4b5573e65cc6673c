/**
 * A = U S Vᵀ: tall matrices by QR first (Chan 1982), reduction to a bidiagonal matrix, then implicit QR with the rotations applied to the vectors; wide
 * matrices as their transposes.
 */
import { type Matrix, type Workspace, withWorkspace } from "../../runtime/kernels.js";
import { signOfLargest } from "../eigh/compute.js";
import { RotationSweeps } from "../plane-rotations.js";
import { applyBlock, applyQ, type BlockReflector, factorQr, safeScale } from "../qr/compute.js";
import { formTransposed } from "../reflectors.js";
import { reduceToBidiagonal } from "./bidiagonal.js";
import { bidiagonalValues } from "./implicit-qr.js";

/** From this many rows a column on, the matrix is first reduced to a triangle. */
const tall = 1.6;

export type Vectors = "none" | "thin" | "full";

export interface SingularValues {
  /** min(m, n) of them, descending, ≥ 0. */
  readonly values: Float64Array;
  /** m × k, row-major; k is m ("full") or min(m, n). Empty without vectors. */
  readonly u: Float64Array;
  /** k × n, row-major; k is n ("full") or min(m, n). */
  readonly vt: Float64Array;
  /** Singular values that did not converge: 0, or the results mean nothing. */
  readonly missing: number;
}

/** Of the m × n matrix `data`; its largest element, `largest`, is finite. */
export function factorSvd(data: Float64Array, m: number, n: number, largest: number, vectors: Vectors): SingularValues {
  const scale = safeScale(largest, "float64");
  const wide = m < n;
  return withWorkspace("float64", (w) => {
    const given = w.load(data, m, n);
    const a = w.spread(Math.max(m, n), Math.min(m, n));
    w.copy(wide ? given.transposed() : given, a, scale);
    const { d, left, right, missing } = factorTall(w, a, vectors);
    const order = Int32Array.from(d, (_, i) => i).sort((i, j) => Math.abs(d[j] ?? 0) - Math.abs(d[i] ?? 0));
    const values = Float64Array.from(order, (i) => Math.abs(d[i] ?? 0) / scale);
    if (left === undefined || right === undefined)
      return { values, u: new Float64Array(0), vt: new Float64Array(0), missing };
    const [uRows, vRows] = wide ? [right, left] : [left, right];
    return { values, ...arranged(w.read(uRows), w.read(vRows), m, n, d, order), missing };
  });
}

interface TallFactors {
  /** Singular values of either sign, in no order. */
  readonly d: Float64Array;
  /** Singular vectors in rows: of `left` those past the number of columns complete the basis. */
  readonly left: Matrix | undefined;
  readonly right: Matrix | undefined;
  readonly missing: number;
}

function factorTall(w: Workspace, a: Matrix, vectors: Vectors): TallFactors {
  const { rows: m, columns: n } = a;
  const triangle = m >= tall * n && n > 0 ? reduceToTriangle(w, a) : undefined;
  const { diagonal: d, superDiagonal, left, right } = reduceToBidiagonal(w, triangle?.r ?? a, vectors !== "none");
  if (vectors === "none")
    return { d, left: undefined, right: undefined, missing: bidiagonalValues(d, superDiagonal, undefined) };
  const count = vectors === "full" ? m : n;
  const rightRows = formTransposed(w, n, right);
  const inner = triangle === undefined ? formRows(w, left, count, m) : formTransposed(w, n, left);
  const sweeps = {
    left: new RotationSweeps(w, inner.block(0, 0, n, inner.columns)),
    right: new RotationSweeps(w, rightRows),
  };
  const missing = bidiagonalValues(d, superDiagonal, sweeps);
  sweeps.left.flush();
  sweeps.right.flush();
  return {
    d,
    left: triangle === undefined ? inner : lift(w, triangle.blocks, inner, count, m),
    right: rightRows,
    missing,
  };
}

function reduceToTriangle(w: Workspace, a: Matrix): { readonly r: Matrix; readonly blocks: readonly BlockReflector[] } {
  const n = a.columns;
  const blocks = factorQr(w, a);
  const r = w.spread(n, n);
  w.copy(a.block(0, 0, n, n), r);
  w.fill(r, 0, 0, "lower");
  return { r, blocks };
}

/** The first `count` rows of the transposed product of the blocks. */
function formRows(w: Workspace, blocks: readonly BlockReflector[], count: number, m: number): Matrix {
  const q = w.spread(count, m);
  w.fill(q, 0, 1);
  for (const block of blocks.toReversed())
    applyBlock(w, block, q.transposed().block(0, block.start, m, count - block.start));
  return q;
}

/** The rows of `inner` times Qᵀ, and more rows to make them `count`. */
function lift(w: Workspace, blocks: readonly BlockReflector[], inner: Matrix, count: number, m: number): Matrix {
  const n = inner.rows;
  const rows = w.spread(count, m);
  w.fill(rows, 0, 1);
  w.copy(inner, rows.block(0, 0, n, n));
  applyQ(w, blocks, rows.transposed());
  return rows;
}

/** Vectors from rows to where they belong, in order, the largest element of each left one positive. */
function arranged(
  uRows: ArrayLike<number>,
  vRows: ArrayLike<number>,
  m: number,
  n: number,
  d: Float64Array,
  order: Int32Array,
): { readonly u: Float64Array; readonly vt: Float64Array } {
  const [uCount, vCount] = [m === 0 ? 0 : uRows.length / m, n === 0 ? 0 : vRows.length / n];
  const u = new Float64Array(m * uCount);
  const vt = new Float64Array(vCount * n);
  for (let j = 0; j < Math.max(uCount, vCount); j += 1) {
    const row = order[j] ?? j;
    const sign = j < uCount ? signOfLargest(uRows, row * m, m) : signOfLargest(vRows, row * n, n);
    if (j < uCount) for (let i = 0; i < m; i += 1) u[i * uCount + j] = sign * (uRows[row * m + i] ?? 0);
    const other = sign * ((d[row] ?? 1) < 0 ? -1 : 1);
    if (j < vCount) for (let i = 0; i < n; i += 1) vt[j * n + i] = other * (vRows[row * n + i] ?? 0);
  }
  return { u, vt };
}
