/**
 * Quantiles of a column whose rows have weights. X(t) is the value at place t of 0 … W, W = Σw, where each value takes up as much as its weight:
 *
 *   Q(q) = 1/s ∫ X(t) dt  from h = q (W − s) to h + s,   s = min(1, mean weight)
 *
 * With whole weights that is type 7 of Hyndman and Fan (The American Statistician 50, 1996) of rows repeated as often as their weights say; weights
 * below 1 in the mean may be multiplied by anything that leaves them there.
 */
import type { Matrix } from "../data/matrix.js";
import { quantileSorted } from "../data/statistics.js";

export interface SortedColumn {
  /** Ascending. */
  readonly values: Float64Array;
  /** Of each value, above 0; undefined where all are 1. */
  readonly weights: Float64Array | undefined;
}

/** The numbers of a column that are not missing and have weight. */
export function sortedColumn(
  { rows, columns, data }: Matrix,
  j: number,
  weights: Float64Array | undefined,
): SortedColumn {
  const at = (i: number): number => data[i * columns + j] ?? Number.NaN;
  const places = Array.from({ length: rows }, (_, i) => i).filter((i) => weights?.[i] !== 0 && !Number.isNaN(at(i)));
  if (weights === undefined || places.every((i) => weights[i] === 1))
    return { values: Float64Array.from(places, at).sort(), weights: undefined };
  places.sort((a, b) => at(a) - at(b));
  return { values: Float64Array.from(places, at), weights: Float64Array.from(places, (i) => weights[i] ?? 0) };
}

/** NaN when there are no values. */
export function weightedQuantile({ values, weights }: SortedColumn, q: number): number {
  if (weights === undefined || values.length < 2) return quantileSorted(values, q);
  const total = weights.reduce((a, b) => a + b, 0);
  const width = Math.min(1, total / values.length);
  const start = q * Math.max(0, total - width);
  let base: number | undefined;
  let [end, rest] = [0, 0];
  for (let i = 0; i < values.length && end < start + width; i += 1) {
    const from = Math.max(end, start);
    end += weights[i] ?? 0;
    const part = Math.min(end, start + width) - from;
    if (part <= 0) continue;
    const value = values[i] ?? 0;
    base ??= value;
    rest += (part / width) * (value - base);
  }
  return base === undefined ? (values.at(-1) ?? Number.NaN) : base + rest;
}
