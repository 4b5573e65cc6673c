/** The training step: one program, two halves, random state, metrics, and resuming. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ShapeError, UserError } from "../../src/base/errors.js";
import { meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { type Device, device, setDevice } from "../../src/runtime/device.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import * as random from "../../src/tensor/random.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { trainingStep } from "../../src/train/index.js";
import { useDevice } from "../device.js";

useDevice();

class Net extends nn.Module {
  hidden = new nn.Linear(3, 5);
  drop: nn.Dropout;
  out = new nn.Linear(5, 1);
  constructor(options: nn.ModuleOptions = {}, rate = 0) {
    super(options);
    this.drop = new nn.Dropout(rate);
  }
  forward(x: Tensor): Tensor {
    return this.out.forward(this.drop.forward(this.hidden.forward(x).tanh()));
  }
}

const x = tensor(random.normal([8, 3], { seed: 1 }).data(), { shape: [8, 3] });
const y = tensor(random.normal([8, 1], { seed: 2 }).data(), { shape: [8, 1] });
const lossOf = (net: Net) => (a: Tensor, b: Tensor) => meanSquaredError(net.forward(a), b);
const weights = (net: nn.Module) => Object.values(nn.stateDict(net)).map((t) => [...t.data()]);

/** Counts the programs that `body` compiles. */
function compiled(body: () => void): number {
  const inner: Device = device();
  let count = 0;
  setDevice({
    name: "counting",
    compile: (traced) => {
      count += 1;
      return inner.compile(traced);
    },
  });
  try {
    body();
  } finally {
    setDevice(inner);
  }
  return count;
}

describe("one program", () => {
  test("a step compiles once, whatever settings and learning rates follow", () => {
    const net = new Net({ seed: 1 });
    const step = trainingStep(net, lossOf(net), optim.chain(optim.clipByGlobalNorm(1), optim.adamW()));
    assert.equal(
      compiled(() => step(x, y)),
      1,
    );
    const again = compiled(() => {
      for (let i = 1; i < 4; i += 1) {
        step.setLearningRate(0.1 / i);
        step.set({ weightDecay: 0.1 * i, beta1: 0.9 - 0.1 * i, maximum: i });
        step(x, y).item();
      }
    });
    assert.equal(again, 0);
    assert.equal(
      compiled(() => step(zeros([2, 3]), zeros([2, 1]))),
      1,
    );
    assert.equal(step.steps, 5);
  });

  test("learns, and other programs of the network see it", () => {
    const net = new Net({ seed: 1 });
    const validate = compile(lossOf(net));
    const before = validate(x, y).item();
    const step = trainingStep(net, lossOf(net), optim.adam({ learningRate: 0.05 }));
    assert.equal(step(x, y).item(), before);
    for (let i = 0; i < 200; i += 1) step(x, y);
    const after = validate(x, y).item();
    assert.ok(after < 0.05 * before, `${before} to ${after}`);
    assert.equal(lossOf(net)(x, y).item(), after);
  });

  test("the learning rate of the options and of the moment counts: SGD by hand", () => {
    const net = new nn.Linear(1, 1, { initializer: nn.constant(2), bias: false, dtype: "float64" });
    const step = trainingStep(net, (a: Tensor) => net.forward(a).sum(), optim.sgd({ learningRate: 1 }), {
      learningRate: 0.5,
    });
    const one = tensor([[1]], { dtype: "float64" });
    assert.equal(step(one).item(), 2); // 2 − 0.5
    step.setLearningRate(0.25);
    assert.equal(step(one).item(), 1.5); // 1.5 − 0.25
    assert.equal(step(one).item(), 1.25);
    assert.equal(step.learningRate, 0.25);
    assert.deepEqual(step.settings, { learningRate: 0.25 });
  });
});

describe("two halves", () => {
  test("gradients and apply are the same as a step", () => {
    const [a, b] = [new Net({ seed: 1, dtype: "float64" }), new Net({ seed: 1, dtype: "float64" })];
    const [u, v] = [x.cast("float64"), y.cast("float64")];
    const whole = trainingStep(a, lossOf(a), optim.adam());
    const split = trainingStep(b, lossOf(b), optim.adam());
    for (let i = 0; i < 5; i += 1) {
      const loss = whole(u, v).item();
      const before = weights(b);
      assert.equal(split.gradients(u, v).item(), loss);
      assert.deepEqual(weights(b), before);
      split.apply();
    }
    assert.deepEqual(weights(a), weights(b));
    assert.equal(split.steps, 5);
  });

  test("accumulated halves of a batch make the gradient of the whole", () => {
    const net = new Net({ seed: 1, dtype: "float64" });
    const [u, v] = [x.cast("float64"), y.cast("float64")];
    const half = (t: Tensor, from: number) =>
      tensor((t.array() as number[][]).slice(from, from + 4), { dtype: "float64" });
    const step = trainingStep(net, lossOf(net), optim.sgd({ learningRate: 1 }));
    step.gradients(half(u, 0), half(v, 0));
    step.accumulate(half(u, 4), half(v, 4));
    const sum = step.keptGradients();
    const full = nn.gradients(net, lossOf(net))(u, v);
    const before = nn.stateDict(net);
    step.apply(0.5);
    const after = nn.stateDict(net);
    for (const [path, expected] of Object.entries(full)) {
      const [g, p, q] = [sum[path], before[path], after[path]] as [Tensor, Tensor, Tensor];
      assert.ok(g.mul(0.5).allClose(expected, { rtol: 1e-13, atol: 1e-15 }), path);
      assert.ok(p.sub(q).allClose(expected, { rtol: 1e-12, atol: 1e-14 }), path);
    }
    assert.deepEqual(
      step.gradientBlocks.map((block) => [block.dtype, block.shape]),
      [["float64", [3 * 5 + 5 + 5 + 1]]],
    );
  });
});

describe("random state", () => {
  test("each step draws anew, and the same seed draws the same", () => {
    const run = (seed: number): number[] => {
      const net = new Net({ seed: 1 }, 0.5);
      const step = trainingStep(net, lossOf(net), optim.sgd({ learningRate: 0 }), { seed });
      return [1, 2, 3].map(() => step(x, y).item());
    };
    const first = run(7);
    assert.equal(new Set(first).size, 3);
    assert.deepEqual(run(7), first);
    assert.notDeepEqual(run(8), first);
  });
  test("the halves draw as the whole does", () => {
    const losses = (split: boolean): number[] => {
      const net = new Net({ seed: 1 }, 0.5);
      const step = trainingStep(net, lossOf(net), optim.sgd({ learningRate: 0 }));
      return [1, 2].map(() => (split ? step.gradients(x, y) : step(x, y)).item());
    };
    assert.deepEqual(losses(true), losses(false));
  });
  test("outside of training there is none", () => {
    const net = new Net({ seed: 1 }, 0.5);
    assert.equal(lossOf(net)(x, y).item(), compile(lossOf(net))(x, y).item());
    assert.throws(() => compile(lossOf(net), { training: true })(x, y), /dropout needs random numbers.*inTraining/);
  });
});

test("a run that is saved, rebuilt and resumed ends with the same bits", () => {
  const build = () => {
    const net = new Net({ seed: 3 }, 0.3);
    return { net, step: trainingStep(net, lossOf(net), optim.adamW({ learningRate: 0.01 })) };
  };
  const straight = build();
  for (let i = 0; i < 10; i += 1) straight.step(x, y);
  const first = build();
  for (let i = 0; i < 4; i += 1) first.step(x, y);
  const saved = { net: nn.stateDict(first.net), step: first.step.state() };
  first.step(x, y);
  const second = build();
  nn.loadStateDict(second.net, saved.net);
  second.step.restore(saved.step);
  for (let i = 4; i < 10; i += 1) second.step(x, y);
  assert.deepEqual(weights(second.net), weights(straight.net));
  const other = trainingStep(second.net, lossOf(second.net), optim.momentum());
  assert.throws(() => other.restore(saved.step), /optimizer\.0\.hidden\.weight.* missing/);
});

test("metrics are norms over all parameters", () => {
  const net = new Net({ seed: 1, dtype: "float64" });
  const [u, v] = [x.cast("float64"), y.cast("float64")];
  const norm = (record: Readonly<Record<string, Tensor>>) =>
    Math.sqrt(Object.values(record).reduce((sum, t) => sum + [...t.data()].reduce((s, z) => s + z * z, 0), 0));
  const gradientNorm = norm(nn.gradients(net, lossOf(net))(u, v));
  const weightNorm = norm(nn.stateDict(net));
  const step = trainingStep(net, lossOf(net), optim.sgd({ learningRate: 0.1 }), { metrics: true });
  const loss = step(u, v).item();
  const found = step.metrics();
  assert.equal(found.loss, loss);
  assert.ok(Math.abs(found.gradientNorm / gradientNorm - 1) < 1e-13);
  assert.ok(Math.abs(found.weightNorm / weightNorm - 1) < 1e-13);
  assert.ok(Math.abs(found.updateRatio / ((0.1 * gradientNorm) / weightNorm) - 1) < 1e-13);
  assert.throws(() => trainingStep(net, lossOf(net), optim.sgd()).metrics(), /no step was made/);
});

describe("mistakes", () => {
  const net = new Net({ seed: 1 });
  test("a loss of several numbers, of no tensor, of whole numbers", () => {
    const of = (loss: (a: Tensor) => Tensor) => () => trainingStep(net, loss, optim.sgd())(x);
    assert.throws(
      of((a) => net.forward(a)),
      (e: Error) => e instanceof ShapeError && /\[8, 1\].*\.mean\(\)/.test(e.message),
    );
    assert.throws(
      of(() => 3 as unknown as Tensor),
      /must return a tensor, got number/,
    );
    assert.throws(
      of((a) => net.forward(a).sum().cast("int32")),
      /must be a float/,
    );
  });
  test("a network without parameters, an optimiser without a learning rate, a setting that is not there", () => {
    assert.throws(() => trainingStep(new nn.ReLU(), (a: Tensor) => a.sum(), optim.sgd()), /ReLU has no parameters/);
    const step = trainingStep(net, lossOf(net), optim.chain(optim.heavyBall(0.9)));
    assert.throws(() => step.setLearningRate(0.1), /has no learning rate/);
    assert.throws(
      () => step.set({ beta1: 0.5 }),
      (e: Error) => e instanceof UserError && /no setting beta1; it has momentum/.test(e.message),
    );
    assert.throws(() => trainingStep(net, lossOf(net), optim.sgd()).setLearningRate(Number.NaN), /finite number/);
  });
  test("an optimiser that changes shapes or the structure of its state", () => {
    const bad = (update: optim.Optimizer["update"]): optim.Optimizer => ({
      name: "bad",
      settings: {},
      init: () => ({ a: zeros([]) }),
      update,
    });
    const run = (o: optim.Optimizer) => () => trainingStep(net, lossOf(net), o)(x, y);
    assert.throws(run(bad((g) => ({ updates: g, state: [] }))), /state of the structure that init gave/);
    assert.throws(
      run(bad((g, state) => ({ updates: { ...g, "hidden.bias": zeros([2, 5]) }, state }))),
      /parameter hidden\.bias must keep the shape \[5\], got \[2, 5\]/,
    );
    assert.throws(run(bad((_g, state) => ({ updates: {}, state }))), /hidden\.weight is missing/);
  });
});
