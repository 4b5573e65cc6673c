/** The folds of estimators that choose their penalty by cross-validation: a number of folds, or a splitter that JSON tells everything about. */
import { UserError } from "../base/errors.js";
import { type Constraint, satisfies } from "../base/settings.js";
import { kFold, leaveOneOut } from "../selection/k-fold.js";
import { bootstrap, shuffleSplit } from "../selection/resampling.js";
import type { Fold, Splitter } from "../selection/splitter.js";
import { timeSeriesSplit } from "../selection/time-series.js";

/** A splitter as it comes back from JSON. */
interface Told {
  readonly kind: string;
  readonly settings: object;
}

const makers: Readonly<Record<string, (settings: object) => Splitter>> = {
  kFold,
  leaveOneOut,
  timeSeriesSplit,
  shuffleSplit,
  bootstrap,
};

function splitterOf(value: unknown): Splitter | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 2 ? kFold({ folds: value }) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, settings } = value as Partial<Told>;
  const make = kind !== undefined && Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (make === undefined || typeof settings !== "object" || settings === null) return undefined;
  if ("split" in value) return value as Splitter;
  try {
    return make(settings);
  } catch {
    return undefined;
  }
}

export const foldsSetting: Constraint = satisfies(
  `a whole number ≥ 2 or a splitter made by ${Object.keys(makers).join(", ")}`,
  (v) => splitterOf(v) !== undefined,
);

/**
 * The folds of the rows; each has rows with weight on both sides.
 *
 * @throws UserError otherwise, and for more folds than rows.
 */
export function foldsFor(
  op: string,
  setting: Splitter | number,
  rows: number,
  weights: Float64Array | undefined,
): readonly Fold[] {
  const splitter = splitterOf(setting);
  if (splitter === undefined) throw new UserError(`${op}: folds must be ${foldsSetting.allowed}`);
  const folds = splitter.split(rows);
  folds.forEach((fold, k) => {
    for (const part of ["train", "test"] as const)
      if (!fold[part].some((i) => (weights?.[i] ?? 1) > 0))
        throw new UserError(
          `${op}: fold ${k} (counted from 0) has no row with weight to ${part} on; use other folds, or leave rows without weight out`,
        );
  });
  return folds;
}
