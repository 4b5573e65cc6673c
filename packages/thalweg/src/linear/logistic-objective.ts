/**
 * The cost of logistic and softmax regression with its gradient. With z = x·w + b a row and its code c:
 *
 *   two classes      log(1 + eᶻ) − c z                        p = 1 / (1 + e⁻ᶻ)
 *   more             log Σ_k e^{z_k} − z_c                    p_k = e^{z_k} / Σ e^z
 *   cost             Σᵢ wᵢ lossᵢ + ½ α ‖W‖²
 *
 * Columns are centred, which only changes the intercept, and the unknowns are W times √(¼ Σ w x² + α) (an upper bound of the root of the second
 * derivative along each), so that all are of one scale for the minimiser: the minimum is the same.
 */

import type { Objective } from "../minimize/index.js";
import type { Workspace } from "../runtime/kernels.js";

export interface LogisticData {
  readonly rows: number;
  readonly columns: number;
  /** Row-major; centred where there is an intercept. */
  readonly x: Float64Array;
  readonly codes: Int32Array;
  readonly weights: Float64Array;
  /** 1 for two classes, else the number of classes. */
  readonly scores: number;
  readonly alpha: number;
  readonly intercept: boolean;
}

export interface LogisticProblem {
  readonly objective: Objective;
  /** Unknowns: scores × (columns, then the intercept). */
  readonly size: number;
  /** From scaled unknowns to weights (scores, columns) and intercepts. */
  unpack(u: Float64Array): { readonly weights: Float64Array; readonly intercepts: Float64Array };
}

export function logisticProblem(w: Workspace, data: LogisticData): LogisticProblem {
  const { rows, columns, scores, alpha, intercept, weights, codes } = data;
  const width = columns + (intercept ? 1 : 0);
  const scale = scales(data);
  const matrix = w.load(data.x, rows, columns);
  const beta = w.matrix(scores, columns);
  const z = w.matrix(rows, scores);
  const slopes = w.matrix(scores, columns);
  const unpack: LogisticProblem["unpack"] = (u) => {
    const found = new Float64Array(scores * columns);
    const intercepts = new Float64Array(scores);
    for (let k = 0; k < scores; k += 1) {
      for (let j = 0; j < columns; j += 1) found[k * columns + j] = (u[k * width + j] ?? 0) / (scale[j] ?? 1);
      if (intercept) intercepts[k] = (u[k * width + columns] ?? 0) / (scale[columns] ?? 1);
    }
    return { weights: found, intercepts };
  };
  const lossOf = scores === 1 ? binaryLoss : softmaxLoss;
  const objective: Objective = (u, gradient) => {
    const { weights: b, intercepts } = unpack(u);
    assignRows(w, beta, b, columns);
    w.gemmInto(1, matrix, beta.transposed(), z);
    const values = w.read(z) as Float64Array;
    let cost = 0.5 * alpha * b.reduce((sum, v) => sum + v * v, 0);
    const totals = new Float64Array(scores);
    for (let i = 0; i < rows; i += 1) {
      const row = values.subarray(i * scores, (i + 1) * scores);
      const weight = weights[i] ?? 0;
      for (let k = 0; k < scores; k += 1) row[k] = (row[k] ?? 0) + (intercepts[k] ?? 0);
      cost += weight * lossOf(row, codes[i] ?? 0);
      for (let k = 0; k < scores; k += 1) {
        const slope = weight * (row[k] ?? 0);
        row[k] = slope;
        totals[k] = (totals[k] ?? 0) + slope;
      }
    }
    w.inside(() => w.gemmInto(1, w.load(values, rows, scores).transposed(), matrix, slopes));
    const g = w.read(slopes) as Float64Array;
    for (let k = 0; k < scores; k += 1) {
      for (let j = 0; j < columns; j += 1)
        gradient[k * width + j] = ((g[k * columns + j] ?? 0) + alpha * (b[k * columns + j] ?? 0)) / (scale[j] ?? 1);
      if (intercept) gradient[k * width + columns] = (totals[k] ?? 0) / (scale[columns] ?? 1);
    }
    return cost;
  };
  return { objective, size: scores * width, unpack };
}

function assignRows(w: Workspace, to: ReturnType<Workspace["matrix"]>, values: Float64Array, columns: number): void {
  for (let k = 0; k < to.rows; k += 1) w.assign(to.row(k), values.subarray(k * columns, (k + 1) * columns));
}

function scales({ x, rows, columns, weights, alpha, intercept }: LogisticData): Float64Array {
  const sums = new Float64Array(columns + (intercept ? 1 : 0));
  for (let i = 0; i < rows; i += 1) {
    const weight = weights[i] ?? 0;
    for (let j = 0; j < columns; j += 1) sums[j] = (sums[j] ?? 0) + weight * (x[i * columns + j] ?? 0) ** 2;
    if (intercept) sums[columns] = (sums[columns] ?? 0) + weight;
  }
  return sums.map((s, j) => Math.sqrt(0.25 * s + (j < columns ? alpha : 0)) || 1);
}

/** The loss; the score becomes its derivative. */
function binaryLoss(row: Float64Array, code: number): number {
  const z = row[0] ?? 0;
  const tail = Math.exp(-Math.abs(z));
  const p = z >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
  row[0] = p - code;
  return Math.max(z, 0) - code * z + Math.log1p(tail);
}

/** The loss; the scores become their derivatives. */
function softmaxLoss(row: Float64Array, code: number): number {
  const own = row[code] ?? 0;
  const log = softmaxInPlace(row);
  row[code] = (row[code] ?? 0) - 1;
  return log - own;
}

/** Scores become probabilities. Gives log Σ eᶻ. */
export function softmaxInPlace(row: Float64Array): number {
  let most = -Infinity;
  for (let k = 0; k < row.length; k += 1) most = Math.max(most, row[k] ?? 0);
  let sum = 0;
  for (let k = 0; k < row.length; k += 1) {
    const e = Math.exp((row[k] ?? 0) - most);
    row[k] = e;
    sum += e;
  }
  for (let k = 0; k < row.length; k += 1) row[k] = (row[k] ?? 0) / sum;
  return most + Math.log(sum);
}
