/** Random graphs through the WebAssembly device, with and without fused multiply-add, node by node against the interpreter. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IndexError } from "../../src/base/errors.js";
import { loop } from "../../src/graph/loop.js";
import { make, makeInput, type Node } from "../../src/graph/node.js";
import { wasmDevice } from "../../src/runtime/wasm.js";
import type { Tally } from "./check.js";
import { fuzzSeed } from "./fuzz.js";
import { fuzzThreads, type ThreadsTally, teams } from "./threads.js";

const graphs = 750;

for (const fma of [true, false]) {
  const device = wasmDevice({ fma });
  it(`${graphs} random graphs ${fma ? "with" : "without"} fused multiply-add`, () => {
    const tally: Tally = { nodes: 0, elements: 0, unknown: 0 };
    const failures: string[] = [];
    const first = fma ? 1_000_001 : 2_000_001;
    for (let seed = first; seed < first + graphs && failures.length < 3; seed += 1) {
      const failure = fuzzSeed(seed, device, tally);
      if (failure !== undefined) failures.push(failure);
    }
    assert.deepEqual(failures, []);
    // What no bound covers must stay the exception, or the test says nothing.
    assert.ok(tally.nodes > 10 * graphs, `only ${tally.nodes} nodes were checked`);
    assert.ok(tally.unknown < 1e-4 * tally.elements, `${tally.unknown} of ${tally.elements} elements have no bound`);
  });
}

describe("indices out of range", () => {
  const device = wasmDevice();
  const x = makeInput("x", { shape: [4, 3], dtype: "float32" });
  const indices = makeInput("indices", { shape: [3], dtype: "int32" });
  const updates = makeInput("updates", { shape: [3, 3], dtype: "float32" });
  const inLoop = (): Node => {
    const [picked] = loop(
      { constants: [], carries: [], stacked: [indices], length: 3, reverse: false },
      (_c, _x, [i]) => ({
        carries: [],
        stacked: i === undefined ? [] : [make("gather", [x, i], {})],
      }),
    ).stacked;
    assert.ok(picked !== undefined);
    return picked;
  };
  const cases: readonly (readonly [string, () => Node])[] = [
    ["gather", () => make("gather", [x, indices], {})],
    [
      "gather within arithmetic",
      () => make("sum", [make("exp", [make("gather", [x, indices], {})], {})], { axes: [0, 1] }),
    ],
    ["gather in a loop", inLoop],
    ["scatterAdd", () => make("scatterAdd", [x, indices, updates], {})],
    ["scatterSet", () => make("scatterSet", [x, indices, updates], {})],
  ];
  for (const [name, build] of cases) {
    it(name, () => {
      const program = device.compile({ inputs: [x, indices, updates], outputs: [build()], updates: [] });
      const values = (...list: number[]): [Float32Array, Int32Array, Float32Array] => [
        new Float32Array(12).fill(2),
        Int32Array.from(list),
        new Float32Array(9),
      ];
      for (const bad of [4, -1, 2147483647, -2147483648]) {
        for (const place of [0, 1, 2]) {
          const list = [0, 3, 1];
          list[place] = bad;
          assert.throws(() => program.run(values(...list)), IndexError, `${name} of ${list}`);
        }
        // The program is as good as before.
        assert.ok(program.run(values(0, 3, 1))[0]?.every((v) => Number.isFinite(v)));
      }
      program.dispose();
    });
  }
});

it("large graphs on 1, 2, 3 and 7 threads give the same bits", async () => {
  const devices = teams();
  const tally: ThreadsTally = { graphs: 0, shared: 0 };
  try {
    for (let seed = 3_000_001; seed <= 3_000_012; seed += 1) {
      assert.equal(await fuzzThreads(seed, devices, tally), undefined);
    }
  } finally {
    for (const device of devices) device.threads.stop();
  }
  assert.ok(tally.shared >= 4, `only ${tally.shared} of ${tally.graphs} were shared`);
});
