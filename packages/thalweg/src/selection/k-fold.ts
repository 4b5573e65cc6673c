/** Folds that test each row once: plain, one row each, repeated. */

import { UserError } from "../base/errors.js";
import { checkSettings, flag, satisfies, wholeAtLeast, wholeNumber } from "../base/settings.js";
import { permutation } from "../data/split.js";
import { checkFolds, checkRowCount, foldsOf, keyOf, type SplitContext, type Splitter } from "./splitter.js";

export interface KFoldSettings {
  /** Default: 5. */
  readonly folds?: number;
  /** Put the rows into random order first; without it a fold is a stretch of rows. Default: false. */
  readonly shuffle?: boolean;
  /** Of the order. Default: 42. */
  readonly seed?: number;
}

export const foldDefaults = { folds: 5, shuffle: false, seed: 42 };
export const foldConstraints = { folds: wholeAtLeast(2), shuffle: flag(), seed: wholeNumber() };

/** `folds` parts of as equal size as can be, the first ones longer. */
export function kFold(given: KFoldSettings = {}): Splitter {
  const settings = checkSettings<Required<KFoldSettings>>("kFold", given, foldDefaults, foldConstraints);
  const { folds, shuffle, seed } = settings;
  return {
    kind: "kFold",
    settings,
    split(rows) {
      checkRowCount("kFold", rows);
      checkFolds("kFold", folds, rows, "rows");
      const order = shuffle ? permutation(rows, keyOf(seed, "kFold")) : Int32Array.from({ length: rows }, (_, i) => i);
      const places = new Int32Array(rows);
      let start = 0;
      for (let k = 0; k < folds; k += 1) {
        const end = start + Math.floor(rows / folds) + (k < rows % folds ? 1 : 0);
        for (let i = start; i < end; i += 1) places[order[i] ?? 0] = k;
        start = end;
      }
      return foldsOf(places, folds);
    },
  };
}

/** Each row is a test of its own. */
export function leaveOneOut(): Splitter {
  return {
    kind: "leaveOneOut",
    settings: {},
    split(rows) {
      checkRowCount("leaveOneOut", rows);
      if (rows < 2) throw new UserError(`leaveOneOut: rows must be at least 2, got ${rows}`);
      return foldsOf(
        Int32Array.from({ length: rows }, (_, i) => i),
        rows,
      );
    },
  };
}

export interface RepeatedSettings {
  /** Default: 10. */
  readonly repeats?: number;
  /** Default: 42. */
  readonly seed?: number;
}

/** A splitter several times with other seeds: `repeated((seed) => kFold({ folds: 5, shuffle: true, seed }), { repeats: 3 })`. */
export function repeated(make: (seed: number) => Splitter, given: RepeatedSettings = {}): Splitter {
  const settings = checkSettings<Required<RepeatedSettings>>(
    "repeated",
    given,
    { repeats: 10, seed: 42 },
    {
      repeats: wholeAtLeast(1),
      seed: satisfies("a whole number", (v) => Number.isSafeInteger(v)),
    },
  );
  if (typeof make !== "function")
    throw new UserError(
      "repeated: needs a function from a seed to a splitter, such as (seed) => kFold({ shuffle: true, seed })",
    );
  // Seeds that the user would not come upon by counting on from the one given.
  const seedOf = (repeat: number): number => (keyOf(settings.seed, "repeated", repeat)[0] ?? 0) >>> 0;
  return {
    kind: "repeated",
    settings: { ...settings, inner: make(seedOf(0)).settings },
    split: (rows: number, context?: SplitContext) =>
      Array.from({ length: settings.repeats }, (_, r) => make(seedOf(r)).split(rows, context)).flat(),
  };
}
