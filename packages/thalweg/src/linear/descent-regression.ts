/**
 * Linear regression by gradient descent, beside `linearRegression`, which solves for the same minimum at once:
 *
 *   cost J = 1/(2 Σw) Σᵢ wᵢ (xᵢ·β + b − yᵢ)²,     β ← β − η ∂J/∂β
 *
 * on all rows, on batches of them, or on one row at a time. Stable on all rows for η below 2 / λ, λ the largest eigenvalue of the second derivatives.
 */
import { NumericalError, ShapeError } from "../base/errors.js";
import { fold, key } from "../base/random.js";
import { above, atLeast, either, flag, oneOf, wholeAtLeast, wholeNumber } from "../base/settings.js";
import { readWeights } from "../data/matrix.js";
import { permutation } from "../data/split.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readNumberTargets } from "../preprocessing/targets.js";
import { readFeatures } from "./design.js";
import { LinearModel, readLinear } from "./linear-model.js";

export interface DescentRegressionSettings {
  /** η. Default: 0.01. */
  readonly learningRate: number;
  /** Rows of a step: "all", or a number (1 is stochastic descent). Default: "all". */
  readonly batchSize: number | "all";
  /** Passes over the rows at most. Default: 1000. */
  readonly epochs: number;
  /** Stop when a pass lowers the cost by no more than this part of it; 0 asks for all passes. Default: 0. */
  readonly tolerance: number;
  /** Fit a constant too. Default: true. */
  readonly intercept: boolean;
  /** Another order for each pass, where there are batches. Default: true. */
  readonly shuffle: boolean;
  /** Default: 0. */
  readonly seed: number;
}

export interface DescentRegressionFacts {
  readonly epochs: number;
  /** J at the start and after every pass. */
  readonly costs: readonly number[];
  readonly converged: boolean;
}

export type DescentRegressionModel = LinearModel<DescentRegressionSettings, DescentRegressionFacts>;

interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** With mean 1. */
  readonly weights: Float64Array;
}

/** xᵢ·β + b − yᵢ; the intercept stands behind the coefficients. */
function errorOf({ columns, x, y }: Rows, beta: Float64Array, i: number): number {
  let sum = (beta[columns] ?? 0) - (y[i] ?? 0);
  for (let j = 0, at = i * columns; j < columns; j += 1, at += 1) sum += (x[at] ?? 0) * (beta[j] ?? 0);
  return sum;
}

function costOf(data: Rows, beta: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < data.rows; i += 1) sum += (data.weights[i] ?? 0) * errorOf(data, beta, i) ** 2;
  return sum / (2 * data.rows);
}

/** One step on the rows order[from … to). */
function step(
  data: Rows,
  beta: Float64Array,
  order: Int32Array | undefined,
  [from, to]: readonly [number, number],
  { learningRate, intercept }: DescentRegressionSettings,
): void {
  const { columns, x, weights } = data;
  const gradient = new Float64Array(beta.length);
  for (let n = from; n < to; n += 1) {
    const i = order?.[n] ?? n;
    const error = (weights[i] ?? 0) * errorOf(data, beta, i);
    for (let j = 0, at = i * columns; j < columns; j += 1, at += 1)
      gradient[j] = (gradient[j] ?? 0) + error * (x[at] ?? 0);
    gradient[columns] = (gradient[columns] ?? 0) + error;
  }
  if (!intercept) gradient[columns] = 0;
  for (let j = 0; j < beta.length; j += 1) beta[j] = (beta[j] ?? 0) - (learningRate / (to - from)) * (gradient[j] ?? 0);
}

/** 2 / λ by power iteration: the learning rate from which descent on all rows goes up. */
function stableLimit(data: Rows, intercept: boolean): number {
  const { rows, columns, x, weights } = data;
  let v = new Float64Array(columns + 1).fill(1);
  let largest = 0;
  for (let round = 0; round < 50; round += 1) {
    const next = new Float64Array(columns + 1);
    for (let i = 0; i < rows; i += 1) {
      let dot = intercept ? (v[columns] ?? 0) : 0;
      for (let j = 0; j < columns; j += 1) dot += (x[i * columns + j] ?? 0) * (v[j] ?? 0);
      dot *= (weights[i] ?? 0) / rows;
      for (let j = 0; j < columns; j += 1) next[j] = (next[j] ?? 0) + dot * (x[i * columns + j] ?? 0);
      if (intercept) next[columns] = (next[columns] ?? 0) + dot;
    }
    largest = Math.sqrt(next.reduce((sum, e) => sum + e * e, 0));
    v = next.map((e) => e / (largest || 1));
  }
  return 2 / largest;
}

/** Linear regression by gradient descent. Takes sample weights. Scale the columns first: one learning rate serves all. */
export const gradientDescentRegression: PredictorKind<DescentRegressionSettings, DescentRegressionModel> =
  predictorKind<DescentRegressionSettings, DescentRegressionModel>({
    kind: "gradientDescentRegression",
    role: "regressor",
    defaults: {
      learningRate: 0.01,
      batchSize: "all",
      epochs: 1000,
      tolerance: 0,
      intercept: true,
      shuffle: true,
      seed: 0,
    },
    constraints: {
      learningRate: above(0),
      batchSize: either(oneOf("all"), wholeAtLeast(1)),
      epochs: wholeAtLeast(1),
      tolerance: atLeast(0),
      intercept: flag(),
      shuffle: flag(),
      seed: wholeNumber(),
    },
    fit(settings, x, y, { sampleWeight }) {
      const kind = "gradientDescentRegression";
      const op = `${kind}.fit`;
      const { rows, columns, data: features } = readFeatures(op, x);
      const targets = readNumberTargets(op, y, rows);
      if (targets.width !== 1)
        throw new ShapeError(`${op}: y must be one target a row, got ${targets.width} columns; fit one model for each`);
      const given = readWeights(op, sampleWeight, rows) ?? new Float64Array(rows).fill(1);
      const mean = given.reduce((a, b) => a + b, 0) / rows;
      const data: Rows = { rows, columns, x: features, y: targets.data, weights: given.map((v) => v / mean) };
      const beta = new Float64Array(columns + 1);
      const size = settings.batchSize === "all" ? rows : Math.min(settings.batchSize, rows);
      const costs = [costOf(data, beta)];
      let converged = false;
      for (let epoch = 0; epoch < settings.epochs && !converged; epoch += 1) {
        const shuffled = settings.shuffle && size < rows;
        const order = shuffled ? permutation(rows, fold(fold(key(settings.seed), "epoch"), epoch)) : undefined;
        for (let from = 0; from < rows; from += size)
          step(data, beta, order, [from, Math.min(from + size, rows)], settings);
        const [before, cost] = [costs.at(-1) ?? 0, costOf(data, beta)];
        if (!Number.isFinite(cost) || cost > 1e12 * ((costs[0] ?? 0) || 1)) {
          const limit = stableLimit(data, settings.intercept);
          throw new NumericalError(
            `${op}: the cost grew to ${cost.toExponential(2)} in pass ${epoch + 1}: learningRate ${settings.learningRate} is too large; steps on all rows are stable below ${limit.toPrecision(3)}, smaller batches need less. Scaling the columns allows more`,
            { epoch: epoch + 1, cost, stableBelow: limit },
          );
        }
        costs.push(cost);
        converged = settings.tolerance > 0 && before - cost <= settings.tolerance * before;
      }
      const part = { weights: beta.slice(0, columns), intercepts: beta.slice(columns), vector: targets.vector };
      return new LinearModel(kind, settings, part, { epochs: costs.length - 1, costs, converged });
    },
    read: (settings, state) => readLinear("gradientDescentRegression", settings, state),
  });
