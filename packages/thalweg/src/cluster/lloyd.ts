/**
 * Lloyd's iteration: rows go to their nearest centre, centres to the weighted mean of their rows, until no row changes or the centres hardly move. A centre
 * without rows takes the row that lies farthest from its own. S. Lloyd, IEEE Trans. Information Theory 28 (1982).
 */
import type { Assignment, Rows } from "./assign.js";

export interface LloydResult extends Assignment {
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
  let centers = start;
  let assignment = rows.assign(centers);
  let iterations = 0;
  let converged = false;
  while (iterations < maxIterations && !converged) {
    iterations += 1;
    const moved = meansOf(rows, weights, assignment, centers);
    const way = moved.reduce((sum, v, i) => sum + (v - (centers[i] ?? 0)) ** 2, 0);
    const next = rows.assign(moved);
    converged = way <= movement || next.labels.every((c, i) => c === assignment.labels[i]);
    centers = moved;
    assignment = next;
  }
  return { ...assignment, centers, inertia: inertiaOf(assignment, weights), iterations, converged };
}

export function inertiaOf({ distances }: Assignment, weights: Float64Array): number {
  return distances.reduce((sum, d, i) => sum + d * (weights[i] ?? 0), 0);
}

function meansOf(
  { rows, columns, data }: Rows,
  weights: Float64Array,
  { labels, distances }: Assignment,
  centers: Float64Array,
): Float64Array {
  const k = centers.length / columns;
  const sums = new Float64Array(centers.length);
  const totals = new Float64Array(k);
  const add = (i: number, c: number, weight: number): void => {
    totals[c] = (totals[c] ?? 0) + weight;
    for (let j = 0, to = c * columns, at = i * columns; j < columns; j += 1, to += 1, at += 1)
      sums[to] = (sums[to] ?? 0) + weight * (data[at] ?? 0);
  };
  for (let i = 0; i < rows; i += 1) add(i, labels[i] ?? 0, weights[i] ?? 0);
  const empty = Array.from(totals.keys()).filter((c) => !((totals[c] ?? 0) > 0));
  if (empty.length > 0) {
    const far = farthest(distances, weights, empty.length);
    empty.forEach((c, n) => {
      const i = far[n];
      if (i === undefined) return;
      const weight = weights[i] ?? 0;
      // The row leaves its own centre, unless it is all that it has.
      if ((totals[labels[i] ?? 0] ?? 0) <= weight) return;
      add(i, labels[i] ?? 0, -weight);
      add(i, c, weight);
    });
  }
  return sums.map((s, at) => {
    const weight = totals[Math.floor(at / columns)] ?? 0;
    return weight > 0 ? s / weight : (centers[at] ?? 0);
  });
}

/** The positions of the rows with weight that are farthest from their centres, farthest first. */
function farthest(distances: Float64Array, weights: Float64Array, count: number): number[] {
  return Array.from(distances.keys())
    .filter((i) => (weights[i] ?? 0) > 0)
    .sort((a, b) => (distances[b] ?? 0) - (distances[a] ?? 0) || a - b)
    .slice(0, count);
}
