/**
 * Isotonic regression: the ascending step function nearest to the targets in weighted squares, by pooling adjacent violators.
 *
 * M. Ayer et al., "An empirical distribution function for sampling with incomplete information", 1955; as a calibrator: B. Zadrozny and
 * C. Elkan, KDD 2002.
 */
import { UserError } from "../base/errors.js";
import { readVector, readWeights, type VectorInput, vectorTensor } from "../data/matrix.js";
import type { FitOptions } from "../preprocessing/estimator.js";
import type { Tensor } from "../tensor/tensor.js";

/** A fitted isotonic function: linear between its points, constant beyond them. */
export class Isotonic {
  /** Ascending. */
  readonly x: Float64Array;
  /** Ascending, the value at each x. */
  readonly y: Float64Array;

  constructor(x: Float64Array, y: Float64Array) {
    this.x = x;
    this.y = y;
  }

  /** The value at one place. */
  at(place: number): number {
    const { x, y } = this;
    const last = x.length - 1;
    if (place <= (x[0] ?? 0)) return y[0] ?? 0;
    if (place >= (x[last] ?? 0)) return y[last] ?? 0;
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((x[middle] ?? 0) <= place) low = middle;
      else high = middle;
    }
    const [x0, x1, y0, y1] = [x[low] ?? 0, x[high] ?? 0, y[low] ?? 0, y[high] ?? 0];
    return y0 + ((y1 - y0) * (place - x0)) / (x1 - x0);
  }

  predict(x: VectorInput): Tensor {
    return vectorTensor(readVector("Isotonic.predict", "x", x).map((v) => this.at(v)));
  }

  toJSON(): { readonly x: number[]; readonly y: number[] } {
    return { x: [...this.x], y: [...this.y] };
  }
}

/** Fits an ascending function. Rows of equal x are averaged first. Takes sample weights. */
export function isotonicRegression(x: VectorInput, y: VectorInput, { sampleWeight }: FitOptions = {}): Isotonic {
  const op = "isotonicRegression";
  const xs = readVector(op, "x", x);
  const ys = readVector(op, "y", y, { rows: { count: xs.length, of: "x" } });
  const weights = readWeights(op, sampleWeight, xs.length);
  const order = Array.from(xs, (_, i) => i)
    .filter((i) => (weights?.[i] ?? 1) > 0)
    .sort((a, b) => (xs[a] ?? 0) - (xs[b] ?? 0));
  const places: number[] = [];
  // Blocks of places with one value: its mean, its weight, and how many places it covers.
  const blocks: { value: number; weight: number; places: number }[] = [];
  for (let start = 0; start < order.length; ) {
    const place = xs[order[start] ?? 0] ?? 0;
    let end = start;
    let [weight, total] = [0, 0];
    for (; end < order.length && xs[order[end] ?? 0] === place; end += 1) {
      const i = order[end] ?? 0;
      const w = weights?.[i] ?? 1;
      weight += w;
      total += w * (ys[i] ?? 0);
    }
    places.push(place);
    blocks.push({ value: total / weight, weight, places: 1 });
    pool(blocks);
    start = end;
  }
  if (places.length === 0) throw new UserError(`${op}: no row has a weight above 0`);
  const values = blocks.flatMap((block) => new Array<number>(block.places).fill(block.value));
  // Inner points of a level stretch say nothing that its ends do not.
  const keep = values.map((v, k) => k === 0 || k === values.length - 1 || v !== values[k - 1] || v !== values[k + 1]);
  return new Isotonic(
    Float64Array.from(places.filter((_, k) => keep[k])),
    Float64Array.from(values.filter((_, k) => keep[k])),
  );
}

/** Merges the last block into the one before for as long as it is not above it. */
function pool(blocks: { value: number; weight: number; places: number }[]): void {
  for (;;) {
    const [before, last] = blocks.slice(-2);
    if (before === undefined || last === undefined || before.value < last.value) return;
    const weight = before.weight + last.weight;
    const value = (before.value * before.weight + last.value * last.weight) / weight;
    blocks.splice(-2, 2, { value, weight, places: before.places + last.places });
  }
}
