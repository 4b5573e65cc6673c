/** Options of everything that fits on folds, checked before anything is fitted: a name that is none is a mistake, not a default. */

import { ShapeError, UserError } from "../base/errors.js";
import { type Constraint, checkSettings, flag, satisfies } from "../base/settings.js";
import { type LabelsInput, readLabels } from "../data/labels.js";
import { readWeights, type VectorInput } from "../data/matrix.js";

const anything = satisfies("anything", () => true);

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export const callback: Constraint = satisfies("a function", (v) => typeof v === "function");

/** What runs and folds take. */
const shared: Readonly<Record<string, Constraint>> = {
  folds: satisfies(
    "a splitter or a whole number ≥ 2",
    (v) =>
      (Number.isSafeInteger(v) && Number(v) >= 2) || (isObject(v) && "split" in v && typeof v.split === "function"),
  ),
  scores: satisfies(
    "the name of a score, a list of names, a function, or an object of these",
    (v) => typeof v === "string" || typeof v === "function" || isObject(v),
  ),
  groups: anything,
  trainScores: flag(),
  sampleWeight: anything,
  signal: satisfies("an AbortSignal", (v) => isObject(v) && "aborted" in v && typeof v.aborted === "boolean"),
  onProgress: callback,
  workers: satisfies('a whole number, "auto" or an object with count and url', (v) => v !== null),
  executor: callback,
};

/** @throws UserError for options that are no object, a name that is no option, and a value that one may not have. */
export function checkOptions(op: string, options: object, more: Readonly<Record<string, Constraint>> = {}): void {
  const all = Object.fromEntries(
    Object.entries({ ...shared, ...more }).map(([name, { allowed, test }]): [string, Constraint] => [
      name,
      { allowed, test: (v) => v === undefined || test(v) },
    ]),
  );
  checkSettings<Readonly<Record<string, unknown>>>(op, options, {}, all);
}

/** @throws UserError, ShapeError unless weights and groups, where given, are there for each row. */
export function checkRowOptions(
  op: string,
  rows: number,
  { sampleWeight, groups }: { readonly sampleWeight?: VectorInput; readonly groups?: LabelsInput },
): void {
  readWeights(op, sampleWeight, rows);
  if (groups === undefined) return;
  const { length } = readLabels(op, "groups", groups);
  if (length !== rows) throw new ShapeError(`${op}: groups has ${length} labels, x has ${rows} rows`);
}

/** @throws UserError unless `make` is a function. */
export function checkMaker(op: string, make: unknown): void {
  if (typeof make !== "function")
    throw new UserError(`${op}: the first argument must be a function that makes an estimator of settings`);
}
