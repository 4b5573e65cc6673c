/** Tables from values already in memory. */
import { ShapeError, UserError } from "../base/errors.js";
import { type Column, labelColumn, numberColumn, Table } from "./table.js";

/** null, undefined and NaN mean missing; true and false count as 1 and 0. Texts are labels, also those that look like numbers. */
export type Cell = number | string | boolean | null | undefined;

/**
 * A table of rows, given as objects (their keys name the columns, in the order of first appearance; an absent key is a missing cell) or as arrays
 * with the names of the columns in `names`.
 *
 * @throws UserError when a column mixes numbers and texts, naming the first row of each; ShapeError when an array is too long or short.
 */
export function fromRows(rows: readonly Readonly<Record<string, Cell>>[]): Table;
export function fromRows(rows: readonly (readonly Cell[])[], names: readonly string[]): Table;
export function fromRows(
  rows: readonly (Readonly<Record<string, Cell>> | readonly Cell[])[],
  names?: readonly string[],
): Table {
  if (names !== undefined) {
    const lists = rows.map((row, r) => {
      if (!isList(row)) throw new UserError(`fromRows: row ${r} must be an array where names of columns are given`);
      if (row.length !== names.length)
        throw new ShapeError(`fromRows: row ${r} has ${row.length} cells for ${names.length} columns`);
      return row;
    });
    return new Table(
      names.map((name, i) =>
        fromCells(
          name,
          lists.map((row) => row[i]),
        ),
      ),
    );
  }
  const found = new Set<string>();
  const records = rows.map((row, r) => {
    if (isList(row))
      throw new UserError(`fromRows: row ${r} is an array; pass the names of the columns as second argument`);
    for (const name of Object.keys(row)) found.add(name);
    return row;
  });
  return new Table(
    [...found].map((name) =>
      fromCells(
        name,
        records.map((row) => row[name]),
      ),
    ),
  );
}

function isList(row: Readonly<Record<string, Cell>> | readonly Cell[]): row is readonly Cell[] {
  return Array.isArray(row);
}

function fromCells(name: string, cells: readonly Cell[]): Column {
  const firstText = cells.findIndex((cell) => typeof cell === "string");
  const firstNumber = cells.findIndex((cell) => typeof cell === "number" || typeof cell === "boolean");
  if (firstText >= 0 && firstNumber >= 0)
    throw new UserError(
      `fromRows: column "${name}" mixes numbers (row ${firstNumber}: ${cells[firstNumber]}) and texts (row ${firstText}: "${cells[firstText]}")`,
    );
  if (firstText >= 0)
    return labelColumn(
      name,
      cells.map((cell) => (typeof cell === "string" ? cell : null)),
    );
  return numberColumn(
    name,
    cells.map((cell) => (cell === null || cell === undefined ? Number.NaN : Number(cell))),
  );
}
