/** Scores of fitted models, greater for better throughout: errors and losses count negative. */
import { NumericalError, UserError } from "../base/errors.js";
import type { Label, LabelsInput } from "../data/labels.js";
import { accuracy, balancedAccuracy, matthews } from "../metrics/agreement.js";
import { f1, precision, recall } from "../metrics/averages.js";
import { averagePrecision } from "../metrics/precision-recall.js";
import { brier, logLoss } from "../metrics/probabilities.js";
import {
  explainedVariance,
  maxError,
  meanAbsoluteError,
  meanSquaredError,
  medianAbsoluteError,
  r2,
  rootMeanSquaredError,
  type TargetInput,
} from "../metrics/regression.js";
import { rocAuc } from "../metrics/roc.js";
import type { RowsInput } from "../preprocessing/columns.js";
import {
  type FitOptions,
  hasProbabilities,
  type Model,
  type ProbabilisticModel,
  type Targets,
} from "../preprocessing/estimator.js";
import type { Tensor } from "../tensor/tensor.js";
import { isSure, surenessOf } from "./sureness.js";

export type Scorer = (model: Model, x: RowsInput, y: Targets, options: FitOptions) => number;

/** Of predicted labels. */
function ofLabels(metric: (y: LabelsInput, predicted: LabelsInput, options: FitOptions) => number): Scorer {
  return (model, x, y, options) => metric(y as LabelsInput, model.predict(x), options);
}

/** Of predicted numbers. */
function ofNumbers(metric: (y: TargetInput, predicted: TargetInput, options: FitOptions) => number): Scorer {
  return (model, x, y, options) => metric(y as TargetInput, model.predict(x) as Tensor, options);
}

/** Of predicted probabilities. */
function ofProbabilities(
  name: string,
  metric: (y: LabelsInput, model: ProbabilisticModel, p: Tensor, options: FitOptions) => number,
): Scorer {
  return (model, x, y, options) => {
    if (!hasProbabilities(model))
      throw new UserError(
        `the score ${name} needs a model with predictProbabilities, and ${model.kind} has none; calibrate it, or choose a score of labels`,
      );
    return metric(y as LabelsInput, model, model.predictProbabilities(x), options);
  };
}

/** Of how rows are ordered by how sure the model is: of two classes by the probability of the second or, of models without, their decision. */
function ofOrder(
  name: string,
  metric: (y: LabelsInput, scores: Float64Array, options: FitOptions & { readonly positive: Label }) => number,
): Scorer {
  return (model, x, y, options) => {
    if (!isSure(model))
      throw new UserError(
        `the score ${name} needs a model with predictProbabilities or decision, and ${model.kind} has neither; choose a score of labels`,
      );
    const positive = model.classes[1];
    if (positive === undefined || model.classes.length !== 2)
      throw new UserError(
        `the score ${name} of ${model.kind} is for two classes, and the model has ${model.classes.length}`,
      );
    return metric(y as LabelsInput, surenessOf(name, model, x), { ...options, positive });
  };
}

const rocAucOfTwo = ofOrder("rocAuc", rocAuc);

/** The scores that go by name. */
export const scorers = {
  accuracy: ofLabels(accuracy),
  balancedAccuracy: ofLabels(balancedAccuracy),
  matthews: ofLabels(matthews),
  f1: ofLabels((y, p, o) => f1(y, p, o)),
  f1Macro: ofLabels((y, p, o) => f1(y, p, { ...o, average: "macro" })),
  f1Weighted: ofLabels((y, p, o) => f1(y, p, { ...o, average: "weighted" })),
  precision: ofLabels((y, p, o) => precision(y, p, o)),
  precisionMacro: ofLabels((y, p, o) => precision(y, p, { ...o, average: "macro" })),
  recall: ofLabels((y, p, o) => recall(y, p, o)),
  recallMacro: ofLabels((y, p, o) => recall(y, p, { ...o, average: "macro" })),
  rocAuc: (model, x, y, options) => {
    if (!isSure(model) || model.classes.length <= 2) return rocAucOfTwo(model, x, y, options);
    // Each class against the others: the order of rows within a column alone counts, so that decisions do.
    const scores = hasProbabilities(model) ? model.predictProbabilities(x) : model.decision(x);
    return rocAuc(y as LabelsInput, scores, { ...options, labels: model.classes });
  },
  averagePrecision: ofOrder("averagePrecision", averagePrecision),
  negativeLogLoss: ofProbabilities(
    "negativeLogLoss",
    (y, model, p, o) => -logLoss(y, p, { ...o, labels: model.classes }),
  ),
  negativeBrier: ofProbabilities("negativeBrier", (y, model, p, o) => -brier(y, p, { ...o, labels: model.classes })),
  r2: ofNumbers((y, p, o) => r2(y, p, o)),
  explainedVariance: ofNumbers((y, p, o) => explainedVariance(y, p, o)),
  negativeMeanSquaredError: ofNumbers((y, p, o) => -meanSquaredError(y, p, o)),
  negativeRootMeanSquaredError: ofNumbers((y, p, o) => -rootMeanSquaredError(y, p, o)),
  negativeMeanAbsoluteError: ofNumbers((y, p, o) => -meanAbsoluteError(y, p, o)),
  negativeMedianAbsoluteError: ofNumbers((y, p, o) => -medianAbsoluteError(y, p, o)),
  negativeMaxError: ofNumbers((y, p, o) => -maxError(y, p, o)),
} as const satisfies Readonly<Record<string, Scorer>>;

export type ScorerName = keyof typeof scorers;
/** One score by name, several by name, or functions of one's own. Default: the model's own `score`. */
export type Scores = ScorerName | readonly ScorerName[] | Scorer | Readonly<Record<string, ScorerName | Scorer>>;

/** The model's own: R² or accuracy. */
export const ownScore: Scorer = (model, x, y, options) => model.score(x, y, options);

/** The scorers that go by name, and the model's own under none. */
export function scorerNames(): ReadonlyMap<Scorer, string | undefined> {
  return new Map<Scorer, string | undefined>([
    [ownScore, undefined],
    ...Object.entries(scorers).map(([name, scorer]): [Scorer, string] => [scorer, name]),
  ]);
}

/** The scorers behind any form of the setting; a single one is called "score". */
export function resolveScores(op: string, scores: Scores | undefined): Readonly<Record<string, Scorer>> {
  if (scores === undefined) return { score: ownScore };
  if (typeof scores === "function") return { score: scores };
  if (typeof scores === "string") return { [scores]: named(op, scores) };
  const entries = Array.isArray(scores)
    ? scores.map((name: string): [string, Scorer] => [name, named(op, name)])
    : Object.entries(scores).map(([name, s]: [string, unknown]): [string, Scorer] => [
        name,
        typeof s === "function" ? (s as Scorer) : named(op, String(s)),
      ]);
  if (entries.length === 0) throw new UserError(`${op}: scores must name at least one score`);
  return Object.fromEntries(entries);
}

function named(op: string, name: string): Scorer {
  const scorer: Scorer | undefined = Object.hasOwn(scorers, name) ? scorers[name as ScorerName] : undefined;
  if (scorer === undefined)
    throw new UserError(`${op}: there is no score "${name}"; the scores are ${Object.keys(scorers).join(", ")}`);
  return scorer;
}

/** @throws NumericalError for a score that is no finite number. */
export function checkScore(name: string, value: number): number {
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new NumericalError(`the score ${name} is ${value}, which cannot be compared`, { name, value });
  return value;
}
