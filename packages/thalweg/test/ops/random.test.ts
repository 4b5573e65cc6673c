/**
 * Random numbers have the distributions they claim. Seeds are fixed, so that the outcome is too; limits are those that a right generator
 * exceeds once in some thousand tests.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { vectorize } from "../../src/autodiff/vmap.js";
import { makeInput } from "../../src/graph/node.js";
import {
  arange,
  DTypeError,
  IndexError,
  random,
  ShapeError,
  Tensor,
  tensor,
  UserError,
  zeros,
} from "../../src/index.js";
import { normalCdf } from "../../src/tensor/ops/normal-quantile.js";
import { nextBelow } from "../../src/tensor/ops/random.js";
import { useDevice } from "../device.js";

useDevice();

const list = (t: Tensor): number[] => Array.from(t.data());

/** Kolmogorov and Smirnov: √n · sup |F − Fₙ| exceeds 1.95 with probability 0.001. */
function kolmogorovSmirnov(values: number[], cdf: (x: number) => number, label: string): void {
  const n = values.length;
  values.sort((a, b) => a - b);
  let distance = 0;
  for (const [i, x] of values.entries())
    distance = Math.max(distance, Math.abs(cdf(x) - i / n), Math.abs(cdf(x) - (i + 1) / n));
  assert.ok(distance * Math.sqrt(n) < 1.95, `${label}: distance ${distance} of ${n}`);
}

/** Pearson's χ², brought to a standard normal by Wilson and Hilferty's cube root. */
function chiSquare(counts: readonly number[], probabilities: readonly number[], label: string): void {
  const n = counts.reduce((a, b) => a + b, 0);
  let sum = 0;
  for (const [i, p] of probabilities.entries()) sum += ((counts[i] ?? 0) - n * p) ** 2 / (n * p);
  const k = probabilities.length - 1;
  const z = (Math.cbrt(sum / k) - (1 - 2 / (9 * k))) / Math.sqrt(2 / (9 * k));
  assert.ok(Math.abs(z) < 3.5, `${label}: χ² = ${sum} with ${k} degrees of freedom`);
}

function countsOf(values: ArrayLike<number>, size: number): number[] {
  const counts = new Array<number>(size).fill(0);
  for (const v of Array.from(values)) counts[v] = (counts[v] ?? 0) + 1;
  return counts;
}

const n = 20000;

describe("distributions", () => {
  for (const dtype of ["float32", "float64"] as const) {
    test(`uniform, ${dtype}`, () => {
      kolmogorovSmirnov(list(random.uniform([n], { seed: 1, dtype })), (x) => Math.min(1, Math.max(0, x)), "unit");
      const values = list(random.uniform([n], { seed: 2, dtype, low: -3, high: 5 }));
      assert.ok(Math.min(...values) >= -3 && Math.max(...values) < 5);
      kolmogorovSmirnov(values, (x) => (x + 3) / 8, "scaled");
    });

    test(`uniform never gives its upper limit, ${dtype}`, () => {
      // Half of the sums round up to `high` here.
      const low = nextBelow(1, dtype);
      assert.deepEqual(new Set(list(random.uniform([200], { seed: 5, dtype, low, high: 1 }))), new Set([low]));
    });

    test(`normal, ${dtype}`, () => {
      const values = list(random.normal([n], { seed: 3, dtype }));
      const moment = (k: number): number => values.reduce((sum, x) => sum + x ** k, 0) / n;
      // Of k-th powers: mean and standard deviation √(E x²ᵏ − (E xᵏ)²).
      for (const [k, mean, std] of [
        [1, 0, 1],
        [2, 1, Math.sqrt(2)],
        [3, 0, Math.sqrt(15)],
        [4, 3, Math.sqrt(96)],
      ] as const) {
        assert.ok(Math.abs(moment(k) - mean) < (4 * std) / Math.sqrt(n), `moment ${k}: ${moment(k)}`);
      }
      kolmogorovSmirnov(values, normalCdf, "normal");
      kolmogorovSmirnov(
        list(random.normal([n], { seed: 4, dtype, mean: 7, std: 0.1 })),
        (x) => normalCdf((x - 7) / 0.1),
        "scaled",
      );
    });

    test(`exponential and Gumbel, ${dtype}`, () => {
      const values = list(random.exponential([n], { seed: 5, dtype }));
      assert.ok(values.every((x) => x > 0 && Number.isFinite(x)));
      kolmogorovSmirnov(values, (x) => -Math.expm1(-x), "exponential");
      kolmogorovSmirnov(list(random.gumbel([n], { seed: 6, dtype })), (x) => Math.exp(-Math.exp(-x)), "Gumbel");
    });
  }

  test("every bit of the words is even", () => {
    const words = random.bits([n], { seed: 9 }).data();
    for (let bit = 0; bit < 32; bit += 1) {
      let ones = 0;
      for (const w of words) ones += (w >>> bit) & 1;
      assert.ok(Math.abs(ones - n / 2) < 2 * Math.sqrt(n), `bit ${bit}: ${ones} of ${n}`);
    }
  });

  test("integers", () => {
    chiSquare(countsOf(random.integers([n], { seed: 1, high: 7 }).data(), 7), new Array(7).fill(1 / 7), "7");
    const wide = list(random.integers([n], { seed: 2, low: -(2 ** 31), high: 2 ** 31 }));
    kolmogorovSmirnov(wide, (x) => x / 2 ** 32 + 0.5, "all of int32");
    // By remainders the lower third would come twice as often.
    const third = countsOf(
      list(random.integers([n], { seed: 3, high: 3 * 2 ** 29 })).map((x) => Math.floor(x / 2 ** 29)),
      3,
    );
    chiSquare(third, [1 / 3, 1 / 3, 1 / 3], "three parts");
    assert.deepEqual(list(random.integers([4], { seed: 4, low: -5, high: -4 })), [-5, -5, -5, -5]);
  });

  test("Bernoulli, with a number and with a tensor", () => {
    for (const p of [0.5, 0.1, 0.003]) {
      const byNumber = random.bernoulli([n], { seed: 1, probability: p });
      assert.equal(byNumber.dtype, "bool");
      chiSquare(countsOf(byNumber.data(), 2), [1 - p, p], `${p}`);
      const byTensor = random.bernoulli([n], { seed: 1, probability: tensor([p], { dtype: "float64" }) });
      assert.deepEqual(list(byTensor), list(byNumber));
    }
    for (const dtype of ["float32", "float64"] as const) {
      const edge = random.bernoulli([50, 3], { seed: 1, probability: tensor([0, 1, Number.NaN], { dtype }) });
      assert.deepEqual(list(edge.sum({ axis: 0 })), [0, 50, 0]);
    }
    assert.equal(random.bernoulli([50], { seed: 1, probability: 1 }).sum().item(), 50);
    assert.equal(random.bernoulli([50], { seed: 1, probability: 0 }).sum().item(), 0);
  });

  test("categorical", () => {
    const p = [0.1, 0.6, 0, 0.25, 0.05];
    const logits = tensor(p.map((x) => Math.log(x) + 5));
    const counts = countsOf(random.categorical(logits, { seed: 1, shape: [n] }).data(), 5);
    assert.equal(counts[2], 0);
    chiSquare(
      [0, 1, 3, 4].map((i) => counts[i] ?? 0),
      [0.1, 0.6, 0.25, 0.05],
      "categories",
    );
    const draws = random.categorical(zeros([3, 4, 2]), { seed: 2, axis: 1, shape: [5, 6] });
    assert.deepEqual([...draws.shape], [5, 6, 3, 2]);
    assert.ok(list(draws).every((i) => i >= 0 && i < 4));
    // A margin of 20 is decided by the tail of the noise alone.
    assert.equal(
      random
        .categorical(tensor([0, 20]), { seed: 3, shape: [n] })
        .sum()
        .item(),
      n,
    );
  });

  test("permutation: every order of four equally often", () => {
    const seen = new Map<string, number>();
    for (const key of random.split(random.key(5), 1200)) {
      const order = list(random.permutation(4, { key })).join("");
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    chiSquare([...seen.values()], new Array(24).fill(1 / 24), "orders");
    assert.deepEqual(list(random.permutation(500, { seed: 1 }).sort()), list(arange(500)));
    assert.deepEqual(list(random.permutation(0, { seed: 1 })), []);
  });

  test("shuffle and choice", () => {
    const x = arange(12).reshape([3, 4]);
    const shuffled = random.shuffle(x, { seed: 2, axis: 1 });
    assert.deepEqual(list(shuffled.sort({ axis: 1 })), list(x));
    assert.notDeepEqual(list(shuffled), list(x));
    assert.deepEqual([...random.choice(x, [5, 2], { seed: 1 }).shape], [5, 2, 4]);
    const all = random.choice(x, [3], { seed: 1, replace: false });
    assert.deepEqual(list(all.slice(":", 0).sort()), [0, 4, 8]);
    const p = [0.5, 0, 0.3, 0.2];
    const counts = countsOf(random.choice(4, [n], { seed: 1, probabilities: tensor(p) }).data(), 4);
    assert.equal(counts[1], 0);
    chiSquare(
      [0, 2, 3].map((i) => counts[i] ?? 0),
      [0.5, 0.3, 0.2],
      "weights",
    );
    // Drawn one after the other: P(2 first, then 0) = 0.3 · 0.5/0.7.
    let pairs = 0;
    for (const key of random.split(random.key(8), 1500)) {
      const [a, b] = list(random.choice(4, [2], { key, replace: false, probabilities: tensor(p) }));
      assert.ok(a !== b && a !== 1 && b !== 1);
      if (a === 2 && b === 0) pairs += 1;
    }
    const expected = (0.3 * 0.5) / 0.7;
    assert.ok(Math.abs(pairs / 1500 - expected) < 4 * Math.sqrt((expected * (1 - expected)) / 1500), `${pairs}`);
  });
});

describe("keys", () => {
  test("streams of related keys do not depend on each other", () => {
    const root = random.key(0);
    const keys = [
      root,
      ...random.split(root, 3),
      random.fold(root, 0),
      random.fold(root, 1),
      random.fold(root, "a"),
      random.key(1),
    ];
    const streams = keys.map((key) => list(random.normal([n], { key, dtype: "float64" })));
    streams.forEach((a, i) => {
      for (const lag of [0, 1, 2]) {
        streams.slice(lag === 0 ? i + 1 : i).forEach((b, j) => {
          let sum = 0;
          for (let k = 0; k + lag < n; k += 1) sum += (a[k] ?? 0) * (b[k + lag] ?? 0);
          const z = sum / Math.sqrt(n - lag);
          assert.ok(
            Math.abs(z) < 4.2,
            `streams ${i} and ${i + j}, lag ${lag}: correlation ${z} standard deviations from 0`,
          );
        });
      }
    });
  });

  test("of a batch, each draws what it would draw alone", () => {
    const keys = random.splitKeys(random.key(3), 4);
    const one = makeInput("key", { shape: [2], dtype: "int32" });
    const draw = random.normal([5], { key: new Tensor(one) });
    const [many] = vectorize([draw.node], new Map([[one, { node: keys.node, batched: true }]]), 4);
    assert.ok(many?.batched);
    const alone = random.split(random.key(3), 4).flatMap((key) => list(random.normal([5], { key })));
    assert.deepEqual(list(new Tensor(many.node)), alone);
  });

  test("empty shapes and scalars", () => {
    assert.deepEqual([...random.normal([], { seed: 1 }).shape], []);
    assert.equal(random.uniform([3, 0], { seed: 1 }).size, 0);
    assert.equal(random.integers([0], { seed: 1, high: 3 }).size, 0);
    assert.deepEqual(random.split(random.key(1), 0), []);
    assert.equal(random.choice(0, [0], { seed: 1 }).size, 0);
  });

  test("what cannot be is refused, with the reason", () => {
    const seed = 1;
    const key = random.key(1);
    const none = {} as { seed: number };
    for (const [call, kind, message] of [
      [() => random.normal([2], none), UserError, /normal: needs \{ key \}.*or \{ seed \}/],
      [() => random.normal([2], { seed, key } as unknown as { seed: number }), UserError, /a key or a seed, not both/],
      [() => random.key(0.5), UserError, /whole number/],
      [() => random.normal([2], { key: zeros([2]) }), DTypeError, /int32 tensor of shape \[2\]/],
      [() => random.normal([2], { key: random.splitKeys(key, 3) }), ShapeError, /shape \[2\], got \[3, 2\].*vmap/],
      [() => random.normal([-2], { seed }), ShapeError, /normal: every dimension/],
      [() => random.normal([2], { seed, std: -1 }), UserError, /standard deviation ≥ 0/],
      [() => random.normal([2], { seed, dtype: "int32" as "float32" }), DTypeError, /float32 or float64, got int32/],
      [() => random.uniform([2], { seed, low: 1, high: 1 }), UserError, /low < high/],
      [() => random.uniform([2], { seed, high: 1e39 }), UserError, /float32/],
      [() => random.uniform([2], { seed, high: Number.NaN }), UserError, /low < high/],
      [() => random.integers([2], { seed, high: 0 }), UserError, /low < high/],
      [() => random.integers([2], { seed, high: 2.5 }), UserError, /whole numbers/],
      [() => random.truncatedNormal([2], { seed, low: 40, high: 41 }), UserError, /37 standard deviations/],
      [() => random.bernoulli([2], { seed, probability: 1.1 }), UserError, /between 0 and 1, got 1.1/],
      [() => random.categorical(zeros([2, 0]), { seed }), ShapeError, /axis 1 of \[2, 0\] is empty/],
      [() => random.categorical(arange(3), { seed }), DTypeError, /must be float, got int32/],
      [() => random.categorical(zeros([3]), { seed, axis: 1 }), IndexError, /axis 1/],
      [
        () => random.choice(3, [4], { seed, replace: false }),
        ShapeError,
        /cannot draw 4 elements without replacement from 3/,
      ],
      [() => random.choice(0, [1], { seed }), ShapeError, /cannot draw 1 elements from 0/],
      [() => random.choice(3, [4], { seed, probabilities: zeros([2]) }), ShapeError, /shape \[3\].*got \[2\]/],
      [() => random.permutation(-1, { seed }), UserError, /≥ 0, got -1/],
      [() => random.fold(key, zeros([])), DTypeError, /int32 tensor of rank 0/],
    ] as const) {
      assert.throws(call, (error: Error) => error instanceof kind && message.test(error.message), `${call}`);
    }
  });
});
