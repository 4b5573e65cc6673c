/** Functions that make one tensor of several. */
import type { Node } from "../graph/node.js";
import { checkTensor } from "./operand.js";
import { concat as concatNodes, stack as stackNodes } from "./ops/shape.js";
import type { AxisOptions } from "./shaping.js";
import { Tensor } from "./tensor.js";

/** One behind the other along an existing axis; all other sizes must be equal (else ShapeError). The highest dtype wins. */
export function concat(tensors: readonly Tensor[], { axis = 0 }: AxisOptions = {}): Tensor {
  return new Tensor(concatNodes(nodes("concat", tensors), axis));
}

/** Side by side along a new axis; all shapes must be equal (else ShapeError). The highest dtype wins. */
export function stack(tensors: readonly Tensor[], { axis = 0 }: AxisOptions = {}): Tensor {
  return new Tensor(stackNodes(nodes("stack", tensors), axis));
}

function nodes(op: string, tensors: readonly Tensor[]): Node[] {
  for (const x of tensors) checkTensor(op, x);
  return tensors.map((x) => x.node);
}
