/** Tools to write optimisers with: states like the parameters, and arithmetic on settings. */
import { allocate, type DType } from "../base/dtype.js";
import { type Shape, sizeOf } from "../base/shape.js";
import { full } from "../graph/build.js";
import { makeBuffer } from "../graph/node.js";
import { Tensor } from "../tensor/tensor.js";
import { compiling } from "../tensor/trace.js";
import { pick, type Tensors } from "./optimizer.js";

/** A tensor of one value. Outside of programs it needs no program to be made. */
export function filled(shape: Shape, value: number, dtype: DType): Tensor {
  if (compiling()) return new Tensor(full(shape, value, dtype));
  const array = allocate(dtype, sizeOf(shape));
  if (value !== 0) array.fill(value);
  return new Tensor(makeBuffer(shape, dtype, array));
}

/** One tensor of `value` for each parameter, of its shape and dtype. */
export function filledLike(parameters: Tensors, value: number): Tensors {
  return mapTensors(parameters, (p) => filled(p.shape, value, p.dtype));
}

/** `make` of each entry, and of the entries of the same name in `others`. */
export function mapTensors(
  tensors: Tensors,
  make: (tensor: Tensor, ...others: Tensor[]) => Tensor,
  ...others: readonly Tensors[]
): Tensors {
  const result: Record<string, Tensor> = {};
  for (const [path, tensor] of Object.entries(tensors)) {
    result[path] = make(tensor, ...others.map((record) => pick(record, path, "optimizer")));
  }
  return result;
}

/** The same value, taking the dtype of what it meets. For numbers of a program that are computed in float64. */
export function weak(scalar: Tensor): Tensor {
  return new Tensor(scalar.node, true);
}

/** 1 − x of a setting. */
export function oneMinus(scalar: Tensor): Tensor {
  return weak(scalar.neg().add(1));
}

/** √Σx² over all elements of all tensors. */
export function globalNorm(tensors: Tensors): Tensor {
  let sum: Tensor | undefined;
  for (const tensor of Object.values(tensors)) {
    const own = tensor.square().sum();
    sum = sum === undefined ? own : sum.add(own);
  }
  return (sum ?? filled([], 0, "float32")).sqrt();
}
