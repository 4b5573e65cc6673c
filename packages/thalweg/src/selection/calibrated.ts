/**
 * A classifier of two classes with its probabilities set right: the calibrator is fitted on predictions for rows that the classifier was not
 * fitted on, fold by fold; the classifier then on all rows.
 */
import { UserError } from "../base/errors.js";
import { checkSettings, oneOf } from "../base/settings.js";
import {
  distinctLabels,
  encodeLabels,
  type Label,
  type LabelsInput,
  type PredictedLabels,
  predictedLabels,
  readLabels,
  showLabels,
} from "../data/labels.js";
import { matrixTensor } from "../data/matrix.js";
import { countRows, type RowsInput } from "../preprocessing/columns.js";
import type {
  AnyKind,
  FitOptions,
  Model,
  ModelJSON,
  Predictor,
  ProbabilisticModel,
  Targets,
} from "../preprocessing/estimator.js";
import { stepFromJSON } from "../preprocessing/pipeline.js";
import { scoreClassification } from "../preprocessing/predictor-kind.js";
import { StateReader, stateOf } from "../preprocessing/transformer-kind.js";
import { travelling, travellingParts } from "../preprocessing/travelling.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkEachOnce, fitOptionsOf, makeFolds } from "./cross-validate.js";
import { Isotonic, isotonicRegression } from "./isotonic.js";
import { PlattScaling, plattScaling } from "./platt.js";
import { takeOptions, takeRowsOf, takeTargets } from "./rows.js";
import { foldsConstraint, type Splitter } from "./splitter.js";
import { isSure, type SureModel, surenessOf } from "./sureness.js";
import { checkMembers } from "./voting.js";

export interface CalibratedSettings {
  /** "platt" fits a sigmoid, "isotonic" any ascending function (for a thousand rows and more). Default: "platt". */
  readonly method?: "platt" | "isotonic";
  /** Default: 5, stratified. */
  readonly folds?: Splitter | number;
}

/** Wraps a classifier of two classes with probabilities or, as support vector machines have it, with a decision: it then gives probabilities. */
export function calibrated(
  estimator: Predictor<SureModel>,
  given: CalibratedSettings = {},
): Predictor<FittedCalibrated> {
  const kind = "calibrated";
  checkMembers(kind, [estimator], "classifier");
  const { method, folds } = checkSettings<Required<CalibratedSettings>>(
    kind,
    given,
    { method: "platt", folds: 5 },
    { method: oneOf("platt", "isotonic"), folds: foldsConstraint },
  );
  const settings = Object.freeze({
    estimator: estimator.toJSON(),
    method,
    folds: typeof folds === "number" ? folds : { kind: folds.kind, settings: folds.settings },
  });
  const wrapped: Predictor<FittedCalibrated> = {
    role: "classifier",
    kind,
    settings,
    toJSON: () => ({ kind, settings }),
    fit(x: RowsInput, y: Targets, options: FitOptions = {}) {
      const op = `${kind}.fit`;
      const rows = countRows(op, "x", x);
      const labels = readLabels(op, "y", y as LabelsInput);
      const classes = distinctLabels(labels);
      if (classes.length !== 2)
        throw new UserError(`${op}: y must have two classes, got ${classes.length} (${showLabels(classes)})`);
      // On all rows first: what is wrong with one is then told by its place in x, not in a fold.
      const fitted = estimator.fit(x, y, options);
      const parts = makeFolds(op, estimator, rows, y, { folds });
      checkEachOnce(op, rows, parts);
      const scores = new Float64Array(rows);
      for (const { train, test } of parts) {
        const own = takeOptions(op, fitOptionsOf(options), train);
        const model = estimator.fit(takeRowsOf(op, x, train), takeTargets(op, y, train), own);
        scoresOf(op, model, takeRowsOf(op, x, test)).forEach((p, k) => {
          scores[test[k] ?? 0] = p;
        });
      }
      const truth = encodeLabels(op, "y", labels, classes);
      const calibrator =
        method === "platt"
          ? plattScaling(truth, scores, options)
          : isotonicRegression(scores, Float64Array.from(truth), options);
      return new FittedCalibrated(settings, fitted, calibrator, classes);
    },
  };
  return travelling(wrapped, travellingParts([estimator], folds));
}

function scoresOf(op: string, model: Model, x: RowsInput): Float64Array {
  if (!isSure(model)) throw new UserError(`${op}: ${model.kind} has neither probabilities nor a decision to calibrate`);
  if (model.classes.length !== 2)
    throw new UserError(`${op}: a fold has rows of one class only; use fewer folds, or stratified ones`);
  return surenessOf(op, model, x);
}

export class FittedCalibrated implements ProbabilisticModel {
  readonly kind = "calibrated";
  readonly settings: object;
  readonly model: SureModel;
  readonly calibrator: PlattScaling | Isotonic;
  readonly classes: readonly Label[];

  constructor(settings: object, model: SureModel, calibrator: PlattScaling | Isotonic, classes: readonly Label[]) {
    this.settings = settings;
    this.model = model;
    this.calibrator = calibrator;
    this.classes = classes;
  }

  #second(x: RowsInput): Float64Array {
    return scoresOf("calibrated.predict", this.model, x).map((p) => this.calibrator.at(p));
  }

  predict(x: RowsInput): PredictedLabels {
    return predictedLabels(
      this.classes,
      this.#second(x).map((p) => (p > 0.5 ? 1 : 0)),
    );
  }

  predictProbabilities(x: RowsInput): Tensor {
    const second = this.#second(x);
    const data = Float64Array.from({ length: 2 * second.length }, (_, k) =>
      k % 2 === 1 ? (second[k >> 1] ?? 0) : 1 - (second[k >> 1] ?? 0),
    );
    return matrixTensor({ rows: second.length, columns: 2, data });
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreClassification(this, x, y, options);
  }

  toJSON(): ModelJSON {
    const state = { model: this.model.toJSON(), calibrator: this.calibrator.toJSON(), classes: this.classes };
    return { kind: this.kind, settings: { ...this.settings }, state };
  }
}

/** The calibrated model that `toJSON` wrote; `kinds` hold that of the classifier inside. */
export function calibratedFromJSON(json: ModelJSON, kinds: readonly AnyKind[]): FittedCalibrated {
  const op = "calibratedFromJSON";
  const learnt = stateOf(op, json);
  if (json.kind !== "calibrated") throw new UserError(`${op}: this is a ${json.kind}, and not a calibrated classifier`);
  const state = new StateReader(json.kind, learnt);
  const model = stepFromJSON(op, state.value("model"), kinds);
  if (!("predict" in model) || !isSure(model))
    throw new UserError(`${op}: ${model.kind} has neither probabilities nor a decision`);
  const inner = new StateReader(json.kind, state.value("calibrator") as Readonly<Record<string, unknown>>);
  const calibrator =
    inner.value("slope") === undefined
      ? new Isotonic(inner.numbers("x"), inner.numbers("y", inner.numbers("x").length))
      : new PlattScaling(inner.number("slope"), inner.number("intercept"));
  return new FittedCalibrated(json.settings, model, calibrator, state.list("classes") as readonly Label[]);
}
