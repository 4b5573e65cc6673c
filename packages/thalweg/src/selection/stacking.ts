/**
 * Stacking: a last estimator learns from what the members predict for rows that they were not fitted on (D. Wolpert, Neural Networks 5, 1992).
 */
import { UserError } from "../base/errors.js";
import { checkSettings, flag } from "../base/settings.js";
import { encodeLabels, type Label, type PredictedLabels, readLabels } from "../data/labels.js";
import { matrixTensor } from "../data/matrix.js";
import { countRows, type RowsInput, readNumbers } from "../preprocessing/columns.js";
import {
  type AnyKind,
  type ClassifierModel,
  type FitOptions,
  hasProbabilities,
  type Model,
  type ModelJSON,
  type Predictor,
  type ProbabilisticModel,
  type Targets,
} from "../preprocessing/estimator.js";
import { namesOf, remembering, savedNames } from "../preprocessing/named-columns.js";
import { stepFromJSON } from "../preprocessing/pipeline.js";
import { scoreClassification, scoreRegression } from "../preprocessing/predictor-kind.js";
import { stateOf } from "../preprocessing/transformer-kind.js";
import { travelling, travellingParts } from "../preprocessing/travelling.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkEachOnce, fitOptionsOf, makeFolds } from "./cross-validate.js";
import { takeOptions, takeRowsOf, takeTargets } from "./rows.js";
import { foldsConstraint, type Splitter } from "./splitter.js";
import { checkMembers } from "./voting.js";

export interface StackingSettings {
  /** How the members are fitted for the last estimator's rows. Default: 5 folds, stratified for classifiers. */
  readonly folds?: Splitter | number;
  /** Give the last estimator the features too. Default: false. */
  readonly passthrough?: boolean;
}

/** Members and a last regressor on their predictions, a column each. */
export function stackingRegressor<M extends Model<Tensor>>(
  members: readonly Predictor<Model<Tensor>>[],
  last: Predictor<M>,
  settings: StackingSettings = {},
): Predictor<FittedStacking<M>> {
  return stacking("stackingRegressor", "regressor", members, last, settings);
}

/**
 * Members and a last classifier on their probabilities (of two classes that of the second) or, of members without, their decisions as one
 * column of 0 and 1 a class.
 */
export function stackingClassifier<M extends ClassifierModel>(
  members: readonly Predictor<ClassifierModel>[],
  last: Predictor<M>,
  settings: StackingSettings = {},
): Predictor<FittedStackingClassifier<M>> {
  const stacked = stacking("stackingClassifier", "classifier", members, last, settings);
  const fit: Predictor<FittedStackingClassifier<M>>["fit"] = (x, y, options) =>
    new FittedStackingClassifier(stacked.fit(x, y, options));
  return travelling({ ...stacked, fit }, [stacked]);
}

function stacking<M extends Model>(
  kind: string,
  role: "regressor" | "classifier",
  members: readonly Predictor[],
  last: Predictor<M>,
  given: StackingSettings,
): Predictor<FittedStacking<M>> {
  checkMembers(kind, members, role);
  checkMembers(kind, [last], role);
  const { folds, passthrough } = checkSettings<Required<StackingSettings>>(
    kind,
    given,
    { folds: 5, passthrough: false },
    { folds: foldsConstraint, passthrough: flag() },
  );
  const settings = Object.freeze({
    members: members.map((m) => m.toJSON()),
    last: last.toJSON(),
    folds: typeof folds === "number" ? folds : { kind: folds.kind, settings: folds.settings },
    passthrough,
  });
  const estimator: Predictor<FittedStacking<M>> = {
    role,
    kind,
    settings,
    toJSON: () => ({ kind, settings }),
    fit(x: RowsInput, y: Targets, options: FitOptions = {}) {
      const op = `${kind}.fit`;
      const rows = countRows(op, "x", x);
      // On all rows first: what is wrong with one is then told by its place in x, not in a fold.
      const models = members.map((m) => m.fit(x, y, options));
      const [first] = members;
      const parts = first === undefined ? [] : makeFolds(op, first, rows, y, { folds });
      checkEachOnce(op, rows, parts);
      // Each row of `features` is predicted by members that were not fitted on it.
      let features: { data: Float64Array; columns: number } | undefined;
      for (const { train, test } of parts) {
        const own = takeOptions(op, fitOptionsOf(options), train);
        const partial = members.map((m) => m.fit(takeRowsOf(op, x, train), takeTargets(op, y, train), own));
        const block = predictionsOf(op, partial, takeRowsOf(op, x, test));
        features ??= { data: new Float64Array(rows * block.columns), columns: block.columns };
        if (block.columns !== features.columns)
          throw new UserError(
            `${op}: the members know other classes in one fold than in another; a class has too few rows for ${parts.length} folds`,
          );
        for (let k = 0; k < test.length; k += 1)
          features.data.set(
            block.data.subarray(k * block.columns, (k + 1) * block.columns),
            (test[k] ?? 0) * block.columns,
          );
      }
      const stacked = { rows, columns: features?.columns ?? 0, data: features?.data ?? new Float64Array(0) };
      const final = last.fit(widened(op, stacked, x, passthrough), y, options);
      // Columns passed to the last one have no names there, so that the whole keeps them.
      return remembering(new FittedStacking(kind, settings, models, final, passthrough), namesOf(x));
    },
  };
  return travelling(estimator, travellingParts([...members, last], folds));
}

/** The predictions of all members side by side, in the form that a last estimator learns from. */
function predictionsOf(op: string, models: readonly Model[], x: RowsInput) {
  const blocks = models.map((model) => {
    if (hasProbabilities(model)) {
      const p = model.predictProbabilities(x).storage(op);
      const k = model.classes.length;
      if (k !== 2) return { columns: k, data: Float64Array.from(p) };
      return { columns: 1, data: Float64Array.from({ length: p.length / 2 }, (_, i) => p[2 * i + 1] ?? 0) };
    }
    if ("classes" in model) return decisions(op, model as ClassifierModel, x);
    const predicted = model.predict(x) as Tensor;
    const columns = predicted.rank === 1 ? 1 : (predicted.shape[1] ?? 1);
    return { columns, data: Float64Array.from(predicted.storage(op)) };
  });
  return sideBySide(blocks);
}

function decisions(op: string, model: ClassifierModel, x: RowsInput) {
  const codes = encodeLabels(op, "the prediction", readLabels(op, "the prediction", model.predict(x)), model.classes);
  const columns = model.classes.length;
  const data = new Float64Array(codes.length * columns);
  codes.forEach((code, i) => {
    data[i * columns + code] = 1;
  });
  return { columns, data };
}

function sideBySide(blocks: readonly { columns: number; data: Float64Array }[]) {
  const columns = blocks.reduce((sum, b) => sum + b.columns, 0);
  const [first] = blocks;
  const rows = first === undefined ? 0 : first.data.length / first.columns;
  const data = new Float64Array(rows * columns);
  let start = 0;
  for (const block of blocks) {
    for (let i = 0; i < rows; i += 1)
      for (let j = 0; j < block.columns; j += 1) data[i * columns + start + j] = block.data[i * block.columns + j] ?? 0;
    start += block.columns;
  }
  return { rows, columns, data };
}

function widened(
  op: string,
  predictions: { rows: number; columns: number; data: Float64Array },
  x: RowsInput,
  passthrough: boolean,
): Tensor {
  return matrixTensor(passthrough ? sideBySide([predictions, readNumbers(op, "x", x)]) : predictions);
}

/** Fitted members, and the last model on their predictions. */
export class FittedStacking<M extends Model> implements Model<ReturnType<M["predict"]>> {
  readonly kind: string;
  readonly settings: object;
  readonly members: readonly Model[];
  readonly last: M;
  readonly #passthrough: boolean;

  constructor(kind: string, settings: object, members: readonly Model[], last: M, passthrough: boolean) {
    this.kind = kind;
    this.settings = settings;
    this.members = members;
    this.last = last;
    this.#passthrough = passthrough;
  }

  /** What the last model is given for these rows. */
  features(x: RowsInput): Tensor {
    const op = `${this.kind}.predict`;
    return widened(op, predictionsOf(op, this.members, x), x, this.#passthrough);
  }

  predict(x: RowsInput): ReturnType<M["predict"]> {
    return this.last.predict(this.features(x)) as ReturnType<M["predict"]>;
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreRegression(this as Model<Tensor>, x, y, options);
  }

  toJSON(): ModelJSON {
    const state = { members: this.members.map((m) => m.toJSON()), last: this.last.toJSON() };
    return { kind: this.kind, settings: { ...this.settings }, state };
  }
}

export class FittedStackingClassifier<M extends ClassifierModel> implements ProbabilisticModel {
  readonly kind = "stackingClassifier";
  readonly stacked: FittedStacking<M>;

  constructor(stacked: FittedStacking<M>) {
    this.stacked = stacked;
  }

  get classes(): readonly Label[] {
    return this.stacked.last.classes;
  }

  predict(x: RowsInput): PredictedLabels {
    return this.stacked.predict(x);
  }

  /** @throws UserError when the last model has none. */
  predictProbabilities(x: RowsInput): Tensor {
    const { last } = this.stacked;
    if (!hasProbabilities(last))
      throw new UserError(`stackingClassifier: its last model, ${last.kind}, has no probabilities`);
    return last.predictProbabilities(this.stacked.features(x));
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreClassification(this, x, y, options);
  }

  toJSON(): ModelJSON {
    return this.stacked.toJSON();
  }
}

/** The stacked model that `toJSON` wrote; `kinds` are those of its members and of the last one. */
export function stackingFromJSON(
  json: ModelJSON,
  kinds: readonly AnyKind[],
): FittedStacking<Model> | FittedStackingClassifier<ClassifierModel> {
  const op = "stackingFromJSON";
  const { members, last } = stateOf(op, json);
  const { passthrough } = json.settings;
  if ((json.kind !== "stackingRegressor" && json.kind !== "stackingClassifier") || !Array.isArray(members))
    throw new UserError(`${op}: this is a ${json.kind}, and not a fitted stackingRegressor or stackingClassifier`);
  const read = [...members, last].map((member: unknown) => {
    const model = stepFromJSON(op, member, kinds);
    if (!("predict" in model)) throw new UserError(`${op}: ${model.kind} does not predict`);
    return model;
  });
  const final = read.at(-1);
  if (final === undefined || read.length < 2) throw new UserError(`${op}: there are no fitted members in it`);
  const stacked = <M extends Model>(end: M): FittedStacking<M> => {
    const fitted = new FittedStacking(json.kind, json.settings, read.slice(0, -1), end, passthrough === true);
    return remembering(fitted, savedNames(json.kind, json.state));
  };
  if (json.kind === "stackingRegressor") return stacked(final);
  return new FittedStackingClassifier(stacked(final as ClassifierModel));
}
