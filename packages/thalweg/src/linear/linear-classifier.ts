/** What linear models of classes share: one score a class, or one alone for two classes (above 0: the second). */
import { UserError } from "../base/errors.js";
import type { Label, PredictedLabels } from "../data/labels.js";
import { matrixTensor, vectorTensor } from "../data/matrix.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { ClassifierModel, FitOptions, ModelJSON, Targets } from "../preprocessing/estimator.js";
import { scoreClassification } from "../preprocessing/predictor-kind.js";
import { largestLabels, readClassesState } from "../preprocessing/targets.js";
import type { StateReader } from "../preprocessing/transformer-kind.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkPlanes, linearScores } from "./linear-model.js";

export interface ClassScores {
  /** Ascending. */
  readonly classes: readonly Label[];
  /** (scores, columns), row-major. */
  readonly weights: Float64Array;
  /** One a score. */
  readonly intercepts: Float64Array;
}

export class LinearClassifier<S extends object, F extends object> implements ClassifierModel {
  readonly kind: string;
  readonly settings: S;
  readonly classes: readonly Label[];
  /** How the fit went. */
  readonly facts: F;
  readonly #weights: Float64Array;
  readonly #intercepts: Float64Array;

  constructor(kind: string, settings: S, { classes, weights, intercepts }: ClassScores, facts: F) {
    this.kind = kind;
    this.settings = settings;
    this.classes = classes;
    this.facts = facts;
    this.#weights = weights;
    this.#intercepts = intercepts;
  }

  /** (scores, columns), float64: one row for two classes, else one a class. */
  get coefficients(): Tensor {
    const rows = this.#intercepts.length;
    return matrixTensor({ rows, columns: this.#weights.length / rows, data: this.#weights.slice() });
  }

  get intercepts(): Float64Array {
    return this.#intercepts.slice();
  }

  /** x·w + b: (rows) for two classes, else (rows, classes). */
  decision(x: RowsInput): Tensor {
    const scores = this.scores("decision", x);
    const columns = this.#intercepts.length;
    return columns === 1
      ? vectorTensor(scores)
      : matrixTensor({ rows: scores.length / columns, columns, data: scores });
  }

  predict(x: RowsInput): PredictedLabels {
    const scores = this.scores("predict", x);
    if (this.#intercepts.length > 1) return largestLabels(this.classes, scores);
    const both = new Float64Array(2 * scores.length);
    scores.forEach((s, i) => {
      both[2 * i + 1] = s;
    });
    return largestLabels(this.classes, both);
  }

  score(x: RowsInput, y: Targets, options?: FitOptions): number {
    return scoreClassification(this, x, y, options);
  }

  toJSON(): ModelJSON {
    return {
      kind: this.kind,
      settings: { ...this.settings } as ModelJSON["settings"],
      state: {
        classes: [...this.classes],
        coefficients: [...this.#weights],
        intercepts: [...this.#intercepts],
        facts: { ...this.facts },
      },
    };
  }

  protected scores(name: string, x: RowsInput): Float64Array {
    return linearScores(`${this.kind}.${name}`, x, this.#weights, this.#intercepts);
  }
}

export function readScores(kind: string, state: StateReader): ClassScores {
  const classes = readClassesState(kind, state);
  const intercepts = state.numbers("intercepts", classes.length === 2 ? 1 : classes.length);
  if (classes.length < 2)
    throw new UserError(`${kind}.fromJSON: classes of the state must be at least two, got ${classes.length}`);
  const weights = state.numbers("coefficients");
  checkPlanes(kind, weights.length, intercepts.length);
  return { classes, intercepts, weights };
}
