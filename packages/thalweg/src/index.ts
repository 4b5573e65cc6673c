/** The door `thalweg`: tensors, their derivatives and compiled functions. */
export type { DType, FloatDType, TypedArray } from "./base/dtype.js";
export {
  DTypeError,
  IndexError,
  InternalError,
  NumericalError,
  OutOfMemoryError,
  ShapeError,
  TraceError,
  UserError,
} from "./base/errors.js";
export type { Shape } from "./base/shape.js";
export type { MapTree, Tree } from "./base/trees.js";
export { setThreads, threads } from "./runtime/device.js";
export type { ThreadCount } from "./runtime/thread-count.js";
export type { ClipOptions, CloseOptions } from "./tensor/arithmetic.js";
export * from "./tensor/check-gradients.js";
export { type Argument, type CompileOptions, compile } from "./tensor/compile.js";
export type { NestedArray } from "./tensor/core.js";
export * from "./tensor/creation.js";
export { type Call, customDerivative, type DerivativeRules } from "./tensor/custom-derivative.js";
export * from "./tensor/derivatives.js";
export * from "./tensor/functions.js";
export type {
  BincountOptions,
  IndexArray,
  Indices,
  MedianOptions,
  QuantileOptions,
  RepeatOptions,
  SearchOptions,
  SortOptions,
  TopKOptions,
  UniqueResult,
} from "./tensor/indexing.js";
export * from "./tensor/jacobians.js";
export * from "./tensor/joining.js";
export type { ElementJSON, TensorJSON } from "./tensor/json.js";
export type { Operand } from "./tensor/operand.js";
export type { NumberArray } from "./tensor/ops/create.js";
export type { ContractedAxes, DiagonalOptions } from "./tensor/ops/linear.js";
export type { PadMode, PadWidths } from "./tensor/ops/padding.js";
export type {
  ArgOptions,
  CumulativeOptions,
  NormOptions,
  NormOrder,
  ReduceOptions,
  VarianceOptions,
} from "./tensor/ops/reduce.js";
export type { Bounds, Range, SlicePart } from "./tensor/ops/slicing.js";
export type { QuantileMethod } from "./tensor/ops/sort.js";
export type { PrintOptions } from "./tensor/print.js";
export * as random from "./tensor/random.js";
export type { SoftmaxOptions } from "./tensor/reductions.js";
export { type ScanOptions, scan } from "./tensor/scan.js";
export type { AxisOptions, FlattenOptions, PadOptions, RollOptions } from "./tensor/shaping.js";
export { Tensor } from "./tensor/tensor.js";
export { type Axes, type VmapOptions, vmap } from "./tensor/vmap.js";
