/**
 * Picking and placing elements by index. Indices that have a value are checked at the call; others (inside a trace, or not computed yet) when
 * the program runs, which then reports the IndexError. Negative indices count from the end in both cases.
 */
import { promote } from "../../base/dtype.js";
import { DTypeError, IndexError, ShapeError } from "../../base/errors.js";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, makeBuffer, type Node } from "../../graph/node.js";
import { broadcastTo, checkCounts, moveAxis, repeat as repeatEach } from "./shape.js";

export function checkIndexDType(op: string, indices: Node): void {
  if (indices.dtype === "int32") return;
  const hint =
    indices.dtype === "bool" ? "; to select by a condition use booleanMask or where" : '; cast them with cast("int32")';
  throw new DTypeError(`${op}: indices must be int32, got ${indices.dtype}${hint}`);
}

/** Indices of `axis` counted from the front; out of range throws if the values are known. */
function fromFront(op: string, indices: Node, axis: number, shape: Shape): Node {
  checkIndexDType(op, indices);
  const n = shape[axis] ?? 0;
  if (indices.storage === undefined)
    return build.select(build.binary("lt", indices, 0), build.add(indices, n), indices);
  let negative = false;
  for (const index of indices.storage) {
    if (index < 0) negative = true;
    if (index >= n || index < -n) {
      const allowed = n === 0 ? "the axis is empty" : `use ${-n} to ${n - 1}`;
      throw new IndexError(
        `${op}: index ${index} is out of range at axis ${axis} of ${formatShape(shape)}, size ${n}; ${allowed}`,
      );
    }
  }
  if (!negative) return indices;
  return makeBuffer(
    indices.shape,
    "int32",
    indices.storage.map((i) => (i < 0 ? i + n : i)),
  );
}

/** What is said when the program finds an index out of range. */
function outOfAxis(op: string, axis: number, shape: Shape): string {
  const size = shape[axis] ?? 0;
  const allowed = size === 0 ? "it has no elements" : `use ${-size} to ${size - 1}`;
  return `${op}: an index is out of range at axis ${axis} of ${formatShape(shape)}, size ${size}; ${allowed}`;
}

/** The shape with `axis` replaced by the axes of `indices`. */
function replacedAxis(shape: Shape, axis: number, indices: Shape): number[] {
  return [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
}

/** The slices of `x` at `indices` along the axis, which the axes of the indices replace. */
export function take(x: Node, indices: Node, axis: number): Node {
  const along = normalizeAxis("take", axis, x.shape.length);
  const rows = make("gather", [moveAxis(x, along, 0), fromFront("take", indices, along, x.shape)], {
    error: outOfAxis("take", along, x.shape),
  });
  const places = indices.shape.map((_, i) => i);
  return moveAxis(
    rows,
    places,
    places.map((i) => along + i),
  );
}

/** Slices along the axis replaced by (or, with `add`, increased by) `updates`; equal indices: the last wins, or all are added. */
export function scatter(op: string, x: Node, indices: Node, updates: Node, axis: number, add: boolean): Node {
  const along = normalizeAxis(op, axis, x.shape.length);
  const picked = fromFront(op, indices, along, x.shape);
  const expected = replacedAxis(x.shape, along, indices.shape);
  const [target, values] = meet(op, x, updates, expected, add);
  const places = indices.shape.map((_, i) => along + i);
  const rest = x.shape.filter((_, i) => i !== along);
  const count = sizeOf(indices.shape);
  const rows = build.reshape(
    moveAxis(
      values,
      places,
      places.map((_, i) => i),
    ),
    [count, ...rest],
  );
  const inputs = [moveAxis(target, along, 0), build.reshape(picked, [count]), rows];
  return moveAxis(make(add ? "scatterAdd" : "scatterSet", inputs, {}), 0, along);
}

/** Target and updates in the higher of their dtypes, the updates stretched to `expected`. */
function meet(op: string, x: Node, updates: Node, expected: Shape, add: boolean): readonly [Node, Node] {
  const common = promote(x.dtype, updates.dtype);
  const dtype = add && common === "bool" ? "int32" : common;
  const missing = expected.length - updates.shape.length;
  if (missing < 0 || !updates.shape.every((d, i) => d === 1 || d === expected[i + missing])) {
    throw new ShapeError(
      `${op}: updates of shape ${formatShape(updates.shape)} do not stretch to ${formatShape(expected)}, which the indices select`,
    );
  }
  return [build.cast(x, dtype), broadcastTo(build.cast(updates, dtype), expected)];
}

/** x as [before, n, after] around the axis. */
interface Split {
  readonly before: number;
  readonly n: number;
  readonly after: number;
}

function around(shape: Shape, axis: number): Split {
  return { before: sizeOf(shape.slice(0, axis)), n: shape[axis] ?? 0, after: sizeOf(shape.slice(axis + 1)) };
}

/** The positions in the flattened operand of [before, k, after] indices along the middle axis. */
function flatPositions(indices: Node, { before, n, after }: Split): Node {
  const shape = [before, indices.shape[1] ?? 0, after];
  let flat = indices;
  if (before > 1) flat = build.add(build.mul(make("iota", [], { axis: 0, shape, dtype: "int32" }), n), flat);
  if (after > 1) flat = build.add(build.mul(flat, after), make("iota", [], { axis: 2, shape, dtype: "int32" }));
  return flat;
}

/** Elements of `x` at indices along the last axis that are known to be in range, such as those of a sort. */
export function takeAlongLast(x: Node, indices: Node): Node {
  const axis = x.shape.length - 1;
  const split = around(x.shape, axis);
  const k = indices.shape[axis] ?? 0;
  const flat = flatPositions(build.reshape(indices, [split.before, k, 1]), split);
  const picked = make(
    "gather",
    [build.reshape(x, [sizeOf(x.shape)]), build.reshape(flat, [sizeOf(indices.shape)])],
    {},
  );
  return build.reshape(picked, indices.shape);
}

/** Positions that the run refuses where an index lies outside of its axis: the flat position alone could be that of another row. */
function checkedPositions(op: string, indices: Node, axis: number, shape: Shape): Node {
  const split = around(shape, axis);
  const picked = fromFront(op, indices, axis, shape);
  const folded = build.reshape(picked, [split.before, indices.shape[axis] ?? 0, split.after]);
  const flat = flatPositions(folded, split);
  if (indices.storage !== undefined) return flat;
  const inside = build.binary("and", build.binary("le", 0, folded), build.binary("lt", folded, split.n));
  return build.select(inside, flat, -1);
}

/** Indices stretched over the other axes of `x`, and x over those of the indices. */
function alignAlong(op: string, x: Node, indices: Node, axis: number): readonly [Node, Node, number] {
  const along = normalizeAxis(op, axis, x.shape.length);
  const fits =
    indices.shape.length === x.shape.length &&
    indices.shape.every((d, i) => i === along || d === x.shape[i] || d === 1 || x.shape[i] === 1);
  if (!fits) {
    throw new ShapeError(
      `${op}: indices of shape ${formatShape(indices.shape)} do not fit to ${formatShape(x.shape)}: beside axis ${along} the sizes must be equal or 1`,
    );
  }
  checkIndexDType(op, indices);
  const other = x.shape.map((d, i) => (d === 1 ? (indices.shape[i] ?? 1) : d));
  const xShape = other.map((d, i) => (i === along ? (x.shape[i] ?? 0) : d));
  const indexShape = other.map((d, i) => (i === along ? (indices.shape[i] ?? 0) : d));
  return [broadcastTo(x, xShape), stretchIndices(indices, indexShape), along];
}

/** Known indices stay known, so that they are checked at the call. */
function stretchIndices(indices: Node, shape: Shape): Node {
  if (indices.storage === undefined || sizeOf(indices.shape) === sizeOf(shape)) return broadcastTo(indices, shape);
  const [source, size] = [indices.storage, sizeOf(shape)];
  const stretched = new Int32Array(size);
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i -= 1) {
    strides[i] = indices.shape[i] === 1 ? 0 : step;
    step *= indices.shape[i] ?? 1;
  }
  for (let at = 0; at < size; at += 1) {
    let rest = at;
    let from = 0;
    for (let i = shape.length - 1; i >= 0; i -= 1) {
      const d = shape[i] ?? 1;
      from += (rest % d) * (strides[i] ?? 0);
      rest = Math.floor(rest / d);
    }
    stretched[at] = source[from] ?? 0;
  }
  return makeBuffer(shape, "int32", stretched);
}

/** For each index its element along the axis; all other coordinates are the index's own. */
export function takeAlongAxis(x: Node, indices: Node, axis: number): Node {
  const [operand, picked, along] = alignAlong("takeAlongAxis", x, indices, axis);
  const flat = checkedPositions("takeAlongAxis", picked, along, operand.shape);
  const elements = make(
    "gather",
    [build.reshape(operand, [sizeOf(operand.shape)]), build.reshape(flat, [sizeOf(picked.shape)])],
    { error: outOfAxis("takeAlongAxis", along, operand.shape) },
  );
  return build.reshape(elements, picked.shape);
}

/** `x` with the elements that `takeAlongAxis` would give replaced by (or increased by) `updates`. */
export function putAlongAxis(op: string, x: Node, indices: Node, updates: Node, axis: number, add: boolean): Node {
  const [operand, picked, along] = alignAlong(op, x, indices, axis);
  if (formatShape(operand.shape) !== formatShape(x.shape)) {
    throw new ShapeError(`${op}: indices of shape ${formatShape(indices.shape)} reach beyond ${formatShape(x.shape)}`);
  }
  const [target, values] = meet(op, operand, updates, picked.shape, add);
  const flat = checkedPositions(op, picked, along, operand.shape);
  const count = sizeOf(picked.shape);
  const inputs = [
    build.reshape(target, [sizeOf(target.shape)]),
    build.reshape(flat, [count]),
    build.reshape(values, [count]),
  ];
  return build.reshape(make(add ? "scatterAdd" : "scatterSet", inputs, {}), x.shape);
}

/** Each place along the axis as often as `counts` says. */
export function repeat(x: Node, counts: number | readonly number[], axis: number): Node {
  const along = normalizeAxis("repeat", axis, x.shape.length);
  if (typeof counts === "number") return repeatEach(x, counts, along);
  checkCounts("repeat", counts);
  const n = x.shape[along] ?? 0;
  if (counts.length !== n)
    throw new ShapeError(`repeat: ${counts.length} counts for axis ${along} of ${formatShape(x.shape)}, size ${n}`);
  const indices = counts.flatMap((count, i) => new Array<number>(count).fill(i));
  return take(x, makeBuffer([indices.length], "int32", Int32Array.from(indices)), along);
}
