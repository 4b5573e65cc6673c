/** Results do not depend on the number of threads, to the bit: every stage shared, threads out of step by random pauses. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { setDevice } from "../../src/runtime/device.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { trainingStep } from "../../src/train/index.js";
import { fingerprint, noise, useTeam, withAll } from "./teams.js";

const counts = [1, 2, 3, 7];
const seed = 20_260;

const make = (shape: readonly number[], salt = 0): Tensor =>
  tensor(
    noise(
      shape.reduce((n, d) => n * d, 1),
      seed + salt,
    ),
    { shape },
  );

/** Each of several blocks, ragged at the ends. */
const cases: readonly (readonly [
  name: string,
  inputs: readonly (readonly number[])[],
  (...xs: Tensor[]) => Tensor[],
])[] = [
  [
    "a large product with bias and activation",
    [[301, 203], [203, 307], [307]],
    (a, b, c) => (a && b && c ? [a.matmul(b).add(c).relu()] : []),
  ],
  [
    "a long inner axis",
    [
      [137, 1501],
      [1501, 41],
    ],
    (a, b) => (a && b ? [a.matmul(b)] : []),
  ],
  [
    "products of transposes",
    [
      [203, 301],
      [307, 203],
    ],
    (a, b) => (a && b ? [a.transpose().matmul(b.transpose())] : []),
  ],
  [
    "a batch of products",
    [
      [9, 33, 65],
      [9, 65, 31],
    ],
    (a, b) => (a && b ? [a.matmul(b)] : []),
  ],
  ["a matrix times a vector", [[3001, 257], [257]], (a, b) => (a && b ? [a.matmul(b)] : [])],
  ["elementwise", [[131_075]], (a) => (a ? [a.mul(3).exp().add(a.tanh()), a.abs().sqrt()] : [])],
  [
    "broadcasting",
    [
      [301, 1],
      [1, 411],
    ],
    (a, b) => (a && b ? [a.mul(b).add(1).cos()] : []),
  ],
  ["sums of everything", [[100_003]], (a) => (a ? [a.sum(), a.mean(), a.square().sum(), a.max(), a.min()] : [])],
  [
    "sums along and across",
    [[511, 517]],
    (a) => (a ? [a.sum({ axis: 0 }), a.sum({ axis: 1 }), a.variance({ axis: 0 }), a.argmax({ axis: 1 })] : []),
  ],
  [
    "softmax along and across",
    [[211, 303]],
    (a) => (a ? [a.softmax({ axis: 1 }), a.softmax({ axis: 0 }), a.logSoftmax()] : []),
  ],
  [
    "a host op between shared stages",
    [[400, 300]],
    (a) => (a ? [a.mul(2).add(1).sort({ axis: 1 }).exp().sum({ axis: 1 })] : []),
  ],
  [
    "rows picked by an index",
    [[200, 300]],
    (a) => (a ? [a.take(a.slice(":", 0).mul(99).add(99).cast("int32").reshape([200])).mul(2)] : []),
  ],
  ["running sums", [[40, 301]], (a) => (a ? [a.cumsum({ axis: 1 }), a.cumsum({ axis: 0 })] : [])],
];

describe("bits for 1, 2, 3 and 7 threads", () => {
  after(() => setDevice(undefined));
  const expected = new Map<string, string>();
  const trained: string[] = [];
  for (const threads of counts) {
    test(`${threads} threads: products, maps, reductions (seed ${seed})`, async () => {
      const device = useTeam(threads);
      for (const [name, shapes, f] of cases) {
        const inputs = shapes.map((shape, i) => make(shape, i));
        const program = compile((...xs: Tensor[]) => f(...xs));
        await withAll(device, () => program(...inputs));
        for (let repeat = 0; repeat < 3; repeat += 1) {
          const bits = fingerprint(...program(...inputs));
          if (threads === 1 && repeat === 0) expected.set(name, bits);
          assert.equal(bits, expected.get(name), name);
        }
        assert.equal(device.threads.latest, threads, name);
      }
      device.threads.stop();
    });

    test(`${threads} threads: 50 steps of training (seed ${seed})`, async () => {
      const device = useTeam(threads);
      const net = new nn.Sequential(
        [new nn.Linear(20, 130), new nn.ReLU(), new nn.Linear(130, 70), new nn.Tanh(), new nn.Linear(70, 1)],
        { seed },
      );
      const step = trainingStep(
        net,
        (a: Tensor, b: Tensor) => meanSquaredError(net.forward(a), b),
        optim.chain(optim.clipByGlobalNorm(1), optim.adamW()),
      );
      const [x, y] = [make([300, 20]), make([300, 1], 1)];
      let shared = 0;
      for (let i = 0; i < 50; i += 1) {
        step(x, y);
        if (device.threads.latest === threads) shared += 1;
        else await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.ok(shared > 10, `${shared} of 50 steps ran on ${threads} threads`);
      trained.push(fingerprint(...Object.values(nn.stateDict(net))));
      assert.equal(trained.at(-1), trained[0]);
      device.threads.stop();
    });
  }
});
