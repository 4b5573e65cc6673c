/** The categories of each column, as encoders learn them. */
import { ShapeError, UserError } from "../base/errors.js";
import { type Constraint, satisfies } from "../base/settings.js";
import { distinctLabels, type Label, showLabels } from "../data/labels.js";
import { type Cell, type Columns, type RowsInput, readColumnsOf } from "./columns.js";
import type { StateReader } from "./transformer-kind.js";

export const categoriesConstraint: Constraint = satisfies(
  '"auto" or one array of different categories for each column',
  (v) =>
    v === "auto" ||
    (Array.isArray(v) &&
      v.every((list: unknown) => Array.isArray(list) && list.length > 0 && new Set(list).size === list.length)),
);

export type CategoriesSetting = "auto" | readonly (readonly Label[])[];

/** Categories in ascending order, or as given; missing cells are no category. */
export function learnCategories(op: string, x: RowsInput, given: CategoriesSetting): (readonly Label[])[] {
  const { columns } = readColumnsOf(op, "x", x);
  if (given !== "auto" && given.length !== columns.length)
    throw new ShapeError(`${op}: categories lists ${given.length} columns, x has ${columns.length}`);
  return columns.map((cells, j) => {
    const present = cells.filter((cell) => cell !== null);
    const kinds = new Set(present.map((cell) => typeof cell));
    if (kinds.size > 1) throw new UserError(`${op}: column ${j} of x mixes numbers and texts; make them all texts`);
    const found = distinctLabels(present);
    if (given === "auto") {
      if (found.length === 0)
        throw new UserError(`${op}: column ${j} of x has nothing but missing cells; leave it out`);
      return found;
    }
    const allowed = given[j] ?? [];
    const stray = found.filter((label) => !allowed.includes(label));
    if (stray.length > 0)
      throw new UserError(
        `${op}: column ${j} of x has ${showLabels(stray)}, which the setting categories does not list`,
      );
    return [...allowed];
  });
}

export interface Policy {
  readonly unknown: string;
  readonly missing: string;
}

/** The position of each cell among the categories of its column: −1 for an unknown one, −2 for a missing one, where those may pass. */
export function encodeColumns(
  op: string,
  x: RowsInput,
  categories: readonly (readonly Label[])[],
  policy: Policy,
): { codes: Int32Array[]; rows: number } {
  const read: Columns = readColumnsOf(op, "x", x);
  if (read.columns.length !== categories.length)
    throw new ShapeError(
      `${op}: x has ${read.columns.length} columns, and the encoder was fitted on ${categories.length}`,
    );
  const codes = read.columns.map((cells, j) => {
    const known = new Map((categories[j] ?? []).map((label, code) => [label, code]));
    return Int32Array.from(cells, (cell, i) => {
      if (cell === null) {
        if (policy.missing === "error")
          throw new UserError(`${op}: the cell in row ${i}, column ${j} is missing; fill it first, or set missing`, {
            argument: "x",
            row: i,
          });
        return -2;
      }
      const code = known.get(cell);
      if (code === undefined && policy.unknown === "error")
        throw new UserError(
          `${op}: row ${i}, column ${j} has ${JSON.stringify(cell)}, which was not there when the encoder was fitted (${showLabels(categories[j] ?? [])}); set unknown to let such rows pass`,
          { argument: "x", row: i },
        );
      return code ?? -1;
    });
  });
  return { codes, rows: read.rows };
}

export function readCategories(kind: string, state: StateReader): (readonly Label[])[] {
  return state.list("categories").map((list) => {
    if (!Array.isArray(list) || !list.every((c) => typeof c === "string" || typeof c === "number"))
      throw new UserError(`${kind}.fromJSON: categories must be arrays of numbers and texts`);
    return list as Label[];
  });
}

export type { Cell };
