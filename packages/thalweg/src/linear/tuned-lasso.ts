/**
 * Lasso and elastic net with the penalty chosen by cross-validation: on each fold a path over falling penalties, each begun where the one before ended, and the
 * error on the rows held out; then one fit to all rows with the penalty chosen. Friedman, Hastie and Tibshirani, J. Statistical Software 33 (2010).
 */
import { UserError } from "../base/errors.js";
import { above, atLeast, flag, listOf, optional, strictlyBetween, wholeAtLeast } from "../base/settings.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Targets } from "../preprocessing/estimator.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import type { Splitter } from "../selection/splitter.js";
import { interceptsOf, type Problem } from "./design.js";
import {
  alphaGrid,
  type DescentFacts,
  descend,
  largestAlpha,
  type Prepared,
  preparedMoments,
  ratioConstraint,
  readOneTarget,
  withPrepared,
} from "./elastic-net.js";
import { type FoldRows, foldRows, type Plane } from "./fold-moments.js";
import { foldsFor, foldsSetting } from "./folds.js";
import { LinearModel, readLinear } from "./linear-model.js";
import {
  chosenPlace,
  curveOf,
  leastPlace,
  type PenaltyCurve,
  type PenaltyRule,
  ruleConstraint,
} from "./penalty-curve.js";

export interface TunedLassoSettings {
  /** Penalties to choose from, each above 0. Default: `count` of them below the least for which all coefficients are 0. */
  readonly alphas: readonly number[] | undefined;
  /** Of the penalties made where `alphas` is left out, evenly on a logarithmic scale. Default: 100. */
  readonly count: number;
  /** The last of them over the first. Default: 1e-3. */
  readonly ratio: number;
  /** A number of folds (stretches of rows, in their order), or a splitter. Default: 5. */
  readonly folds: Splitter | number;
  /** Default: "minimum". */
  readonly rule: PenaltyRule;
  /** Fit a constant too; it is not held down. Default: true. */
  readonly intercept: boolean;
  /** As for `lasso`, for each penalty. Default: 1e-10. */
  readonly tolerance: number;
  /** For each penalty. Default: 100000. */
  readonly maxSweeps: number;
}

export interface TunedElasticNetSettings extends TunedLassoSettings {
  /** Mixtures ρ to choose from, each above 0, at most 1 (the lasso). Default: [0.5]. */
  readonly l1Ratios: readonly number[];
}

/** How the penalty was chosen, and of the last fit. */
export interface TunedLassoFacts extends DescentFacts {
  readonly alpha: number;
  readonly curve: PenaltyCurve;
}

export interface TunedElasticNetFacts extends DescentFacts {
  readonly alpha: number;
  readonly l1Ratio: number;
  /** One for each of the mixtures. */
  readonly curves: readonly PenaltyCurve[];
}

export type TunedLassoModel = LinearModel<TunedLassoSettings, TunedLassoFacts>;
export type TunedElasticNetModel = LinearModel<TunedElasticNetSettings, TunedElasticNetFacts>;

interface Choice extends DescentFacts {
  readonly weights: Float64Array;
  readonly prepared: Prepared;
  readonly vector: boolean;
  readonly alpha: number;
  readonly l1Ratio: number;
  readonly curves: readonly PenaltyCurve[];
}

function withFold<T>({ moments, train }: FoldRows, intercept: boolean, body: (prepared: Prepared) => T): T {
  return moments === undefined ? withPrepared(train(), intercept, body) : body(preparedMoments(moments));
}

function withAll<T>(
  problem: Problem,
  { all }: ReturnType<typeof foldRows>,
  intercept: boolean,
  body: (prepared: Prepared) => T,
): T {
  return all === undefined ? withPrepared(problem, intercept, body) : body(preparedMoments(all));
}

function choose<S extends TunedLassoSettings, M>(
  op: string,
  s: S,
  l1Ratios: readonly number[],
  [x, y, options]: readonly [RowsInput, Targets, FitOptions],
  finish: (choice: Choice) => M,
): M {
  const problem = readOneTarget(op, x, y, options);
  const folded = foldRows(problem, foldsFor(op, s.folds, problem.rows, problem.weights), s.intercept);
  return withAll(problem, folded, s.intercept, (prepared) => {
    const grids = l1Ratios.map((l1Ratio) => penalties(s, prepared, l1Ratio));
    const errors = folded.folds.map((fold, k) =>
      withFold(fold, s.intercept, (part) =>
        l1Ratios.map((l1Ratio, r) => {
          const where = `${op}: fold ${k} (counted from 0)`;
          return fold.errors(path(where, part, grids[r] ?? [], { ...s, l1Ratio }));
        }),
      ),
    );
    const curves = l1Ratios.map((_, r) =>
      curveOf(
        grids[r] ?? [],
        errors.map((fold) => fold[r] ?? new Float64Array()),
      ),
    );
    const best = leastPlace({ means: curves.map((c) => c.means[leastPlace(c)] ?? Number.NaN) });
    const curve = curves[best];
    if (curve === undefined) throw new UserError(`${op}: l1Ratios must hold at least one number`);
    const [alpha = 0, l1Ratio = 1] = [curve.alphas[chosenPlace(curve, s.rule)], l1Ratios[best]];
    const weights = new Float64Array(problem.columns);
    const facts = descend(op, prepared, weights, { ...s, alpha, l1Ratio });
    return finish({ ...facts, weights, prepared, vector: problem.vector, alpha, l1Ratio, curves });
  });
}

/**
 * Falling. Where y goes with no column all penalties leave all rows the same, but folds may differ: they then begin at what ‖xⱼ‖ ‖y‖ bounds for all of them,
 * and at 1 where y does not vary at all.
 */
function penalties(
  { alphas, count, ratio }: TunedLassoSettings,
  prepared: Prepared,
  l1Ratio: number,
): readonly number[] {
  if (alphas !== undefined) return [...alphas].sort((a, b) => b - a);
  const { data, totalWeight } = prepared;
  const square = data.squares.reduce((most, v) => Math.max(most, v), 0);
  const bound = Math.sqrt(square) * Math.sqrt(data.total);
  return alphaGrid(largestAlpha(prepared, l1Ratio) || bound / (totalWeight * l1Ratio) || 1, count, ratio);
}

function path(
  op: string,
  prepared: Prepared,
  alphas: readonly number[],
  settings: Omit<Parameters<typeof descend>[3], "alpha">,
): Plane[] {
  const beta = new Float64Array(prepared.columns);
  return alphas.map((alpha) => {
    descend(op, prepared, beta, { ...settings, alpha });
    return { beta: beta.slice(), intercept: interceptsOf(prepared, beta)[0] ?? 0, target: 0 };
  });
}

function part({ weights, prepared, vector }: Choice): ConstructorParameters<typeof LinearModel>[2] {
  return { weights, intercepts: interceptsOf(prepared, weights), vector };
}

const defaults: TunedLassoSettings = {
  alphas: undefined,
  count: 100,
  ratio: 1e-3,
  folds: 5,
  rule: "minimum",
  intercept: true,
  tolerance: 1e-10,
  maxSweeps: 100000,
};
const constraints = {
  alphas: optional(listOf(above(0))),
  count: wholeAtLeast(1),
  ratio: strictlyBetween(0, 1),
  folds: foldsSetting,
  rule: ruleConstraint,
  intercept: flag(),
  tolerance: atLeast(0),
  maxSweeps: wholeAtLeast(1),
};

/** Lasso with its penalty chosen by cross-validation; the curve of errors is among the facts. Takes sample weights. */
export const tunedLasso: PredictorKind<TunedLassoSettings, TunedLassoModel> = predictorKind<
  TunedLassoSettings,
  TunedLassoModel
>({
  kind: "tunedLasso",
  role: "regressor",
  defaults,
  constraints,
  fit: (settings, x, y, options) =>
    choose("tunedLasso.fit", settings, [1], [x, y, options], (choice) => {
      const { alpha, dualityGap, sweeps, nonZero, curves } = choice;
      const curve = curves[0] ?? curveOf([], []);
      return new LinearModel("tunedLasso", settings, part(choice), { alpha, dualityGap, sweeps, nonZero, curve });
    }),
  read: (settings, state) => readLinear("tunedLasso", settings, state),
});

/** Elastic net with its penalty, and of several mixtures the best, chosen by cross-validation. Takes sample weights. */
export const tunedElasticNet: PredictorKind<TunedElasticNetSettings, TunedElasticNetModel> = predictorKind<
  TunedElasticNetSettings,
  TunedElasticNetModel
>({
  kind: "tunedElasticNet",
  role: "regressor",
  defaults: { ...defaults, l1Ratios: [0.5] },
  constraints: { ...constraints, l1Ratios: listOf(ratioConstraint) },
  fit: (settings, x, y, options) =>
    choose("tunedElasticNet.fit", settings, settings.l1Ratios, [x, y, options], (choice) => {
      const { alpha, l1Ratio, dualityGap, sweeps, nonZero, curves } = choice;
      const facts = { alpha, l1Ratio, dualityGap, sweeps, nonZero, curves };
      return new LinearModel("tunedElasticNet", settings, part(choice), facts);
    }),
  read: (settings, state) => readLinear("tunedElasticNet", settings, state),
});
