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
 * Quintana-Ortí 2014). `francisSweep` is one sweep of Francis's double shift.
 */
import {
  addInt,
  type Builder,
  binary,
  constant,
  fma,
  int,
  lane,
  load,
  local,
  mulInt,
  select,
  shuffle,
  splat,
  unary,
  withLane,
} from "../builder.js";
import { type Expr, i32, type Local, type LoopFunction } from "../ir.js";
import { alongVectors, elementAt, linalgFunction, type Widths, widthsOf } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

/** i32 numbers that describe a sweep: the row to start from, +1 or −1, how many rotations, and the first of them in the list of pairs (t, s). */
export const sweepWords = 4;

/** Vectors of columns that a strip holds. */
const stripVectors = 6;

export function rotationKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [rotateRows(w), francisSweep(w)];
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

/**
 * One double-shift sweep on rows `start` … `end` of an n × n Hessenberg matrix at `h`, from row m on, where (v1, v2, v3) is a multiple of the first column of the
 * shifted square. With `whole` = 1 all of the rows and columns of H are transformed and the rows of the matrix at `z`, else only the block.
 */
function francisSweep(w: Widths): LoopFunction {
  const ints = ["n", "h", "hr", "z", "zr", "whole", "start", "end", "m"] as const;
  return linalgFunction(w.scalar, "francisSweep", ints, ["v1", "v2", "v3"], (b, p) => {
    const [none, one] = [constant(w.element, 0), constant(w.element, 1)];
    const stride = b.let(mulInt(p.hr, int(w.size)), "stride");
    const all = b.let(binary("ne", p.whole, int(0)), "all");
    const top = b.let(select(all, int(0), p.start), "top");
    const stop = b.let(select(all, p.n, addInt(p.end, int(1))), "stop");
    const [v1, v2, v3, tau, beta] = ["v1", "v2", "v3", "tau", "beta"].map((name) => b.declare(w.element, name)) as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    for (const [to, from] of [
      [v1, p.v1],
      [v2, p.v2],
      [v3, p.v3],
    ] as const)
      b.set(to, from);
    b.for(p.m, p.end, int(1), (k) => {
      const three = b.let(binary("lt", k, binary("sub", p.end, int(1))), "three");
      const corner = b.let(addInt(p.h, addInt(mulInt(k, stride), mulInt(k, int(w.size)))), "corner");
      const before = b.let(binary("sub", corner, int(w.size)), "before");
      const below = b.let(addInt(before, stride), "below");
      const further = b.let(addInt(below, stride), "further");
      b.if(binary("gt", k, p.m), () => {
        b.set(v1, load(w.element, before));
        b.set(v2, load(w.element, below));
        b.set(v3, none);
        b.if(three, () => b.set(v3, load(w.element, further)));
      });
      const others = b.let(binary("max", unary("abs", local(v2)), unary("abs", local(v3))), "others");
      b.set(tau, none);
      b.set(beta, local(v1));
      b.if(binary("gt", others, none), () => {
        const largest = b.let(binary("max", others, unary("abs", local(v1))), "largest");
        const [x, y, t] = [v1, v2, v3].map((v) => b.let(binary("div", local(v), largest))) as [Expr, Expr, Expr];
        const length = unary("sqrt", fma(t, t, b.let(fma(y, y, b.let(binary("mul", x, x))))));
        const signed = b.let(binary("copysign", length, unary("neg", x)), "signed");
        const divisor = b.let(binary("sub", x, signed), "divisor");
        b.set(beta, binary("mul", signed, largest));
        b.set(tau, binary("div", unary("neg", divisor), signed));
        b.set(v2, binary("div", y, divisor));
        b.set(v3, binary("div", t, divisor));
      });
      b.if(
        binary("gt", k, p.m),
        () => {
          b.store(before, local(beta));
          b.store(below, none);
          b.if(three, () => b.store(further, none));
        },
        () =>
          b.if(binary("gt", p.m, p.start), () =>
            b.store(before, binary("mul", load(w.element, before), b.let(binary("sub", one, local(tau))))),
          ),
      );
      const reflect = (count: number): void => {
        const factors = [one, local(v2), local(v3)].slice(0, count);
        const apply = (n: Expr, first: Expr, apart: Expr, step: Expr): void => {
          const vectors = [{ address: first, step }];
          for (let i = 1; i < count; i += 1)
            vectors.push({ address: b.let(addInt(vectors[i - 1]?.address ?? first, apart)), step });
          emitReflect(b, w, n, vectors, factors, local(tau));
        };
        apply(b.let(binary("sub", stop, k)), corner, stride, int(1));
        const rows = binary("sub", binary("min", addInt(k, int(4)), addInt(p.end, int(1))), top);
        const columns = addInt(p.h, addInt(mulInt(top, stride), mulInt(k, int(w.size))));
        if (count === 3 && w.lanes === 2) emitReflectRows(b, w, b.let(rows), b.let(columns), p.hr, factors, local(tau));
        else apply(b.let(rows), b.let(columns), int(w.size), p.hr);
        b.if(all, () => {
          const stepZ = b.let(mulInt(p.zr, int(w.size)));
          apply(p.n, b.let(addInt(p.z, mulInt(k, stepZ))), stepZ, int(1));
        });
      };
      b.if(binary("ne", local(tau), none), () =>
        b.if(
          three,
          () => reflect(3),
          () => reflect(2),
        ),
      );
    });
  });
}

/** The vectors ← (I − τ v vᵀ) of them, elements of v in `factors`, the first being 1. */
function emitReflect(
  b: Builder,
  w: Widths,
  n: Expr,
  vectors: readonly { readonly address: Expr; readonly step: Expr }[],
  factors: readonly Expr[],
  tau: Expr,
): void {
  const minus = b.let(unary("neg", tau), "minus");
  const wide = [minus, ...factors].map((f) => b.let(splat(f, w.lanes)));
  alongVectors(b, w, n, vectors, (addresses, lanes) => {
    const type = lanes === 1 ? w.element : w.wide;
    const [scale = minus, ...v] = lanes === 1 ? [minus, ...factors] : wide;
    const values = addresses.map((at) => b.let(load(type, at), "x"));
    const sum = values.reduce((total, x, i) => (i === 0 ? x : b.let(fma(v[i] ?? x, x, total))));
    const t = b.let(binary("mul", scale, sum), "t");
    for (const [i, x] of values.entries())
      b.store(addresses[i] ?? int(0), i === 0 ? binary("add", x, t) : fma(v[i] ?? x, t, x));
  });
}

/** `n` rows of three contiguous float64 elements, two rows at a time: (xᵢ, yᵢ, zᵢ) ← (I − τ v vᵀ)(xᵢ, yᵢ, zᵢ). */
function emitReflectRows(
  b: Builder,
  w: Widths,
  n: Expr,
  first: Expr,
  step: Expr,
  factors: readonly Expr[],
  tau: Expr,
): void {
  const stride = b.let(mulInt(step, int(w.size)), "stride");
  const pairs = b.let(binary("and", n, int(-2)), "pairs");
  const [, v2 = tau, v3 = tau] = factors.map((f) => b.let(splat(f, 2)));
  const minus = b.let(splat(unary("neg", tau), 2), "minus");
  const row = b.declare(i32, "row");
  b.set(row, first);
  b.for(int(0), pairs, int(2), () => {
    const next = b.let(addInt(local(row), stride), "next");
    const [upper, lower] = [local(row), next].map((at) => b.let(load(w.wide, at))) as [Expr, Expr];
    const x = b.let(shuffle(upper, lower, [0, 2]), "x");
    const y = b.let(shuffle(upper, lower, [1, 3]), "y");
    const last = splat(load(w.element, local(row), 16), 2);
    const z = b.let(withLane(last, 1, load(w.element, next, 16)), "z");
    const t = b.let(binary("mul", minus, b.let(fma(v3, z, b.let(fma(v2, y, x))))), "t");
    const [x1, y1, z1] = [binary("add", x, t), fma(v2, t, y), fma(v3, t, z)].map((e) => b.let(e)) as [Expr, Expr, Expr];
    b.store(local(row), shuffle(x1, y1, [0, 2]));
    b.store(local(row), lane(z1, 0), 16);
    b.store(next, shuffle(x1, y1, [1, 3]));
    b.store(next, lane(z1, 1), 16);
    b.set(row, addInt(next, stride));
  });
  const vectors = [0, 1, 2].map((i) => ({ address: b.let(addInt(local(row), int(i * w.size))), step }));
  emitReflect(b, w, b.let(binary("sub", n, pairs)), vectors, factors, tau);
}
