/** Devices that share every stage that can be cut, and what tests of them need. */
import { setTimeout as sleep } from "node:timers/promises";
import { setDevice } from "../../src/runtime/device.js";
import { type WasmDevice, wasmDevice } from "../../src/runtime/wasm.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** New programs are compiled for a device of that many threads. Every stage of several blocks is shared, and threads fall out of step. */
export function useTeam(threads: number, pauses = threads > 1): WasmDevice {
  const device = wasmDevice({ threads, parallelWork: 0, pauses });
  setDevice(device);
  return device;
}

/** Repeats `run` until all threads take part; the last result. A program is run by one thread until the workers have it. */
export async function withAll<T>(device: WasmDevice, run: () => T): Promise<T> {
  const { count } = device.threads;
  const end = performance.now() + 20_000;
  for (;;) {
    const result = run();
    if (device.threads.latest === count) return result;
    if (performance.now() > end) throw new Error(`after 20 s, ${device.threads.latest} of ${count} threads take part`);
    await sleep(2);
  }
}

/** Numbers in [-1, 1) from a seed. */
export function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >> 8) / 2 ** 23;
  });
}

/** The bits of tensors, one number for each: a sum that depends on the order. */
export function fingerprint(...tensors: readonly Tensor[]): string {
  return tensors
    .map((tensor) => {
      const data = tensor.data();
      let hash = 0;
      for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        hash = (Math.imul(hash, 31) + byte) | 0;
      return `${tensor.shape}:${hash}`;
    })
    .join(" ");
}
