/** Runs loop-IR functions as WebAssembly, for tests. */
import assert from "node:assert/strict";
import type { LoopFunction } from "../../src/compiler/ir.js";
import { verifyFunctions } from "../../src/compiler/verify-ir.js";
import { type EmitOptions, emitModule } from "../../src/targets/wasm/emit.js";
import { enableRelaxedSimd, probeFeatures } from "../../src/targets/wasm/features.js";

enableRelaxedSimd();
export const hasFma = probeFeatures().relaxedSimd;

/** With and without fused multiply-add, where this engine has it. */
export const fmaModes: readonly boolean[] = hasFma ? [true, false] : [false];

export interface Program {
  readonly memory: WebAssembly.Memory;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  call(name: string, ...args: (number | bigint)[]): void;
}

export function program(
  functions: readonly LoopFunction[],
  options: {
    fma?: boolean;
    pages?: number;
    implicitZero?: boolean;
    host?: Record<string, (...args: number[]) => void>;
    extend?: EmitOptions["extend"];
  } = {},
): Program {
  const pages = options.pages ?? 4;
  const host = options.host ?? {};
  const imports = Object.entries(host).map(([name, f]) => ({ name, params: f.length }));
  verifyFunctions(functions, {
    implicitZero: options.implicitZero === true,
    imports: Object.fromEntries(imports.map((i) => [i.name, i.params])),
  });
  const bytes = emitModule(functions, {
    memory: { shared: false, initialPages: pages, maximumPages: pages },
    fma: options.fma ?? hasFma,
    exports: functions.map((f) => f.name),
    imports,
    ...(options.extend === undefined ? {} : { extend: options.extend }),
  });
  assert.ok(WebAssembly.validate(bytes), "the emitted module does not validate");
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, ...host } });
  return {
    memory,
    f32: new Float32Array(memory.buffer),
    f64: new Float64Array(memory.buffer),
    i32: new Int32Array(memory.buffer),
    call(name, ...args) {
      const f = instance.exports[name];
      assert.equal(typeof f, "function", name);
      (f as (...args: (number | bigint)[]) => unknown)(...args);
    },
  };
}
