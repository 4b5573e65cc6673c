/** `thalweg/minimize`: minima of functions of many variables, by line searches, trust regions and least squares. */
export type { StepRule } from "./descend.js";
export {
  type ConjugateFormula,
  type ConjugateOptions,
  conjugateGradients,
  type GradientDescentOptions,
  gradientDescent,
} from "./first-order.js";
export { type LeastSquaresResult, type LevenbergMarquardtOptions, levenbergMarquardt } from "./levenberg-marquardt.js";
export { type LineSearchChoice, type LineSearchOptions, type LineSearchResult, lineSearch } from "./line-search.js";
export { type NewtonOptions, newton } from "./newton.js";
export {
  type Objective,
  objectiveOf,
  type Problem,
  type Residuals,
  tensorProblem,
  tensorResiduals,
} from "./problem.js";
export { type BfgsOptions, bfgs, type LbfgsOptions, lbfgs } from "./quasi-newton.js";
export type { Iteration, MinimizeResult, Reason, StopOptions } from "./result.js";
export {
  compareQuasiNewton,
  type QuasiNewtonComparison,
  type QuasiNewtonRow,
  type RosenbrockForm,
  rosenbrock,
  rosenbrockStart,
} from "./rosenbrock.js";
export { type TrustRegionOptions, trustRegion } from "./trust-region.js";
