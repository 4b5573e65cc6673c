/** Sparse matrices from triplets (row, column, value) and from dense matrices. */
import { IndexError, ShapeError, UserError } from "../../base/errors.js";
import { formatShape } from "../../base/shape.js";
import { type Numbers, sizesOf, toMatrix } from "../arguments.js";
import { failed, notFinite } from "../failure.js";
import { SparseMatrix } from "./matrix.js";

export interface Triplets {
  /** Whole numbers, 0 … m − 1. */
  readonly rows: ArrayLike<number>;
  /** Whole numbers, 0 … n − 1. */
  readonly columns: ArrayLike<number>;
  /** Finite numbers. */
  readonly values: ArrayLike<number>;
}

/**
 * The m × n matrix with values[k] in row rows[k] and column columns[k]; values for the same place are added up, in their order. A zero that is
 * given stays stored.
 *
 * @throws ShapeError when the lists differ in length; IndexError for a place outside of the matrix; NumericalError (not finite) for NaN and
 * infinities, also those that a sum becomes.
 */
export function fromTriplets(shape: readonly [number, number], { rows, columns, values }: Triplets): SparseMatrix {
  const [m, n] = checkShape(shape);
  const count = values.length;
  if (rows.length !== count || columns.length !== count)
    throw new ShapeError(
      `sparse.fromTriplets: rows, columns and values must be equally long, got ${rows.length}, ${columns.length} and ${count}`,
    );
  checkPlaces("row", rows, m);
  checkPlaces("column", columns, n);
  // sorting by columns first and then, without disturbing that order, by rows
  const byColumn = sortedBy(columns, n, undefined);
  const order = sortedBy(rows, m, byColumn);
  const starts = new Int32Array(m + 1);
  const keptColumns = new Int32Array(count);
  const kept = new Float64Array(count);
  let size = 0;
  let at = 0;
  for (let i = 0; i < m; i += 1) {
    const start = size;
    for (; at < count && rows[order[at] ?? 0] === i; at += 1) {
      const place = order[at] ?? 0;
      const column = columns[place] ?? 0;
      const value = values[place] ?? 0;
      if (size > start && keptColumns[size - 1] === column) kept[size - 1] = (kept[size - 1] ?? 0) + value;
      else {
        keptColumns[size] = column;
        kept[size] = value;
        size += 1;
      }
    }
    starts[i + 1] = size;
    for (let k = start; k < size; k += 1) checkFinite(kept[k] ?? 0, i, keptColumns[k] ?? 0);
  }
  return new SparseMatrix([m, n], { starts, columns: keptColumns.slice(0, size), values: kept.slice(0, size) });
}

/** The elements of a matrix that are not 0. @throws NumericalError (not finite) for NaN and infinities. */
export function fromDense(a: Numbers): SparseMatrix {
  const t = toMatrix("sparse.fromDense", a);
  const [m, n] = sizesOf(t);
  const data = t.storage("sparse.fromDense");
  let size = 0;
  for (const value of data) {
    if (!Number.isFinite(value)) throw notFinite("sparse.fromDense", data, n);
    if (value !== 0) size += 1;
  }
  const starts = new Int32Array(m + 1);
  const columns = new Int32Array(size);
  const values = new Float64Array(size);
  let at = 0;
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      const value = data[i * n + j] ?? 0;
      if (value === 0) continue;
      columns[at] = j;
      values[at] = value;
      at += 1;
    }
    starts[i + 1] = at;
  }
  return new SparseMatrix([m, n], { starts, columns, values });
}

function checkShape(shape: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(shape) || shape.length !== 2)
    throw new UserError(`sparse.fromTriplets: shape must be [rows, columns], got ${JSON.stringify(shape)}`);
  for (const size of shape)
    if (!Number.isInteger(size) || size < 0 || size > 2 ** 31 - 2)
      throw new ShapeError(
        `sparse.fromTriplets: sizes must be whole numbers from 0 to 2³¹ − 2, got ${formatShape(shape)}`,
      );
  return shape;
}

function checkPlaces(what: string, places: ArrayLike<number>, size: number): void {
  for (let k = 0; k < places.length; k += 1) {
    const place = places[k];
    if (place === undefined || !Number.isInteger(place) || place < 0 || place >= size)
      throw new IndexError(
        `sparse.fromTriplets: ${what}s[${k}] is ${place}; the matrix has ${size} ${what}s, counted from 0`,
      );
  }
}

/** The places 0 … count − 1, or those in `order`, by ascending key; equal keys keep their order. */
function sortedBy(keys: ArrayLike<number>, bound: number, order: Int32Array | undefined): Int32Array {
  const count = keys.length;
  const next = new Int32Array(bound + 1);
  for (let k = 0; k < count; k += 1) {
    const key = keys[k] ?? 0;
    next[key + 1] = (next[key + 1] ?? 0) + 1;
  }
  for (let key = 0; key < bound; key += 1) next[key + 1] = (next[key + 1] ?? 0) + (next[key] ?? 0);
  const sorted = new Int32Array(count);
  for (let k = 0; k < count; k += 1) {
    const place = order === undefined ? k : (order[k] ?? 0);
    const key = keys[place] ?? 0;
    const at = next[key] ?? 0;
    sorted[at] = place;
    next[key] = at + 1;
  }
  return sorted;
}

function checkFinite(value: number, row: number, column: number): void {
  if (Number.isFinite(value)) return;
  throw failed(
    `sparse.fromTriplets: element [${row}, ${column}] is ${value}; all elements, after adding up those of one place, must be finite numbers`,
    { reason: "not finite", index: [row, column], value },
  );
}
