/** Makes a kind of estimator that predicts, from its settings, what it learns and how that is read back. */
import { type Constraints, checkSettings } from "../base/settings.js";
import type { LabelsInput } from "../data/labels.js";
import { accuracy } from "../metrics/agreement.js";
import { r2, type TargetInput } from "../metrics/regression.js";
import type { Tensor } from "../tensor/tensor.js";
import type { RowsInput } from "./columns.js";
import type { ClassifierModel, EstimatorKind, FitOptions, Model, ModelJSON, Predictor, Targets } from "./estimator.js";
import { namesOf, remembering, savedNames } from "./named-columns.js";
import { checkFitOptions, checkKind, ownSettings, StateReader } from "./transformer-kind.js";
import { travelling } from "./travelling.js";

export interface PredictorSpec<S extends object, M extends Model> {
  readonly kind: string;
  readonly role: "regressor" | "classifier";
  readonly defaults: S;
  readonly constraints: Constraints<S>;
  /** Checks of settings against each other. */
  readonly check?: (settings: S) => void;
  readonly fit: (settings: S, x: RowsInput, y: Targets, options: FitOptions) => M;
  readonly read: (settings: S, state: StateReader) => M;
}

/** An estimator of one kind, with the type of its settings. */
export type PredictorOf<S extends object, M extends Model> = Predictor<M> & { readonly settings: Readonly<S> };

export type PredictorKind<S extends object, M extends Model> = EstimatorKind<Partial<S>, PredictorOf<S, M>>;

export function predictorKind<S extends object, M extends Model>(spec: PredictorSpec<S, M>): PredictorKind<S, M> {
  const { kind, role } = spec;
  const settle = (given: object): S => {
    const settings = ownSettings(checkSettings<S>(kind, given, spec.defaults, spec.constraints));
    spec.check?.(settings);
    return settings;
  };
  const make = (given: Partial<S> = {}): PredictorOf<S, M> => {
    const settings: Readonly<S> = settle(given);
    return travelling({
      role,
      kind,
      settings,
      fit(x, y, options = {}) {
        checkFitOptions(`${kind}.fit`, options);
        return remembering(spec.fit(settings, x, y, options), namesOf(x));
      },
      toJSON: () => ({ kind, settings: { ...settings } }),
    });
  };
  const fromJSON = (json: ModelJSON): M => {
    checkKind(kind, json);
    const model = spec.read(settle(json.settings), new StateReader(kind, json.state));
    return remembering(model, savedNames(kind, json.state));
  };
  return Object.assign(make, { kind, fromJSON });
}

/** R² of a regressor's predictions. */
export function scoreRegression(model: Model<Tensor>, x: RowsInput, y: Targets, options: FitOptions = {}): number {
  checkFitOptions(`${model.kind}.score`, options);
  const { sampleWeight } = options;
  return r2(y as TargetInput, model.predict(x), sampleWeight === undefined ? {} : { sampleWeight });
}

/** Accuracy of a classifier's predictions. */
export function scoreClassification(
  model: ClassifierModel,
  x: RowsInput,
  y: Targets,
  options: FitOptions = {},
): number {
  checkFitOptions(`${model.kind}.score`, options);
  const { sampleWeight } = options;
  return accuracy(y as LabelsInput, model.predict(x), sampleWeight === undefined ? {} : { sampleWeight });
}
