/** Slices with steps and negative indices, by Python's rules: bounds are clipped, single indices are not. */
import { IndexError } from "../../base/errors.js";
import { formatShape, normalizeAxis, type Shape } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, type Node } from "../../graph/node.js";
import { sliceAxis } from "./shape.js";

/** Bounds of a slice; negative ones count from the end, missing ones reach to it. `step` is 1 if missing, and may be negative. */
export interface Range {
  readonly start?: number | undefined;
  readonly stop?: number | undefined;
  readonly step?: number | undefined;
}

/**
 * What to take of one axis: a number takes that element and drops the axis; a range, or its bounds as `[start, stop, step]`, keeps the axis;
 * ":" or undefined takes all; "..." takes all of as many axes as there are to fill.
 */
export type SlicePart = number | ":" | "..." | undefined | Range | Bounds;

/** The bounds of a range by position. */
export type Bounds = readonly [start?: number | undefined, stop?: number | undefined, step?: number | undefined];

interface Piece {
  readonly start: number;
  readonly size: number;
  readonly step: number;
  readonly drop: boolean;
}

/** `x` cut by one part an axis; axes without a part are kept whole. */
export function slice(x: Node, parts: readonly SlicePart[], op = "slice"): Node {
  const pieces = spread(op, x.shape, parts).map((part, axis) => resolve(op, part, axis, x.shape));
  const whole = pieces.every((p, axis) => p.start === 0 && p.step === 1 && p.size === x.shape[axis]);
  const cut = whole
    ? x
    : make("slice", [x], {
        start: pieces.map((p) => p.start),
        size: pieces.map((p) => p.size),
        step: pieces.map((p) => p.step),
      });
  return build.reshape(
    cut,
    pieces.filter((p) => !p.drop).map((p) => p.size),
  );
}

/** One part for each axis. */
function spread(op: string, shape: Shape, parts: readonly SlicePart[]): SlicePart[] {
  const named = parts.filter((p) => p !== "...").length;
  const dots = parts.length - named;
  if (dots > 1) throw new IndexError(`${op}: "..." can be given once only`);
  if (named > shape.length) {
    throw new IndexError(
      `${op}: ${named} ${op === "at" ? "indices" : "parts"} for a tensor of shape ${formatShape(shape)}, which has ${shape.length} axes`,
    );
  }
  const filling = new Array<SlicePart>(shape.length - named).fill(":");
  return dots === 0 ? [...parts, ...filling] : parts.flatMap((p) => (p === "..." ? filling : [p]));
}

function resolve(op: string, part: SlicePart, axis: number, shape: Shape): Piece {
  const n = shape[axis] ?? 0;
  if (typeof part === "number") return { start: position(op, part, axis, shape), size: 1, step: 1, drop: true };
  if (part === undefined || part === ":" || part === "...") return { start: 0, size: n, step: 1, drop: false };
  const [start, stop, step] = isBounds(part) ? part : [part.start, part.stop, part.step];
  return { ...clip(n, start, stop, step ?? 1, axis), drop: false };
}

function isBounds(part: Range | Bounds): part is Bounds {
  return Array.isArray(part);
}

/** The place of one element: from the front, checked. */
export function position(op: string, index: number, axis: number, shape: Shape): number {
  const n = shape[axis] ?? 0;
  const at = index < 0 ? index + n : index;
  if (!Number.isInteger(index)) throw new IndexError(`${op}: index ${index} at axis ${axis} is not a whole number`);
  if (at < 0 || at >= n) {
    const allowed = n === 0 ? "the axis is empty" : `use ${-n} to ${n - 1}`;
    throw new IndexError(
      `${op}: index ${index} is out of range at axis ${axis} of ${formatShape(shape)}, size ${n}; ${allowed}`,
    );
  }
  return at;
}

function clip(
  n: number,
  start: number | undefined,
  stop: number | undefined,
  step: number,
  axis: number,
): Omit<Piece, "drop"> {
  for (const [name, value] of Object.entries({ start, stop, step })) {
    if (value !== undefined && !Number.isInteger(value))
      throw new IndexError(`slice: ${name} at axis ${axis} must be a whole number, got ${value}`);
  }
  if (step === 0) throw new IndexError(`slice: the step at axis ${axis} is 0`);
  // Walking backwards, the ends are n − 1 and "before 0", which is −1 here and not an index from the end.
  const [lowest, highest] = step > 0 ? [0, n] : [-1, n - 1];
  const bound = (value: number): number => Math.min(highest, Math.max(lowest, value < 0 ? value + n : value));
  const from = start === undefined ? (step > 0 ? 0 : n - 1) : bound(start);
  const to = stop === undefined ? (step > 0 ? n : -1) : bound(stop);
  const size = Math.max(0, Math.ceil((to - from) / step));
  return size === 0 ? { start: 0, size, step: 1 } : { start: from, size, step: size === 1 ? 1 : step };
}

/** The slice at one index of the axis, without it. */
export function takeOne(x: Node, index: number, axis: number): Node {
  const along = normalizeAxis("take", axis, x.shape.length);
  const at = position("take", index, along, x.shape);
  return build.reshape(
    sliceAxis(x, along, at, 1),
    x.shape.filter((_, i) => i !== along),
  );
}
