/** Ordinal encoding: each category becomes its position, 0, 1, 2, … */
import { UserError } from "../base/errors.js";
import { either, oneOf, wholeNumber } from "../base/settings.js";
import type { Label } from "../data/labels.js";
import { checkColumns, type MatrixInput, matrixTensor, readMatrix } from "../data/matrix.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  type CategoriesSetting,
  categoriesConstraint,
  encodeColumns,
  learnCategories,
  readCategories,
} from "./categories.js";
import type { RowsInput } from "./columns.js";
import type { FittedTransformer, ModelJSON } from "./estimator.js";
import { inputNames, type TransformerKind, transformerKind } from "./transformer-kind.js";

export interface OrdinalSettings {
  /** "auto": those of the rows fitted on, ascending; or one array for each column, in its order. Default: "auto". */
  readonly categories: CategoriesSetting;
  /** A category that was not there at fitting is an error, or becomes this number (not one of a category). Default: "error". */
  readonly unknown: "error" | number;
  /** A missing cell is an error, or becomes this number. Default: "error". */
  readonly missing: "error" | number;
}

/** Turns categories into their positions, for features whose categories have an order. */
export const ordinalEncoder: TransformerKind<OrdinalSettings, FittedOrdinal> = transformerKind<
  OrdinalSettings,
  FittedOrdinal
>({
  kind: "ordinalEncoder",
  defaults: { categories: "auto", unknown: "error", missing: "error" },
  constraints: {
    categories: categoriesConstraint,
    unknown: either(oneOf("error"), wholeNumber()),
    missing: either(oneOf("error"), wholeNumber()),
  },
  fit(settings, x) {
    const op = "ordinalEncoder.fit";
    const categories = learnCategories(op, x, settings.categories);
    const most = Math.max(0, ...categories.map((list) => list.length));
    for (const name of ["unknown", "missing"] as const) {
      const value = settings[name];
      if (typeof value === "number" && value >= 0 && value < most)
        throw new UserError(
          `${op}: ${name} is ${value}, which is the position of a category; take −1 or a number ≥ ${most}`,
        );
    }
    if (settings.missing === "error") encodeColumns(op, x, categories, { unknown: "error", missing: "error" });
    return new FittedOrdinal(settings, categories);
  },
  read: (settings, state) => new FittedOrdinal(settings, readCategories("ordinalEncoder", state)),
});

export class FittedOrdinal implements FittedTransformer {
  readonly kind = "ordinalEncoder";
  readonly settings: OrdinalSettings;
  readonly categories: readonly (readonly Label[])[];

  constructor(settings: OrdinalSettings, categories: readonly (readonly Label[])[]) {
    this.settings = settings;
    this.categories = categories;
  }

  get inputColumns(): number {
    return this.categories.length;
  }

  get outputColumns(): number {
    return this.categories.length;
  }

  transform(x: RowsInput): Tensor {
    const { unknown, missing } = this.settings;
    const { codes, rows } = encodeColumns("ordinalEncoder.transform", x, this.categories, {
      unknown: String(unknown),
      missing: String(missing),
    });
    const columns = this.categories.length;
    const data = new Float64Array(rows * columns);
    codes.forEach((column, j) => {
      column.forEach((code, i) => {
        data[i * columns + j] = code >= 0 ? code : Number(code === -1 ? unknown : missing);
      });
    });
    return matrixTensor({ rows, columns, data });
  }

  /** The category at each position; null where there is none. */
  inverseTransform(x: MatrixInput): (Label | null)[][] {
    const op = "ordinalEncoder.inverseTransform";
    const matrix = readMatrix(op, "x", x);
    checkColumns(op, "x", matrix, this.inputColumns);
    const { rows, columns, data } = matrix;
    return Array.from({ length: rows }, (_, i) =>
      this.categories.map((list, j) => list[data[i * columns + j] ?? -1] ?? null),
    );
  }

  columnNames(input?: readonly string[]): string[] {
    return [...inputNames(this.kind, this.inputColumns, input)];
  }

  toJSON(): ModelJSON {
    return { kind: this.kind, settings: { ...this.settings }, state: { categories: this.categories } };
  }
}
