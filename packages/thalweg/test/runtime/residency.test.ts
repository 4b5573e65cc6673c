/** Values, variables and constants in the program memory: they come and go without anyone noticing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { add, mul } from "../../src/graph/build.js";
import { make, makeBuffer, makeInput, type Node, project } from "../../src/graph/node.js";
import type { HostOp } from "../../src/graph/primitives.js";
import { ProgramMemory } from "../../src/runtime/memory.js";
import { type Resident, Residents } from "../../src/runtime/residents.js";
import { Variable } from "../../src/runtime/variable.js";
import { wasmDevice } from "../../src/runtime/wasm.js";

function ramp(n: number, from = 0): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => from + i);
}

const read = (v: Variable): Node => make("variable", [], { variable: v });

describe("values that are used again", () => {
  const device = wasmDevice();
  const n = 40_000; // above the size from which inputs are kept

  it("give the same results at the first, second and later uses, mixed with others", () => {
    const x = makeInput("x", { shape: [n], dtype: "float32" });
    const y = makeInput("y", { shape: [n], dtype: "float32" });
    const program = device.compile({ inputs: [x, y], outputs: [add(mul(x, 2), y)], updates: [] });
    const [a, b, c] = [ramp(n), ramp(n, 5), ramp(n, -7)];
    for (const [p, q] of [
      [a, b],
      [a, b],
      [b, a],
      [a, a],
      [c, b],
      [c, c],
      [a, b],
    ] as const) {
      const [result] = program.run([p, q]);
      assert.deepEqual(
        result,
        p.map((v, i) => v * 2 + (q[i] ?? 0)),
      );
    }
  });

  it("are shared by programs and never written to", () => {
    const x = makeInput("x", { shape: [n], dtype: "float32" });
    const double = device.compile({ inputs: [x], outputs: [mul(x, 2)], updates: [] });
    const z = makeInput("z", { shape: [n], dtype: "float32" });
    const triple = device.compile({ inputs: [z], outputs: [mul(z, 3)], updates: [] });
    const a = ramp(n);
    for (let i = 0; i < 3; i += 1) {
      assert.deepEqual(
        double.run([a])[0],
        a.map((v) => v * 2),
      );
      assert.deepEqual(
        triple.run([a])[0],
        a.map((v) => v * 3),
      );
    }
    assert.deepEqual(a, ramp(n));
  });
});

describe("variables", () => {
  const device = wasmDevice();

  it("swap when each takes the other's value", () => {
    const [p, q] = [new Variable("p", [3], "float32", ramp(3)), new Variable("q", [3], "float32", ramp(3, 10))];
    const swap = device.compile({
      inputs: [],
      outputs: [read(p)],
      updates: [
        { variable: p, value: read(q) },
        { variable: q, value: read(p) },
      ],
    });
    assert.deepEqual(swap.run([]), [ramp(3)]);
    assert.deepEqual([p.read(), q.read()], [ramp(3, 10), ramp(3)]);
    swap.run([]);
    assert.deepEqual([p.read(), q.read()], [ramp(3), ramp(3, 10)]);
  });

  it("give their old value to results and to later readers of the same program", () => {
    const p = new Variable("p", [2, 2], "float64", Float64Array.of(1, 2, 3, 4));
    const next = add(read(p), 1);
    const product = make("matmul", [read(p), make("permute", [read(p)], { permutation: [1, 0] })], {});
    const program = device.compile({
      inputs: [],
      outputs: [read(p), product, next],
      updates: [{ variable: p, value: next }],
    });
    assert.deepEqual(program.run([]), [
      Float64Array.of(1, 2, 3, 4),
      Float64Array.of(5, 11, 11, 25),
      Float64Array.of(2, 3, 4, 5),
    ]);
    assert.deepEqual(p.read(), Float64Array.of(2, 3, 4, 5));
  });

  it("are shared by two programs, written from outside, and survive a move to another device", () => {
    const p = new Variable("p", [], "float32");
    const step = device.compile({ inputs: [], outputs: [], updates: [{ variable: p, value: add(read(p), 1) }] });
    const look = device.compile({ inputs: [], outputs: [mul(read(p), 10)], updates: [] });
    step.run([]);
    assert.deepEqual(look.run([]), [Float32Array.of(10)]);
    p.write(Float32Array.of(41));
    step.run([]);
    assert.deepEqual(look.run([]), [Float32Array.of(420)]);
    const other = wasmDevice().compile({ inputs: [], outputs: [], updates: [{ variable: p, value: mul(read(p), 2) }] });
    other.run([]);
    assert.deepEqual(look.run([]), [Float32Array.of(840)]);
  });
});

class Plain implements Resident {
  address: number | undefined;
  used = 0;
  readonly copy = false;
  readonly bytes: number = 500_000;
  left = 0;
  leave(): void {
    this.left += 1;
  }
}

describe("residents", () => {
  it("leave when there is no room, cached values first, then what was not used for longest, and come back", () => {
    const residents = new Residents(new ProgramMemory(false, 32)); // 2 MiB: four of them
    const [first, second, third] = [new Plain(), new Plain(), new Plain()];
    residents.begin();
    for (const r of [first, second, third]) residents.place(r, {});
    const value = ramp(125_000);
    assert.equal(residents.addressOf(value, "float32"), undefined);
    assert.notEqual(residents.addressOf(value, "float32"), undefined);
    const fourth = new Plain();
    assert.throws(() => residents.place(fourth, {}), /MB/, "all are in use");
    residents.begin();
    residents.place(fourth, {});
    assert.deepEqual([first.left, second.left, third.left], [0, 0, 0], "the cached value made room");
    residents.begin();
    residents.use(first);
    residents.addressOf(value, "float32");
    assert.deepEqual([first.left, second.left, third.left, fourth.left], [0, 1, 0, 0]);
    assert.equal(second.address, undefined);
    residents.begin();
    assert.notEqual(residents.place(second, {}), undefined);
  });

  it("keep to a budget", () => {
    const memory = new ProgramMemory(false, 256);
    const residents = new Residents(memory, 1_100_000);
    for (let i = 0; i < 10; i += 1) {
      residents.begin();
      const r = new Plain();
      residents.place(r, {});
      assert.ok(memory.allocatedBytes <= 1_100_000);
    }
  });

  it("give variables back their values when these had to leave", () => {
    const device = wasmDevice({ residentBytes: 10_000 });
    const all = Array.from({ length: 5 }, (_, i) => new Variable(`v${i}`, [1000], "float32", ramp(1000, i)));
    const programs = all.map((v) =>
      device.compile({ inputs: [], outputs: [], updates: [{ variable: v, value: add(read(v), 1) }] }),
    );
    for (let round = 0; round < 3; round += 1) for (const p of programs) p.run([]);
    assert.ok(device.memory.allocatedBytes < 10_000 + 2 ** 20 + 64, "no more than the budget and the arena");
    for (const [i, v] of all.entries()) assert.deepEqual(v.read(), ramp(1000, i + 3));
  });

  it("say in words when something cannot fit at all", () => {
    class Huge extends Plain {
      override readonly bytes = 2 ** 22;
    }
    const huge = new Huge();
    assert.throws(() => new Residents(new ProgramMemory(false, 32)).place(huge, {}), /4 MB.*smaller batches/s);
  });

  it("are released by the constants of programs that are disposed of", () => {
    const device = wasmDevice();
    const constant = makeBuffer([1000], "float32", ramp(1000));
    const x = makeInput("x", { shape: [1000], dtype: "float32" });
    const program = device.compile({ inputs: [x], outputs: [add(x, constant)], updates: [] });
    program.run([ramp(1000)]);
    const used = device.memory.allocatedBytes;
    program.dispose();
    assert.ok(device.memory.allocatedBytes <= used - 4000);
  });
});

describe("a host op that computes with programs itself", () => {
  it("leaves the program around it alone", () => {
    const device = wasmDevice();
    const inner = makeInput("inner", { shape: [4], dtype: "float32" });
    const double = device.compile({ inputs: [inner], outputs: [mul(inner, 2)], updates: [] });
    const op: HostOp = {
      name: "double",
      key: "",
      outputs: ([x]) => [x ?? { shape: [], dtype: "float32" }],
      run: ([x]) => double.run([x ?? ramp(4)]),
    };
    const x = makeInput("x", { shape: [4], dtype: "float32" });
    const v = new Variable("v", [4], "float32", ramp(4, 100));
    const before = mul(x, 3);
    const sum = add(add(project(make("host", [add(x, 1)], { op }), 0), before), read(v));
    const program = device.compile({ inputs: [x], outputs: [sum, before], updates: [{ variable: v, value: sum }] });
    for (let i = 0; i < 3; i += 1) {
      const held = v.read();
      const expected = ramp(4).map((t, k) => 2 * (t + 1) + 3 * t + (held[k] ?? 0));
      assert.deepEqual(program.run([ramp(4)]), [expected, ramp(4).map((t) => 3 * t)]);
      assert.deepEqual(v.read(), expected);
      assert.deepEqual(
        double.run([ramp(4)])[0],
        ramp(4).map((t) => 2 * t),
      );
    }
  });
});

describe("an index out of range", () => {
  it("is an error, and no variable takes a value computed from it", () => {
    const device = wasmDevice();
    const table = new Variable("table", [3, 2], "float32", ramp(6));
    const index = makeInput("index", { shape: [2], dtype: "int32" });
    const rows = make("gather", [read(table), index], {});
    const next = make("scatterAdd", [read(table), index, rows], {});
    const program = device.compile({ inputs: [index], outputs: [], updates: [{ variable: table, value: next }] });
    assert.throws(() => program.run([Int32Array.of(0, 3)]), /IndexError|out of range: .* use 0 to 2/);
    assert.deepEqual(table.read(), ramp(6));
    program.run([Int32Array.of(0, 2)]);
    assert.deepEqual(table.read(), Float32Array.of(0, 2, 2, 3, 8, 10));
  });
});
