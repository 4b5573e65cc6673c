/** What divides rows into those to fit on and those to test on, several times over. */
import { ShapeError, UserError } from "../base/errors.js";
import { fold, type Key, key, randomBits } from "../base/random.js";
import { type Constraint, satisfies } from "../base/settings.js";
import { distinctLabels, encodeLabels, type LabelsInput, readLabels } from "../data/labels.js";

/** Row numbers, ascending unless said otherwise. */
export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

export interface SplitContext {
  /** Class labels, for splitters that keep their shares. */
  readonly y?: LabelsInput;
  /** One label a row: rows of one group stay together. */
  readonly groups?: LabelsInput;
}

export interface Splitter {
  readonly kind: string;
  readonly settings: object;
  /**
   * The folds of the rows 0 … rows − 1.
   *
   * @throws UserError when there are too few rows, classes or groups for it.
   */
  split(rows: number, context?: SplitContext): Fold[];
}

/** A splitter, or a number of folds. */
export const foldsConstraint: Constraint = satisfies("a whole number ≥ 2 or a splitter such as kFold()", (v) =>
  typeof v === "object" && v !== null
    ? "split" in v && typeof v.split === "function"
    : Number.isSafeInteger(v) && Number(v) >= 2,
);

export function checkRowCount(op: string, rows: number): void {
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw new UserError(`${op}: rows must be a whole number ≥ 1, got ${rows}`);
}

export function checkFolds(op: string, folds: number, available: number, of: string): void {
  if (folds > available)
    throw new UserError(`${op}: folds must be at most the number of ${of}, ${available}, got ${folds}`);
}

/** From the fold that each row is tested in; rows in none (−1) are always trained on. */
export function foldsOf(places: Int32Array, count: number): Fold[] {
  const sizes = new Int32Array(count);
  for (const k of places) if (k >= 0) sizes[k] = (sizes[k] ?? 0) + 1;
  return Array.from(sizes, (size, k) => {
    const test = new Int32Array(size);
    const train = new Int32Array(places.length - size);
    let [inTest, inTrain] = [0, 0];
    for (let i = 0; i < places.length; i += 1) {
      if (places[i] === k) test[inTest++] = i;
      else train[inTrain++] = i;
    }
    return { train, test };
  });
}

/** The key of one purpose of a splitter. */
export function keyOf(seed: number, ...purposes: readonly (string | number)[]): Key {
  return purposes.reduce((k: Key, purpose) => fold(k, purpose), key(seed));
}

/** `count` numbers from 0 up to, not including, 1. */
export function uniforms(key: Key, count: number): Float64Array {
  const bits = randomBits(key, 2 * count);
  return Float64Array.from({ length: count }, (_, i) => {
    const high = (bits[2 * i] ?? 0) >>> 5;
    const low = (bits[2 * i + 1] ?? 0) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  });
}

/** Codes 0 … k − 1 of labels that a splitter needs. */
export function codesFor(
  op: string,
  name: "y" | "groups",
  labels: LabelsInput | undefined,
  rows: number,
): { readonly codes: Int32Array; readonly count: number } {
  if (labels === undefined) throw new UserError(`${op}: needs ${name}, one label a row`);
  const read = readLabels(op, name, labels);
  if (read.length !== rows) throw new ShapeError(`${op}: ${name} has ${read.length} labels for ${rows} rows`);
  const classes = distinctLabels(read);
  return { codes: encodeLabels(op, name, read, classes), count: classes.length };
}
