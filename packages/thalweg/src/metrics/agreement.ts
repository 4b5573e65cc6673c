/** One number for how far predicted classes agree with the true ones. */
import { checkSettings, flag } from "../base/settings.js";
import { type Label, type LabelsInput, readLabelPair } from "../data/labels.js";
import { readWeights, type VectorInput } from "../data/matrix.js";
import { eachClass, fBetaParts, overClasses, precisionParts, recallParts } from "./averages.js";
import { type ClassCounts, classCounts, labelConstraints } from "./confusion.js";

export interface WeightOptions {
  /** One weight ≥ 0 a row. Default: 1 each. */
  readonly sampleWeight?: VectorInput;
}

const weightOnly = { sampleWeight: labelConstraints.sampleWeight };

/** The share of the rows whose class was predicted. */
export function accuracy(yTrue: LabelsInput, yPredicted: LabelsInput, options: WeightOptions = {}): number {
  const { sampleWeight } = checkSettings<WeightOptions>("accuracy", options, {}, weightOnly);
  const [truth, predicted] = readLabelPair("accuracy", yTrue, yPredicted);
  const weights = readWeights("accuracy", sampleWeight, truth.length);
  let right = 0;
  let total = 0;
  truth.forEach((label, i) => {
    const weight = weights?.[i] ?? 1;
    total += weight;
    if (label === predicted[i]) right += weight;
  });
  return right / total;
}

export interface BalancedOptions extends WeightOptions {
  /** Shift and scale so that chance is 0 and perfection 1. Default: false. */
  readonly adjusted?: boolean;
}

/** The mean of the recalls of all classes in `yTrue`; of two classes the mean of recall and specificity. */
export function balancedAccuracy(yTrue: LabelsInput, yPredicted: LabelsInput, options: BalancedOptions = {}): number {
  const op = "balancedAccuracy";
  const checked = checkSettings<BalancedOptions & { adjusted: boolean }>(
    op,
    options,
    { adjusted: false },
    {
      ...weightOnly,
      adjusted: flag(),
    },
  );
  const { actual, truePositive } = classCounts(op, yTrue, yPredicted, checked);
  const recalls = [...truePositive].map((t, code) => t / (actual[code] ?? 0)).filter((r) => !Number.isNaN(r));
  const mean = recalls.reduce((a, b) => a + b, 0) / recalls.length;
  if (!checked.adjusted) return mean;
  const chance = 1 / recalls.length;
  return (mean - chance) / (1 - chance);
}

/**
 * The Matthews correlation coefficient, from −1 to 1, of two or more classes (J. Gorodkin, "Comparing two K-category assignments by a
 * K-category correlation coefficient", 2004). 0 when all rows are of one class or predicted as one.
 */
export function matthews(yTrue: LabelsInput, yPredicted: LabelsInput, options: WeightOptions = {}): number {
  const checked = checkSettings<WeightOptions>("matthews", options, {}, weightOnly);
  const { actual, predicted, truePositive, total } = classCounts("matthews", yTrue, yPredicted, checked);
  const correct = truePositive.reduce((a, b) => a + b, 0);
  const covariance = (a: Float64Array, b: Float64Array): number =>
    total * total - a.reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0);
  const both = correct * total - actual.reduce((sum, x, k) => sum + x * (predicted[k] ?? 0), 0);
  const spread = covariance(actual, actual) * covariance(predicted, predicted);
  return spread === 0 ? 0 : both / Math.sqrt(spread);
}

/**
 * Cohen's kappa: agreement beyond chance over the most that there could be (J. Cohen, 1960). NaN where chance alone agrees everywhere: one class, always
 * predicted.
 */
export function cohenKappa(yTrue: LabelsInput, yPredicted: LabelsInput, options: WeightOptions = {}): number {
  const checked = checkSettings<WeightOptions>("cohenKappa", options, {}, weightOnly);
  const { actual, predicted, truePositive, total } = classCounts("cohenKappa", yTrue, yPredicted, checked);
  const observed = truePositive.reduce((a, b) => a + b, 0) / total;
  const expected = actual.reduce((sum, x, k) => sum + x * (predicted[k] ?? 0), 0) / (total * total);
  return (observed - expected) / (1 - expected);
}

/** Precision, recall and F1 of one class, and how many rows it has. */
export interface ClassReport {
  readonly label: Label;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

export interface ClassificationReport {
  readonly classes: readonly ClassReport[];
  readonly accuracy: number;
  readonly macro: Omit<ClassReport, "label">;
  readonly weighted: Omit<ClassReport, "label">;
}

/** Everything that is usually asked about predicted classes, class by class and over all. */
export function classificationReport(
  yTrue: LabelsInput,
  yPredicted: LabelsInput,
  options: WeightOptions = {},
): ClassificationReport {
  const checked = checkSettings<WeightOptions>("classificationReport", options, {}, weightOnly);
  const counts: ClassCounts = classCounts("classificationReport", yTrue, yPredicted, checked);
  const [p, r, f] = [precisionParts, recallParts, fBetaParts(1)].map((parts) => eachClass(parts, counts)) as [
    number[],
    number[],
    number[],
  ];
  const row = (average: "macro" | "weighted"): Omit<ClassReport, "label"> => ({
    precision: overClasses(p, average, counts),
    recall: overClasses(r, average, counts),
    f1: overClasses(f, average, counts),
    support: counts.total,
  });
  return {
    classes: counts.labels.map((label, k) => ({
      label,
      precision: p[k] ?? 0,
      recall: r[k] ?? 0,
      f1: f[k] ?? 0,
      support: counts.actual[k] ?? 0,
    })),
    accuracy: counts.truePositive.reduce((a, b) => a + b, 0) / counts.total,
    macro: row("macro"),
    weighted: row("weighted"),
  };
}
