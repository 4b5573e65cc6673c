import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter, WasmModule } from "../../src/targets/wasm/asm.js";
import * as op from "../../src/targets/wasm/opcodes.js";

const { valueType } = op;

function instantiate(module: WasmModule, imports: WebAssembly.Imports = {}): WebAssembly.Exports {
  const bytes = module.finish();
  assert.ok(WebAssembly.validate(bytes), "module does not validate");
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}

function exported(exports: WebAssembly.Exports, name: string): (...args: unknown[]) => unknown {
  const f = exports[name];
  assert.equal(typeof f, "function");
  return f as (...args: unknown[]) => unknown;
}

test("LEB128 against the definition", () => {
  const unsigned = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, b) => (sum << 7n) | BigInt(b & 0x7f), 0n);
  for (const value of [0, 1, 63, 64, 127, 128, 255, 300, 16383, 16384, 2 ** 21, 2 ** 28, 2 ** 31, 2 ** 32 - 1]) {
    const w = new ByteWriter(1);
    w.u32(value);
    assert.equal(unsigned(w.view()), BigInt(value));
  }
  for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, -128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)]) {
    const w = new ByteWriter(1);
    w.s32(value);
    assert.equal(BigInt.asIntN(7 * w.length, unsigned(w.view())), BigInt(value));
    const wide = new ByteWriter(1);
    wide.s64(BigInt(value) * 2n ** 32n);
    assert.equal(BigInt.asIntN(7 * wide.length, unsigned(wide.view())), BigInt(value) * 2n ** 32n);
  }
});

test("constants come back with their bits", () => {
  const module = new WasmModule();
  const cases: { type: op.ValueType; value: number | bigint }[] = [];
  for (const value of [0, -1, 64, -65, 2 ** 31 - 1, -(2 ** 31)]) cases.push({ type: valueType.i32, value });
  for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) cases.push({ type: valueType.i64, value });
  for (const value of [0, -0, 1.5, Infinity, Number.NaN, Math.fround(0.1)]) cases.push({ type: valueType.f32, value });
  for (const value of [0, -0, 0.1, -Infinity, Number.NaN, 5e-324]) cases.push({ type: valueType.f64, value });
  for (const [i, c] of cases.entries()) {
    const f = module.define([], [c.type]);
    if (c.type === valueType.i32) f.i32Const(Number(c.value));
    else if (c.type === valueType.i64) f.i64Const(BigInt(c.value));
    else if (c.type === valueType.f32) f.f32Const(Number(c.value));
    else f.f64Const(Number(c.value));
    module.exportFunction(`c${i}`, f.index);
  }
  const exports = instantiate(module);
  for (const [i, c] of cases.entries())
    assert.ok(Object.is(exported(exports, `c${i}`)(), c.value), `${c.type} ${c.value}`);
});

test("control flow, calls, imports, locals of several types", () => {
  const module = new WasmModule();
  const log = module.importFunction("env", "log", [valueType.i32], []);
  // sum of the squares below n, reported to the host for each step
  const square = module.define([valueType.f64], [valueType.f64]);
  square.get(0);
  square.get(0);
  square.op(op.f64.mul);
  const sum = module.define([valueType.i32], [valueType.f64]);
  const total = sum.local(valueType.f64);
  const i = sum.local(valueType.i32);
  sum.local(valueType.v128);
  sum.block();
  sum.loop();
  sum.get(i);
  sum.get(0);
  sum.op(op.i32.geS);
  sum.brIf(1);
  sum.get(i);
  sum.call(log);
  sum.get(i);
  sum.op(op.f64.convertI32S);
  sum.call(square.index);
  sum.get(total);
  sum.op(op.f64.add);
  sum.set(total);
  sum.get(i);
  sum.i32Const(1);
  sum.op(op.i32.add);
  sum.set(i);
  sum.br(0);
  sum.end();
  sum.end();
  sum.get(total);
  module.exportFunction("sum", sum.index);
  const seen: number[] = [];
  const exports = instantiate(module, { env: { log: (x: number) => seen.push(x) } });
  assert.equal(exported(exports, "sum")(5), 30);
  assert.deepEqual(seen, [0, 1, 2, 3, 4]);
});

test("memory: bulk operations, vectors, lanes", () => {
  const module = new WasmModule();
  module.defineMemory({ initial: 1 });
  module.exportMemory("memory");
  const f = module.define([]);
  f.i32Const(16);
  f.i32Const(7);
  f.i32Const(16);
  f.memoryFill();
  f.i32Const(32);
  f.i32Const(16);
  f.i32Const(8);
  f.memoryCopy();
  f.i32Const(0);
  f.v128Const(Uint8Array.from({ length: 16 }, (_, i) => i));
  f.i32Const(16);
  f.access(op.v128.load, 4, 0);
  f.shuffle(Uint8Array.of(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 16, 31));
  f.access(op.v128.store, 4, 0);
  f.i32Const(0);
  f.i32Const(0);
  f.access(op.v128.load, 0, 0);
  f.accessLane(op.v128.store32Lane, 2, 64, 3);
  module.exportFunction("f", f.index);
  const exports = instantiate(module);
  exported(exports, "f")();
  const { memory } = exports;
  const bytes = new Uint8Array((memory as WebAssembly.Memory).buffer);
  assert.deepEqual([...bytes.subarray(0, 16)], [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 7, 7]);
  assert.deepEqual([...bytes.subarray(30, 42)], [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0]);
  assert.deepEqual([...bytes.subarray(64, 68)], [3, 2, 7, 7]);
});

test("atomics on a shared memory", () => {
  const module = new WasmModule();
  module.importMemory("env", "memory", { initial: 1, maximum: 2, shared: true });
  const f = module.define([], [valueType.i32]);
  f.i32Const(0);
  f.i32Const(5);
  f.access(op.atomic.i32Store, 2, 8);
  f.i32Const(0);
  f.i32Const(3);
  f.access(op.atomic.i32RmwAdd, 2, 8);
  f.i32Const(0);
  f.i32Const(8);
  f.i32Const(40);
  f.access(op.atomic.i32RmwCmpxchg, 2, 8);
  f.op(op.i32.add);
  f.i32Const(0);
  f.access(op.atomic.i32Load, 2, 8);
  f.op(op.i32.add);
  f.i32Const(0);
  f.i32Const(1);
  f.access(op.atomic.notify, 2, 8);
  f.op(op.i32.add);
  f.atomicFence();
  module.exportFunction("f", f.index);
  // in a function of its own: V8 11.3 loses what else is on the operand stack during a wait
  const wait = module.define([], [valueType.i32]);
  wait.i32Const(0);
  wait.i32Const(0);
  wait.i64Const(-1n);
  wait.access(op.atomic.wait32, 2, 8);
  module.exportFunction("wait", wait.index);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const exports = instantiate(module, { env: { memory } });
  assert.equal(exported(exports, "f")(), 5 + 8 + 40 + 0);
  assert.equal(exported(exports, "wait")(), 1, "the value differs, so the wait returns at once");
});

/** Every opcode in the tables must exist and take what its name says: the operand types are derived from the name alone. */
test("each arithmetic opcode validates with the operands of its name", () => {
  type Table = Readonly<Record<string, number>>;
  const scalars: [string, op.ValueType, Table][] = [
    ["i32", valueType.i32, op.i32],
    ["i64", valueType.i64, op.i64],
    ["f32", valueType.f32, op.f32],
    ["f64", valueType.f64, op.f64],
  ];
  const module = new WasmModule();
  for (const [, type, table] of scalars) {
    for (const [name, code] of Object.entries(table)) {
      if (name === "const") continue;
      const from = /(I32|I64|F32|F64)[SU]?$/.exec(name)?.[1]?.toLowerCase() as
        | "i32"
        | "i64"
        | "f32"
        | "f64"
        | undefined;
      const operand = from === undefined ? type : valueType[from];
      const unary = from !== undefined || /^(eqz|clz|ctz|popcnt|abs|neg|ceil|floor|trunc|nearest|sqrt)$/.test(name);
      const comparison = /^(eqz?|ne|lt|gt|le|ge)[SU]?$/.test(name);
      const f = module.define(unary ? [operand] : [operand, operand], [comparison ? valueType.i32 : type]);
      f.get(0);
      if (!unary) f.get(1);
      f.op(code);
    }
  }
  const vectors: [Table, op.ValueType][] = [
    [op.i32x4, valueType.i32],
    [op.i64x2, valueType.i64],
    [op.f32x4, valueType.f32],
    [op.f64x2, valueType.f64],
  ];
  const v = valueType.v128;
  for (const [table, element] of vectors) {
    for (const [name, code] of Object.entries(table)) {
      if (name.startsWith("relaxed")) continue;
      if (name === "extractLane" || name === "replaceLane") {
        const extract = name === "extractLane";
        const f = module.define(extract ? [v] : [v, element], [extract ? element : v]);
        f.get(0);
        if (!extract) f.get(1);
        f.lane(code, 1);
        continue;
      }
      const reduces = name === "allTrue" || name === "bitmask";
      const unary =
        reduces || /^(abs|neg|ceil|floor|trunc|nearest|sqrt|extend|convert|truncSat|promote|demote)/.test(name);
      const shift = name.startsWith("sh");
      const f =
        name === "splat"
          ? module.define([element], [v])
          : module.define(unary ? [v] : [v, shift ? valueType.i32 : v], [reduces ? valueType.i32 : v]);
      f.get(0);
      if (!unary && name !== "splat") f.get(1);
      f.op(code);
    }
  }
  assert.ok(WebAssembly.validate(module.finish()));
});

test("a function of several hundred kilobytes assembles in milliseconds", () => {
  const started = performance.now();
  const module = new WasmModule();
  const f = module.define([valueType.f64], [valueType.f64]);
  f.get(0);
  for (let i = 0; i < 40_000; i += 1) {
    f.f64Const(i);
    f.op(op.f64.add);
  }
  const bytes = module.finish();
  const elapsed = performance.now() - started;
  assert.ok(bytes.length > 400_000 && WebAssembly.validate(bytes));
  assert.ok(elapsed < 250, `${elapsed} ms`);
});
