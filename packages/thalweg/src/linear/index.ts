/** `thalweg/linear`: linear models of numbers and of classes. */
export type { ClassWeights } from "./class-weights.js";
export { compareLinearSolvers } from "./comparison.js";
export type { CollinearGroup, Conditions, DesignFacts } from "./comparison-facts.js";
export type {
  ComparisonPlots,
  FinalModel,
  LinearComparisonOptions,
  LinearComparisonSettings,
  LinearSolverComparison,
  SolverEntry,
} from "./comparison-result.js";
export type { LinearSolver } from "./comparison-solvers.js";
export type { AffineFunction } from "./comparison-system.js";
export type { ValidationCurve } from "./comparison-validation.js";
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
export { type HuberFacts, type HuberModel, type HuberSettings, huberRegression } from "./huber.js";
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
export { type LinearSvmFacts, type LinearSvmModel, type LinearSvmSettings, linearSvm } from "./linear-svm.js";
export { type LogisticFacts, type LogisticModel, type LogisticSettings, logisticRegression } from "./logistic.js";
export type { PenaltyCurve, PenaltyRule } from "./penalty-curve.js";
export { type PerceptronFacts, type PerceptronModel, type PerceptronSettings, perceptron } from "./perceptron.js";
export {
  PolynomialRegressionModel,
  type PolynomialRegressionSettings,
  polynomialRegression,
} from "./polynomial-regression.js";
export { type RidgePathOptions, type RidgePathPoint, ridgePath } from "./ridge-path.js";
export {
  type TunedElasticNetFacts,
  type TunedElasticNetModel,
  type TunedElasticNetSettings,
  type TunedLassoFacts,
  type TunedLassoModel,
  type TunedLassoSettings,
  tunedElasticNet,
  tunedLasso,
} from "./tuned-lasso.js";
export { type TunedRidgeFacts, type TunedRidgeModel, type TunedRidgeSettings, tunedRidge } from "./tuned-ridge.js";
