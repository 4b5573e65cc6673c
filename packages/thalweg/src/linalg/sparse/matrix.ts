/**
 * Matrices of which only some elements are stored, row after row (CSR): the elements of row i stand at starts[i] … starts[i + 1] − 1, each with
 * its column.
 */
import { ShapeError, UserError } from "../../base/errors.js";
import { formatShape } from "../../base/shape.js";
import { makeBuffer } from "../../graph/node.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Numbers, toFloat } from "../arguments.js";
import { type CompressedRows, multiplyInto, multiplyTransposedInto } from "./products.js";

/** A sparse matrix of float64 numbers, not to be changed. Made by `sparse.fromTriplets` and `sparse.fromDense`. */
export class SparseMatrix {
  readonly shape: readonly [number, number];
  readonly rows: CompressedRows;

  constructor(shape: readonly [number, number], rows: CompressedRows) {
    this.shape = shape;
    this.rows = rows;
  }

  /** Stored elements, zeros among them included. */
  get count(): number {
    return this.rows.values.length;
  }

  /** The element in row i and column j; 0 when it is not stored. */
  at(i: number, j: number): number {
    const [m, n] = this.shape;
    if (!(Number.isInteger(i) && i >= 0 && i < m && Number.isInteger(j) && j >= 0 && j < n))
      throw new UserError(`SparseMatrix.at: [${i}, ${j}] is outside of shape ${formatShape(this.shape)}`);
    const { starts, columns, values } = this.rows;
    let low = starts[i] ?? 0;
    let high = (starts[i + 1] ?? 0) - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const column = columns[middle] ?? 0;
      if (column === j) return values[middle] ?? 0;
      if (column < j) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  /** The main diagonal. */
  diagonal(): Float64Array {
    return Float64Array.from({ length: Math.min(...this.shape) }, (_, i) => this.at(i, i));
  }

  transpose(): SparseMatrix {
    const [m, n] = this.shape;
    const { starts, columns, values } = this.rows;
    const turned = new Int32Array(n + 1);
    for (const column of columns) turned[column + 1] = (turned[column + 1] ?? 0) + 1;
    for (let j = 0; j < n; j += 1) turned[j + 1] = (turned[j + 1] ?? 0) + (turned[j] ?? 0);
    const next = turned.slice();
    const rowsOf = new Int32Array(columns.length);
    const moved = new Float64Array(columns.length);
    for (let i = 0; i < m; i += 1) {
      for (let k = starts[i] ?? 0; k < (starts[i + 1] ?? 0); k += 1) {
        const column = columns[k] ?? 0;
        const place = next[column] ?? 0;
        rowsOf[place] = i;
        moved[place] = values[k] ?? 0;
        next[column] = place + 1;
      }
    }
    return new SparseMatrix([n, m], { starts: turned, columns: rowsOf, values: moved });
  }

  /** All elements. */
  toDense(): Tensor {
    const [m, n] = this.shape;
    const { starts, columns, values } = this.rows;
    const data = new Float64Array(m * n);
    for (let i = 0; i < m; i += 1)
      for (let k = starts[i] ?? 0; k < (starts[i + 1] ?? 0); k += 1) data[i * n + (columns[k] ?? 0)] = values[k] ?? 0;
    return new Tensor(makeBuffer([m, n], "float64", data));
  }

  /** A x: [n] → [m], [n, k] → [m, k]; float64. */
  multiply(x: Numbers): Tensor {
    return this.product("SparseMatrix.multiply", x, false);
  }

  /** Aᵀ x: [m] → [n], [m, k] → [n, k]; float64. */
  multiplyTransposed(x: Numbers): Tensor {
    return this.product("SparseMatrix.multiplyTransposed", x, true);
  }

  private product(op: string, x: Numbers, transposed: boolean): Tensor {
    const t = toFloat(op, x);
    const [m, n] = this.shape;
    const [from, to] = transposed ? [m, n] : [n, m];
    if ((t.rank !== 1 && t.rank !== 2) || t.shape[0] !== from)
      throw new ShapeError(
        `${op}: the matrix has shape ${formatShape(this.shape)}, so the factor must have ${from} rows and one or two axes, got shape ${formatShape(t.shape)}`,
      );
    const k = t.shape[1] ?? 1;
    const data = t.storage(op);
    const result = new Float64Array(to * k);
    if (transposed) multiplyTransposedInto(this.rows, m, data, k, result);
    else multiplyInto(this.rows, m, data, k, result);
    return new Tensor(makeBuffer(t.rank === 1 ? [to] : [to, k], "float64", result));
  }
}
