/** The tensor: an immutable array of numbers of one dtype. Its methods come in a chain of classes, one file for each kind. */
import { isFloat } from "../base/dtype.js";
import type { Node } from "../graph/node.js";
import { IndexedTensor } from "./indexing.js";

/** Made by `tensor(…)`, `zeros(…)` and the like, never with `new`. */
export class Tensor extends IndexedTensor {
  /** What is computed from a weak tensor alone is weak. */
  protected wrap(node: Node, weak = this.weak && isFloat(node.dtype)): Tensor {
    return new Tensor(node, weak);
  }
}
