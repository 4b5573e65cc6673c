/**
 * k-d tree: rows halved at the median of the widest column, down to leaves of a few rows. A query goes to the nearer half first and leaves out halves
 * that lie farther than the k-th nearest found; the distance to a half is kept up column by column (Arya and Mount, Data Compression
 * Conference 1993). J. Bentley, Communications of the ACM 18 (1975). For few columns: the part of the tree that must be seen grows fast with their number.
 */
import type { Matrix } from "../data/matrix.js";
import { squaredDistance } from "./brute-force.js";
import type { Found, Index } from "./nearest.js";
import { NearestList } from "./nearest-list.js";

interface Leaf {
  readonly kind: "leaf";
  readonly from: number;
  readonly to: number;
}

interface Split {
  readonly kind: "split";
  readonly column: number;
  /** No value of `low` is greater, none of `high` is less. */
  readonly at: number;
  readonly low: Node;
  readonly high: Node;
}

type Node = Leaf | Split;

export class KdTree implements Index {
  readonly data: Matrix;
  /** Row positions, leaf by leaf. */
  readonly #order: Int32Array;
  readonly #root: Node;

  constructor(data: Matrix, leafSize: number) {
    this.data = data;
    this.#order = Int32Array.from({ length: data.rows }, (_, i) => i);
    this.#root = this.#build(0, data.rows, leafSize);
  }

  query(queries: Matrix, k: number): Found {
    const { columns } = this.data;
    const positions = new Int32Array(queries.rows * k);
    const distances = new Float64Array(queries.rows * k);
    const nearest = new NearestList(k);
    /** How far the query lies outside of the half at hand, column by column. */
    const outside = new Float64Array(columns);
    for (let i = 0; i < queries.rows; i += 1) {
      outside.fill(0);
      this.#search(this.#root, queries.data, i * columns, 0, outside, nearest);
      nearest.drain(positions, distances, i * k);
    }
    for (let i = 0; i < distances.length; i += 1) distances[i] = Math.sqrt(distances[i] ?? 0);
    return { positions, distances };
  }

  #search(
    node: Node,
    queries: Float64Array,
    at: number,
    bound: number,
    outside: Float64Array,
    nearest: NearestList,
  ): void {
    const { data, columns } = this.data;
    if (node.kind === "leaf") {
      for (let i = node.from; i < node.to; i += 1) {
        const position = this.#order[i] ?? 0;
        const distance = squaredDistance(queries, at, data, position * columns, columns);
        if (distance <= nearest.limit) nearest.offer(distance, position);
      }
      return;
    }
    const beyond = (queries[at + node.column] ?? 0) - node.at;
    const [near, far] = beyond < 0 ? [node.low, node.high] : [node.high, node.low];
    this.#search(near, queries, at, bound, outside, nearest);
    const before = outside[node.column] ?? 0;
    const further = bound - before * before + beyond * beyond;
    // The bound is rounded: a hair of room keeps rows at exactly the limit.
    if (further * (1 - 1e-12) > nearest.limit) return;
    outside[node.column] = beyond;
    this.#search(far, queries, at, further, outside, nearest);
    outside[node.column] = before;
  }

  #build(from: number, to: number, leafSize: number): Node {
    const { column, width } = this.#widest(from, to);
    if (to - from <= leafSize || width === 0) return { kind: "leaf", from, to };
    const { data, columns } = this.data;
    const middle = (from + to) >> 1;
    const part = this.#order.subarray(from, to);
    part.sort((a, b) => (data[a * columns + column] ?? 0) - (data[b * columns + column] ?? 0));
    const at = data[(this.#order[middle] ?? 0) * columns + column] ?? 0;
    return {
      kind: "split",
      column,
      at,
      low: this.#build(from, middle, leafSize),
      high: this.#build(middle, to, leafSize),
    };
  }

  #widest(from: number, to: number): { readonly column: number; readonly width: number } {
    const { data, columns } = this.data;
    let [column, width] = [0, 0];
    for (let j = 0; j < columns; j += 1) {
      let [least, most] = [Infinity, -Infinity];
      for (let i = from; i < to; i += 1) {
        const v = data[(this.#order[i] ?? 0) * columns + j] ?? 0;
        least = Math.min(least, v);
        most = Math.max(most, v);
      }
      if (most - least > width) [column, width] = [j, most - least];
    }
    return { column, width };
  }
}
