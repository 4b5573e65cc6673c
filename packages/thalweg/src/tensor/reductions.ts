/** The methods of a tensor that reduce it along axes, run along them, or sum over products. */
import type { Node } from "../graph/node.js";
import { ArithmeticTensor } from "./arithmetic.js";
import { type Operand, operandPair } from "./operand.js";
import * as linear from "./ops/linear.js";
import * as ops from "./ops/reduce.js";
import type { Tensor } from "./tensor.js";

export interface SoftmaxOptions {
  /** Default: −1, the last. */
  readonly axis?: number | readonly number[];
}

/** Every `axis` may be negative, to count from the back; one out of range throws an IndexError. */
export abstract class ReducibleTensor extends ArithmeticTensor {
  /** 0 of nothing. Bools are counted in int32. */
  sum(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.sum(this.node, options));
  }

  /** The product; 1 of nothing. Bools are counted in int32. */
  prod(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.prod(this.node, options));
  }

  /** The average; float32 of whole numbers, NaN of nothing. */
  mean(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.mean(this.node, options));
  }

  /**
   * Σ(x − mean)² / (n − correction), in two passes. A correction of 1 gives the unbiased estimate.
   * Default: 0. NaN of nothing, and where n ≤ correction.
   */
  variance(options: ops.VarianceOptions = {}): Tensor {
    return this.wrap(ops.variance("variance", this.node, options));
  }

  /** The standard deviation: the root of `variance`, with derivative 0 where it is 0. */
  std(options: ops.VarianceOptions = {}): Tensor {
    return this.wrap(ops.variance("std", this.node, options));
  }

  /** The largest element; NaN if any is. Of an empty axis: ShapeError. */
  max(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.max(this.node, options));
  }

  /** The smallest element; NaN if any is. Of an empty axis: ShapeError. */
  min(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.min(this.node, options));
  }

  /** Where the largest element is, as int32: the first of equals, or the first NaN. Of an empty axis: ShapeError. */
  argmax(options: ops.ArgOptions = {}): Tensor {
    return this.wrap(ops.argExtreme("argmax", this.node, options), false);
  }

  /** Where the smallest element is, as int32: the first of equals, or the first NaN. Of an empty axis: ShapeError. */
  argmin(options: ops.ArgOptions = {}): Tensor {
    return this.wrap(ops.argExtreme("argmin", this.node, options), false);
  }

  /** Whether one is not 0 (NaN is not 0); false of nothing. */
  any(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.quantify("any", this.node, options), false);
  }

  /** Whether none is 0; true of nothing. */
  all(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.quantify("all", this.node, options), false);
  }

  /** ln Σ eˣ without overflow; −∞ of nothing. */
  logSumExp(options: ops.ReduceOptions = {}): Tensor {
    return this.wrap(ops.logSumExp(this.node, options));
  }

  /**
   * The norm of the elements along the axes taken as one vector (so of a matrix: Frobenius). Orders: 2 (default), 1, 0 (how many are not
   * 0), ±Infinity, any p > 0, "fro". Nothing overflows on the way. The derivative where the norm is 0 is 0.
   */
  norm(options: ops.NormOptions = {}): Tensor {
    return this.wrap(ops.norm(this.node, options));
  }

  /** eˣ / Σ eˣ along the axis, without overflow. NaN where all are −∞. */
  softmax({ axis = -1 }: SoftmaxOptions = {}): Tensor {
    return this.wrap(ops.softmax(this.node, axis));
  }

  /** ln softmax, without overflow and without the loss that taking the logarithm afterwards would bring. */
  logSoftmax({ axis = -1 }: SoftmaxOptions = {}): Tensor {
    return this.wrap(ops.logSoftmax(this.node, axis));
  }

  /** Running sums along the axis; without one, of the flattened tensor. Bools are counted in int32. */
  cumsum(options: ops.CumulativeOptions = {}): Tensor {
    return this.wrap(ops.cumulative("cumsum", this.node, options));
  }

  /** Running products along the axis; without one, of the flattened tensor. */
  cumprod(options: ops.CumulativeOptions = {}): Tensor {
    return this.wrap(ops.cumulative("cumprod", this.node, options));
  }

  /**
   * The matrix product of the last two axes, (…, m, k) × (…, k, n) → (…, m, n); the axes before are broadcast. A vector on the left is a
   * row, on the right a column, and its axis of size 1 is dropped from the result. ShapeError when the inner sizes differ.
   */
  matmul(other: Tensor): Tensor {
    return this.product("matmul", other, linear.matmul);
  }

  /** Of vectors the inner product; else, as in NumPy, Σ over the last axis of this and the last but one of the other. */
  dot(other: Operand): Tensor {
    return this.product("dot", other, linear.dot);
  }

  /** Every product of an element of this with one of the other: (n) and (m) give (n, m). Other shapes are flattened. */
  outer(other: Operand): Tensor {
    return this.product("outer", other, linear.outer);
  }

  /** The diagonals of the matrices in the last two axes (or `axes`), as a new last axis. */
  diagonal(options: linear.DiagonalOptions = {}): Tensor {
    return this.wrap(linear.diagonal("diagonal", this.node, options));
  }

  /** The sums of the diagonals of the matrices in the last two axes (or `axes`). */
  trace(options: linear.DiagonalOptions = {}): Tensor {
    return this.wrap(linear.trace(this.node, options));
  }

  private product(name: string, other: Operand, op: (a: Node, b: Node) => Node): Tensor {
    return this.wrap(op(...operandPair(name, this as unknown as Tensor, other)), false);
  }
}
