/** Features and targets made ready for a fit: centred by weighted means where there is an intercept, which then is ȳ − x̄·β. */
import { UserError } from "../base/errors.js";
import { type Matrix, readWeights } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { readNumberTargets } from "../preprocessing/targets.js";
import { shiftRows } from "../runtime/column-kernels.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Rows } from "./moments.js";

/** Features and targets are centred where there is an intercept. */
export interface Design extends Problem {
  readonly xMeans: Float64Array;
  readonly yMeans: Float64Array;
}

/** What is fitted on, as it was given: the features may be those of a tensor itself, and are only to be read. */
export interface Problem extends Rows {
  /** Whether the targets were a vector. */
  readonly vector: boolean;
}

export function readProblem(op: string, x: RowsInput, y: Targets, { sampleWeight }: FitOptions): Problem {
  const matrix = readFeatures(op, x, true);
  const { data, width, vector } = readNumberTargets(op, y, matrix.rows);
  const weights = readWeights(op, sampleWeight, matrix.rows);
  return { rows: matrix.rows, columns: matrix.columns, targets: width, x: matrix.data, y: data, vector, weights };
}

/** Centred by weighted means where there is an intercept. */
export function designOf<P extends Rows>(problem: P, intercept: boolean): P & Pick<Design, "xMeans" | "yMeans"> {
  const { rows, columns, targets, weights } = problem;
  const [x, xMeans] = centred({ rows, columns, data: problem.x }, intercept, weights);
  const [y, yMeans] = centred({ rows, columns: targets, data: problem.y }, intercept, weights);
  return { ...problem, x, y, xMeans, yMeans };
}

/** A matrix of numbers with at least one column; borrowed, it is only to be read. */
export function readFeatures(op: string, x: RowsInput, borrow = false): Matrix {
  const matrix = readNumbers(op, "x", x, { borrow });
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
  if (!center) return [data.slice(), means];
  const total = weights?.reduce((sum, v) => sum + v, 0) ?? rows;
  return withWorkspace("float64", (w) => {
    const x = w.load(data, rows, columns);
    const mass = w.vector(rows);
    if (weights === undefined) w.fill(mass, 1);
    else w.write(weights, mass);
    const ones = w.vector(rows);
    w.fill(ones, 1);
    // A second pass takes away what rounding left of the means.
    for (let pass = 0; pass < 2; pass += 1) {
      const shift = w.zeros(columns, 1);
      w.gemv(1 / total, x.transposed(), mass, shift);
      w.values(shift).forEach((v, j) => {
        means[j] = (means[j] ?? 0) + v;
      });
      shiftRows(w, x, x, shift, ones);
    }
    return [w.read(x) as Float64Array, means];
  });
}

/** Row i times √wᵢ. */
export function scaledRows(data: Float64Array, columns: number, weights: Float64Array | undefined): Float64Array {
  if (weights === undefined) return data;
  const roots = weights.map(Math.sqrt);
  return data.map((v, k) => v * (roots[Math.floor(k / columns)] ?? 1));
}

/** ȳ − x̄·β of each target; β is (targets, columns). */
export function interceptsOf({ xMeans, yMeans }: Pick<Design, "xMeans" | "yMeans">, beta: Float64Array): Float64Array {
  const columns = xMeans.length;
  return yMeans.map((mean, t) => {
    let sum = mean;
    for (let j = 0; j < columns; j += 1) sum -= (xMeans[j] ?? 0) * (beta[t * columns + j] ?? 0);
    return sum;
  });
}
