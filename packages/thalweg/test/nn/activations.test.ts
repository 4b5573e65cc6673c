/** Activations: values and derivatives against PyTorch (tools/reference/nn.py), at corners and where formulas overflow. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as nn from "../../src/nn/index.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { useDevice } from "../device.js";
import json from "../references/nn.json" with { type: "json" };

useDevice();

const square = (f: (x: Tensor) => Tensor) => (x: Tensor) => f(x.reshape([4, 4]).div(10)).reshape([16]);
const layers: Readonly<Record<keyof typeof json.activations, (x: Tensor) => Tensor>> = {
  relu: (x) => new nn.ReLU().forward(x),
  leakyReLU: (x) => new nn.LeakyReLU().forward(x),
  "leakyReLU 0.2": (x) => new nn.LeakyReLU({ slope: 0.2 }).forward(x),
  sigmoid: (x) => new nn.Sigmoid().forward(x),
  tanh: (x) => new nn.Tanh().forward(x),
  gelu: (x) => new nn.GELU().forward(x),
  "gelu tanh": (x) => new nn.GELU({ approximate: "tanh" }).forward(x),
  silu: (x) => new nn.SiLU().forward(x),
  softplus: (x) => new nn.Softplus().forward(x),
  elu: (x) => new nn.ELU().forward(x),
  "elu 1.5": (x) => new nn.ELU({ alpha: 1.5 }).forward(x),
  softmax: square((x) => new nn.Softmax().forward(x)),
  logSoftmax: square((x) => new nn.LogSoftmax().forward(x)),
};

class Holder extends nn.Module {
  x = new nn.Parameter([16], nn.ones());
}

function near(what: string, found: ArrayLike<number>, expected: readonly (number | string)[]): void {
  expected.forEach((e, i) => {
    const y = Number(e);
    const x = found[i] ?? Number.NaN;
    const close = Object.is(x, y) || Math.abs(x - y) <= 1e-15 + 4e-15 * Math.abs(y);
    assert.ok(close, `${what} at ${json.points[i]}: ${x}, PyTorch ${y}`);
  });
}

for (const [name, { value, gradient }] of Object.entries(json.activations)) {
  test(name, () => {
    const f = layers[name as keyof typeof layers];
    const holder = new Holder({ dtype: "float64" });
    nn.loadStateDict(holder, { x: tensor(json.points, { dtype: "float64" }) });
    near("value", f(holder.x.value).data(), value);
    const weights = tensor(name.includes("oftmax") ? json.points.map((_, i) => i + 1) : json.points.map(() => 1), {
      dtype: "float64",
    });
    const found = nn.gradients(holder, () => f(holder.x.value).mul(weights).sum())();
    near("derivative", (found.x as Tensor).data(), gradient);
  });
}

describe("settings", () => {
  test("an unknown form of GELU is refused", () => {
    assert.throws(() => nn.gelu(tensor([1]), { approximate: "fast" as "tanh" }), /"none" or "tanh", got fast/);
  });
});
