/** How sure a classifier of two classes is of the second, as one number a row that orders the rows. */
import type { RowsInput } from "../preprocessing/columns.js";
import {
  type DecidingModel,
  hasDecision,
  hasProbabilities,
  type Model,
  type ProbabilisticModel,
} from "../preprocessing/estimator.js";

/** A classifier that orders rows. */
export type SureModel = ProbabilisticModel | DecidingModel;

export function isSure(model: Model): model is SureModel {
  return hasProbabilities(model) || hasDecision(model);
}

/** The probability of the second class or, of a model without probabilities, its decision. */
export function surenessOf(op: string, model: SureModel, x: RowsInput): Float64Array {
  if (!hasProbabilities(model)) return Float64Array.from(model.decision(x).storage(op));
  const p = model.predictProbabilities(x).storage(op);
  return Float64Array.from({ length: p.length / 2 }, (_, i) => p[2 * i + 1] ?? 0);
}
