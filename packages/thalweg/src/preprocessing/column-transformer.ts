/** Different transformers for different columns, their results side by side. */
import { ShapeError, UserError } from "../base/errors.js";
import { checkSettings, oneOf } from "../base/settings.js";
import { kindOf, matrixTensor } from "../data/matrix.js";
import { Table } from "../data/table.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Cell, type ColumnChoice, type Columns, positionsOf, type RowsInput, readColumnsOf } from "./columns.js";
import type { AnyKind, FitOptions, FittedTransformer, ModelJSON, Targets, Transformer } from "./estimator.js";
import { arranged } from "./named-columns.js";
import { stepFromJSON } from "./pipeline.js";
import { inputNames, stateOf } from "./transformer-kind.js";
import { travelling } from "./travelling.js";

const kind = "columnTransformer";

export interface ColumnPart {
  /** Positions, or names where the rows are a table. */
  readonly columns: ColumnChoice;
  /** "pass" leaves the columns as they are (numbers alone). */
  readonly transformer: Transformer | "pass";
}

export interface ColumnTransformerSettings {
  /** What becomes of columns that no part names. Default: "drop". */
  readonly rest?: "drop" | "pass";
}

/**
 *     columnTransformer([
 *       { columns: ["age", "income"], transformer: pipeline(imputer(), standardScaler()) },
 *       { columns: ["town"], transformer: oneHotEncoder({ unknown: "zeros" }) },
 *     ])
 *
 * A column may be in several parts. The columns of the result come part after part, the rest last.
 */
export function columnTransformer(
  parts: readonly ColumnPart[],
  given: ColumnTransformerSettings = {},
): Transformer<FittedColumnTransformer> {
  checkParts(parts);
  const { rest } = checkSettings<Required<ColumnTransformerSettings>>(
    kind,
    given,
    { rest: "drop" },
    { rest: oneOf("drop", "pass") },
  );
  const settings = Object.freeze({
    parts: parts.map(({ columns, transformer }) => ({
      columns,
      transformer: transformer === "pass" ? transformer : transformer.toJSON(),
    })),
    rest,
  });
  const estimator: Transformer<FittedColumnTransformer> = {
    role: "transformer",
    kind,
    settings,
    toJSON: () => ({ kind, settings }),
    fit(x: RowsInput, y?: Targets, options: FitOptions = {}) {
      const op = `${kind}.fit`;
      const read = readColumnsOf(op, "x", x);
      const fitted = parts.map(({ columns, transformer }): FittedPart => {
        const positions = positionsOf(op, columns, read);
        return {
          positions,
          transformer: transformer === "pass" ? "pass" : transformer.fit(rowsOf(read, positions), y, options),
        };
      });
      const named = new Set(fitted.flatMap(({ positions }) => positions));
      const others = read.columns.map((_, j) => j).filter((j) => !named.has(j));
      if (rest === "pass" && others.length > 0) fitted.push({ positions: others, transformer: "pass" });
      return new FittedColumnTransformer(settings, read.columns.length, fitted, read.names);
    },
  };
  const own = parts.flatMap(({ transformer }) => (transformer === "pass" ? [] : [transformer]));
  return travelling(estimator, own);
}

interface FittedPart {
  readonly positions: readonly number[];
  readonly transformer: FittedTransformer | "pass";
}

export class FittedColumnTransformer implements FittedTransformer {
  readonly kind = kind;
  readonly settings: object;
  readonly inputColumns: number;
  readonly outputColumns: number;
  readonly parts: readonly FittedPart[];
  /** The names of the columns, where it was fitted on a table. */
  readonly names: readonly string[] | undefined;

  constructor(
    settings: object,
    inputColumns: number,
    parts: readonly FittedPart[],
    names: readonly string[] | undefined,
  ) {
    this.settings = settings;
    this.inputColumns = inputColumns;
    this.parts = parts;
    this.names = names;
    this.outputColumns = parts.reduce(
      (sum, { positions, transformer }) =>
        sum + (transformer === "pass" ? positions.length : transformer.outputColumns),
      0,
    );
  }

  transform(x: RowsInput): Tensor {
    const op = `${kind}.transform`;
    const named = x instanceof Table && this.names !== undefined ? arranged(op, this.names, x) : x;
    const read = readColumnsOf(op, "x", named);
    if (read.columns.length !== this.inputColumns)
      throw new ShapeError(
        `${op}: x has ${read.columns.length} columns, and the model was fitted on ${this.inputColumns}`,
      );
    const width = this.outputColumns;
    const data = new Float64Array(read.rows * width);
    let start = 0;
    for (const { positions, transformer } of this.parts) {
      const columns = transformer === "pass" ? positions.length : transformer.outputColumns;
      const block =
        transformer === "pass"
          ? passed(op, read, positions)
          : transformer.transform(rowsOf(read, positions)).storage(op);
      for (let i = 0; i < read.rows; i += 1)
        for (let j = 0; j < columns; j += 1) data[i * width + start + j] = block[i * columns + j] ?? 0;
      start += columns;
    }
    return matrixTensor({ rows: read.rows, columns: width, data });
  }

  columnNames(input: readonly string[] | undefined = this.names): string[] {
    const names = inputNames(kind, this.inputColumns, input);
    return this.parts.flatMap(({ positions, transformer }) => {
      const own = positions.map((j) => names[j] ?? `x${j}`);
      return transformer === "pass" ? own : transformer.columnNames(own);
    });
  }

  toJSON(): ModelJSON {
    const parts = this.parts.map(({ positions, transformer }) => ({
      positions,
      transformer: transformer === "pass" ? transformer : transformer.toJSON(),
    }));
    const names = this.names === undefined ? {} : { names: this.names };
    return { kind, settings: { ...this.settings }, state: { inputColumns: this.inputColumns, parts, ...names } };
  }
}

/** The fitted column transformer that `toJSON` wrote; `kinds` are those of its parts. */
export function columnTransformerFromJSON(json: ModelJSON, kinds: readonly AnyKind[]): FittedColumnTransformer {
  const op = "columnTransformerFromJSON";
  if (json?.kind !== kind) throw new UserError(`${op}: this is no column transformer but ${kindOf(json?.kind)}`);
  const { inputColumns, parts, names } = stateOf(op, json);
  if (typeof inputColumns !== "number" || !Array.isArray(parts))
    throw new UserError(`${op}: there are no fitted parts in it`);
  const read = parts.map((part: { positions: number[]; transformer: unknown }): FittedPart => {
    if (part.transformer === "pass") return { positions: part.positions, transformer: "pass" };
    const step = stepFromJSON(op, part.transformer, kinds);
    if (!("transform" in step)) throw new UserError(`${op}: ${step.kind} is no transformer`);
    return { positions: part.positions, transformer: step };
  });
  return new FittedColumnTransformer(
    json.settings,
    inputColumns,
    read,
    Array.isArray(names) ? names.map(String) : undefined,
  );
}

function checkParts(parts: readonly ColumnPart[]): void {
  if (!Array.isArray(parts) || parts.length === 0)
    throw new UserError(`${kind}: parts must be an array of at least one { columns, transformer }`);
  parts.forEach((part: Partial<ColumnPart> | null | undefined, i) => {
    const { columns, transformer } = part ?? {};
    if (!Array.isArray(columns) || columns.length === 0)
      throw new UserError(`${kind}: columns of part ${i} must be an array of at least one name or position`);
    if (transformer !== "pass" && transformer?.role !== "transformer")
      throw new UserError(
        `${kind}: the transformer of part ${i} must be a transformer or "pass", got ${kindOf(transformer)}`,
      );
  });
}

function rowsOf({ rows, columns }: Columns, positions: readonly number[]): Cell[][] {
  return Array.from({ length: rows }, (_, i) => positions.map((j) => columns[j]?.[i] ?? null));
}

function passed(op: string, { rows, columns }: Columns, positions: readonly number[]): Float64Array {
  const data = new Float64Array(rows * positions.length);
  positions.forEach((j, k) => {
    columns[j]?.forEach((cell, i) => {
      if (typeof cell === "string")
        throw new UserError(
          `${op}: column ${j} of x holds texts such as ${JSON.stringify(cell)}, and only numbers pass unchanged; encode it`,
        );
      data[i * positions.length + k] = cell ?? Number.NaN;
    });
  });
  return data;
}
