/** `thalweg/linear`: linear models of numbers and of classes. */
export type { ClassWeights } from "./class-weights.js";
export {
  type DescentRegressionFacts,
  type DescentRegressionModel,
  type DescentRegressionSettings,
  gradientDescentRegression,
} from "./descent-regression.js";
export {
  type DescentFacts,
  type ElasticNetModel,
  type ElasticNetSettings,
  elasticNet,
  type LassoModel,
  type LassoSettings,
  lasso,
  lassoPath,
  type PathOptions,
  type PathPoint,
} from "./elastic-net.js";
export {
  type LinearRegressionModel,
  type LinearRegressionSettings,
  linearRegression,
  type RidgeModel,
  type RidgeSettings,
  ridge,
  type SolveFacts,
} from "./least-squares.js";
export type { LinearClassifier } from "./linear-classifier.js";
export type { LinearModel } from "./linear-model.js";
export { type LogisticFacts, type LogisticModel, type LogisticSettings, logisticRegression } from "./logistic.js";
export { type PerceptronFacts, type PerceptronModel, type PerceptronSettings, perceptron } from "./perceptron.js";
