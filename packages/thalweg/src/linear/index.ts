/** `thalweg/linear`: linear models of numbers and of classes. */
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
export type { LinearModel } from "./linear-model.js";
