/** The programs of the public face that train, as a user writes them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as losses from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { earlyStopping, fit, trainingStep } from "../../src/train/index.js";
import { useDevice } from "../device.js";

useDevice();

class Net extends nn.Module {
  hidden = new nn.Linear(8, 64);
  out = new nn.Linear(64, 1);
  forward(x: Tensor) {
    return this.out.forward(this.hidden.forward(x).relu());
  }
}

const rows = 256;
const xs = Float32Array.from({ length: rows * 8 }, (_, i) => Math.sin(1 + 1.7 * i));
const ys = Float32Array.from(
  { length: rows },
  (_, i) => (xs[8 * i] ?? 0) * (xs[8 * i + 1] ?? 0) + (xs[8 * i + 2] ?? 0),
);
const x = tensor(xs, { shape: [rows, 8] });
const y = tensor(ys, { shape: [rows, 1] });

test("a network and one compiled training step", () => {
  const net = new Net({ seed: 42 });
  const loss = (a: Tensor, b: Tensor) => losses.meanSquaredError(net.forward(a), b);
  const step = trainingStep(net, loss, optim.adamW({ learningRate: 1e-2, weightDecay: 0.01 }));
  const validate = compile(loss);
  const first = validate(x, y).item();
  assert.equal(step(x, y).item(), first);
  for (let i = 0; i < 100; i += 1) step(x, y);
  assert.ok(validate(x, y).item() < 0.1 * first);
  const gradients = nn.gradients(net, loss)(x, y);
  assert.deepEqual(Object.keys(gradients), ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]);
  assert.deepEqual(gradients["hidden.weight"]?.shape, [8, 64]);
});

test("the loop, with clipping, a schedule and early stopping", async () => {
  const net = new Net({ seed: 42 });
  // biome-ignore lint/suspicious/noFocusedTests: this fit is the library's, not a test framework's
  const run = await fit(net, {
    train: [x, y],
    validation: 0.1,
    loss: losses.meanSquaredError,
    optimizer: optim.chain(optim.clipByGlobalNorm(1), optim.adam()),
    schedule: (step) => 1e-2 / (1 + step / 100),
    epochs: 40,
    batchSize: 32,
    seed: 42,
    callbacks: [earlyStopping({ patience: 10 })],
  });
  const { trainLoss, validationLoss } = run.history;
  assert.ok((trainLoss.at(-1) ?? 1) < 0.1 * (trainLoss[0] ?? 0), `${trainLoss}`);
  assert.ok((run.best?.loss ?? 1) < 0.1, `${validationLoss}`);
});
