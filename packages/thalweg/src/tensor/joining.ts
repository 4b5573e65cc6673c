/** Functions that make one tensor of several. */
import { type DType, isFloat, promote } from "../base/dtype.js";
import type { Node } from "../graph/node.js";
import { checkTensor, operandNode } from "./operand.js";
import { concat as concatNodes, stack as stackNodes } from "./ops/shape.js";
import type { AxisOptions } from "./shaping.js";
import { Tensor } from "./tensor.js";

/** One behind the other along an existing axis; all other sizes must be equal (else ShapeError). The highest dtype wins. */
export function concat(tensors: readonly Tensor[], { axis = 0 }: AxisOptions = {}): Tensor {
  return join("concat", tensors, (nodes) => concatNodes(nodes, axis));
}

/** Side by side along a new axis; all shapes must be equal (else ShapeError). The highest dtype wins. */
export function stack(tensors: readonly Tensor[], { axis = 0 }: AxisOptions = {}): Tensor {
  return join("stack", tensors, (nodes) => stackNodes(nodes, axis));
}

/** Weak tensors take the dtype of the others; what is made of weak ones alone is weak. */
function join(op: string, tensors: readonly Tensor[], body: (nodes: readonly Node[]) => Node): Tensor {
  for (const x of tensors) checkTensor(op, x);
  const firm = tensors.filter((x) => !x.weak);
  const [first, ...others] = firm;
  if (first === undefined) {
    const node = body(tensors.map((x) => x.node));
    return new Tensor(node, isFloat(node.dtype));
  }
  const beside = others.reduce<DType>((dtype, x) => promote(dtype, x.dtype), first.dtype);
  return new Tensor(body(tensors.map((x) => operandNode(op, x, beside))));
}
