/** `thalweg/optim`: optimisers as pairs of pure functions, and chains of them. */
export { clipByGlobalNorm, clipByNorm, clipByValue } from "./clipping.js";
export {
  chain,
  type Optimizer,
  type OptimizerState,
  type Scalars,
  type Settings,
  type Tensors,
  type Update,
} from "./optimizer.js";
export {
  type AdaGradOptions,
  type AdamOptions,
  type AdamWOptions,
  adagrad,
  adam,
  adamW,
  averagedMomentum,
  type LearningRate,
  type MomentumOptions,
  momentum,
  nesterov,
  type RmspropOptions,
  rmsprop,
  sgd,
} from "./optimizers.js";
export {
  addDecayedWeights,
  averagedGradients,
  heavyBall,
  identity,
  scaleByAdaGrad,
  scaleByAdam,
  scaleByLearningRate,
  scaleByRms,
} from "./scaling.js";
export { filled, filledLike, globalNorm, mapTensors } from "./slots.js";
