/** Tensors from values, and tensors that a formula fills. */
import { checkDType, type DType } from "../base/dtype.js";
import type { Shape } from "../base/shape.js";
import type { NestedArray } from "./core.js";
import * as ops from "./ops/create.js";
import { Tensor } from "./tensor.js";

export interface TensorOptions {
  /** Default: that of a typed array (8- and 16-bit integers become int32); of nested arrays float32, or bool if all are booleans. */
  readonly dtype?: DType;
  /** Default: that of the nesting; of a typed array one axis. */
  readonly shape?: Shape;
}

/** Numbers or booleans, in arrays nested to equal depths and lengths; the innermost may be typed arrays. */
export type TensorLike = NestedArray | ops.NumberArray | readonly TensorLike[];

/**
 * A tensor of the given numbers, which are copied.
 *
 * @throws ShapeError when rows differ in length, naming the place, or when `shape` does not fit; DTypeError when a value is no number, or
 * does not fit the dtype (a fraction as int32, anything but 0 and 1 as bool).
 */
export function tensor(values: TensorLike, options: TensorOptions = {}): Tensor {
  return new Tensor(ops.fromValues("tensor", values, options.dtype, options.shape));
}

/** The elements of a typed array, row-major, copied. */
export function fromData(data: ops.NumberArray, shape: Shape): Tensor {
  return new Tensor(ops.fromValues("fromData", data, undefined, shape));
}

export interface FillOptions {
  /** Default: float32. */
  readonly dtype?: DType;
}

/** All 0. */
export function zeros(shape: Shape, { dtype = "float32" }: FillOptions = {}): Tensor {
  return new Tensor(ops.filled("zeros", shape, 0, checkDType("zeros", dtype)));
}

/** All 1. */
export function ones(shape: Shape, { dtype = "float32" }: FillOptions = {}): Tensor {
  return new Tensor(ops.filled("ones", shape, 1, checkDType("ones", dtype)));
}
