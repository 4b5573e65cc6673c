/** What the contract suite has to know of each exported estimator. One without an entry here makes it fail. */
import { gaussianBayes } from "../../src/bayes/index.js";
import { pca } from "../../src/decomposition/index.js";
import { linearRegression, linearSvm, logisticRegression, ridge } from "../../src/linear/index.js";
import type { Estimator, FittedTransformer, Model, ModelJSON } from "../../src/preprocessing/estimator.js";
import * as preprocessing from "../../src/preprocessing/index.js";
import * as selection from "../../src/selection/index.js";

export interface Entry {
  /** With which it is fitted to the few rows of the suite. */
  readonly settings?: object;
  /** Settings that it must refuse, each with a part of the message. */
  readonly refused?: readonly (readonly [object, RegExp])[];
  /**
   * "counted": a row of weight 2 is that row twice, and one of weight 0 is absent; "drawn": taken, but what is drawn, or the order, depends on the number of
   * rows; "refused" in words; "ignored" by transformers that learn nothing which weights could change, or whose theory has none.
   */
  readonly weights: "counted" | "drawn" | "refused" | "ignored";
  /** Of regressors: "several" columns of y are as many fits, "joint" ones help each other; "one" refuses them in words. */
  readonly targets?: "several" | "joint" | "one";
  /** Missing numbers pass. */
  readonly missing?: true;
  /** Cells are categories: later rows hold no new ones, and texts pass. */
  readonly categories?: true;
  /** The order of rows matters, by shuffling, folds, batches or ties. */
  readonly ordered?: true;
  /** Takes one class alone. */
  readonly oneClass?: true;
}

const clusters = {
  clusters: 3,
  init: [
    [0, 0, 0.5],
    [1, 1, 0.5],
    [2, 0, 0.5],
  ],
};
const few: readonly [object, RegExp] = [{ clusters: 0 }, /clusters must be a whole number ≥ 1, got 0/];
const negative = (name: string): readonly [object, RegExp] => [{ [name]: -1 }, new RegExp(`${name} must be a number`)];

/** By the kind under which it is exported. */
export const entries: Readonly<Record<string, Entry>> = {
  linearRegression: {
    weights: "counted",
    targets: "several",
    refused: [[{ intercept: "yes" }, /intercept must be true or false, got "yes"/]],
  },
  ridge: { weights: "counted", targets: "several", refused: [negative("alpha")] },
  lasso: { settings: { alpha: 0.05 }, weights: "counted", targets: "one", refused: [negative("alpha")] },
  elasticNet: {
    settings: { alpha: 0.05 },
    weights: "counted",
    targets: "one",
    refused: [[{ l1Ratio: 1.5 }, /l1Ratio must be a number above 0, at most 1, got 1.5/]],
  },
  tunedLasso: {
    settings: { count: 10 },
    weights: "drawn",
    targets: "one",
    ordered: true,
    refused: [
      [{ alphas: [1, 0] }, /alphas must be an array of at least 1, each a number > 0/],
      [{ folds: 1 }, /folds must be a whole number ≥ 2 or a splitter made by kFold/],
    ],
  },
  tunedElasticNet: {
    settings: { count: 10, l1Ratios: [0.5, 0.9] },
    weights: "drawn",
    targets: "one",
    ordered: true,
    refused: [[{ l1Ratios: [] }, /l1Ratios must be an array of at least 1/]],
  },
  tunedRidge: {
    weights: "drawn",
    targets: "joint",
    refused: [
      [{ alphas: [-1] }, /alphas must be an array of at least 1, each a number ≥ 0/],
      [{ rule: "one standard error" }, /needs "folds"/],
    ],
  },
  gradientDescentRegression: {
    settings: { learningRate: 0.1, epochs: 200 },
    weights: "counted",
    targets: "one",
    refused: [[{ learningRate: 0 }, /learningRate must be a number > 0/]],
  },
  huberRegression: {
    weights: "counted",
    targets: "one",
    refused: [[{ epsilon: 0.5 }, /epsilon must be a number ≥ 1, got 0.5/], negative("alpha")],
  },
  polynomialRegression: {
    settings: { alpha: 0.01 },
    weights: "counted",
    targets: "several",
    refused: [[{ degree: 0 }, /degree must be a whole number ≥ 1, got 0/], negative("alpha")],
  },
  logisticRegression: {
    weights: "counted",
    refused: [
      negative("alpha"),
      [{ l1Ratio: 1.5 }, /l1Ratio must be a number from 0 to 1, got 1.5/],
      [{ solver: "sag" }, /solver must be "auto", "lbfgs" or "newton", got "sag"/],
      [{ solver: "lbfgs", l1Ratio: 0.5 }, /"lbfgs" cannot be used with l1Ratio above 0/],
      [{ temperature: 0 }, /temperature must be a number > 0, got 0/],
    ],
  },
  linearSvm: {
    weights: "counted",
    refused: [
      [{ alpha: 0 }, /alpha must be a number > 0, got 0/],
      [{ loss: "log" }, /loss must be "squaredHinge" or "hinge", got "log"/],
    ],
  },
  perceptron: { weights: "drawn", ordered: true, refused: [[{ epochs: 0 }, /epochs must be a whole number ≥ 1/]] },
  gaussianBayes: { weights: "counted", refused: [negative("smoothing")] },
  multinomialBayes: { weights: "counted", refused: [[{ smoothing: 0 }, /smoothing must be a number > 0/]] },
  bernoulliBayes: { settings: { threshold: 0.8 }, weights: "counted", refused: [negative("smoothing")] },
  kNeighborsClassifier: { weights: "refused", refused: [[{ neighbors: 0 }, /neighbors must be a whole number ≥ 1/]] },
  kNeighborsRegressor: {
    weights: "refused",
    targets: "several",
    refused: [[{ weights: "near" }, /weights must be "uniform" or "distance", got "near"/]],
  },
  kMeans: { settings: clusters, weights: "counted", refused: [few] },
  miniBatchKMeans: { settings: { ...clusters, batchSize: 8 }, weights: "drawn", ordered: true, refused: [few] },
  spectralClustering: { settings: { clusters: 3, gamma: 4 }, weights: "refused", ordered: true, refused: [few] },
  pca: { settings: { components: 2 }, weights: "counted", refused: [[{ components: 0 }, /components must be/]] },
  incrementalPca: {
    settings: { batchSize: 7 },
    weights: "refused",
    refused: [[{ batchSize: 0 }, /batchSize must be a whole number ≥ 1, or left out, got 0/]],
  },
  standardScaler: { weights: "counted", missing: true, refused: [[{ center: 1 }, /center must be true or false/]] },
  minMaxScaler: {
    weights: "counted",
    missing: true,
    refused: [[{ range: [1, 1] }, /range must be \[low, high\] with low < high, got \[1, 1\]/]],
  },
  robustScaler: {
    weights: "counted",
    missing: true,
    refused: [[{ quantiles: [0.9, 0.1] }, /quantiles must be .*low < high/]],
  },
  maxAbsScaler: { weights: "counted", missing: true },
  polynomialFeatures: {
    weights: "ignored",
    refused: [
      [{ degree: 1.5 }, /degree must be a whole number/],
      [{ degree: 0, bias: false }, /leaves no column/],
    ],
  },
  imputer: {
    weights: "counted",
    missing: true,
    refused: [[{ strategy: "mode" }, /strategy must be "mean", "median"/]],
  },
  oneHotEncoder: {
    weights: "ignored",
    categories: true,
    refused: [[{ unknown: "ignore" }, /unknown must be "error" or "zeros"/]],
  },
  ordinalEncoder: {
    weights: "ignored",
    categories: true,
    refused: [[{ unknown: 0.5 }, /unknown must be "error", or a whole number/]],
  },
  baselineRegressor: {
    weights: "counted",
    targets: "several",
    refused: [[{ value: Number.NaN }, /value must be a finite number, got NaN/]],
  },
  baselineClassifier: {
    weights: "counted",
    oneClass: true,
    refused: [[{ strategy: 3 }, /strategy must be "prior" or "mostFrequent", got 3/]],
  },
};

/** One fitted form, read back from JSON. */
export type Fitted = FittedTransformer | Model;

export interface Subject {
  readonly name: string;
  /** With the settings of its entry, others on top. */
  readonly make: (settings?: object) => Estimator;
  readonly fromJSON: (json: ModelJSON) => Fitted;
  readonly entry: Entry;
  /** Of composites: settings of its own that it must refuse. */
  readonly own?: (settings: object) => unknown;
}

const { columnTransformer, imputer, pipeline, standardScaler } = preprocessing;

/** What is made of other estimators, and settings that take another way through the code. `make` hands settings to the first part. */
export const composites: readonly Subject[] = [
  {
    name: "pipeline of transformers",
    make: (settings = {}) => pipeline(imputer(settings), standardScaler(), preprocessing.polynomialFeatures()),
    fromJSON: (json) =>
      preprocessing.pipelineFromJSON(json, [imputer, standardScaler, preprocessing.polynomialFeatures]),
    entry: { weights: "counted", missing: true },
  },
  {
    name: "pipeline with a model",
    make: (settings = {}) => pipeline(standardScaler(settings), ridge()),
    fromJSON: (json) => preprocessing.pipelineFromJSON(json, [standardScaler, ridge]),
    entry: { weights: "counted", targets: "several" },
  },
  {
    name: "columnTransformer",
    make: (settings = {}) =>
      columnTransformer([
        { columns: [0, 1], transformer: standardScaler(settings) },
        { columns: [2], transformer: "pass" },
      ]),
    fromJSON: (json) => preprocessing.columnTransformerFromJSON(json, [standardScaler]),
    entry: { weights: "counted", missing: true, categories: true },
    own: (settings) => columnTransformer([{ columns: [0], transformer: "pass" }], settings),
  },
  {
    name: "averagingRegressor",
    make: (settings = {}) => selection.averagingRegressor([ridge(settings), linearRegression()]),
    fromJSON: (json) => selection.ensembleFromJSON(json, [ridge, linearRegression]),
    entry: { weights: "counted", targets: "several" },
    own: (settings) => selection.averagingRegressor([ridge()], settings),
  },
  {
    name: "votingClassifier",
    make: (settings = {}) =>
      selection.votingClassifier([gaussianBayes(settings), logisticRegression()], { voting: "soft" }),
    fromJSON: (json) => selection.ensembleFromJSON(json, [gaussianBayes, logisticRegression]),
    entry: { weights: "counted" },
    own: (settings) => selection.votingClassifier([gaussianBayes()], settings),
  },
  {
    name: "stackingRegressor",
    make: (settings = {}) => selection.stackingRegressor([ridge(settings)], ridge(), { passthrough: true, folds: 3 }),
    fromJSON: (json) => selection.stackingFromJSON(json, [ridge]),
    entry: { weights: "drawn", targets: "joint", ordered: true },
    own: (settings) => selection.stackingRegressor([ridge()], ridge(), settings),
  },
  {
    name: "stackingClassifier",
    make: (settings = {}) => selection.stackingClassifier([gaussianBayes(settings)], logisticRegression()),
    fromJSON: (json) => selection.stackingFromJSON(json, [gaussianBayes, logisticRegression]),
    entry: { weights: "drawn", ordered: true },
    own: (settings) => selection.stackingClassifier([gaussianBayes()], logisticRegression(), settings),
  },
  ...(["platt", "isotonic"] as const).map(
    (method): Subject => ({
      name: `calibrated by ${method}`,
      make: (settings = {}) => selection.calibrated(gaussianBayes(settings), { method }),
      fromJSON: (json) => selection.calibratedFromJSON(json, [gaussianBayes]),
      entry: { weights: "drawn", ordered: true },
      own: (settings) => selection.calibrated(gaussianBayes(), settings),
    }),
  ),
  ...(["platt", "isotonic"] as const).map(
    (method): Subject => ({
      name: `decisions calibrated by ${method}`,
      make: (settings = {}) => selection.calibrated(linearSvm(settings), { method }),
      fromJSON: (json) => selection.calibratedFromJSON(json, [linearSvm]),
      entry: { weights: "drawn", ordered: true },
      own: (settings) => selection.calibrated(linearSvm(), settings),
    }),
  ),
  // Truncated batches depend on the order of the rows: all components.
  ...(
    [
      ["full", 2],
      ["covariance", 2],
      ["randomized", 1],
      ["lanczos", 2],
      ["subspace", 3],
      ["incremental", "all"],
    ] as const
  ).map(
    ([algorithm, components]): Subject => ({
      name: `pca by ${algorithm}`,
      make: (settings = {}) => pca({ algorithm, components, ...settings }),
      fromJSON: (json) => pca.fromJSON(json),
      entry: { weights: "counted" },
    }),
  ),
];

/** Functions that read composites back, each in the JSON clause of the subjects named. */
export const readers: Readonly<Record<string, string>> = {
  pipelineFromJSON: "pipeline with a model",
  columnTransformerFromJSON: "columnTransformer",
  ensembleFromJSON: "votingClassifier",
  stackingFromJSON: "stackingRegressor",
  calibratedFromJSON: "calibrated by platt",
};
