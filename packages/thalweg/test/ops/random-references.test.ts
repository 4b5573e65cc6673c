/** Random numbers bit for bit, against an implementation in arbitrary precision, and the functions behind them against SciPy. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeBuffer } from "../../src/graph/node.js";
import { compile, random, type Tensor, tensor } from "../../src/index.js";
import { realize } from "../../src/runtime/realize.js";
import { normalCdf, upperQuantile } from "../../src/tensor/ops/normal-quantile.js";
import { nextBelow, roundedUp } from "../../src/tensor/ops/random.js";
import { useDevice } from "../device.js";
import json from "../references/random.json" with { type: "json" };

useDevice();

function nearAll(actual: ArrayLike<number>, expected: readonly number[], relative: number, label: string): void {
  assert.equal(actual.length, expected.length, label);
  for (const [i, e] of expected.entries()) near(actual[i] ?? Number.NaN, e, relative, `${label} ${i}`);
}

const list = (t: Tensor): number[] => Array.from(t.data());

function near(actual: number, expected: number, relative: number, label: string): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${label}: ${actual}, not ${expected}`);
}

describe("random numbers, bit for bit", () => {
  for (const row of json.seeds) {
    test(`seed ${row.seed}`, () => {
      const { seed } = row;
      const key = random.key(seed);
      assert.deepEqual(list(key), row.key);
      assert.deepEqual(list(random.key(BigInt(seed))), row.key);
      assert.deepEqual(list(random.bits([12], { seed })), row.bits);
      assert.deepEqual(list(random.bits([3, 4], { key })), row.bits);
      assert.deepEqual(random.split(key, 3).map(list), row.split);
      assert.deepEqual(list(random.uniform([12], { key })), row.uniform32);
      assert.deepEqual(list(random.uniform([4, 3], { key, dtype: "float64" })), row.uniform64);
      for (const { low, high, values } of row.integers) {
        assert.deepEqual(list(random.integers([12], { key, low, high })), values, `[${low}, ${high})`);
      }
      nearAll(list(random.normal([12], { key })), row.normal32, 4e-7, "normal");
      nearAll(list(random.normal([12], { key, dtype: "float64" })), row.normal64, 4e-15, "normal");
      for (const [data, expected] of [...row.fold, ...row.foldText] as [number | string, number[]][]) {
        assert.deepEqual(list(random.fold(key, data)), expected, `fold ${data}`);
      }
    });
  }

  test("keys that are only known when the program runs give the same numbers", () => {
    const key = random.key(42);
    const data = tensor([7], { dtype: "int32" }).at(0);
    const draw = (k: Tensor, d: Tensor): Tensor[] => [
      ...random.split(k, 3),
      random.fold(k, -5),
      random.fold(k, "layers.0.bias"),
      random.fold(k, d),
      random.fold(k, d.neg()),
      random.normal([5], { key: k }),
      random.uniform([2, 2], { key: k, low: -3, high: 0.5 }),
      random.integers([9], { key: k, low: -4, high: 77 }),
      random.permutation(11, { key: k }),
    ];
    const inside = compile(draw)(key, data);
    const outside = [
      ...draw(key, data).slice(0, 5),
      random.fold(key, 7),
      random.fold(key, -7),
      ...draw(key, data).slice(7),
    ];
    assert.deepEqual(inside.map(list), outside.map(list));
    assert.deepEqual(list(random.splitKeys(key, 3)), random.split(key, 3).flatMap(list));
  });

  test("a longer draw begins with the shorter one, and every element stands for itself", () => {
    const short = list(random.uniform([10], { seed: 3, dtype: "float64" }));
    assert.deepEqual(list(random.uniform([50], { seed: 3, dtype: "float64" })).slice(0, 10), short);
  });
});

describe("the functions behind them", () => {
  test("the quantile of the normal distribution, as SciPy has it", () => {
    for (const [dtype, relative] of [
      ["float64", 3e-15],
      ["float32", 6e-7],
    ] as const) {
      const rows = json.quantile.filter(([p]) => dtype === "float64" || (p ?? 0) >= 2 ** -33);
      const ps = rows.map(([p]) => p ?? 0);
      const node = upperQuantile(
        makeBuffer([ps.length], dtype, dtype === "float64" ? Float64Array.from(ps) : Float32Array.from(ps)),
        true,
      );
      realize([node]);
      nearAll(
        node.storage ?? [],
        rows.map(([, z]) => z ?? 0),
        relative,
        `${dtype} Φ⁻¹, row`,
      );
    }
  });

  test("the normal distribution function, as SciPy has it", () => {
    for (const [x, p] of json.cdf) near(normalCdf(x ?? 0), p ?? 0, 1e-12, `Φ(${x})`);
    assert.equal(normalCdf(Number.NEGATIVE_INFINITY), 0);
    assert.equal(normalCdf(Number.POSITIVE_INFINITY), 1);
  });

  test("neighbours of floating-point numbers", () => {
    assert.equal(nextBelow(1, "float32"), 1 - 2 ** -24);
    assert.equal(nextBelow(-1, "float32"), -1 - 2 ** -23);
    assert.equal(nextBelow(0, "float32"), -(2 ** -149));
    assert.equal(nextBelow(1, "float64"), 1 - 2 ** -53);
    assert.equal(nextBelow(-1, "float64"), -1 - 2 ** -52);
    assert.equal(roundedUp(0.1, "float32"), Math.fround(0.1));
    assert.equal(roundedUp(-0.1, "float32"), nextBelow(Math.fround(0.1), "float32") * -1);
    assert.equal(roundedUp(0.1, "float64"), 0.1);
    assert.equal(roundedUp(Number.NEGATIVE_INFINITY, "float32"), Number.NEGATIVE_INFINITY);
  });

  test("truncated normals have the quartiles and moments of SciPy's", () => {
    const n = 20000;
    for (const { low, high, mean, std, quartiles } of json.truncated) {
      const draws = random.truncatedNormal([n], { seed: 11, low, high });
      const values = list(draws).sort((a, b) => a - b);
      const label = `[${low}, ${high}]`;
      assert.ok((values[0] ?? 0) >= low && (values[n - 1] ?? 0) <= high, `${label}: ${values[0]} … ${values[n - 1]}`);
      const average = values.reduce((a, b) => a + b, 0) / n;
      assert.ok(Math.abs(average - mean) < (4 * std) / Math.sqrt(n), `${label}: mean ${average}, not ${mean}`);
      // The share below a quartile deviates by no more than √(p(1 − p)/n), times four.
      quartiles.forEach((q, i) => {
        const p = (i + 1) / 4;
        const share = values.filter((v) => v < q).length / n;
        assert.ok(Math.abs(share - p) < 4 * Math.sqrt((p * (1 - p)) / n), `${label}: ${share} below the quartile ${p}`);
      });
    }
  });
});
