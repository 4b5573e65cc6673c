/** Starting vectors and orthonormal bases of the iterative methods. */
import { ShapeError, UserError } from "../../base/errors.js";
import { makeBuffer } from "../../graph/node.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { normal } from "../../tensor/random.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Numbers, toFloat } from "../arguments.js";
import { signOfLargest } from "../eigh/compute.js";
import { notFinite } from "../failure.js";
import { factorQr, formQ, safeScale } from "../qr/compute.js";

/** Standard normal numbers. */
export function gaussian(w: Workspace, rows: number, columns: number, seed: number): Matrix {
  return w.load(normal([rows, columns], { seed, dtype: "float64" }).storage("random.normal"), rows, columns);
}

/** The elements of a finite vector of n elements. */
export function vectorData(op: string, name: string, value: Numbers, n: number | undefined): Float64Array {
  const t = toFloat(op, value);
  if (t.rank !== 1 || (n !== undefined && t.shape[0] !== n))
    throw new ShapeError(
      `${op}: ${name} must be a vector${n === undefined ? "" : ` of ${n} elements`}, got shape [${t.shape.join(", ")}]`,
    );
  const data = Float64Array.from(t.storage(op));
  if (!data.every(Number.isFinite)) throw notFinite(`${op}: ${name}`, data, 0);
  return data;
}

/** The given vector or a random one, of length 1. */
export function unitStart(op: string, w: Workspace, n: number, start: Numbers | undefined, seed: number): Matrix {
  const x = start === undefined ? gaussian(w, n, 1, seed) : w.load(vectorData(op, "start", start, n), n, 1);
  const length = w.norm(x);
  if (length === 0) throw new UserError(`${op}: start must not be all zeros`);
  divide(w, x, length);
  return x;
}

/** x ← x / length, of lengths whose reciprocal overflows too. */
export function divide(w: Workspace, x: Matrix, length: number): void {
  if (length >= 1e-300) w.scale(1 / length, x);
  else {
    w.scale(2 ** 500, x);
    w.scale(1 / (length * 2 ** 500), x);
  }
}

/**
 * x ← x − Vᵀ V x for the orthonormal rows of V, twice, which is enough (Giraud, Langou, Rozložník and van den Eshof 2005). Returns the total V x.
 */
export function orthogonalise(w: Workspace, basis: Matrix, x: Matrix): Float64Array {
  const total = new Float64Array(basis.rows);
  if (basis.rows === 0) return total;
  w.inside(() => {
    const sizes = w.matrix(basis.rows, 1);
    for (let round = 0; round < 2; round += 1) {
      w.gemmInto(1, basis, x, sizes);
      w.gemm(-1, basis.transposed(), sizes, x);
      w.values(sizes).forEach((size, i) => {
        total[i] = (total[i] ?? 0) + size;
      });
    }
  });
  return total;
}

/** Makes row j of the basis a random unit vector orthogonal to the rows before it. */
export function freshRow(w: Workspace, basis: Matrix, j: number, seed: number): void {
  w.inside(() => {
    const n = basis.columns;
    const x = gaussian(w, n, 1, seed);
    orthogonalise(w, basis.block(0, 0, j, n), x);
    divide(w, x, w.norm(x));
    orthogonalise(w, basis.block(0, 0, j, n), x);
    divide(w, x, w.norm(x));
    w.copy(x.transposed(), basis.row(j));
  });
}

/** The columns of y, at most as many as rows, replaced by an orthonormal basis of what they span. */
export function orthonormaliseColumns(w: Workspace, y: Matrix): void {
  w.inside(() => {
    const scale = safeScale(w.maxAbs(y).value, "float64");
    const copy = w.spread(y.rows, y.columns);
    w.copy(y, copy, scale);
    const blocks = factorQr(w, copy);
    w.copy(formQ(w, blocks, y.rows, y.columns, []), y);
  });
}

/** A small dense matrix times a large one, both row-major arrays: (p × q)ᵀ for `small`, rows of `basis` as vectors; into `target`. */
export function combineRows(
  w: Workspace,
  small: Float64Array,
  p: number,
  q: number,
  basis: Matrix,
  target: Matrix,
): void {
  w.inside(() => {
    const s = w.load(small, p, q);
    const rows = w.matrix(target.rows, basis.columns);
    w.gemmInto(1, s.block(0, 0, p, target.rows).transposed(), basis.block(0, 0, p, basis.columns), rows);
    w.copy(rows, target);
  });
}

/** The rows of a basis as columns of a tensor, in each the element of largest size positive, times the sign that is returned. */
export function columnsTensor(w: Workspace, rows: Matrix): { readonly tensor: Tensor; readonly signs: Float64Array } {
  const [k, n] = [rows.rows, rows.columns];
  const data = w.read(rows);
  const signs = Float64Array.from({ length: k }, (_, i) => signOfLargest(data, i * n, n));
  const turned = new Float64Array(n * k);
  for (let i = 0; i < k; i += 1)
    for (let j = 0; j < n; j += 1) turned[j * k + i] = (signs[i] ?? 1) * (data[i * n + j] ?? 0);
  return { tensor: new Tensor(makeBuffer([n, k], "float64", turned)), signs };
}

export function numbersTensor(values: ArrayLike<number>): Tensor {
  return new Tensor(makeBuffer([values.length], "float64", Float64Array.from(values)));
}
