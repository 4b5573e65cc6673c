/** Tensors from values, and tensors that a formula fills. */
import { checkDType, type DType } from "../base/dtype.js";
import { ShapeError } from "../base/errors.js";
import { formatShape, type Shape } from "../base/shape.js";
import type { NestedArray } from "./core.js";
import { fromElements, type TensorJSON } from "./json.js";
import { checkTensor } from "./operand.js";
import * as ops from "./ops/create.js";
import { diagonal, diagonalMatrix } from "./ops/linear.js";
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

/**
 * The tensor that `JSON.stringify` was given, to the bit (NaN loses its payload):
 *
 *     const text = JSON.stringify(nn.stateDict(net));
 *     const values = Object.entries<TensorJSON>(JSON.parse(text)).map(([path, json]) => [path, tensorFromJSON(json)]);
 *     nn.loadStateDict(net, Object.fromEntries(values));
 *
 * @throws UserError for what is not of that form, ShapeError when data and shape do not fit, DTypeError for a value that the dtype does not hold.
 */
export function tensorFromJSON(json: TensorJSON): Tensor {
  const op = "tensorFromJSON";
  const elements = fromElements(op, json);
  return new Tensor(ops.fromValues(op, elements, checkDType(op, json.dtype), json.shape));
}

export interface FillOptions {
  /** Default: float32; of the …Like functions: the dtype of the tensor. */
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

/** All `value`. Default dtype: float32, or bool of a boolean. */
export function full(shape: Shape, value: number | boolean, { dtype }: FillOptions = {}): Tensor {
  const kind = dtype ?? (typeof value === "boolean" ? "bool" : "float32");
  return new Tensor(
    ops.filled("full", shape, typeof value === "boolean" ? Number(value) : value, checkDType("full", kind)),
  );
}

/** All 0, in the shape of `x`. */
export function zerosLike(x: Tensor, options: FillOptions = {}): Tensor {
  checkTensor("zerosLike", x);
  return zeros(x.shape, { dtype: options.dtype ?? x.dtype });
}

/** All 1, in the shape of `x`. */
export function onesLike(x: Tensor, options: FillOptions = {}): Tensor {
  checkTensor("onesLike", x);
  return ones(x.shape, { dtype: options.dtype ?? x.dtype });
}

/** All `value`, in the shape of `x`. */
export function fullLike(x: Tensor, value: number, options: FillOptions = {}): Tensor {
  checkTensor("fullLike", x);
  return full(x.shape, value, { dtype: options.dtype ?? x.dtype });
}

/** 0, 1, …, below `stop`. */
export function arange(stop: number, options?: FillOptions): Tensor;
/**
 * start, start + step, …, up to but without `stop`; empty when `stop` lies the other way. Default step: 1. Default dtype: int32 of
 * whole numbers, else float32.
 */
export function arange(start: number, stop: number, step?: number, options?: FillOptions): Tensor;
export function arange(first: number, second?: number | FillOptions, step = 1, options: FillOptions = {}): Tensor {
  if (typeof second === "number") return new Tensor(ops.arange(first, second, step, options.dtype));
  return new Tensor(ops.arange(0, first, 1, second?.dtype));
}

export interface SpaceOptions {
  /** Whether `stop` is the last number. Default: true. */
  readonly endpoint?: boolean;
  /** Float. Default: float32. */
  readonly dtype?: DType;
}

/** `count` numbers from `start` to `stop` at equal distances. Default count: 50. */
export function linspace(start: number, stop: number, count = 50, options: SpaceOptions = {}): Tensor {
  const { endpoint = true, dtype = "float32" } = options;
  return new Tensor(
    ops.spaced("linspace", ops.linspace("linspace", start, stop, count, endpoint), checkDType("linspace", dtype)),
  );
}

export interface LogSpaceOptions extends SpaceOptions {
  /** Default: 10. */
  readonly base?: number;
}

/** base^start … base^stop, `count` numbers with equal ratios. Default count: 50. */
export function logspace(start: number, stop: number, count = 50, options: LogSpaceOptions = {}): Tensor {
  const { endpoint = true, dtype = "float32", base = 10 } = options;
  const exponents = ops.linspace("logspace", start, stop, count, endpoint);
  return new Tensor(
    ops.spaced(
      "logspace",
      exponents.map((x) => base ** x),
      checkDType("logspace", dtype),
    ),
  );
}

export interface BandOptions extends FillOptions {
  /** Default: as many as rows. */
  readonly columns?: number;
  /** Which diagonal: above (positive) or below (negative) the main one. Default: 0. */
  readonly offset?: number;
}

/** The identity matrix of `rows` rows; ones on another diagonal with `offset`. */
export function eye(rows: number, options: BandOptions = {}): Tensor {
  const { columns = rows, offset = 0, dtype = "float32" } = options;
  return new Tensor(ops.banded("eye", rows, columns, offset, checkDType("eye", dtype)));
}

/** Ones on and below the diagonal, 0 above. */
export function tri(rows: number, options: BandOptions = {}): Tensor {
  const { columns = rows, offset = 0, dtype = "float32" } = options;
  return new Tensor(ops.banded("tri", rows, columns, offset, checkDType("tri", dtype)));
}

export interface OffsetOptions {
  /** Which diagonal: above (positive) or below (negative) the main one. Default: 0. */
  readonly offset?: number;
}

/** The last two axes of `x` on and below the diagonal, 0 above. */
export function tril(x: Tensor, { offset = 0 }: OffsetOptions = {}): Tensor {
  checkTensor("tril", x);
  return new Tensor(ops.triangle("tril", x.node, offset));
}

/** The last two axes of `x` on and above the diagonal, 0 below. */
export function triu(x: Tensor, { offset = 0 }: OffsetOptions = {}): Tensor {
  checkTensor("triu", x);
  return new Tensor(ops.triangle("triu", x.node, offset));
}

/** Of a vector the matrix with it on the diagonal; of a matrix its diagonal. */
export function diag(x: Tensor, { offset = 0 }: OffsetOptions = {}): Tensor {
  checkTensor("diag", x);
  if (x.rank === 1) return new Tensor(diagonalMatrix(x.node, offset));
  if (x.rank === 2) return new Tensor(diagonal("diag", x.node, { offset }));
  throw new ShapeError(
    `diag: needs a vector or a matrix, got shape ${formatShape(x.shape)}; for stacks of matrices use x.diagonal()`,
  );
}

/**
 * (…) → (…, classes): 1 at the index, else 0. Indices are int32; those that have values already are checked to be in 0 … classes − 1, others
 * give zeros when they are out of range.
 */
export function oneHot(indices: Tensor, classes: number, { dtype = "float32" }: FillOptions = {}): Tensor {
  checkTensor("oneHot", indices);
  return new Tensor(ops.oneHot(indices.node, classes, checkDType("oneHot", dtype)));
}

export interface MeshgridOptions {
  /** "xy": the first vector runs along axis 1, the second along axis 0; "ij": each along its own axis. Default: "xy". */
  readonly indexing?: "xy" | "ij";
}

/** Coordinate grids: each vector stretched over the axes of all others. */
export function meshgrid(vectors: readonly Tensor[], { indexing = "xy" }: MeshgridOptions = {}): Tensor[] {
  for (const v of vectors) checkTensor("meshgrid", v);
  return ops
    .meshgrid(
      vectors.map((v) => v.node),
      indexing,
    )
    .map((node) => new Tensor(node));
}
