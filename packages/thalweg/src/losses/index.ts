/** `thalweg/losses`: what training makes small. */
export { binaryCrossEntropy, type CrossEntropyOptions, crossEntropy } from "./classification.js";
export type { LossOptions } from "./reduce.js";
export { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from "./regression.js";
