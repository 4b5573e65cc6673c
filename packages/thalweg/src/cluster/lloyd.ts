/**
 * Lloyd's iteration: rows go to their nearest centre, centres to the weighted mean of their rows, until no row changes or the centres hardly move. A centre
 * without rows takes the row that lies farthest from its own. S. Lloyd, IEEE Trans. Information Theory 28 (1982).
 */
import type { Groups, Rows } from "./assign.js";

export interface LloydResult {
  readonly labels: Int32Array;
  /** Centred like the rows. */
  readonly centers: Float64Array;
  /** Weighted sum of squared distances to the nearest centre. */
  readonly inertia: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface LloydSettings {
  readonly maxIterations: number;
  /** Stops when the squares of all movements add up to no more. */
  readonly movement: number;
}

export function lloyd(
  rows: Rows,
  weights: Float64Array,
  start: Float64Array,
  { maxIterations, movement }: LloydSettings,
): LloydResult {
  const group = rows.grouping(weights);
  let centers = start;
  let groups = group(centers);
  let iterations = 0;
  let converged = false;
  while (iterations < maxIterations && !converged) {
    iterations += 1;
    const moved = meansOf(rows, weights, groups, centers);
    const way = moved.reduce((sum, v, i) => sum + (v - (centers[i] ?? 0)) ** 2, 0);
    const next = group(moved);
    converged = way <= movement || same(next.labels, groups.labels);
    centers = moved;
    groups = next;
  }
  const { labels } = groups;
  return { labels, centers, inertia: inertiaOf(rows.distances(centers, labels), weights), iterations, converged };
}

function same(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

export function inertiaOf(distances: Float64Array, weights: Float64Array): number {
  return distances.reduce((sum, d, i) => sum + d * (weights[i] ?? 0), 0);
}

function meansOf(
  all: Rows,
  weights: Float64Array,
  { labels, sums, totals }: Groups,
  centers: Float64Array,
): Float64Array {
  const { columns } = all;
  const empty = Array.from(totals.keys()).filter((c) => !((totals[c] ?? 0) > 0));
  if (empty.length > 0) {
    const far = farthest(all.distances(centers, labels), weights, empty.length);
    empty.forEach((c, n) => {
      const i = far[n];
      if (i === undefined) return;
      const [own, weight] = [labels[i] ?? 0, weights[i] ?? 0];
      // The row leaves its own centre, unless it is all that it has.
      if ((totals[own] ?? 0) <= weight) return;
      const row = all.row(i);
      add(sums, totals, row, own, -weight);
      add(sums, totals, row, c, weight);
    });
  }
  return sums.map((s, at) => {
    const weight = totals[Math.floor(at / columns)] ?? 0;
    return weight > 0 ? s / weight : (centers[at] ?? 0);
  });
}

/** A row, times its weight, to the sums of centre c. */
function add(sums: Float64Array, totals: Float64Array, row: Float64Array, c: number, weight: number): void {
  totals[c] = (totals[c] ?? 0) + weight;
  row.forEach((v, j) => {
    const at = c * row.length + j;
    sums[at] = (sums[at] ?? 0) + weight * v;
  });
}

/** The positions of the rows with weight that are farthest from their centres, farthest first. */
function farthest(distances: Float64Array, weights: Float64Array, count: number): number[] {
  return Array.from(distances.keys())
    .filter((i) => (weights[i] ?? 0) > 0)
    .sort((a, b) => (distances[b] ?? 0) - (distances[a] ?? 0) || a - b)
    .slice(0, count);
}
