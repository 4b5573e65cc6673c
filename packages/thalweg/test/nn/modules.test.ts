/** Modules: paths, seeds, sharing, saving, printing, and what happens to parts that the root does not reach. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DTypeError, ShapeError, UserError } from "../../src/base/errors.js";
import { fold, key } from "../../src/base/random.js";
import * as nn from "../../src/nn/index.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { useDevice } from "../device.js";

useDevice();

class Block extends nn.Module {
  inner = new nn.Linear(3, 3);
  forward(x: Tensor): Tensor {
    return this.inner.forward(x).relu();
  }
}

class Net extends nn.Module {
  first = new nn.Linear(2, 3);
  blocks = [new Block(), new Block()];
  heads = { mean: new nn.Linear(3, 1), spread: new nn.Linear(3, 1, { bias: false }) };
  forward(x: Tensor): Tensor {
    let h = this.first.forward(x);
    for (const block of this.blocks) h = block.forward(h);
    return this.heads.mean.forward(h).add(this.heads.spread.forward(h));
  }
}

const values = (net: nn.Module): Record<string, number[]> =>
  Object.fromEntries(Object.entries(nn.stateDict(net)).map(([path, t]) => [path, [...t.data()]]));
const sum = (x: Tensor) => x.sum();

describe("parameters", () => {
  test("are found in properties, arrays and plain objects, in order", () => {
    const shapes = Object.entries(nn.parameters(new Net())).map(([path, p]) => [path, p.shape]);
    assert.deepEqual(shapes, [
      ["first.weight", [2, 3]],
      ["first.bias", [3]],
      ["blocks.0.inner.weight", [3, 3]],
      ["blocks.0.inner.bias", [3]],
      ["blocks.1.inner.weight", [3, 3]],
      ["blocks.1.inner.bias", [3]],
      ["heads.mean.weight", [3, 1]],
      ["heads.mean.bias", [1]],
      ["heads.spread.weight", [3, 1]],
    ]);
    assert.equal(nn.parameterCount(new Net()), 6 + 3 + 2 * (9 + 3) + 3 + 1 + 3);
  });

  test("depend on seed and path, not on what is used first", () => {
    const [a, b, c] = [new Net({ seed: 5 }), new Net({ seed: 5 }), new Net({ seed: 6 })];
    // Each finds its root in another way: by a part of it, by the whole, and by a list.
    b.blocks[1]?.forward(zeros([1, 3]));
    a.forward(zeros([1, 2]));
    assert.deepEqual(values(a), values(b));
    const [x, y] = [values(a)["blocks.0.inner.weight"], values(c)["blocks.0.inner.weight"]];
    assert.notDeepEqual(x, y);
    assert.notDeepEqual(x, values(a)["blocks.1.inner.weight"]);
    const target = new Float32Array(9);
    nn.heUniform().fill(target, [3, 3], fold(key(5), "blocks.0.inner.weight"));
    assert.deepEqual(x, [...target]);
  });

  test("of an inner module with a seed are those of the module alone", () => {
    class Outer extends nn.Module {
      encoder = new Net({ seed: 3 });
    }
    const [alone, inside] = [values(new Net({ seed: 3 })), values(new Outer({ seed: 9 }))];
    assert.deepEqual(inside["encoder.blocks.1.inner.weight"], alone["blocks.1.inner.weight"]);
  });

  test("take the root's dtype; values are the same numbers, rounded", () => {
    const [single, double] = [new Net({ seed: 1 }), new Net({ seed: 1, dtype: "float64" })];
    assert.equal(double.first.weight.value.dtype, "float64");
    assert.equal(single.first.weight.value.dtype, "float32");
    assert.deepEqual([...single.first.weight.value.data()], [...Float32Array.from(double.first.weight.value.data())]);
    assert.equal(double.forward(zeros([1, 2], { dtype: "float64" })).dtype, "float64");
  });

  test("that are tied count once, under their first path", () => {
    class Tied extends nn.Module {
      a = new nn.Linear(3, 3);
      b = new nn.Linear(3, 3, { bias: false });
      again = this.a;
      constructor() {
        super();
        this.b.weight = this.a.weight;
      }
    }
    const net = new Tied();
    assert.deepEqual(Object.keys(nn.parameters(net)), ["a.weight", "a.bias"]);
    assert.equal(nn.parameterCount(net), 12);
    // Both uses add to one gradient: d/dW Σ(xW + xW) = 2x.
    const f = (x: Tensor) => net.a.forward(x).add(net.b.forward(x)).sum();
    assert.deepEqual(
      nn
        .gradients(
          net,
          f,
        )(tensor([[1, 2, 3]]))
        ["a.weight"]?.array(),
      [
        [2, 2, 2],
        [4, 4, 4],
        [6, 6, 6],
      ],
    );
  });

  test("that do not reach the loss have gradient 0", () => {
    const net = new Net();
    const found = nn.gradients(net, (x: Tensor) => net.first.forward(x).sum())(zeros([4, 2]));
    assert.deepEqual(found["first.bias"]?.array(), [4, 4, 4]);
    assert.deepEqual(found["heads.spread.weight"]?.array(), [[0], [0], [0]]);
  });

  test("used by a loss but not reached by the network are an error that names them", () => {
    class Hidden extends nn.Module {
      readonly #secret = new nn.Linear(2, 2);
      open = new nn.Linear(2, 2);
      forward(x: Tensor): Tensor {
        return this.open.forward(this.#secret.forward(x));
      }
    }
    const net = new Hidden();
    assert.throws(
      () => nn.gradients(net, (x: Tensor) => net.forward(x).sum())(zeros([1, 2])),
      (e: Error) =>
        e instanceof UserError && /parameter weight of shape \[2, 2\].*does not reach.*#private/.test(e.message),
    );
    const stranger = new Net({ seed: 1 });
    assert.throws(
      () => nn.gradients(net.open, (x: Tensor) => sum(stranger.first.forward(x)))(zeros([1, 2])),
      /first\.weight/,
    );
  });

  test("are read at each call of a compiled function", () => {
    const layer = new nn.Linear(1, 1, { initializer: nn.ones() });
    const f = compile((x: Tensor) => layer.forward(x));
    assert.equal(f(tensor([[3]])).item(), 3);
    layer.weight.set(tensor([[5]]));
    assert.equal(f(tensor([[3]])).item(), 15);
    assert.equal(layer.forward(tensor([[3]])).item(), 15);
  });
});

describe("Linear", () => {
  test("maps the last axis, whatever stands before it", () => {
    const layer = new nn.Linear(2, 3, { initializer: nn.ones(), biasInitializer: nn.constant(0.5) });
    assert.deepEqual(layer.forward(tensor([1, 2])).array(), [3.5, 3.5, 3.5]);
    assert.deepEqual(layer.forward(zeros([4, 5, 2])).shape, [4, 5, 3]);
    assert.deepEqual(layer.forward(zeros([0, 2])).shape, [0, 3]);
  });
  test("says which layer is given a wrong shape", () => {
    const net = new Net();
    assert.throws(
      () => net.forward(zeros([4, 7])),
      (e: Error) =>
        e instanceof ShapeError && /Linear\(2 → 3\).*first\.weight.*size 2, got shape \[4, 7\]/.test(e.message),
    );
    assert.throws(() => new nn.Linear(0, 3), /whole numbers ≥ 1/);
  });
});

describe("sequential", () => {
  test("takes layers, functions and options", () => {
    const net = nn.sequential({ seed: 2 }, new nn.Flatten(), new nn.Linear(4, 2), nn.tanh, new nn.Identity());
    assert.deepEqual(net.forward(zeros([3, 2, 2])).shape, [3, 2]);
    assert.deepEqual(Object.keys(nn.parameters(net)), ["layers.1.weight", "layers.1.bias"]);
    assert.throws(() => nn.sequential(new nn.ReLU(), 3 as unknown as nn.Stage), /layer 1 must be a module/);
  });
});

describe("state", () => {
  class Counter extends nn.Module {
    seen = new nn.State([], nn.zeros());
    linear = new nn.Linear(1, 1);
    count(x: Tensor): Tensor {
      this.seen.assign(this.seen.value.add(x.sum()));
      return this.seen.value;
    }
  }
  test("is no parameter, but saved", () => {
    const net = new Counter();
    assert.deepEqual(Object.keys(nn.parameters(net)), ["linear.weight", "linear.bias"]);
    assert.deepEqual(Object.keys(nn.stateDict(net)), ["seen", "linear.weight", "linear.bias"]);
  });
  test("is assigned by compiled functions and outside of them, and read in between", () => {
    const net = new Counter();
    const count = compile((x: Tensor) => net.count(x));
    assert.equal(count(tensor([1, 2])).item(), 3);
    assert.equal(net.count(tensor([4])).item(), 7);
    assert.equal(count(tensor([1, 1])).item(), 9);
  });
  test("is not assigned twice in one program, nor parameters in any", () => {
    const net = new Counter();
    assert.throws(() => compile((x: Tensor) => net.count(net.count(x)))(tensor([1])), /seen is assigned twice/);
    assert.throws(() => compile((x: Tensor) => net.linear.weight.set(x))(tensor([[1]])), /cannot be set inside/);
  });
});

describe("saving and loading", () => {
  test("gives the same network", () => {
    const [a, b] = [new Net({ seed: 1 }), new Net({ seed: 2 })];
    nn.loadStateDict(b, nn.stateDict(a));
    assert.deepEqual(values(a), values(b));
    const x = tensor([[1, -2]]);
    assert.deepEqual(a.forward(x).array(), b.forward(x).array());
  });
  test("keeps a snapshot, not a view", () => {
    const net = new Net({ seed: 1 });
    const saved = nn.stateDict(net);
    const before = saved["first.bias"]?.array();
    net.first.bias?.set(tensor([7, 8, 9]));
    assert.deepEqual(saved["first.bias"]?.array(), before);
  });
  test("lists all that does not fit, and changes nothing then", () => {
    const net = new Net({ seed: 1 });
    const before = values(net);
    const wrong: Record<string, Tensor> = {
      ...nn.stateDict(new Net({ seed: 2 })),
      stray: zeros([1]),
      "first.bias": zeros([4]),
    };
    delete wrong["heads.mean.bias"];
    wrong["heads.mean.weight"] = zeros([3, 1], { dtype: "float64" });
    assert.throws(() => nn.loadStateDict(net, wrong), {
      name: "UserError",
      message:
        "loadStateDict: missing: heads.mean.bias; not in the module: stray; first.bias has shape [4], the module's is [3]; " +
        'heads.mean.weight is float64, the module\'s is float32 (convert it with .cast("float32")); { strict: false } loads what has the same name',
    });
    assert.deepEqual(values(net), before);
    nn.loadStateDict(net, { "first.bias": zeros([3]), stray: zeros([1]) }, { strict: false });
    assert.deepEqual(values(net)["first.bias"], [0, 0, 0]);
  });
});

describe("printing", () => {
  test("shows a tree with shapes and counts", () => {
    class Shown extends nn.Module {
      body = nn.sequential(new nn.Linear(8, 1200), new nn.GELU({ approximate: "tanh" }), new nn.Dropout(0.25));
      seen = new nn.State([2], nn.zeros());
      tied = this.body.layers[0] as nn.Linear;
      out = new nn.Linear(1200, 1);
    }
    assert.equal(
      String(new Shown()),
      `Shown  seen [2] (state)                                          0
├─ body: Sequential
│  ├─ layers.0: Linear(8 → 1200)  weight [8, 1200], bias [1200]  10,800
│  ├─ layers.1: GELU(tanh)
│  └─ layers.2: Dropout(0.25)
├─ tied: Linear(8 → 1200) (shared, shown above)
└─ out: Linear(1200 → 1)  weight [1200, 1], bias [1]             1,201
12,001 trainable parameters`,
    );
  });
});

describe("construction", () => {
  test("checks seed and dtype", () => {
    assert.throws(() => new Net({ seed: 1.5 }), /seed must be a whole number, got 1.5/);
    assert.throws(() => new Net({ dtype: "int32" as "float32" }), DTypeError);
  });
  test("of many modules that are never used does not lose roots", () => {
    const first = new Net({ seed: 4 });
    for (let i = 0; i < 1500; i += 1) new Net();
    assert.equal(first.blocks[0]?.inner.weight.path, "blocks.0.inner.weight");
  });
});
