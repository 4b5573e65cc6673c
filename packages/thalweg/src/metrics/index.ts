/** `thalweg/metrics`: how good predictions are: of classes, of probabilities, of numbers, of groups. */
export type { Label, LabelsInput } from "../data/labels.js";
export type { MatrixInput, NumberList, VectorInput } from "../data/matrix.js";
export {
  accuracy,
  type BalancedOptions,
  balancedAccuracy,
  type ClassificationReport,
  type ClassReport,
  classificationReport,
  cohenKappa,
  matthews,
  type WeightOptions,
} from "./agreement.js";
export {
  type Average,
  type AverageOptions,
  type FBetaOptions,
  f1,
  fBeta,
  jaccard,
  precision,
  recall,
  specificity,
} from "./averages.js";
export type { BinaryOptions } from "./binary-scores.js";
export {
  adjustedMutualInformation,
  adjustedRand,
  completeness,
  homogeneity,
  mutualInformation,
  normalizedMutualInformation,
  randIndex,
} from "./clustering.js";
export { type ConfusionMatrix, type ConfusionOptions, confusionMatrix, type LabelOptions } from "./confusion.js";
export {
  averagePrecision,
  type PrecisionRecallCurve,
  type PrecisionRecallOptions,
  precisionRecallCurve,
} from "./precision-recall.js";
export { brier, logLoss, type ProbabilityOptions, type TopKOptions, topKAccuracy } from "./probabilities.js";
export {
  explainedVariance,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogError,
  medianAbsoluteError,
  type RegressionOptions,
  r2,
  rootMeanSquaredError,
  type TargetInput,
  type VarianceScoreOptions,
} from "./regression.js";
export {
  type CalibrationErrorOptions,
  expectedCalibrationError,
  type ReliabilityBin,
  type ReliabilityOptions,
  reliabilityCurve,
} from "./reliability.js";
export { analyzeResiduals, type ResidualAnalysis, type TestResult } from "./residuals.js";
export { areaUnderCurve, type RocAucOptions, type RocCurve, type RocOptions, rocAuc, rocCurve } from "./roc.js";
export { type SilhouetteOptions, silhouette, silhouetteSamples } from "./silhouette.js";
export {
  bestThreshold,
  type SweepOptions,
  type ThresholdMetric,
  type ThresholdRow,
  thresholdSweep,
} from "./thresholds.js";
