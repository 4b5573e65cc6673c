/** Three steps by hand, convergence, and settings as run-time inputs. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UserError } from "../../src/base/errors.js";
import * as optim from "../../src/optim/index.js";
import { type Device, device, setDevice } from "../../src/runtime/device.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { useDevice } from "../device.js";

useDevice();

type State = optim.OptimizerState;
type Numbers = Readonly<Record<string, number>>;

/** The update as a compiled function of a gradient. */
function stepper(optimizer: optim.Optimizer, gradient: (p: optim.Tensors) => optim.Tensors) {
  return compile((p: optim.Tensors, state: unknown, settings: optim.Scalars) => {
    const { updates, state: next } = optimizer.update(gradient(p), state as State, p, settings);
    return { p: optim.mapTensors(p, (x, u) => x.add(u), updates), state: next };
  });
}

function run(optimizer: optim.Optimizer, start: Numbers, gradient: (p: optim.Tensors) => optim.Tensors, steps: number) {
  const step = stepper(optimizer, gradient);
  let p: optim.Tensors = Object.fromEntries(
    Object.entries(start).map(([key, value]) => [key, tensor(value, { dtype: "float64" })]),
  );
  let state = optimizer.init(p);
  const trajectory: Record<string, number>[] = [];
  for (let i = 0; i < steps; i += 1) {
    ({ p, state } = step(p, state, optimizer.settings) as { p: optim.Tensors; state: State });
    trajectory.push(Object.fromEntries(Object.entries(p).map(([key, value]) => [key, value.item()])));
  }
  return trajectory;
}

describe("three steps by hand of θ²/2 from θ = 1, with η = 0.1", () => {
  const gradient = (p: optim.Tensors) => ({ theta: (p.theta as Tensor).mul(1) });
  // With g = θ: each list is worked out from the update rule alone.
  const [b1, b2] = [0.9, 0.999];
  const adamFirst = 1 - 0.1 * (1 / (1 + 1e-8)); // m̂ = 1, v̂ = 1
  const adamSecond =
    adamFirst -
    (0.1 * ((b1 * 0.1 + 0.1 * adamFirst) / (1 - b1 ** 2))) /
      (Math.sqrt((b2 * 0.001 + 0.001 * adamFirst ** 2) / (1 - b2 ** 2)) + 1e-8);
  const m3 = b1 * (b1 * 0.1 + 0.1 * adamFirst) + 0.1 * adamSecond;
  const v3 = b2 * (b2 * 0.001 + 0.001 * adamFirst ** 2) + 0.001 * adamSecond ** 2;
  const adamThird = adamSecond - (0.1 * (m3 / (1 - b1 ** 3))) / (Math.sqrt(v3 / (1 - b2 ** 3)) + 1e-8);
  const cases: readonly (readonly [optim.Optimizer, readonly [number, number, number]])[] = [
    // 1 − 0.1·1, ·0.9, ·0.9
    [optim.sgd({ learningRate: 0.1 }), [0.9, 0.81, 0.729]],
    // v = 1, 0.5 + 0.9 = 1.4, 0.7 + 0.76 = 1.46
    [optim.momentum({ learningRate: 0.1, momentum: 0.5 }), [0.9, 0.76, 0.614]],
    // m = 0.5, 0.25 + 0.475 = 0.725, 0.3625 + 0.43875 = 0.80125
    [optim.averagedMomentum({ learningRate: 0.1, momentum: 0.5 }), [0.95, 0.8775, 0.797375]],
    // v = 1: 1.5; v = 0.5 + 0.85 = 1.35: 0.85 + 0.675; v = 0.675 + 0.6975 = 1.3725: 0.6975 + 0.68625
    [optim.nesterov({ learningRate: 0.1, momentum: 0.5 }), [0.85, 0.6975, 0.559125]],
    // s = 1, 1.81, 1.81 + 0.8331034852…²
    [
      optim.adagrad({ learningRate: 0.1, epsilon: 0 }),
      [
        0.9,
        0.9 - 0.09 / Math.sqrt(1.81),
        0.9 -
          0.09 / Math.sqrt(1.81) -
          (0.1 * (0.9 - 0.09 / Math.sqrt(1.81))) / Math.sqrt(1.81 + (0.9 - 0.09 / Math.sqrt(1.81)) ** 2),
      ],
    ],
    // v = 0.25, 0.1875 + 0.25·0.64, …: θ = 1 − 0.1·2 = 0.8, 0.8 − 0.08/√0.3475
    [
      optim.rmsprop({ learningRate: 0.1, smoothing: 0.75, epsilon: 0 }),
      [
        0.8,
        0.8 - 0.08 / Math.sqrt(0.3475),
        0.8 -
          0.08 / Math.sqrt(0.3475) -
          (0.1 * (0.8 - 0.08 / Math.sqrt(0.3475))) /
            Math.sqrt(0.75 * 0.3475 + 0.25 * (0.8 - 0.08 / Math.sqrt(0.3475)) ** 2),
      ],
    ],
    [optim.adam({ learningRate: 0.1 }), [adamFirst, adamSecond, adamThird]],
    // Clipped to 0.5 each time.
    [optim.chain(optim.clipByValue(0.5), optim.sgd({ learningRate: 0.1 })), [0.95, 0.9, 0.85]],
    // g + 0.5θ = 1.5θ
    [optim.chain(optim.addDecayedWeights(0.5), optim.sgd({ learningRate: 0.1 })), [0.85, 0.7225, 0.614125]],
    // The decay does not go through the moments: the first step is adam's less 0.1·0.5.
    [optim.adamW({ learningRate: 0.1, weightDecay: 0.5 }), [adamFirst - 0.05, Number.NaN, Number.NaN]],
  ];
  for (const [optimizer, expected] of cases) {
    test(optimizer.name, () => {
      const found = run(optimizer, { theta: 1 }, gradient, 3);
      expected.forEach((value, i) => {
        if (Number.isNaN(value)) return;
        const theta = found[i]?.theta ?? Number.NaN;
        assert.ok(Math.abs(theta - value) <= 1e-14, `step ${i + 1}: ${theta}, by hand ${value}`);
      });
    });
  }
});

test("clipping keeps the direction by global norm, and each tensor's length by its own", () => {
  const gradients = { a: tensor([3, 0], { dtype: "float64" }), b: tensor([0, 4], { dtype: "float64" }) };
  const clip = (optimizer: optim.Optimizer, maximum: number): number[] => {
    const settings = { maximum: tensor(maximum, { dtype: "float64" }) };
    const { updates } = optimizer.update(gradients, [], gradients, settings);
    return ["a", "b"].flatMap((key) => [...(updates[key] as Tensor).data()]);
  };
  const near = (found: number[], expected: number[]): void => {
    for (const [i, x] of found.entries()) {
      assert.ok(Math.abs(x - (expected[i] ?? Number.NaN)) < 1e-12, `${found} is not ${expected}`);
    }
  };
  // ‖g‖ = 5; PyTorch divides by the norm + 1e-6.
  near(clip(optim.clipByGlobalNorm(1), 1), [3 / 5.000001, 0, 0, 4 / 5.000001]);
  near(clip(optim.clipByGlobalNorm(10), 10), [3, 0, 0, 4]);
  near(clip(optim.clipByNorm(2), 2), [6 / 3.000001, 0, 0, 8 / 4.000001]);
  near(clip(optim.clipByValue(3.5), 3.5), [3, 0, 0, 3.5]);
});

describe("the minimum of Rosenbrock's function, (1 − x)² + 100 (y − x²)², from (−1, 1.5)", () => {
  const gradient = ({ x, y }: optim.Tensors): optim.Tensors => {
    const [a, b] = [x as Tensor, y as Tensor];
    const r = b.sub(a.square());
    return { x: a.sub(1).mul(2).sub(a.mul(r).mul(400)), y: r.mul(200) };
  };
  // How near each comes in its steps differs: what is asked is what the method can do.
  const cases: readonly (readonly [optim.Optimizer, number, number])[] = [
    [optim.sgd({ learningRate: 1.5e-3 }), 8000, 0.01],
    [optim.momentum({ learningRate: 3e-4, momentum: 0.95 }), 2500, 0.01],
    [optim.averagedMomentum({ learningRate: 6e-3, momentum: 0.95 }), 2500, 0.01],
    [optim.nesterov({ learningRate: 3e-4, momentum: 0.95 }), 2500, 0.01],
    [optim.adagrad({ learningRate: 0.3 }), 8000, 0.02],
    [optim.rmsprop({ learningRate: 1e-3 }), 5000, 0.05],
    [optim.adam({ learningRate: 0.05 }), 3000, 0.01],
    [optim.adamW({ learningRate: 0.05, weightDecay: 0 }), 3000, 0.01],
    [optim.chain(optim.clipByGlobalNorm(1), optim.momentum({ learningRate: 5e-4, momentum: 0.95 })), 4000, 0.01],
  ];
  for (const [optimizer, steps, tolerance] of cases) {
    test(optimizer.name, () => {
      const { x, y } = run(optimizer, { x: -1, y: 1.5 }, gradient, steps).at(-1) ?? {};
      const away = Math.hypot((x ?? Number.NaN) - 1, (y ?? Number.NaN) - 1);
      assert.ok(away < tolerance, `after ${steps} steps at (${x}, ${y}), ${away} away`);
    });
  }
});

test("no setting makes a new program", () => {
  let compiled = 0;
  const inner: Device = device();
  const counting: Device = {
    name: "counting",
    compile: (traced) => {
      compiled += 1;
      return inner.compile(traced);
    },
  };
  setDevice(counting);
  try {
    const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.adamW());
    const step = stepper(optimizer, (p) => p);
    let p: optim.Tensors = { w: tensor([1, 2]) };
    let state = optimizer.init(p);
    for (let i = 1; i <= 5; i += 1) {
      const settings = {
        ...optimizer.settings,
        learningRate: 0.1 / i,
        beta1: 0.9 - i / 100,
        maximum: i,
        weightDecay: i / 7,
      };
      ({ p, state } = step(p, state, settings) as { p: optim.Tensors; state: State });
    }
    assert.equal(compiled, 1);
  } finally {
    setDevice(inner);
  }
});

describe("chains", () => {
  test("give equal names of settings their positions", () => {
    const settings = optim.chain(optim.clipByValue(1), optim.adam(), optim.clipByValue(2)).settings;
    assert.deepEqual(settings, {
      "0.maximum": 1,
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      "2.maximum": 2,
    });
  });
  test("refuse two learning rates, and nothing", () => {
    assert.throws(() => optim.chain(optim.adam(), optim.sgd()), /both scale by a learning rate/);
    assert.throws(() => optim.chain(), /at least one/);
  });
  test("refuse options that they do not have", () => {
    const typo: object = { learning_rate: 0.1 };
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
      assert.throws(() => optim[name](typo), new RegExp(`${name}: there is no option learning_rate`));
    }
  });
  test("refuse settings out of range", () => {
    assert.throws(() => optim.sgd({ learningRate: -1 }), /learningRate must be finite and ≥ 0, got -1/);
    assert.throws(() => optim.sgd({ learningRate: Number.NaN }), UserError);
    assert.throws(() => optim.adam({ beta2: 1 }), /beta2 must be at least 0 and below 1, got 1/);
    assert.throws(() => optim.clipByGlobalNorm(0), /maximum must be > 0, got 0/);
  });
});
