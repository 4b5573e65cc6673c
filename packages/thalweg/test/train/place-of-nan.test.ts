/** The layer that a diagnosis names is the one whose code made the op: with or without parameters, in the loss, in the backward pass. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { debugRun, type OpReport } from "../../src/debug/index.js";
import { compile, customDerivative, grad, type Tensor, tensor, vmap } from "../../src/index.js";
import { meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { type FitOptions, fit, type NonFiniteFacts, trainingStep } from "../../src/train/index.js";
import { useDevice } from "../device.js";

useDevice();

class Log extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.log();
  }
}

const x = tensor([
  [1, -2, 3],
  [-1, 2, -3],
]);
const y = tensor([[1], [2]]);
const sgd = (learningRate = 0.1) => optim.sgd({ learningRate });

async function failing(net: nn.Layer, options: Partial<FitOptions> = {}): Promise<NumericalError> {
  try {
    await fit(net, { train: [x, y], loss: meanSquaredError, optimizer: sgd(), epochs: 60, shuffle: false, ...options });
  } catch (error) {
    assert.ok(error instanceof NumericalError, String(error));
    return error;
  }
  return assert.fail("fit did not throw");
}

const first = (error: NumericalError) => (error.facts as NonFiniteFacts).first;

function culprit(fn: (...args: Tensor[]) => unknown, ...args: Tensor[]): OpReport {
  const { nonFinite } = debugRun(fn, args);
  assert.ok(nonFinite !== undefined, "every result is finite");
  return nonFinite;
}

describe("fit names the layer", () => {
  test("that has no parameters", async () => {
    const error = await failing(nn.sequential({ seed: 1 }, new nn.Linear(3, 4), new Log(), new nn.Linear(4, 1)));
    assert.match(error.message, /First: log in layer layers\.1 \(forward pass\) made (NaN|-Infinity)/);
    assert.deepEqual(
      [first(error)?.layer, first(error)?.part, first(error)?.derivativeOf],
      ["layers.1", "network", undefined],
    );
  });

  test("that comes before all parameters", async () => {
    const error = await failing(nn.sequential(new Log(), new nn.Linear(3, 1)));
    assert.match(error.message, /First: log in layer layers\.0 \(forward pass\)/);
  });

  test("that is a function", async () => {
    const error = await failing(
      nn.sequential(new nn.Linear(3, 4), (z: Tensor) => z.abs().neg().log(), new nn.Linear(4, 1)),
    );
    assert.match(error.message, /First: log in layer layers\.1 \(forward pass\)/);
  });

  test("that a forward calls directly, however deep, in arrays and objects, and by another method", async () => {
    class Block extends nn.Module {
      readonly inner = new nn.Linear(3, 3);
      readonly parts = { last: [new nn.ReLU(), new Log()] as const };
      encode(z: Tensor): Tensor {
        return this.parts.last[1].forward(this.parts.last[0].forward(this.inner.forward(z)).neg().sub(1));
      }
    }
    class Net extends nn.Module {
      readonly block = new Block();
      readonly out = new nn.Linear(3, 1);
      forward(z: Tensor): Tensor {
        return this.out.forward(this.block.encode(z));
      }
    }
    assert.match((await failing(new Net())).message, /First: log in layer block\.parts\.last\.1 \(forward pass\)/);
    class Own extends Net {
      override forward(z: Tensor): Tensor {
        return this.out.forward(this.block.inner.forward(z).abs().neg().sub(1).sqrt());
      }
    }
    assert.match((await failing(new Own())).message, /First: sqrt in the network itself \(forward pass\)/);
    class Within extends nn.Module {
      readonly block = new (class extends Block {
        override encode(z: Tensor): Tensor {
          return this.inner.forward(z).abs().neg().sub(1).sqrt();
        }
      })();
      readonly out = new nn.Linear(3, 1);
      forward = (z: Tensor): Tensor => this.out.forward(this.block.encode(z));
    }
    assert.match((await failing(new Within())).message, /First: sqrt in layer block \(forward pass\)/);
  });

  test("that its parent holds out of sight: the parent", async () => {
    class Hiding extends nn.Module {
      readonly out = new nn.Linear(3, 1);
      readonly #log = new Log();
      forward(z: Tensor): Tensor {
        return this.out.forward(this.#log.forward(z));
      }
    }
    assert.match((await failing(new Hiding())).message, /First: log in the network itself/);
  });

  test("not for what the loss makes", async () => {
    const net = () => nn.sequential({ seed: 3 }, new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 1));
    const logs = await failing(net(), { loss: (p, t) => meanSquaredError(p, t).add(1).log().neg().sub(1).log() });
    assert.match(logs.message, /First: log in the loss \(forward pass\) made NaN of shape \[\]/);
    assert.deepEqual([first(logs)?.layer, first(logs)?.part], [undefined, "loss"]);
    const rate = await failing(nn.sequential({ seed: 3 }, new nn.Linear(3, 1)), { optimizer: sgd(50) });
    assert.match(rate.message, /First: \w+ in the loss \(forward pass\) made Infinity/);
    assert.match(rate.message, /learning rate 50 is too high/);
  });

  test("of the op whose derivative it is", async () => {
    class Root extends nn.Module {
      forward(z: Tensor): Tensor {
        return z.mul(0).sqrt();
      }
    }
    const error = await failing(nn.sequential({ seed: 1 }, new nn.Linear(3, 4), new Root(), new nn.Linear(4, 1)));
    assert.match(error.message, /First: \w+ in the derivative of sqrt in layer layers\.1 \(backward pass\) made/);
    assert.match(error.message, /Likely cause: the derivative of sqrt/);
    const inLoss = await failing(nn.sequential(new nn.Linear(3, 1)), { loss: (p) => p.mul(0).sqrt().sum() });
    assert.match(inLoss.message, /First: \w+ in the derivative of sqrt in the loss \(backward pass\) made/);
  });

  test("and leaves the classes as they were", async () => {
    const [before, linear] = [Log.prototype.forward, nn.Linear.prototype.forward];
    const net = nn.sequential(new Log(), new nn.Linear(3, 1));
    await failing(net);
    assert.equal(Log.prototype.forward, before);
    assert.equal(nn.Linear.prototype.forward, linear);
    assert.ok(!Object.hasOwn(net, "forward"));
    class Throwing extends nn.Module {
      readonly inner = new nn.Linear(3, 1);
      forward = (): Tensor => {
        throw new RangeError("mine");
      };
    }
    const throwing = new Throwing();
    const own = throwing.forward;
    const step = trainingStep(throwing, (z: Tensor) => throwing.forward().add(z), sgd());
    assert.throws(() => step.trace(x), /mine/);
    assert.equal(throwing.forward, own);
    assert.equal(nn.Linear.prototype.forward, linear);
  });
});

describe("debugRun names the layer", () => {
  const net = () => nn.sequential({ seed: 1 }, new nn.Linear(3, 4), new Log(), new nn.Linear(4, 1));

  test("of a plain function, a compiled one and a training step", () => {
    const one = net();
    for (const fn of [(z: Tensor) => one.forward(z), compile((z: Tensor) => one.forward(z))]) {
      const found = culprit(fn, x);
      assert.deepEqual([found.op, found.layer, found.part], ["log", "layers.1", "network"]);
      assert.match(String(found), /^log in layer layers\.1 \(op/);
    }
    const step = trainingStep(one, (z: Tensor, t: Tensor) => meanSquaredError(one.forward(z), t), sgd());
    assert.equal(culprit(step, x, y).layer, "layers.1");
  });

  test("of a part that is called by itself, of a network used before or not", () => {
    for (const used of [false, true]) {
      class Net extends nn.Module {
        readonly encoder = new nn.Linear(3, 2);
        readonly decoder = nn.sequential(new Log(), new nn.Linear(2, 1));
      }
      const one = new Net({ seed: 1 });
      if (used) nn.parameters(one);
      const found = culprit((z: Tensor) => one.decoder.forward(one.encoder.forward(z).abs().neg()), x);
      assert.equal(found.layer, "decoder.layers.0");
    }
  });

  test("through custom derivatives, vmap and grad", () => {
    class Safe extends nn.Module {
      readonly log = customDerivative((z: Tensor) => z.log(), { vjp: (_, g) => [g] });
      forward(z: Tensor): Tensor {
        return this.log(z);
      }
    }
    const safe = nn.sequential({ seed: 1 }, new nn.Linear(3, 4), new Safe());
    assert.equal(culprit((z: Tensor) => safe.forward(z), x).layer, "layers.1");
    const one = net();
    assert.equal(
      culprit((z: Tensor) => vmap((row: Tensor) => one.forward(row.reshape([1, 3])))(z), x).layer,
      "layers.1",
    );
    class Root extends nn.Module {
      forward(z: Tensor): Tensor {
        return z.mul(0).sqrt();
      }
    }
    const root = nn.sequential({ seed: 1 }, new nn.Linear(3, 4), new Root());
    const found = culprit((z: Tensor) => grad((v: Tensor) => root.forward(v).sum())(z), x);
    assert.deepEqual([found.layer, found.derivativeOf], ["layers.1", "sqrt"]);
  });

  test("none where there is none, and the loss where there is a step", () => {
    const plain = culprit((z: Tensor) => z.log(), x);
    assert.deepEqual([plain.layer, plain.part], [undefined, undefined]);
    assert.match(String(plain), /^log \(op/);
    const linear = new nn.Linear(3, 1);
    assert.match(
      String(culprit((z: Tensor) => linear.forward(z).abs().neg().log(), x)),
      /^log outside of the layers \(op/,
    );
    const step = trainingStep(linear, (z: Tensor) => linear.forward(z).abs().neg().log().sum(), sgd());
    assert.match(String(culprit(step, x)), /^log in the loss \(op/);
    const update = trainingStep(linear, (z: Tensor) => linear.forward(z).sum(), optim.scaleByLearningRate(3e38));
    assert.match(String(culprit(update, x.mul(10))), /^\w+ in the optimiser's step \(op/);
  });
});
