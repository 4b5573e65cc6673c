/** Multiply-add, lanes, memory and control flow of the loop IR as WebAssembly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as b from "../../src/compiler/builder.js";
import {
  type Expr,
  f32,
  f64,
  i32,
  i64,
  type LoopFunction,
  scalarBytes,
  type Type,
  vector,
} from "../../src/compiler/ir.js";
import { apply, assertSame, fullLanes, lanesOf, type Num, read, store, wrap } from "./rows.js";
import { fmaModes, program } from "./wasm-program.js";

test("fma: fused exactly, or rounded twice, and scalars agree with vectors", () => {
  // values chosen so that fusing shows: (1 + ε)² - (1 + 2ε) = ε² when fused, 0 when not
  for (const s of ["f32", "f64"] as const) {
    const eps = s === "f32" ? 2 ** -12 : 2 ** -27;
    const xs = [1 + eps, 3, -0, Infinity, 0.1, 1 + eps].map((x) => wrap(s, x));
    const ys = [1 + eps, 5, 1, 0, 0.1, 1 - eps].map((x) => wrap(s, x));
    const zs = [-(1 + 2 * eps), -15, 0, 1, -0.01, -1].map((x) => wrap(s, x));
    for (const fused of fmaModes) {
      for (const lanes of lanesOf(s)) {
        const inputs = [xs, ys, zs].map((values) => ({ scalar: s, values }));
        const run = (op: (x: Expr, y: Expr, z: Expr) => Expr): Num[] =>
          apply(inputs, s, lanes, ([x = b.int(0), y = b.int(0), z = b.int(0)]) => op(x, y, z), fused);
        const tiny = fused ? eps * eps : 0;
        const plain = run((x, y, z) => b.fma(x, y, z));
        assert.equal(plain[0], tiny);
        assert.equal(plain[1], 0);
        assert.ok(Object.is(plain[2], 0));
        assert.ok(Number.isNaN(plain[3]));
        if (fused) assert.equal(plain[5], -eps * eps);
        const negated = run((x, y, z) => b.fma(b.unary("neg", x), y, b.unary("neg", z)));
        assert.equal(negated[0], fused ? -tiny : 0);
        const nested = run((x, y, z) => b.fma(x, b.fma(x, y, z), z));
        const spread = run((x, y, z) => {
          if (lanes !== 1) return b.fma(x, b.fma(x, y, z), z);
          const wide = fullLanes(s);
          return b.lane(b.splat(b.fma(x, b.fma(x, y, z), z), wide), wide - 1);
        });
        assertSame(spread, nested, `splat of fma ${s}x${lanes}`, [xs, ys, zs]);
        if (lanes === 1) {
          const wide = fullLanes(s);
          const bySplat = run((x, y, z) => b.lane(b.fma(b.splat(x, wide), b.splat(y, wide), b.splat(z, wide)), 0));
          assertSame(plain, bySplat, `scalar fma ${s}`, [xs, ys, zs]);
        }
      }
    }
  }
});

test("lanes: splat, extract, insert, shuffle, with loads and stores folded", () => {
  for (const s of ["i32", "i64", "f32", "f64"] as const) {
    const size = scalarBytes(s);
    for (const lanes of lanesOf(s)) {
      if (lanes === 1) continue;
      const scalar: Type = { scalar: s, lanes: 1 };
      const indices = Array.from({ length: lanes }, (_, i) => (i % 2 === 0 ? 2 * lanes - 1 - i : i));
      const f = b.defineFunction("f", [{ name: "p", type: i32 }], (builder, [p = b.int(0)]) => {
        const v = builder.let(b.load(vector(s, lanes), p));
        const w = builder.let(b.load(vector(s, lanes), p, 16));
        const out = 64;
        builder.store(p, b.shuffle(v, w, indices), out);
        builder.store(p, b.splat(b.load(scalar, p, size), lanes), out + 16);
        builder.store(p, b.withLane(v, lanes - 1, b.load(scalar, p, 16)), out + 32);
        builder.store(p, b.withLane(v, 0, b.lane(w, lanes - 1)), out + 48);
        builder.store(p, b.lane(w, lanes - 1), out + 64);
        builder.store(p, b.withLane(b.constant(vector(s, lanes), 0), 0, b.load(scalar, p, size)), out + 80);
        builder.store(p, b.splat(b.lane(v, 1), lanes), out + 96);
      });
      const program_ = program([f]);
      const view = new DataView(program_.memory.buffer);
      const v = Array.from({ length: lanes }, (_, i) => wrap(s, i + 1));
      const w = Array.from({ length: lanes }, (_, i) => wrap(s, -10 - i));
      for (let i = 0; i < lanes; i += 1) {
        store(view, s, 1024 + i * size, v[i] ?? 0);
        store(view, s, 1040 + i * size, w[i] ?? 0);
      }
      program_.call("f", 1024);
      const at = (offset: number, count = lanes): Num[] =>
        Array.from({ length: count }, (_, i) => read(view, s, 1088 + offset + i * size));
      const both = [...v, ...w];
      assert.deepEqual(
        at(0),
        indices.map((i) => both[i]),
      );
      assert.deepEqual(
        at(16),
        v.map(() => v[1]),
      );
      assert.deepEqual(at(32), [...v.slice(0, -1), w[0]]);
      assert.deepEqual(at(48), [w.at(-1), ...v.slice(1)]);
      assert.deepEqual(at(64, 1), [w.at(-1)]);
      assert.deepEqual(
        at(80),
        v.map((_, i) => (i === 0 ? v[1] : wrap(s, 0))),
      );
      assert.deepEqual(
        at(96),
        v.map(() => v[1]),
      );
      if (lanes === 2 && size === 4) assert.equal(read(view, "i32", 1088 + 8), 0, "a half vector stores 8 bytes only");
    }
  }
});

test("mask lanes: splat, extract, insert, shuffle", () => {
  for (const [s, lanes] of [
    ["f32", 4],
    ["f32", 2],
    ["f64", 2],
  ] as const) {
    const size = scalarBytes(s);
    const f = b.defineFunction("f", [{ name: "p", type: i32 }], (builder, [p = b.int(0)]) => {
      const type = vector(s, lanes);
      const v = builder.let(b.load(type, p));
      const m = builder.let(b.binary("lt", v, b.constant(type, 0)));
      const last = builder.let(b.lane(m, lanes - 1));
      builder.store(p, b.cast(i32, last), 64);
      builder.store(p, b.cast(type, b.splat(last, lanes)), 80);
      builder.store(p, b.cast(type, b.withLane(m, 0, last)), 96);
      builder.store(
        p,
        b.cast(
          type,
          b.shuffle(
            m,
            m,
            Array.from({ length: lanes }, (_, i) => lanes - 1 - i),
          ),
        ),
        112,
      );
      builder.store(p, b.select(last, v, b.constant(type, 9)), 128);
      builder.store(p, b.cast(type, b.constant({ scalar: "bool", lanes }, 1)), 144);
    });
    const p = program([f]);
    const view = new DataView(p.memory.buffer);
    const values = Array.from({ length: lanes }, (_, i) => (i === lanes - 1 ? -1 : 1));
    for (const [i, value] of values.entries()) store(view, s, i * size, value);
    p.call("f", 0);
    const at = (offset: number): Num[] => values.map((_, i) => read(view, s, offset + i * size));
    assert.equal(read(view, "i32", 64), 1);
    assert.deepEqual(
      at(80),
      values.map(() => 1),
    );
    assert.deepEqual(
      at(96),
      values.map((_, i) => (i === 0 || i === lanes - 1 ? 1 : 0)),
    );
    assert.deepEqual(
      at(112),
      values.map((_, i) => (i === 0 ? 1 : 0)),
    );
    assert.deepEqual(at(128), values);
    assert.deepEqual(
      at(144),
      values.map(() => 1),
    );
  }
});

test("loops: constant and run-time bounds, empty ones, nested, while, if, calls, copy and fill", () => {
  const append = b.defineFunction("append", [{ name: "value", type: i32 }], (builder, [value = b.int(0)]) => {
    const at = builder.let(b.load(i32, b.int(0)));
    builder.store(b.binary("add", b.int(4), b.binary("mul", at, b.int(4))), value);
    builder.store(b.int(0), b.binary("add", at, b.int(1)));
  });
  const push = (builder: b.Builder, value: Expr): void => builder.call("append", [value]);
  const run = (body: (builder: b.Builder, n: Expr) => void, n = 0): number[] => {
    const f = b.defineFunction("f", [{ name: "n", type: i32 }], (builder, [p = b.int(0)]) => body(builder, p));
    const p = program([f, append], { implicitZero: true });
    p.call("f", n);
    return [...p.i32.subarray(1, 1 + (p.i32[0] ?? 0))];
  };
  const { int } = b;
  assert.deepEqual(
    run((f) => f.for(int(2), int(9), int(3), (i) => push(f, i))),
    [2, 5, 8],
  );
  assert.deepEqual(
    run((f) => f.for(int(2), int(5), int(3), (i) => push(f, i))),
    [2],
  );
  assert.deepEqual(
    run((f) => f.for(int(5), int(5), int(1), (i) => push(f, i))),
    [],
  );
  for (const n of [-3, 0, 1, 2, 7]) {
    const expected = Array.from({ length: Math.max(0, Math.ceil(n / 2)) }, (_, i) => 2 * i);
    assert.deepEqual(
      run((f, p) => f.for(int(0), p, int(2), (i) => push(f, i)), n),
      expected,
    );
    assert.deepEqual(
      run((f, p) => f.for(int(0), p, b.addInt(int(1), b.binary("min", int(1), p)), (i) => push(f, i)), n),
      expected,
    );
  }
  // the stop is evaluated once, although the body changes the variable it came from
  assert.deepEqual(
    run((f) => {
      const stop = f.declare(i32);
      f.set(stop, int(3));
      f.for(int(0), b.local(stop), int(1), (i) => {
        f.set(stop, int(100));
        push(f, i);
      });
    }),
    [0, 1, 2],
  );
  assert.deepEqual(
    run((f, n) => {
      f.for(int(0), n, int(1), (i) => {
        f.for(i, n, int(1), (j) => {
          f.if(
            b.binary("eq", b.binary("rem", b.binary("add", i, j), int(2)), int(0)),
            () => push(f, b.addInt(b.mulInt(i, int(10)), j)),
            () => push(f, int(-1)),
          );
        });
      });
    }, 3),
    [0, -1, 2, 11, -1, 22],
  );
  // a local that is read before it is set is zero, and keeps its value from one round to the next
  assert.deepEqual(
    run((f) => {
      const sum = f.declare(i32);
      f.for(int(0), int(3), int(1), (i) => {
        const t = f.let(b.binary("mul", i, int(7)));
        f.set(sum, b.binary("add", b.local(sum), t));
        push(f, b.local(sum));
      });
    }),
    [0, 7, 21],
  );
  assert.deepEqual(
    run((f, n) => {
      const k = f.declare(i32);
      f.set(k, n);
      f.while(b.binary("gt", b.local(k), int(0)), () => {
        push(f, b.local(k));
        f.set(k, b.binary("shrS", b.local(k), int(1)));
      });
    }, 20),
    [20, 10, 5, 2, 1],
  );
  assert.deepEqual(
    run((f) => {
      f.fill(int(4), int(1), int(8));
      f.copy(int(12), int(4), int(4));
      f.store(int(0), int(4));
    }),
    [0x01010101, 0x01010101, 0x01010101, 0],
  );
});

test("addresses: constants move into the instruction only when what remains cannot be negative", () => {
  const f = b.defineFunction("f", [{ name: "base", type: i32 }], (builder, [base = b.int(0)]) => {
    const { int } = b;
    // base + 16 - 4·i, reversed: without its constant the sum may be below zero
    builder.for(int(0), int(4), int(1), (i) => {
      const reversed = b.addInt(b.addInt(base, int(16)), b.mulInt(i, int(-4)));
      builder.store(reversed, i);
      const back = builder.let(b.mulInt(i, int(-4)));
      builder.store(b.addInt(b.addInt(base, back), int(64)), b.binary("add", i, int(100)), 4);
      builder.store(
        b.addInt(b.mulInt(b.addInt(i, int(3)), int(4)), b.addInt(base, int(128))),
        b.binary("add", i, int(200)),
      );
    });
    builder.store(int(256), b.load(i32, int(12), 4));
  });
  const p = program([f]);
  p.call("f", 0);
  assert.deepEqual([...p.i32.subarray(1, 5)], [3, 2, 1, 0]);
  assert.deepEqual([...p.i32.subarray(14, 18)], [103, 102, 101, 100]);
  assert.deepEqual([...p.i32.subarray(35, 39)], [200, 201, 202, 203]);
  assert.equal(p.i32[64], 0);
});

test("locals that share a slot keep apart: a random program against its interpretation", () => {
  // straight-line and nested code over many locals; the reference is a direct evaluation in JavaScript
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return (seed >>> 8) % n;
  };
  for (let round = 0; round < 30; round += 1) {
    const outputs: number[] = [];
    const f: LoopFunction = b.defineFunction("f", [], (builder) => {
      const known: { e: Expr; value: number }[] = [{ e: b.int(1), value: 1 }];
      const pick = (): { e: Expr; value: number } => known[random(known.length)] ?? { e: b.int(1), value: 1 };
      const emit = (depth: number): void => {
        for (let k = 0; k < 12; k += 1) {
          const x = pick();
          const y = pick();
          const what = random(depth < 3 ? 5 : 3);
          if (what <= 1) {
            const value = what === 0 ? (x.value + y.value) | 0 : x.value ^ (y.value + 3);
            const e = what === 0 ? b.binary("add", x.e, y.e) : b.binary("xor", x.e, b.binary("add", y.e, b.int(3)));
            known.push({ e: builder.let(e), value });
          } else if (what === 2) {
            builder.store(b.int(4 * outputs.length), x.e);
            outputs.push(x.value);
          } else {
            const before = known.length;
            if (what === 3)
              builder.for(b.int(0), b.binary("and", y.e, b.int(0)), b.int(1), () => builder.store(b.int(0), x.e));
            builder.if(b.binary("eq", x.e, b.int(x.value)), () => emit(depth + 1));
            known.length = before;
          }
        }
      };
      emit(0);
    });
    const p = program([f]);
    p.call("f");
    assert.deepEqual([...p.i32.subarray(0, outputs.length)], outputs, `round ${round}`);
  }
});

test("host functions and functions written by hand", () => {
  const seen: number[][] = [];
  const f = b.defineFunction(
    "f",
    [
      { name: "x", type: i64 },
      { name: "y", type: f32 },
      { name: "z", type: f64 },
    ],
    (builder, params) => {
      const [x, y, z] = params;
      if (x === undefined || y === undefined || z === undefined) throw new Error("three parameters");
      builder.call("report", [b.cast(i32, x), b.cast(i32, b.binary("add", b.cast(f64, y), z))]);
    },
  );
  const p = program([f], {
    host: { report: (a, c) => void seen.push([a ?? 0, c ?? 0]) },
    extend: (module, indexOf) => {
      const twice = module.define([]);
      for (const value of [1, 2]) {
        twice.i64Const(BigInt(value));
        twice.f32Const(value);
        twice.f64Const(10);
        twice.call(indexOf("f"));
      }
      module.exportFunction("twice", twice.index);
    },
  });
  p.call("f", 7n, 1.5, 2.5);
  p.call("twice");
  assert.deepEqual(seen, [
    [7, 4],
    [1, 11],
    [2, 12],
  ]);
});
