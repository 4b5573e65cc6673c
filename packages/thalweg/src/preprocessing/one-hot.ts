/** One-hot encoding: for each category of each column a column of 0 and 1. */
import { oneOf } from "../base/settings.js";
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

export interface OneHotSettings {
  /** "auto": those of the rows fitted on, ascending; or one array for each column. Default: "auto". */
  readonly categories: CategoriesSetting;
  /** A category that was not there at fitting is an error, or 0 in every column. Default: "error". */
  readonly unknown: "error" | "zeros";
  /** The same of a missing cell. Default: "error". */
  readonly missing: "error" | "zeros";
  /** Leave out the first column of each feature, or that of features with two categories only: what the others imply. Default: "none". */
  readonly drop: "none" | "first" | "binary";
}

/** Turns numbers and texts that stand for categories into columns of 0 and 1. */
export const oneHotEncoder: TransformerKind<OneHotSettings, FittedOneHot> = transformerKind<
  OneHotSettings,
  FittedOneHot
>({
  kind: "oneHotEncoder",
  defaults: { categories: "auto", unknown: "error", missing: "error", drop: "none" },
  constraints: {
    categories: categoriesConstraint,
    unknown: oneOf("error", "zeros"),
    missing: oneOf("error", "zeros"),
    drop: oneOf("none", "first", "binary"),
  },
  fit: (settings, x) => {
    const categories = learnCategories("oneHotEncoder.fit", x, settings.categories);
    if (settings.missing === "error")
      encodeColumns("oneHotEncoder.fit", x, categories, { unknown: "error", missing: "error" });
    return new FittedOneHot(settings, categories);
  },
  read: (settings, state) => new FittedOneHot(settings, readCategories("oneHotEncoder", state)),
});

export class FittedOneHot implements FittedTransformer {
  readonly kind = "oneHotEncoder";
  readonly settings: OneHotSettings;
  /** Of each column of the input. */
  readonly categories: readonly (readonly Label[])[];
  /** The position of the first column of each feature in the result. */
  readonly #starts: readonly number[];
  readonly outputColumns: number;

  constructor(settings: OneHotSettings, categories: readonly (readonly Label[])[]) {
    this.settings = settings;
    this.categories = categories;
    let width = 0;
    this.#starts = categories.map((list) => {
      const start = width;
      width += list.length - this.#dropped(list);
      return start;
    });
    this.outputColumns = width;
  }

  get inputColumns(): number {
    return this.categories.length;
  }

  #dropped(list: readonly Label[]): number {
    const { drop } = this.settings;
    return drop === "first" || (drop === "binary" && list.length === 2) ? 1 : 0;
  }

  transform(x: RowsInput): Tensor {
    const { codes, rows } = encodeColumns("oneHotEncoder.transform", x, this.categories, this.settings);
    const data = new Float64Array(rows * this.outputColumns);
    codes.forEach((column, j) => {
      const dropped = this.#dropped(this.categories[j] ?? []);
      column.forEach((code, i) => {
        if (code >= dropped) data[i * this.outputColumns + (this.#starts[j] ?? 0) + code - dropped] = 1;
      });
    });
    return matrixTensor({ rows, columns: this.outputColumns, data });
  }

  /** The category of each cell: that of the greatest column; where all are 0 the dropped one, or null. */
  inverseTransform(x: MatrixInput): (Label | null)[][] {
    const op = "oneHotEncoder.inverseTransform";
    const matrix = readMatrix(op, "x", x);
    checkColumns(op, "x", matrix, this.outputColumns);
    return Array.from({ length: matrix.rows }, (_, i) =>
      this.categories.map((list, j) => {
        const dropped = this.#dropped(list);
        const from = i * this.outputColumns + (this.#starts[j] ?? 0);
        const cells = [...matrix.data.subarray(from, from + list.length - dropped)];
        const most = cells.reduce((a, b) => Math.max(a, b), 0);
        const code = most === 0 ? (dropped === 1 ? 0 : -1) : cells.indexOf(most) + dropped;
        return list[code] ?? null;
      }),
    );
  }

  columnNames(input?: readonly string[]): string[] {
    const names = inputNames(this.kind, this.inputColumns, input);
    return this.categories.flatMap((list, j) =>
      list.slice(this.#dropped(list)).map((label) => `${names[j]} = ${label}`),
    );
  }

  toJSON(): ModelJSON {
    return { kind: this.kind, settings: { ...this.settings }, state: { categories: this.categories } };
  }
}
