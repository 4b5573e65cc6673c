/**
 * Francis's implicit double shift on a Hessenberg matrix. A sweep is a chain of reflectors of three neighbouring rows and columns, each found from what the one before it
 * left beside the diagonal. So a few of them are found at a time in a square on the diagonal, and only then applied to the rest of their rows and columns, two at
 * a time, since these neighbours share two of three lines.
 */
import {
  addInt,
  type Builder,
  binary,
  cast,
  constant,
  fma,
  int,
  load,
  local,
  mulInt,
  select,
  shuffle,
  splat,
  unary,
} from "../builder.js";
import { type Expr, i32, type Local, type LoopFunction } from "../ir.js";
import { alongVectors, elementAt, linalgFunction, type Widths, widthsOf, zero } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

export function francisKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [francisBlock(w), francisSweep(w)];
}

/** Reflectors found before they are applied. */
const together = 24;
/** What is kept of each: −τ, −τ v₂, −τ v₃, v₂, v₃. */
const kept = 5;
/** Elements of scratch that a sweep needs. */
export const francisScratch = together * kept;

/** Vectors a round where lines are contiguous. */
const unrolled = 2;

function epsilon(w: Widths): Expr {
  return constant(w.element, w.size === 8 ? 2 ** -52 : 2 ** -23);
}

/** Elements below this count as zero in a matrix whose largest is near 1. */
function tiny(w: Widths): Expr {
  return constant(w.element, w.size === 8 ? 1e-290 : 2 ** -120);
}

function absolute(e: Expr): Expr {
  return unary("abs", e);
}

function element(w: Widths, base: Expr, row: Expr, step: Expr, column: Expr): Expr {
  return addInt(elementAt(w, base, row, step), elementAt(w, int(0), column, int(1)));
}

/**
 * At `result`: the first row of the last block, of those that end in row `end`, that does not fall apart (Ahues and Tisseur 1997): a subdiagonal element is negligible when small
 * beside its neighbours on the diagonal, and its product with the element opposite too beside theirs.
 */
function francisBlock(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "francisBlock", ["n", "h", "hr", "end", "result"], [], (b, p) => {
    const [k, searching] = [b.declare(i32, "k"), b.declare(i32, "searching")];
    b.set(k, p.end);
    b.set(searching, int(1));
    const last = b.let(binary("sub", p.n, int(1)), "last");
    b.while(binary("and", binary("ne", local(searching), int(0)), binary("gt", local(k), int(0))), () => {
      const corner = b.let(element(w, p.h, local(k), p.hr, local(k)), "corner");
      const above = b.let(binary("sub", corner, mulInt(p.hr, int(w.size))), "above");
      const at = (address: Expr, column: number): Expr =>
        b.let(load(w.element, binary("sub", address, int(column * w.size))));
      const below = b.let(absolute(at(corner, 1)), "below");
      const [here, before] = [at(corner, 0), at(above, 1)];
      b.if(
        binary("le", below, tiny(w)),
        () => b.set(searching, int(0)),
        () => {
          const beside = b.declare(w.element, "beside");
          b.set(beside, binary("add", absolute(here), absolute(before)));
          b.if(binary("eq", local(beside), zero(w.element)), () => {
            const add = (row: Expr, column: Expr): void =>
              b.set(
                beside,
                binary("add", local(beside), absolute(load(w.element, element(w, p.h, row, p.hr, column)))),
              );
            const previous = binary("sub", local(k), int(1));
            b.if(binary("gt", local(k), int(1)), () => add(previous, binary("sub", local(k), int(2))));
            b.if(binary("lt", local(k), last), () => add(addInt(local(k), int(1)), local(k)));
          });
          b.if(binary("le", below, binary("mul", epsilon(w), local(beside))), () => {
            const opposite = b.let(absolute(at(above, 0)), "opposite");
            const gap = b.let(absolute(binary("sub", before, here)), "gap");
            const size = b.let(absolute(here), "size");
            const [ab, ba] = [b.let(binary("max", below, opposite)), b.let(binary("min", below, opposite))];
            const [aa, bb] = [b.let(binary("max", size, gap)), b.let(binary("min", size, gap))];
            const sum = b.let(binary("add", aa, ab), "sum");
            const product = b.let(binary("mul", bb, binary("div", aa, sum)), "product");
            const limit = binary("max", tiny(w), binary("mul", epsilon(w), product));
            b.if(binary("le", binary("mul", ba, binary("div", ab, sum)), b.let(limit)), () => b.set(searching, int(0)));
          });
        },
      );
      b.if(binary("ne", local(searching), int(0)), () => b.set(k, binary("sub", local(k), int(1))));
    });
    b.store(p.result, cast(w.element, local(k)));
  });
}

/**
 * One double-shift sweep on rows `start` … `end` (at least three) of an n × n Hessenberg matrix at `h`, with the shifts re1 + i·im1 and re2 + i·im2, real or a conjugate pair.
 * With `whole` = 1 all of the rows and columns of H are transformed and the rows of the matrix at `z`, else only the block. `scratch`: `francisScratch` elements.
 */
function francisSweep(w: Widths): LoopFunction {
  const ints = ["n", "h", "hr", "z", "zr", "whole", "start", "end", "scratch"] as const;
  return linalgFunction(w.scalar, "francisSweep", ints, ["re1", "im1", "re2", "im2"], (b, p) => {
    const [none, one] = [zero(w.element), constant(w.element, 1)];
    const stride = b.let(mulInt(p.hr, int(w.size)), "stride");
    const strideZ = b.let(mulInt(p.zr, int(w.size)), "strideZ");
    const all = b.let(binary("ne", p.whole, int(0)), "all");
    const after = b.let(addInt(p.end, int(1)), "after");
    const top = b.let(select(all, int(0), p.start), "top");
    const stop = b.let(select(all, p.n, after), "stop");
    const m = b.declare(i32, "m");
    const [v1, v2, v3, tau, beta] = ["v1", "v2", "v3", "tau", "beta"].map((name) => b.declare(w.element, name)) as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    firstRow(b, w, p, m, [v1, v2, v3]);
    b.for(local(m), p.end, int(together), (first) => {
      const next = b.let(binary("min", addInt(first, int(together)), p.end), "next");
      // what the first reflectors of the next round will ask for is in the square too
      const right = b.let(binary("min", addInt(next, int(3)), after), "right");
      const slot = b.declare(i32, "slot");
      b.set(slot, p.scratch);
      b.for(first, next, int(1), (k) => {
        const three = b.let(binary("lt", k, binary("sub", p.end, int(1))), "three");
        const corner = b.let(element(w, p.h, k, p.hr, k), "corner");
        const before = b.let(binary("sub", corner, int(w.size)), "before");
        const below = b.let(addInt(before, stride), "below");
        const further = b.let(addInt(below, stride), "further");
        b.if(binary("gt", k, local(m)), () => {
          b.set(v1, load(w.element, before));
          b.set(v2, load(w.element, below));
          b.set(v3, none);
          b.if(three, () => b.set(v3, load(w.element, further)));
        });
        const others = b.let(binary("max", absolute(local(v2)), absolute(local(v3))), "others");
        b.set(tau, none);
        b.set(beta, local(v1));
        b.if(binary("gt", others, none), () => {
          const largest = b.let(binary("max", others, absolute(local(v1))), "largest");
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
          binary("gt", k, local(m)),
          () => {
            b.store(before, local(beta));
            b.store(below, none);
            b.if(three, () => b.store(further, none));
          },
          () =>
            b.if(binary("gt", local(m), p.start), () =>
              b.store(before, binary("mul", load(w.element, before), b.let(binary("sub", one, local(tau))))),
            ),
        );
        const minus = b.let(unary("neg", local(tau)), "minus");
        const parts = [minus, binary("mul", minus, local(v2)), binary("mul", minus, local(v3)), local(v2), local(v3)];
        const reflector = parts.map((e) => b.let(e, "part"));
        for (const [i, e] of reflector.entries()) b.store(local(slot), e, i * w.size);
        b.set(slot, addInt(local(slot), int(kept * w.size)));
        const rows = b.let(binary("sub", binary("min", addInt(k, int(4)), after), first), "rows");
        const square = b.let(element(w, p.h, first, p.hr, k), "square");
        const inSquare = (count: number): void => {
          const columns = b.let(binary("sub", right, k), "columns");
          const list = (from: Expr, apart: Expr, step: Expr): void => {
            const lines = [{ address: from, step }];
            for (let i = 1; i < count; i += 1)
              lines.push({ address: b.let(addInt(lines[i - 1]?.address ?? from, apart)), step });
            reflect(b, w, step === p.hr ? rows : columns, lines, reflector);
          };
          list(corner, stride, int(1));
          list(square, int(w.size), p.hr);
        };
        b.if(
          three,
          () => inSquare(3),
          () => inSquare(2),
        );
      });
      const triples = b.let(binary("sub", binary("min", next, binary("sub", p.end, int(1))), first), "triples");
      const ends = b.let(binary("eq", next, p.end), "ends");
      const pair = [
        unary("neg", local(tau)),
        binary("mul", unary("neg", local(tau)), local(v2)),
        none,
        local(v2),
        none,
      ].map((e) => b.let(e));
      const alongRows = (corner: Expr, step: Expr, count: Expr): void => {
        reflectRows(b, w, p.scratch, triples, corner, step, b.let(count, "count"));
        b.if(ends, () => {
          const upper = b.let(addInt(corner, mulInt(triples, step)), "upper");
          const lines = [upper, b.let(addInt(upper, step))].map((address) => ({ address, step: int(1) }));
          reflect(b, w, b.let(count), lines, pair);
        });
      };
      alongRows(b.let(element(w, p.h, first, p.hr, right), "corner"), stride, binary("sub", stop, right));
      const corner = b.let(element(w, p.h, top, p.hr, first), "corner");
      const height = b.let(binary("sub", first, top), "height");
      reflectColumns(b, w, p.scratch, triples, corner, p.hr, stride, height);
      b.if(ends, () => {
        const left = b.let(addInt(corner, mulInt(triples, int(w.size))), "left");
        const lines = [left, b.let(addInt(left, int(w.size)))].map((address) => ({ address, step: p.hr }));
        reflect(b, w, height, lines, pair);
      });
      b.if(all, () => alongRows(b.let(addInt(p.z, mulInt(first, strideZ))), strideZ, p.n));
    });
  });
}

/**
 * The row m from which the sweep can start, as near the end as two small subdiagonal elements in a row allow, and a multiple of the first column of (H − σ₁)(H − σ₂)
 * from there on.
 */
function firstRow(
  b: Builder,
  w: Widths,
  p: Readonly<Record<"h" | "hr" | "start" | "end" | "re1" | "im1" | "re2" | "im2", Expr>>,
  m: Local,
  v: readonly [Local, Local, Local],
): void {
  const searching = b.declare(i32, "searching");
  const stride = b.let(mulInt(p.hr, int(w.size)), "stride");
  b.set(m, binary("sub", p.end, int(2)));
  b.set(searching, int(1));
  const side = b.let(absolute(p.im2), "side");
  b.while(binary("ne", local(searching), int(0)), () => {
    const corner = b.let(element(w, p.h, local(m), p.hr, local(m)), "corner");
    const lower = b.let(addInt(corner, stride), "lower");
    const at = (address: Expr, column: number): Expr => b.let(load(w.element, address, column * w.size));
    const [h00, h01, h10, h11] = [at(corner, 0), at(corner, 1), at(lower, 0), at(lower, 1)];
    const h21 = at(addInt(lower, stride), 1);
    const [one, two] = [b.let(binary("sub", h00, p.re1)), b.let(binary("sub", h00, p.re2))];
    const size = b.let(binary("add", b.let(binary("add", absolute(two), side)), absolute(h10)), "size");
    const below = b.let(binary("div", h10, size), "below");
    const imaginary = b.let(binary("mul", p.im1, binary("div", p.im2, size)));
    const real = b.let(binary("sub", binary("mul", one, binary("div", two, size)), imaginary));
    const sum = b.let(binary("sub", binary("add", h00, h11), binary("add", p.re1, p.re2)));
    const column = [fma(below, h01, real), binary("mul", below, sum), binary("mul", below, h21)].map((e) => b.let(e));
    const sizes = column.map((e) => b.let(absolute(e)));
    const length = b.let(
      sizes.reduce((x, y) => binary("add", x, y)),
      "length",
    );
    const zeroLength = b.let(binary("eq", length, zero(w.element)), "zeroLength");
    const divisor = b.let(select(zeroLength, constant(w.element, 1), length));
    const scaled = column.map((e, i) => {
      const target = v[i] ?? searching;
      b.set(target, binary("div", e, divisor));
      return b.let(absolute(local(target)));
    });
    const [s1 = length, s2 = length, s3 = length] = scaled;
    b.set(searching, int(0));
    b.if(binary("gt", local(m), p.start), () => {
      const left = b.let(binary("sub", corner, int(w.size)), "left");
      const upper = b.let(binary("sub", left, stride), "upper");
      const diagonal = [load(w.element, upper), h00, h11].map(absolute).reduce((x, y) => b.let(binary("add", x, y)));
      const small = binary("mul", absolute(load(w.element, left)), binary("add", s2, s3));
      const limit = binary("mul", epsilon(w), binary("mul", s1, diagonal));
      b.if(binary("gt", b.let(small), b.let(limit)), () => {
        b.set(searching, int(1));
        b.set(m, binary("sub", local(m), int(1)));
      });
    });
  });
}

/** Lines x, y (and z) of n elements ← (I − τ v vᵀ) of them. */
function reflect(
  b: Builder,
  w: Widths,
  n: Expr,
  lines: readonly { readonly address: Expr; readonly step: Expr }[],
  reflector: readonly Expr[],
): void {
  const wide = reflector.map((e) => b.let(splat(e, w.lanes)));
  alongVectors(b, w, n, lines, (addresses, lanes) => {
    const type = lanes === 1 ? w.element : w.wide;
    const factors = lanes === 1 ? reflector : wide;
    const values = addresses.map((at) => b.let(load(type, at), "x"));
    const results = reflected(b, values, factors);
    for (const [i, at] of addresses.entries()) b.store(at, results[i] ?? at);
  });
}

/** x + v₂ y + v₃ z = t; x − τ t, y − τ v₂ t, z − τ v₃ t. */
function reflected(b: Builder, values: readonly Expr[], factors: readonly Expr[]): readonly Expr[] {
  const [x, y, z] = values;
  const [f1, f2, f3, v2, v3] = factors;
  if (!x || !y || !f1 || !f2 || !f3 || !v2 || !v3) return values;
  // y comes last: of the three it is what the reflector before took longest to find
  const t = b.let(fma(v2, y, z === undefined ? x : b.let(fma(v3, z, x))), "t");
  return values.map((value, i) => b.let(fma([f1, f2, f3][i] ?? f1, t, value)));
}

/** Two reflectors in turn on the four lines that they touch together: half the loads and stores. */
function reflectedTwice(
  b: Builder,
  values: readonly Expr[],
  first: readonly Expr[],
  second: readonly Expr[],
): readonly Expr[] {
  const [x1 = int(0), ...others] = reflected(b, values.slice(0, 3), first);
  return [x1, ...reflected(b, [...others, ...values.slice(3)], second)];
}

function reflectorAt(b: Builder, w: Widths, slot: Expr): readonly Expr[] {
  return Array.from({ length: kept }, (_, i) => b.let(load(w.element, slot, i * w.size), "factor"));
}

/** `count` reflectors of three lines, each a line further on (`apart` bytes), over n elements of these; `twice` takes two of them, the first line, and the reflectors. */
function reflectAll(
  b: Builder,
  w: Widths,
  list: Expr,
  count: Expr,
  from: Expr,
  apart: Expr,
  n: Expr,
  step: Expr,
  twice: (lines: readonly Expr[], first: readonly Expr[], second: readonly Expr[]) => void,
): void {
  const [line, slot] = [b.declare(i32, "line"), b.declare(i32, "slot")];
  const bytes = kept * w.size;
  b.set(line, from);
  b.set(slot, list);
  const linesOf = (length: number): Expr[] => {
    const lines: Expr[] = [b.let(addInt(local(line), int(0)), "line")];
    for (let i = 1; i < length; i += 1) lines.push(b.let(addInt(lines[i - 1] ?? from, apart), "line"));
    return lines;
  };
  b.for(int(1), count, int(2), () => {
    const [first, second] = [local(slot), b.let(addInt(local(slot), int(bytes)))].map((at) => reflectorAt(b, w, at));
    twice(linesOf(4), first ?? [], second ?? []);
    b.set(line, addInt(local(line), addInt(apart, apart)));
    b.set(slot, addInt(local(slot), int(2 * bytes)));
  });
  b.if(binary("ne", binary("and", count, int(1)), int(0)), () =>
    reflect(
      b,
      w,
      n,
      linesOf(3).map((address) => ({ address, step })),
      reflectorAt(b, w, local(slot)),
    ),
  );
}

/** On n columns from `corner` on; rows are `stride` bytes apart. */
function reflectRows(b: Builder, w: Widths, list: Expr, count: Expr, corner: Expr, stride: Expr, n: Expr): void {
  reflectAll(b, w, list, count, corner, stride, n, int(1), (lines, first, second) => {
    const wide = [first, second].map((r) => r.map((e) => b.let(splat(e, w.lanes)))) as [Expr[], Expr[]];
    const at = (index: Expr): readonly Expr[] => {
      const bytes = b.let(mulInt(index, int(w.size)), "bytes");
      return lines.map((address) => b.let(addInt(address, bytes), "at"));
    };
    const step = (addresses: readonly Expr[], vector: boolean, offset: number): void => {
      const type = vector ? w.wide : w.element;
      const values = addresses.map((address) => b.let(load(type, address, offset), "x"));
      const results = vector ? reflectedTwice(b, values, ...wide) : reflectedTwice(b, values, first, second);
      for (const [i, address] of addresses.entries()) b.store(address, results[i] ?? address, offset);
    };
    const width = unrolled * w.lanes;
    const whole = b.let(binary("sub", n, binary("rem", n, int(width))), "whole");
    b.for(int(0), whole, int(width), (j) => {
      const addresses = at(j);
      for (let u = 0; u < unrolled; u += 1) step(addresses, true, 16 * u);
    });
    b.for(whole, n, int(1), (j) => step(at(j), false, 0));
  });
}

/** On n rows from `corner` on, `stride` bytes (`step` elements) apart, two rows at a time where a vector has two lanes. */
function reflectColumns(
  b: Builder,
  w: Widths,
  list: Expr,
  count: Expr,
  corner: Expr,
  step: Expr,
  stride: Expr,
  n: Expr,
): void {
  reflectAll(b, w, list, count, corner, int(w.size), n, step, ([left = corner], first, second) => {
    const row = b.declare(i32, "row");
    const done = b.declare(i32, "done");
    b.set(row, left);
    b.set(done, int(0));
    if (w.lanes === 2) {
      const wide = [first, second].map((r) => r.map((e) => b.let(splat(e, 2)))) as [Expr[], Expr[]];
      b.set(done, binary("and", n, int(-2)));
      b.for(int(0), local(done), int(2), () => {
        const next = b.let(addInt(local(row), stride), "next");
        const [a, c, d, e] = [local(row), next].flatMap((at) => [0, 16].map((o) => b.let(load(w.wide, at, o)))) as [
          Expr,
          Expr,
          Expr,
          Expr,
        ];
        const values = [
          [a, d, 0],
          [a, d, 1],
          [c, e, 0],
          [c, e, 1],
        ] as const;
        const columns = values.map(([upper, lower, side]) => b.let(shuffle(upper, lower, [side, 2 + side]), "x"));
        const [x = a, y = a, z = a, u = a] = reflectedTwice(b, columns, ...wide);
        for (const [at, side] of [
          [local(row), 0],
          [next, 1],
        ] as const) {
          b.store(at, shuffle(x, y, [side, 2 + side]));
          b.store(at, shuffle(z, u, [side, 2 + side]), 16);
        }
        b.set(row, addInt(next, stride));
      });
    }
    b.for(local(done), n, int(1), () => {
      const values = Array.from({ length: 4 }, (_, i) => b.let(load(w.element, local(row), i * w.size), "x"));
      for (const [i, e] of reflectedTwice(b, values, first, second).entries()) b.store(local(row), e, i * w.size);
      b.set(row, addInt(local(row), stride));
    });
  });
}
