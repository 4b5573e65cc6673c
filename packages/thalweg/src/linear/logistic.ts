/**
 * Logistic regression, for two classes, and softmax regression, for more:
 *
 *   minimise Σᵢ wᵢ lossᵢ + α (ρ ‖W‖₁ + ½ (1 − ρ) ‖W‖²)
 *
 * by L-BFGS, by Newton's method, or with ρ > 0 by proximal Newton steps. The intercepts are not held down.
 */
import { NumericalError, UserError } from "../base/errors.js";
import { above, atLeast, between, flag, oneOf, wholeAtLeast } from "../base/settings.js";
import { matrixTensor, readWeights } from "../data/matrix.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, ProbabilisticModel, Targets } from "../preprocessing/estimator.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readClassTargets } from "../preprocessing/targets.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ClassWeights, classWeightsConstraint, rowWeights } from "./class-weights.js";
import { LinearClassifier, readScores } from "./linear-classifier.js";
import { lbfgsSolver } from "./logistic-lbfgs.js";
import { newtonSolver, stillMoving } from "./logistic-newton.js";
import { type LogisticLoss, logisticLoss, softmaxInPlace, unpack } from "./logistic-objective.js";
import { dropCrushed, penalised, type Solved } from "./penalised-loss.js";
import { loadRows, standardRows } from "./standard-rows.js";

export interface LogisticSettings {
  /** α ≥ 0 in Σᵢ wᵢ lossᵢ + α (ρ ‖W‖₁ + ½ (1 − ρ) ‖W‖²). Default: 1. */
  readonly alpha: number;
  /** ρ from 0 (squares) to 1 (absolute values, so that many weights become 0). Default: 0. */
  readonly l1Ratio: number;
  /** Fit a constant too. Default: true. */
  readonly intercept: boolean;
  /** "equal", "balanced" (rows / (classes · rows of the class)), or one weight a class, ascending. Default: "equal". */
  readonly classWeights: ClassWeights;
  /**
   * "newton" has all second derivatives: few, long steps; "lbfgs" many short ones; "auto" takes the faster for the size, and
   * goes on with the former where the latter gets on slowly. With l1Ratio above 0 steps are
   * proximal Newton ones. Default: "auto".
   */
  readonly solver: "auto" | "lbfgs" | "newton";
  /** Stop when no derivative of the cost, divided by Σw and for columns of unit spread, is above this. Default: 1e-9. */
  readonly tolerance: number;
  /** Default: 2000. */
  readonly maxIterations: number;
  /** T > 0: probabilities are those of the scores divided by it, for predictions alone; the fit is the same. Default: 1. */
  readonly temperature: number;
}

export interface LogisticFacts {
  readonly solver: "lbfgs" | "newton";
  readonly iterations: number;
  /** Of cost and gradient. */
  readonly evaluations: number;
  /** Σᵢ wᵢ lossᵢ + α (ρ ‖W‖₁ + ½ (1 − ρ) ‖W‖²). */
  readonly cost: number;
}

export class LogisticModel extends LinearClassifier<LogisticSettings, LogisticFacts> implements ProbabilisticModel {
  /** (rows, classes) at the temperature of the settings. */
  predictProbabilities(x: RowsInput): Tensor {
    const width = this.classes.length;
    const { temperature } = this.settings;
    const scores = this.scores("predictProbabilities", x);
    if (temperature !== 1) for (let i = 0; i < scores.length; i += 1) scores[i] = (scores[i] ?? 0) / temperature;
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

  /** The same model with probabilities at another temperature, such as one that `temperatureScaling` found. */
  withTemperature(temperature: number): LogisticModel {
    const json = this.toJSON();
    return logisticRegression.fromJSON({ ...json, settings: { ...json.settings, temperature } });
  }
}

/** Unknowns up to which Newton's method is tried at all, and multiplications of one of its steps up to which it is chosen. */
const mostUnknowns = 6000;
const cheapStep = 1e7;
/** Unknowns up to which it takes over where L-BFGS does not converge. */
const mostRetried = 2000;
/**
 * Steps of L-BFGS after which the cost is a narrow valley, in which few of Newton's are the faster and come nearer to the minimum; and multiplications of one
 * of those up to which that holds.
 */
const narrow = 200;
const affordableStep = 4e8;

function chooseSolver(
  { solver, l1Ratio, alpha }: LogisticSettings,
  { size, rows, width }: LogisticLoss,
): "lbfgs" | "newton" {
  if (l1Ratio > 0 && alpha > 0) return "newton";
  if (solver !== "auto") return solver;
  const step = stepOf({ size, rows, width });
  return size <= 1000 && (width <= 32 || step <= cheapStep) ? "newton" : "lbfgs";
}

/** Multiplications of one step of Newton's method. */
function stepOf({ size, rows, width }: Pick<LogisticLoss, "size" | "rows" | "width">): number {
  return rows.rows * size * width + size ** 3 / 3;
}

function fit(settings: LogisticSettings, x: RowsInput, y: Targets, { sampleWeight }: FitOptions): LogisticModel {
  const kind = "logisticRegression";
  const op = `${kind}.fit`;
  const { alpha, intercept, l1Ratio } = settings;
  return withWorkspace("float64", (w) => {
    const features = loadRows(w, op, x);
    const { classes, codes } = readClassTargets(op, y, features.x.rows);
    const weights = rowWeights(
      op,
      settings.classWeights,
      { classes, codes },
      readWeights(op, sampleWeight, features.x.rows),
    );
    const rows = standardRows(w, features, weights, intercept);
    const loss = logisticLoss(w, rows, codes, classes.length === 2 ? 1 : classes.length, intercept);
    const problem = penalised(loss, alpha, l1Ratio);
    let solver = chooseSolver(settings, loss);
    if (solver === "newton" && (l1Ratio === 0 || alpha === 0) && loss.size > mostUnknowns)
      throw new UserError(
        `${op}: solver "newton" keeps a matrix of ${loss.size} × ${loss.size} for these columns and classes, more than ${mostUnknowns}; use solver "lbfgs"`,
      );
    const limited = settings.solver === "auto" && loss.size <= 1000 && stepOf(loss) <= affordableStep;
    const most = limited ? Math.min(narrow, settings.maxIterations) : settings.maxIterations;
    let solved =
      solver === "newton"
        ? newtonSolver(w, problem, settings)
        : lbfgsSolver(w, problem, { ...settings, maxIterations: most });
    // A valley too narrow for the one is none for the other.
    if (
      settings.solver === "auto" &&
      solver === "lbfgs" &&
      !solved.converged &&
      solved.separated === undefined &&
      loss.size <= mostRetried
    ) {
      solver = "newton";
      const { u, iterations, evaluations } = solved;
      const rest = newtonSolver(w, problem, settings, u.every(Number.isFinite) ? u : undefined);
      solved = { ...rest, iterations: iterations + rest.iterations, evaluations: evaluations + rest.evaluations };
    }
    const separated =
      solved.separated ??
      (alpha === 0 && solver === "lbfgs" && solved.converged && loss.size <= 1000 && stillMoving(w, problem, solved.u)
        ? "partly"
        : undefined);
    checkSolved(op, { ...solved, ...(separated === undefined ? {} : { separated }) }, alpha);
    const { iterations, evaluations, cost } = solved;
    return new LogisticModel(
      kind,
      settings,
      { classes, ...unpack(loss, dropCrushed(problem, solved.u)) },
      { solver, iterations, evaluations, cost },
    );
  });
}

function checkSolved(op: string, { separated, converged, message, iterations, gradient }: Solved, alpha: number): void {
  const facts = { iterations, gradient, separated };
  if (separated !== undefined)
    throw new NumericalError(
      `${op}: the classes are separated by planes${separated === "wholly" ? "" : " in part (one from the others, or all but for rows on the planes themselves)"}, so that without a penalty larger weights are always better and there is no minimum; set alpha above 0`,
      facts,
    );
  if (!converged)
    throw new NumericalError(
      `${op}: ${message ?? "not converged"}. ${alpha === 0 ? "If a plane all but separates the classes there is no minimum: set alpha above 0" : "Scale the columns (standardScaler), raise alpha, maxIterations or tolerance"}`,
      facts,
    );
}

/**
 * Probabilities of classes that are linear in their logarithms: the logistic function for two classes, softmax for more. Takes sample weights.
 *
 * @throws NumericalError where there is no minimum (alpha 0 and classes that planes separate, whether wholly or but for rows on them) or it does not
 * converge.
 */
export const logisticRegression: PredictorKind<LogisticSettings, LogisticModel> = predictorKind<
  LogisticSettings,
  LogisticModel
>({
  kind: "logisticRegression",
  role: "classifier",
  defaults: {
    alpha: 1,
    l1Ratio: 0,
    intercept: true,
    classWeights: "equal",
    solver: "auto",
    tolerance: 1e-9,
    maxIterations: 2000,
    temperature: 1,
  },
  constraints: {
    alpha: atLeast(0),
    l1Ratio: between(0, 1),
    intercept: flag(),
    classWeights: classWeightsConstraint,
    solver: oneOf("auto", "lbfgs", "newton"),
    tolerance: above(0),
    maxIterations: wholeAtLeast(1),
    temperature: above(0),
  },
  check({ solver, l1Ratio }) {
    if (solver === "lbfgs" && l1Ratio > 0)
      throw new UserError(
        'logisticRegression: solver "lbfgs" cannot be used with l1Ratio above 0, because absolute values have no derivative at 0; use "newton" or "auto"',
      );
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
