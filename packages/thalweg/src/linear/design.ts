/** Features and targets made ready for a fit: centred by weighted means where there is an intercept, which then is ȳ − x̄·β. */
import { UserError } from "../base/errors.js";
import { type Matrix, readWeights } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { readNumberTargets } from "../preprocessing/targets.js";

export interface Design {
  readonly rows: number;
  readonly columns: number;
  readonly targets: number;
  /** Centred where there is an intercept, row-major. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly vector: boolean;
  readonly weights: Float64Array | undefined;
  readonly xMeans: Float64Array;
  readonly yMeans: Float64Array;
}

export function readDesign(
  op: string,
  intercept: boolean,
  x: RowsInput,
  y: Targets,
  { sampleWeight }: FitOptions,
): Design {
  const matrix = readFeatures(op, x);
  const { data, width, vector } = readNumberTargets(op, y, matrix.rows);
  const weights = readWeights(op, sampleWeight, matrix.rows);
  const [cx, xMeans] = centred(matrix, intercept, weights);
  const [cy, yMeans] = centred({ rows: matrix.rows, columns: width, data }, intercept, weights);
  return { rows: matrix.rows, columns: matrix.columns, targets: width, x: cx, y: cy, vector, weights, xMeans, yMeans };
}

/** A matrix of numbers with at least one column. */
export function readFeatures(op: string, x: RowsInput): Matrix {
  const matrix = readNumbers(op, "x", x);
  if (matrix.columns === 0) throw new UserError(`${op}: x has no columns, and at least one feature is needed`);
  return matrix;
}

/** The columns less their weighted means, and those means (0 where not asked to centre). */
export function centred(
  { rows, columns, data }: Matrix,
  center: boolean,
  weights: Float64Array | undefined,
): [Float64Array, Float64Array] {
  const means = new Float64Array(columns);
  const result = data.slice();
  if (!center) return [result, means];
  let total = 0;
  for (let i = 0; i < rows; i += 1) total += weights?.[i] ?? 1;
  // A second pass takes away what rounding left of the means.
  for (let pass = 0; pass < 2; pass += 1) {
    const sums = new Float64Array(columns);
    for (let i = 0, at = 0; i < rows; i += 1) {
      const weight = weights?.[i] ?? 1;
      for (let j = 0; j < columns; j += 1, at += 1) sums[j] = (sums[j] ?? 0) + weight * (result[at] ?? 0);
    }
    for (let j = 0; j < columns; j += 1) {
      sums[j] = (sums[j] ?? 0) / total;
      means[j] = (means[j] ?? 0) + (sums[j] ?? 0);
    }
    for (let i = 0, at = 0; i < rows; i += 1)
      for (let j = 0; j < columns; j += 1, at += 1) result[at] = (result[at] ?? 0) - (sums[j] ?? 0);
  }
  return [result, means];
}

/** Row i times √wᵢ. */
export function scaledRows(data: Float64Array, columns: number, weights: Float64Array | undefined): Float64Array {
  if (weights === undefined) return data;
  const roots = weights.map(Math.sqrt);
  return data.map((v, k) => v * (roots[Math.floor(k / columns)] ?? 1));
}

/** ȳ − x̄·β of each target; β is (targets, columns). */
export function interceptsOf({ xMeans, yMeans }: Design, beta: Float64Array): Float64Array {
  const columns = xMeans.length;
  return yMeans.map((mean, t) => {
    let sum = mean;
    for (let j = 0; j < columns; j += 1) sum -= (xMeans[j] ?? 0) * (beta[t * columns + j] ?? 0);
    return sum;
  });
}
