/** First values: their distributions, their bits, and dropout's. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { key } from "../../src/base/random.js";
import * as nn from "../../src/nn/index.js";
import { normalQuantile } from "../../src/nn/normal-quantile.js";
import { ones } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { useDevice } from "../device.js";
import json from "../references/nn.json" with { type: "json" };

useDevice();

function draw(initializer: nn.Initializer, shape: readonly number[], seed = 1): Float64Array {
  const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
  initializer.fill(values, shape, key(seed));
  return values;
}

function moments(values: Float64Array) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, variance, low: Math.min(...values), high: Math.max(...values) };
}

test("normal quantiles are SciPy's, to 1e-15", () => {
  for (const [p, x] of json.quantiles as [number, number][]) {
    const found = normalQuantile(p);
    assert.ok(Math.abs(found - x) <= 2e-15 * Math.max(1, Math.abs(x)), `${p}: ${found}, SciPy ${x}`);
  }
});

describe("variances", () => {
  const shape = [200, 100];
  // Of 20,000 draws the variance is off by about 1 %; six of these are allowed.
  const cases: readonly (readonly [nn.Initializer, number])[] = [
    [nn.heUniform(), 2 / 200],
    [nn.heNormal(), 2 / 200],
    [nn.xavierUniform(), 2 / 300],
    [nn.xavierNormal(), 2 / 300],
    [nn.lecunUniform(), 1 / 200],
    [nn.lecunNormal(), 1 / 200],
    [nn.uniform(-2, 2), 16 / 12],
    [nn.normal(0, 3), 9],
    // Of a normal distribution cut at ±2: 1 − 4φ(2)/(2Φ(2) − 1).
    [nn.truncatedNormal(0, 1), 0.7737413035499232],
  ];
  for (const [initializer, variance] of cases) {
    test(initializer.name, () => {
      const found = moments(draw(initializer, shape));
      assert.ok(Math.abs(found.variance / variance - 1) < 0.06, `variance ${found.variance}, not ${variance}`);
      assert.ok(Math.abs(found.mean) < 5 * Math.sqrt(variance / 20000), `mean ${found.mean}`);
    });
  }
});

test("bounds are kept", () => {
  const he = moments(draw(nn.heUniform(), [50, 400]));
  assert.ok(he.high <= Math.sqrt(6 / 50) && he.high > 0.999 * Math.sqrt(6 / 50));
  const cut = moments(draw(nn.truncatedNormal(1, 0.5), [100, 100]));
  assert.ok(cut.low >= 0 && cut.high <= 2 && cut.low < 0.01);
  assert.deepEqual([...draw(nn.constant(3), [2])], [3, 3]);
});

test("fans of kernels count the kernel", () => {
  assert.deepEqual(nn.fans([3, 5, 8, 16]), { fanIn: 120, fanOut: 240 });
  assert.deepEqual(nn.fans([7]), { fanIn: 7, fanOut: 7 });
});

test("values stand for ever: the first of seed 1", () => {
  const bits = new BigInt64Array(draw(nn.heNormal(), [4, 4]).buffer).slice(0, 2);
  assert.deepEqual([...bits], [4604979351130396905n, -4620887011710937404n]);
});

describe("dropout", () => {
  const shape = [100, 100];
  const dropped = (rate: number, seed = 1): Tensor =>
    nn.inTraining({ seed }, () => new nn.Dropout(rate).forward(ones(shape)));
  test("drops the given share and scales the rest", () => {
    const values = [...dropped(0.3).data()];
    const share = values.filter((x) => x === 0).length / values.length;
    assert.ok(Math.abs(share - 0.3) < 5 * Math.sqrt((0.3 * 0.7) / 10000), `${share}`);
    assert.ok(values.every((x) => x === 0 || x === Math.fround(1 / 0.7)));
  });
  test("depends on the seed, and on the place among the calls", () => {
    assert.deepEqual(dropped(0.5).array(), dropped(0.5).array());
    assert.notDeepEqual(dropped(0.5).array(), dropped(0.5, 2).array());
    const [a, b] = nn.inTraining({ seed: 1 }, () => [nn.dropout(ones(shape), 0.5), nn.dropout(ones(shape), 0.5)]);
    assert.notDeepEqual(a?.array(), b?.array());
  });
  test("does nothing in evaluation mode, at rate 0, or inside inEvaluation", () => {
    const x = ones(shape);
    assert.equal(new nn.Dropout(0.5).forward(x), x);
    assert.equal(
      nn.inTraining({}, () => nn.dropout(x, 0)),
      x,
    );
    assert.equal(
      nn.inTraining({}, () => nn.inEvaluation(() => nn.dropout(x, 0.5))),
      x,
    );
  });
  test("passes gradients where it passes values", () => {
    const net = new nn.Linear(1, 50, { initializer: nn.ones() });
    const f = (x: Tensor) => nn.dropout(net.forward(x), 0.5).sum();
    const found = nn
      .gradients(net, f, { training: true, seed: 3 })(ones([1, 1]))
      .bias?.data();
    assert.ok([...(found ?? [])].every((x) => x === 0 || x === 2));
    assert.ok(new Set(found).size === 2);
  });
  test("refuses rates of 1 and beyond", () => {
    assert.throws(() => new nn.Dropout(1), /at least 0 and below 1, got 1/);
    assert.throws(() => new nn.Dropout(-0.1), /got -0.1/);
  });
});
