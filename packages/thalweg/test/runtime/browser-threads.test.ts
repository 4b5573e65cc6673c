/** Threads where there may be some: in Node and in workers of isolated pages; one thread, and a line that says why, elsewhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setDevice } from "../../src/runtime/device.js";
import { wasmDevice } from "../../src/runtime/wasm.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";

interface Place {
  readonly crossOriginIsolated?: boolean;
  readonly document?: unknown;
}

const { crossOriginIsolated: isolated, document: page } = globalThis as unknown as Place;
const several = isolated !== false && page === undefined;

const noise = (length: number): Float32Array => {
  let state = 7;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >> 8) / 2 ** 23;
  });
};

test("large programs run on the threads there are, with the same bits", async () => {
  const printed: string[] = [];
  const { info } = console;
  console.info = (text: string) => printed.push(text);
  try {
    const x = tensor(noise(211 * 211), { shape: [211, 211] });
    const f = (a: Tensor): Tensor => a.matmul(a).softmax().sum({ axis: 0 });
    setDevice(wasmDevice({ threads: 1 }));
    const alone = compile(f)(x).data();
    const device = wasmDevice({ threads: 3, parallelWork: 0, pauses: true });
    setDevice(device);
    const program = compile(f);
    const end = performance.now() + (several ? 20_000 : 300);
    let last = program(x);
    while (device.threads.latest < 3 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      last = program(x);
    }
    assert.equal(device.threads.latest, several ? 3 : 1);
    assert.equal(device.threads.count, several ? 3 : 1);
    assert.deepEqual(last.data(), alone);
    for (let i = 0; i < 5; i += 1) assert.deepEqual(program(x).data(), alone);
    if (several) assert.deepEqual(printed, []);
    else {
      assert.equal(printed.length, 1);
      assert.match(
        printed[0] ?? "",
        isolated === false ? /not cross-origin isolated.*one thread/ : /main thread.*one thread/,
      );
    }
    device.threads.stop();
  } finally {
    console.info = info;
    setDevice(undefined);
  }
});
