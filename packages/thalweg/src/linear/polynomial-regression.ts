/**
 * Polynomial regression: least squares, or ridge regression, on all products of features up to a degree,
 *
 *   ŷ = b + Σ_{0 < |k| ≤ d} β_k x₁^k₁ ⋯ x_p^k_p
 *
 * which is `polynomialFeatures` and `ridge` in one: the model keeps both.
 */
import { atLeast, flag, wholeAtLeast } from "../base/settings.js";
import { checkColumns, matrixTensor, readWeights } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FitOptions, Model, ModelJSON, Targets } from "../preprocessing/estimator.js";
import { type FittedPolynomial, polynomialFeatures } from "../preprocessing/polynomial.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readNumberTargets } from "../preprocessing/targets.js";
import { checkFitOptions } from "../preprocessing/transformer-kind.js";
import type { Tensor } from "../tensor/tensor.js";
import { type RidgeModel, ridge } from "./least-squares.js";

export interface PolynomialRegressionSettings {
  /** The highest degree, at least 1. Default: 2. */
  readonly degree: number;
  /** α ≥ 0 on the squares of the coefficients; 0 is least squares. Default: 0. */
  readonly alpha: number;
  /** Products of different features alone: no squares. Default: false. */
  readonly interactionOnly: boolean;
  /** Fit a constant too; it is not held down. Default: true. */
  readonly intercept: boolean;
}

export class PolynomialRegressionModel implements Model<Tensor> {
  readonly kind = "polynomialRegression";
  readonly settings: PolynomialRegressionSettings;
  /** Which products of features the columns are. */
  readonly features: FittedPolynomial;
  /** The regression on them. */
  readonly model: RidgeModel;

  constructor(settings: PolynomialRegressionSettings, features: FittedPolynomial, model: RidgeModel) {
    this.settings = settings;
    this.features = features;
    this.model = model;
  }

  /** One a product, in the order of `terms`: (products), or (targets, products) where y had columns. */
  get coefficients(): Tensor {
    return this.model.coefficients;
  }

  /** One a target. */
  get intercepts(): Float64Array {
    return this.model.intercepts;
  }

  /** How the system was solved; a warning there in words, when powers of the features are all but dependent: scale the features then. */
  get facts(): RidgeModel["facts"] {
    return this.model.facts;
  }

  /** What each coefficient belongs to: x0, x1, x0^2, x0 x1, … */
  terms(names?: readonly string[]): string[] {
    return this.features.columnNames(names);
  }

  /** (rows), or (rows, targets) where y had columns. */
  predict(x: RowsInput): Tensor {
    return this.model.predict(this.#products("predict", x));
  }

  score(x: RowsInput, y: Targets, options?: FitOptions): number {
    checkFitOptions(`${this.kind}.score`, options ?? {});
    return this.model.score(this.#products("score", x), y, options);
  }

  #products(method: string, x: RowsInput): Tensor {
    const op = `${this.kind}.${method}`;
    const matrix = readNumbers(op, "x", x);
    checkColumns(op, "x", matrix, this.features.inputColumns);
    return this.features.transform(matrixTensor(matrix));
  }

  toJSON(): ModelJSON {
    return {
      kind: this.kind,
      settings: { ...this.settings },
      state: { inputColumns: this.features.inputColumns, ...this.model.toJSON().state },
    };
  }
}

const featuresOf = ({ degree, interactionOnly }: PolynomialRegressionSettings) =>
  polynomialFeatures({ degree, interactionOnly, bias: false });
const ridgeOf = ({ alpha, intercept }: PolynomialRegressionSettings) => ({ alpha, intercept });

/** Least squares or ridge regression on powers and products of the features. Takes sample weights and several targets. */
export const polynomialRegression: PredictorKind<PolynomialRegressionSettings, PolynomialRegressionModel> =
  predictorKind<PolynomialRegressionSettings, PolynomialRegressionModel>({
    kind: "polynomialRegression",
    role: "regressor",
    defaults: { degree: 2, alpha: 0, interactionOnly: false, intercept: true },
    constraints: { degree: wholeAtLeast(1), alpha: atLeast(0), interactionOnly: flag(), intercept: flag() },
    fit(settings, x, y, options) {
      // Read here, so that what is wrong is told of this and not of a part.
      const op = "polynomialRegression.fit";
      const matrix = readNumbers(op, "x", x);
      readNumberTargets(op, y, matrix.rows);
      readWeights(op, options.sampleWeight, matrix.rows);
      const rows = matrixTensor(matrix);
      const features = featuresOf(settings).fit(rows);
      return new PolynomialRegressionModel(
        settings,
        features,
        ridge(ridgeOf(settings)).fit(features.transform(rows), y, options),
      );
    },
    read(settings, state) {
      const inputColumns = state.number("inputColumns");
      const features = polynomialFeatures.fromJSON({
        kind: "polynomialFeatures",
        settings: { ...featuresOf(settings).settings },
        state: { inputColumns },
      });
      const model = ridge.fromJSON({
        kind: "ridge",
        settings: ridgeOf(settings),
        state: {
          coefficients: state.value("coefficients"),
          intercepts: state.value("intercepts"),
          vector: state.value("vector"),
          facts: state.value("facts"),
        },
      });
      return new PolynomialRegressionModel(settings, features, model);
    },
  });
