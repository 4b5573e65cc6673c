/**
 * Newton's method for the cost of Huber regression with its scale:
 *
 *   F(u, σ) = Σᵢ wᵢ (σ + σ H(rᵢ / σ)) + Σⱼ aⱼ uⱼ²,    r = x̂·u − y,    H(z) = z² where |z| < ε, else 2 ε |z| − ε²
 *
 * which is convex in both together and has a continuous gradient. Where the outliers (|r| ≥ ε σ) stay the same it is smooth, so that once they are found
 * convergence is quadratic. σ may go to 0, when the rows without the outliers are fitted exactly: it then stays at a floor.
 */
import type { Matrix, Workspace } from "../runtime/kernels.js";
import { sumRows } from "../runtime/row-kernels.js";
import type { StandardRows } from "./standard-rows.js";
import { newtonStep, weightedGram } from "./weighted-gram.js";

export interface HuberProblem {
  readonly rows: StandardRows;
  readonly intercept: boolean;
  /** Of a spread of about 1. */
  readonly y: Float64Array;
  readonly weights: Float64Array;
  /** aⱼ; none for the intercept. */
  readonly penalties: Float64Array;
  readonly epsilon: number;
}

export interface HuberResult {
  readonly u: Float64Array;
  readonly sigma: number;
  readonly cost: number;
  readonly iterations: number;
  /** Rows with |r| ≥ ε σ. */
  readonly outliers: number;
  /** The largest derivative over Σw. */
  readonly gradient: number;
  readonly converged: boolean;
}

/** The least σ beside the spread of y: the systems of steps still keep half their digits there. */
const floor = 1e-8;

interface Point {
  readonly u: Float64Array;
  readonly sigma: number;
  readonly cost: number;
  readonly residuals: Float64Array;
  readonly outliers: number;
}

export function huberDescent(
  w: Workspace,
  problem: HuberProblem,
  { tolerance, maxIterations }: { readonly tolerance: number; readonly maxIterations: number },
): HuberResult {
  const { rows, intercept, y, weights, penalties, epsilon } = problem;
  const { columns, spreads, totalWeight } = rows;
  const width = columns + (intercept ? 1 : 0);
  const part = { x: rows.x, spreads, intercept };

  const evaluate = (u: Float64Array, sigma: number): Point => {
    const residuals = productOf(w, rows.x, spreads, u, intercept);
    for (let i = 0; i < y.length; i += 1) residuals[i] = (residuals[i] ?? 0) - (y[i] ?? 0);
    let cost = totalWeight * sigma;
    let outliers = 0;
    for (let i = 0; i < y.length; i += 1) {
      const size = Math.abs(residuals[i] ?? 0);
      const inside = size < epsilon * sigma;
      if (!inside && (weights[i] ?? 0) > 0) outliers += 1;
      cost += (weights[i] ?? 0) * (inside ? (size * size) / sigma : epsilon * (2 * size - epsilon * sigma));
    }
    for (let j = 0; j < columns; j += 1) cost += (penalties[j] ?? 0) * (u[j] ?? 0) ** 2;
    return { u, sigma, cost, residuals, outliers };
  };

  /** x̂ᵀ f, in the scaled unknowns. */
  const transposed = (factors: Float64Array): Float64Array =>
    w.inside(() => {
      const sums = w.zeros(columns, 1);
      sumRows(w, rows.x, w.load(factors, factors.length, 1), sums);
      const result = new Float64Array(width);
      w.values(sums).forEach((s, j) => {
        result[j] = s / (spreads[j] ?? 1);
      });
      if (intercept) result[columns] = factors.reduce((a, b) => a + b, 0);
      return result;
    });

  /** Gradient and second derivatives, σ last; with `above` those of a parabola that is nowhere below the cost of the outliers. */
  const derivatives = ({ u, sigma, residuals }: Point, above: boolean): { g: Float64Array; h: Float64Array } => {
    const [slopes, inner, mixed] = [0, 0, 0].map(() => new Float64Array(y.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    let ofSigma = totalWeight;
    let bend = 0;
    residuals.forEach((r, i) => {
      const weight = weights[i] ?? 0;
      if (Math.abs(r) < epsilon * sigma) {
        const z = r / sigma;
        slopes[i] = 2 * weight * z;
        inner[i] = (2 * weight) / sigma;
        mixed[i] = (-2 * weight * z) / sigma;
        ofSigma -= weight * z * z;
        bend += (2 * weight * z * z) / sigma;
      } else {
        slopes[i] = 2 * weight * epsilon * Math.sign(r);
        if (above) inner[i] = (2 * weight * epsilon) / Math.abs(r);
        ofSigma -= weight * epsilon * epsilon;
      }
    });
    const size = width + 1;
    const g = new Float64Array(size);
    g.set(transposed(slopes));
    const gram = weightedGram(w, part, inner);
    const cross = transposed(mixed);
    const h = new Float64Array(size * size);
    for (let i = 0; i < width; i += 1) {
      h.set(gram.subarray(i * width, (i + 1) * width), i * size);
      h[i * size + width] = cross[i] ?? 0;
      h[width * size + i] = cross[i] ?? 0;
      if (i < columns) {
        g[i] = (g[i] ?? 0) + 2 * (penalties[i] ?? 0) * (u[i] ?? 0);
        h[i * (size + 1)] = (h[i * (size + 1)] ?? 0) + 2 * (penalties[i] ?? 0);
      }
    }
    g[width] = ofSigma;
    h[width * (size + 1)] = bend;
    return { g, h };
  };

  /** To about where the cost is least along d, whose part in σ must leave it above the floor; residuals go along lines, so that this takes no products. */
  const search = (from: Point, d: Float64Array, stuck: boolean): { readonly to: Point; readonly step: number } => {
    const down = Math.min(0.7 * from.sigma, from.sigma - floor);
    const wanted = stuck ? 0 : (d[width] ?? 0);
    const ofSigma = wanted < 0 && down <= 0 ? 0 : wanted;
    const along = productOf(w, rows.x, spreads, d, intercept);
    const slopeAt = (t: number): number => {
      const sigma = Math.max(floor, from.sigma + t * ofSigma);
      let sum = totalWeight * ofSigma;
      for (let i = 0; i < y.length; i += 1) {
        const weight = weights[i] ?? 0;
        const z = ((from.residuals[i] ?? 0) + t * (along[i] ?? 0)) / sigma;
        if (Math.abs(z) < epsilon) sum += weight * z * (2 * (along[i] ?? 0) - z * ofSigma);
        else sum += weight * epsilon * (2 * Math.sign(z) * (along[i] ?? 0) - epsilon * ofSigma);
      }
      for (let j = 0; j < columns; j += 1)
        sum += 2 * (penalties[j] ?? 0) * (d[j] ?? 0) * ((from.u[j] ?? 0) + t * (d[j] ?? 0));
      return sum;
    };
    const enough = 0.1 * Math.abs(slopeAt(0));
    const longest = ofSigma < 0 ? down / -ofSigma : 1e3;
    let [low, high] = [0, Math.min(1, longest)];
    let slope = slopeAt(high);
    while (slope < -enough && high < longest) {
      low = high;
      high = Math.min(2 * high, longest);
      slope = slopeAt(high);
    }
    let step = high;
    for (let trial = 0; trial < 60 && slope > enough; trial += 1) {
      step = (low + high) / 2;
      const between = slopeAt(step);
      if (Math.abs(between) <= enough) break;
      if (between > 0) high = step;
      else low = step;
    }
    const u = from.u.map((v, j) => v + step * (d[j] ?? 0));
    return { to: evaluate(u, Math.max(floor, from.sigma + step * ofSigma)), step };
  };

  const first = leastSquares(w, problem, transposed);
  let point = evaluate(first, 1);
  const square = point.residuals.reduce((sum, r, i) => sum + (weights[i] ?? 0) * r * r, 0) / totalWeight;
  point = evaluate(first, Math.max(floor, Math.sqrt(square)));
  for (let iteration = 0; ; iteration += 1) {
    const { g, h } = derivatives(point, false);
    // At the floor σ can only grow; where it would shrink it is left out of the step.
    let stuck = point.sigma <= floor && (g[width] ?? 0) >= 0;
    if (stuck) isolate(g, h, width);
    const far = g.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / totalWeight;
    const finish = (converged: boolean): HuberResult => ({
      u: point.u,
      sigma: point.sigma,
      cost: point.cost,
      iterations: iteration,
      outliers: point.outliers,
      gradient: far,
      converged,
    });
    let d = newtonStep(w, h, g);
    if (!stuck && point.sigma <= floor && (d?.[width] ?? 0) < 0) {
      stuck = true;
      isolate(g, h, width);
      d = newtonStep(w, h, g);
    }
    if (d === undefined) return finish(far <= tolerance);
    const length = d.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const size = point.u.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    // With a small σ rounding of the residuals is large in the derivatives, but not in the step.
    if ((far <= tolerance && length <= 1e-8 * size) || length <= 1e-13 * size) return finish(true);
    if (iteration === maxIterations) return finish(far <= tolerance);
    const slope = d.reduce((sum, v, j) => sum + v * (g[j] ?? 0), 0);
    let next = search(point, d, stuck).to;
    if (!(next.cost < point.cost - 1e-3 * Math.abs(slope))) {
      // Newton's parabola knows nothing of outliers that would become none; one above the cost goes down for certain.
      const upper = derivatives(point, true);
      if (stuck) isolate(upper.g, upper.h, width);
      const step = newtonStep(w, upper.h, upper.g);
      const other = step === undefined ? undefined : search(point, step, stuck).to;
      if (other !== undefined && other.cost < next.cost) next = other;
    }
    if (!(next.cost <= point.cost + 1e-15 * Math.abs(point.cost)))
      return finish(far <= Math.max(tolerance, 1e-7) || length <= 1e-2 * floor * size);
    point = next;
  }
}

/** x̂·d; what stands in d behind the columns and the intercept takes no part. */
function productOf(w: Workspace, x: Matrix, spreads: Float64Array, d: Float64Array, intercept: boolean): Float64Array {
  return w.inside(() => {
    const beta = w.load(
      spreads.map((s, j) => (d[j] ?? 0) / s),
      x.columns,
      1,
    );
    const z = w.vector(x.rows);
    w.gemmInto(1, x, beta, z);
    const values = w.values(z) as Float64Array;
    const bias = intercept ? (d[x.columns] ?? 0) : 0;
    return values.map((v) => v + bias);
  });
}

/** Where the descent begins: with all rows in. */
function leastSquares(
  w: Workspace,
  { rows, intercept, y, weights, penalties }: HuberProblem,
  transposed: (factors: Float64Array) => Float64Array,
): Float64Array {
  const gram = weightedGram(w, { x: rows.x, spreads: rows.spreads, intercept }, weights);
  const width = rows.columns + (intercept ? 1 : 0);
  for (let j = 0; j < rows.columns; j += 1) gram[j * (width + 1)] = (gram[j * (width + 1)] ?? 0) + (penalties[j] ?? 0);
  const g = transposed(y.map((v, i) => -v * (weights[i] ?? 0)));
  return newtonStep(w, gram, g) ?? new Float64Array(width);
}

/** Takes the last unknown out of a system. */
function isolate(g: Float64Array, h: Float64Array, last: number): void {
  const size = last + 1;
  g[last] = 0;
  for (let j = 0; j < last; j += 1) {
    h[j * size + last] = 0;
    h[last * size + j] = 0;
  }
  h[last * (size + 1)] = 1;
}
