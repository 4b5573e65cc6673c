/** Rows whose columns may be numbers or texts, read a column at a time. */
import { allocate } from "../base/dtype.js";
import { IndexError, ShapeError, UserError } from "../base/errors.js";
import { isList, kindOf, type Matrix, type MatrixInput, type ReadOptions, readMatrix } from "../data/matrix.js";
import { Table } from "../data/table.js";
import { makeBuffer } from "../graph/node.js";
import { Tensor } from "../tensor/tensor.js";

/** A cell of mixed rows; null is a missing one. */
export type Cell = number | string | null;
/** Rows of numbers, of texts, or of both; or a table. */
export type RowsInput = MatrixInput | readonly (readonly Cell[])[];

export interface Columns {
  readonly rows: number;
  /** Named where they come from a table. */
  readonly names: readonly string[] | undefined;
  readonly columns: readonly (readonly Cell[])[];
}

/** The columns of any input. A missing number is null. */
export function readColumnsOf(op: string, name: string, input: RowsInput): Columns {
  const read =
    input instanceof Table
      ? ofTable(input)
      : input instanceof Tensor
        ? ofTensor(op, name, input)
        : ofRows(op, name, input);
  if (read.rows === 0) throw new UserError(`${op}: ${name} is empty, and at least one row is needed`);
  checkFeatures(op, name, read.columns.length);
  return read;
}

function ofTable(table: Table): Columns {
  return {
    rows: table.rowCount,
    names: table.names,
    columns: table.columns.map((column) =>
      column.kind === "number"
        ? Array.from(column.values, (v, i) => (column.missing[i] === 1 ? null : v))
        : Array.from(column.codes, (code) => column.levels[code] ?? null),
    ),
  };
}

function ofTensor(op: string, name: string, tensor: Tensor): Columns {
  const { rows, columns, data } = readMatrix(op, name, tensor, { missing: true });
  return { rows, names: undefined, columns: split(rows, columns, (i, j) => missingAsNull(data[i * columns + j] ?? 0)) };
}

function ofRows(op: string, name: string, rows: readonly ArrayLike<unknown>[]): Columns {
  if (!Array.isArray(rows))
    throw new UserError(
      `${op}: ${name} must be a table, a tensor of two axes or an array of rows, got ${kindOf(rows)}`,
    );
  const columns = isList(rows[0]) ? rows[0].length : 0;
  for (let i = 0; i < rows.length; i += 1) {
    const row: unknown = rows[i];
    if (!isList(row) || row.length !== columns)
      throw new ShapeError(
        `${op}: row ${i} of ${name} ${isList(row) ? `has ${row.length} cells, row 0 has ${columns}` : `is ${kindOf(row)}; rows are arrays, one feature is [["a"], ["b"], …]`}`,
        { argument: name, row: i },
      );
  }
  return {
    rows: rows.length,
    names: undefined,
    columns: split(rows.length, columns, (i, j) => {
      const cell: unknown = (rows[i] as ArrayLike<unknown> | undefined)?.[j];
      if (cell === null || cell === undefined) return null;
      if (typeof cell === "number") return missingAsNull(cell);
      if (typeof cell === "boolean") return cell ? 1 : 0;
      if (typeof cell === "string") return cell;
      throw new UserError(`${op}: ${name} must hold numbers and texts, got ${kindOf(cell)} at row ${i}, column ${j}`, {
        argument: name,
        row: i,
      });
    }),
  };
}

function missingAsNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function split(rows: number, columns: number, cell: (i: number, j: number) => Cell): Cell[][] {
  return Array.from({ length: columns }, (_, j) => Array.from({ length: rows }, (_unused, i) => cell(i, j)));
}

/**
 * A matrix of numbers of any input.
 *
 * @throws UserError for a text, naming its place; for a missing number unless those may pass.
 */
export function readNumbers(
  op: string,
  name: string,
  input: RowsInput,
  options: Pick<ReadOptions, "missing" | "borrow"> = {},
): Matrix {
  const matrix =
    input instanceof Table || input instanceof Tensor || !hasNull(input)
      ? readMatrix(op, name, input as MatrixInput, options)
      : readMatrix(op, name, withoutNull(input as readonly (readonly Cell[])[]), options);
  checkFeatures(op, name, matrix.columns);
  return matrix;
}

function withoutNull(rows: readonly (readonly Cell[])[]): readonly (readonly number[])[] {
  return rows.map((row) => row.map((cell) => (cell ?? Number.NaN) as number));
}

function checkFeatures(op: string, name: string, columns: number): void {
  if (columns === 0) throw new ShapeError(`${op}: ${name} has no columns, and at least one feature is needed`);
}

function hasNull(rows: readonly unknown[]): boolean {
  return Array.isArray(rows) && rows.some((row) => Array.isArray(row) && row.includes(null));
}

/** A selection of columns, by name (tables only) or position. */
export type ColumnChoice = readonly (string | number)[];

/** Positions of the chosen columns. */
export function positionsOf(
  op: string,
  choice: ColumnChoice,
  { names, columns }: Pick<Columns, "names" | "columns">,
): number[] {
  return choice.map((chosen) => {
    if (typeof chosen === "number") {
      if (Number.isInteger(chosen) && chosen >= 0 && chosen < columns.length) return chosen;
      throw new IndexError(`${op}: there is no column ${chosen}; the columns are 0 to ${columns.length - 1}`);
    }
    const at = names?.indexOf(chosen) ?? -1;
    if (at >= 0) return at;
    throw new UserError(
      names === undefined
        ? `${op}: column "${chosen}" was asked for by name, and only the columns of a table have names; give positions`
        : `${op}: there is no column "${chosen}"; the columns are ${names.join(", ")}`,
    );
  });
}

/** The number of rows of any input, at least 1. */
export function countRows(op: string, name: string, input: RowsInput): number {
  const rows = lengthOf(op, name, input);
  if (rows === 0) throw new UserError(`${op}: ${name} is empty, and at least one row is needed`);
  return rows;
}

function lengthOf(op: string, name: string, input: RowsInput): number {
  if (input instanceof Table) return input.rowCount;
  if (Array.isArray(input)) return input.length;
  if (!(input instanceof Tensor))
    throw new UserError(
      `${op}: ${name} must be a table, a tensor of two axes or an array of rows, got ${kindOf(input)}`,
    );
  const [rows] = input.shape;
  if (rows === undefined || input.rank !== 2)
    throw new ShapeError(`${op}: ${name} must have two axes (rows, features), got shape [${input.shape.join(", ")}]`);
  return rows;
}

/** The given rows of any input, as an input of the same kind. */
export function selectRows(op: string, name: string, input: RowsInput, rows: Int32Array): RowsInput {
  if (input instanceof Table) return input.take(rows);
  if (Array.isArray(input)) return Array.from(rows, (i) => (input as readonly (readonly number[])[])[i] ?? []);
  if (!(input instanceof Tensor))
    throw new UserError(`${op}: ${name} must be a table, a tensor of two axes or an array of rows`);
  lengthOf(op, name, input);
  const columns = input.shape[1] ?? 0;
  const data = input.storage(op);
  const taken = allocate(input.dtype, rows.length * columns);
  for (let i = 0; i < rows.length; i += 1) {
    const from = (rows[i] ?? 0) * columns;
    taken.set(data.subarray(from, from + columns), i * columns);
  }
  return new Tensor(makeBuffer([rows.length, columns], input.dtype, taken));
}
