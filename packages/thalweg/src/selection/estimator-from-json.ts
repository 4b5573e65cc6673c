/** Estimators, not yet fitted, from what their `toJSON` gave: also those made of others. */
import { UserError } from "../base/errors.js";
import {
  type ColumnPart,
  type ColumnTransformerSettings,
  columnTransformer,
} from "../preprocessing/column-transformer.js";
import type {
  ClassifierModel,
  Estimator,
  EstimatorJSON,
  Model,
  Predictor,
  ProbabilisticModel,
  Transformer,
} from "../preprocessing/estimator.js";
import { pipeline } from "../preprocessing/pipeline.js";
import type { Tensor } from "../tensor/tensor.js";
import { type CalibratedSettings, calibrated } from "./calibrated.js";
import { type StackingSettings, stackingClassifier, stackingRegressor } from "./stacking.js";
import { type AveragingSettings, averagingRegressor, type VotingSettings, votingClassifier } from "./voting.js";

/** What makes estimators of one kind: `ridge`, `standardScaler`, … */
export interface AnyEstimatorKind {
  (settings: never): Estimator;
  readonly kind: string;
}

type Settings = Readonly<Record<string, unknown>>;
type Revive = (json: unknown) => Estimator;

/** Those that are made of other estimators. */
const composites: Readonly<Record<string, (settings: Settings, revive: Revive) => Estimator>> = {
  pipeline: ({ steps }, revive) => pipeline(...(listOf("pipeline", "steps", steps).map(revive) as Transformer[])),
  columnTransformer({ parts, ...rest }, revive) {
    const read = listOf("columnTransformer", "parts", parts).map((part) => {
      const { columns, transformer } = part as { columns: ColumnPart["columns"]; transformer: unknown };
      return { columns, transformer: transformer === "pass" ? transformer : (revive(transformer) as Transformer) };
    });
    return columnTransformer(read as ColumnPart[], rest as ColumnTransformerSettings);
  },
  averagingRegressor: ({ members, ...rest }, revive) =>
    averagingRegressor(
      listOf("averagingRegressor", "members", members).map(revive) as Predictor<Model<Tensor>>[],
      rest as AveragingSettings,
    ),
  votingClassifier: ({ members, ...rest }, revive) =>
    votingClassifier(
      listOf("votingClassifier", "members", members).map(revive) as Predictor<ClassifierModel>[],
      rest as VotingSettings,
    ),
  stackingRegressor: ({ members, last, ...rest }, revive) =>
    stackingRegressor(
      listOf("stackingRegressor", "members", members).map(revive) as Predictor<Model<Tensor>>[],
      revive(last) as Predictor<Model<Tensor>>,
      rest as StackingSettings,
    ),
  stackingClassifier: ({ members, last, ...rest }, revive) =>
    stackingClassifier(
      listOf("stackingClassifier", "members", members).map(revive) as Predictor<ClassifierModel>[],
      revive(last) as Predictor<ClassifierModel>,
      rest as StackingSettings,
    ),
  calibrated: ({ estimator, ...rest }, revive) =>
    calibrated(revive(estimator) as Predictor<ProbabilisticModel>, rest as CalibratedSettings),
};

/**
 * The estimator that `toJSON` wrote. `kinds` are those it is made of: `estimatorFromJSON(json, [standardScaler, ridge])`; pipelines, column transformers,
 * ensembles and calibrated classifiers need no naming.
 *
 * @throws UserError for a kind that is not in the list, and as the kinds do for their settings.
 */
export function estimatorFromJSON(json: EstimatorJSON, kinds: readonly AnyEstimatorKind[]): Estimator {
  const revive = (part: unknown): Estimator => {
    if (!isEstimatorJSON(part))
      throw new UserError(
        "estimatorFromJSON: needs what toJSON of an estimator gave: an object with kind and settings",
      );
    const composite = Object.hasOwn(composites, part.kind) ? composites[part.kind] : undefined;
    if (composite !== undefined) return composite(part.settings, revive);
    const kind = kinds.find((k) => k.kind === part.kind);
    if (kind === undefined)
      throw new UserError(
        `estimatorFromJSON: there is a ${part.kind}, and the kinds given are ${kinds.map((k) => k.kind).join(", ") || "none"}; add ${part.kind} to the list`,
      );
    return (kind as unknown as (settings: Settings) => Estimator)(part.settings);
  };
  return revive(json);
}

function isEstimatorJSON(json: unknown): json is EstimatorJSON {
  return (
    typeof json === "object" &&
    json !== null &&
    "kind" in json &&
    typeof json.kind === "string" &&
    "settings" in json &&
    typeof json.settings === "object" &&
    json.settings !== null
  );
}

function listOf(kind: string, name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new UserError(`estimatorFromJSON: ${name} of a ${kind} must be an array`);
  return value;
}
