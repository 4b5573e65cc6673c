/** Methods that pick elements of a tensor by index or condition, place them, order them and count them. */
import { TraceError } from "../base/errors.js";
import { sizeOf } from "../base/shape.js";
import { makeBuffer, type Node } from "../graph/node.js";
import { type Operand, operandNode } from "./operand.js";
import * as counting from "./ops/counting.js";
import { fromValues } from "./ops/create.js";
import * as ops from "./ops/indexing.js";
import type { CumulativeOptions } from "./ops/reduce.js";
import { runningExtreme } from "./ops/running.js";
import * as shape from "./ops/shape.js";
import { takeOne } from "./ops/slicing.js";
import * as sorting from "./ops/sort.js";
import { unique } from "./ops/unique.js";
import { type AxisOptions, ShapedTensor } from "./shaping.js";
import type { Tensor } from "./tensor.js";

/** Positions along an axis: an int32 tensor, or plain whole numbers, nested as the result is to be. Negative ones count from the end. */
export type Indices = Tensor | IndexArray;
export type IndexArray = number | Int32Array | readonly IndexArray[];

export interface SortOptions {
  /** Default: −1, the last. */
  readonly axis?: number;
  /** Default: false. */
  readonly descending?: boolean;
}

export interface TopKOptions {
  /** Default: −1, the last. */
  readonly axis?: number;
  /** Whether the largest are wanted, or the smallest. Default: true. */
  readonly largest?: boolean;
}

export interface MedianOptions {
  /** Default: all. */
  readonly axis?: number | readonly number[];
  /** Whether the axes stay with size 1. Default: false. */
  readonly keepDims?: boolean;
}

export interface QuantileOptions extends MedianOptions {
  /** What stands between two elements. Default: "linear". */
  readonly method?: sorting.QuantileMethod;
}

export interface BincountOptions {
  /** What each element counts. Default: 1. */
  readonly weights?: Tensor;
  /** The result is at least this long. Default: 0. */
  readonly minLength?: number;
  /** The length of the result; needed inside a trace, where the largest value is not known. */
  readonly length?: number;
}

export interface RepeatOptions {
  /** Default: none; the tensor is flattened. */
  readonly axis?: number;
}

export interface SearchOptions {
  /** Whether an element that equals the value lies behind it ("left") or before it ("right"). Default: "left". */
  readonly side?: counting.Side;
}

export interface UniqueResult {
  /** The different elements in ascending order; all NaN count as one, which stands last. */
  readonly values: Tensor;
  /** For each element of the tensor the place of its value; of the tensor's shape, int32. */
  readonly inverse: Tensor;
  /** How often each value occurs; int32. */
  readonly counts: Tensor;
  /** Where each value occurs first in the flattened tensor; int32. */
  readonly first: Tensor;
}

/**
 * Indices out of range throw an IndexError: at the call when their values are known, else (inside a trace, or not computed yet) when the
 * program runs. The derivative of picking places, and that of placing picks.
 */
export abstract class IndexedTensor extends ShapedTensor {
  /**
   * The slices at `indices` along the axis (default 0), which the axes of the indices replace: of shape [a, b, c], `take` of [i, j] indices along
   * axis 1 gives [a, i, j, c]. A plain number drops the axis.
   */
  take(indices: Indices, { axis = 0 }: AxisOptions = {}): Tensor {
    if (typeof indices === "number") return this.wrap(takeOne(this.node, indices, axis));
    return this.wrap(ops.take(this.node, indexNode("take", indices), axis));
  }

  /** For each index the element at it along the axis, the other coordinates being the index's own. Other sizes are equal or 1. */
  takeAlongAxis(indices: Indices, axis: number): Tensor {
    return this.wrap(ops.takeAlongAxis(this.node, indexNode("takeAlongAxis", indices), axis));
  }

  /** A tensor with the elements that `takeAlongAxis` would give replaced; of equal indices the last wins. */
  putAlongAxis(indices: Indices, updates: Operand, axis: number): Tensor {
    return this.put("putAlongAxis", indices, updates, (i, u) =>
      ops.putAlongAxis("putAlongAxis", this.node, i, u, axis, false),
    );
  }

  /** A tensor with `updates` added to the elements that `takeAlongAxis` would give; equal indices add up. */
  addAlongAxis(indices: Indices, updates: Operand, axis: number): Tensor {
    return this.put("addAlongAxis", indices, updates, (i, u) =>
      ops.putAlongAxis("addAlongAxis", this.node, i, u, axis, true),
    );
  }

  /**
   * A tensor with the slices at `indices` along the axis replaced by `updates`, which has (or stretches to) the shape that `take` would give.
   * Of equal indices the last wins.
   */
  scatter(indices: Indices, updates: Operand, { axis = 0 }: AxisOptions = {}): Tensor {
    return this.put("scatter", indices, updates, (i, u) => ops.scatter("scatter", this.node, i, u, axis, false));
  }

  /** A tensor with `updates` added to the slices at `indices` along the axis; equal indices add up. Bools count as int32. */
  scatterAdd(indices: Indices, updates: Operand, { axis = 0 }: AxisOptions = {}): Tensor {
    return this.put("scatterAdd", indices, updates, (i, u) => ops.scatter("scatterAdd", this.node, i, u, axis, true));
  }

  /**
   * The slices where `mask` (bool, over the leading axes) holds, along one axis that replaces those of the mask. How many they are depends on
   * data, so the mask must have a value: TraceError inside a trace, where `where` or a sum of products does.
   */
  booleanMask(mask: Tensor): Tensor {
    counting.checkMask(mask.node, this.shape);
    const values = known("booleanMask", mask, "use where(mask, x, 0), which keeps the shape");
    const positions = counting.truePositions(values);
    const rest = this.shape.slice(mask.rank);
    const rows = shape.reshape(this.node, [sizeOf(mask.shape), ...rest]);
    return this.wrap(ops.take(rows, makeBuffer([positions.length], "int32", positions), 0));
  }

  /** Where the elements are not 0 (or true), as int32 coordinates of shape [how many, rank], row-major. Eager, as `booleanMask` is. */
  argwhere(): Tensor {
    return this.wrap(shape.stack(this.coordinates("argwhere"), 1));
  }

  /** Where the elements are not 0 (or true): for each axis an int32 tensor of coordinates. Eager, as `booleanMask` is. */
  nonzero(): Tensor[] {
    return this.coordinates("nonzero").map((list) => this.wrap(list));
  }

  private coordinates(op: string): Node[] {
    const positions = counting.truePositions(known(op, this, "use the condition itself in where(condition, a, b)"));
    if (this.rank === 0) return [makeBuffer([positions.length], "int32", positions)];
    return counting.coordinates(positions, this.shape).map((list) => makeBuffer([list.length], "int32", list));
  }

  /** Each element `counts` times in a row: one number for all, or one for each place along the axis. */
  repeat(counts: number | readonly number[], { axis }: RepeatOptions = {}): Tensor {
    const x = axis === undefined ? shape.reshape(this.node, [this.size]) : this.node;
    return this.wrap(ops.repeat(x, counts, axis ?? 0));
  }

  /** In order along the axis; stable, NaN last in both directions. The derivative follows the elements to their places. */
  sort({ axis = -1, descending = false }: SortOptions = {}): Tensor {
    return this.wrap(sorting.sort(this.node, axis, descending));
  }

  /** The places (int32) from which `sort` takes its elements. */
  argsort({ axis = -1, descending = false }: SortOptions = {}): Tensor {
    return this.wrap(sorting.argsort(this.node, axis, descending));
  }

  /** The k largest elements along the axis, best first, and their places (int32). Of equals the first is taken; NaN last. */
  topK(
    k: number,
    { axis = -1, largest = true }: TopKOptions = {},
  ): { readonly values: Tensor; readonly indices: Tensor } {
    const { values, indices } = sorting.topK(this.node, k, axis, largest);
    return { values: this.wrap(values), indices: this.wrap(indices) };
  }

  /** The middle element in order, of an even number the mean of two; NaN if an element is. Whole numbers give float32. */
  median({ axis, keepDims = false }: MedianOptions = {}): Tensor {
    return this.wrap(sorting.quantile("median", this.node, 0.5, axis, "linear", keepDims));
  }

  /**
   * The value at the fraction q, in [0, 1], of the elements in order; several q give a new leading axis. Between elements: "linear"
   * interpolation (number 7 of R. Hyndman and Y. Fan, "Sample quantiles in statistical packages", Am. Stat. 50 (1996)), the "lower", "higher" or
   * "nearest" one, or their "midpoint". NaN if an element is.
   */
  quantile(q: number | readonly number[], { axis, keepDims = false, method = "linear" }: QuantileOptions = {}): Tensor {
    return this.wrap(sorting.quantile("quantile", this.node, q, axis, method, keepDims));
  }

  /** The largest element so far along the axis; from the first NaN on, NaN. */
  cummax(options: CumulativeOptions = {}): Tensor {
    return this.wrap(running("cummax", this, options));
  }

  /** The smallest element so far along the axis; from the first NaN on, NaN. */
  cummin(options: CumulativeOptions = {}): Tensor {
    return this.wrap(running("cummin", this, options));
  }

  /** The different elements. How many they are depends on data: TraceError inside a trace. */
  unique(): UniqueResult {
    const result = unique(known("unique", this, "sort keeps the shape"), this.dtype);
    const buffer = (list: Int32Array, of = [list.length]): Tensor => this.wrap(makeBuffer(of, "int32", list));
    return {
      values: this.wrap(makeBuffer([result.values.length], this.dtype, result.values)),
      inverse: buffer(result.inverse, [...this.shape]),
      counts: buffer(result.counts),
      first: buffer(result.first),
    };
  }

  /**
   * How many elements of this tensor, which is one ascending axis, lie before each value: where it is to be inserted (int32). NaN lies behind
   * all numbers.
   */
  searchSorted(values: Operand, { side = "left" }: SearchOptions = {}): Tensor {
    return this.wrap(counting.searchSorted(this.node, operandNode("searchSorted", values, this.dtype), side), false);
  }

  /**
   * How often each whole number 0, 1, 2, … occurs among the elements (int32), or the sum of its weights. As long as the largest element needs,
   * or as `length` says; then a larger element is an IndexError.
   */
  bincount({ weights, minLength = 0, length }: BincountOptions = {}): Tensor {
    counting.checkCounted(this.node);
    let size = length;
    if (size === undefined || this.node.storage !== undefined) {
      const values = known("bincount", this, "give the length of the result: bincount({ length })");
      const largest = counting.largestCounted(values, length);
      size ??= Math.max(minLength, largest + 1);
    }
    return this.wrap(counting.bincount(this.node, weights?.node, size), false);
  }

  private put(op: string, indices: Indices, updates: Operand, place: (indices: Node, updates: Node) => Node): Tensor {
    return this.wrap(place(indexNode(op, indices), operandNode(op, updates, this.dtype)), false);
  }
}

function running(op: "cummax" | "cummin", x: IndexedTensor, { axis, reverse = false }: CumulativeOptions): Node {
  const node = axis === undefined ? shape.reshape(x.node, [x.size]) : x.node;
  return runningExtreme(op, node, axis ?? 0, reverse);
}

/** Indices as a node. Plain numbers become a value, so that they are checked at the call. */
function indexNode(op: string, indices: Indices): Node {
  if (typeof indices === "object" && "node" in indices) return indices.node;
  return fromValues(op, indices, "int32", undefined);
}

/** The value of a tensor that decides on the shape of a result. */
function known(op: string, x: IndexedTensor, instead: string): ReturnType<IndexedTensor["storage"]> {
  try {
    return x.storage(op);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new TraceError(
      `${op}: the shape of the result depends on values that are not known while a function is being traced (compile, grad, vmap, scan): ${instead}`,
    );
  }
}
