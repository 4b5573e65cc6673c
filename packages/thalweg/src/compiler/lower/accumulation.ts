/** What reductions share: the loops that they run over, and how their values are held and combined. */
import { InternalError } from "../../base/errors.js";
import type { Node } from "../../graph/node.js";
import type { Primitive } from "../../graph/primitives.js";
import { type Builder, binary, cast, constant, int, lane, mulInt } from "../builder.js";
import type { Expr, Local, Scalar, Type } from "../ir.js";
import type { Term } from "../terms.js";
import { extremum, scalarOf } from "./elementwise.js";
import { kernelLanes } from "./emit-term.js";
import { atMost } from "./map.js";

/** Vectors side by side: along a row, and of neighbouring columns. */
export const sideBySide = 4;

export interface Reduction {
  readonly node: Node;
  readonly op: Primitive;
  readonly term: Term;
}

/** Loops of a reduction: those kept first. */
export interface Space {
  readonly kept: readonly number[];
  readonly reduced: readonly number[];
}

/** How values of one reduction are held and combined. */
export interface Accumulation {
  readonly scalar: Scalar;
  readonly identity: number;
  combine(b: Builder, x: Expr, y: Expr): Expr;
  /** From the term's value to the accumulator's type, and from the accumulated value to the result. */
  take(x: Expr): Expr;
  give(x: Expr): Expr;
}

export function accumulation(r: Reduction): Accumulation {
  const bool = r.node.dtype === "bool";
  const scalar: Scalar = bool ? "i32" : scalarOf(r.node.dtype);
  const whole = scalar === "i32";
  const minMax = (op: "min" | "max") => (b: Builder, x: Expr, y: Expr) => extremum(op, b.let(x), b.let(y));
  const rules: Partial<Record<Primitive, { identity: number; combine: Accumulation["combine"] }>> = {
    sum: { identity: 0, combine: (_, x, y) => binary("add", x, y) },
    prod: { identity: 1, combine: (_, x, y) => binary("mul", x, y) },
    reduceMax: { identity: bool ? 0 : whole ? -2147483648 : Number.NEGATIVE_INFINITY, combine: minMax("max") },
    reduceMin: { identity: bool ? 1 : whole ? 2147483647 : Number.POSITIVE_INFINITY, combine: minMax("min") },
  };
  const rule = rules[r.op];
  if (rule === undefined) throw new InternalError(`lowerReduce: ${r.op} is no reduction`);
  return {
    scalar,
    ...rule,
    take: (x) => (bool ? cast({ scalar: "i32", lanes: x.type.lanes }, x) : x),
    give: (x) => (bool ? binary("ne", x, constant(x.type, 0)) : x),
  };
}

export function accumulators(b: Builder, a: Accumulation, lanes: number, n: number): Local[] {
  const type: Type = { scalar: a.scalar, lanes };
  return Array.from({ length: n }, () => {
    const l = b.declare(type, "acc");
    b.set(l, constant(type, a.identity));
    return l;
  });
}

/** Pairwise: (x₀ + x₁) + (x₂ + x₃). */
export function fold(b: Builder, a: Accumulation, values: readonly Expr[]): Expr {
  let level = [...values];
  while (level.length > 1) {
    const next: Expr[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [x, y] = [level[i], level[i + 1]];
      if (x !== undefined) next.push(y === undefined ? x : a.combine(b, x, y));
    }
    level = next;
  }
  const result = level[0];
  if (result === undefined) throw new InternalError("fold of nothing");
  return result;
}

export function foldLanes(b: Builder, a: Accumulation, v: Expr): Expr {
  if (v.type.lanes === 1) return v;
  const vector = b.let(v);
  return fold(
    b,
    a,
    Array.from({ length: v.type.lanes }, (_, i) => b.let(lane(vector, i))),
  );
}

/** Part of a loop, and how many indices it has at most. */
export interface Stretch {
  readonly from: Expr;
  readonly to: Expr;
  readonly most: number;
}

/**
 * Accumulates a stretch: at most `sizes[0]` indices one after the other, then as many of those sums as make `sizes[1]`, and so on, so that no sum has many terms.
 */
export function inParts<T>(
  b: Builder,
  { from, to, most }: Stretch,
  sizes: readonly number[],
  sums: { fresh(): T; run(stretch: Stretch, into: T): void; join(part: T, into: T): void },
  into: T,
): void {
  const size = sizes.filter((s) => s < most).at(-1);
  if (size === undefined) {
    sums.run({ from, to, most }, into);
    return;
  }
  b.for(from, to, int(size), (at) => {
    const part = sums.fresh();
    const end = b.let(binary("min", binary("add", at, int(size)), to));
    inParts(b, { from: at, to: end, most: size }, sizes, sums, part);
    sums.join(part, into);
  });
}

export const count = (extents: readonly number[]): number => extents.reduce((n, e) => n * e, 1);

export function lanesOf(reductions: readonly Reduction[], inner: number): number {
  return kernelLanes(
    reductions.map((r) => r.term),
    inner,
  );
}

export function loopKept(
  b: Builder,
  space: Space,
  start: Expr,
  end: Expr,
  grain: number,
  depthEnd: number,
  body: (k: Expr[]) => void,
): void {
  const nest = (depth: number, indices: Expr[]): void => {
    if (depth === depthEnd) body(indices);
    else if (depth === 0) {
      b.for(mulInt(start, int(grain)), b.let(atMost(mulInt(end, int(grain)), space.kept[0] ?? 1)), int(1), (i) =>
        nest(1, [i]),
      );
    } else b.for(int(0), int(space.kept[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
  };
  nest(0, []);
}

export function grainOf(space: Space, inner: number): number {
  const outermost = space.kept[0] ?? 1;
  const perOuter = (count(space.kept) / Math.max(1, outermost)) * inner;
  return Math.max(1, Math.ceil(8192 / Math.max(1, perOuter)));
}

export const blocksOf = (space: Space, grain: number): number =>
  space.kept.length === 0 ? 1 : Math.ceil((space.kept[0] ?? 1) / grain);
