/** Positions in sorted values, counts of whole numbers, and the ops whose result shape depends on the data. */
import { type DType, promote, type TypedArray } from "../../base/dtype.js";
import { DTypeError, IndexError, ShapeError, UserError } from "../../base/errors.js";
import { formatShape, type Shape, sizeOf } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, type Node, project } from "../../graph/node.js";
import type { HostOp } from "../../graph/primitives.js";

/** On which side of equal elements the position lies. */
export type Side = "left" | "right";

/** How many of `sorted` lie before `value`; NaN lies behind all numbers. */
function countBefore(sorted: TypedArray, value: number, side: Side): number {
  const before = (element: number): boolean => {
    if (Number.isNaN(value)) return side === "right" || !Number.isNaN(element);
    return side === "left" ? element < value : element <= value;
  };
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(sorted[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const searchOps: Readonly<Record<Side, HostOp>> = { left: searchOp("left"), right: searchOp("right") };

function searchOp(side: Side): HostOp {
  const op: HostOp = {
    name: "searchSorted",
    key: side,
    outputs: (inputs) => [{ shape: inputs[1]?.shape ?? [], dtype: "int32" }],
    run: ([sorted, values]) => [search(sorted ?? nothing, values ?? nothing, side)],
    vjp: () => [undefined, undefined],
    jvp: () => [undefined],
    batch: ([sortedBatched, valuesBatched]) => (sortedBatched === true ? rowwise(side, valuesBatched === true) : op),
  };
  return op;
}

const nothing = new Float64Array(0);

function search(sorted: TypedArray, values: TypedArray, side: Side): Int32Array {
  return Int32Array.from(values, (v) => countBefore(sorted, v, side));
}

/** The search in each row of the sorted values, for the values of that row or for the same ones in all. */
function rowwise(side: Side, valuesToo: boolean): HostOp {
  return {
    name: "searchSortedRows",
    key: `${side},${valuesToo}`,
    outputs: ([sorted, values]) => {
      const shape = values?.shape ?? [];
      return [{ shape: valuesToo ? shape : [sorted?.shape[0] ?? 0, ...shape], dtype: "int32" }];
    },
    run: ([sorted, values], avals) => {
      const [rows, width] = [avals[0]?.shape[0] ?? 0, avals[0]?.shape[1] ?? 0];
      const wanted = values ?? nothing;
      const each = valuesToo ? wanted.length / Math.max(rows, 1) : wanted.length;
      const result = new Int32Array(rows * each);
      for (let row = 0; row < rows; row += 1) {
        const here = valuesToo ? wanted.subarray(row * each, (row + 1) * each) : wanted;
        const line = (sorted ?? nothing).subarray(row * width, (row + 1) * width);
        result.set(search(line, here, side), row * each);
      }
      return [result];
    },
    vjp: () => [undefined, undefined],
    jvp: () => [undefined],
  };
}

export function searchSorted(sorted: Node, values: Node, side: Side): Node {
  if (sorted.shape.length !== 1)
    throw new ShapeError(`searchSorted: the sorted values must have one axis, got shape ${formatShape(sorted.shape)}`);
  const op = searchOps[side];
  if (op === undefined) throw new UserError(`searchSorted: side must be "left" or "right", got ${String(side)}`);
  const dtype = promote(sorted.dtype, values.dtype);
  return project(make("host", [build.cast(sorted, dtype), build.cast(values, dtype)], { op }), 0);
}

/** Result i is how often i occurs, or the sum of its weights. Values outside of 0 … length − 1 make the run an IndexError. */
export function bincount(x: Node, weights: Node | undefined, length: number): Node {
  if (!Number.isInteger(length) || length < 0)
    throw new UserError(`bincount: the length must be a whole number ≥ 0, got ${length}`);
  const count = sizeOf(x.shape);
  if (weights !== undefined && formatShape(weights.shape) !== formatShape(x.shape)) {
    throw new ShapeError(
      `bincount: weights of shape ${formatShape(weights.shape)} for values of shape ${formatShape(x.shape)}`,
    );
  }
  const dtype: DType = weights === undefined || weights.dtype === "bool" ? "int32" : weights.dtype;
  const updates =
    weights === undefined ? build.full([count], 1, dtype) : build.reshape(build.cast(weights, dtype), [count]);
  return make("scatterAdd", [build.full([length], 0, dtype), build.reshape(x, [count]), updates], {});
}

export function checkCounted(x: Node): void {
  if (x.dtype !== "int32") throw new DTypeError(`bincount: counts whole numbers (int32), got ${x.dtype}`);
}

/** The largest of whole numbers ≥ 0; −1 of none. */
export function largestCounted(values: TypedArray, limit: number | undefined): number {
  let largest = -1;
  for (const v of values) {
    if (v < 0 || (limit !== undefined && v >= limit)) {
      throw new IndexError(
        `bincount: value ${v} is ${v < 0 ? "negative" : `not below the length ${limit}`}; use 0 and above`,
      );
    }
    if (v > largest) largest = v;
  }
  return largest;
}

/** The row-major positions of the elements that are not 0. */
export function truePositions(values: TypedArray): Int32Array {
  let count = 0;
  for (const v of values) if (v !== 0) count += 1;
  const positions = new Int32Array(count);
  let next = 0;
  values.forEach((v, i) => {
    if (v !== 0) {
      positions[next] = i;
      next += 1;
    }
  });
  return positions;
}

/** Row-major positions as one list of coordinates an axis. */
export function coordinates(positions: Int32Array, shape: Shape): Int32Array[] {
  const lists = shape.map(() => new Int32Array(positions.length));
  positions.forEach((position, i) => {
    let rest = position;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const d = shape[axis] ?? 1;
      const list = lists[axis];
      if (list !== undefined) list[i] = rest % d;
      rest = Math.floor(rest / d);
    }
  });
  return lists;
}

/** Checks that a mask selects leading axes of `shape`. */
export function checkMask(mask: Node, shape: Shape): void {
  if (mask.dtype !== "bool")
    throw new DTypeError(
      `booleanMask: the mask must be bool, got ${mask.dtype}; make one by comparing, such as x.gt(0)`,
    );
  if (mask.shape.length > shape.length || !mask.shape.every((d, i) => d === shape[i])) {
    throw new ShapeError(
      `booleanMask: a mask of shape ${formatShape(mask.shape)} does not match the leading axes of ${formatShape(shape)}`,
    );
  }
}
