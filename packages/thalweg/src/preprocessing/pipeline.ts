/**
 * Pipelines: each step is fitted on what the one before made of the training rows, and later rows go the same way. What a step learns from
 * (means, categories, fills) is therefore learnt from training rows alone, also inside cross-validation.
 */
import { UserError } from "../base/errors.js";
import { kindOf } from "../data/matrix.js";
import type { Tensor } from "../tensor/tensor.js";
import type { RowsInput } from "./columns.js";
import {
  type AnyKind,
  type ClassifierModel,
  type DecidingModel,
  type EstimatorJSON,
  type FitOptions,
  type FittedTransformer,
  hasDecision,
  hasProbabilities,
  type Model,
  type ModelJSON,
  type Predictor,
  type ProbabilisticModel,
  type Targets,
  type Transformer,
} from "./estimator.js";
import { travelling } from "./travelling.js";

const kind = "pipeline";

/** A pipeline that ends with a transformer. */
export interface TransformerPipeline extends Transformer<FittedTransformerPipeline> {
  readonly steps: readonly Transformer[];
}

/** A pipeline that ends with an estimator that predicts. */
export interface PredictorPipeline<M extends Model> extends Predictor<FittedPipeline<M>> {
  readonly steps: readonly [...Transformer[], Predictor<M>];
}

/** What a fitted pipeline offers besides `predict` and `score` is what its last model does. */
export type FittedPipeline<M extends Model> = FittedSteps<M> &
  (M extends ProbabilisticModel ? Pick<ProbabilisticModel, "predictProbabilities"> : unknown) &
  (M extends DecidingModel ? Pick<DecidingModel, "decision"> : unknown) &
  (M extends ClassifierModel ? Pick<ClassifierModel, "classes"> : unknown);

interface Steps extends EstimatorJSON {
  readonly settings: { readonly steps: readonly EstimatorJSON[] };
}

/**
 *     const model = pipeline(standardScaler(), ridge({ alpha: 1 })).fit(xTrain, yTrain);
 *     model.predict(xTest);
 *
 * All steps but the last are transformers; the last may be one too, and the pipeline then is a transformer itself. Sample weights go to
 * every step.
 */
export function pipeline<M extends Model>(...steps: readonly [...Transformer[], Predictor<M>]): PredictorPipeline<M>;
export function pipeline(...steps: readonly Transformer[]): TransformerPipeline;
export function pipeline(
  ...steps: readonly (Transformer | Predictor)[]
): TransformerPipeline | PredictorPipeline<Model> {
  checkSteps(steps);
  const last = steps.at(-1);
  const settings = Object.freeze({ steps: steps.map((step) => step.toJSON()) });
  const shared = { kind, settings, toJSON: () => ({ kind, settings }) };
  if (last === undefined || isTransformer(last)) {
    const transformers = steps.filter(isTransformer);
    const fit = (x: RowsInput, y?: Targets, options: FitOptions = {}) =>
      new FittedTransformerPipeline(fitAll(transformers, x, y, options).fitted);
    return travelling<TransformerPipeline>({ ...shared, role: "transformer", steps: transformers, fit }, steps);
  }
  const before = steps.slice(0, -1).filter(isTransformer);
  const fit = (x: RowsInput, y: Targets, options: FitOptions = {}) => {
    const { fitted, rows } = fitAll(before, x, y, options);
    return fittedPipeline(fitted, last.fit(rows, y, options));
  };
  return travelling<PredictorPipeline<Model>>({ ...shared, role: last.role, steps: [...before, last], fit }, steps);
}

function isTransformer(step: Transformer | Predictor): step is Transformer {
  return step.role === "transformer";
}

function checkSteps(steps: readonly unknown[]): void {
  if (steps.length === 0) throw new UserError("pipeline: needs at least one step");
  steps.forEach((step, i) => {
    const role = typeof step === "object" && step !== null && "role" in step ? step.role : undefined;
    if (role !== "transformer" && role !== "regressor" && role !== "classifier")
      throw new UserError(`pipeline: step ${i} must be an estimator such as standardScaler(), got ${kindOf(step)}`);
    if (role !== "transformer" && i < steps.length - 1)
      throw new UserError(
        `pipeline: step ${i} is a ${String(role)}, and only the last step may be one; all before it must be transformers`,
      );
  });
}

/** Fits each step on what the one before made; `rows` is what the last one would be given or is given next. */
function fitAll(steps: readonly Transformer[], x: RowsInput, y: Targets | undefined, options: FitOptions) {
  let rows = x;
  const fitted = steps.map((step) => {
    const one = step.fit(rows, y, options);
    rows = one.transform(rows);
    return one;
  });
  return { fitted, rows };
}

function through(steps: readonly FittedTransformer[], x: RowsInput): RowsInput {
  return steps.reduce((rows: RowsInput, step) => step.transform(rows), x);
}

/** The model of a pipeline that ends with an estimator. */
export class FittedSteps<M extends Model> implements Model<ReturnType<M["predict"]>> {
  readonly kind = kind;
  /** The fitted transformers, in their order. */
  readonly transformers: readonly FittedTransformer[];
  /** What the last step learnt. */
  readonly model: M;

  constructor(transformers: readonly FittedTransformer[], model: M) {
    this.transformers = transformers;
    this.model = model;
  }

  predict(x: RowsInput): ReturnType<M["predict"]> {
    return this.model.predict(through(this.transformers, x)) as ReturnType<M["predict"]>;
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return this.model.score(through(this.transformers, x), y, options);
  }

  toJSON(): ModelJSON {
    return pipelineJSON([...this.transformers, this.model]);
  }
}

class ClassifierSteps<M extends ClassifierModel> extends FittedSteps<M> {
  get classes(): M["classes"] {
    return this.model.classes;
  }
}

class DecidingSteps<M extends DecidingModel> extends ClassifierSteps<M> {
  decision(x: RowsInput): Tensor {
    return this.model.decision(through(this.transformers, x));
  }
}

class ProbabilisticSteps<M extends ProbabilisticModel> extends ClassifierSteps<M> {
  predictProbabilities(x: RowsInput): Tensor {
    return this.model.predictProbabilities(through(this.transformers, x));
  }
}

/** With both, as logistic regression has them. */
class SureSteps<M extends ProbabilisticModel & DecidingModel> extends ProbabilisticSteps<M> {
  decision(x: RowsInput): Tensor {
    return this.model.decision(through(this.transformers, x));
  }
}

function isClassifier(model: Model): model is ClassifierModel {
  return "classes" in model;
}

function fittedPipeline<M extends Model>(steps: readonly FittedTransformer[], model: M): FittedPipeline<M> {
  return stepsOf(steps, model) as unknown as FittedPipeline<M>;
}

function stepsOf(steps: readonly FittedTransformer[], model: Model): FittedSteps<Model> {
  if (hasProbabilities(model))
    return hasDecision(model) ? new SureSteps(steps, model) : new ProbabilisticSteps(steps, model);
  if (hasDecision(model)) return new DecidingSteps(steps, model);
  return isClassifier(model) ? new ClassifierSteps(steps, model) : new FittedSteps(steps, model);
}

/** The fitted form of a pipeline of transformers alone. */
export class FittedTransformerPipeline implements FittedTransformer {
  readonly kind = kind;
  readonly transformers: readonly FittedTransformer[];

  constructor(transformers: readonly FittedTransformer[]) {
    this.transformers = transformers;
  }

  get inputColumns(): number {
    return this.transformers[0]?.inputColumns ?? 0;
  }

  get outputColumns(): number {
    return this.transformers.at(-1)?.outputColumns ?? 0;
  }

  transform(x: RowsInput): Tensor {
    return through(this.transformers, x) as Tensor;
  }

  columnNames(input?: readonly string[]): string[] {
    return this.transformers.reduce(
      (names: readonly string[] | undefined, step) => step.columnNames(names),
      input,
    ) as string[];
  }

  toJSON(): ModelJSON {
    return pipelineJSON(this.transformers);
  }
}

function pipelineJSON(steps: readonly (FittedTransformer | Model)[]): ModelJSON {
  const saved = steps.map((step) => step.toJSON());
  const settings: Steps["settings"] = { steps: saved.map((step) => ({ kind: step.kind, settings: step.settings })) };
  return { kind, settings, state: { steps: saved } };
}

/**
 * The fitted pipeline that `toJSON` wrote. `kinds` are those of its steps: `pipelineFromJSON(json, [standardScaler, ridge])`; a kind that holds
 * others (a pipeline in a pipeline) is given as an object with `kind` and `fromJSON`.
 */
export function pipelineFromJSON(
  json: ModelJSON,
  kinds: readonly AnyKind[],
): FittedSteps<Model> | FittedTransformerPipeline {
  if (json?.kind !== kind) throw new UserError(`pipelineFromJSON: this is no pipeline but ${kindOf(json?.kind)}`);
  const saved = json.state?.steps;
  if (!Array.isArray(saved) || saved.length === 0)
    throw new UserError("pipelineFromJSON: there are no fitted steps in it");
  const steps = saved.map((step: unknown) => stepFromJSON("pipelineFromJSON", step, kinds));
  const transformers = steps.filter((step): step is FittedTransformer => "transform" in step);
  const last = steps.at(-1);
  if (last === undefined || "transform" in last) return new FittedTransformerPipeline(transformers);
  return fittedPipeline(transformers, last);
}

/** One fitted step, by the kind that it names. */
export function stepFromJSON(op: string, json: unknown, kinds: readonly AnyKind[]): FittedTransformer | Model {
  const name = typeof json === "object" && json !== null && "kind" in json ? json.kind : undefined;
  const reader = kinds.find((k) => k.kind === name);
  if (reader === undefined)
    throw new UserError(
      `${op}: a step is a ${String(name)}, and the kinds given are ${kinds.map((k) => k.kind).join(", ") || "none"}; add ${String(name)} to the list`,
    );
  return reader.fromJSON(json as ModelJSON);
}
