/** `thalweg/train`: the training step, batches and the loop. */
export { type StepMetrics, type TrainingStep, type TrainingStepOptions, trainingStep } from "./step.js";
