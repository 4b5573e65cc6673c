/** `thalweg/preprocessing`: the contract of estimators, transformers of features, pipelines. */
export type { Label, LabelsInput, PredictedLabels } from "../data/labels.js";
export type { MatrixInput, VectorInput } from "../data/matrix.js";
export type { CategoriesSetting } from "./categories.js";
export {
  type ColumnPart,
  type ColumnTransformerSettings,
  columnTransformer,
  columnTransformerFromJSON,
  type FittedColumnTransformer,
} from "./column-transformer.js";
export type { Cell, ColumnChoice, RowsInput } from "./columns.js";
export type {
  AnyKind,
  ClassifierModel,
  DecidingModel,
  Estimator,
  EstimatorJSON,
  EstimatorKind,
  FitOptions,
  FittedTransformer,
  Invertible,
  Model,
  ModelJSON,
  Predictor,
  ProbabilisticModel,
  Regressor,
  Targets,
  Transformer,
} from "./estimator.js";
export { type FittedImputer, type ImputerSettings, imputer } from "./imputer.js";
export type { FittedScaler } from "./linear-scaler.js";
export { type FittedOneHot, type OneHotSettings, oneHotEncoder } from "./one-hot.js";
export { type FittedOrdinal, type OrdinalSettings, ordinalEncoder } from "./ordinal.js";
export {
  type FittedPipeline,
  type FittedSteps,
  type FittedTransformerPipeline,
  type PredictorPipeline,
  pipeline,
  pipelineFromJSON,
  type TransformerPipeline,
} from "./pipeline.js";
export { type FittedPolynomial, type PolynomialSettings, polynomialFeatures } from "./polynomial.js";
export type { PredictorKind, PredictorOf } from "./predictor-kind.js";
export {
  type MinMaxScalerSettings,
  maxAbsScaler,
  minMaxScaler,
  type RobustScalerSettings,
  robustScaler,
  type StandardScalerSettings,
  standardScaler,
} from "./scalers.js";
export type { TransformerKind, TransformerOf } from "./transformer-kind.js";
