/**
 * Precision, recall, specificity and F: of one class against the rest, or over classes.
 *
 *     precision = TP/(TP + FP)   recall = TP/(TP + FN)   specificity = TN/(TN + FP)   F_β = (1 + β²) TP / ((1 + β²) TP + β² FN + FP)
 *
 * Over classes: "micro" adds the counts up first, "macro" is the plain mean, "weighted" the mean weighted by the rows of each class.
 */
import { UserError } from "../base/errors.js";
import { above, checkSettings, either, oneOf, optional, satisfies } from "../base/settings.js";
import { type Label, type LabelsInput, showLabel, showLabels } from "../data/labels.js";
import { type ClassCounts, classCounts, type LabelOptions, labelConstraints } from "./confusion.js";

export type Average = "binary" | "micro" | "macro" | "weighted" | "none";

export interface AverageOptions extends LabelOptions {
  /** Default: "binary", which needs two classes at most. */
  readonly average?: Average;
  /** The class that counts as positive when `average` is "binary". Default: 1 for labels 0 and 1 (or −1 and 1). */
  readonly positive?: Label;
  /** What 0/0 gives, as for the precision of a class that was never predicted. Default: 0. */
  readonly zeroDivision?: number;
}

export interface FBetaOptions extends AverageOptions {
  /** How many times recall counts for precision, > 0. Default: 1. */
  readonly beta?: number;
}

type PerClass = AverageOptions & { readonly average: "none" };
type Single = AverageOptions & { readonly average?: Exclude<Average, "none"> };

/** Counts of one class, or of several added up. */
interface Counts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/** The share of the predicted positives that are positive. With `average: "none"` one number a class, in ascending order of labels. */
export function precision(yTrue: LabelsInput, yPredicted: LabelsInput, options?: Single): number;
export function precision(yTrue: LabelsInput, yPredicted: LabelsInput, options: PerClass): number[];
export function precision(
  yTrue: LabelsInput,
  yPredicted: LabelsInput,
  options: AverageOptions = {},
): number | number[] {
  return averaged("precision", yTrue, yPredicted, options, precisionParts);
}

/** The share of the positives that were found; also called sensitivity or true positive rate. */
export function recall(yTrue: LabelsInput, yPredicted: LabelsInput, options?: Single): number;
export function recall(yTrue: LabelsInput, yPredicted: LabelsInput, options: PerClass): number[];
export function recall(yTrue: LabelsInput, yPredicted: LabelsInput, options: AverageOptions = {}): number | number[] {
  return averaged("recall", yTrue, yPredicted, options, recallParts);
}

/** The share of the negatives that were told as such; also called true negative rate. */
export function specificity(yTrue: LabelsInput, yPredicted: LabelsInput, options?: Single): number;
export function specificity(yTrue: LabelsInput, yPredicted: LabelsInput, options: PerClass): number[];
export function specificity(
  yTrue: LabelsInput,
  yPredicted: LabelsInput,
  options: AverageOptions = {},
): number | number[] {
  return averaged("specificity", yTrue, yPredicted, options, (c) => [c.trueNegative, c.trueNegative + c.falsePositive]);
}

/** The harmonic mean of precision and recall. */
export function f1(yTrue: LabelsInput, yPredicted: LabelsInput, options?: Single): number;
export function f1(yTrue: LabelsInput, yPredicted: LabelsInput, options: PerClass): number[];
export function f1(yTrue: LabelsInput, yPredicted: LabelsInput, options: AverageOptions = {}): number | number[] {
  return averaged("f1", yTrue, yPredicted, options, fBetaParts(1));
}

/** The weighted harmonic mean of precision and recall: recall counts β times as much. */
export function fBeta(yTrue: LabelsInput, yPredicted: LabelsInput, options?: Single & FBetaOptions): number;
export function fBeta(yTrue: LabelsInput, yPredicted: LabelsInput, options: PerClass & FBetaOptions): number[];
export function fBeta(yTrue: LabelsInput, yPredicted: LabelsInput, options: FBetaOptions = {}): number | number[] {
  const { beta = 1, ...rest } = options;
  checkSettings("fBeta", { beta }, { beta: 1 }, { beta: above(0) });
  return averaged("fBeta", yTrue, yPredicted, rest, fBetaParts(beta));
}

/** The share of the rows that either are of the class or were predicted as it, that are both: TP/(TP + FP + FN). */
export function jaccard(yTrue: LabelsInput, yPredicted: LabelsInput, options?: Single): number;
export function jaccard(yTrue: LabelsInput, yPredicted: LabelsInput, options: PerClass): number[];
export function jaccard(yTrue: LabelsInput, yPredicted: LabelsInput, options: AverageOptions = {}): number | number[] {
  return averaged("jaccard", yTrue, yPredicted, options, (c) => [
    c.truePositive,
    c.truePositive + c.falsePositive + c.falseNegative,
  ]);
}

export type Parts = (counts: Counts) => readonly [above: number, below: number];

export const precisionParts: Parts = (c) => [c.truePositive, c.truePositive + c.falsePositive];
export const recallParts: Parts = (c) => [c.truePositive, c.truePositive + c.falseNegative];

export function fBetaParts(beta: number): Parts {
  const square = beta * beta;
  return ({ truePositive, falsePositive, falseNegative }) => {
    const above_ = (1 + square) * truePositive;
    return [above_, above_ + square * falseNegative + falsePositive];
  };
}

function averaged(
  op: string,
  yTrue: LabelsInput,
  yPredicted: LabelsInput,
  given: AverageOptions,
  parts: Parts,
): number | number[] {
  const options = checkSettings<AverageOptions & { average: Average; zeroDivision: number }>(
    op,
    given,
    { average: "binary", zeroDivision: 0 },
    {
      ...labelConstraints,
      average: oneOf("binary", "micro", "macro", "weighted", "none"),
      positive: optional(satisfies("a label", (v) => typeof v === "number" || typeof v === "string")),
      zeroDivision: either(
        oneOf(0, 1),
        satisfies("NaN", (v) => Number.isNaN(v)),
      ),
    },
  );
  const { average, zeroDivision } = options;
  const counts = classCounts(op, yTrue, yPredicted, options);
  if (average === "binary") {
    if (options.labels === undefined && counts.labels.length > 2)
      throw new UserError(
        `${op}: average "binary" is for two classes, and there are ${counts.labels.length} (${showLabels(counts.labels)}); choose average "macro", "micro", "weighted" or "none"`,
      );
    const last = showLabel(counts.labels.at(-1) ?? 1);
    const inCrossValidation = ` (in place of the name of a score: (model, x, y) => ${op}(y, model.predict(x), { positive: ${last} }))`;
    const positive = positiveLabel(op, counts.labels, options.positive, inCrossValidation);
    return ratio(parts, countsOf(counts, counts.labels.indexOf(positive)), zeroDivision);
  }
  const each = eachClass(parts, counts, zeroDivision);
  if (average === "none") return each;
  if (average !== "micro") return overClasses(each, average, counts, zeroDivision);
  const sum = counts.labels.map((_, code) => countsOf(counts, code)).reduce(addCounts);
  return ratio(parts, sum, zeroDivision);
}

function ratio(parts: Parts, counts: Counts, empty: number): number {
  const [above_, below] = parts(counts);
  return below === 0 ? empty : above_ / below;
}

/** A share of every class, in the order of the labels. */
export function eachClass(parts: Parts, counts: ClassCounts, empty = 0): number[] {
  return counts.labels.map((_, code) => ratio(parts, countsOf(counts, code), empty));
}

export function overClasses(
  each: readonly number[],
  average: "macro" | "weighted",
  { actual }: ClassCounts,
  empty = 0,
): number {
  return weightedMean(each, average === "macro" ? each.map(() => 1) : [...actual], empty);
}

/** NaN values (0/0 where that is to be NaN) are left out; where the classes left have no rows, they count alike. */
function weightedMean(values: readonly number[], weights: readonly number[], empty: number): number {
  const left = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
  if (left.length === 0) return empty;
  const total = left.reduce((sum, i) => sum + (weights[i] ?? 0), 0);
  const mean = (weight: (i: number) => number, all: number): number =>
    left.reduce((sum, i) => sum + weight(i) * (values[i] ?? 0), 0) / all;
  return total === 0 ? mean(() => 1, left.length) : mean((i) => weights[i] ?? 0, total);
}

/** Which of at most two labels counts as positive; `how` follows the advice to give the option. */
export function positiveLabel(op: string, labels: readonly Label[], given?: Label, how = ""): Label {
  if (given !== undefined) {
    if (!labels.includes(given) && labels.length > 1)
      throw new UserError(`${op}: positive is ${showLabel(given)}, which is none of the labels ${showLabels(labels)}`);
    return given;
  }
  if (labels.every((label) => label === 0 || label === 1) || labels.every((label) => label === -1 || label === 1))
    return 1;
  throw new UserError(
    `${op}: which of the labels ${showLabels(labels)} is positive? Only for 0 and 1 it goes without saying; give the option positive${how}`,
  );
}

function countsOf({ truePositive, actual, predicted, total }: ClassCounts, code: number): Counts {
  const [t, a, p] = [truePositive[code] ?? 0, actual[code] ?? 0, predicted[code] ?? 0];
  return { truePositive: t, falsePositive: p - t, falseNegative: a - t, trueNegative: total - a - p + t };
}

function addCounts(a: Counts, b: Counts): Counts {
  return {
    truePositive: a.truePositive + b.truePositive,
    falsePositive: a.falsePositive + b.falsePositive,
    falseNegative: a.falseNegative + b.falseNegative,
    trueNegative: a.trueNegative + b.trueNegative,
  };
}
