/**
 * All distances by one product of matrices:
 *
 *   ‖q − x‖² = ‖q‖² + ‖x‖² − 2 q·x
 *
 * on columns centred by the means of x. That form loses digits where q is close to x, by at most about (columns + 4)·ε·(‖q‖ + ‖x‖)²: all rows
 * that the loss might have put on the wrong side of the k-th are measured again as Σ (qⱼ − xⱼ)². The neighbours and their order are therefore those of the
 * exact form.
 */
import type { Matrix } from "../data/matrix.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Found, Index } from "./nearest.js";
import { NearestList } from "./nearest-list.js";

/** Elements of a block of distances. */
const blockElements = 2 ** 20;

export class BruteForce implements Index {
  readonly data: Matrix;
  readonly #means: Float64Array;
  readonly #centred: Float64Array;
  readonly #squares: Float64Array;
  /** Rows that may be among the nearest of the query at hand. */
  readonly #candidates: Int32Array;

  constructor(data: Matrix) {
    this.data = data;
    const { rows, columns } = data;
    this.#means = new Float64Array(columns);
    for (let j = 0; j < columns; j += 1) {
      let mean = 0;
      for (let i = 0; i < rows; i += 1) mean += ((data.data[i * columns + j] ?? 0) - mean) / (i + 1);
      this.#means[j] = mean;
    }
    this.#centred = this.#centre(data);
    this.#squares = rowSquares(this.#centred, columns);
    this.#candidates = new Int32Array(rows);
  }

  query(queries: Matrix, k: number): Found {
    const { rows, columns } = this.data;
    const positions = new Int32Array(queries.rows * k);
    const distances = new Float64Array(queries.rows * k);
    const centred = this.#centre(queries);
    const squares = rowSquares(centred, columns);
    const most = this.#squares.reduce((a, b) => Math.max(a, b), 0);
    const height = Math.max(1, Math.min(256, Math.floor(blockElements / rows)));
    const nearest = new NearestList(k);
    withWorkspace("float64", (w) => {
      const x = w.load(this.#centred, rows, columns).transposed();
      const q = w.load(centred, queries.rows, columns);
      const products = w.matrix(Math.min(height, queries.rows), rows);
      for (let start = 0; start < queries.rows; start += height) {
        const count = Math.min(height, queries.rows - start);
        const block = products.block(0, 0, count, rows);
        w.gemmInto(-2, q.block(start, 0, count, columns), x, block);
        const values = w.read(block) as Float64Array;
        for (let i = 0; i < count; i += 1) {
          const row = values.subarray(i * rows, (i + 1) * rows);
          const reach = Math.sqrt(squares[start + i] ?? 0) + Math.sqrt(most);
          this.#select(queries.data, start + i, row, (columns + 4) * 2.3e-16 * reach * reach, nearest);
          nearest.drain(positions, distances, (start + i) * k);
        }
      }
    });
    for (let i = 0; i < distances.length; i += 1) distances[i] = Math.sqrt(distances[i] ?? 0);
    return { positions, distances };
  }

  /** Fills `nearest` with the exact k nearest of one query; `row` holds −2 q·x. The ‖q‖² that all distances share is left out. */
  #select(queries: Float64Array, query: number, row: Float64Array, error: number, nearest: NearestList): void {
    const squares = this.#squares;
    const candidates = this.#candidates;
    let [limit, count] = [Infinity, 0];
    for (let j = 0; j < row.length; j += 1) {
      const distance = (row[j] ?? 0) + (squares[j] ?? 0);
      if (distance > limit) continue;
      row[j] = distance;
      candidates[count] = j;
      count += 1;
      nearest.offer(distance, j);
      limit = nearest.limit + 2 * error;
    }
    nearest.clear();
    const { data, columns } = this.data;
    for (let c = 0; c < count; c += 1) {
      const j = candidates[c] ?? 0;
      if ((row[j] ?? 0) <= limit)
        nearest.offer(squaredDistance(queries, query * columns, data, j * columns, columns), j);
    }
  }

  #centre({ data, columns }: Matrix): Float64Array {
    const centred = new Float64Array(data.length);
    for (let at = 0; at < data.length; at += columns)
      for (let j = 0; j < columns; j += 1) centred[at + j] = (data[at + j] ?? 0) - (this.#means[j] ?? 0);
    return centred;
  }
}

/** ‖row‖² of each row. */
export function rowSquares(data: Float64Array, columns: number): Float64Array {
  const squares = new Float64Array(columns === 0 ? 0 : data.length / columns);
  for (let i = 0; i < squares.length; i += 1) squares[i] = rowSquare(data, i * columns, columns);
  return squares;
}

function rowSquare(data: Float64Array, at: number, columns: number): number {
  let sum = 0;
  for (let j = 0; j < columns; j += 1) sum += (data[at + j] ?? 0) ** 2;
  return sum;
}

/** Σ (aⱼ − bⱼ)² */
export function squaredDistance(a: Float64Array, atA: number, b: Float64Array, atB: number, columns: number): number {
  let sum = 0;
  for (let j = 0; j < columns; j += 1) {
    const d = (a[atA + j] ?? 0) - (b[atB + j] ?? 0);
    sum += d * d;
  }
  return sum;
}
