/**
 * Ordering. One host op finds the stable order along the last axis; values are gathered by it, and so have the derivatives of a gather: the
 * order itself is constant between ties.
 */
import { allocate, floatOf } from "../../base/dtype.js";
import { ShapeError, UserError } from "../../base/errors.js";
import { formatShape, normalizeAxes, normalizeAxis, sizeOf } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, makeBuffer, type Node, project } from "../../graph/node.js";
import type { HostOp } from "../../graph/primitives.js";
import { take, takeAlongLast } from "./indexing.js";
import { orderOf } from "./order.js";
import { expandDims, moveAxis, sliceAxis } from "./shape.js";

const orderOps: Readonly<Record<"ascending" | "descending", HostOp>> = {
  ascending: orderOp(false),
  descending: orderOp(true),
};

function orderOp(descending: boolean): HostOp {
  const op: HostOp = {
    name: "argsort",
    key: descending ? "descending" : "ascending",
    outputs: (inputs) => [{ shape: inputs[0]?.shape ?? [], dtype: "int32" }],
    run: ([x], [aval]) => {
      const values = x ?? allocate("float32", 0);
      const n = aval?.shape.at(-1) ?? 1;
      const order = new Int32Array(values.length);
      for (let at = 0; at < values.length; at += n)
        orderOf(values.subarray(at, at + n), order.subarray(at, at + n), descending);
      return [order];
    },
    vjp: () => [undefined],
    jvp: () => [undefined],
    // Every leading axis is a batch already.
    batch: () => op,
  };
  return op;
}

function orderLast(x: Node, descending: boolean): Node {
  return project(make("host", [x], { op: descending ? orderOps.descending : orderOps.ascending }), 0);
}

/** Applies `body` with the axis in last place, and puts it back. */
function onLast(op: string, x: Node, axis: number, body: (x: Node) => Node): Node {
  const along = normalizeAxis(op, axis, x.shape.length);
  return moveAxis(body(moveAxis(x, along, -1)), -1, along);
}

export function sort(x: Node, axis: number, descending: boolean): Node {
  return onLast("sort", x, axis, (y) => takeAlongLast(y, orderLast(y, descending)));
}

export function argsort(x: Node, axis: number, descending: boolean): Node {
  return onLast("argsort", x, axis, (y) => orderLast(y, descending));
}

/** The k largest (or smallest) along the axis and where they stand, best first; of equals the first, NaN only when nothing else is left. */
export function topK(
  x: Node,
  k: number,
  axis: number,
  largest: boolean,
): { readonly values: Node; readonly indices: Node } {
  const along = normalizeAxis("topK", axis, x.shape.length);
  const n = x.shape[along] ?? 0;
  if (!Number.isInteger(k) || k < 0 || k > n)
    throw new UserError(`topK: k must be a whole number from 0 to ${n}, the size of axis ${along}, got ${k}`);
  const moved = moveAxis(x, along, -1);
  const order = sliceAxis(orderLast(moved, largest), moved.shape.length - 1, 0, k);
  return { values: moveAxis(takeAlongLast(moved, order), -1, along), indices: moveAxis(order, -1, along) };
}

/** What stands between two elements when a quantile falls there; `linear` by NumPy's default definition (number 7 of Hyndman and Fan). */
export type QuantileMethod = "linear" | "lower" | "higher" | "nearest" | "midpoint";

/** Places below and above and the weight of the latter, for n elements in order. */
function quantilePlace(q: number, n: number, method: QuantileMethod): readonly [number, number, number] {
  const position = q * (n - 1);
  const [low, high] = [Math.floor(position), Math.ceil(position)];
  switch (method) {
    case "linear":
      return [low, high, position - low];
    case "lower":
      return [low, low, 0];
    case "higher":
      return [high, high, 0];
    case "midpoint":
      return [low, high, low === high ? 0 : 0.5];
    case "nearest": {
      // Halves go to the even place.
      const up = position - low > 0.5 || (position - low === 0.5 && low % 2 === 1);
      const nearest = up ? high : low;
      return [nearest, nearest, 0];
    }
    default:
      throw new UserError(`quantile: method must be linear, lower, higher, nearest or midpoint, got ${String(method)}`);
  }
}

/**
 * Quantiles over `axes`; those of a list come along a new leading axis. NaN wherever an element is. Methods that pick an element keep the
 * dtype of whole numbers, the others give float.
 */
export function quantile(
  op: string,
  x: Node,
  q: number | readonly number[],
  axes: number | readonly number[] | undefined,
  method: QuantileMethod,
  keepDims: boolean,
): Node {
  const list = typeof q === "number" ? [q] : q;
  for (const p of list)
    if (!(p >= 0 && p <= 1)) throw new UserError(`${op}: a quantile must lie between 0 and 1, got ${p}`);
  const gone = normalizeAxes(op, axes, x.shape.length);
  const kept = x.shape.filter((_, i) => !gone.includes(i));
  const n = sizeOf(gone.map((a) => x.shape[a] ?? 1));
  if (n === 0)
    throw new ShapeError(`${op}: of no elements: axes ${formatShape(gone)} of ${formatShape(x.shape)} are empty`);
  const places = list.map((p) => quantilePlace(p, n, method));
  const picks = method === "lower" || method === "higher" || method === "nearest";
  const numbers = picks ? (x.dtype === "bool" ? build.cast(x, "int32") : x) : build.cast(x, floatOf(x.dtype));
  const last = gone.map((_, i) => i - gone.length);
  const rows = build.reshape(moveAxis(numbers, gone, last), [...kept, n]);
  const sorted = takeAlongLast(rows, orderLast(rows, false));
  const at = (which: 0 | 1): Node =>
    moveAxis(
      take(
        sorted,
        makeBuffer(
          [list.length],
          "int32",
          Int32Array.from(places, (p) => p[which]),
        ),
        -1,
      ),
      -1,
      0,
    );
  const low = at(0);
  const result = nanWhereLast(
    picks
      ? low
      : interpolate(
          low,
          at(1),
          places.map((p) => p[2]),
        ),
    sorted,
  );
  const shaped = keepDims
    ? expandDims(
        result,
        gone.map((a) => a + 1),
      )
    : result;
  return typeof q === "number" ? build.reshape(shaped, shaped.shape.slice(1)) : shaped;
}

/** low + (high − low)·t, from the nearer end; between equal infinities there is nothing to interpolate. */
function interpolate(low: Node, high: Node, weights: readonly number[]): Node {
  const storage = low.dtype === "float64" ? Float64Array.from(weights) : Float32Array.from(weights);
  const t = build.reshape(makeBuffer([weights.length], low.dtype, storage), [
    weights.length,
    ...low.shape.slice(1).map(() => 1),
  ]);
  const span = build.sub(high, low);
  const fromLow = build.add(low, build.mul(span, t));
  const fromHigh = build.sub(high, build.mul(span, build.sub(1, t)));
  const between = build.select(build.binary("lt", t, 0.5), fromLow, fromHigh);
  return build.select(build.binary("ne", span, span), low, between);
}

/** NaN where the last of the sorted elements is, since NaN stands there if anywhere. */
function nanWhereLast(result: Node, sorted: Node): Node {
  if (sorted.dtype === "int32") return result;
  const axis = sorted.shape.length - 1;
  const last = sliceAxis(sorted, axis, (sorted.shape[axis] ?? 1) - 1, 1);
  const flat = build.reshape(last, sorted.shape.slice(0, axis));
  return build.select(build.broadcastTo(build.binary("ne", flat, flat), result.shape), Number.NaN, result);
}
