/** What the WebAssembly engine can do, found by validating small modules. */
import { WasmModule } from "./asm.js";
import { f32x4, i32x4, v128, valueType } from "./opcodes.js";

export interface WasmFeatures {
  readonly simd: boolean;
  /** Fused multiply-add in vectors. */
  readonly relaxedSimd: boolean;
  /** Shared memory and atomics: several workers may run one program. */
  readonly threads: boolean;
}

function simdModule(): Uint8Array<ArrayBuffer> {
  const module = new WasmModule();
  const f = module.define([], [valueType.v128]);
  f.i32Const(1);
  f.op(i32x4.splat);
  f.op(v128.not);
  return module.finish();
}

function relaxedSimdModule(): Uint8Array<ArrayBuffer> {
  const module = new WasmModule();
  const f = module.define([valueType.v128], [valueType.v128]);
  f.get(0);
  f.get(0);
  f.get(0);
  f.op(f32x4.relaxedMadd);
  return module.finish();
}

function sharedMemoryModule(): Uint8Array<ArrayBuffer> {
  const module = new WasmModule();
  module.importMemory("env", "memory", { initial: 1, maximum: 1, shared: true });
  return module.finish();
}

function sharedMemoryExists(): boolean {
  if (typeof SharedArrayBuffer === "undefined" || !WebAssembly.validate(sharedMemoryModule())) return false;
  try {
    // pages that are not cross-origin isolated may have the class but refuse the memory
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

export function probeFeatures(): WasmFeatures {
  return {
    simd: WebAssembly.validate(simdModule()),
    relaxedSimd: WebAssembly.validate(relaxedSimdModule()),
    threads: sharedMemoryExists(),
  };
}

/** The parts of Node's `process` used here; absent elsewhere. */
interface NodeProcess {
  readonly versions?: { readonly v8?: string };
  readonly getBuiltinModule?: (name: string) => unknown;
}

interface V8Module {
  readonly setFlagsFromString: (flag: string) => void;
}

function isV8Module(value: unknown): value is V8Module {
  return typeof value === "object" && value !== null && "setFlagsFromString" in value;
}

/**
 * Turns relaxed SIMD on where it is there but behind a flag: V8 11 (Node 20), at run time, also after other modules were compiled. Later
 * versions have it by default and print an error for the unknown flag, so nothing is set unless the probe fails and V8 is 11.
 * Returns whether relaxed SIMD can be used. Each worker thread calls it for itself; setting the flag twice does no harm.
 */
export function enableRelaxedSimd(): boolean {
  const probe = relaxedSimdModule();
  if (WebAssembly.validate(probe)) return true;
  const host = (globalThis as { readonly process?: NodeProcess }).process;
  if (host?.versions?.v8?.split(".")[0] !== "11") return false;
  const v8 = host.getBuiltinModule?.("v8");
  if (!isV8Module(v8)) return false;
  v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(probe);
}
