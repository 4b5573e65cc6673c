/** From a table to tensors: rows without a target out, split, encoded and standardised by what the training rows say. */
import { type Tensor, tensor, UserError } from "thalweg";
import {
  applyScaling,
  type ColumnSummary,
  describe,
  type Encoding,
  encode,
  fitEncoding,
  fitScaling,
  type Scaling,
  type Split,
  splitRows,
  type Table,
} from "thalweg/data";
import { count, short } from "../screen/format.js";
import type { Loaded } from "./load.js";
import type { CompareSettings } from "./settings.js";
import { describeEncoding } from "./treatments.js";

/** One of the three parts of the data. */
export interface Part {
  /** [rows, inputs], encoded, float32. */
  readonly inputs: Tensor;
  /** [rows, 1], standardised, float32. */
  readonly targets: Tensor;
  /** The targets in their own unit. */
  readonly truth: Float64Array;
  readonly rows: number;
}

export interface Prepared {
  readonly table: Table;
  readonly target: string;
  readonly unit: string | undefined;
  readonly summaries: readonly ColumnSummary[];
  readonly split: Split;
  readonly encoding: Encoding;
  /** Of the target, fitted on the training rows. */
  readonly targetScaling: Scaling;
  readonly train: Part;
  readonly validation: Part;
  readonly test: Part;
  /** What was done to the data, a sentence each. */
  readonly treatments: readonly string[];
  /** What a reader should look at twice, a sentence each. */
  readonly warnings: readonly string[];
}

const fewestRows = 10;

export function prepare(loaded: Loaded, settings: CompareSettings): Prepared {
  const { target } = loaded;
  const dropped = [...new Set(settings.drop)];
  const whole = loaded.table.drop(dropped);
  const column = targetColumn(whole, loaded);
  const rows = [...column.values.keys()].filter((row) => column.missing[row] === 0);
  const withoutTarget = whole.rowCount - rows.length;
  const table = withoutTarget === 0 ? whole : whole.take(rows);
  checkTarget(table, target, withoutTarget, dropped.length);

  const split = splitRows(table.rowCount, {
    test: settings.test,
    validation: settings.validation,
    seed: settings.seed,
  });
  const features = table.drop([target]);
  const encoding = fitColumns(features, split, settings, loaded);
  const truth = (part: ArrayLike<number>): Float64Array => table.take(part).numbers(target).values;
  const targetScaling = fitScaling(truth(split.train), 1);
  const makePart = (part: Int32Array): Part => ({
    inputs: tensor(Float32Array.from(encode(encoding, features, part)), {
      shape: [part.length, encoding.names.length],
    }),
    targets: tensor(Float32Array.from(applyScaling(targetScaling, truth(part))), { shape: [part.length, 1] }),
    truth: truth(part),
    rows: part.length,
  });
  const summaries = describe(table);
  return {
    table,
    target,
    unit: loaded.unit,
    summaries,
    split,
    encoding,
    targetScaling,
    train: makePart(split.train),
    validation: makePart(split.validation),
    test: makePart(split.test),
    treatments: [
      ...loaded.notes,
      ...(dropped.length > 0 ? [`Left out as told: ${dropped.join(", ")}.`] : []),
      ...(withoutTarget > 0
        ? [`${count(withoutTarget, "row")} without a value of ${target} left out${linesOf(loaded, column.missing)}.`]
        : []),
      ...describeEncoding(encoding, features, split),
      `The target ${target} is standardised by the mean and deviation of the training rows; results are given in its own unit.`,
    ],
    warnings: findWarnings(table, target, summaries, encoding, split),
  };
}

function targetColumn(table: Table, { target, doubts }: Loaded) {
  const column = table.column(target);
  if (column.kind !== "number") {
    const doubt = doubts.find((d) => d.column === target);
    const examples = column.levels.slice(0, 3).map((level) => `"${level}"`);
    throw new UserError(
      doubt === undefined
        ? `the target "${target}" holds labels such as ${examples.join(", ")}; this command predicts numbers. Choose a column of numbers with --target`
        : `the target "${target}" holds labels that are nearly numbers, such as ${doubt.text}; this command predicts numbers${decimalHint([doubt])}`,
    );
  }
  return column;
}

function fitColumns(features: Table, { train }: Split, { inputLimit }: CompareSettings, { doubts }: Loaded): Encoding {
  try {
    return fitEncoding(features, train, { limit: inputLimit });
  } catch (error) {
    const some = doubts.filter((d) => features.has(d.column));
    if (!(error instanceof UserError) || some.length === 0) throw error;
    const lines = some
      .slice(0, 10)
      .map((d) => `\n  "${d.column}" has cells that are nearly numbers, such as ${d.text}`);
    throw new UserError(`${error.message}${lines.join("")}${decimalHint(some)}`);
  }
}

/** Which option helps, where commas are what keeps cells from being numbers. */
function decimalHint(doubts: Loaded["doubts"]): string {
  return doubts.some((d) => /decimals with a point|without commas/.test(d.text))
    ? "\nWith --decimal comma the comma is the decimal sign."
    : "";
}

function checkTarget(table: Table, target: string, withoutTarget: number, dropped: number): void {
  if (table.rowCount === 0 && withoutTarget > 0)
    throw new UserError(`the target "${target}" has no value in any row; choose another column with --target`);
  if (table.rowCount < fewestRows)
    throw new UserError(
      `the table has ${count(table.rowCount, "row")}${withoutTarget > 0 ? ` with a value of "${target}"` : ""}, and at least ${fewestRows} are needed to train, validate and test on different rows`,
    );
  const { values } = table.numbers(target);
  if (values.every((y) => y === values[0]))
    throw new UserError(`the target "${target}" is ${values[0]} in every row: there is nothing to predict`);
  if (table.columns.length === 1)
    throw new UserError(
      dropped > 0
        ? `"${target}" is the only column that --drop leaves; there is nothing to predict it from`
        : `"${target}" is the only column; there is nothing to predict it from (is the delimiter right? see --delimiter)`,
    );
}

function findWarnings(
  table: Table,
  target: string,
  summaries: readonly ColumnSummary[],
  encoding: Encoding,
  split: Split,
): string[] {
  const list: string[] = [];
  const y = table.numbers(target).values;
  for (const summary of summaries) {
    const { name, missing } = summary;
    if (missing > 0.5 * table.rowCount && name !== target)
      list.push(`${name}: ${((100 * missing) / table.rowCount).toFixed(0)} % of the values are missing.`);
    if (summary.kind !== "number") continue;
    const { values } = table.numbers(name);
    if (name === target) {
      if (summary.distinct <= 10)
        list.push(`The target has ${summary.distinct} different values only; it is treated as a number all the same.`);
      continue;
    }
    if (table.rowCount > 20 && countsRows(values))
      list.push(`${name} counts the rows; if it is an identifier, leave it out with --drop "${name}".`);
    const r = correlation(values, y);
    if (Math.abs(r) > 0.999)
      list.push(
        `${name} has a correlation of ${r.toFixed(4)} with the target: does it contain the answer? Leave it out with --drop "${name}".`,
      );
  }
  const summary = summaries.find((s) => s.name === target);
  if (summary?.kind === "number") {
    const capped = y.reduce((n, value) => n + (value === summary.max ? 1 : 0), 0);
    if (capped > 0.02 * y.length && summary.distinct > 20)
      list.push(
        `${count(capped, "row")} (${((100 * capped) / y.length).toFixed(1)} %) have the largest target, ${short(summary.max)}: a cap in the data, which predictions cannot see through.`,
      );
  }
  if (split.train.length < 10 * encoding.names.length)
    list.push(
      `There are ${split.train.length} training rows for ${encoding.names.length} inputs: expect over-fitting and differences by chance.`,
    );
  if (split.validation.length < 30)
    list.push(
      `The validation part has ${count(split.validation.length, "row")}: which epoch and which optimiser is best is largely chance.`,
    );
  if (split.test.length < 100)
    list.push(`The test part has ${count(split.test.length, "row")}: its results are uncertain.`);
  return list;
}

function countsRows(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i += 1) if (values[i] !== (values[i - 1] ?? 0) + 1) return false;
  return true;
}

/** Pearson's correlation over the rows where both are there. */
function correlation(x: Float64Array, y: Float64Array): number {
  let [n, mx, my] = [0, 0, 0];
  const both = (i: number): boolean => !Number.isNaN(x[i] ?? Number.NaN) && !Number.isNaN(y[i] ?? Number.NaN);
  for (let i = 0; i < x.length; i += 1)
    if (both(i)) {
      n += 1;
      mx += ((x[i] ?? 0) - mx) / n;
      my += ((y[i] ?? 0) - my) / n;
    }
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i += 1)
    if (both(i)) {
      const [dx, dy] = [(x[i] ?? 0) - mx, (y[i] ?? 0) - my];
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}

/** Where the rows without a target stand in the user's file. */
function linesOf({ lines }: Loaded, missing: Uint8Array): string {
  if (lines === undefined) return "";
  const found = [...missing.keys()].filter((row) => missing[row] === 1).map((row) => lines[row]);
  return ` (line ${found.slice(0, 5).join(", ")}${found.length > 5 ? ", …" : ""})`;
}
