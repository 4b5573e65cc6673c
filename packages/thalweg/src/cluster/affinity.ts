/**
 * Graphs of rows: how alike each two of them are. Weights are ≥ 0 and symmetric; what a row is to itself counts nowhere.
 *
 *   rbf: w(x, y) = exp(−γ ‖x − y‖²),   nearest neighbors: w(x, y) = ½ [y is near to x] + ½ [x is near to y]
 */
import { ShapeError, UserError } from "../base/errors.js";
import type { Matrix } from "../data/matrix.js";
import { SparseMatrix } from "../linalg/sparse/matrix.js";
import { makeIndex, nearestDefaults } from "../neighbors/nearest.js";

/** Weights of all pairs, row-major. */
export interface DenseGraph {
  readonly rows: number;
  readonly weights: Float64Array;
}

export type Graph = DenseGraph | SparseMatrix;

/** Rows of a graph in which all pairs are held: 2 GiB. */
const mostDense = 16_384;

export function sizeOf(graph: Graph): number {
  return graph instanceof SparseMatrix ? graph.shape[0] : graph.rows;
}

export function rbfGraph(op: string, { rows, columns, data }: Matrix, gamma: number): DenseGraph {
  checkDense(op, rows);
  const weights = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < i; j += 1) {
      const w = Math.exp(-gamma * squaredDistance(data, i * columns, data, j * columns, columns));
      weights[i * rows + j] = w;
      weights[j * rows + i] = w;
    }
  return { rows, weights };
}

function checkDense(op: string, rows: number): void {
  if (rows > mostDense)
    throw new UserError(
      `${op}: x has ${rows} rows, and all pairs can be held for ${mostDense} at most; use affinity "nearest neighbors"`,
    );
}

function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, columns: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c += 1) {
    const d = (a[i + c] ?? 0) - (b[j + c] ?? 0);
    sum += d * d;
  }
  return sum;
}

/** Each row's `count` nearest others, made symmetric. */
export function neighborGraph(op: string, data: Matrix, count: number): SparseMatrix {
  const n = data.rows;
  if (count >= n)
    throw new UserError(
      `${op}: neighbors is ${count}, and each of the ${n} rows has ${n - 1} others; it must be at most that`,
    );
  const { positions } = makeIndex(data, nearestDefaults).query(data, count + 1);
  const lists = Array.from({ length: n }, (): Map<number, number> => new Map());
  for (let i = 0; i < n; i += 1) {
    let left = count;
    for (let k = 0; k <= count && left > 0; k += 1) {
      const j = positions[i * (count + 1) + k] ?? 0;
      if (j === i) continue;
      left -= 1;
      for (const [from, to] of [
        [i, j],
        [j, i],
      ] as const)
        lists[from]?.set(to, (lists[from]?.get(to) ?? 0) + 0.5);
    }
  }
  return fromLists(lists);
}

function fromLists(lists: readonly Map<number, number>[]): SparseMatrix {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => {
    starts[i + 1] = (starts[i] ?? 0) + list.size;
  });
  const columns = new Int32Array(starts[lists.length] ?? 0);
  const values = new Float64Array(columns.length);
  lists.forEach((list, i) => {
    [...list]
      .sort(([a], [b]) => a - b)
      .forEach(([j, w], k) => {
        columns[(starts[i] ?? 0) + k] = j;
        values[(starts[i] ?? 0) + k] = w;
      });
  });
  return new SparseMatrix([lists.length, lists.length], { starts, columns, values });
}

/** Given weights of all pairs, checked. */
export function givenGraph(op: string, { rows, columns, data }: Matrix): DenseGraph {
  if (rows !== columns)
    throw new ShapeError(`${op}: precomputed affinities must be square, (rows, rows), got ${rows} × ${columns}`);
  checkDense(op, rows);
  checkNotNegative(op, data, columns);
  const weights = data.slice();
  for (let i = 0; i < rows; i += 1) {
    weights[i * rows + i] = 0;
    for (let j = 0; j < i; j += 1) {
      const [a, b] = [data[i * rows + j] ?? 0, data[j * rows + i] ?? 0];
      if (Math.abs(a - b) > 1e-10 * Math.max(a, b))
        throw new UserError(
          `${op}: precomputed affinities must be symmetric, and those of rows ${i} and ${j} are ${a} and ${b}; take the mean of x and its transpose`,
        );
      weights[j * rows + i] = a;
    }
  }
  return { rows, weights };
}

export function checkNotNegative(op: string, data: Float64Array, columns: number): void {
  const at = data.findIndex((v) => v < 0);
  if (at >= 0)
    throw new UserError(
      `${op}: affinities must be ≥ 0, got ${data[at]} at row ${Math.floor(at / columns)}, column ${at % columns}`,
    );
}

/** The shares of the fitted rows in each new row: not negative, adding up to 1. Zeros are not given. */
export type Shares = (use: (row: number, fitted: number, share: number) => void) => void;

/** In proportion to rbf weights, and for a row far from all those of the nearest ones alone. */
export function rbfShares(fitted: Matrix, queries: Matrix, gamma: number): Shares {
  return (use) => {
    const { rows, columns, data } = fitted;
    const distances = new Float64Array(rows);
    for (let i = 0; i < queries.rows; i += 1) {
      for (let j = 0; j < rows; j += 1)
        distances[j] = squaredDistance(queries.data, i * columns, data, j * columns, columns);
      const least = distances.reduce((a, b) => Math.min(a, b));
      const weights = distances.map((d) => Math.exp(-gamma * (d - least)));
      useShares(i, weights, use);
    }
  };
}

function useShares(row: number, weights: Float64Array, use: Parameters<Shares>[0]): number {
  const total = weights.reduce((a, b) => a + b, 0);
  if (total > 0)
    weights.forEach((w, j) => {
      if (w > 0) use(row, j, w / total);
    });
  return total;
}

/** Equal ones of the nearest fitted rows. */
export function neighborShares(fitted: Matrix, queries: Matrix, count: number): Shares {
  return (use) => {
    const { positions } = makeIndex(fitted, nearestDefaults).query(queries, count);
    positions.forEach((j, at) => {
      use(Math.floor(at / count), j, 1 / count);
    });
  };
}

/** In proportion to given affinities to the fitted rows. */
export function givenShares(op: string, { rows, columns, data }: Matrix): Shares {
  checkNotNegative(op, data, columns);
  return (use) => {
    for (let i = 0; i < rows; i += 1)
      if (!(useShares(i, data.subarray(i * columns, (i + 1) * columns), use) > 0))
        throw new UserError(`${op}: row ${i} of x has no affinity to any fitted row, so it belongs nowhere`);
  };
}
