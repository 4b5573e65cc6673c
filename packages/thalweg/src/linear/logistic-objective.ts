/**
 * The cost of logistic and softmax regression with its derivatives. With z = x·w + b a row and its code c:
 *
 *   two classes      log(1 + eᶻ) − c z                        p = 1 / (1 + e⁻ᶻ)        second derivative  p (1 − p) x xᵀ
 *   more             log Σ_k e^{z_k} − z_c                    p_k = e^{z_k} / Σ e^z    (p_k δ_kl − p_k p_l) x xᵀ
 *
 * Unknowns are u, score after score: one for each column, in units of the column's spread (`standard-rows.ts`), then the intercept.
 */
import type { Matrix, Workspace } from "../runtime/kernels.js";
import { lossPass } from "../runtime/row-kernels.js";
import type { StandardRows } from "./standard-rows.js";
import { weightedGram } from "./weighted-gram.js";

export interface LossPoint {
  /** Σ weight·loss */
  readonly loss: number;
  /** How far the scores of the worst row are on the right side: above 0 planes separate the classes. */
  readonly margin: number;
}

export interface LogisticLoss {
  readonly rows: StandardRows;
  /** 1 for two classes, else the number of classes. */
  readonly scores: number;
  /** Unknowns a score: columns, then the intercept. */
  readonly width: number;
  readonly intercept: boolean;
  /** scores × width */
  readonly size: number;
  /** The loss; its gradient goes to `gradient`. */
  evaluate(u: Float64Array, gradient: Float64Array): LossPoint;
  /** Second derivatives where it was last evaluated, row-major; of the given columns (and the intercept) alone where there are such. */
  hessian(columns?: Int32Array): Float64Array;
  /** max |x̂ᵢ·d| over rows and scores. */
  largestScore(d: Float64Array): number;
}

export function logisticLoss(
  w: Workspace,
  rows: StandardRows,
  codes: Int32Array,
  scores: number,
  intercept: boolean,
): LogisticLoss {
  const { columns, spreads, weights } = rows;
  const count = rows.rows;
  const width = columns + (intercept ? 1 : 0);
  const targets = w.load(scores === 1 ? sidesOf(codes) : codes, count, 1);
  const pass = lossPass(w, rows.x, targets, weights, scores);
  const { beta, biases } = pass;
  let packed: { readonly of: Int32Array; readonly x: Matrix } | undefined;
  const place = (u: Float64Array): void => {
    for (let k = 0; k < scores; k += 1) {
      const from = k * width;
      w.assign(
        beta.row(k),
        spreads.map((s, j) => (u[from + j] ?? 0) / s),
      );
      if (intercept) w.set(biases, k, 0, u[from + columns] ?? 0);
    }
  };

  const evaluate: LogisticLoss["evaluate"] = (u, gradient) => {
    place(u);
    const { loss, margin, sums, slopes } = pass.run();
    for (let k = 0; k < scores; k += 1) {
      for (let j = 0; j < columns; j += 1) gradient[k * width + j] = (sums[k * columns + j] ?? 0) / (spreads[j] ?? 1);
      if (intercept) gradient[k * width + columns] = slopes[k] ?? 0;
    }
    return { loss, margin };
  };

  const pack = (chosen: Int32Array): Matrix => {
    if (packed?.of === chosen) return packed.x;
    const x = w.matrix(count, chosen.length);
    chosen.forEach((j, at) => {
      w.copy(rows.x.column(j), x.column(at));
    });
    packed = { of: chosen, x };
    return x;
  };

  const hessian: LogisticLoss["hessian"] = (chosen) => {
    const x = chosen === undefined ? rows.x : pack(chosen);
    const part = {
      x,
      intercept,
      spreads: chosen === undefined ? spreads : Float64Array.from(chosen, (j) => spreads[j] ?? 1),
    };
    if (scores === 1) return weightedGram(w, part, w.values(pass.curvatures) as Float64Array);
    const p = w.read(pass.probabilities);
    const rowWeight = w.values(weights);
    const wide = x.columns + (intercept ? 1 : 0);
    const size = scores * wide;
    const h = new Float64Array(size * size);
    for (let k = 0; k < scores; k += 1)
      for (let l = 0; l <= k; l += 1) {
        const factors = Float64Array.from(rowWeight, (v, i) => {
          const [a, b] = [p[k * count + i] ?? 0, p[l * count + i] ?? 0];
          return v * a * (k === l ? 1 - a : b);
        });
        const block = weightedGram(w, part, factors);
        const sign = k === l ? 1 : -1;
        for (let i = 0; i < wide; i += 1)
          for (let j = 0; j < wide; j += 1) {
            const value = sign * (block[i * wide + j] ?? 0);
            h[(k * wide + i) * size + l * wide + j] = value;
            h[(l * wide + j) * size + k * wide + i] = value;
          }
      }
    return h;
  };

  const largestScore: LogisticLoss["largestScore"] = (d) => {
    place(d);
    let most = 0;
    w.inside(() => {
      const values = w.matrix(scores, count);
      w.gemmInto(1, beta, rows.x.transposed(), values);
      for (let k = 0; k < scores; k += 1) {
        const shift = intercept ? (d[k * width + columns] ?? 0) : 0;
        for (const v of w.values(values.row(k))) most = Math.max(most, Math.abs(v + shift));
      }
    });
    return most;
  };

  return { rows, scores, width, intercept, size: scores * width, evaluate, hessian, largestScore };
}

/** −1 for the first class, 1 for the second. */
function sidesOf(codes: Int32Array): Float64Array {
  const sides = new Float64Array(codes.length);
  for (let i = 0; i < sides.length; i += 1) sides[i] = 2 * (codes[i] ?? 0) - 1;
  return sides;
}

/** From unknowns to weights (scores, columns) and intercepts in the units of the data. */
export function unpack(
  { rows, scores, width, intercept }: LogisticLoss,
  u: Float64Array,
): { readonly weights: Float64Array; readonly intercepts: Float64Array } {
  const { columns, factors, means } = rows;
  const weights = new Float64Array(scores * columns);
  const intercepts = new Float64Array(scores);
  for (let k = 0; k < scores; k += 1) {
    let shift = 0;
    for (let j = 0; j < columns; j += 1) {
      const value = (u[k * width + j] ?? 0) * (factors[j] ?? 1);
      weights[k * columns + j] = value;
      shift += value * (means[j] ?? 0);
    }
    if (intercept) intercepts[k] = (u[k * width + columns] ?? 0) - shift;
  }
  return { weights, intercepts };
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
