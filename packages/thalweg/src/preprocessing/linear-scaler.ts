/** What all scalers come to: x' = (x − shift) / scale, a column at a time. Missing numbers (NaN) stay missing. */
import { checkColumns, type Matrix, type MatrixInput, readMatrix } from "../data/matrix.js";
import { makeBuffer } from "../graph/node.js";
import { Tensor } from "../tensor/tensor.js";
import { type RowsInput, readNumbers } from "./columns.js";
import type { FittedTransformer, Invertible, ModelJSON } from "./estimator.js";
import { inputNames, type StateReader } from "./transformer-kind.js";

export class FittedScaler implements FittedTransformer, Invertible {
  readonly kind: string;
  readonly settings: object;
  /** Subtracted from each column. */
  readonly shift: Float64Array;
  /** Each column is divided by it; 1 for a column that does not vary. */
  readonly scale: Float64Array;
  readonly #limits: readonly [number, number] | undefined;

  constructor(
    kind: string,
    settings: object,
    shift: Float64Array,
    scale: Float64Array,
    limits?: readonly [number, number],
  ) {
    this.kind = kind;
    this.settings = settings;
    this.shift = shift;
    this.scale = scale;
    this.#limits = limits;
  }

  get inputColumns(): number {
    return this.shift.length;
  }

  get outputColumns(): number {
    return this.shift.length;
  }

  transform(x: RowsInput): Tensor {
    const op = `${this.kind}.transform`;
    // What is read is a copy, to be written over.
    const matrix = this.#checked(op, readNumbers(op, "x", x, { missing: true }));
    const { rows, columns, data } = matrix;
    const { shift, scale } = this;
    for (let i = 0, at = 0; i < rows; i += 1)
      for (let j = 0; j < columns; j += 1, at += 1) data[at] = ((data[at] ?? 0) - (shift[j] ?? 0)) / (scale[j] ?? 1);
    if (this.#limits !== undefined) limit(data, this.#limits);
    return new Tensor(makeBuffer([rows, columns], "float64", data));
  }

  inverseTransform(x: MatrixInput): Tensor {
    const op = `${this.kind}.inverseTransform`;
    const matrix = this.#checked(op, readMatrix(op, "x", x, { missing: true }));
    const { rows, columns, data } = matrix;
    const { shift, scale } = this;
    for (let i = 0, at = 0; i < rows; i += 1)
      for (let j = 0; j < columns; j += 1, at += 1) data[at] = (data[at] ?? 0) * (scale[j] ?? 1) + (shift[j] ?? 0);
    return new Tensor(makeBuffer([rows, columns], "float64", data));
  }

  columnNames(input?: readonly string[]): string[] {
    return [...inputNames(this.kind, this.inputColumns, input)];
  }

  toJSON(): ModelJSON {
    return {
      kind: this.kind,
      settings: { ...this.settings },
      state: { shift: [...this.shift], scale: [...this.scale] },
    };
  }

  #checked(op: string, matrix: Matrix): Matrix {
    checkColumns(op, "x", matrix, this.shift.length);
    return matrix;
  }
}

function limit(data: Float64Array, [low, high]: readonly [number, number]): void {
  for (let at = 0; at < data.length; at += 1) {
    const value = data[at] ?? 0;
    if (value < low) data[at] = low;
    else if (value > high) data[at] = high;
  }
}

export function readScaler(
  kind: string,
  settings: object,
  state: StateReader,
  limits?: readonly [number, number],
): FittedScaler {
  const shift = state.numbers("shift");
  return new FittedScaler(kind, settings, shift, state.numbers("scale", shift.length), limits);
}
