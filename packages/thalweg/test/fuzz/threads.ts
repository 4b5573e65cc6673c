/** Random graphs of large shapes on several threads that fall out of step: the bits must be those of one thread. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TypedArray } from "../../src/base/dtype.js";
import { printGraph } from "../../src/graph/print.js";
import { type WasmDevice, wasmDevice } from "../../src/runtime/wasm.js";
import { sameBits } from "./check.js";
import { type FuzzCase, generate } from "./generate.js";

/** Devices of 1, 2, 3 and 7 threads (or those given) that share every stage of several blocks. */
export function teams(counts: readonly number[] = [1, 2, 3, 7], fma = true): WasmDevice[] {
  return counts.map((threads) => wasmDevice({ threads, fma, parallelWork: 0, pauses: threads > 1 }));
}

export interface ThreadsTally {
  graphs: number;
  /** Those of which some stage was shared. */
  shared: number;
}

/** A text that tells where the bits of the graph of a seed depend on the threads. */
export async function fuzzThreads(
  seed: number,
  devices: readonly WasmDevice[],
  tally: ThreadsTally,
): Promise<string | undefined> {
  const c = generate(seed, true);
  let due: readonly TypedArray[] | undefined;
  tally.graphs += 1;
  let shared = false;
  for (const device of devices) {
    const { count } = device.threads;
    device.threads.latest = 0;
    const program = device.compile({ inputs: c.inputs.map((x) => x.node), outputs: c.outputs, updates: c.updates });
    try {
      const end = performance.now() + 20_000;
      for (;;) {
        const results = run(c, program);
        due ??= results;
        const bad = results.findIndex((value, i) => !sameBits(value, due?.[i]));
        if (bad >= 0) return `seed ${seed}: result ${bad} on ${device.threads.latest} threads differs\n${listing(c)}`;
        // 0: no stage of this program can be shared.
        if (device.threads.latest === 0 || device.threads.latest === count) break;
        if (performance.now() > end) return `seed ${seed}: ${device.threads.latest} of ${count} threads after 20 s`;
        await sleep(1);
      }
      if (device.threads.latest > 1) shared = true;
    } finally {
      program.dispose();
      for (const { variable, value } of c.states) variable.write(value);
    }
  }
  if (shared) tally.shared += 1;
  return undefined;
}

function run(c: FuzzCase, program: { run(inputs: readonly TypedArray[]): TypedArray[] }): TypedArray[] {
  for (const { variable, value } of c.states) variable.write(value);
  const results = program.run(c.inputs.map((x) => x.value));
  return [...results, ...c.states.map((s) => s.variable.read())];
}

function listing(c: FuzzCase): string {
  return printGraph([...c.outputs, ...c.updates.map((u) => u.value)]);
}
