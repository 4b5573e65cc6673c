/** Calls that make no sense: each gives an error of ours, which says what to do, and changes nothing. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TraceError, UserError } from "../../src/base/errors.js";
import { debugRun } from "../../src/debug/index.js";
import * as root from "../../src/index.js";
import { checkGradients, compile, grad, random, type Tensor, tensor, vmap } from "../../src/index.js";
import * as losses from "../../src/losses/index.js";
import { meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { OutOfMemoryError } from "../../src/runtime/memory.js";
import { batches, type FitLoss, fit, trainingStep } from "../../src/train/index.js";
import { useDevice } from "../device.js";

useDevice();

const { sgd, momentum, averagedMomentum, nesterov, adagrad, rmsprop, adam, adamW } = optim;
const makers = { sgd, momentum, averagedMomentum, nesterov, adagrad, rmsprop, adam, adamW };

/** What plain JavaScript may pass: anything. */
const wrong = (value: unknown): never => value as never;

const x = tensor([
  [1, 2],
  [3, -4],
  [0.5, 1],
]);
const y = tensor([[1], [2], [3]]);
const make = () => new nn.Linear(2, 1, { seed: 1 });
const stepOf = (net: nn.Linear) =>
  trainingStep(net, (a: Tensor, b: Tensor) => meanSquaredError(net.forward(a), b), optim.sgd());
const weights = (net: nn.Module) => Object.values(nn.stateDict(net)).map((t) => [...t.data()]);

/** An error of ours, of just this class, whose text matches. */
function refused(call: () => unknown, message: RegExp, type: new (...args: never) => Error = UserError): void {
  assert.throws(call, (error: Error) => {
    assert.ok(error instanceof type, `${error.name}: ${error.message}\n${error.stack ?? ""}`);
    assert.match(error.message, message);
    return true;
  });
}

describe("padding and a loss that ignores the weights", () => {
  const run = (loss: FitLoss, rows: Tensor, targets: Tensor, last: "pad" | "keep" = "pad") => {
    const net = make();
    return fit(net, { train: [rows, targets], loss, optimizer: optim.sgd(), batchSize: 2, epochs: 1, last });
  };

  test("is refused, before anything is trained", async () => {
    const net = make();
    const before = weights(net);
    const ignoring: FitLoss = (p, t) => p.sub(t).square().mean();
    await assert.rejects(
      fit(net, { train: [x, y], loss: ignoring, optimizer: optim.sgd(), batchSize: 2, epochs: 1, last: "pad" }),
      (e: Error) =>
        e instanceof UserError && /^fit: with last: "pad" .* does not use them.*last: "keep"/.test(e.message),
    );
    assert.deepEqual(weights(net), before);
    await assert.rejects(
      run((p, t) => meanSquaredError(p, t), x, y),
      /does not use them/,
    );
    await run(ignoring, x, y, "keep");
  });

  test("one that uses them in its own way is not", async () => {
    await run(meanSquaredError, x, y);
    await run(
      (p, t, options) =>
        p
          .sub(t)
          .square()
          .mul(options?.weights?.reshape([-1, 1]) ?? 1)
          .sum(),
      x,
      y,
    );
  });
});

describe("the halves of a step", () => {
  test("there is nothing to apply before there are gradients", () => {
    const net = make();
    const step = stepOf(net);
    const before = weights(net);
    refused(() => step.apply(), /^apply: there are no gradients yet; call step\.gradients/);
    refused(() => step.keptGradients(), /^keptGradients: there are no gradients yet/);
    assert.deepEqual([weights(net), step.steps], [before, 0]);
    step.accumulate(x, y);
    refused(() => step.apply(Number.NaN), /^apply: the scale must be a finite number, got NaN/);
    step.apply();
    assert.equal(step.steps, 1);
    assert.notDeepEqual(weights(net), before);
  });

  test("gradients put into the blocks from outside may be applied", () => {
    const net = make();
    const step = stepOf(net);
    const before = weights(net);
    for (const block of step.gradientBlocks) block.write(Float32Array.of(1, 1, 1));
    step.apply();
    assert.deepEqual(
      weights(net),
      before.map((list) => list.map((w) => Math.fround(w - Math.fround(0.01)))),
    );
  });
});

test("a step is no part of another program, and has no derivative", () => {
  const net = make();
  const step = stepOf(net);
  const before = weights(net);
  const calls: (() => unknown)[] = [
    () => compile((a: Tensor, b: Tensor) => step(a, b))(x, y),
    () => compile((a: Tensor, b: Tensor) => step.gradients(a, b))(x, y),
    () => compile((a: Tensor, b: Tensor) => step.accumulate(a, b))(x, y),
    () => grad((a: Tensor) => step(a, y))(x),
    () => vmap((a: Tensor) => step(a, y))(x.reshape([3, 1, 2])),
    () => trainingStep(net, (a: Tensor, b: Tensor) => step(a, b), optim.sgd())(x, y),
  ];
  for (const call of calls)
    refused(call, /cannot be called inside compile, grad, vmap or scan: .* Call it outside/, TraceError);
  step.gradients(x, y);
  refused(() => compile((a: Tensor) => [a, step.apply()])(x), /^apply cannot be called inside compile/, TraceError);
  assert.deepEqual([weights(net), step.steps], [before, 0]);
});

describe("what plain JavaScript may pass", () => {
  test("optimisers", () => {
    const net = make();
    const loss = (a: Tensor) => net.forward(a).sum();
    refused(
      () => trainingStep(net, loss, wrong(optim.adamW)),
      /^trainingStep: .* the function adamW .* call it: optim\.adamW\(\)/,
    );
    refused(
      () => trainingStep(net, loss, wrong(undefined)),
      /^trainingStep: expected an optimiser, such as optim\.adam\(\), got undefined/,
    );
    refused(() => trainingStep(net, loss, wrong({})), /^trainingStep: expected an optimiser/);
    refused(() => trainingStep(wrong({}), loss, optim.sgd()), /^trainingStep: net must be a module/);
    refused(() => trainingStep(net, wrong("mse"), optim.sgd()), /^trainingStep: loss must be a function/);
    refused(() => optim.chain(wrong(5)), /^chain: expected an optimiser, such as optim\.adam\(\), got 5/);
    refused(() => optim.chain(optim.clipByValue(1), wrong(optim.adam)), /^chain: .* call it: optim\.adam\(\)/);
    refused(() => optim.chain(wrong(undefined)), /^chain: expected an optimiser/);
    for (const name of [
      "sgd",
      "momentum",
      "averagedMomentum",
      "nesterov",
      "adagrad",
      "rmsprop",
      "adam",
      "adamW",
    ] as const) {
      refused(() => makers[name](wrong(0.1)), new RegExp(`^${name}: options are a record such as .* got 0\\.1`));
      refused(() => makers[name](wrong(null)), new RegExp(`^${name}: options are a record`));
    }
  });

  test("fit", async () => {
    const options = { train: [x, y] as const, loss: meanSquaredError, optimizer: optim.sgd() };
    const cases: [() => Promise<unknown>, RegExp][] = [
      [() => fit(wrong({}), options), /^fit: the network must be a module/],
      [() => fit(make(), wrong(undefined)), /^fit: the second argument must be/],
      [() => fit(make(), { ...options, optimizer: wrong(optim.adam) }), /^fit: .* call it: optim\.adam\(\)/],
      [() => fit(make(), { ...options, train: wrong([[[1, 2]], [[1]]]) }), /expected a tensor, got an array/],
    ];
    for (const [call, message] of cases) {
      await assert.rejects(call, (e: Error) => e instanceof UserError && message.test(e.message));
    }
  });

  test("batches, at the call", () => {
    refused(() => batches(wrong(5)), /^batches: the data must be a list of tensors, such as \[x, y\]/);
    refused(() => batches(wrong(x)), /^batches: the data must be a list of tensors/);
    refused(() => batches([wrong([1, 2])]), /^batches: expected a tensor, got an array/);
    refused(() => batches([x], { batchSize: 0 }), /batchSize must be/);
  });

  test("random numbers without a source", () => {
    const { normal, uniform, truncatedNormal, bits, integers, bernoulli, exponential, gumbel } = random;
    for (const [name, draw] of Object.entries({
      normal,
      uniform,
      truncatedNormal,
      bits,
      integers,
      bernoulli,
      exponential,
      gumbel,
    })) {
      refused(() => draw([2], wrong(undefined)), new RegExp(`^${name}: needs \\{ key \\} .* or \\{ seed \\}`));
    }
    refused(() => random.categorical(y, wrong(undefined)), /^categorical: needs \{ key \}/);
    refused(() => random.permutation(3, wrong(undefined)), /^permutation: needs \{ key \}/);
    refused(() => random.shuffle(x, wrong(undefined)), /^shuffle: needs \{ key \}/);
    refused(() => random.choice(3, [2], wrong(undefined)), /^choice: needs \{ key \}/);
  });

  test("modes, checks and debugging", () => {
    refused(
      () =>
        nn.inTraining(
          wrong(() => 1),
          wrong(undefined),
        ),
      /^inTraining: takes options and a function/,
    );
    refused(() => nn.inEvaluation(wrong(undefined)), /^inEvaluation: takes a function/);
    const f = (a: Tensor) => a.sum();
    refused(() => checkGradients(f, wrong(x)), /^checkGradients: give the arguments as a list of tensors/);
    refused(() => checkGradients(f, wrong([[1, 2]])), /^checkGradients: the arguments hold no float tensors/);
    refused(() => checkGradients(f, wrong("x")), /^checkGradients: give the arguments as a list/);
    refused(() => debugRun(f, wrong(x)), /^debugRun: give the arguments as a list/);
    refused(() => debugRun(wrong(x), [x]), /^debugRun: expected a function/);
  });

  test("no tensors where tensors belong", () => {
    const net = make();
    refused(() => stepOf(net)(wrong("a"), y), /^Linear\(2 → 1\): expected a tensor, got a/);
    refused(() => stepOf(net)(x, wrong("b")), /^meanSquaredError: expected a tensor, got b/);
    refused(() => losses.crossEntropy(x, wrong([0, 1, 0])), /^crossEntropy: expected a tensor, got an array/);
    refused(() => losses.meanSquaredError(x, x, { weights: wrong([1, 1]) }), /^meanSquaredError: expected a tensor/);
    for (const layer of [
      new nn.ReLU(),
      new nn.LeakyReLU(),
      new nn.Sigmoid(),
      new nn.Tanh(),
      new nn.GELU(),
      new nn.SiLU(),
      new nn.Softplus(),
    ])
      refused(() => layer.forward(wrong([1, 2])), /expected a tensor, got an array/);
    for (const layer of [
      new nn.ELU(),
      new nn.Softmax(),
      new nn.LogSoftmax(),
      new nn.Dropout(),
      new nn.Flatten(),
      make(),
    ])
      refused(() => layer.forward(wrong("x")), /expected a tensor, got x/);
  });

  test("printing", () => {
    for (const precision of [-1, 101, 1.5, Number.NaN, wrong("2")])
      refused(() => x.toString({ precision }), /^toString: precision must be a whole number from 0 to 100/);
    refused(() => x.toString({ edgeItems: -1 }), /^toString: edgeItems must be a whole number ≥ 0/);
    refused(() => x.toString({ threshold: Number.NaN }), /^toString: threshold must be a number ≥ 0/);
    assert.ok(x.toString({ threshold: Number.POSITIVE_INFINITY, lineWidth: Number.POSITIVE_INFINITY }).length > 0);
  });
});

test("running out of memory can be told from other errors", () => {
  assert.equal(root.OutOfMemoryError, OutOfMemoryError);
});
