/** Ops that move elements without computing: checked here by NumPy's rules, built from views, pad and concat. */
import { allocate, type DType, promote, type TypedArray } from "../../base/dtype.js";
import { IndexError, ShapeError, UserError } from "../../base/errors.js";
import { checkShape, formatShape, normalizeAxes, normalizeAxis, type Shape, sizeOf } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, makeBuffer, type Node } from "../../graph/node.js";

/** The same elements, row-major, in another shape; one dimension may be −1, which stands for what is left over. */
export function reshape(x: Node, shape: readonly number[]): Node {
  return build.reshape(x, resolveShape(x.shape, shape));
}

function resolveShape(from: Shape, to: readonly number[]): Shape {
  const unknown = to.indexOf(-1);
  const size = sizeOf(from);
  const misfit = (why: string): ShapeError =>
    new ShapeError(`reshape: cannot reshape ${formatShape(from)} (${size} elements) to ${formatShape(to)}${why}`);
  if (unknown < 0) {
    checkShape("reshape", to);
    if (sizeOf(to) !== size) throw misfit(` (${sizeOf(to)} elements)`);
    return [...to];
  }
  if (to.indexOf(-1, unknown + 1) >= 0) throw misfit(": only one dimension can be -1");
  const known = to.filter((_, i) => i !== unknown);
  checkShape("reshape", known);
  const rest = sizeOf(known);
  if (rest === 0) throw misfit(": -1 can be anything beside a 0; give every dimension");
  if (size % rest !== 0) throw misfit(`: ${size} is no multiple of ${rest}`);
  return to.map((d, i) => (i === unknown ? size / rest : d));
}

/** Axes `from` … `to` (both included) as one. */
export function flatten(x: Node, from: number, to: number): Node {
  if (x.shape.length === 0) return build.reshape(x, [1]);
  const first = normalizeAxis("flatten", from, x.shape.length);
  const last = normalizeAxis("flatten", to, x.shape.length);
  if (last < first) throw new IndexError(`flatten: the last axis (${to}) lies before the first (${from})`);
  return build.reshape(x, [
    ...x.shape.slice(0, first),
    sizeOf(x.shape.slice(first, last + 1)),
    ...x.shape.slice(last + 1),
  ]);
}

/** Axis i of the result is axis `axes[i]`; without `axes` all are reversed. */
export function transpose(x: Node, axes: readonly number[] | undefined, op = "transpose"): Node {
  const rank = x.shape.length;
  if (axes === undefined)
    return build.permute(
      x,
      Array.from({ length: rank }, (_, i) => rank - 1 - i),
    );
  if (axes.length !== rank) {
    throw new ShapeError(
      `${op}: the axes [${axes.join(", ")}] must name each of the ${rank} axes of ${formatShape(x.shape)} once`,
    );
  }
  normalizeAxes(op, axes, rank);
  return build.permute(
    x,
    axes.map((a) => normalizeAxis(op, a, rank)),
  );
}

export function swapAxes(x: Node, a: number, b: number): Node {
  const [i, j] = [normalizeAxis("swapAxes", a, x.shape.length), normalizeAxis("swapAxes", b, x.shape.length)];
  return build.permute(
    x,
    x.shape.map((_, axis) => (axis === i ? j : axis === j ? i : axis)),
  );
}

/** Axes `from` at the places `to`, the others in their order. */
export function moveAxis(x: Node, from: number | readonly number[], to: number | readonly number[]): Node {
  const rank = x.shape.length;
  const sources = typeof from === "number" ? [from] : from;
  const targets = typeof to === "number" ? [to] : to;
  if (sources.length !== targets.length) {
    throw new ShapeError(`moveAxis: ${sources.length} axes to move, but ${targets.length} places to move them to`);
  }
  normalizeAxes("moveAxis", sources, rank);
  normalizeAxes("moveAxis", targets, rank);
  const moved = sources.map((a) => normalizeAxis("moveAxis", a, rank));
  const permutation = x.shape.map((_, axis) => axis).filter((axis) => !moved.includes(axis));
  const placed = targets
    .map((a, i) => [normalizeAxis("moveAxis", a, rank), moved[i] ?? 0] as const)
    .sort((p, q) => p[0] - q[0]);
  for (const [place, axis] of placed) permutation.splice(place, 0, axis);
  return build.permute(x, permutation);
}

/** Axes of size 1 at the places `axes` of the result. */
export function expandDims(x: Node, axes: number | readonly number[]): Node {
  const rank = x.shape.length + (typeof axes === "number" ? 1 : axes.length);
  const shape = [...x.shape];
  for (const axis of normalizeAxes("expandDims", axes, rank)) shape.splice(axis, 0, 1);
  return build.reshape(x, shape);
}

/** Without the axes of size 1, or without `axes`, which must have that size. */
export function squeeze(x: Node, axes: number | readonly number[] | undefined): Node {
  if (axes === undefined)
    return build.reshape(
      x,
      x.shape.filter((d) => d !== 1),
    );
  const gone = normalizeAxes("squeeze", axes, x.shape.length);
  for (const axis of gone) {
    if (x.shape[axis] !== 1) {
      throw new ShapeError(
        `squeeze: axis ${axis} of ${formatShape(x.shape)} has size ${x.shape[axis]}, only axes of size 1 can go`,
      );
    }
  }
  return build.reshape(
    x,
    x.shape.filter((_, axis) => !gone.includes(axis)),
  );
}

/** Axes of size 1 and missing leading axes stretched to `shape`. */
export function broadcastTo(x: Node, shape: readonly number[], op = "broadcastTo"): Node {
  checkShape(op, shape);
  const missing = shape.length - x.shape.length;
  if (missing < 0 || !x.shape.every((d, i) => d === 1 || d === shape[i + missing])) {
    throw new ShapeError(
      `${op}: ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}: aligned at the last axis, each size must be equal or 1`,
    );
  }
  return build.broadcastTo(x, [...shape]);
}

/** Elements from `start` in each axis, `size` of them, `step` apart. */
export function sliceAxis(x: Node, axis: number, start: number, size: number, step = 1): Node {
  if (start === 0 && step === 1 && size === x.shape[axis]) return x;
  return make("slice", [x], {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    size: x.shape.map((d, i) => (i === axis ? size : d)),
    step: x.shape.map((_, i) => (i === axis ? step : 1)),
  });
}

export function flip(x: Node, axes: number | readonly number[] | undefined): Node {
  let result = x;
  for (const axis of normalizeAxes("flip", axes, x.shape.length)) {
    const n = x.shape[axis] ?? 0;
    if (n > 1) result = sliceAxis(result, axis, n - 1, n, -1);
  }
  return result;
}

/** Elements moved by `shift` places, those pushed over the end brought back at the start; without `axis`, of the flattened tensor. */
export function roll(x: Node, shift: number | readonly number[], axis: number | readonly number[] | undefined): Node {
  const shifts = typeof shift === "number" ? [shift] : shift;
  for (const s of shifts)
    if (!Number.isInteger(s)) throw new UserError(`roll: the shift must be a whole number, got ${s}`);
  if (axis === undefined) {
    const flat = build.reshape(x, [sizeOf(x.shape)]);
    return build.reshape(
      shifts.reduce((y, s) => rollAxis(y, s, 0), flat),
      x.shape,
    );
  }
  const axes = typeof axis === "number" ? [axis] : axis;
  if (shifts.length !== axes.length && shifts.length !== 1) {
    throw new ShapeError(`roll: ${shifts.length} shifts for ${axes.length} axes; give one for each, or one for all`);
  }
  return axes.reduce(
    (y, a, i) => rollAxis(y, shifts[shifts.length === 1 ? 0 : i] ?? 0, normalizeAxis("roll", a, x.shape.length)),
    x,
  );
}

function rollAxis(x: Node, shift: number, axis: number): Node {
  const n = x.shape[axis] ?? 0;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return x;
  return make("concat", [sliceAxis(x, axis, n - by, by), sliceAxis(x, axis, 0, n - by)], { axis });
}

/** The tensor `repetitions[i]` times along axis i; the shorter of shape and repetitions counts as preceded by ones. */
export function tile(x: Node, repetitions: number | readonly number[]): Node {
  const list = typeof repetitions === "number" ? [repetitions] : repetitions;
  checkCounts("tile", list);
  const rank = Math.max(list.length, x.shape.length);
  const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const times = [...new Array<number>(rank - list.length).fill(1), ...list];
  const apart = shape.flatMap((d) => [1, d]);
  const stretched = shape.flatMap((d, i) => [times[i] ?? 1, d]);
  return build.reshape(
    build.broadcastTo(build.reshape(x, apart), stretched),
    shape.map((d, i) => d * (times[i] ?? 1)),
  );
}

/** Each element along the axis `count` times in a row. */
export function repeat(x: Node, count: number, axis: number): Node {
  checkCounts("repeat", [count]);
  const shape = x.shape;
  const apart = build.reshape(x, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  const stretched = build.broadcastTo(apart, [...shape.slice(0, axis + 1), count, ...shape.slice(axis + 1)]);
  return build.reshape(
    stretched,
    shape.map((d, i) => (i === axis ? d * count : d)),
  );
}

export function checkCounts(op: string, counts: readonly number[]): void {
  for (const n of counts) {
    if (!Number.isInteger(n) || n < 0) throw new UserError(`${op}: repetitions must be whole numbers ≥ 0, got ${n}`);
  }
}

/** The highest of the dtypes. */
export function commonDType(nodes: readonly Node[]): DType {
  return nodes.reduce<DType>((dtype, x) => promote(dtype, x.dtype), nodes[0]?.dtype ?? "float32");
}

/** One behind the other along an existing axis; all other sizes must be equal. The highest dtype wins. */
export function concat(nodes: readonly Node[], axis: number): Node {
  const first = nodes[0];
  if (first === undefined) throw new ShapeError("concat: needs at least one tensor");
  const along = normalizeAxis("concat", axis, first.shape.length);
  nodes.forEach((x, k) => {
    if (x.shape.length !== first.shape.length || !x.shape.every((d, i) => i === along || d === first.shape[i])) {
      throw new ShapeError(
        `concat: tensor ${k} of shape ${formatShape(x.shape)} does not fit to ${formatShape(first.shape)}: sizes may differ only at axis ${along}`,
      );
    }
  });
  const dtype = commonDType(nodes);
  const parts = nodes.map((x) => build.cast(x, dtype));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return (parts.length >= many ? joined(parts, along, dtype) : undefined) ?? make("concat", parts, { axis: along });
}

/** From so many parts on, values that are there are joined without a program: it would have a kernel for each. */
const many = 32;

function joined(parts: readonly Node[], axis: number, dtype: DType): Node | undefined {
  const values: TypedArray[] = [];
  for (const part of parts) {
    let source = part;
    while (source.op === "reshape" && source.inputs[0] !== undefined) source = source.inputs[0];
    if (source.storage === undefined) return undefined;
    values.push(source.storage);
  }
  const first = parts[0]?.shape ?? [];
  const length = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
  const shape = first.map((d, i) => (i === axis ? length : d));
  const before = sizeOf(first.slice(0, axis));
  const rowSize = sizeOf(shape.slice(axis));
  const result = allocate(dtype, sizeOf(shape));
  let at = 0;
  values.forEach((data) => {
    const width = data.length / Math.max(1, before);
    for (let row = 0; row < before; row += 1)
      result.set(data.subarray(row * width, (row + 1) * width), row * rowSize + at);
    at += width;
  });
  return makeBuffer(shape, dtype, result);
}

/** Side by side along a new axis. The highest dtype wins. */
export function stack(nodes: readonly Node[], axis: number): Node {
  const first = nodes[0];
  if (first === undefined) throw new ShapeError("stack: needs at least one tensor");
  const along = normalizeAxis("stack", axis, first.shape.length + 1);
  nodes.forEach((x, k) => {
    if (formatShape(x.shape) !== formatShape(first.shape)) {
      throw new ShapeError(
        `stack: all shapes must be equal, but tensor ${k} has ${formatShape(x.shape)} and the first ${formatShape(first.shape)}`,
      );
    }
  });
  return concat(
    nodes.map((x) => expandDims(x, along)),
    along,
  );
}

/** In `sections` equal parts, or cut before each of the given positions (NumPy's rules: negative ones count from the end, all are clipped). */
export function split(x: Node, sections: number | readonly number[], axis: number): Node[] {
  const along = normalizeAxis("split", axis, x.shape.length);
  const n = x.shape[along] ?? 0;
  if (typeof sections === "number") {
    if (!Number.isInteger(sections) || sections < 1)
      throw new UserError(`split: the number of sections must be a whole number ≥ 1, got ${sections}`);
    if (n % sections !== 0) {
      throw new ShapeError(
        `split: axis ${along} of ${formatShape(x.shape)} has size ${n}, which ${sections} does not divide; give the positions of the cuts instead`,
      );
    }
    const size = n / sections;
    return Array.from({ length: sections }, (_, i) => sliceAxis(x, along, i * size, size));
  }
  for (const cut of sections)
    if (!Number.isInteger(cut)) throw new IndexError(`split: cuts must be whole numbers, got ${cut}`);
  const clipped = sections.map((cut) => Math.min(n, Math.max(0, cut < 0 ? cut + n : cut)));
  const bounds = [0, ...clipped, n];
  return bounds.slice(1).map((stop, i) => {
    const start = bounds[i] ?? 0;
    return sliceAxis(x, along, Math.min(start, stop), Math.max(0, stop - start));
  });
}

/** The slices along the axis, without it. */
export function unstack(x: Node, axis: number): Node[] {
  const along = normalizeAxis("unstack", axis, x.shape.length);
  const rest = x.shape.filter((_, i) => i !== along);
  return Array.from({ length: x.shape[along] ?? 0 }, (_, i) => build.reshape(sliceAxis(x, along, i, 1), rest));
}
