/** Fills missing numbers (NaN, or null in rows) with a statistic of their column. */
import { UserError } from "../base/errors.js";
import { anyNumber, flag, oneOf } from "../base/settings.js";
import { checkColumns, matrixTensor, readWeights } from "../data/matrix.js";
import { sum } from "../data/statistics.js";
import type { Tensor } from "../tensor/tensor.js";
import { type RowsInput, readNumbers } from "./columns.js";
import type { FittedTransformer, ModelJSON } from "./estimator.js";
import { inputNames, type TransformerKind, transformerKind } from "./transformer-kind.js";
import { type SortedColumn, sortedColumn, weightedQuantile } from "./weighted-quantile.js";

export interface ImputerSettings {
  /** Of equally frequent numbers the least. Default: "mean". */
  readonly strategy: "mean" | "median" | "mostFrequent" | "constant";
  /** For "constant". Default: 0. */
  readonly fill: number;
  /** Append a column of 0 and 1 for each column that had missing cells at fitting. Default: false. */
  readonly indicator: boolean;
}

/** Learns what to put in place of missing numbers. A column without any number is refused, except by "constant". Takes sample weights. */
export const imputer: TransformerKind<ImputerSettings, FittedImputer> = transformerKind<ImputerSettings, FittedImputer>(
  {
    kind: "imputer",
    defaults: { strategy: "mean", fill: 0, indicator: false },
    constraints: {
      strategy: oneOf("mean", "median", "mostFrequent", "constant"),
      fill: anyNumber(),
      indicator: flag(),
    },
    fit(settings, x, _y, { sampleWeight }) {
      const matrix = readNumbers("imputer.fit", "x", x, { missing: true, borrow: true });
      const weights = readWeights("imputer.fit", sampleWeight, matrix.rows);
      const counted = weights?.reduce((n, w) => n + Math.sign(w), 0) ?? matrix.rows;
      const sorted = Array.from({ length: matrix.columns }, (_, j) => sortedColumn(matrix, j, weights));
      const fills = Float64Array.from(sorted, (column, j) => fillOf(settings, column, j));
      const flagged = [...sorted.keys()].filter((j) => (sorted[j]?.values.length ?? 0) < counted);
      return new FittedImputer(settings, fills, settings.indicator ? flagged : []);
    },
    read: (settings, state) => new FittedImputer(settings, state.numbers("fills"), [...state.numbers("flagged")]),
  },
);

function fillOf({ strategy, fill }: ImputerSettings, column: SortedColumn, j: number): number {
  if (strategy === "constant") return fill;
  const { values, weights } = column;
  if (values.length === 0)
    throw new UserError(
      `imputer.fit: column ${j} of x has no number at all${weights === undefined ? "" : " with weight"}, so that there is no ${strategy}; leave it out, or use strategy "constant"`,
    );
  if (strategy === "median") return weightedQuantile(column, 0.5);
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  if (strategy === "mean")
    return weights === undefined
      ? sum(values) / values.length
      : sum(values.map((v, i) => v * weightOf(i))) / sum(weights);
  let [best, most] = [values[0] ?? 0, 0];
  for (let i = 0; i < values.length; ) {
    const value = values[i] ?? 0;
    let total = 0;
    for (; i < values.length && values[i] === value; i += 1) total += weightOf(i);
    if (total > most) [best, most] = [value, total];
  }
  return best;
}

export class FittedImputer implements FittedTransformer {
  readonly kind = "imputer";
  readonly settings: ImputerSettings;
  /** What each column is filled with. */
  readonly fills: Float64Array;
  /** Columns that an indicator is appended for. */
  readonly flagged: readonly number[];

  constructor(settings: ImputerSettings, fills: Float64Array, flagged: readonly number[]) {
    this.settings = settings;
    this.fills = fills;
    this.flagged = flagged;
  }

  get inputColumns(): number {
    return this.fills.length;
  }

  get outputColumns(): number {
    return this.fills.length + this.flagged.length;
  }

  transform(x: RowsInput): Tensor {
    const matrix = readNumbers("imputer.transform", "x", x, { missing: true });
    checkColumns("imputer.transform", "x", matrix, this.inputColumns);
    const { rows, columns, data } = matrix;
    const width = this.outputColumns;
    const result = new Float64Array(rows * width);
    for (let i = 0; i < rows; i += 1) {
      for (let j = 0; j < columns; j += 1) {
        const value = data[i * columns + j] ?? 0;
        result[i * width + j] = Number.isNaN(value) ? (this.fills[j] ?? 0) : value;
      }
      this.flagged.forEach((j, k) => {
        result[i * width + columns + k] = Number.isNaN(data[i * columns + j]) ? 1 : 0;
      });
    }
    return matrixTensor({ rows, columns: width, data: result });
  }

  columnNames(input?: readonly string[]): string[] {
    const names = inputNames(this.kind, this.inputColumns, input);
    return [...names, ...this.flagged.map((j) => `${names[j]} missing`)];
  }

  toJSON(): ModelJSON {
    return {
      kind: this.kind,
      settings: { ...this.settings },
      state: { fills: [...this.fills], flagged: this.flagged },
    };
  }
}
