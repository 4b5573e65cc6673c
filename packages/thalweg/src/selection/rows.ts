/** Parts of rows, targets and weights. */
import type { TypedArray } from "../base/dtype.js";
import { ShapeError, UserError } from "../base/errors.js";
import { isList, kindOf } from "../data/matrix.js";
import { Table } from "../data/table.js";
import { countRows, type RowsInput, selectRows } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { Tensor } from "../tensor/tensor.js";

/** Rows with their targets. */
export interface LabelledRows {
  readonly x: RowsInput;
  readonly y: Targets;
}

/** The number of rows, checked to be that of the targets. */
export function checkSameRows(op: string, x: RowsInput, y: Targets): number {
  const rows = countRows(op, "x", x);
  const count = countTargets(op, y);
  if (count !== rows) throw new ShapeError(`${op}: x has ${rows} rows, y has ${count}`);
  return rows;
}

function countTargets(op: string, y: Targets): number {
  if (y instanceof Tensor) return y.shape[0] ?? 0;
  if (y instanceof Table) return y.rowCount;
  if (isList(y)) return y.length;
  throw new UserError(`${op}: y must be a tensor or an array with one target a row, got ${kindOf(y)}`);
}

export function takeRowsOf(op: string, x: RowsInput, rows: Int32Array): RowsInput {
  return selectRows(op, "x", x, rows);
}

/** The targets of the given rows, as arrays of the kind they came in. */
export function takeTargets(op: string, y: Targets, rows: Int32Array): Targets {
  if (y instanceof Table) return y.take(rows);
  if (ArrayBuffer.isView(y) && isList(y)) return takeNumbers(y as TypedArray, rows);
  if (!(y instanceof Tensor)) return Array.from(rows, (i) => (y as ArrayLike<number>)[i] ?? Number.NaN);
  const values = y.storage(op);
  const width = y.rank === 1 ? 1 : y.size / Math.max(1, y.shape[0] ?? 1);
  if (y.rank === 1) return takeNumbers(values, rows);
  return Array.from(rows, (i) => Array.from(values.subarray(i * width, (i + 1) * width)));
}

function takeNumbers(values: TypedArray, rows: Int32Array): TypedArray {
  const taken = new (values.constructor as new (length: number) => TypedArray)(rows.length);
  for (let i = 0; i < rows.length; i += 1) taken[i] = values[rows[i] ?? 0] ?? 0;
  return taken;
}

/** The options of a fit on the given rows. */
export function takeOptions(op: string, { sampleWeight }: FitOptions, rows: Int32Array): FitOptions {
  return sampleWeight === undefined ? {} : { sampleWeight: takeTargets(op, sampleWeight, rows) as number[] };
}
