/** Standardising: each column less its mean, divided by its standard deviation. Fitted on one part of the data, applied to all. */
import { ShapeError } from "../base/errors.js";
import { sum } from "./statistics.js";

/** value' = (value − mean) / scale, a column at a time. */
export interface Scaling {
  readonly mean: Float64Array;
  /** The standard deviation (n in the denominator); 1 for a column that does not vary, which so becomes 0. */
  readonly scale: Float64Array;
}

/** The scaling of a row-major matrix of `columns` columns, without missing values. */
export function fitScaling(values: Float64Array, columns: number): Scaling {
  const rows = rowsOf("fitScaling", values, columns);
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns).fill(1);
  const column = new Float64Array(rows);
  for (let j = 0; j < columns; j += 1) {
    for (let i = 0; i < rows; i += 1) column[i] = values[i * columns + j] ?? 0;
    const { centre, deviation } = spread(column);
    mean[j] = centre;
    // A column that does not vary differs from its rounded mean by rounding alone: n·eps·|mean| bounds that.
    if (deviation > rows * Number.EPSILON * Math.abs(centre)) scale[j] = deviation;
  }
  return { mean, scale };
}

/** Mean and deviation, without leaving the range of numbers on the way: squares of 1e-200 and sums of 1e308 do. */
function spread(column: Float64Array): { readonly centre: number; readonly deviation: number } {
  const n = column.length;
  const size = largest(column);
  if (size === 0) return { centre: 0, deviation: 0 };
  const centre = size * (sum(column.map((x) => x / size)) / n);
  const reach = largest(column.map((x) => x - centre));
  if (reach === 0) return { centre, deviation: 0 };
  return { centre, deviation: reach * Math.sqrt(sum(column.map((x) => ((x - centre) / reach) ** 2)) / n) };
}

function largest(column: Float64Array): number {
  return column.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** A standardised copy. */
export function applyScaling(scaling: Scaling, values: Float64Array): Float64Array {
  const columns = scaling.mean.length;
  rowsOf("applyScaling", values, columns);
  return values.map((x, i) => (x - (scaling.mean[i % columns] ?? 0)) / (scaling.scale[i % columns] ?? 1));
}

/** Back to the original units. */
export function invertScaling(scaling: Scaling, values: Float64Array): Float64Array {
  const columns = scaling.mean.length;
  rowsOf("invertScaling", values, columns);
  return values.map((x, i) => x * (scaling.scale[i % columns] ?? 1) + (scaling.mean[i % columns] ?? 0));
}

function rowsOf(op: string, values: Float64Array, columns: number): number {
  if (columns < 1 || values.length % columns !== 0)
    throw new ShapeError(`${op}: ${values.length} values do not make whole rows of ${columns} columns`);
  return values.length / columns;
}
