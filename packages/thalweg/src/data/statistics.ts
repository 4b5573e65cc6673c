/** What a column holds, in a few numbers. */
import { type Column, countMissing, type LabelColumn, type NumberColumn, type Table } from "./table.js";

export interface NumberSummary {
  readonly kind: "number";
  readonly name: string;
  /** Cells that are not missing; everything below is of these alone, and NaN when there are none. */
  readonly count: number;
  readonly missing: number;
  readonly mean: number;
  /** With n − 1 in the denominator; 0 for a single value. */
  readonly std: number;
  readonly min: number;
  /** Quartiles interpolate linearly between order statistics (type 7 of Hyndman and Fan, 1996). */
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly max: number;
  readonly distinct: number;
}

export interface LabelSummary {
  readonly kind: "category" | "text";
  readonly name: string;
  readonly count: number;
  readonly missing: number;
  readonly distinct: number;
  /** The most frequent labels, up to ten. */
  readonly top: readonly { readonly label: string; readonly count: number }[];
}

export type ColumnSummary = NumberSummary | LabelSummary;

/** A summary of each column. */
export function describe(table: Table): ColumnSummary[] {
  return table.columns.map(describeColumn);
}

export function describeColumn(column: Column): ColumnSummary {
  return column.kind === "number" ? describeNumbers(column) : describeLabels(column);
}

function describeNumbers(column: NumberColumn): NumberSummary {
  const sorted = presentValues(column).sort();
  const count = sorted.length;
  const size = Math.max(Math.abs(sorted[0] ?? 0), Math.abs(sorted[count - 1] ?? 0));
  const mean = size === 0 ? sum(sorted) / count : size * (sum(sorted.map((x) => x / size)) / count);
  let distinct = count > 0 ? 1 : 0;
  for (let i = 1; i < count; i += 1) if (sorted[i] !== sorted[i - 1]) distinct += 1;
  return {
    kind: "number",
    name: column.name,
    count,
    missing: column.values.length - count,
    mean,
    std: deviation(sorted, mean),
    min: sorted[0] ?? Number.NaN,
    lowerQuartile: quantileSorted(sorted, 0.25),
    median: quantileSorted(sorted, 0.5),
    upperQuartile: quantileSorted(sorted, 0.75),
    max: sorted[count - 1] ?? Number.NaN,
    distinct,
  };
}

/** Relative to the largest, so that squares stay within the range of numbers. */
function deviation(values: Float64Array, mean: number): number {
  if (values.length < 2) return values.length === 1 ? 0 : Number.NaN;
  const reach = values.reduce((most, x) => Math.max(most, Math.abs(x - mean)), 0);
  return reach === 0 ? 0 : reach * Math.sqrt(sum(values.map((x) => ((x - mean) / reach) ** 2)) / (values.length - 1));
}

function describeLabels(column: LabelColumn): LabelSummary {
  const counts = new Array<number>(column.levels.length).fill(0);
  for (const code of column.codes) if (code >= 0) counts[code] = (counts[code] ?? 0) + 1;
  const top = column.levels
    .map((label, code) => ({ label, count: counts[code] ?? 0 }))
    .filter((l) => l.count > 0)
    .sort((a, b) => b.count - a.count);
  const missing = countMissing(column);
  return {
    kind: column.kind,
    name: column.name,
    count: column.codes.length - missing,
    missing,
    distinct: top.length,
    top: top.slice(0, 10),
  };
}

/** The cells that are not missing, in their order. */
export function presentValues(column: NumberColumn): Float64Array {
  return column.values.filter((_, row) => column.missing[row] === 0);
}

/**
 * The quantile `q` in 0 … 1 of ascending values: between the two neighbours of position q(n − 1), linearly. NaN when there are no values.
 */
export function quantileSorted(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (position - below) * (high - low);
}

/** The sum with the rounding errors added back at the end (A. Neumaier, 1974). */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i += 1) {
    const x = values[i] ?? 0;
    const next = total + x;
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
    total = next;
  }
  return total + lost;
}
