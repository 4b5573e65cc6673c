/**
 * Platt scaling: p = σ(−(A s + B)) for scores s, with the targets drawn in a little from 0 and 1.
 *
 * J. Platt, "Probabilistic outputs for support vector machines", 1999; minimised by Newton's method with backtracking as in H.-T. Lin, C.-J. Lin and
 * R. Weng, Machine Learning 68 (2007).
 */
import { NumericalError } from "../base/errors.js";
import type { LabelsInput } from "../data/labels.js";
import { readVector, type VectorInput, vectorTensor } from "../data/matrix.js";
import { type BinaryOptions, readBinary } from "../metrics/binary-scores.js";
import type { Tensor } from "../tensor/tensor.js";

/** A fitted sigmoid. */
export class PlattScaling {
  readonly slope: number;
  readonly intercept: number;

  constructor(slope: number, intercept: number) {
    this.slope = slope;
    this.intercept = intercept;
  }

  /** The probability of the positive class at one score. */
  at(score: number): number {
    return sigmoid(-(this.slope * score + this.intercept));
  }

  predict(scores: VectorInput): Tensor {
    return vectorTensor(readVector("PlattScaling.predict", "scores", scores).map((s) => this.at(s)));
  }

  toJSON(): { readonly slope: number; readonly intercept: number } {
    return { slope: this.slope, intercept: this.intercept };
  }
}

function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

/** ln(1 + eᶻ) */
function softplus(z: number): number {
  return z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z));
}

/**
 * Fits the sigmoid to scores of rows that the model was not fitted on.
 *
 * @throws NumericalError when it does not converge.
 */
export function plattScaling(yTrue: LabelsInput, scores: VectorInput, options: BinaryOptions = {}): PlattScaling {
  const { truth, scores: raw, weights } = readBinary("plattScaling", yTrue, scores, options);
  const size = raw.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
  const s = raw.map((v) => v / size);
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  let [positives, negatives] = [0, 0];
  truth.forEach((t, i) => {
    if (t === 1) positives += weightOf(i);
    else negatives += weightOf(i);
  });
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (negatives + 2)];
  const target = Float64Array.from(truth, (t) => (t === 1 ? high : low));
  // Cross-entropy of p = σ(−(A s + B)).
  const loss = (a: number, b: number): number =>
    s.reduce((sum, v, i) => {
      const z = a * v + b;
      return sum + weightOf(i) * (softplus(z) - (1 - (target[i] ?? 0)) * z);
    }, 0);
  let [a, b] = [0, Math.log((negatives + 1) / (positives + 1))];
  let value = loss(a, b);
  for (let step = 0; step < 200; step += 1) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-12, 0, 1e-12];
    s.forEach((v, i) => {
      const q = sigmoid(a * v + b);
      const d = weightOf(i) * (q - (1 - (target[i] ?? 0)));
      const h = weightOf(i) * q * (1 - q);
      ga += d * v;
      gb += d;
      haa += h * v * v;
      hab += h * v;
      hbb += h;
    });
    const determinant = haa * hbb - hab * hab;
    const da = -(hbb * ga - hab * gb) / determinant;
    const db = -(haa * gb - hab * ga) / determinant;
    const slope = ga * da + gb * db;
    // The decrement of Newton's method: twice what there is still to gain.
    if (-slope < 1e-15 * (1 + Math.abs(value))) return new PlattScaling((a + da) / size, b + db);
    let rate = 1;
    for (;;) {
      const next = loss(a + rate * da, b + rate * db);
      if (next <= value + 1e-4 * rate * slope) {
        [a, b, value] = [a + rate * da, b + rate * db, next];
        break;
      }
      rate /= 2;
      // No better value within rounding: this is the minimum.
      if (rate < 1e-10) return new PlattScaling(a / size, b);
    }
  }
  throw new NumericalError("plattScaling: not converged after 200 steps", { slope: a / size, intercept: b });
}
