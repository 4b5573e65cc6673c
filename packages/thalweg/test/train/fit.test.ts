/** The loop: history, validation, stopping, and what it says when numbers are no longer finite. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError, UserError } from "../../src/base/errors.js";
import { crossEntropy, meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { tensor } from "../../src/tensor/creation.js";
import * as random from "../../src/tensor/random.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import {
  type Callback,
  earlyStopping,
  evaluate,
  type FitOptions,
  type NonFiniteFacts,
  type Progress,
  fit as train,
} from "../../src/train/index.js";
import { useDevice } from "../device.js";

useDevice();

const rows = 90;
const settled = (t: Tensor) => tensor(t.data(), { shape: t.shape });
const x = settled(random.normal([rows, 3], { seed: 1 }));
const y = settled(
  x
    .mul(tensor([1, -2, 3]))
    .sum({ axis: 1, keepDims: true })
    .add(0.5),
);
const make = (seed = 42) => nn.sequential({ seed }, new nn.Linear(3, 8), new nn.ReLU(), new nn.Linear(8, 1));
const base: Pick<FitOptions, "train" | "loss" | "optimizer"> = {
  train: [x, y],
  loss: meanSquaredError,
  optimizer: optim.adam({ learningRate: 0.02 }),
};
const weights = (net: nn.Module) => Object.values(nn.stateDict(net)).map((t) => [...t.data()]);

describe("a run", () => {
  test("lowers the loss, and tells of every epoch", async () => {
    const net = make();
    const run = await train(net, { ...base, validation: 0.2, epochs: 15, batchSize: 16 });
    const { history } = run;
    for (const list of Object.values(history)) assert.equal(list.length, 15);
    assert.deepEqual(
      history.epoch,
      Array.from({ length: 15 }, (_, i) => i + 1),
    );
    const [first, last] = [history.validationLoss[0] ?? 0, history.validationLoss[14] ?? 0];
    assert.ok(last < 0.3 * first, `${first} to ${last}`);
    assert.ok([...history.gradientNorm, ...history.weightNorm, ...history.updateRatio].every((v) => v > 0 && v < 100));
    // 72 rows are left for training.
    assert.equal(run.steps, 15 * 5);
    assert.deepEqual(run.ending, { reason: "finished" });
    const lowest = Math.min(...history.validationLoss);
    assert.deepEqual(run.best, { epoch: history.validationLoss.indexOf(lowest) + 1, loss: lowest });
  });

  test("gives the same bits again, others with another seed", async () => {
    const once = async (seed: number) => {
      const net = nn.sequential({ seed: 1 }, new nn.Linear(3, 8), new nn.Dropout(0.2), new nn.Linear(8, 1));
      const run = await train(net, { ...base, validation: 0.1, epochs: 3, seed });
      return { history: { ...run.history, seconds: [] }, weights: weights(net) };
    };
    const first = await once(5);
    assert.deepEqual(await once(5), first);
    assert.notDeepEqual((await once(6)).weights, first.weights);
  });

  test("full batches are gradient descent by hand", async () => {
    const net = new nn.Linear(3, 1, { initializer: nn.zeros(), dtype: "float64" });
    const [u, v] = [x.cast("float64"), y.cast("float64")];
    await train(net, {
      train: [u, v],
      loss: meanSquaredError,
      optimizer: optim.sgd({ learningRate: 0.1 }),
      epochs: 20,
      batchSize: rows,
      shuffle: false,
    });
    let w = [0, 0, 0, 0];
    const [xs, ys] = [u.array() as number[][], v.array() as number[][]];
    for (let step = 0; step < 20; step += 1) {
      const g = [0, 0, 0, 0];
      xs.forEach((row, i) => {
        const e = row.reduce((s, a, k) => s + a * (w[k] ?? 0), w[3] ?? 0) - (ys[i]?.[0] ?? 0);
        [...row, 1].forEach((a, k) => {
          g[k] = (g[k] ?? 0) + (2 * e * a) / rows;
        });
      });
      w = w.map((value, k) => value - 0.1 * (g[k] ?? 0));
    }
    const found = [...net.weight.value.data(), ...(net.bias?.value.data() ?? [])];
    for (const [k, value] of found.entries()) {
      assert.ok(Math.abs(value - (w[k] ?? 0)) < 1e-12, `${found} is not ${w}`);
    }
  });

  test("padded batches train as kept ones do", async () => {
    const results = [];
    for (const last of ["keep", "pad"] as const) {
      const net = nn.sequential({ seed: 2, dtype: "float64" }, new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 1));
      const data = [x.cast("float64"), y.cast("float64")] as const;
      await train(net, { ...base, train: data, epochs: 2, batchSize: 32, last });
      results.push(weights(net).flat());
    }
    const [kept, padded] = results;
    for (const [i, value] of (kept ?? []).entries()) assert.ok(Math.abs(value - (padded?.[i] ?? 0)) < 1e-12);
  });

  test("the validation loss is that of the data alone, in evaluation mode", async () => {
    const net = nn.sequential({ seed: 2 }, new nn.Dropout(0.5), new nn.Linear(3, 1));
    const run = await train(net, { ...base, validation: [x, y], epochs: 1 });
    assert.equal(run.history.validationLoss[0], evaluate(net, meanSquaredError, [x, y]));
    assert.equal(evaluate(net, meanSquaredError, [x, y]), meanSquaredError(net.forward(x), y).item());
  });

  test("classes train too", async () => {
    const labels = tensor(
      [...x.data()].filter((_, i) => i % 3 === 0).map((v) => (v > 0 ? 1 : 0)),
      { dtype: "int32" },
    );
    const net = nn.sequential({ seed: 2 }, new nn.Linear(3, 2));
    const run = await train(net, {
      train: [x, labels],
      loss: crossEntropy,
      optimizer: optim.adam({ learningRate: 0.1 }),
      epochs: 30,
    });
    assert.ok((run.history.trainLoss.at(-1) ?? 1) < 0.2);
    const guesses = net.forward(x).argmax({ axis: 1 });
    assert.ok(guesses.eq(labels).sum().item() > 0.95 * rows);
  });
});

describe("steering", () => {
  test("a schedule sets every step's learning rate", async () => {
    const asked: number[] = [];
    const schedule = (step: number) => {
      asked.push(step);
      return 0.1 / (1 + step);
    };
    const run = await train(make(), { ...base, schedule, epochs: 2, batchSize: 45 });
    assert.deepEqual(asked, [0, 1, 2, 3]);
    assert.deepEqual(run.history.learningRate, [0.05, 0.025]);
  });

  test("early stopping waits, stops and puts the best weights back", async () => {
    const net = make();
    const kept: number[][][] = [];
    const watch: Callback = { name: "watch", onEpoch: ({ net: seen }) => void kept.push(weights(seen)) };
    // Far too fast: the validation loss goes up and down.
    const run = await train(net, {
      ...base,
      optimizer: optim.adam({ learningRate: 0.4 }),
      validation: 0.3,
      epochs: 200,
      callbacks: [watch, earlyStopping({ patience: 4 })],
    });
    assert.equal(run.ending.reason, "stopped");
    const best = run.best?.epoch ?? 0;
    assert.equal(run.epochs, best + 4);
    assert.deepEqual(weights(net), kept[best - 1]);
    assert.match(
      run.ending.reason === "stopped" ? run.ending.why : "",
      /validation loss has not improved for 4 epochs; the best was .* after epoch/,
    );
  });

  test("restoreBest alone puts the best weights back", async () => {
    const net = make();
    const run = await train(net, {
      ...base,
      optimizer: optim.adam({ learningRate: 0.4 }),
      validation: [x, y],
      epochs: 12,
      restoreBest: true,
    });
    assert.equal(evaluate(net, meanSquaredError, [x, y]), Math.min(...run.history.validationLoss));
  });

  test("an aborted run ends after its step, with what there is", async () => {
    const controller = new AbortController();
    const stopAfterTwo: Callback = {
      name: "abort",
      onEpoch: ({ epoch }) => (epoch === 2 ? controller.abort() : undefined),
    };
    const run = await train(make(), { ...base, epochs: 50, signal: controller.signal, callbacks: [stopAfterTwo] });
    assert.deepEqual(run.ending, { reason: "aborted" });
    assert.equal(run.history.trainLoss.length, 2);
  });

  test("a timer outside gets its turn, and can abort", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const run = await train(make(), { ...base, epochs: 1e6, signal: controller.signal });
    assert.equal(run.ending.reason, "aborted");
    assert.ok(run.seconds < 5, `${run.seconds}`);
  });

  test("progress is reported at the end of every epoch", async () => {
    const seen: Progress[] = [];
    await train(make(), {
      ...base,
      epochs: 3,
      batchSize: 30,
      validation: [x, y],
      onProgress: (p) => void seen.push(p),
    });
    const ends = seen.filter((p) => p.batch === p.batches);
    assert.deepEqual(
      ends.map((p) => [p.epoch, p.epochs, p.step, p.batches]),
      [
        [1, 3, 3, 3],
        [2, 3, 6, 3],
        [3, 3, 9, 3],
      ],
    );
    assert.ok(ends.every((p) => Number.isFinite(p.trainLoss) && Number.isFinite(p.validationLoss)));
  });
});

describe("numbers that are no longer finite", () => {
  const failing = async (net: nn.Layer, options: Partial<FitOptions>): Promise<NumericalError> => {
    try {
      await train(net, { ...base, epochs: 100, ...options });
    } catch (error) {
      assert.ok(error instanceof NumericalError, String(error));
      return error;
    }
    return assert.fail("fit did not throw");
  };

  test("a learning rate far too high: epoch, step, op, layer, cause, and weights from before", async () => {
    const net = make();
    const error = await failing(net, { optimizer: optim.sgd({ learningRate: 50 }) });
    assert.match(
      error.message,
      /^fit: the loss is Infinity in epoch \d, step \d+\. First: \w+ in (layer layers\.[02]|the loss) \(forward pass\)/,
    );
    assert.match(error.message, /learning rate 50 is too high: the loss rose from .* Try 5, or put clipByGlobalNorm/);
    const facts = error.facts as NonFiniteFacts;
    assert.ok(weights(net).flat().every(Number.isFinite));
    // The same run, stopped there, has the same weights.
    const again = make();
    await train(again, {
      ...base,
      optimizer: optim.sgd({ learningRate: 50 }),
      epochs: 1,
      batchSize: 32,
      signal: abortedAfter(facts.step - 1),
    });
    assert.deepEqual(weights(net), weights(again));
  });

  /** Aborts when it has been asked for the n-th step. */
  function abortedAfter(steps: number) {
    let asked = 0;
    return {
      get aborted() {
        asked += 1;
        return asked > steps;
      },
    };
  }

  test("a hole in the data: where it is", async () => {
    const spoilt = x.data();
    spoilt[3 * 40 + 1] = Number.NaN;
    const error = await failing(make(), { train: [tensor(spoilt, { shape: [rows, 3] }), y], shuffle: false });
    assert.match(error.message, /^fit: the loss is NaN in epoch 1, step 2\. Likely cause: the inputs/);
    assert.match(error.message, /inputs hold a NaN \(row 8 of the batch, element 1 of the row\)/);
  });

  test("a logarithm outside of its domain: the op and its layer", async () => {
    class Logarithm extends nn.Module {
      inner = new nn.Linear(3, 1);
      forward(z: Tensor): Tensor {
        return this.inner.forward(z).log();
      }
    }
    const error = await failing(new Logarithm({ seed: 1 }), {});
    assert.match(
      error.message,
      /epoch 1, step 1\. First: log in the network itself \(forward pass\) made NaN of shape \[32, 1\] from values from -/,
    );
    assert.match(error.message, /Likely cause: log outside of its domain/);
  });

  test("a derivative that overflows where the loss does not", async () => {
    class Root extends nn.Module {
      scale = new nn.Parameter([], nn.zeros());
      forward(z: Tensor): Tensor {
        return z.sum({ axis: 1, keepDims: true }).mul(this.scale.value.sqrt());
      }
    }
    const error = await failing(new Root({ seed: 1 }), {});
    assert.match(
      error.message,
      /weights are no longer finite in epoch 1, step 1\. First: \w+ .*\(backward pass\) made -?(Infinity|NaN)/,
    );
  });

  test("weights that were spoilt before", async () => {
    const net = new nn.Linear(3, 1);
    net.bias?.set(tensor([Number.NaN]));
    const error = await failing(net, {});
    assert.match(error.message, /step 1\. Likely cause: bias held values that are not finite before the first step/);
  });

  test("an optimiser that overflows by itself", async () => {
    const error = await failing(make(), { optimizer: optim.scaleByLearningRate(3e38), metrics: false });
    assert.match(
      error.message,
      /weights are no longer finite in epoch 1, step 1\. Loss and gradients of that batch are finite/,
    );
  });

  test("validation data with a hole, while training goes well", async () => {
    const error = await failing(make(), { validation: [tensor([[1, 2, Number.NaN]]), tensor([[1]])], epochs: 1 });
    assert.match(error.message, /validation loss is NaN after epoch 1.*validation data/);
  });
});

test("settings that make no sense", async () => {
  const refused = (options: Partial<FitOptions>, message: RegExp) =>
    assert.rejects(
      train(make(), { ...base, ...options }),
      (e: Error) => e instanceof UserError && message.test(e.message),
    );
  await refused({ epochs: 0 }, /epochs must be a whole number ≥ 1/);
  await refused({ validation: 1.5 }, /both parts need rows/);
  await refused({ validation: 0.001 }, /leaves 0 and 90/);
  await refused({ train: [x, tensor([[1]])] }, /equally many rows/);
  await refused({ batchSize: 2.5 }, /batchSize must be a whole number/);
  await refused({ loss: undefined as unknown as FitOptions["loss"] }, /loss must be a function/);
  await refused(
    { optimizer: "adam" as unknown as optim.Optimizer },
    /fit: expected an optimiser, such as optim\.adam\(\), got the text "adam"/,
  );
  assert.throws(() => earlyStopping({ patience: 0 }), /patience must be/);
});
