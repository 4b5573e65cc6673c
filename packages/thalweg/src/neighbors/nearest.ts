/** Nearest rows by Euclidean distance, through a product of matrices or a tree: both give the same rows in the same order. */
import { UserError } from "../base/errors.js";
import { type Constraints, checkSettings, oneOf, wholeAtLeast } from "../base/settings.js";
import { checkColumns, type Matrix, matrixTensor } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import { fromData } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { BruteForce } from "./brute-force.js";
import { KdTree } from "./kd-tree.js";

export interface Found {
  /** k a query, nearest first; of equally near ones the lower position first. */
  readonly positions: Int32Array;
  readonly distances: Float64Array;
}

export interface Index {
  readonly data: Matrix;
  query(queries: Matrix, k: number): Found;
}

export type NeighborAlgorithm = "auto" | "brute force" | "k-d tree";

export interface NearestSettings {
  /** "auto": the tree for up to 8 columns and at least 500 rows. Default: "auto". */
  readonly algorithm: NeighborAlgorithm;
  /** Rows in a leaf of the tree. Default: 24. */
  readonly leafSize: number;
}

export const nearestDefaults: NearestSettings = { algorithm: "auto", leafSize: 24 };
export const nearestConstraints: Constraints<NearestSettings> = {
  algorithm: oneOf("auto", "brute force", "k-d tree"),
  leafSize: wholeAtLeast(1),
};

export function makeIndex(data: Matrix, { algorithm, leafSize }: NearestSettings): Index {
  const tree = algorithm === "k-d tree" || (algorithm === "auto" && data.columns <= 8 && data.rows >= 500);
  return tree ? new KdTree(data, leafSize) : new BruteForce(data);
}

export interface NearestNeighbors {
  readonly rows: number;
  readonly columns: number;
  /** The k nearest rows of each query: positions (int32) and distances (float64), both (queries, k), nearest first. */
  query(queries: RowsInput, k: number): { readonly indices: Tensor; readonly distances: Tensor };
}

/**
 * An index of rows to ask for the nearest of.
 *
 * @throws UserError for NaN, k above the number of rows; ShapeError for other columns.
 */
export function nearestNeighbors(x: RowsInput, options: Partial<NearestSettings> = {}): NearestNeighbors {
  const op = "nearestNeighbors";
  const settings = checkSettings<NearestSettings>(op, options, nearestDefaults, nearestConstraints);
  const index = makeIndex(readRows(op, x), settings);
  const { rows, columns } = index.data;
  return {
    rows,
    columns,
    query(queries, k) {
      const matrix = readNumbers(`${op}.query`, "queries", queries);
      checkColumns(`${op}.query`, "queries", matrix, columns);
      if (!Number.isSafeInteger(k) || k < 1 || k > rows)
        throw new UserError(`${op}.query: k must be a whole number from 1 to ${rows}, the number of rows, got ${k}`);
      const { positions, distances } = index.query(matrix, k);
      return {
        indices: fromData(positions, [matrix.rows, k]),
        distances: matrixTensor({ rows: matrix.rows, columns: k, data: distances }),
      };
    },
  };
}

/** A matrix of at least one column. */
export function readRows(op: string, x: RowsInput): Matrix {
  const matrix = readNumbers(op, "x", x);
  if (matrix.columns === 0) throw new UserError(`${op}: x has no columns, and at least one feature is needed`);
  return matrix;
}
