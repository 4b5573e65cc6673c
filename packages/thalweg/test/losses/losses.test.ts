/** Losses: values and gradients against PyTorch (tools/reference/nn.py), extremes, and what is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DTypeError, IndexError, ShapeError, UserError } from "../../src/base/errors.js";
import * as losses from "../../src/losses/index.js";
import { gradients, Module, ones, Parameter } from "../../src/nn/index.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { useDevice } from "../device.js";
import json from "../references/nn.json" with { type: "json" };

useDevice();

type Loss = (prediction: Tensor, target: Tensor, options: losses.LossOptions) => Tensor;
const byName: Readonly<Record<string, Loss>> = { ...losses };

const flat = (values: unknown): number[] => [values].flat(9) as number[];

function near(what: string, found: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(found.length, expected.length, what);
  expected.forEach((y, i) => {
    const x = found[i] ?? Number.NaN;
    assert.ok(Math.abs(x - y) <= 4e-15 * Math.max(1, Math.abs(y)), `${what} ${i}: ${x}, PyTorch ${y}`);
  });
}

/** Holds the predictions as a parameter, to have their gradients. */
class Holder extends Module {
  prediction: Parameter;
  constructor(value: Tensor) {
    super({ dtype: "float64" });
    this.prediction = new Parameter(value.shape, ones());
    this.prediction.bind({ path: "prediction", dtype: "float64", key: Int32Array.of(0, 0) });
    this.prediction.set(value);
  }
}

describe("against PyTorch", () => {
  json.losses.forEach((c, i) => {
    test(`${c.name} ${JSON.stringify(c.options)}${c.weights === null ? "" : " weighted"} (${i})`, () => {
      const prediction = tensor(c.prediction, { dtype: "float64" });
      const target = tensor(c.target, { dtype: c.labels === "int32" ? "int32" : "float64" });
      const options = {
        ...c.options,
        ...(c.weights === null ? {} : { weights: tensor(c.weights, { dtype: "float64" }) }),
      } as losses.LossOptions;
      const f = byName[c.name] as Loss;
      near("value", f(prediction, target, options).data(), flat(c.value));
      const holder = new Holder(prediction);
      const found = gradients(holder, () => f(holder.prediction.value, target, options).sum())();
      near("gradient", (found.prediction as Tensor).data(), flat(c.gradient));
    });
  });
});

describe("extremes", () => {
  test("logits of ±1000 give finite losses and gradients", () => {
    const holder = new Holder(tensor([1000, -1000, 1000, -1000], { dtype: "float64" }));
    const targets = tensor([1, 0, 0, 1], { dtype: "float64" });
    const f = () => losses.binaryCrossEntropy(holder.prediction.value, targets, { reduction: "sum" });
    assert.equal(f().item(), 2000);
    assert.deepEqual(gradients(holder, f)().prediction?.array(), [0, 0, 1, -1]);
  });
  test("a confident right answer keeps its digits: ln(1 + e⁻⁴⁰) is e⁻⁴⁰", () => {
    const one = (z: number, t: number) =>
      losses.binaryCrossEntropy(tensor([z], { dtype: "float64" }), tensor([t], { dtype: "float64" })).item();
    for (const loss of [one(40, 1), one(-40, 0)]) assert.ok(Math.abs(loss / Math.exp(-40) - 1) < 1e-14, `${loss}`);
  });
  test("float64 targets do not make a float32 loss float64", () => {
    assert.equal(losses.meanSquaredError(zeros([2]), zeros([2], { dtype: "float64" })).dtype, "float32");
    assert.equal(losses.binaryCrossEntropy(zeros([2]), tensor([true, false])).dtype, "float32");
  });
});

describe("refused", () => {
  const logits = zeros([3, 4]);
  test("targets of another shape, with the fix", () => {
    assert.throws(
      () => losses.meanSquaredError(zeros([5, 1]), zeros([5])),
      (e: Error) => e instanceof ShapeError && /\[5, 1\].*\[5\].*\.reshape\(\[5, 1\]\)/.test(e.message),
    );
    assert.throws(() => losses.binaryCrossEntropy(zeros([5]), zeros([4])), ShapeError);
  });
  test("a label that is no class is named for what it is, also in a compiled step", () => {
    const error = { name: "IndexError", message: "crossEntropy: a label is out of range: 3 classes take 0 to 2" };
    const three = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const step = compile((labels: Tensor) => losses.crossEntropy(three, labels));
    for (const wrong of [3, -1, 2 ** 31 - 1]) {
      const labels = tensor([0, wrong], { dtype: "int32" });
      assert.throws(() => losses.crossEntropy(three, labels).item(), error);
      assert.throws(() => step(labels), error);
    }
    assert.ok(step(tensor([0, 2], { dtype: "int32" })).item() > 0);
  });

  test("float class labels, one-hot whole numbers, columns, booleans: each with its fix", () => {
    const refuse = (labels: Tensor, kind: typeof UserError, fix: RegExp) =>
      assert.throws(
        () => losses.crossEntropy(logits, labels),
        (e: Error) => e instanceof kind && fix.test(e.message),
      );
    refuse(zeros([3]), DTypeError, /\.cast\("int32"\)/);
    refuse(zeros([3, 4], { dtype: "int32" }), DTypeError, /one-hot.*\.cast\("float32"\)/);
    refuse(zeros([3, 1], { dtype: "int32" }), ShapeError, /\.reshape\(\[3\]\)/);
    refuse(tensor([true, false, true]), DTypeError, /\.cast\("int32"\)/);
    refuse(zeros([2], { dtype: "int32" }), ShapeError, /shape \[3\]/);
  });
  test("class indices out of range", () => {
    for (const bad of [4, -1]) {
      assert.throws(() => losses.crossEntropy(logits, tensor([0, bad, 1], { dtype: "int32" })).item(), IndexError);
    }
  });
  test("weights that do not fit, settings out of range, logits that are no floats", () => {
    assert.throws(
      () => losses.meanSquaredError(zeros([3, 2]), zeros([3, 2]), { weights: zeros([2]) }),
      /weights of shape \[2\]/,
    );
    assert.throws(() => losses.huber(zeros([2]), zeros([2]), { delta: 0 }), /delta must be > 0/);
    assert.throws(() => losses.crossEntropy(logits, zeros([3], { dtype: "int32" }), { labelSmoothing: 1 }), UserError);
    assert.throws(() => losses.meanSquaredError(zeros([2], { dtype: "int32" }), zeros([2])), DTypeError);
    assert.throws(() => losses.meanSquaredError(zeros([2]), zeros([2]), { reduction: "average" as "mean" }), UserError);
  });
});
