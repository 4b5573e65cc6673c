/** Folds that keep the rows of a group together: a patient, a household, a day. */
import { UserError } from "../base/errors.js";
import { checkSettings, wholeAtLeast } from "../base/settings.js";
import { checkFolds, checkRowCount, codesFor, foldsOf, type Splitter } from "./splitter.js";

export interface GroupKFoldSettings {
  /** Default: 5. */
  readonly folds?: number;
}

/** No group is on both sides of a fold; the largest groups are placed first, each into the fold with the fewest rows so far. */
export function groupKFold(given: GroupKFoldSettings = {}): Splitter {
  const op = "groupKFold";
  const settings = checkSettings<Required<GroupKFoldSettings>>(op, given, { folds: 5 }, { folds: wholeAtLeast(2) });
  const { folds } = settings;
  return {
    kind: op,
    settings,
    split(rows, { groups } = {}) {
      checkRowCount(op, rows);
      const { codes, count } = codesFor(op, "groups", groups, rows);
      checkFolds(op, folds, count, "groups");
      const sizes = new Int32Array(count);
      for (const code of codes) sizes[code] = (sizes[code] ?? 0) + 1;
      const order = Array.from(sizes.keys()).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || b - a);
      const load = new Int32Array(folds);
      const placeOf = new Int32Array(count);
      for (const group of order) {
        const lightest = load.indexOf(Math.min(...load));
        load[lightest] = (load[lightest] ?? 0) + (sizes[group] ?? 0);
        placeOf[group] = lightest;
      }
      return foldsOf(
        codes.map((code) => placeOf[code] ?? 0),
        folds,
      );
    },
  };
}

/** Each group is a test of its own. */
export function leaveOneGroupOut(): Splitter {
  const op = "leaveOneGroupOut";
  return {
    kind: op,
    settings: {},
    split(rows, { groups } = {}) {
      checkRowCount(op, rows);
      const { codes, count } = codesFor(op, "groups", groups, rows);
      if (count < 2) throw new UserError(`${op}: groups must name at least 2 groups, got ${count}`);
      return foldsOf(codes, count);
    },
  };
}
