/** Padding: with a constant, or with the tensor's own elements. */
import type { DType } from "../../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../../base/errors.js";
import { formatShape, type Shape } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, type Node } from "../../graph/node.js";
import { sliceAxis } from "./shape.js";

/** Elements to add before and after: the same everywhere, or a pair for all axes, or a pair for each axis. */
export type PadWidths = number | readonly [number, number] | readonly (readonly [number, number])[];

/**
 * What the new elements are: a constant; the nearest element (`edge`); the tensor mirrored at its outermost elements (`reflect`), or just
 * outside of them (`symmetric`); the tensor continued periodically (`wrap`).
 */
export type PadMode = "constant" | "edge" | "reflect" | "symmetric" | "wrap";

export function pad(x: Node, widths: PadWidths, mode: PadMode, value: number): Node {
  const pairs = resolveWidths(widths, x.shape);
  if (mode === "constant") {
    checkValue(value, x.dtype);
    if (pairs.every(([low, high]) => low === 0 && high === 0)) return x;
    return make("pad", [x], {
      low: pairs.map((p) => p[0]),
      high: pairs.map((p) => p[1]),
      interior: pairs.map(() => 0),
      value,
    });
  }
  const source = sources[mode];
  if (source === undefined)
    throw new UserError(`pad: mode must be constant, ${Object.keys(sources).join(", ")}, got ${String(mode)}`);
  return pairs.reduce((y, [low, high], axis) => padAxis(y, axis, low, high, source), x);
}

function resolveWidths(widths: PadWidths, shape: Shape): (readonly [number, number])[] {
  const pairs = toPairs(widths, shape);
  for (const [axis, pair] of pairs.entries()) {
    if (pair.length !== 2 || !pair.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new UserError(
        `pad: widths must be whole numbers ≥ 0, a pair an axis, got [${pair.join(", ")}] for axis ${axis}; to cut, use slice`,
      );
    }
  }
  return pairs;
}

function toPairs(widths: PadWidths, shape: Shape): (readonly [number, number])[] {
  if (typeof widths === "number") return shape.map(() => [widths, widths]);
  if (isPair(widths)) return shape.map(() => widths);
  if (widths.length !== shape.length) {
    throw new ShapeError(`pad: ${widths.length} pairs of widths for the ${shape.length} axes of ${formatShape(shape)}`);
  }
  return [...widths];
}

function isPair(widths: Exclude<PadWidths, number>): widths is readonly [number, number] {
  return widths.length === 2 && typeof widths[0] === "number";
}

function checkValue(value: number, dtype: DType): void {
  const fits =
    dtype === "int32"
      ? (value | 0) === value
      : dtype === "bool"
        ? value === 0 || value === 1
        : typeof value === "number";
  if (!fits) throw new DTypeError(`pad: a tensor of ${dtype} cannot be padded with ${value}; cast it first`);
}

/** The index in 0 … n − 1 of the element that stands at position i, which may lie outside. */
type Source = (i: number, n: number) => number;

const modulo = (i: number, n: number): number => ((i % n) + n) % n;

const sources: Readonly<Record<string, Source>> = {
  edge: (i, n) => Math.min(n - 1, Math.max(0, i)),
  reflect: (i, n) => {
    if (n === 1) return 0;
    const m = modulo(i, 2 * (n - 1));
    return m < n ? m : 2 * (n - 1) - m;
  },
  symmetric: (i, n) => {
    const m = modulo(i, 2 * n);
    return m < n ? m : 2 * n - 1 - m;
  },
  wrap: modulo,
};

/** The positions −low … n + high − 1 in runs of equal stride, each a slice. */
function padAxis(x: Node, axis: number, low: number, high: number, source: Source): Node {
  if (low === 0 && high === 0) return x;
  const n = x.shape[axis] ?? 0;
  if (n === 0)
    throw new ShapeError(
      `pad: axis ${axis} of ${formatShape(x.shape)} is empty: there is nothing to fill it with; use mode constant`,
    );
  const parts: Node[] = [];
  const end = n + high;
  for (let i = -low; i < end; ) {
    const start = source(i, n);
    const step = i + 1 < end ? source(i + 1, n) - start : 1;
    const regular = Math.abs(step) <= 1;
    let size = 1;
    while (regular && i + size < end && source(i + size, n) === start + size * step) size += 1;
    parts.push(run(x, axis, start, size, step));
    i += size;
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : make("concat", parts, { axis });
}

function run(x: Node, axis: number, start: number, size: number, step: number): Node {
  if (step !== 0 || size === 1) return sliceAxis(x, axis, start, size, size === 1 ? 1 : step);
  const one = sliceAxis(x, axis, start, 1);
  return build.broadcastTo(
    one,
    x.shape.map((d, i) => (i === axis ? size : d)),
  );
}
