/**
 * Kernels for eigenvalue and singular value iterations.
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
 * Quintana-Ortí 2014). `reflect3` applies one reflector to three vectors, the inner loop of Francis's double shift.
 */
import { addInt, binary, fma, int, load, local, mulInt, splat, unary } from "../builder.js";
import { type Expr, i32, type LoopFunction } from "../ir.js";
import { alongVectors, elementAt, linalgFunction, type Widths, widthsOf } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

/** i32 numbers that describe a sweep: the row to start from, +1 or −1, how many rotations, and the first of them in the list of pairs (t, s). */
export const sweepWords = 4;

/** Vectors of columns that a strip holds. */
const stripVectors = 6;

export function rotationKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [rotateRows(w), reflect3(w)];
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

/** (xᵢ, yᵢ, zᵢ) ← (I − τ v vᵀ)(xᵢ, yᵢ, zᵢ) with v = (1, v2, v3); the three vectors have equal steps. */
function reflect3(w: Widths): LoopFunction {
  const ints = ["n", "x", "y", "z", "d"] as const;
  return linalgFunction(w.scalar, "reflect3", ints, ["v2", "v3", "tau"], (b, p) => {
    const scalars = { v2: p.v2, v3: p.v3, minus: b.let(unary("neg", p.tau), "minus") };
    const wide = {
      v2: b.let(splat(scalars.v2, w.lanes), "v2"),
      v3: b.let(splat(scalars.v3, w.lanes), "v3"),
      minus: b.let(splat(scalars.minus, w.lanes), "minus"),
    };
    const vectors = [p.x, p.y, p.z].map((address) => ({ address, step: p.d }));
    alongVectors(b, w, p.n, vectors, ([first = int(0), second = int(0), third = int(0)], lanes) => {
      const type = lanes === 1 ? w.element : w.wide;
      const { v2, v3, minus } = lanes === 1 ? scalars : wide;
      const [x, y, z] = [first, second, third].map((at) => b.let(load(type, at), "x")) as [Expr, Expr, Expr];
      const sum = b.let(fma(v3, z, b.let(fma(v2, y, x))));
      const t = b.let(binary("mul", minus, sum), "t");
      b.store(first, binary("add", x, t));
      b.store(second, fma(v2, t, y));
      b.store(third, fma(v3, t, z));
    });
  });
}
