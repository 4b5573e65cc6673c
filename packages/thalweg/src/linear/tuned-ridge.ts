/**
 * Ridge regression with the penalty chosen by the errors of rows left out, one at a time or by generalised cross-validation, both in closed form from one
 * factorisation, or by folds.
 */
import { NumericalError, UserError } from "../base/errors.js";
import { atLeast, flag, listOf, oneOf } from "../base/settings.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import type { Splitter } from "../selection/splitter.js";
import { interceptsOf, type Problem, readProblem } from "./design.js";
import { foldRows, type Plane } from "./fold-moments.js";
import { foldsFor, foldsSetting } from "./folds.js";
import { LinearModel, readLinear } from "./linear-model.js";
import { chosenPlace, curveOf, type PenaltyCurve, type PenaltyRule, ruleConstraint } from "./penalty-curve.js";
import { defaultAlphas } from "./ridge-path.js";
import { coefficientsAt, rowErrors, type Spectrum, spectrumOf, spectrumWith } from "./ridge-spectrum.js";

export interface TunedRidgeSettings {
  /** Penalties α ≥ 0 to choose from, on sums of squares as in `ridge`. Default: 13 from 1000 down to 0.001. */
  readonly alphas: readonly number[];
  /** Default: "leave-one-out". */
  readonly method: "leave-one-out" | "generalised" | "folds";
  /** For the method "folds": a number of folds (stretches of rows, in their order), or a splitter. Default: 5. */
  readonly folds: Splitter | number;
  /** "one standard error" goes with the method "folds". Default: "minimum". */
  readonly rule: PenaltyRule;
  /** A penalty for each target, rather than the best for all together. Default: false. */
  readonly perTarget: boolean;
  /** Fit a constant too; it is not held down. Default: true. */
  readonly intercept: boolean;
}

/** How the penalties were chosen. */
export interface TunedRidgeFacts {
  /** One a target. */
  readonly alphas: readonly number[];
  /**
   * Of all targets together, or one a target with `perTarget`: the mean squared errors of the method, the largest penalty first; with the method "folds" those
   * of each fold, else one number a penalty.
   */
  readonly curves: readonly PenaltyCurve[];
  readonly factors: Spectrum["method"];
}

export type TunedRidgeModel = LinearModel<TunedRidgeSettings, TunedRidgeFacts>;

/** Errors of each fold, one a penalty and target, (penalties, targets). */
function errorsOf(
  op: string,
  s: TunedRidgeSettings,
  problem: Problem,
  spectrum: Spectrum,
  alphas: readonly number[],
): readonly Float64Array[] {
  if (s.method !== "folds") {
    const { leaveOneOut, generalised } = rowErrors(problem, spectrum, alphas, s.intercept, false);
    const errors = s.method === "generalised" ? generalised : leaveOneOut;
    if (!errors.some(Number.isFinite))
      throw new NumericalError(
        `${op}: for none of the penalties are there errors of rows left out: there are no more rows than free coefficients; use larger alphas, or method "folds"`,
        { alphas: [...alphas] },
      );
    return [errors];
  }
  const { targets } = problem;
  const folds = foldsFor(op, s.folds, problem.rows, problem.weights);
  return foldRows(problem, folds, s.intercept).folds.map(({ train, moments, errors }) => {
    const part = spectrumWith(moments, alphas.at(-1) ?? 0, train, s.intercept);
    return errors(
      alphas.flatMap((alpha): Plane[] => {
        const weights = coefficientsAt(part, alpha);
        const intercepts = interceptsOf(part, weights);
        return Array.from(intercepts, (intercept, target) => {
          const beta = weights.subarray(target * problem.columns, (target + 1) * problem.columns);
          return { beta, intercept, target };
        });
      }),
    ).slice(0, alphas.length * targets);
  });
}

/** Least squares with a penalty on the squares of the coefficients, chosen by errors on rows left out. Takes sample weights and several targets. */
export const tunedRidge: PredictorKind<TunedRidgeSettings, TunedRidgeModel> = predictorKind<
  TunedRidgeSettings,
  TunedRidgeModel
>({
  kind: "tunedRidge",
  role: "regressor",
  defaults: {
    alphas: defaultAlphas,
    method: "leave-one-out",
    folds: 5,
    rule: "minimum",
    perTarget: false,
    intercept: true,
  },
  constraints: {
    alphas: listOf(atLeast(0)),
    method: oneOf("leave-one-out", "generalised", "folds"),
    folds: foldsSetting,
    rule: ruleConstraint,
    perTarget: flag(),
    intercept: flag(),
  },
  check({ method, rule }) {
    if (method !== "folds" && rule !== "minimum")
      throw new UserError(
        `tunedRidge: rule must be "minimum" with method "${method}"; "one standard error" needs "folds"`,
      );
  },
  fit(settings, x, y, options) {
    const op = "tunedRidge.fit";
    const problem = readProblem(op, x, y, options);
    const { columns, targets, vector } = problem;
    const alphas = [...settings.alphas].sort((a, b) => b - a);
    const spectrum = spectrumOf(problem, settings.intercept, alphas.at(-1) ?? 0);
    const errors = errorsOf(op, settings, problem, spectrum, alphas);
    const together = settings.perTarget ? 1 : targets;
    const curves = Array.from({ length: targets / together }, (_, c) =>
      curveOf(
        alphas,
        errors.map((fold) =>
          Float64Array.from(alphas, (_alpha, a) => {
            const from = a * targets + c * together;
            return fold.subarray(from, from + together).reduce((sum, v) => sum + v, 0) / together;
          }),
        ),
      ),
    );
    const chosen = Array.from({ length: targets }, (_, t) => {
      const curve = curves[Math.floor(t / together)];
      return curve?.alphas[chosenPlace(curve, settings.rule)] ?? 0;
    });
    const weights = new Float64Array(targets * columns);
    chosen.forEach((alpha, t) => {
      if (t > 0 && alpha === chosen[t - 1] && !settings.perTarget) return;
      const all = coefficientsAt(spectrum, alpha);
      const end = settings.perTarget ? t + 1 : targets;
      weights.set(all.subarray(t * columns, end * columns), t * columns);
    });
    const facts = { alphas: chosen, curves: curves.map(finiteCurve), factors: spectrum.method };
    return new LinearModel(
      "tunedRidge",
      settings,
      { weights, intercepts: interceptsOf(spectrum, weights), vector },
      facts,
    );
  },
  read: (settings, state) => readLinear("tunedRidge", settings, state),
});

/** Without penalties for which there are no errors: JSON has no infinity. */
function finiteCurve(curve: PenaltyCurve): PenaltyCurve {
  const kept = Array.from(curve.alphas.keys()).filter((a) => Number.isFinite(curve.means[a]));
  const of = <T>(list: readonly T[]): T[] => list.filter((_, a) => kept.includes(a));
  return {
    alphas: of(curve.alphas),
    errors: of(curve.errors),
    means: of(curve.means),
    standardErrors: of(curve.standardErrors),
  };
}
