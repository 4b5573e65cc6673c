/**
 * The contract of everything that is fitted.
 *
 * An estimator is settings, checked when it is made, and `fit`, which leaves it as it is and returns the fitted model as a type of its own: what
 * was not fitted has no `predict` and no `transform`. Both travel as JSON: an estimator by its kind and settings, a model by what it learnt too.
 */
import type { Label, LabelsInput, PredictedLabels } from "../data/labels.js";
import type { MatrixInput, VectorInput } from "../data/matrix.js";
import type { Tensor } from "../tensor/tensor.js";
import type { RowsInput } from "./columns.js";

/** Targets: numbers for regression (one or several a row), class labels for classification. */
export type Targets = VectorInput | MatrixInput | LabelsInput;

export interface FitOptions {
  /** One weight ≥ 0 a row: a row of weight 2 counts like two such rows. Default: 1 each. */
  readonly sampleWeight?: VectorInput;
}

/** An estimator as it travels: plain data that JSON holds. */
export interface EstimatorJSON {
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A fitted model as it travels. */
export interface ModelJSON extends EstimatorJSON {
  readonly state: Readonly<Record<string, unknown>>;
}

interface Travelling {
  readonly kind: string;
  readonly settings: object;
  toJSON(): EstimatorJSON;
}

/** Learns from rows how to change rows. */
export interface Transformer<F extends FittedTransformer = FittedTransformer> extends Travelling {
  readonly role: "transformer";
  fit(x: RowsInput, y?: Targets, options?: FitOptions): F;
}

export interface FittedTransformer {
  readonly kind: string;
  /** The columns it was fitted on. */
  readonly inputColumns: number;
  /** The columns of what it returns. */
  readonly outputColumns: number;
  /** (rows, inputColumns) to (rows, outputColumns), float64. */
  transform(x: RowsInput): Tensor;
  /** Names of the columns of the result, from those of the input (default: x0, x1, …). */
  columnNames(input?: readonly string[]): string[];
  toJSON(): ModelJSON;
}

/** Undoes what it did. */
export interface Invertible {
  inverseTransform(x: MatrixInput): Tensor;
}

/** Learns to predict targets from rows. */
export interface Predictor<M extends Model = Model> extends Travelling {
  readonly role: "regressor" | "classifier";
  fit(x: RowsInput, y: Targets, options?: FitOptions): M;
}

/** A regressor's prediction is a float64 tensor; a classifier's labels of the kind it was fitted on. */
export interface Model<P extends Tensor | PredictedLabels = Tensor | PredictedLabels> {
  readonly kind: string;
  predict(x: RowsInput): P;
  /** Greater is better: R² of a regressor, accuracy of a classifier. */
  score(x: RowsInput, y: Targets, options?: FitOptions): number;
  toJSON(): ModelJSON;
}

export type Regressor<M extends Model<Tensor> = Model<Tensor>> = Predictor<M>;

/** A fitted classifier. */
export interface ClassifierModel extends Model<PredictedLabels> {
  /** Ascending. */
  readonly classes: readonly Label[];
}

/** A fitted classifier that says how sure it is. */
export interface ProbabilisticModel extends ClassifierModel {
  /** (rows, classes), each row adding up to 1. */
  predictProbabilities(x: RowsInput): Tensor;
}

/** A fitted classifier with scores that are no probabilities. */
export interface DecidingModel extends ClassifierModel {
  /** Of two classes (rows), the greater the more for the second; else (rows, classes). */
  decision(x: RowsInput): Tensor;
}

export type Estimator = Transformer | Predictor;

/** What makes estimators of one kind from settings, and models of that kind from JSON. */
export interface EstimatorKind<S extends object, E extends Estimator> {
  (settings?: S): E;
  readonly kind: string;
  /** The fitted model that `toJSON` wrote. */
  fromJSON(json: ModelJSON): ReturnType<E["fit"]>;
}

/** Any kind, for lists of what a pipeline from JSON may hold. */
export interface AnyKind {
  readonly kind: string;
  fromJSON(json: ModelJSON): FittedTransformer | Model;
}

export function hasProbabilities(model: Model): model is ProbabilisticModel {
  return "predictProbabilities" in model && typeof model.predictProbabilities === "function";
}

export function hasDecision(model: Model): model is DecidingModel {
  return "classes" in model && "decision" in model && typeof model.decision === "function";
}
