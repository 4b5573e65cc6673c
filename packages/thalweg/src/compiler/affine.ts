/**
 * Where a value is read, as a function of loop indices.
 *
 * `Affine` is offset + Σ strideₖ·indexₖ. `Coordinates` say which element of a node is meant: as one affine form per axis, or as one for the
 * row-major position, whichever a chain of views has left; the position follows from the axes always, the axes from the position only when no
 * loop straddles an axis.
 */
import { contiguousStrides, type Shape } from "../base/shape.js";

export interface Affine {
  readonly offset: number;
  /** One for each loop. */
  readonly strides: readonly number[];
}

export interface Coordinates {
  readonly shape: Shape;
  readonly axes: readonly Affine[] | undefined;
  readonly flat: Affine;
  /** Equal text, equal place. */
  readonly key: string;
}

export function fixed(offset: number, loops: number): Affine {
  return { offset, strides: new Array<number>(loops).fill(0) };
}

export function combine(
  terms: readonly { readonly affine: Affine; readonly by: number }[],
  offset: number,
  loops: number,
): Affine {
  const strides = new Array<number>(loops).fill(0);
  let sum = offset;
  for (const { affine, by } of terms) {
    sum += affine.offset * by;
    for (let d = 0; d < loops; d += 1) strides[d] = (strides[d] ?? 0) + (affine.strides[d] ?? 0) * by;
  }
  return { offset: sum, strides };
}

export function fromAxes(shape: Shape, axes: readonly Affine[], loops: number): Coordinates {
  const steps = contiguousStrides(shape);
  const flat = combine(
    axes.map((affine, i) => ({ affine, by: steps[i] ?? 0 })),
    0,
    loops,
  );
  return { shape, axes, flat, key: `${shape}@${axes.map((a) => `${a.offset}+${a.strides}`).join(";")}` };
}

/** Element `flat` of a node of `shape`, by axes where loops of the given extents allow it. */
export function fromFlat(shape: Shape, flat: Affine, extents: readonly number[]): Coordinates {
  const axes = splitAxes(shape, flat, extents);
  if (axes !== undefined) return fromAxes(shape, axes, extents.length);
  return { shape, axes: undefined, flat, key: `${shape}@${flat.offset}+${flat.strides}` };
}

function splitAxes(shape: Shape, flat: Affine, extents: readonly number[]): Affine[] | undefined {
  // Of nothing, any element will do.
  if (shape.includes(0)) return shape.map(() => fixed(0, extents.length));
  const steps = contiguousStrides(shape);
  const offsets = new Array<number>(shape.length).fill(0);
  const strides = shape.map(() => new Array<number>(extents.length).fill(0));
  let rest = flat.offset;
  for (let j = 0; j < shape.length; j += 1) {
    const step = steps[j] ?? 1;
    offsets[j] = Math.floor(rest / step);
    rest -= (offsets[j] ?? 0) * step;
  }
  for (let d = 0; d < extents.length; d += 1) {
    let stride = flat.strides[d] ?? 0;
    if ((extents[d] ?? 1) <= 1) continue;
    if (stride < 0) return undefined;
    for (let j = 0; j < shape.length && stride !== 0; j += 1) {
      const step = steps[j] ?? 1;
      const whole = Math.floor(stride / step);
      const row = strides[j];
      if (whole > 0 && row !== undefined) {
        row[d] = whole;
        stride -= whole * step;
      }
    }
  }
  const inside = shape.every((size, j) => {
    let last = offsets[j] ?? 0;
    extents.forEach((e, d) => {
      last += (strides[j]?.[d] ?? 0) * Math.max(0, e - 1);
    });
    return last <= size - 1;
  });
  if (!inside) return undefined;
  return shape.map((_, j) => ({ offset: offsets[j] ?? 0, strides: strides[j] ?? [] }));
}

/** Loops over a shape: axes of size 1 need none. Gives the coordinates of the element that the loops stand at. */
export function loopsOver(shape: Shape): { readonly extents: readonly number[]; readonly at: Coordinates } {
  const extents = shape.filter((d) => d !== 1);
  return { extents, at: fromAxes(shape, axesFromLoops(shape, 0, extents.length), extents.length) };
}

/** One affine form per axis of `shape`, its loops being `first`, `first` + 1, …, none for axes of size 1. */
export function axesFromLoops(shape: Shape, first: number, loops: number): Affine[] {
  let next = first;
  return shape.map((d) => {
    const strides = new Array<number>(loops).fill(0);
    if (d !== 1) {
      strides[next] = 1;
      next += 1;
    }
    return { offset: 0, strides };
  });
}

export interface Collapsed {
  readonly extents: readonly number[];
  readonly map: (affine: Affine) => Affine;
  /** For each old loop, the new one it went into. */
  readonly loopOf: readonly number[];
}

/** Neighbouring loops become one where every access walks them as one; `mayJoin(d)` allows loops d and d + 1 to. */
export function collapseLoops(
  extents: readonly number[],
  accesses: readonly Affine[],
  mayJoin: (d: number) => boolean,
): Collapsed {
  const groups: number[][] = [];
  const loopOf: number[] = [];
  extents.forEach((extent, d) => {
    const last = groups.at(-1);
    const joins =
      last !== undefined &&
      mayJoin(d - 1) &&
      accesses.every((a) => (a.strides[d - 1] ?? 0) === (a.strides[d] ?? 0) * extent);
    if (joins) last.push(d);
    else groups.push([d]);
    loopOf.push(groups.length - 1);
  });
  return {
    extents: groups.map((g) => g.reduce((n, d) => n * (extents[d] ?? 1), 1)),
    map: (affine) => ({ offset: affine.offset, strides: groups.map((g) => affine.strides[g.at(-1) ?? 0] ?? 0) }),
    loopOf,
  };
}
