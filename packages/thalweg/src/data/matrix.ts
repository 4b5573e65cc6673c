/** What estimators and metrics take as matrices and vectors, read into float64 and refused in words where it is not numbers. */
import { ShapeError, UserError } from "../base/errors.js";
import { fromData } from "../tensor/creation.js";
import { Tensor } from "../tensor/tensor.js";
import { Table } from "./table.js";

/** A row-major matrix of float64. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export type NumberList = readonly number[] | Float64Array | Float32Array | Int32Array | Uint8Array;
/** Rows of features: a tensor of two axes, an array of rows, or a table of numbers. */
export type MatrixInput = Tensor | readonly NumberList[] | Table;
/** One number a row: a tensor of one axis, or an array. */
export type VectorInput = Tensor | NumberList;

export interface ReadOptions {
  /** Whether NaN passes (infinities never do). Default: false. */
  readonly missing?: boolean;
  /** The number of rows it must have, with what it must fit to. */
  readonly rows?: { readonly count: number; readonly of: string };
  /** Leaves out a copy where there need be none: the numbers may then be those of the tensor itself, and must not be written. Default: false. */
  readonly borrow?: boolean;
}

/**
 * A matrix of finite numbers.
 *
 * @throws ShapeError for anything without two axes or with rows of unequal length; UserError for NaN, infinities and what is no number.
 */
export function readMatrix(op: string, name: string, input: MatrixInput, options: ReadOptions = {}): Matrix {
  const matrix =
    input instanceof Tensor
      ? tensorMatrix(op, name, input, options.borrow === true)
      : input instanceof Table
        ? tableMatrix(op, name, input)
        : rowsMatrix(op, name, input);
  checkRows(op, name, matrix.rows, options);
  if (allFinite(matrix.data)) return matrix;
  for (let k = 0; k < matrix.data.length; k += 1) {
    const value = matrix.data[k] ?? Number.NaN;
    if (Number.isFinite(value) || (options.missing === true && Number.isNaN(value))) continue;
    const row = Math.floor(k / matrix.columns);
    const place = `row ${row}, column ${k % matrix.columns}`;
    const hint = Number.isNaN(value)
      ? "fill missing values with an imputer, or leave those rows out"
      : "limit it, or leave the row out";
    throw new UserError(`${op}: ${name} has ${value} at ${place}, and finite numbers are needed; ${hint}`, {
      argument: name,
      row,
    });
  }
  return matrix;
}

/** v − v is 0 for finite numbers, else NaN; four sums do not wait for each other. */
function allFinite(data: Float64Array): boolean {
  const whole = data.length - (data.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let k = 0; k < whole; k += 4) {
    a += (data[k] ?? 0) - (data[k] ?? 0);
    b += (data[k + 1] ?? 0) - (data[k + 1] ?? 0);
    c += (data[k + 2] ?? 0) - (data[k + 2] ?? 0);
    d += (data[k + 3] ?? 0) - (data[k + 3] ?? 0);
  }
  for (let k = whole; k < data.length; k += 1) a += (data[k] ?? 0) - (data[k] ?? 0);
  return a + b + c + d === 0;
}

/** A vector of finite numbers. */
export function readVector(op: string, name: string, input: VectorInput, options: ReadOptions = {}): Float64Array {
  let data: Float64Array;
  if (input instanceof Tensor) {
    if (input.rank !== 1)
      throw new ShapeError(
        `${op}: ${name} must have one axis, got shape [${input.shape.join(", ")}]${squeezeHint(input)}`,
      );
    data = Float64Array.from(input.storage(op));
  } else {
    if (!isList(input))
      throw new UserError(`${op}: ${name} must be a tensor or an array of numbers, got ${kindOf(input)}`);
    for (let i = 0; i < input.length; i += 1)
      if (typeof input[i] !== "number")
        throw new UserError(`${op}: ${name} must hold numbers, got ${kindOf(input[i])} at position ${i}`, {
          argument: name,
          row: i,
        });
    data = Float64Array.from(input);
  }
  checkRows(op, name, data.length, options);
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] ?? Number.NaN;
    if (!Number.isFinite(value) && !(options.missing === true && Number.isNaN(value)))
      throw new UserError(`${op}: ${name} has ${value} at position ${i}, and finite numbers are needed`, {
        argument: name,
        row: i,
      });
  }
  return data;
}

/** A vector or matrix of numbers; a vector counts as one column. `vector` says which it was. */
export function readColumns(
  op: string,
  name: string,
  input: VectorInput | MatrixInput,
  options: ReadOptions = {},
): Matrix & { readonly vector: boolean } {
  if (!(input instanceof Tensor || input instanceof Table || isList(input)))
    throw new UserError(`${op}: ${name} must be a tensor, or an array of numbers or of rows, got ${kindOf(input)}`);
  const flat = input instanceof Tensor ? input.rank < 2 : !(input instanceof Table) && !isList(input[0]);
  if (!flat) return { ...readMatrix(op, name, input as MatrixInput, options), vector: false };
  const data = readVector(op, name, input as VectorInput, options);
  return { rows: data.length, columns: 1, data, vector: true };
}

/** Weights of rows: ≥ 0, not all 0; undefined where none were given. */
export function readWeights(op: string, weights: VectorInput | undefined, rows: number): Float64Array | undefined {
  if (weights === undefined) return undefined;
  const data = readVector(op, "sampleWeight", weights, { rows: { count: rows, of: "the data" } });
  const negative = data.findIndex((w) => w < 0);
  if (negative >= 0)
    throw new UserError(`${op}: sampleWeight must be ≥ 0 everywhere, got ${data[negative]} at position ${negative}`, {
      argument: "sampleWeight",
      row: negative,
    });
  if (rows > 0 && data.every((w) => w === 0))
    throw new UserError(`${op}: sampleWeight must be above 0 somewhere, got 0 for every row`);
  return data;
}

/** The matrix as a float64 tensor. */
export function matrixTensor({ rows, columns, data }: Matrix): Tensor {
  return fromData(data, [rows, columns]);
}

/** The vector as a float64 tensor of one axis. */
export function vectorTensor(data: Float64Array): Tensor {
  return fromData(data, [data.length]);
}

/** The given rows of a matrix, in their order. */
export function takeRows({ columns, data }: Matrix, rows: ArrayLike<number>): Matrix {
  const taken = new Float64Array(rows.length * columns);
  for (let i = 0; i < rows.length; i += 1) {
    const from = (rows[i] ?? 0) * columns;
    taken.set(data.subarray(from, from + columns), i * columns);
  }
  return { rows: rows.length, columns, data: taken };
}

/** @throws ShapeError unless the matrix has as many columns as a model was fitted on. */
export function checkColumns(op: string, name: string, matrix: Matrix, columns: number): void {
  if (matrix.columns !== columns)
    throw new ShapeError(`${op}: ${name} has ${matrix.columns} columns, and the model was fitted on ${columns}`);
}

export function isList(value: unknown): value is NumberList {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the text ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" ? "an object" : `${typeof value} ${String(value)}`;
}

function tensorMatrix(op: string, name: string, input: Tensor, borrow: boolean): Matrix {
  const [rows, columns] = input.shape;
  if (rows === undefined || columns === undefined || input.rank !== 2) {
    const hint = input.rank === 1 ? `; for one feature use ${name}.reshape([-1, 1])` : "";
    throw new ShapeError(
      `${op}: ${name} must have two axes (rows, features), got shape [${input.shape.join(", ")}]${hint}`,
    );
  }
  const data = input.storage(op);
  return { rows, columns, data: borrow && data instanceof Float64Array ? data : new Float64Array(data) };
}

function tableMatrix(op: string, name: string, table: Table): Matrix {
  const columns = table.columns.length;
  const data = new Float64Array(table.rowCount * columns);
  table.columns.forEach((column, j) => {
    if (column.kind !== "number")
      throw new UserError(
        `${op}: column "${column.name}" of ${name} holds labels; encode it first, with oneHotEncoder or columnTransformer`,
      );
    column.values.forEach((value, i) => {
      data[i * columns + j] = value;
    });
  });
  return { rows: table.rowCount, columns, data };
}

function rowsMatrix(op: string, name: string, rows: readonly NumberList[]): Matrix {
  if (!Array.isArray(rows))
    throw new UserError(`${op}: ${name} must be a tensor of two axes or an array of rows, got ${kindOf(rows)}`);
  const first: unknown = rows[0];
  if (rows.length > 0 && !isList(first))
    throw new ShapeError(
      `${op}: ${name} must be an array of rows, got ${kindOf(first)} in place of row 0; one feature is [[1], [2], …]`,
    );
  const columns = isList(first) ? first.length : 0;
  const data = new Float64Array(rows.length * columns);
  for (let i = 0; i < rows.length; i += 1) {
    const row: unknown = rows[i];
    if (!isList(row) || row.length !== columns)
      throw new ShapeError(
        `${op}: row ${i} of ${name} ${isList(row) ? `has ${row.length} numbers, row 0 has ${columns}` : `is ${kindOf(row)}`}`,
        { argument: name, row: i },
      );
    for (let j = 0; j < columns; j += 1) {
      const value: unknown = row[j];
      if (typeof value !== "number")
        throw new UserError(
          `${op}: ${name} must hold numbers, got ${kindOf(value)} at row ${i}, column ${j}; encode labels first`,
          { argument: name, row: i },
        );
      data[i * columns + j] = value;
    }
  }
  return { rows: rows.length, columns, data };
}

function checkRows(op: string, name: string, rows: number, { rows: due }: ReadOptions): void {
  if (due !== undefined && due.count !== rows)
    throw new ShapeError(`${op}: ${name} has ${rows} rows, ${due.of} has ${due.count}`);
  if (rows === 0) throw new UserError(`${op}: ${name} is empty, and at least one row is needed`);
}

function squeezeHint(input: Tensor): string {
  return input.rank === 2 && input.shape[1] === 1 ? "; use reshape([-1])" : "";
}
