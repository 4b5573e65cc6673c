/** What users hold cannot be changed from outside, and travels as JSON without loss. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as root from "../../src/index.js";
import { compile, random, type Tensor, tensor, tensorFromJSON } from "../../src/index.js";
import * as nn from "../../src/nn/index.js";
import { useDevice } from "../device.js";

useDevice();

const wrong = (value: unknown): never => value as never;

describe("shapes", () => {
  test("cannot be written into", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const results = [
      x,
      x.add(1),
      x.reshape([3, 2]),
      x.sum({ axis: 0 }),
      x.transpose(),
      compile((v: Tensor) => v.mul(2))(x),
    ];
    for (const t of [...results, new nn.Linear(2, 3).weight, tensor(3)]) {
      const before = [...t.shape];
      assert.throws(() => writable(t.shape).push(3), TypeError);
      if (before.length > 0) assert.throws(() => writable(t.shape).fill(9), TypeError);
      assert.deepEqual([...t.shape], before);
    }
    assert.deepEqual(x.array(), [
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test("are not the arrays that were given: those stay the caller's", () => {
    const x = tensor([1, 2, 3, 4, 5, 6]);
    const seed = { seed: 1 };
    const cases: Record<string, (shape: number[]) => Tensor> = {
      zeros: (s) => root.zeros(s),
      ones: (s) => root.ones(s),
      full: (s) => root.full(s, 3),
      tensor: (s) => tensor(new Float32Array(6), { shape: s }),
      nested: (s) => tensor([1, 2, 3, 4, 5, 6], { shape: s }),
      fromData: (s) => root.fromData(new Float32Array(6), s),
      fromJSON: (s) => tensorFromJSON({ dtype: "int32", shape: s, data: [1, 2, 3, 4, 5, 6] }),
      reshape: (s) => x.reshape(s),
      broadcastTo: (s) => tensor(1).broadcastTo(s),
      expand: (s) => tensor(1).expand(s),
      bits: (s) => random.bits(s, seed),
      uniform: (s) => random.uniform(s, seed),
      normal: (s) => random.normal(s, seed),
      truncatedNormal: (s) => random.truncatedNormal(s, seed),
      integers: (s) => random.integers(s, { seed: 1, high: 3 }),
      bernoulli: (s) => random.bernoulli(s, seed),
      bernoulliTensor: (s) => random.bernoulli(s, { seed: 1, probability: tensor(0.5) }),
      exponential: (s) => random.exponential(s, seed),
      gumbel: (s) => random.gumbel(s, seed),
      categorical: (s) => random.categorical(x, { seed: 1, shape: s }),
      choice: (s) => random.choice(9, s, { seed: 1, replace: false }),
      choiceOf: (s) => random.choice(x, s, seed),
    };
    for (const [name, make] of Object.entries(cases)) {
      const given = [2, 3];
      const made = make(given);
      assert.deepEqual([...made.shape], [2, 3], name);
      given[0] = 7;
      given.push(1);
      assert.deepEqual([...made.shape], [2, 3], name);
      assert.equal(made.data().length, 6, name);
    }
  });
});

/** As an array that may be written into. */
function writable(shape: readonly number[]): number[] {
  return shape as number[];
}

describe("tensors as JSON", () => {
  const cases: Record<string, Tensor> = {
    float32: tensor([
      [0.1, -2.5],
      [1e-45, 3.4e38],
    ]),
    float64: tensor(new Float64Array([0.1, Math.PI, 5e-324, 1.7976931348623157e308])),
    "not finite": tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0]),
    int32: tensor([-2147483648, 7], { dtype: "int32" }),
    bool: tensor([true, false]),
    scalar: tensor(3),
    "no rows": root.zeros([0, 3]),
    "no columns": root.zeros([2, 0]),
    "computed now": tensor([1, 2]).mul(3),
  };
  for (const [name, t] of Object.entries(cases)) {
    test(name, () => {
      const text = JSON.stringify({ inside: [t] });
      const back = tensorFromJSON(JSON.parse(text).inside[0]);
      assert.deepEqual([back.dtype, [...back.shape]], [t.dtype, [...t.shape]]);
      assert.deepEqual(new Uint8Array(back.data().buffer), new Uint8Array(t.data().buffer));
    });
  }

  test("the form", () => {
    assert.equal(
      JSON.stringify(tensor([[1, Number.NaN, -0]])),
      '{"dtype":"float32","shape":[1,3],"data":[1,"NaN","-0"]}',
    );
    assert.equal(JSON.stringify(tensor([true])), '{"dtype":"bool","shape":[1],"data":[true]}');
  });

  test("a network's weights", () => {
    const [net, other] = [new nn.Linear(3, 2, { seed: 1 }), new nn.Linear(3, 2, { seed: 2 })];
    const parsed: Record<string, root.TensorJSON> = JSON.parse(JSON.stringify(nn.stateDict(net)));
    nn.loadStateDict(
      other,
      Object.fromEntries(Object.entries(parsed).map(([path, json]) => [path, tensorFromJSON(json)])),
    );
    assert.deepEqual(other.weight.value.data(), net.weight.value.data());
  });

  test("what has no value yet, and what is not of the form", () => {
    assert.throws(() => compile((x: Tensor) => (JSON.stringify(x) === "" ? x : x))(tensor([1])), root.TraceError);
    const refused = (json: unknown, message: RegExp) =>
      assert.throws(
        () => tensorFromJSON(wrong(json)),
        (e: Error) => e instanceof root.UserError && message.test(e.message),
      );
    refused(undefined, /^tensorFromJSON: expected \{ dtype, shape, data \}/);
    refused([1, 2], /^tensorFromJSON: expected/);
    refused({ dtype: "float32", shape: [1], data: ["x"] }, /element 0 of data must be a number.* got "x"/);
    refused({ dtype: "float32", shape: [1], data: [null] }, /element 0 of data .* got null/);
    refused({ dtype: "float16", shape: [1], data: [1] }, /^tensorFromJSON: dtype must be one of/);
    refused({ dtype: "float32", shape: [2], data: [1] }, /^tensorFromJSON:/);
    refused({ dtype: "int32", shape: [1], data: ["NaN"] }, /^tensorFromJSON:/);
    refused({ dtype: "float32", shape: ["a"], data: [1] }, /^tensorFromJSON:/);
  });
});
