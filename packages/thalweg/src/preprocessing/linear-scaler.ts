/** What all scalers come to: x' = (x − shift) / scale, a column at a time. Missing numbers (NaN) stay missing. */
import { checkColumns, type Matrix, type MatrixInput, matrixTensor, readMatrix } from "../data/matrix.js";
import type { Tensor } from "../tensor/tensor.js";
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
    const matrix = readNumbers(op, "x", x, { missing: true });
    const [low, high] = this.#limits ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    return this.#map(op, matrix, (v, shift, scale) => {
      const scaled = (v - shift) / scale;
      return scaled < low ? low : scaled > high ? high : scaled;
    });
  }

  inverseTransform(x: MatrixInput): Tensor {
    const op = `${this.kind}.inverseTransform`;
    return this.#map(op, readMatrix(op, "x", x, { missing: true }), (v, shift, scale) => v * scale + shift);
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

  #map(op: string, matrix: Matrix, value: (v: number, shift: number, scale: number) => number): Tensor {
    checkColumns(op, "x", matrix, this.shift.length);
    const { rows, columns, data: given } = matrix;
    const { shift, scale } = this;
    const data = new Float64Array(given.length);
    for (let i = 0, at = 0; i < rows; i += 1)
      for (let j = 0; j < columns; j += 1, at += 1) data[at] = value(given[at] ?? 0, shift[j] ?? 0, scale[j] ?? 1);
    return matrixTensor({ ...matrix, data });
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
