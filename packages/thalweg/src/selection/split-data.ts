/** One division of data into training, validation and test. */
import { UserError } from "../base/errors.js";
import { checkSettings, flag, satisfies, wholeNumber } from "../base/settings.js";
import type { LabelsInput } from "../data/labels.js";
import { splitRows } from "../data/split.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { Targets } from "../preprocessing/estimator.js";
import { chooseTest } from "./resampling.js";
import { checkSameRows, takeRowsOf, takeTargets } from "./rows.js";
import { codesFor, keyOf } from "./splitter.js";

export interface SplitDataSettings {
  /** The test part, a fraction of all rows. Default: 0.2. */
  readonly test?: number;
  /** The validation part, a fraction of all rows. Default: 0. */
  readonly validation?: number;
  /** Keep the shares of the classes of y. Default: false. */
  readonly stratify?: boolean;
  /** Random order; without it the last rows are the test, those before them the validation part, as time series need. Default: true. */
  readonly shuffle?: boolean;
  /** Default: 42. */
  readonly seed?: number;
}

export interface DataPart {
  readonly x: RowsInput;
  readonly y: Targets;
  /** Where the rows stood. */
  readonly rows: Int32Array;
}

export interface DataParts {
  readonly train: DataPart;
  /** Without rows unless asked for. */
  readonly validation: DataPart;
  readonly test: DataPart;
}

/**
 *     const { train, test } = splitData(x, y, { test: 0.25, stratify: true, seed: 1 });
 *
 * Every row is in exactly one part. @throws UserError when a part that was asked for, or the training part, would have no row.
 */
export function splitData(x: RowsInput, y: Targets, given: SplitDataSettings = {}): DataParts {
  const op = "splitData";
  const fraction = satisfies(
    "a fraction from 0 up to, not including, 1",
    (v) => typeof v === "number" && v >= 0 && v < 1,
  );
  const settings = checkSettings<Required<SplitDataSettings>>(
    op,
    given,
    { test: 0.2, validation: 0, stratify: false, shuffle: true, seed: 42 },
    { test: fraction, validation: fraction, stratify: flag(), shuffle: flag(), seed: wholeNumber() },
  );
  if (settings.test + settings.validation >= 1)
    throw new UserError(
      `${op}: test and validation must leave rows to train on, got ${settings.test} and ${settings.validation}`,
    );
  if (settings.stratify && !settings.shuffle)
    throw new UserError(`${op}: stratify needs shuffle; rows in order cannot keep the shares of classes`);
  const rows = checkSameRows(op, x, y);
  const parts = settings.stratify ? stratified(op, rows, y, settings) : plain(op, rows, settings);
  const part = (chosen: Int32Array): DataPart => ({
    x: takeRowsOf(op, x, chosen),
    y: takeTargets(op, y, chosen),
    rows: chosen,
  });
  return { train: part(parts.train), validation: part(parts.validation), test: part(parts.test) };
}

interface Chosen {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

function plain(op: string, rows: number, { test, validation, shuffle, seed }: Required<SplitDataSettings>): Chosen {
  if (shuffle) return splitRows(rows, { test, validation: validation / (1 - test), seed });
  const size = (share: number): number => (share === 0 ? 0 : Math.max(1, Math.round(rows * share)));
  const [testSize, validationSize] = [size(test), size(validation)];
  const trainSize = rows - testSize - validationSize;
  if (trainSize < 1)
    throw new UserError(`${op}: ${rows} rows are too few for these parts and at least one to train on`);
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  return {
    train: order.slice(0, trainSize),
    validation: order.slice(trainSize, trainSize + validationSize),
    test: order.slice(trainSize + validationSize),
  };
}

function stratified(
  op: string,
  rows: number,
  y: Targets,
  { test, validation, seed }: Required<SplitDataSettings>,
): Chosen {
  const classes = codesFor(op, "y", y as LabelsInput, rows);
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  const isTest =
    test === 0 ? new Uint8Array(rows) : chooseTest(op, rows, test, classes, (c) => keyOf(seed, op, "test", c));
  const rest = all.filter((i) => isTest[i] === 0);
  if (validation === 0) return { train: rest, validation: new Int32Array(0), test: all.filter((i) => isTest[i] === 1) };
  const left = { codes: rest.map((i) => classes.codes[i] ?? 0), count: classes.count };
  const isValidation = chooseTest(op, rest.length, validation / (1 - test), left, (c) =>
    keyOf(seed, op, "validation", c),
  );
  return {
    train: rest.filter((_, k) => isValidation[k] === 0),
    validation: rest.filter((_, k) => isValidation[k] === 1),
    test: all.filter((i) => isTest[i] === 1),
  };
}
