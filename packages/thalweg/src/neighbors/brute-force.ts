/**
 * All distances by one product of matrices, in float32, each with the error it may have; the few rows that can be among the nearest are then
 * measured in float64:
 *
 *   ‖q − x‖² = ‖q‖² + ‖x‖² − 2 q·x,      error ≤ (columns + 8)·ε₃₂·(‖q‖² + ‖x‖²)
 *
 * on columns centred by the means of x and divided by one number, so that nothing overflows. The neighbours, their order and their distances are
 * those of Σ (qⱼ − xⱼ)² in float64.
 */
import type { Matrix } from "../data/matrix.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Found, Index } from "./nearest.js";
import { NearestList } from "./nearest-list.js";

/** Elements of a block of products. */
const blockElements = 2 ** 20;
/** Half the distance from 1 to the next float32, and a little more. */
const unit = 6.5e-8;
/** More than products that underflow lose, a column. */
const floor = 1e-37;

export class BruteForce implements Index {
  readonly data: Matrix;
  readonly #means: Float64Array;
  /** What centred columns are divided by. */
  readonly #scale: number;
  readonly #scaled: Float32Array;
  /** The least and the most that ‖x‖² may be, with the row's part of the error. */
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  /** Rows that may be among the nearest of the query at hand, and the least that their distance may be. */
  readonly #candidates: Int32Array;
  readonly #least: Float64Array;

  constructor(data: Matrix) {
    this.data = data;
    const { rows, columns } = data;
    this.#means = new Float64Array(columns);
    for (let i = 0; i < rows; i += 1)
      for (let j = 0; j < columns; j += 1)
        this.#means[j] = (this.#means[j] ?? 0) + ((data.data[i * columns + j] ?? 0) - (this.#means[j] ?? 0)) / (i + 1);
    this.#scale = 1;
    const centred = this.#centre(data);
    this.#scale = centred.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
    for (let k = 0; k < centred.length; k += 1) centred[k] = (centred[k] ?? 0) / this.#scale;
    this.#scaled = new Float32Array(centred);
    const error = this.#relativeError();
    const squares = rowSquares(centred, columns);
    this.#low = squares.map((s) => s - error * s);
    this.#high = squares.map((s) => s + error * s);
    this.#candidates = new Int32Array(rows);
    this.#least = new Float64Array(rows);
  }

  query(queries: Matrix, k: number): Found {
    const { rows, columns } = this.data;
    const positions = new Int32Array(queries.rows * k);
    const distances = new Float64Array(queries.rows * k);
    const centred = this.#centre(queries);
    const squares = rowSquares(centred, columns);
    const error = this.#relativeError();
    const height = Math.max(1, Math.min(256, Math.floor(blockElements / rows)));
    const nearest = new NearestList(k);
    withWorkspace("float32", (w) => {
      const x = w.load(this.#scaled, rows, columns).transposed();
      const q = w.load(new Float32Array(centred), queries.rows, columns);
      const products = w.matrix(Math.min(height, queries.rows), rows);
      for (let start = 0; start < queries.rows; start += height) {
        const count = Math.min(height, queries.rows - start);
        const block = products.block(0, 0, count, rows);
        w.gemmInto(-2, q.block(start, 0, count, columns), x, block);
        const values = w.read(block) as Float32Array;
        for (let i = 0; i < count; i += 1) {
          const own = error * (squares[start + i] ?? 0) + columns * floor;
          // A query too far out for float32 is measured against every row.
          const row = own < 1e30 ? values.subarray(i * rows, (i + 1) * rows) : undefined;
          this.#select(queries.data, start + i, row, own, nearest);
          nearest.drain(positions, distances, (start + i) * k);
        }
      }
    });
    for (let i = 0; i < distances.length; i += 1) distances[i] = Math.sqrt(distances[i] ?? 0);
    return { positions, distances };
  }

  /** Fills `nearest` with the k nearest of one query; `row` holds −2 q·x. The ‖q‖² that all distances share is left out. */
  #select(
    queries: Float64Array,
    query: number,
    row: Float32Array | undefined,
    error: number,
    nearest: NearestList,
  ): void {
    const { data, columns, rows } = this.data;
    const offer = (j: number): void =>
      nearest.offer(squaredDistance(queries, query * columns, data, j * columns, columns), j);
    if (row === undefined) {
      for (let j = 0; j < rows; j += 1) offer(j);
      return;
    }
    const [low, high, candidates, least] = [this.#low, this.#high, this.#candidates, this.#least];
    let [limit, count] = [Infinity, 0];
    for (let j = 0; j < rows; j += 1) {
      const product = row[j] ?? 0;
      const atLeast = product + (low[j] ?? 0);
      if (atLeast > limit) continue;
      candidates[count] = j;
      least[count] = atLeast;
      count += 1;
      // The limit is the k-th of what distances are at most, with the query's part of both errors.
      const atMost = product + (high[j] ?? 0);
      if (atMost + 2 * error <= limit) {
        nearest.offer(atMost, j);
        limit = nearest.limit + 2 * error;
      }
    }
    nearest.clear();
    for (let c = 0; c < count; c += 1) if ((least[c] ?? 0) <= limit) offer(candidates[c] ?? 0);
  }

  #relativeError(): number {
    return (this.data.columns + 8) * unit;
  }

  #centre({ data, columns }: Matrix): Float64Array {
    const centred = new Float64Array(data.length);
    for (let at = 0; at < data.length; at += columns)
      for (let j = 0; j < columns; j += 1)
        centred[at + j] = ((data[at + j] ?? 0) - (this.#means[j] ?? 0)) / this.#scale;
    return centred;
  }
}

/** ‖row‖² of each row. */
function rowSquares(data: Float64Array, columns: number): Float64Array {
  const squares = new Float64Array(data.length / columns);
  for (let i = 0, at = 0; i < squares.length; i += 1) {
    let sum = 0;
    for (let j = 0; j < columns; j += 1, at += 1) sum += (data[at] ?? 0) ** 2;
    squares[i] = sum;
  }
  return squares;
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
