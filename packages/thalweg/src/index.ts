/** The door `thalweg`: tensors, their derivatives and compiled functions. */
export type { DType, FloatDType, TypedArray } from "./base/dtype.js";
export {
  DTypeError,
  IndexError,
  InternalError,
  NumericalError,
  ShapeError,
  TraceError,
  UserError,
} from "./base/errors.js";
export type { Shape } from "./base/shape.js";
export type { MapTree, Tree } from "./base/trees.js";
export type { ClipOptions, CloseOptions } from "./tensor/arithmetic.js";
export { type Argument, type CompileOptions, compile } from "./tensor/compile.js";
export type { NestedArray } from "./tensor/core.js";
export * from "./tensor/creation.js";
export * from "./tensor/functions.js";
export type { Operand } from "./tensor/operand.js";
export type { NumberArray } from "./tensor/ops/create.js";
export type { ContractedAxes, DiagonalOptions } from "./tensor/ops/linear.js";
export type {
  ArgOptions,
  CumulativeOptions,
  NormOptions,
  NormOrder,
  ReduceOptions,
  VarianceOptions,
} from "./tensor/ops/reduce.js";
export type { PrintOptions } from "./tensor/print.js";
export type { SoftmaxOptions } from "./tensor/reductions.js";
export { Tensor } from "./tensor/tensor.js";
