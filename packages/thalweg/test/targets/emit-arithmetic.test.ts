/** Every arithmetic op of the loop IR against JavaScript, in scalars and vectors, on special values. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as b from "../../src/compiler/builder.js";
import { type BinaryOp, isComparison, type Scalar, type UnaryOp } from "../../src/compiler/ir.js";
import { apply, assertSame, fullLanes, lanesOf, type Num, read, specials, store, wrap } from "./rows.js";

function nearestEven(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const low = Math.floor(x);
  const rest = x - low;
  const even = low % 2 === 0 ? low : low + 1;
  const result = rest < 0.5 ? low : rest > 0.5 ? low + 1 : even;
  return result === 0 && (x < 0 || Object.is(x, -0)) ? -0 : result;
}

const floatUnary: Record<string, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  nearest: nearestEven,
};

test("float unary operations on special values", () => {
  for (const s of ["f32", "f64"] as const) {
    for (const lanes of lanesOf(s)) {
      for (const [name, reference] of Object.entries(floatUnary)) {
        const values = specials[s];
        const actual = apply([{ scalar: s, values }], s, lanes, ([x = b.int(0)]) => b.unary(name as UnaryOp, x));
        const expected = values.map((x) => wrap(s, reference(Number(x))));
        assertSame(actual, expected, `${name} ${s}x${lanes}`, [values]);
      }
    }
  }
});

test("integer unary operations", () => {
  for (const s of ["i32", "i64"] as const) {
    const values = specials[s];
    const bits = s === "i32" ? 32 : 64;
    for (const lanes of lanesOf(s)) {
      const run = (op: UnaryOp): Num[] => apply([{ scalar: s, values }], s, lanes, ([x = b.int(0)]) => b.unary(op, x));
      assertSame(
        run("neg"),
        values.map((x) => wrap(s, -BigInt(x))),
        `neg ${s}x${lanes}`,
        [values],
      );
      assertSame(
        run("abs"),
        values.map((x) => wrap(s, BigInt(x) < 0n ? -BigInt(x) : BigInt(x))),
        `abs ${s}x${lanes}`,
        [values],
      );
      assertSame(
        run("not"),
        values.map((x) => wrap(s, ~BigInt(x))),
        `not ${s}x${lanes}`,
        [values],
      );
    }
    const clz = values.map((x) =>
      wrap(s, bits - (BigInt(x) === 0n ? 0 : BigInt.asUintN(bits, BigInt(x)).toString(2).length)),
    );
    assertSame(
      apply([{ scalar: s, values }], s, 1, ([x = b.int(0)]) => b.unary("clz", x)),
      clz,
      `clz ${s}`,
      [values],
    );
  }
});

function pairs(s: "i32" | "i64" | "f32" | "f64"): [Num[], Num[]] {
  const left: Num[] = [];
  const right: Num[] = [];
  for (const x of specials[s]) {
    for (const y of specials[s]) {
      left.push(x);
      right.push(y);
    }
  }
  return [left, right];
}

const floatBinary: Record<string, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
  copysign: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
};

const compare: Record<string, (x: Num, y: Num) => boolean> = {
  // biome-ignore lint/suspicious/noDoubleEquals: numbers and bigints alike
  eq: (x, y) => x == y,
  // biome-ignore lint/suspicious/noDoubleEquals: numbers and bigints alike
  ne: (x, y) => x != y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
};

test("float binary operations on all pairs of special values", () => {
  for (const s of ["f32", "f64"] as const) {
    const [left, right] = pairs(s);
    for (const lanes of lanesOf(s)) {
      for (const [name, reference] of Object.entries(floatBinary)) {
        // the sign of a NaN is not JavaScript's to see
        const ys = name === "copysign" ? right.map((y) => (Number.isNaN(y) ? 1 : y)) : right;
        const actual = apply(
          [
            { scalar: s, values: left },
            { scalar: s, values: ys },
          ],
          s,
          lanes,
          ([x = b.int(0), y = b.int(0)]) => b.binary(name as BinaryOp, x, y),
        );
        const expected = left.map((x, i) => wrap(s, reference(Number(x), Number(ys[i]))));
        assertSame(actual, expected, `${name} ${s}x${lanes}`, [left, ys]);
      }
    }
  }
});

test("comparisons, masks, casts of masks and selects on all pairs", () => {
  for (const s of ["i32", "i64", "f32", "f64"] as const) {
    const [left, right] = pairs(s);
    const inputs = [
      { scalar: s, values: left },
      { scalar: s, values: right },
    ];
    const unsigned = (x: Num, y: Num): boolean => BigInt.asUintN(64, BigInt(x)) < BigInt.asUintN(64, BigInt(y));
    const table = s === "i32" || s === "i64" ? { ...compare, ltU: unsigned } : compare;
    for (const lanes of lanesOf(s)) {
      for (const [name, reference] of Object.entries(table)) {
        const op = name as BinaryOp;
        assert.ok(isComparison(op));
        const holds = left.map((x, i) => reference(x, right[i] ?? 0));
        const what = `${name} ${s}x${lanes}`;
        const asNumber = apply(inputs, s, lanes, ([x = b.int(0), y = b.int(0)]) =>
          b.cast({ scalar: s, lanes }, b.binary(op, x, y)),
        );
        assertSame(
          asNumber,
          holds.map((h) => wrap(s, h ? 1 : 0)),
          what,
          [left, right],
        );
        const chosen = apply(inputs, s, lanes, ([x = b.int(0), y = b.int(0)]) => b.select(b.binary(op, x, y), x, y));
        assertSame(
          chosen,
          left.map((x, i) => (holds[i] === true ? x : (right[i] ?? 0))),
          `select ${what}`,
          [left, right],
        );
        const other = apply(inputs, s, lanes, ([x = b.int(0), y = b.int(0)]) => b.select(b.binary(op, x, y), y, x));
        assertSame(
          other,
          left.map((x, i) => (holds[i] === true ? (right[i] ?? 0) : x)),
          `select swapped ${what}`,
          [left, right],
        );
        // (m xor not n) or (m and n), with n = x ≠ 0
        const mixed = apply(inputs, s, lanes, ([x = b.int(0), y = b.int(0)]) => {
          const m = b.binary(op, x, y);
          const n = b.cast({ scalar: "bool", lanes }, x);
          return b.cast(
            { scalar: s, lanes },
            b.binary("or", b.binary("xor", m, b.unary("not", n)), b.binary("and", m, n)),
          );
        });
        const expected = holds.map((m, i) => {
          const n = !(left[i] === 0 || left[i] === 0n);
          return wrap(s, m !== !n || (m && n) ? 1 : 0);
        });
        assertSame(mixed, expected, `mixed ${what}`, [left, right]);
      }
    }
  }
});

const integerBinary: Record<string, (x: bigint, y: bigint) => bigint> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  min: (x, y) => (x < y ? x : y),
  max: (x, y) => (x > y ? x : y),
};

test("integer binary operations on all pairs, division on what it takes", () => {
  for (const s of ["i32", "i64"] as const) {
    const [left, right] = pairs(s);
    const run = (name: BinaryOp, lanes: number, xs: readonly Num[], ys: readonly Num[]): Num[] =>
      apply(
        [
          { scalar: s, values: xs },
          { scalar: s, values: ys },
        ],
        s,
        lanes,
        ([x = b.int(0), y = b.int(0)]) => b.binary(name, x, y),
      );
    for (const lanes of lanesOf(s)) {
      for (const [name, reference] of Object.entries(integerBinary)) {
        const expected = left.map((x, i) => wrap(s, reference(BigInt(x), BigInt(right[i] ?? 0))));
        assertSame(run(name as BinaryOp, lanes, left, right), expected, `${name} ${s}x${lanes}`, [left, right]);
      }
    }
    const fits = left.map((x, i) => {
      const y = BigInt(right[i] ?? 0);
      return y !== 0n && !(y === -1n && BigInt(x) === -(2n ** (s === "i32" ? 31n : 63n)));
    });
    const xs = left.filter((_, i) => fits[i]);
    const ys = right.filter((_, i) => fits[i]);
    assertSame(
      run("div", 1, xs, ys),
      xs.map((x, i) => wrap(s, BigInt(x) / BigInt(ys[i] ?? 1))),
      `div ${s}`,
      [xs, ys],
    );
    assertSame(
      run("rem", 1, xs, ys),
      xs.map((x, i) => wrap(s, BigInt(x) % BigInt(ys[i] ?? 1))),
      `rem ${s}`,
      [xs, ys],
    );
  }
});

test("shifts take a scalar count, also for vectors", () => {
  for (const s of ["i32", "i64"] as const) {
    const bits = s === "i32" ? 32 : 64;
    const values = specials[s];
    for (const lanes of lanesOf(s)) {
      for (const count of [0, 1, 7, bits - 1]) {
        const run = (op: BinaryOp): Num[] =>
          apply([{ scalar: s, values }], s, lanes, ([x = b.int(0)]) => b.binary(op, x, b.int(count)));
        const by = BigInt(count);
        assertSame(
          run("shl"),
          values.map((x) => wrap(s, BigInt(x) << by)),
          `shl ${count} ${s}x${lanes}`,
          [values],
        );
        assertSame(
          run("shrS"),
          values.map((x) => wrap(s, BigInt(x) >> by)),
          `shrS ${count} ${s}x${lanes}`,
          [values],
        );
        assertSame(
          run("shrU"),
          values.map((x) => wrap(s, BigInt.asUintN(bits, BigInt(x)) >> by)),
          `shrU ${count} ${s}x${lanes}`,
          [values],
        );
      }
    }
  }
});

function castReference(from: Scalar, to: Scalar, x: Num): Num {
  if (to === "f32" || to === "f64") {
    // BigInt → Number rounds to nearest even; through float64 only i64 → f32 would round twice
    return wrap(to, Number(x));
  }
  if (from === "i32" || from === "i64") return wrap(to, x);
  const value = Number(x);
  const bits = to === "i32" ? 31n : 63n;
  if (Number.isNaN(value)) return wrap(to, 0n);
  if (value >= 2 ** Number(bits)) return wrap(to, 2n ** bits - 1n);
  if (value <= -(2 ** Number(bits))) return wrap(to, -(2n ** bits));
  return wrap(to, BigInt(Math.trunc(value)));
}

test("casts round, truncate and saturate, in every width", () => {
  const scalars = ["i32", "i64", "f32", "f64"] as const;
  for (const from of scalars) {
    for (const to of scalars) {
      if (from === to) continue;
      const values = specials[from];
      const widths = fullLanes(from) === 4 && fullLanes(to) === 4 ? [1, 2, 4] : [1, 2];
      for (const lanes of widths) {
        const actual = apply([{ scalar: from, values }], to, lanes, ([x = b.int(0)]) =>
          b.cast({ scalar: to, lanes }, x),
        );
        assertSame(
          actual,
          values.map((x) => castReference(from, to, x)),
          `cast ${from}>${to}x${lanes}`,
          [values],
        );
      }
    }
  }
});

test("bitcasts keep the bits", () => {
  for (const [from, to] of [
    ["f32", "i32"],
    ["i32", "f32"],
    ["f64", "i64"],
    ["i64", "f64"],
  ] as const) {
    const view = new DataView(new ArrayBuffer(8));
    const values = specials[from].filter((x) => !Number.isNaN(Number(x)));
    const expected = values.map((x) => {
      store(view, from, 0, x);
      return read(view, to, 0);
    });
    for (const lanes of lanesOf(from)) {
      const actual = apply([{ scalar: from, values }], to, lanes, ([x = b.int(0)]) =>
        b.bitcast({ scalar: to, lanes }, x),
      );
      assertSame(actual, expected, `bitcast ${from}>${to}x${lanes}`, [values]);
    }
  }
});
