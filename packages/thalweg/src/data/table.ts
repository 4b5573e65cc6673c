/** A table: named columns of equal length, each of numbers or of labels, with missing cells marked. Tables are never changed. */
import { IndexError, ShapeError, UserError } from "../base/errors.js";
import { suggestNames } from "../base/nearest-name.js";

/** Numbers. A missing cell holds NaN in `values` and 1 in `missing`. */
export interface NumberColumn {
  readonly kind: "number";
  readonly name: string;
  readonly values: Float64Array;
  readonly missing: Uint8Array;
}

/**
 * Labels: `levels[codes[i]]` is the label of row i, −1 means missing. Levels are in the order of their characters. A `category` repeats few
 * labels; a `text` has so many that they say nothing about other rows (names, remarks, identifiers).
 */
export interface LabelColumn {
  readonly kind: "category" | "text";
  readonly name: string;
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}

export type Column = NumberColumn | LabelColumn;

/** At most this many different labels make a category. */
const mostLevels = 64;

export class Table {
  readonly columns: readonly Column[];
  readonly rowCount: number;
  readonly #byName = new Map<string, Column>();

  /**
   * @throws ShapeError when the columns differ in length; UserError when two have one name.
   */
  constructor(columns: readonly Column[]) {
    this.columns = [...columns];
    const first = columns[0];
    this.rowCount = first === undefined ? 0 : lengthOf(first);
    for (const column of columns) {
      if (lengthOf(column) !== this.rowCount)
        throw new ShapeError(
          `Table: column "${column.name}" has ${lengthOf(column)} rows, "${first?.name}" has ${this.rowCount}`,
        );
      if (this.#byName.has(column.name)) throw new UserError(`Table: two columns are called "${column.name}"`);
      this.#byName.set(column.name, column);
    }
  }

  get names(): string[] {
    return this.columns.map((c) => c.name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** @throws UserError when there is no such column, with names that are close to it. */
  column(name: string): Column {
    const column = this.#byName.get(name);
    if (column === undefined)
      throw new UserError(`there is no column "${name}" in the table; ${suggestNames(name, this.names)}`);
    return column;
  }

  /** A column that must hold numbers. */
  numbers(name: string): NumberColumn {
    const column = this.column(name);
    if (column.kind !== "number")
      throw new UserError(
        `column "${name}" holds labels such as ${exampleLabels(column)}, and numbers are needed here; choose another column or encode it`,
      );
    return column;
  }

  /** The named columns, in the order of `names`. */
  select(names: readonly string[]): Table {
    return new Table(names.map((name) => this.column(name)));
  }

  /** All but the named columns. */
  drop(names: readonly string[]): Table {
    const gone = new Set(names.map((name) => this.column(name)));
    return new Table(this.columns.filter((c) => !gone.has(c)));
  }

  /** The rows with the given numbers, in that order; the levels of labels stay as they are. */
  take(rows: ArrayLike<number>): Table {
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] ?? -1;
      if (!Number.isInteger(row) || row < 0 || row >= this.rowCount)
        throw new IndexError(`Table.take: row ${rows[i]} is outside of a table of ${this.rowCount} rows`);
    }
    return new Table(this.columns.map((column) => takeRows(column, rows)));
  }
}

/** A column of numbers; NaN counts as missing. The array is copied. */
export function numberColumn(name: string, values: ArrayLike<number>): NumberColumn {
  const copy = Float64Array.from(values);
  return { kind: "number", name, values: copy, missing: Uint8Array.from(copy, (x) => (Number.isNaN(x) ? 1 : 0)) };
}

/** A column of labels; null means missing. Whether it is a category or text follows from how often labels repeat. */
export function labelColumn(name: string, labels: readonly (string | null)[]): LabelColumn {
  const levels = [...new Set(labels.filter((l) => l !== null))].sort();
  const codeOf = new Map(levels.map((level, code) => [level, code]));
  const codes = Int32Array.from(labels, (label) => (label === null ? -1 : (codeOf.get(label) ?? -1)));
  const present = labels.reduce((n, label) => n + (label === null ? 0 : 1), 0);
  const category = levels.length <= mostLevels && (levels.length <= 2 || 2 * levels.length <= present);
  return { kind: category ? "category" : "text", name, codes, levels };
}

export function isMissing(column: Column, row: number): boolean {
  return column.kind === "number" ? column.missing[row] === 1 : column.codes[row] === -1;
}

export function countMissing(column: Column): number {
  let count = 0;
  for (let row = 0; row < lengthOf(column); row += 1) if (isMissing(column, row)) count += 1;
  return count;
}

function lengthOf(column: Column): number {
  return column.kind === "number" ? column.values.length : column.codes.length;
}

function takeRows(column: Column, rows: ArrayLike<number>): Column {
  const { name } = column;
  if (column.kind !== "number") {
    const codes = Int32Array.from(rows, (row) => column.codes[row] ?? -1);
    return { kind: column.kind, name, codes, levels: column.levels };
  }
  return {
    kind: "number",
    name,
    values: Float64Array.from(rows, (row) => column.values[row] ?? Number.NaN),
    missing: Uint8Array.from(rows, (row) => column.missing[row] ?? 1),
  };
}

function exampleLabels(column: LabelColumn): string {
  return column.levels
    .slice(0, 3)
    .map((level) => `"${level}"`)
    .join(", ");
}
