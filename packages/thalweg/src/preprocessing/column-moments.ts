/** Statistics of the columns of a matrix, with weights and without the cells that are missing. */

import type { Matrix } from "../data/matrix.js";

/** The numbers of one column that are not missing, of rows that have weight. */
export function presentColumn({ rows, columns, data }: Matrix, j: number, weights?: Float64Array): Float64Array {
  const column = Float64Array.from({ length: rows }, (_, i) => data[i * columns + j] ?? 0);
  return column.filter((x, i) => weights?.[i] !== 0 && !Number.isNaN(x));
}

export interface Moments {
  readonly mean: Float64Array;
  /** With the sum of the weights in the denominator. */
  readonly variance: Float64Array;
  /** Its root, also where the variance itself is too small for a number. */
  readonly deviation: Float64Array;
  /** Whether it is no more than what rounding leaves of a constant column. */
  readonly constant: readonly boolean[];
}

/** Mean and variance in two passes, the second with the correction of T. Chan, G. Golub and R. LeVeque (1983). */
export function columnMoments({ rows, columns, data }: Matrix, weights?: Float64Array): Moments {
  const total = new Float64Array(columns);
  const mean = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const rest = new Float64Array(columns);
  const reach = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i += 1) {
    const w = weights?.[i] ?? 1;
    for (let j = 0; j < columns; j += 1, at += 1)
      if (w !== 0 && !Number.isNaN(data[at] ?? 0)) total[j] = (total[j] ?? 0) + w;
  }
  for (let i = 0, at = 0; i < rows; i += 1) {
    const w = weights?.[i] ?? 1;
    for (let j = 0; j < columns; j += 1, at += 1) {
      const x = data[at] ?? 0;
      if (w !== 0 && !Number.isNaN(x)) mean[j] = (mean[j] ?? 0) + (w * x) / (total[j] ?? 1);
    }
  }
  for (let i = 0, at = 0; i < rows; i += 1) {
    const w = weights?.[i] ?? 1;
    for (let j = 0; j < columns; j += 1, at += 1) {
      const x = data[at] ?? 0;
      if (w !== 0 && !Number.isNaN(x)) reach[j] = Math.max(reach[j] ?? 0, Math.abs(x - (mean[j] ?? 0)));
    }
  }
  // Squares of less than this would leave the range of numbers: they are taken in another unit.
  const units = reach.map((v) => (v > 0 && v < 1e-140 ? 2 ** -500 : 1));
  for (let i = 0, at = 0; i < rows; i += 1) {
    const w = weights?.[i] ?? 1;
    for (let j = 0; j < columns; j += 1, at += 1) {
      const x = data[at] ?? 0;
      if (w === 0 || Number.isNaN(x)) continue;
      const d = (x - (mean[j] ?? 0)) / (units[j] ?? 1);
      squares[j] = (squares[j] ?? 0) + w * d * d;
      rest[j] = (rest[j] ?? 0) + w * d;
    }
  }
  const inUnits = squares.map((s, j) => {
    const n = total[j] ?? 1;
    const r = rest[j] ?? 0;
    return n === 0 ? 0 : Math.max(0, (s - (r * r) / n) / n);
  });
  for (let j = 0; j < columns; j += 1)
    if ((total[j] ?? 0) > 0) mean[j] = (mean[j] ?? 0) + ((rest[j] ?? 0) / (total[j] ?? 1)) * (units[j] ?? 1);
  const deviation = inUnits.map((v, j) => Math.sqrt(v) * (units[j] ?? 1));
  const variance = inUnits.map((v, j) => v * (units[j] ?? 1) ** 2);
  // A column that does not vary differs from its rounded mean by rounding alone, which n·eps·|mean| bounds.
  const constant = [...deviation].map((d, j) => d <= rows * Number.EPSILON * Math.abs(mean[j] ?? 0));
  return { mean, variance, deviation, constant };
}
