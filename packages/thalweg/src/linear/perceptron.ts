/**
 * The perceptron: a row on the wrong side of the plane (or on it) pulls the plane towards it,
 *
 *   if t (x·w + b) ≤ 0 with t = ±1:   w ← w + η v t x,   b ← b + η v t
 *
 * with v the row's weight; for more than two classes one plane for each against the others. It ends where a pass makes no mistake, which it does if
 * planes separate the classes. F. Rosenblatt, Psychological Review 65 (1958); Novikoff 1962.
 */
import { fold, key } from "../base/random.js";
import { above, flag, wholeAtLeast, wholeNumber } from "../base/settings.js";
import { readWeights } from "../data/matrix.js";
import { permutation } from "../data/split.js";
import { type PredictorKind, predictorKind } from "../preprocessing/predictor-kind.js";
import { readClassTargets } from "../preprocessing/targets.js";
import { readFeatures } from "./design.js";
import { LinearClassifier, readScores } from "./linear-classifier.js";

export interface PerceptronSettings {
  /** Passes over the rows at most. Default: 100. */
  readonly epochs: number;
  /** η. It scales the weights and changes no prediction. Default: 1. */
  readonly learningRate: number;
  /** Fit a constant too. Default: true. */
  readonly intercept: boolean;
  /** Another order for each pass. Default: true. */
  readonly shuffle: boolean;
  /** Default: 0. */
  readonly seed: number;
}

export interface PerceptronFacts {
  /** Passes made for each plane. */
  readonly epochs: readonly number[];
  /** Mistakes in the last pass of each plane; 0 where it separates. */
  readonly mistakes: readonly number[];
}

export type PerceptronModel = LinearClassifier<PerceptronSettings, PerceptronFacts>;

/** A plane between classes, learnt from mistakes. Takes sample weights. */
export const perceptron: PredictorKind<PerceptronSettings, PerceptronModel> = predictorKind<
  PerceptronSettings,
  PerceptronModel
>({
  kind: "perceptron",
  role: "classifier",
  defaults: { epochs: 100, learningRate: 1, intercept: true, shuffle: true, seed: 0 },
  constraints: {
    epochs: wholeAtLeast(1),
    learningRate: above(0),
    intercept: flag(),
    shuffle: flag(),
    seed: wholeNumber(),
  },
  fit(settings, x, y, { sampleWeight }) {
    const op = "perceptron.fit";
    const { data, rows, columns } = readFeatures(op, x);
    const { classes, codes } = readClassTargets(op, y, rows);
    const rowWeight = readWeights(op, sampleWeight, rows);
    const planes = classes.length === 2 ? 1 : classes.length;
    const weights = new Float64Array(planes * columns);
    const intercepts = new Float64Array(planes);
    const facts = { epochs: new Array<number>(planes).fill(0), mistakes: new Array<number>(planes).fill(0) };
    for (let k = 0; k < planes; k += 1) {
      const w = weights.subarray(k * columns, (k + 1) * columns);
      const positive = planes === 1 ? 1 : k;
      for (let epoch = 0; epoch < settings.epochs; epoch += 1) {
        const order = settings.shuffle
          ? permutation(rows, fold(fold(key(settings.seed), "perceptron"), epoch))
          : undefined;
        let mistakes = 0;
        for (let n = 0; n < rows; n += 1) {
          const i = order?.[n] ?? n;
          const weight = rowWeight?.[i] ?? 1;
          if (weight === 0) continue;
          const side = codes[i] === positive ? 1 : -1;
          let score = intercepts[k] ?? 0;
          for (let j = 0; j < columns; j += 1) score += (w[j] ?? 0) * (data[i * columns + j] ?? 0);
          if (side * score > 0) continue;
          mistakes += 1;
          const pull = settings.learningRate * weight * side;
          for (let j = 0; j < columns; j += 1) w[j] = (w[j] ?? 0) + pull * (data[i * columns + j] ?? 0);
          if (settings.intercept) intercepts[k] = (intercepts[k] ?? 0) + pull;
        }
        facts.epochs[k] = epoch + 1;
        facts.mistakes[k] = mistakes;
        if (mistakes === 0) break;
      }
    }
    return new LinearClassifier("perceptron", settings, { classes, weights, intercepts }, facts);
  },
  read: (settings, state) =>
    new LinearClassifier(
      "perceptron",
      settings,
      readScores("perceptron", state),
      (state.value("facts") ?? {}) as PerceptronFacts,
    ),
});
