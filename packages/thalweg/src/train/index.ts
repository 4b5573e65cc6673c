/** `thalweg/train`: the training step, batches and the loop. */
export type { Origins, Place } from "../graph/origins.js";
export { type BatchOptions, batches, type LastBatch, shuffledRows } from "./batches.js";
export { type EarlyStoppingOptions, earlyStopping } from "./callbacks.js";
export type { NonFiniteFacts } from "./diagnosis.js";
export { evaluate, evaluator, type FitLoss } from "./evaluate.js";
export { describeNonFinite, firstNonFinite, type NonFinite } from "./first-non-finite.js";
export { type AbortLike, type FitOptions, fit } from "./fit.js";
export type { Best, Callback, Ending, EpochEvent, EpochRecord, History, Progress, Run } from "./run.js";
export { type StepMetrics, type TrainingStep, type TrainingStepOptions, trainingStep } from "./step.js";
