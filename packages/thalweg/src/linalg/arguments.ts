/** What the functions of linear algebra are given, and how they become matrices. */
import { type FloatDType, isFloat, promote } from "../base/dtype.js";
import { ShapeError, UserError } from "../base/errors.js";
import { formatShape } from "../base/shape.js";
import type { NestedArray } from "../tensor/core.js";
import { tensor } from "../tensor/creation.js";
import type { NumberArray } from "../tensor/ops/create.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * A matrix or vector: a tensor (float32 stays float32, whole numbers become float64), a typed array (likewise), or nested arrays of numbers
 * (float64).
 */
export type Numbers = Tensor | NumberArray | NestedArray;

export function toFloat(op: string, value: Numbers): Tensor {
  if (value instanceof Tensor) return isFloat(value.dtype) ? value : value.cast("float64");
  if (value instanceof Float32Array || value instanceof Float64Array) return tensor(value);
  if (!Array.isArray(value) && !ArrayBuffer.isView(value))
    throw new UserError(
      `${op}: expected a tensor or an array of numbers, got ${value === null ? "null" : typeof value}`,
    );
  return tensor(value, { dtype: "float64" });
}

export function toMatrix(op: string, value: Numbers, name = "the matrix"): Tensor {
  const t = toFloat(op, value);
  if (t.rank === 2) return t;
  const fix =
    t.rank > 2
      ? "; for a stack of matrices use vmap"
      : t.rank === 1
        ? "; make a vector a column with expandDims(1) or a row with expandDims(0)"
        : "";
  throw new ShapeError(`${op}: ${name} must have two axes, got shape ${formatShape(t.shape)}${fix}`);
}

export function toSquare(op: string, value: Numbers, name = "the matrix"): Tensor {
  const t = toMatrix(op, value, name);
  if (t.shape[0] !== t.shape[1])
    throw new ShapeError(`${op}: ${name} must be square, got shape ${formatShape(t.shape)}`);
  return t;
}

/** Both in the wider of the two dtypes. */
export function sameFloat(a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const dtype = promote(a.dtype, b.dtype) as FloatDType;
  return [a.dtype === dtype ? a : a.cast(dtype), b.dtype === dtype ? b : b.cast(dtype)];
}

/** The shape of a matrix. */
export function sizesOf(t: { readonly shape: readonly number[] }): readonly [number, number] {
  return [t.shape[0] ?? 0, t.shape[1] ?? 0];
}
