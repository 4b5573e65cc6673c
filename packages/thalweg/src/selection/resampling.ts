/** Random divisions that are made anew each round: shuffled splits and the bootstrap. */
import { UserError } from "../base/errors.js";
import { checkSettings, flag, strictlyBetween, wholeAtLeast, wholeNumber } from "../base/settings.js";
import { permutation } from "../data/split.js";
import { checkRowCount, codesFor, type Fold, keyOf, type Splitter, uniforms } from "./splitter.js";
import { membersOf } from "./stratified.js";

export interface ShuffleSplitSettings {
  /** Default: 10. */
  readonly rounds?: number;
  /** The test part, a fraction of the rows. Default: 0.2. */
  readonly test?: number;
  /** Keep the shares of the classes of `y`. Default: false. */
  readonly stratify?: boolean;
  /** Default: 42. */
  readonly seed?: number;
}

/** Each round tests another random part; tests of different rounds overlap. */
export function shuffleSplit(given: ShuffleSplitSettings = {}): Splitter {
  const op = "shuffleSplit";
  const defaults = { rounds: 10, test: 0.2, stratify: false, seed: 42 };
  const settings = checkSettings<Required<ShuffleSplitSettings>>(op, given, defaults, {
    rounds: wholeAtLeast(1),
    test: strictlyBetween(0, 1),
    stratify: flag(),
    seed: wholeNumber(),
  });
  const { rounds, test, stratify, seed } = settings;
  return {
    kind: op,
    settings,
    split(rows, { y } = {}) {
      checkRowCount(op, rows);
      const codes = stratify ? codesFor(op, "y", y, rows) : undefined;
      return Array.from({ length: rounds }, (_, round) => {
        const isTest = chooseTest(op, rows, test, codes, (c) => keyOf(seed, op, round, c));
        return foldOf(isTest);
      });
    },
  };
}

/** Marks the test rows: a rounded share of all, or of every class. */
export function chooseTest(
  op: string,
  rows: number,
  share: number,
  classes: { readonly codes: Int32Array; readonly count: number } | undefined,
  keyFor: (c: number) => Int32Array,
): Uint8Array {
  const lists =
    classes === undefined ? [Array.from({ length: rows }, (_, i) => i)] : membersOf(classes.codes, classes.count);
  const isTest = new Uint8Array(rows);
  lists.forEach((list, c) => {
    if (classes !== undefined && list.length < 2)
      throw new UserError(
        `${op}: a class has a single row, which cannot be on both sides of a stratified split; leave it out or do not stratify`,
      );
    const count = Math.min(list.length - 1, Math.max(1, Math.round(list.length * share)));
    if (count < 1) throw new UserError(`${op}: ${rows} rows cannot be split in two; more rows are needed`);
    const order = permutation(list.length, keyFor(c));
    for (const at of order.subarray(0, count)) isTest[list[at] ?? 0] = 1;
  });
  return isTest;
}

function foldOf(isTest: Uint8Array): Fold {
  const rows = Int32Array.from(isTest.keys());
  return { train: rows.filter((i) => isTest[i] === 0), test: rows.filter((i) => isTest[i] === 1) };
}

export interface BootstrapSettings {
  /** Default: 100. */
  readonly rounds?: number;
  /** Default: 42. */
  readonly seed?: number;
}

/**
 * Each round trains on as many rows as there are, drawn with replacement (some several times, in ascending order), and tests on those not
 * drawn: 36.8 percent on average. B. Efron, "Bootstrap methods: another look at the jackknife", 1979.
 */
export function bootstrap(given: BootstrapSettings = {}): Splitter {
  const op = "bootstrap";
  const settings = checkSettings<Required<BootstrapSettings>>(
    op,
    given,
    { rounds: 100, seed: 42 },
    {
      rounds: wholeAtLeast(1),
      seed: wholeNumber(),
    },
  );
  const { rounds, seed } = settings;
  return {
    kind: op,
    settings,
    split(rows) {
      checkRowCount(op, rows);
      if (rows < 2) throw new UserError(`${op}: rows must be at least 2, got ${rows}`);
      return Array.from({ length: rounds }, (_, round): Fold => {
        // With few rows all may be drawn, so that none is left to test on: then draw again.
        for (let attempt = 0; ; attempt += 1) {
          const train = Int32Array.from(uniforms(keyOf(seed, op, round, attempt), rows), (u) =>
            Math.floor(u * rows),
          ).sort();
          const drawn = new Uint8Array(rows);
          for (const i of train) drawn[i] = 1;
          const test = Int32Array.from(drawn.keys()).filter((i) => drawn[i] === 0);
          if (test.length > 0) return { train, test };
        }
      });
    },
  };
}
