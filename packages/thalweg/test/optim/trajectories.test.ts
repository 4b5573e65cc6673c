/** A hundred steps of a small network against PyTorch's, in float64 and float32: tools/reference/optimizers.py. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FloatDType } from "../../src/base/dtype.js";
import { meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { trainingStep } from "../../src/train/index.js";
import { useDevice } from "../device.js";
import json from "../references/optimizers.json" with { type: "json" };

useDevice();

const chain = optim.chain;
const optimizers: Readonly<Record<keyof typeof json.cases, () => optim.Optimizer>> = {
  sgd: () => optim.sgd({ learningRate: 0.1 }),
  "sgd with L2": () => chain(optim.addDecayedWeights(0.05), optim.sgd({ learningRate: 0.1 })),
  momentum: () => optim.momentum({ learningRate: 0.05 }),
  averaged: () => optim.averagedMomentum({ learningRate: 0.2 }),
  nesterov: () => optim.nesterov({ learningRate: 0.05 }),
  adagrad: () => optim.adagrad({ learningRate: 0.1 }),
  "adagrad from 0.1": () => optim.adagrad({ learningRate: 0.1, initialAccumulator: 0.1, epsilon: 1e-7 }),
  rmsprop: () => optim.rmsprop({ learningRate: 0.003 }),
  "rmsprop centered": () => optim.rmsprop({ learningRate: 0.01, smoothing: 0.9, centered: true, epsilon: 0.1 }),
  "rmsprop momentum": () => optim.rmsprop({ learningRate: 0.002, momentum: 0.8 }),
  adam: () => optim.adam({ learningRate: 0.01 }),
  "adam other settings": () => optim.adam({ learningRate: 0.03, beta1: 0.8, beta2: 0.95, epsilon: 1e-4 }),
  "adam with L2": () => chain(optim.addDecayedWeights(0.02), optim.adam({ learningRate: 0.01 })),
  adamW: () => optim.adamW({ learningRate: 0.01, weightDecay: 0.1 }),
  "clipped norm, sgd": () => chain(optim.clipByGlobalNorm(0.25), optim.sgd({ learningRate: 0.3 })),
  "clipped value, adam": () => chain(optim.clipByValue(0.02), optim.adam({ learningRate: 0.01 })),
  "clipped tensors, sgd": () => chain(optim.clipByNorm(0.1), optim.sgd({ learningRate: 0.3 })),
};

class Net extends nn.Module {
  hidden = new nn.Linear(5, 7);
  out = new nn.Linear(7, 2);
  forward(x: Tensor): Tensor {
    return this.out.forward(this.hidden.forward(x).tanh());
  }
}

/** ‖a − b‖ / ‖b‖. */
function distance(a: ArrayLike<number>, b: readonly number[]): number {
  let [difference, size] = [0, 0];
  b.forEach((y, i) => {
    difference += ((a[i] ?? Number.NaN) - y) ** 2;
    size += y ** 2;
  });
  return Math.sqrt(difference / size);
}

const limits: Readonly<Record<FloatDType, number>> = { float64: 1e-9, float32: 1e-5 };

for (const dtype of ["float64", "float32"] as const) {
  describe(dtype, () => {
    for (const [name, make] of Object.entries(optimizers)) {
      test(name, () => {
        const net = new Net({ dtype });
        const start = Object.entries(json.start).map(([path, v]) => [path, tensor(v, { dtype })] as const);
        nn.loadStateDict(net, Object.fromEntries(start));
        const [x, y] = [tensor(json.x, { dtype }), tensor(json.y, { dtype })];
        const step = trainingStep(net, (a: Tensor, b: Tensor) => meanSquaredError(net.forward(a), b), make());
        const expected = json.cases[name as keyof typeof json.cases][dtype] as Readonly<
          Record<string, Readonly<Record<string, readonly number[]>>>
        >;
        for (let i = 1; i <= 100; i += 1) {
          if (i === 51) step.setLearningRate(step.learningRate / 4);
          step(x, y);
          for (const [path, values] of Object.entries(expected[i] ?? {})) {
            const error = distance(nn.stateDict(net)[path]?.data() ?? [], values);
            assert.ok(error <= limits[dtype], `${path} after ${i} steps: ${error}`);
          }
        }
      });
    }
  });
}
