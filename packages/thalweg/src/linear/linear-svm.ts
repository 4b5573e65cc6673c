/**
 * Linear support vector machines for classes: the plane that holds rows off by a margin,
 *
 *   minimise ½ α (‖w‖² + (b / s)²) + Σᵢ wᵢ lossᵢ,    loss = max(0, 1 − tᵢ (xᵢ·w + b))², or without the square,   t = ±1
 *
 * so that the intercept is held down too, as the weight of a column of the constant s; for more than two classes one plane for each against the others.
 * C. Cortes and V. Vapnik, Machine Learning 20 (1995). α is 1 / C of other programs.
 */
import { NumericalError } from "../base/errors.js";
import { above, flag, oneOf, wholeAtLeast } from "../base/settings.js";
import { readWeights } from "../data/matrix.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readClassTargets } from "../preprocessing/targets.js";
import { type Workspace, withWorkspace } from "../runtime/kernels.js";
import { type ClassWeights, classWeightsConstraint, rowWeights } from "./class-weights.js";
import { LinearClassifier, readScores } from "./linear-classifier.js";
import { type LoadedRows, loadRows, standardRows } from "./standard-rows.js";
import { hinge } from "./svm-interior.js";
import { squaredHinge } from "./svm-newton.js";
import { gapOf, interceptOf } from "./svm-problem.js";
import { reduceWide } from "./wide-rows.js";

export interface LinearSvmSettings {
  /** α > 0. Default: 1. */
  readonly alpha: number;
  /** "squaredHinge" counts squares of what rows lack to the margin, "hinge" what they lack itself. Default: "squaredHinge". */
  readonly loss: "squaredHinge" | "hinge";
  /** Fit a constant too. Default: true. */
  readonly intercept: boolean;
  /** s: the larger, the less the intercept is held down. Default: 1. */
  readonly interceptScale: number;
  /** "equal", "balanced" (rows / (classes · rows of the class)), or one weight a class, ascending: of its rows in every plane. Default: "equal". */
  readonly classWeights: ClassWeights;
  /**
   * Stop where no derivative of the cost, divided by Σw and for columns of unit size, is above this; with "hinge" the duality gap beside the cost may not
   * be either. Rounding may end a fit before, which passes up to 1e-9. Default: 1e-13.
   */
  readonly tolerance: number;
  /** For each plane. Default: 200. */
  readonly maxIterations: number;
}

export interface LinearSvmFacts {
  /** Of each plane. */
  readonly iterations: readonly number[];
  /** The cost of each plane. */
  readonly costs: readonly number[];
  /** How far each cost is above its minimum at most. */
  readonly dualityGaps: readonly number[];
  /** Rows on or short of the margin of each plane, which alone decide where it is. */
  readonly supportVectors: readonly number[];
}

export type LinearSvmModel = LinearClassifier<LinearSvmSettings, LinearSvmFacts>;

/** Beyond this a penalty leaves nothing of an unknown of unit scale; larger ones would leave the range. */
const most = 1e150;
/** A gap no larger than this beside the cost settles it, whatever rounding left in the derivatives. */
const certain = 1e-7;

function fit(settings: LinearSvmSettings, x: RowsInput, y: Targets, { sampleWeight }: FitOptions): LinearSvmModel {
  const kind = "linearSvm";
  const op = `${kind}.fit`;
  const { intercept, interceptScale, alpha, maxIterations } = settings;
  return withWorkspace("float64", (w) => {
    const given = loadRows(w, op, x);
    const { classes, codes } = readClassTargets(op, y, given.x.rows);
    const all = rowWeights(op, settings.classWeights, { classes, codes }, readWeights(op, sampleWeight, given.x.rows));
    const { loaded, kept } = withoutZeros(w, given, all);
    const costs = all.filter((v) => v > 0);
    const reduced = reduceWide(w, loaded);
    const rows = standardRows(w, reduced.loaded, costs, intercept);
    const penalties = rows.factors.map((f) => Math.min(most, Math.max(1 / most, alpha * f * f)));
    const means = rows.means.map((m, j) => m * (rows.factors[j] ?? 0));
    const held = alpha / interceptScale ** 2;
    const planes = classes.length === 2 ? 1 : classes.length;
    const weights = new Float64Array(planes * given.x.columns);
    const intercepts = new Float64Array(planes);
    const facts = {
      iterations: new Array<number>(planes),
      costs: new Array<number>(planes),
      dualityGaps: new Array<number>(planes),
      supportVectors: new Array<number>(planes),
    };
    for (let k = 0; k < planes; k += 1) {
      const positive = planes === 1 ? 1 : k;
      const sides = Float64Array.from(kept, (i) => (codes[i] === positive ? 1 : -1));
      const problem = { w, rows, intercept, sides, costs, penalties, means, held };
      const squared = settings.loss === "squaredHinge";
      const plane = (squared ? squaredHinge : hinge)(problem, settings);
      const { cost, gap } = gapOf(problem, plane, squared);
      if (!plane.converged && !(gap <= certain * cost))
        throw new NumericalError(
          `${op}: not converged after ${plane.iterations} iterations${plane.iterations < maxIterations ? ", where rounding ended it" : ""}: the duality gap is ${gap.toExponential(2)} of a cost of ${cost.toExponential(2)}; scale the columns (standardScaler), raise alpha, tolerance or maxIterations`,
          { iterations: plane.iterations, dualityGap: gap, cost },
        );
      const beta = reduced.expand(rows.factors.map((f, j) => (penalties[j] === most ? 0 : (plane.u[j] ?? 0) * f)));
      weights.set(beta, k * given.x.columns);
      intercepts[k] = interceptOf(problem, plane.u);
      facts.iterations[k] = plane.iterations;
      facts.costs[k] = cost;
      facts.dualityGaps[k] = gap;
      facts.supportVectors[k] = plane.dual.reduce((n, a, i) => n + (a > 1e-8 * (costs[i] ?? 0) ? 1 : 0), 0);
    }
    return new LinearClassifier(kind, settings, { classes, weights, intercepts }, facts);
  });
}

/** Only rows of weight above 0, and which they are. */
function withoutZeros(
  w: Workspace,
  loaded: LoadedRows,
  weights: Float64Array,
): { readonly loaded: LoadedRows; readonly kept: readonly number[] } {
  const kept = [...weights.keys()].filter((i) => (weights[i] ?? 0) > 0);
  if (kept.length === weights.length) return { loaded, kept };
  const x = w.matrix(kept.length, loaded.x.columns);
  kept.forEach((from, to) => {
    w.copy(loaded.x.row(from), x.row(to));
  });
  return { loaded: { ...loaded, x }, kept };
}

/**
 * Planes between classes that keep a margin. Takes sample weights. `decision` gives x·w + b, which is no probability: `calibrated` makes
 * one of it.
 *
 * @throws NumericalError where it does not converge.
 */
export const linearSvm: PredictorKind<LinearSvmSettings, LinearSvmModel> = predictorKind<
  LinearSvmSettings,
  LinearSvmModel
>({
  kind: "linearSvm",
  role: "classifier",
  defaults: {
    alpha: 1,
    loss: "squaredHinge",
    intercept: true,
    interceptScale: 1,
    classWeights: "equal",
    tolerance: 1e-13,
    maxIterations: 200,
  },
  constraints: {
    alpha: above(0),
    loss: oneOf("squaredHinge", "hinge"),
    intercept: flag(),
    interceptScale: above(0),
    classWeights: classWeightsConstraint,
    tolerance: above(0),
    maxIterations: wholeAtLeast(1),
  },
  fit,
  read: (settings, state) =>
    new LinearClassifier(
      "linearSvm",
      settings,
      readScores("linearSvm", state),
      (state.value("facts") ?? {}) as LinearSvmFacts,
    ),
});
