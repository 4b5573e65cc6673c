/** Logistic regression, for two classes, and softmax regression, for more: by L-BFGS. */
import { NumericalError } from "../base/errors.js";
import { above, atLeast, flag, wholeAtLeast } from "../base/settings.js";
import { matrixTensor, readWeights } from "../data/matrix.js";
import { lbfgs } from "../minimize/index.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, ProbabilisticModel, Targets } from "../preprocessing/estimator.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readClassTargets } from "../preprocessing/targets.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ClassWeights, classWeightsConstraint, rowWeights } from "./class-weights.js";
import { centred, readFeatures } from "./design.js";
import { LinearClassifier, readScores } from "./linear-classifier.js";
import { logisticProblem, softmaxInPlace } from "./logistic-objective.js";

export interface LogisticSettings {
  /** α ≥ 0 in Σᵢ wᵢ lossᵢ + ½ α ‖W‖²; the intercepts are not held down. Default: 1. */
  readonly alpha: number;
  /** Fit a constant too. Default: true. */
  readonly intercept: boolean;
  /** "equal", "balanced" (rows / (classes · rows of the class)), or one weight a class, ascending. Default: "equal". */
  readonly classWeights: ClassWeights;
  /** Stop when no element of the scaled gradient is above this times √Σw. Default: 1e-9. */
  readonly tolerance: number;
  /** Default: 2000. */
  readonly maxIterations: number;
}

export interface LogisticFacts {
  readonly iterations: number;
  readonly evaluations: number;
  /** Σᵢ wᵢ lossᵢ + ½ α ‖W‖². */
  readonly cost: number;
}

export class LogisticModel extends LinearClassifier<LogisticSettings, LogisticFacts> implements ProbabilisticModel {
  predictProbabilities(x: RowsInput): Tensor {
    const width = this.classes.length;
    const scores = this.scores("predictProbabilities", x);
    if (width > 2) {
      for (let at = 0; at < scores.length; at += width) softmaxInPlace(scores.subarray(at, at + width));
      return matrixTensor({ rows: scores.length / width, columns: width, data: scores });
    }
    const data = new Float64Array(2 * scores.length);
    scores.forEach((z, i) => {
      const tail = Math.exp(-Math.abs(z));
      const [large, small] = [1 / (1 + tail), tail / (1 + tail)];
      data[2 * i] = z >= 0 ? small : large;
      data[2 * i + 1] = z >= 0 ? large : small;
    });
    return matrixTensor({ rows: scores.length, columns: 2, data });
  }
}

function fit(settings: LogisticSettings, x: RowsInput, y: Targets, { sampleWeight }: FitOptions): LogisticModel {
  const kind = "logisticRegression";
  const op = `${kind}.fit`;
  const { alpha, intercept, tolerance, maxIterations } = settings;
  const matrix = readFeatures(op, x);
  const { rows, columns } = matrix;
  const targets = readClassTargets(op, y, rows);
  const weights = rowWeights(op, settings.classWeights, targets, readWeights(op, sampleWeight, rows));
  const total = weights.reduce((a, b) => a + b, 0);
  const [centredX, means] = centred(matrix, intercept, weights);
  const scores = targets.classes.length === 2 ? 1 : targets.classes.length;
  return withWorkspace("float64", (w) => {
    const { codes, classes } = targets;
    const problem = logisticProblem(w, { rows, columns, x: centredX, codes, weights, scores, alpha, intercept });
    const result = lbfgs(problem.objective, new Float64Array(problem.size), {
      gradientTolerance: tolerance * Math.sqrt(total),
      maxIterations,
      memory: 20,
    });
    // A search that rounding ended close to the minimum has done its work.
    const done =
      result.converged || (result.reason === "line search" && result.gradientNorm <= 1e-7 * Math.sqrt(total));
    if (!done)
      throw new NumericalError(
        `${op}: ${result.message}. ${alpha === 0 ? "If a plane separates the classes there is no minimum: set alpha above 0" : "Scale the columns (standardScaler), raise alpha, maxIterations or tolerance"}`,
        { iterations: result.iterations, gradientNorm: result.gradientNorm, reason: result.reason },
      );
    const { weights: found, intercepts } = problem.unpack(result.x);
    const placed = intercepts.map((b, k) =>
      intercept ? means.reduce((sum, m, j) => sum - m * (found[k * columns + j] ?? 0), b) : 0,
    );
    return new LogisticModel(
      kind,
      settings,
      { classes, weights: found, intercepts: placed },
      { iterations: result.iterations, evaluations: result.evaluations, cost: result.value },
    );
  });
}

/**
 * Probabilities of classes that are linear in their logarithms: the logistic function for two classes, softmax for more. Takes sample weights.
 *
 * @throws NumericalError where it does not converge: with alpha 0 on classes that a plane separates, or on columns of very unequal scale.
 */
export const logisticRegression: PredictorKind<LogisticSettings, LogisticModel> = predictorKind<
  LogisticSettings,
  LogisticModel
>({
  kind: "logisticRegression",
  role: "classifier",
  defaults: { alpha: 1, intercept: true, classWeights: "equal", tolerance: 1e-9, maxIterations: 2000 },
  constraints: {
    alpha: atLeast(0),
    intercept: flag(),
    classWeights: classWeightsConstraint,
    tolerance: above(0),
    maxIterations: wholeAtLeast(1),
  },
  fit,
  read: (settings, state) =>
    new LogisticModel(
      "logisticRegression",
      settings,
      readScores("logisticRegression", state),
      (state.value("facts") ?? {}) as LogisticFacts,
    ),
});
