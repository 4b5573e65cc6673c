/**
 * The nearest centre of every row by one product of matrices:
 *
 *   ‖x − c‖² = ‖x‖² + ‖c‖² − 2 x·c
 *
 * on columns centred by their means. Where the two nearest centres are too close for that form, they are measured as Σ (xⱼ − cⱼ)²: the choice is
 * that of the exact form, of equals the first centre.
 */
import type { Matrix } from "../data/matrix.js";
import { type Matrix as Block, type Workspace, withWorkspace } from "../runtime/kernels.js";

/** Elements of a block of products. */
const blockElements = 2 ** 18;

/** Rows in the program memory, to be held against centres again and again. */
export class Rows {
  readonly rows: number;
  readonly columns: number;
  /** Centred by `means`. */
  readonly data: Float64Array;
  readonly means: Float64Array;
  readonly #w: Workspace;
  readonly #matrix: Block;
  readonly #squares: Float64Array;

  constructor(w: Workspace, { rows, columns, data }: Matrix, means = columnMeans({ rows, columns, data })) {
    this.rows = rows;
    this.columns = columns;
    this.means = means;
    this.data = data.map((v, k) => v - (means[k % columns] ?? 0));
    this.#w = w;
    this.#matrix = w.load(this.data, rows, columns);
    this.#squares = squares(this.data, columns);
  }

  /** The position of the nearest centre of each row; `centers` are centred like the rows. */
  assign(centers: Float64Array): Int32Array {
    const { rows, columns } = this;
    const k = centers.length / columns;
    const labels = new Int32Array(rows);
    const lengths = squares(centers, columns);
    const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
    this.#eachBlock(centers, (start, products) => {
      for (let i = start, at = 0; at < products.length; i += 1, at += k) {
        let [best, nearest, second] = [0, Infinity, Infinity];
        for (let c = 0; c < k; c += 1) {
          const d = (products[at + c] ?? 0) + (lengths[c] ?? 0);
          if (d < nearest) {
            second = nearest;
            nearest = d;
            best = c;
          } else if (d < second) second = d;
        }
        // (‖x‖ + ‖c‖)² ≤ 2‖x‖² + 2‖c‖²
        const reach = 2 * ((this.#squares[i] ?? 0) + longest);
        if (second - nearest <= 2 * (columns + 4) * 2.3e-16 * reach) best = this.#exact(i, centers);
        labels[i] = best;
      }
    });
    return labels;
  }

  /** The squared distance of each row to its centre. */
  distances(centers: Float64Array, labels: Int32Array): Float64Array {
    return Float64Array.from(labels, (c, i) => this.#distance(i, centers, c));
  }

  /** Squared distances of all rows to all centres, (rows, centres), by the exact form. */
  allDistances(centers: Float64Array): Float64Array {
    const k = centers.length / this.columns;
    return Float64Array.from({ length: this.rows * k }, (_, at) => this.#distance(Math.floor(at / k), centers, at % k));
  }

  /** Squared distances of all rows to row i. */
  distancesTo(i: number): Float64Array {
    const row = this.data.subarray(i * this.columns, (i + 1) * this.columns);
    return Float64Array.from({ length: this.rows }, (_, other) => this.#distance(other, row, 0));
  }

  #eachBlock(centers: Float64Array, use: (start: number, products: Float64Array) => void): void {
    const { rows, columns } = this;
    const w = this.#w;
    const k = centers.length / columns;
    const height = Math.max(1, Math.min(rows, Math.floor(blockElements / k)));
    w.inside(() => {
      const transposed = w.load(centers, k, columns).transposed();
      const products = w.matrix(height, k);
      for (let start = 0; start < rows; start += height) {
        const count = Math.min(height, rows - start);
        const block = products.block(0, 0, count, k);
        w.gemmInto(-2, this.#matrix.block(start, 0, count, columns), transposed, block);
        use(start, w.read(block) as Float64Array);
      }
    });
  }

  #exact(i: number, centers: Float64Array): number {
    const k = centers.length / this.columns;
    let [best, nearest] = [0, Infinity];
    for (let c = 0; c < k; c += 1) {
      const d = this.#distance(i, centers, c);
      if (d < nearest) [best, nearest] = [c, d];
    }
    return best;
  }

  #distance(i: number, centers: Float64Array, c: number): number {
    const { columns, data } = this;
    const [a, b] = [i * columns, c * columns];
    let sum = 0;
    for (let j = 0; j < columns; j += 1) {
      const d = (data[a + j] ?? 0) - (centers[b + j] ?? 0);
      sum += d * d;
    }
    return sum;
  }
}

/** Runs `body` with the rows held in the program memory. */
export function withRows<T>(matrix: Matrix, body: (rows: Rows) => T, means?: Float64Array): T {
  return withWorkspace("float64", (w) => body(new Rows(w, matrix, means)));
}

function columnMeans({ rows, columns, data }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < columns; j += 1)
      means[j] = (means[j] ?? 0) + ((data[i * columns + j] ?? 0) - (means[j] ?? 0)) / (i + 1);
  return means;
}

function squares(data: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(data.length / columns);
  for (let i = 0; i < sums.length; i += 1)
    for (let j = 0; j < columns; j += 1) sums[i] = (sums[i] ?? 0) + (data[i * columns + j] ?? 0) ** 2;
  return sums;
}

/** Centres moved by ± the means. */
export function shifted(centers: Float64Array, means: Float64Array, by: 1 | -1): Float64Array {
  return centers.map((v, k) => v + by * (means[k % means.length] ?? 0));
}
