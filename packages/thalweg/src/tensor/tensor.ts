/** The tensor. */
import type { Node } from "../graph/node.js";
import { TensorCore } from "./core.js";

export class Tensor extends TensorCore {
  protected wrap(node: Node): Tensor {
    return new Tensor(node);
  }
}
