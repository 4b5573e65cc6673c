/** Methods that change the shape of a tensor, and the order and number of its elements without looking at them. */
import { IndexError, UserError } from "../base/errors.js";
import type { Shape } from "../base/shape.js";
import * as padding from "./ops/padding.js";
import * as ops from "./ops/shape.js";
import { type SlicePart, slice } from "./ops/slicing.js";
import { ReducibleTensor } from "./reductions.js";
import type { Tensor } from "./tensor.js";

export interface AxisOptions {
  /** Default: 0. */
  readonly axis?: number;
}

export interface FlattenOptions {
  /** The first axis of those that become one. Default: 0. */
  readonly from?: number;
  /** The last of them. Default: −1. */
  readonly to?: number;
}

export interface RollOptions {
  /** Default: none; the tensor is rolled as if flattened. */
  readonly axis?: number | readonly number[];
}

export interface PadOptions {
  /** Default: "constant". */
  readonly mode?: padding.PadMode;
  /** The constant. Default: 0. */
  readonly value?: number;
}

/** Axes may be negative, to count from the back; one out of range throws an IndexError. The dtype stays. */
export abstract class ShapedTensor extends ReducibleTensor {
  /** The same elements, row-major, in another shape; one dimension may be −1, for what is left over. ShapeError if the sizes differ. */
  reshape(shape: Shape): Tensor {
    return this.wrap(ops.reshape(this.node, shape));
  }

  /** All axes as one, or those from `from` to `to`. A scalar becomes one axis of size 1. */
  flatten({ from = 0, to = -1 }: FlattenOptions = {}): Tensor {
    return this.wrap(ops.flatten(this.node, from, to));
  }

  /** All elements along one axis: `reshape([-1])`. */
  ravel(): Tensor {
    return this.wrap(ops.reshape(this.node, [this.size]));
  }

  /** Axis i of the result is axis `axes[i]` of this. Default: all reversed. */
  transpose(axes?: readonly number[]): Tensor {
    return this.wrap(ops.transpose(this.node, axes));
  }

  /** `transpose` with every axis named. */
  permute(axes: readonly number[]): Tensor {
    if (!Array.isArray(axes)) throw new UserError(`permute: name every axis in a list, got ${String(axes)}`);
    return this.wrap(ops.transpose(this.node, axes, "permute"));
  }

  /** Two axes exchanged. */
  swapAxes(a: number, b: number): Tensor {
    return this.wrap(ops.swapAxes(this.node, a, b));
  }

  /** Axes `from` at the places `to` of the result, the others in their order. */
  moveAxis(from: number | readonly number[], to: number | readonly number[]): Tensor {
    return this.wrap(ops.moveAxis(this.node, from, to));
  }

  /** New axes of size 1; `axis` tells where they stand in the result. */
  expandDims(axis: number | readonly number[]): Tensor {
    return this.wrap(ops.expandDims(this.node, axis));
  }

  /** Without these axes, which must have size 1 (else ShapeError). Default: all axes of size 1. */
  squeeze(axis?: number | readonly number[]): Tensor {
    return this.wrap(ops.squeeze(this.node, axis));
  }

  /** Stretched to `shape` by the rules of broadcasting: size 1 and missing leading axes are repeated. */
  broadcastTo(shape: Shape): Tensor {
    return this.wrap(ops.broadcastTo(this.node, shape));
  }

  /** The same as `broadcastTo`. */
  expand(shape: Shape): Tensor {
    return this.wrap(ops.broadcastTo(this.node, shape, "expand"));
  }

  /** Reversed along these axes. Default: along all. */
  flip(axis?: number | readonly number[]): Tensor {
    return this.wrap(ops.flip(this.node, axis));
  }

  /** Elements moved on by `shift` places; what is pushed over the end comes back at the start. */
  roll(shift: number | readonly number[], { axis }: RollOptions = {}): Tensor {
    return this.wrap(ops.roll(this.node, shift, axis));
  }

  /**
   * Elements added around: `widths` before and after every axis, as one number, as a pair for all axes, or as a pair for each axis. They are
   * a constant, or by `mode` taken from the tensor: the nearest element ("edge"), the tensor mirrored at its outermost elements ("reflect")
   * or just outside of them ("symmetric"), or continued periodically ("wrap").
   */
  pad(widths: padding.PadWidths, { mode = "constant", value = 0 }: PadOptions = {}): Tensor {
    return this.wrap(padding.pad(this.node, widths, mode, value));
  }

  /**
   * In as many equal parts along the axis (ShapeError if that does not come out even), or cut before each of the given positions, by NumPy's
   * rules: `split([2, 5])` gives elements 0 … 1, 2 … 4 and the rest.
   */
  split(sections: number | readonly number[], { axis = 0 }: AxisOptions = {}): Tensor[] {
    return ops.split(this.node, sections, axis).map((part) => this.wrap(part));
  }

  /** The slices along the axis, which they no longer have. */
  unstack({ axis = 0 }: AxisOptions = {}): Tensor[] {
    return ops.unstack(this.node, axis).map((part) => this.wrap(part));
  }

  /** The whole tensor `repetitions[i]` times along axis i; a number counts for the last axis. */
  tile(repetitions: number | readonly number[]): Tensor {
    return this.wrap(ops.tile(this.node, repetitions));
  }

  /**
   * One part for each axis: a number takes that element and drops the axis (IndexError if there is none); `[start, stop, step]` or
   * `{ start, stop, step }` takes a range and keeps the axis; ":" or undefined takes all; "..." stands for all of the axes that are not
   * named. Negative positions count from the end, bounds are clipped and may be left out, and steps may be negative, as in Python:
   *
   *     x.slice(0)                            // x[0]
   *     x.slice([1, -1], { step: 2 })         // x[1:-1, ::2]
   *     x.slice("...", { start: -1, step: -1 })  // x[..., -1::-1]
   */
  slice(...parts: readonly SlicePart[]): Tensor {
    return this.wrap(slice(this.node, parts));
  }

  /** The element, or the slice, at these positions of the first axes; negative ones count from the end. IndexError if out of range. */
  at(...indices: readonly number[]): Tensor {
    for (const index of indices) {
      if (typeof index !== "number")
        throw new IndexError(`at: indices are whole numbers, got ${String(index)}; ranges are for slice`);
    }
    return this.wrap(slice(this.node, indices, "at"));
  }
}
