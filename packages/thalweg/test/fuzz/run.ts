/** Long runs: `node packages/thalweg/dist/test/fuzz/run.js --seed 1 --count 1000 [--fma on|off|both] [--failures 5]`. */
import { parseArgs } from "node:util";
import { wasmDevice } from "../../src/runtime/wasm.js";
import type { Tally } from "./check.js";
import { fuzzSeed } from "./fuzz.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "1000" },
    fma: { type: "string", default: "both" },
    failures: { type: "string", default: "5" },
  },
});
const first = Number(values.seed);
const count = Number(values.count);
const most = Number(values.failures);
const devices =
  values.fma === "both" ? [wasmDevice(), wasmDevice({ fma: false })] : [wasmDevice({ fma: values.fma === "on" })];

const tally: Tally = { nodes: 0, elements: 0, unknown: 0 };
const start = performance.now();
const kinds = new Map<string, number>();
let failures = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const device = devices[seed % devices.length];
  if (device === undefined) continue;
  const text = fuzzSeed(seed, device, tally, failures < most);
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
