import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const features = new URL("../../src/targets/wasm/features.js", import.meta.url).href;
const major = Number(process.versions.v8.split(".")[0]);

/** Runs a module in a fresh process, as flags of the engine are global, and returns what it printed as JSON. */
function inProcess(source: string): { value: unknown; stderr: string } {
  const run = spawnSync(process.execPath, ["--input-type=module", "--eval", source], {
    encoding: "utf8",
    cwd: fileURLToPath(new URL(".", import.meta.url)),
  });
  assert.equal(run.status, 0, run.stderr);
  return { value: JSON.parse(run.stdout), stderr: run.stderr };
}

test("probes: SIMD and shared memory are there in Node, relaxed SIMD is found after enabling it", () => {
  const { value, stderr } = inProcess(`
    import { enableRelaxedSimd, probeFeatures } from ${JSON.stringify(features)};
    const before = probeFeatures();
    const enabled = enableRelaxedSimd();
    console.log(JSON.stringify({ before, enabled, again: enableRelaxedSimd(), after: probeFeatures() }));
  `);
  const { before, enabled, again, after } = value as {
    before: { simd: boolean; relaxedSimd: boolean; threads: boolean };
    enabled: boolean;
    again: boolean;
    after: { simd: boolean; relaxedSimd: boolean; threads: boolean };
  };
  assert.equal(before.simd, true);
  assert.equal(before.threads, true);
  if (major >= 11) assert.equal(enabled, true);
  assert.equal(before.relaxedSimd, major >= 12);
  assert.equal(again, enabled);
  assert.deepEqual(after, { ...before, relaxedSimd: enabled });
  assert.equal(stderr, "", "setting a flag must not print");
});

test("relaxed SIMD can still be enabled after other WebAssembly has run", () => {
  const { value } = inProcess(`
    import { enableRelaxedSimd, probeFeatures } from ${JSON.stringify(features)};
    const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    new WebAssembly.Instance(new WebAssembly.Module(empty));
    probeFeatures();
    console.log(JSON.stringify(enableRelaxedSimd()));
  `);
  if (major >= 11) assert.equal(value, true);
});

test("without Node's process nothing is set and nothing fails", () => {
  const { value } = inProcess(`
    import { enableRelaxedSimd, probeFeatures } from ${JSON.stringify(features)};
    const { process } = globalThis;
    delete globalThis.process;
    const result = [enableRelaxedSimd(), probeFeatures().relaxedSimd];
    globalThis.process = process;
    console.log(JSON.stringify(result));
  `);
  assert.deepEqual(value, [major >= 12, major >= 12]);
});
