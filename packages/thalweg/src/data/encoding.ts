/**
 * From a table to a matrix of numbers that a model takes. What has to be learnt from data (medians, levels, means and deviations) comes from
 * the training rows alone; every choice made on the way is kept as a treatment that can be shown.
 */
import { UserError } from "../base/errors.js";
import { applyScaling, fitScaling, type Scaling } from "./scaling.js";
import { quantileSorted } from "./statistics.js";
import { countMissing, isMissing, type LabelColumn, type NumberColumn, type Table } from "./table.js";

/** What was done with one column. */
export type Treatment =
  | {
      readonly kind: "number";
      readonly column: string;
      /** The median of the training rows. */
      readonly fill: number;
      /** Missing cells of the training rows. */
      readonly missing: number;
      /** Training cells that were further than `limit` standard deviations from the mean. */
      readonly limited: number;
    }
  | {
      readonly kind: "one-hot";
      readonly column: string;
      /** One column of 0 and 1 each. */
      readonly levels: readonly string[];
      /** Missing cells of the training rows, which are 0 everywhere. */
      readonly missing: number;
    }
  | { readonly kind: "left out"; readonly column: string; readonly why: "constant" | "text" | "empty" };

export interface EncodingOptions {
  /**
   * Standardised numbers are limited to ±limit; 0 for no limit. One row a hundred deviations out gives gradients that throw any plain
   * descent off. Default: 6.
   */
  readonly limit?: number;
}

/** A fitted encoding; `encode` applies it to any rows of a table with the same columns. */
export interface Encoding {
  readonly treatments: readonly Treatment[];
  /** The names of the columns of the matrix: "income", "proximity = INLAND". */
  readonly names: readonly string[];
  readonly limit: number;
  readonly scaling: Scaling;
}

/**
 * Learns from the given rows: numbers are standardised after missing ones became the median; categories become one column of 0 and 1 for each
 * level; text and columns that do not vary are left out.
 *
 * @throws UserError when no column is left.
 */
export function fitEncoding(table: Table, rows: ArrayLike<number>, options: EncodingOptions = {}): Encoding {
  const { limit = 6 } = options;
  if (!(limit >= 0)) throw new UserError(`fitEncoding: limit must be a number ≥ 0, got ${limit}`);
  const training = table.take(rows);
  const treatments: Treatment[] = [];
  const names: string[] = [];
  const mean: number[] = [];
  const scale: number[] = [];
  for (const column of training.columns) {
    if (column.kind !== "number") {
      const treatment = treatLabels(column);
      treatments.push(treatment);
      for (const level of encodedLevels(treatment)) {
        names.push(`${column.name} = ${level}`);
        mean.push(0);
        scale.push(1);
      }
      continue;
    }
    const { treatment, scaling } = treatNumbers(column, limit);
    treatments.push(treatment);
    if (scaling === undefined) continue;
    names.push(column.name);
    mean.push(scaling.mean[0] ?? 0);
    scale.push(scaling.scale[0] ?? 1);
  }
  if (names.length === 0)
    throw new UserError(
      `no column is left to learn from: ${treatments.map((t) => `"${t.column}" ${t.kind === "left out" ? reasons[t.why] : ""}`).join(", ")}`,
    );
  return { treatments, names, limit, scaling: { mean: Float64Array.from(mean), scale: Float64Array.from(scale) } };
}

/** What `encode` does to one column of the rows that it is given. */
export interface Effect {
  readonly column: string;
  /** Missing cells: the median in a column of numbers, 0 everywhere in one of labels. */
  readonly missing: number;
  /** Numbers that were further than `limit` standard deviations from the mean. */
  readonly limited: number;
  /** Cells with a label that no training row has, which are 0 everywhere; and those labels. */
  readonly unseen: number;
  readonly unseenLevels: readonly string[];
}

/** What `encode` does to the given rows, for each column that it takes; so that no cell is changed without a word. */
export function encodingEffects(encoding: Encoding, table: Table, rows: ArrayLike<number>): Effect[] {
  const part = table.take(rows);
  let at = 0;
  return encoding.treatments.flatMap((treatment): Effect[] => {
    if (treatment.kind === "left out") return [];
    const first = at;
    at += treatment.kind === "number" ? 1 : treatment.levels.length;
    const column = part.column(treatment.column);
    const effect = { column: column.name, missing: countMissing(column), limited: 0, unseen: 0, unseenLevels: [] };
    if (column.kind === "number") {
      const { scaling, limit } = encoding;
      const [mean, scale] = [scaling.mean[first] ?? 0, scaling.scale[first] ?? 1];
      const beyond = (x: number): boolean => limit > 0 && Math.abs((x - mean) / scale) > limit;
      return [{ ...effect, limited: column.values.reduce((n, x) => n + (beyond(x) ? 1 : 0), 0) }];
    }
    const known = new Set(encodedLevels(treatment).map((level) => column.levels.indexOf(level)));
    const unseen = column.codes.filter((code) => code >= 0 && !known.has(code));
    const unseenLevels = [...new Set(unseen)].sort((a, b) => a - b).map((code) => column.levels[code] ?? "");
    return [{ ...effect, unseen: unseen.length, unseenLevels }];
  });
}

/** Why a column is left out, in words that follow its name. */
export const reasons = {
  constant: "has the same value in every training row",
  text: "holds text that hardly repeats",
  empty: "has no value in any training row",
} as const;

/** The rows as a row-major matrix of `encoding.names.length` columns. A label never seen in training is 0 everywhere, like a missing one. */
export function encode(encoding: Encoding, table: Table, rows: ArrayLike<number>): Float64Array {
  const part = table.take(rows);
  const width = encoding.names.length;
  const matrix = new Float64Array(part.rowCount * width);
  let at = 0;
  for (const treatment of encoding.treatments) {
    if (treatment.kind === "left out") continue;
    const column = part.column(treatment.column);
    if (treatment.kind === "number") {
      const { values, missing } = part.numbers(treatment.column);
      for (let i = 0; i < part.rowCount; i += 1)
        matrix[i * width + at] = missing[i] === 1 ? treatment.fill : (values[i] ?? treatment.fill);
      at += 1;
    } else {
      if (column.kind === "number")
        throw new UserError(`column "${column.name}" held labels when the encoding was fitted and holds numbers now`);
      for (const level of encodedLevels(treatment)) {
        const code = column.levels.indexOf(level);
        for (let i = 0; i < part.rowCount; i += 1)
          if (column.codes[i] === code && code >= 0) matrix[i * width + at] = 1;
        at += 1;
      }
    }
  }
  const { limit } = encoding;
  const scaled = applyScaling(encoding.scaling, matrix);
  return limit === 0 ? scaled : scaled.map((x) => Math.max(-limit, Math.min(limit, x)));
}

function encodedLevels(treatment: Treatment): readonly string[] {
  return treatment.kind === "one-hot" ? treatment.levels : [];
}

function treatNumbers(column: NumberColumn, limit: number): { treatment: Treatment; scaling?: Scaling } {
  const present = column.values.filter((_, i) => column.missing[i] === 0).sort();
  if (present.length === 0) return { treatment: { kind: "left out", column: column.name, why: "empty" } };
  if (present[0] === present[present.length - 1])
    return { treatment: { kind: "left out", column: column.name, why: "constant" } };
  const fill = quantileSorted(present, 0.5);
  const filled = column.values.map((x, i) => (column.missing[i] === 1 ? fill : x));
  const scaling = fitScaling(filled, 1);
  const beyond = limit === 0 ? 0 : applyScaling(scaling, filled).filter((x) => Math.abs(x) > limit).length;
  const missing = column.values.length - present.length;
  return { treatment: { kind: "number", column: column.name, fill, missing, limited: beyond }, scaling };
}

function treatLabels(column: LabelColumn): Treatment {
  const used = new Set(column.codes);
  const levels = column.levels.filter((_, code) => used.has(code));
  let missing = 0;
  for (let i = 0; i < column.codes.length; i += 1) if (isMissing(column, i)) missing += 1;
  if (levels.length === 0) return { kind: "left out", column: column.name, why: "empty" };
  if (column.kind === "text") return { kind: "left out", column: column.name, why: "text" };
  if (levels.length === 1 && missing === 0) return { kind: "left out", column: column.name, why: "constant" };
  return { kind: "one-hot", column: column.name, levels, missing };
}
