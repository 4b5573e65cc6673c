/** XOR, which no linear model solves: a network of sigmoid and linear layer, with backpropagation written by hand beside autodiff. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { meanSquaredError } from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import { sgd } from "../../src/optim/index.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { trainingStep } from "../../src/train/index.js";
import { useDevice } from "../device.js";

useDevice();

type Matrix = number[][];
const hidden = 4;
const rate = 0.25;
const inputs: Matrix = [[0, 0], [0, 1], [1, 0], [1, 1]]; // biome-ignore format: a truth table
const targets: Matrix = [[0], [1], [1], [0]];

class Net extends nn.Module {
  first = new nn.Linear(2, hidden, { initializer: nn.normal() });
  second = new nn.Linear(hidden, 1, { initializer: nn.normal() });
  forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x).sigmoid());
  }
}

const map = (a: Matrix, f: (x: number, i: number, j: number) => number): Matrix =>
  a.map((row, i) => row.map((x, j) => f(x, i, j)));
const at = (a: Matrix, i: number, j: number): number => a[i]?.[j] ?? Number.NaN;
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * at(b, k, j), 0)));
const transposed = (a: Matrix): Matrix => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN));
const columnSums = (a: Matrix): Matrix => [
  (a[0] ?? []).map((_, j) => a.reduce((sum, row) => sum + (row[j] ?? Number.NaN), 0)),
];

/** Loss, and its gradients by the chain rule, layer by layer from the output. */
function backpropagate(w1: Matrix, b1: Matrix, w2: Matrix, b2: Matrix) {
  const a = map(times(inputs, w1), (z, _, j) => 1 / (1 + Math.exp(-(z + at(b1, 0, j))))); // (4, hidden)
  const y = map(times(a, w2), (z, _, j) => z + at(b2, 0, j)); // (4, 1)
  const loss = y.reduce((sum, row, i) => sum + ((row[0] ?? 0) - at(targets, i, 0)) ** 2, 0) / 4;
  const d2 = map(y, (v, i, j) => (2 / 4) * (v - at(targets, i, j))); // ∂L/∂y
  const d1 = map(times(d2, transposed(w2)), (d, i, j) => d * at(a, i, j) * (1 - at(a, i, j))); // σ' = σ(1 − σ)
  return {
    loss,
    w1: times(transposed(inputs), d1),
    b1: columnSums(d1),
    w2: times(transposed(a), d2),
    b2: columnSums(d2),
  };
}

test("a trained two-layer network gives XOR, step by step as by hand", () => {
  const net = new Net({ seed: 11, dtype: "float64" });
  const read = (p: nn.Parameter | undefined): Matrix => {
    const values = p?.value.array();
    return (p?.shape.length === 1 ? [values] : values) as Matrix;
  };
  let [w1, b1] = [read(net.first.weight), read(net.first.bias)];
  let [w2, b2] = [read(net.second.weight), read(net.second.bias)];
  const step = trainingStep(
    net,
    (x: Tensor, y: Tensor) => meanSquaredError(net.forward(x), y),
    sgd({ learningRate: rate }),
  );
  const x = tensor(inputs, { dtype: "float64" });
  const y = tensor(targets, { dtype: "float64" });
  let loss = Number.NaN;
  for (let i = 0; i < 4000; i += 1) {
    loss = step(x, y).item();
    // Rounding differs; two thousand steps later its traces still must not be seen.
    if (i >= 2000) continue;
    const hand = backpropagate(w1, b1, w2, b2);
    assert.ok(Math.abs(loss - hand.loss) <= 1e-13, `step ${i}: loss ${loss}, by hand ${hand.loss}`);
    w1 = map(w1, (w, r, c) => w - rate * at(hand.w1, r, c));
    b1 = map(b1, (w, r, c) => w - rate * at(hand.b1, r, c));
    w2 = map(w2, (w, r, c) => w - rate * at(hand.w2, r, c));
    b2 = map(b2, (w, r, c) => w - rate * at(hand.b2, r, c));
    if (i === 1999) {
      map(w1, (w, r, c) => {
        assert.ok(Math.abs(w - at(net.first.weight.value.array() as Matrix, r, c)) <= 1e-12);
        return w;
      });
    }
  }
  assert.ok(loss < 1e-6, `loss ${loss}`);
  const outputs = (net.forward(x).array() as Matrix).map(([v]) => Math.round(v ?? Number.NaN));
  assert.deepEqual(outputs, [0, 1, 1, 0]);
});

test("no linear network does better than ½ everywhere", () => {
  const net = new nn.Linear(2, 1, { dtype: "float64", seed: 1 });
  const step = trainingStep(
    net,
    (x: Tensor, y: Tensor) => meanSquaredError(net.forward(x), y),
    sgd({ learningRate: rate }),
  );
  const [x, y] = [tensor(inputs, { dtype: "float64" }), tensor(targets, { dtype: "float64" })];
  for (let i = 0; i < 500; i += 1) step(x, y);
  assert.ok(Math.abs(step(x, y).item() - 0.25) < 1e-12);
});
