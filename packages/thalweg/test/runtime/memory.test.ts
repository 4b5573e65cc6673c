/** Nothing grows: not with steps, not with models, not with shapes. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compile, ones, random, type Tensor } from "../../src/index.js";
import { meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import { adam } from "../../src/optim/index.js";
import { type Device, setDevice } from "../../src/runtime/device.js";
import { wasmDevice } from "../../src/runtime/wasm.js";
import { trainingStep } from "../../src/train/index.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that JavaScript holds when all that can be freed is. */
async function held(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5)); // weak references are let go of between tasks
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function network(hidden: number): { readonly step: (x: Tensor, y: Tensor) => Tensor } {
  const net = nn.sequential(new nn.Linear(8, hidden), new nn.ReLU(), new nn.Linear(hidden, 1));
  return { step: trainingStep(net, (x: Tensor, y: Tensor) => meanSquaredError(net.forward(x), y), adam()) };
}

describe("memory", () => {
  const device = wasmDevice({ threads: 1 });
  let previous: Device | undefined;
  before(() => {
    previous = setDevice(device);
  });
  after(() => {
    setDevice(previous);
  });
  const x = random.normal([32, 8], { seed: 1 });
  const y = random.normal([32, 1], { seed: 2 });

  it("stays within 5 % over 100,000 steps", () => {
    const { step } = network(32);
    for (let i = 0; i < 20_000; i += 1) step(x, y);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 100_000; i += 1) step(x, y);
    const grown = process.memoryUsage().rss / before - 1;
    assert.ok(grown < 0.05, `resident memory grew by ${(100 * grown).toFixed(1)} %`);
  });

  it("is given back by models that are gone, in one synchronous loop", async () => {
    const train = (from: number, to: number): void => {
      for (let i = from; i < to; i += 1) network(8 + i).step(x, y);
    };
    train(0, 40);
    const before = await held();
    const resident = device.memory.allocatedBytes;
    train(40, 120);
    const grown = (await held()) - before;
    assert.ok(grown < 4e6, `80 models left ${(grown / 1e6).toFixed(1)} MB in JavaScript`);
    // 80 models of some 85 units and their moments: 0.8 MB, were they all kept.
    const more = device.memory.allocatedBytes - resident;
    assert.ok(more < 0.6e6, `80 models left ${(more / 1e6).toFixed(1)} MB in the program memory`);
  });

  it("is resident within bounds over 1,000 models, a step each, in one synchronous loop, and then over 1,000 shapes", () => {
    const resident = (): number => process.memoryUsage().rss / 1e6;
    const train = (from: number, to: number): void => {
      for (let i = from; i < to; i += 1) network(8 + (i % 200)).step(x, y);
    };
    train(0, 250);
    const first = resident();
    train(250, 1000);
    const models = resident();
    assert.ok(models - first < 100, `750 more models: from ${first.toFixed()} MB to ${models.toFixed()} MB`);
    const f = compile((t: Tensor) => t.mul(3).exp().sum({ axis: 0 }));
    for (let n = 1; n <= 1000; n += 1) f(ones([n, 3])).data();
    const shapes = resident();
    assert.ok(shapes - models < 60, `1,000 shapes: from ${models.toFixed()} MB to ${shapes.toFixed()} MB`);
  });

  it("is bounded over many shapes through one function, which keeps a bounded number of programs", async () => {
    const f = compile((t: Tensor) => t.mul(2).exp().sum({ axis: 0 }));
    const run = (from: number, to: number): void => {
      for (let n = from; n < to; n += 1) {
        f(ones([n, 3])).data();
      }
    };
    run(1, 80);
    const before = await held();
    run(80, 240);
    const grown = (await held()) - before;
    assert.ok(grown < 8e6, `160 more shapes left ${(grown / 1e6).toFixed(1)} MB`);
  });
});
