/**
 * The kernel of eigenvalue and singular value iterations for symmetric matrices.
 *
 * `rotateRows` applies many sweeps of plane rotations to the rows of a matrix. A sweep walks from row to neighbouring row, up or down, and mixes the row
 * it carries with the next:
 *
 *   row ← c·carried + s·next,   carried ← c·next − s·carried,
 *
 * as three shears (one multiply-add an element each, where the plain form takes four operations on two elements), with t = s/(1 + c), c ≥ 0:
 *
 *   x ← carried + t·next,   carried ← next − s·x,   row ← x + t·carried;
 *
 * all sweeps are done on a strip of columns before the next strip is touched, so that the strip stays in the cache (Van Zee, van de Geijn and
 * Quintana-Ortí 2014).
 */
import { addInt, binary, fma, int, load, local, mulInt, splat, unary } from "../builder.js";
import { type Expr, i32, type LoopFunction } from "../ir.js";
import { elementAt, linalgFunction, type Widths, widthsOf } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

/** i32 numbers that describe a sweep: the row to start from, +1 or −1, how many rotations, and the first of them in the list of pairs (t, s). */
export const sweepWords = 4;

/** Vectors of columns that a strip holds. */
const stripVectors = 6;

export function rotationKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [rotateRows(w)];
}

/** An m-row matrix with contiguous rows of n elements at `a`; `count` sweeps at `sweeps`, their rotations at `pairs`. */
function rotateRows(w: Widths): LoopFunction {
  const ints = ["n", "a", "ar", "count", "sweeps", "pairs"] as const;
  return linalgFunction(w.scalar, "rotateRows", ints, [], (b, p) => {
    const stride = b.let(mulInt(p.ar, int(w.size)), "stride");
    const strip = (corner: Expr, vectors: number, lanes: number): void => {
      const type = lanes === 1 ? w.element : w.wide;
      const carried = Array.from({ length: vectors }, () => b.declare(type, "carried"));
      const row = b.declare(i32, "row");
      const pair = b.declare(i32, "pair");
      const sweep = b.declare(i32, "sweep");
      b.set(sweep, p.sweeps);
      b.for(int(0), p.count, int(1), () => {
        const [start, direction, rotations, first] = [0, 4, 8, 12].map((at) =>
          b.let(load(i32, local(sweep), at), "word"),
        ) as [Expr, Expr, Expr, Expr];
        const step = b.let(mulInt(direction, stride), "step");
        b.set(row, addInt(corner, mulInt(start, stride)));
        b.set(pair, addInt(p.pairs, mulInt(first, int(2 * w.size))));
        for (const [v, x] of carried.entries()) b.set(x, load(type, local(row), 16 * v));
        b.for(int(0), rotations, int(1), () => {
          const half = b.let(splat(load(w.element, local(pair)), lanes), "half");
          const minus = b.let(splat(unary("neg", load(w.element, local(pair), w.size)), lanes), "minus");
          const next = b.let(addInt(local(row), step), "next");
          for (const [v, x] of carried.entries()) {
            const other = b.let(load(type, next, 16 * v), "other");
            const sheared = b.let(fma(half, other, local(x)), "sheared");
            b.set(x, fma(minus, sheared, other));
            b.store(local(row), fma(half, local(x), sheared), 16 * v);
          }
          b.set(row, next);
          b.set(pair, addInt(local(pair), int(2 * w.size)));
        });
        for (const [v, x] of carried.entries()) b.store(local(row), local(x), 16 * v);
        b.set(sweep, addInt(local(sweep), int(4 * sweepWords)));
      });
    };
    const width = stripVectors * w.lanes;
    const whole = b.let(binary("sub", p.n, binary("rem", p.n, int(width))), "whole");
    const pairs = b.let(binary("and", p.n, int(-w.lanes)), "pairs");
    b.for(int(0), whole, int(width), (j) => strip(b.let(elementAt(w, p.a, j, int(1))), stripVectors, w.lanes));
    b.for(whole, pairs, int(w.lanes), (j) => strip(b.let(elementAt(w, p.a, j, int(1))), 1, w.lanes));
    b.for(pairs, p.n, int(1), (j) => strip(b.let(elementAt(w, p.a, j, int(1))), 1, 1));
  });
}
