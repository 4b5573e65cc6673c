/**
 * k-means on batches: each centre moves to the mean of all rows it has been given so far. Centres that get hardly any rows are drawn anew. D. Sculley,
 * WWW 2010.
 */
import { fold, type Key } from "../base/random.js";
import { permutation } from "../data/split.js";
import type { Rows } from "./assign.js";
import { uniforms, weightedPosition } from "./draws.js";
import { inertiaOf, type LloydResult } from "./lloyd.js";

export interface MiniBatchRun {
  readonly batchSize: number;
  /** Passes over the rows. */
  readonly epochs: number;
  /** Batches without a lower smoothed inertia after which it stops. */
  readonly patience: number;
  readonly key: Key;
}

/** A centre with less than this part of the rows of the largest is drawn anew after a pass. */
const leastShare = 0.01;

/** `withBatch` makes the chosen rows, centred like all. `iterations` counts batches. */
export function miniBatch(
  all: Rows,
  weights: Float64Array,
  start: Float64Array,
  { batchSize, epochs, patience, key }: MiniBatchRun,
  withBatch: <T>(chosen: Int32Array, body: (batch: Rows) => T) => T,
): LloydResult {
  const { rows, columns } = all;
  const size = Math.min(batchSize, rows);
  const centers = start.slice();
  const given = new Float64Array(centers.length / columns);
  const smoothing = Math.min(1, (2 * size) / (rows + 1));
  let [smoothed, least, since, iterations] = [Number.NaN, Infinity, 0, 0];
  let converged = false;
  for (let epoch = 0; epoch < epochs && !converged; epoch += 1) {
    const order = permutation(rows, fold(fold(key, "order"), epoch));
    for (let from = 0; from + size <= rows && !converged; from += size) {
      const chosen = order.subarray(from, from + size);
      const mass = withBatch(chosen, (batch) => {
        const labels = batch.assign(centers);
        const distances = batch.distances(centers, labels);
        move(batch, chosen, weights, labels, centers, given);
        const batchWeights = Float64Array.from(chosen, (i) => weights[i] ?? 0);
        const sum = batchWeights.reduce((a, b) => a + b, 0);
        return sum > 0 ? inertiaOf(distances, batchWeights) / sum : 0;
      });
      iterations += 1;
      smoothed = Number.isNaN(smoothed) ? mass : smoothed + smoothing * (mass - smoothed);
      since = smoothed < least ? 0 : since + 1;
      least = Math.min(least, smoothed);
      converged = since >= patience;
    }
    if (epoch + 1 < epochs && renew(all, weights, centers, given, fold(fold(key, "renewed"), epoch))) {
      converged = false;
      since = 0;
    }
  }
  const labels = all.assign(centers);
  const inertia = inertiaOf(all.distances(centers, labels), weights);
  return { labels, centers, inertia, iterations, converged };
}

function move(
  batch: Rows,
  chosen: Int32Array,
  weights: Float64Array,
  labels: Int32Array,
  centers: Float64Array,
  given: Float64Array,
): void {
  const { columns, data } = batch;
  for (let b = 0; b < chosen.length; b += 1) {
    const weight = weights[chosen[b] ?? 0] ?? 0;
    if (weight === 0) continue;
    const c = labels[b] ?? 0;
    given[c] = (given[c] ?? 0) + weight;
    const rate = weight / (given[c] ?? 1);
    for (let j = 0; j < columns; j += 1) {
      const at = c * columns + j;
      centers[at] = (centers[at] ?? 0) + rate * ((data[b * columns + j] ?? 0) - (centers[at] ?? 0));
    }
  }
}

/** Whether a centre was drawn anew. */
function renew(all: Rows, weights: Float64Array, centers: Float64Array, given: Float64Array, key: Key): boolean {
  const most = given.reduce((a, b) => Math.max(a, b), 0);
  const poor = Array.from(given.keys()).filter((c) => (given[c] ?? 0) < leastShare * most);
  if (poor.length === 0) return false;
  const { columns, data } = all;
  const distances = all.distances(centers, all.assign(centers));
  const chances = distances.map((d, i) => d * (weights[i] ?? 0));
  const total = chances.reduce((a, b) => a + b, 0);
  if (!(total > 0)) return false;
  const rich = given.filter((g) => g >= leastShare * most).reduce((a, b) => Math.min(a, b), most);
  const draws = uniforms(key, poor.length);
  poor.forEach((c, n) => {
    const row = weightedPosition(chances, total, draws[n] ?? 0);
    centers.set(data.subarray(row * columns, (row + 1) * columns), c * columns);
    given[c] = rich;
  });
  return true;
}
