/** Folds in which every class has about the share that it has in all rows. */

import { UserError } from "../base/errors.js";
import { checkSettings } from "../base/settings.js";
import { permutation } from "../data/split.js";
import { foldConstraints, foldDefaults, type KFoldSettings } from "./k-fold.js";
import { checkRowCount, codesFor, foldsOf, keyOf, type Splitter } from "./splitter.js";

/**
 * Like `kFold`, with the classes of `y` shared out evenly; fold sizes differ by one at most. Classes with fewer rows than folds are in some
 * of the tests only.
 */
export function stratifiedKFold(given: KFoldSettings = {}): Splitter {
  const op = "stratifiedKFold";
  const settings = checkSettings<Required<KFoldSettings>>(op, given, foldDefaults, foldConstraints);
  const { folds, shuffle, seed } = settings;
  return {
    kind: op,
    settings,
    split(rows, { y } = {}) {
      checkRowCount(op, rows);
      const { codes, count } = codesFor(op, "y", y, rows);
      const members = membersOf(codes, count);
      const most = Math.max(...members.map((list) => list.length));
      if (folds > most)
        throw new UserError(`${op}: folds must be at most the rows of the largest class, ${most}, got ${folds}`);
      const places = new Int32Array(rows);
      // Rows sorted by class and dealt out like cards: how many of each class a fold is dealt.
      let dealt = 0;
      members.forEach((list, c) => {
        const shares = new Int32Array(folds);
        list.forEach(() => {
          shares[dealt % folds] = (shares[dealt % folds] ?? 0) + 1;
          dealt += 1;
        });
        const order = shuffle ? permutation(list.length, keyOf(seed, op, c)) : list.map((_, k) => k);
        let k = 0;
        shares.forEach((share, place) => {
          for (let s = 0; s < share; s += 1, k += 1) places[list[order[k] ?? 0] ?? 0] = place;
        });
      });
      return foldsOf(places, folds);
    },
  };
}

/** The rows of each class, classes in the order in which they first appear. */
export function membersOf(codes: Int32Array, count: number): number[][] {
  const lists = Array.from({ length: count }, (): number[] => []);
  codes.forEach((code, i) => {
    lists[code]?.push(i);
  });
  return lists.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}
