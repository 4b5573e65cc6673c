/**
 * The nearest centre of every row by products with all centres:
 *
 *   ‖x − c‖² = ‖x‖² + ‖c‖² − 2 x·c
 *
 * on columns centred by their means. Where the two nearest centres are too close for that form, they are measured as Σ (xⱼ − cⱼ)²: the choice is
 * that of the exact form, of equals the first centre.
 */
import type { Matrix } from "../data/matrix.js";
import { addRows, type Centers, nearestRows, padded, rowDistances, shiftRows } from "../runtime/column-kernels.js";
import { type Matrix as Block, type Integers, type Workspace, withWorkspace } from "../runtime/kernels.js";

/** Elements of the rows that are assigned and then summed: work enough for several threads, and still in the second or third cache. */
const blockElements = 2 ** 18;

export interface Groups {
  readonly labels: Int32Array;
  /** Of the weighted rows of each centre, (centres, columns). */
  readonly sums: Float64Array;
  /** Of the weights. */
  readonly totals: Float64Array;
}

/** Rows in the program memory, to be held against centres again and again. */
export class Rows {
  readonly rows: number;
  readonly columns: number;
  readonly means: Float64Array;
  /** ‖x‖² of each row. */
  readonly squares: Float64Array;
  readonly #w: Workspace;
  /** Filled up by rows of 0. */
  readonly #matrix: Block;
  readonly #squares: Block;
  #data: Float64Array | undefined;

  constructor(w: Workspace, { rows, columns, data }: Matrix, means?: Float64Array) {
    this.rows = rows;
    this.columns = columns;
    this.#w = w;
    this.#matrix = w.matrix(padded(rows), columns);
    const used = this.#matrix.block(0, 0, rows, columns);
    w.write(data, used);
    w.fill(this.#matrix.block(rows, 0, padded(rows) - rows, columns), 0);
    this.means = means ?? new Float64Array(columns);
    w.inside(() => {
      const ones = w.vector(rows);
      w.fill(ones, 1);
      if (means !== undefined) {
        shiftRows(w, used, used, w.load(means, columns, 1), ones);
        return;
      }
      // A second pass takes away what rounding left of the means.
      for (let pass = 0; pass < 2; pass += 1) {
        const shift = w.zeros(columns, 1);
        w.gemv(1 / rows, used.transposed(), ones, shift);
        shiftRows(w, used, used, shift, ones);
        w.values(shift).forEach((v, j) => {
          this.means[j] = (this.means[j] ?? 0) + v;
        });
      }
    });
    this.#squares = w.zeros(padded(rows), 1);
    this.#measure(new Float64Array(columns), undefined, this.#squares);
    this.squares = w.values(this.#squares).slice(0, rows) as Float64Array;
  }

  /** Centred by `means`, row-major. */
  get data(): Float64Array {
    this.#data ??= this.#w.read(this.#matrix.block(0, 0, this.rows, this.columns)) as Float64Array;
    return this.#data;
  }

  /** Row i, centred. */
  row(i: number): Float64Array {
    return this.#w.read(this.#matrix.block(i, 0, 1, this.columns)) as Float64Array;
  }

  /** The position of the nearest centre of each row; `centers` are centred like the rows. */
  assign(centers: Float64Array): Int32Array {
    const result = new Int32Array(this.rows);
    this.#eachBlock(centers, (labels, start) => result.set(labels, start));
    return result;
  }

  /** As `assign`, with sums of the rows of each centre, for centres that change while the weights stay. */
  grouping(weights: Float64Array): (centers: Float64Array) => Groups {
    const { rows, columns } = this;
    const w = this.#w;
    const held = w.load(weights, rows, 1);
    return (centers) =>
      w.inside(() => {
        const result = new Int32Array(rows);
        const sums = w.zeros(centers.length / columns, columns);
        const totals = w.zeros(sums.rows, 1);
        this.#eachBlock(centers, (labels, start, placed) => {
          result.set(labels, start);
          const block = this.#matrix.block(start, 0, labels.length, columns);
          addRows(w, block, placed(), held.block(start, 0, labels.length, 1), sums, totals);
        });
        return {
          labels: result,
          sums: w.read(sums) as Float64Array,
          totals: w.read(totals) as Float64Array,
        };
      });
  }

  /** The squared distance of each row to its centre. */
  distances(centers: Float64Array, labels: Int32Array): Float64Array {
    return this.#w.inside(
      () => this.#w.read(this.#measure(centers, labels, this.#w.vector(this.rows))) as Float64Array,
    );
  }

  /** Squared distances of all rows to all centres, (rows, centres), by the exact form. */
  allDistances(centers: Float64Array): Float64Array {
    const { rows, columns } = this;
    const w = this.#w;
    const k = centers.length / columns;
    return w.inside(() => {
      const result = w.matrix(rows, k);
      const out = w.vector(rows);
      for (let c = 0; c < k; c += 1) {
        w.inside(() => this.#measure(centers.subarray(c * columns, (c + 1) * columns), undefined, out));
        w.copy(out, result.column(c));
      }
      return w.read(result) as Float64Array;
    });
  }

  /** Squared distances of all rows to row i. */
  distancesTo(i: number): Float64Array {
    return this.distances(this.row(i), new Int32Array(this.rows));
  }

  /** Without labels: to the first centre. */
  #measure(centers: Float64Array, labels: Int32Array | undefined, out: Block): Block {
    const w = this.#w;
    w.inside(() => {
      const list = w.loadIntegers(labels ?? new Int32Array(this.rows));
      const held = w.load(centers, centers.length / this.columns, this.columns);
      rowDistances(w, this.#matrix.block(0, 0, this.rows, this.columns), list, held, out);
    });
    return out;
  }

  /** Calls `use` with the labels of each block of rows, and where they lie in the program memory. */
  #eachBlock(centers: Float64Array, use: (labels: Int32Array, start: number, placed: () => Integers) => void): void {
    const { rows, columns } = this;
    const w = this.#w;
    const k = centers.length / columns;
    const height = padded(Math.max(1, Math.min(rows, Math.ceil(blockElements / columns))));
    w.inside(() => {
      const against = this.#centers(centers, k);
      const list = w.integers(height);
      for (let start = 0; start < rows; start += height) {
        const count = Math.min(height, rows - start);
        const block = this.#matrix.block(start, 0, padded(count), columns);
        // (‖x‖ + ‖c‖)² ≤ 2‖x‖² + 2‖c‖²
        const margin = 4 * (columns + 4) * 2.3e-16;
        nearestRows(w, block, against, this.#squares.block(start, 0, padded(count), 1), list, margin);
        const labels = w.readIntegers(list).subarray(0, count);
        let close = false;
        for (let i = 0; i < count; i += 1) {
          if ((labels[i] ?? 0) >= 0) continue;
          close = true;
          labels[i] = nearestExactly(this.row(start + i), centers);
        }
        w.inside(() => use(labels, start, () => (close ? w.loadIntegers(labels) : list)));
      }
    });
  }

  #centers(centers: Float64Array, k: number): Centers {
    const { columns } = this;
    const w = this.#w;
    const width = padded(k);
    const squares = Float64Array.from({ length: width }, (_, c) =>
      c < k ? centers.subarray(c * columns, (c + 1) * columns).reduce((sum, v) => sum + v * v, 0) : Infinity,
    );
    const transposed = w.zeros(columns, width);
    w.inside(() => w.copy(w.load(centers, k, columns).transposed(), transposed.block(0, 0, columns, k)));
    const longest = squares.subarray(0, k).reduce((a, b) => Math.max(a, b), 0);
    return { transposed, lengths: w.load(squares, width, 1), longest };
  }
}

/** By Σ (xⱼ − cⱼ)²; of equals the first. */
function nearestExactly(row: Float64Array, centers: Float64Array): number {
  let [best, nearest] = [0, Infinity];
  for (let c = 0, at = 0; at < centers.length; c += 1) {
    let sum = 0;
    for (let j = 0; j < row.length; j += 1, at += 1) sum += ((row[j] ?? 0) - (centers[at] ?? 0)) ** 2;
    if (sum < nearest) [best, nearest] = [c, sum];
  }
  return best;
}

/** Runs `body` with the rows held in the program memory. */
export function withRows<T>(matrix: Matrix, body: (rows: Rows) => T, means?: Float64Array): T {
  return withWorkspace("float64", (w) => body(new Rows(w, matrix, means)));
}

/** Centres moved by ± the means. */
export function shifted(centers: Float64Array, means: Float64Array, by: 1 | -1): Float64Array {
  return centers.map((v, k) => v + by * (means[k % means.length] ?? 0));
}
