/** Matrices and vectors as places in the program memory: views that cost nothing. */
import { InternalError } from "../base/errors.js";

/** A matrix in the program memory: element (i, j) at address + (i·rowStep + j·columnStep)·bytes. */
export class Matrix {
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
  /** Elements from a row to the next; may be negative. */
  readonly rowStep: number;
  readonly columnStep: number;
  /** Bytes of an element. */
  readonly bytes: number;

  constructor(address: number, rows: number, columns: number, rowStep: number, columnStep: number, bytes: number) {
    this.address = address;
    this.rows = rows;
    this.columns = columns;
    this.rowStep = rowStep;
    this.columnStep = columnStep;
    this.bytes = bytes;
  }

  /** The byte address of element (i, j). */
  at(i: number, j: number): number {
    return this.address + (i * this.rowStep + j * this.columnStep) * this.bytes;
  }

  /** Rows i … i+rows−1 of columns j … j+columns−1. */
  block(i: number, j: number, rows: number, columns: number): Matrix {
    return new Matrix(this.at(i, j), rows, columns, this.rowStep, this.columnStep, this.bytes);
  }

  transposed(): Matrix {
    return new Matrix(this.address, this.columns, this.rows, this.columnStep, this.rowStep, this.bytes);
  }

  /** The last row first, the last column first: turns upper triangles into lower ones. */
  reversed(): Matrix {
    const start = this.at(Math.max(0, this.rows - 1), Math.max(0, this.columns - 1));
    return new Matrix(start, this.rows, this.columns, -this.rowStep, -this.columnStep, this.bytes);
  }

  /** The rows from last to first. */
  flipped(): Matrix {
    const start = this.at(Math.max(0, this.rows - 1), 0);
    return new Matrix(start, this.rows, this.columns, -this.rowStep, this.columnStep, this.bytes);
  }

  /** The same elements in row-major order with another number of rows; only of matrices without gaps. */
  reshaped(rows: number, columns: number): Matrix {
    fits(
      "reshaped",
      this.columnStep === 1 && this.rowStep === this.columns && rows * columns === this.rows * this.columns,
    );
    return new Matrix(this.address, rows, columns, columns, 1, this.bytes);
  }

  row(i: number): Matrix {
    return this.block(i, 0, 1, this.columns);
  }

  column(j: number): Matrix {
    return this.block(0, j, this.rows, 1);
  }

  /** The main diagonal as a vector. */
  diagonal(): Matrix {
    const step = this.rowStep + this.columnStep;
    return new Matrix(this.address, Math.min(this.rows, this.columns), 1, step, 1, this.bytes);
  }
}

/** i32 numbers in the program memory. */
export interface Integers {
  readonly address: number;
  readonly length: number;
}

/** A row or a column as address, length and step. */
export function line(v: Matrix): { readonly address: number; readonly length: number; readonly step: number } {
  if (v.columns === 1) return { address: v.address, length: v.rows, step: v.rowStep };
  fits("a vector", v.rows === 1);
  return { address: v.address, length: v.columns, step: v.columnStep };
}

export function fits(op: string, ok: boolean): void {
  if (!ok) throw new InternalError(`${op}: the sizes do not fit`);
}
