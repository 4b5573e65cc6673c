/** `thalweg/selection`: splitting data, cross-validation, search, comparison, ensembles and calibration of models. */
export {
  type BaselineClassifierSettings,
  type BaselineRegressorSettings,
  baselineClassifier,
  baselineRegressor,
  type FittedBaselineClassifier,
  type FittedBaselineRegressor,
} from "./baseline.js";
export { type BootstrapInterval, type BootstrapIntervalOptions, bootstrapInterval } from "./bootstrap-interval.js";
export { type CalibratedSettings, calibrated, calibratedFromJSON, type FittedCalibrated } from "./calibrated.js";
export { type CompareOptions, compareModels, type ModelComparison } from "./compare-models.js";
export {
  type CrossValidation,
  type CrossValidationOptions,
  crossPredict,
  crossValidate,
  type ScoreSummary,
} from "./cross-validate.js";
export { type CurvePoint, type LearningCurveOptions, learningCurve, validationCurve } from "./curves.js";
export { type AnyEstimatorKind, estimatorFromJSON } from "./estimator-from-json.js";
export {
  type AbortLike,
  type Execution,
  type Executor,
  type FitJob,
  type FitOutcome,
  inTurn,
  type JobData,
  type Progress,
  type RunOptions,
  runJob,
} from "./executor.js";
export { type GroupKFoldSettings, groupKFold, leaveOneGroupOut } from "./grouped.js";
export {
  type Alternative,
  type ComparisonTest,
  type CorrectedOptions,
  correctedTTest,
  type McNemarOptions,
  type McNemarTest,
  mcnemar,
  pairedTTest,
  type TestOptions,
  type TTest,
  type WilcoxonOptions,
  type WilcoxonTest,
  wilcoxonSignedRank,
} from "./hypothesis-tests.js";
export { WorkerLostError, type WorkerSettings, type Workers } from "./in-workers.js";
export { Isotonic, isotonicRegression } from "./isotonic.js";
export { type KFoldSettings, kFold, leaveOneOut, type RepeatedSettings, repeated } from "./k-fold.js";
export { PlattScaling, plattScaling } from "./platt.js";
export { choice, logUniform, type Range, uniform, wholeBetween } from "./ranges.js";
export { type BootstrapSettings, bootstrap, type ShuffleSplitSettings, shuffleSplit } from "./resampling.js";
export { type Scorer, type ScorerName, type Scores, scorers } from "./scorers.js";
export {
  type Candidate,
  gridSearch,
  type RandomSearchOptions,
  randomSearch,
  type SearchOptions,
  type SearchResult,
} from "./search.js";
export { serveFits } from "./serve-fits.js";
export { type DataPart, type DataParts, type SplitDataSettings, splitData } from "./split-data.js";
export type { Fold, SplitContext, Splitter } from "./splitter.js";
export {
  type FittedStacking,
  type FittedStackingClassifier,
  type StackingSettings,
  stackingClassifier,
  stackingFromJSON,
  stackingRegressor,
} from "./stacking.js";
export { stratifiedKFold } from "./stratified.js";
export { type TemperatureOptions, TemperatureScaling, temperatureScaling } from "./temperature.js";
export { type TimeSeriesSettings, timeSeriesSplit } from "./time-series.js";
export {
  type AveragingSettings,
  averagingRegressor,
  ensembleFromJSON,
  type FittedAveraging,
  type FittedVoting,
  type VotingSettings,
  votingClassifier,
} from "./voting.js";
