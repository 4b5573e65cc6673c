/** Values, variables and constants in the program memory: they come and go without anyone noticing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TypedArray } from "../../src/base/dtype.js";
import { add, mul } from "../../src/graph/build.js";
import { make, makeBuffer, makeInput, type Node } from "../../src/graph/node.js";
import { ProgramMemory } from "../../src/runtime/memory.js";
import { Residents } from "../../src/runtime/residents.js";
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

describe("residents", () => {
  it("leave when there is no room, the cached values before the rest, and come back", () => {
    const memory = new ProgramMemory(false, 32); // 2 MiB
    const residents = new Residents(memory);
    const evicted: string[] = [];
    const owner = { name: "first" };
    const size = 500_000;
    const place = (o: { name: string }): number =>
      residents.place(o, size, new Set(), (x) => evicted.push((x as { name: string }).name));
    place(owner);
    const value: TypedArray = new Float32Array(size / 4);
    assert.equal(
      residents.addressOf(value, "float32", new Set(), () => undefined),
      undefined,
    );
    assert.notEqual(
      residents.addressOf(value, "float32", new Set([value]), () => undefined),
      undefined,
    );
    const owners = [{ name: "second" }, { name: "third" }, { name: "fourth" }];
    for (const o of owners) place(o);
    assert.deepEqual(evicted, []);
    assert.equal(
      residents.addressOf(value, "float32", new Set(), () => undefined),
      undefined,
    );
    place({ name: "fifth" });
    assert.deepEqual(evicted, ["first"]);
  });

  it("say in words when something cannot fit at all", () => {
    const memory = new ProgramMemory(false, 32);
    assert.throws(() => new Residents(memory).place({}, 2 ** 22, new Set(), () => undefined), /4 MB.*smaller batches/s);
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
