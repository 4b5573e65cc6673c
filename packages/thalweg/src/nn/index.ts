/** `thalweg/nn`: modules, layers, activations and initialisers. */
export {
  ELU,
  GELU,
  Identity,
  LeakyReLU,
  LogSoftmax,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "./activation-layers.js";
export {
  type AxisOptions,
  type ELUOptions,
  elu,
  type GELUOptions,
  gelu,
  type LeakyReLUOptions,
  leakyReLU,
  logSoftmax,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "./activations.js";
export { Flatten, type FlattenOptions, Sequential, type Stage, sequential } from "./containers.js";
export { Dropout, dropout } from "./dropout.js";
export { type GradientOptions, gradients } from "./gradients.js";
export {
  constant,
  type Fans,
  fans,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  normal,
  ones,
  truncatedNormal,
  uniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from "./initializers.js";
export { Linear, type LinearOptions } from "./linear.js";
export { type Layer, type Member, Module, type ModuleOptions } from "./module.js";
export { type ModuleVariable, Parameter, State, type StateOptions } from "./parameter.js";
export { inEvaluation, inTraining, isTraining } from "./randomness.js";
export { type LoadOptions, loadStateDict, parameterCount, parameters, stateDict, variables } from "./state.js";
