/**
 * Rows, targets and weights in a form that messages carry: numbers in typed arrays, on memory that all threads share where there is such. Unpacked, they are
 * read as the same numbers and texts that were packed.
 */
import type { DType, TypedArray } from "../base/dtype.js";
import { isList } from "../data/matrix.js";
import { type Column, Table } from "../data/table.js";
import { makeBuffer } from "../graph/node.js";
import { Tensor } from "../tensor/tensor.js";

export type Packed =
  | { readonly form: "tensor"; readonly dtype: DType; readonly shape: readonly number[]; readonly data: TypedArray }
  | { readonly form: "table"; readonly columns: readonly Column[] }
  /** A list of numbers. */
  | { readonly form: "numbers"; readonly data: TypedArray }
  /** A list of rows, all of as many numbers. */
  | { readonly form: "rows"; readonly rows: number; readonly columns: number; readonly data: Float64Array }
  /** Whatever else there is: texts, rows of texts and numbers. */
  | { readonly form: "plain"; readonly value: unknown };

/** The input in a form to be sent. */
export function pack(input: unknown): Packed {
  if (input instanceof Tensor)
    return { form: "tensor", dtype: input.dtype, shape: input.shape, data: shared(input.storage("pack")) };
  if (input instanceof Table) return { form: "table", columns: input.columns.map(sharedColumn) };
  if (isTyped(input)) return { form: "numbers", data: shared(input) };
  if (!Array.isArray(input)) return { form: "plain", value: input };
  if (input.every((v) => typeof v === "number"))
    return { form: "numbers", data: filled(input.length, (data) => data.set(input)) };
  const columns = isList(input[0]) ? input[0].length : 0;
  if (columns === 0 || !input.every((row: unknown) => isNumberRow(row, columns)))
    return { form: "plain", value: input };
  const rows = input as readonly ArrayLike<number>[];
  const data = filled(rows.length * columns, (all) => {
    rows.forEach((row, i) => {
      all.set(row, i * columns);
    });
  });
  return { form: "rows", rows: rows.length, columns, data };
}

/** The input that was packed, or one that is read as the same. */
export function unpack(packed: Packed): unknown {
  switch (packed.form) {
    case "tensor":
      return new Tensor(makeBuffer(packed.shape, packed.dtype, packed.data));
    case "table":
      return new Table(packed.columns);
    case "numbers":
      return packed.data;
    case "rows":
      return new Tensor(makeBuffer([packed.rows, packed.columns], "float64", packed.data));
    case "plain":
      return packed.value;
  }
}

function isNumberRow(row: unknown, columns: number): boolean {
  if (!isList(row) || row.length !== columns) return false;
  return !Array.isArray(row) || row.every((v) => typeof v === "number");
}

function isTyped(input: unknown): input is TypedArray {
  return (
    input instanceof Float64Array ||
    input instanceof Float32Array ||
    input instanceof Int32Array ||
    input instanceof Uint8Array
  );
}

/** A copy on shared memory, if there is such; what lies there already stays. */
export function shared<A extends TypedArray>(data: A): A {
  if (!memoryIsShared() || data.buffer instanceof SharedArrayBuffer) return data;
  const Kind = data.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Kind(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}

function filled(length: number, fill: (data: Float64Array) => void): Float64Array {
  const data = memoryIsShared() ? new Float64Array(new SharedArrayBuffer(8 * length)) : new Float64Array(length);
  fill(data);
  return data as Float64Array;
}

/** A page must be isolated to send shared memory. */
function memoryIsShared(): boolean {
  const { crossOriginIsolated: isolated } = globalThis as { readonly crossOriginIsolated?: unknown };
  return typeof SharedArrayBuffer === "function" && isolated !== false;
}

function sharedColumn(column: Column): Column {
  return column.kind === "number"
    ? { ...column, values: shared(column.values), missing: shared(column.missing) }
    : { ...column, codes: shared(column.codes) };
}
