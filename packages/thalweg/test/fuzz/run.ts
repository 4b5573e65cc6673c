/**
 * Long runs: `node packages/thalweg/dist/test/fuzz/run.js --seed 1 --count 1000 [--fma on|off|both] [--failures 5] [--large]`. With
 * `--threads`, large graphs on 1, 2, 3 and 7 threads instead, compared to the bit.
 */
import { parseArgs } from "node:util";
import { wasmDevice } from "../../src/runtime/wasm.js";
import type { Tally } from "./check.js";
import { fuzzSeed } from "./fuzz.js";
import { fuzzThreads, teams } from "./threads.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "1000" },
    fma: { type: "string", default: "both" },
    failures: { type: "string", default: "5" },
    large: { type: "boolean", default: false },
    threads: { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.count);
const most = Number(values.failures);
const start = performance.now();
if (values.threads) await runThreads();
else runGraphs();

async function runThreads(): Promise<void> {
  const devices = teams(undefined, values.fma !== "off");
  const tally = { graphs: 0, shared: 0 };
  let failures = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const text = await fuzzThreads(seed, devices, tally);
    if (text === undefined) continue;
    failures += 1;
    console.log(text);
  }
  for (const device of devices) device.threads.stop();
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${tally.graphs} graphs from seed ${first}, ${tally.shared} of them shared by threads, ${failures} failures; ${seconds.toFixed(1)} s`,
  );
  process.exitCode = failures > 0 ? 1 : 0;
}

function runGraphs(): void {
  const devices =
    values.fma === "both" ? [wasmDevice(), wasmDevice({ fma: false })] : [wasmDevice({ fma: values.fma === "on" })];

  const tally: Tally = { nodes: 0, elements: 0, unknown: 0 };
  const kinds = new Map<string, number>();
  let failures = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const device = devices[seed % devices.length];
    if (device === undefined) continue;
    const text = fuzzSeed(seed, device, tally, { shrinking: failures < most, large: values.large });
    if (text === undefined) continue;
    failures += 1;
    const kind =
      text
        .split("\n")[0]
        ?.replace(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, "#")
        .slice(0, 160) ?? "";
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (failures <= most) console.log(`${text}\n`);
    else console.log(text.split("\n")[0]);
  }
  const seconds = (performance.now() - start) / 1000;
  for (const [kind, times] of kinds) console.log(`${times} × ${kind}`);
  console.log(
    `${count} graphs from seed ${first}, ${failures} failures; ${tally.nodes} nodes, ${tally.elements} elements, ${tally.unknown} beyond any bound; ${seconds.toFixed(1)} s`,
  );
  process.exitCode = failures > 0 ? 1 : 0;
}
