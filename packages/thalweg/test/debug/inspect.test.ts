/** The inspector against programs whose parts can be counted by hand. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Inspection, inspect } from "../../src/debug/index.js";
import { compile, scan, type Tensor, tensor, zeros } from "../../src/index.js";
import { meanSquaredError } from "../../src/losses/index.js";
import { Linear, Module } from "../../src/nn/index.js";
import { adam } from "../../src/optim/index.js";
import { trainingStep } from "../../src/train/index.js";

describe("inspect", () => {
  it("one product with its bias and activation is one kernel", () => {
    const layer = compile((x: Tensor, w: Tensor, b: Tensor) => x.matmul(w).add(b).relu(), { name: "layer" });
    const seen = inspect(layer, zeros([32, 64]), zeros([64, 16]), zeros([16]));
    assert.equal(seen.name, "layer");
    assert.equal(seen.kernels.length, 1);
    const [kernel] = seen.kernels;
    assert.equal(kernel?.kind, "matmul");
    assert.match(kernel?.computes[0] ?? "", /= relu\(\(matmul\(argument 0, argument 1\) \+ argument 2\)\)$/);
    assert.deepEqual([...(kernel?.reads ?? [])].sort(), [
      "argument 0 float32[32, 64]",
      "argument 1 float32[64, 16]",
      "argument 2 float32[16]",
    ]);
    assert.equal(kernel?.writes.length, 1);
    // 2·m·k·n of the product, m·n of the sum and of the maximum.
    assert.equal(seen.cost.flops, 2 * 32 * 64 * 16 + 2 * 32 * 16);
    assert.equal(seen.cost.bytes, 4 * (32 * 64 + 64 * 16 + 16 + 32 * 16));
    assert.equal(seen.cost.elementary, 0);
    assert.equal(seen.cost.intensity, seen.cost.flops / seen.cost.bytes);
    assert.ok((kernel?.stages[0]?.lanes ?? 0) >= 4);
  });
  it("loops of an elementwise kernel", () => {
    const seen = inspect((x: Tensor) => x.exp().add(1), zeros([1000]));
    const stage = seen.kernels[0]?.stages[0];
    assert.equal(stage?.lanes, 4);
    assert.deepEqual(stage?.loops, [{ depth: 0, rounds: 250, step: 4 }]);
    assert.deepEqual([seen.cost.flops, seen.cost.elementary], [2000, 1000]);
    const double = inspect((x: Tensor) => x.exp().add(1), zeros([1000], { dtype: "float64" }));
    assert.equal(double.kernels[0]?.stages[0]?.lanes, 2);
    assert.equal(double.cost.bytes, 16000);
  });
  it("the graph is the simplified one, and formulas use its numbers", () => {
    const seen = inspect((x: Tensor) => x.mul(1).add(x.neg().neg()).sum(), zeros([4]));
    assert.deepEqual(seen.graph.split("\n"), [
      '%1 = input float32[4] "argument 0"',
      "%2 = add float32[4] %1 %1",
      "%3 = sum float32[] %2 axes=[0]",
      "return %3",
    ]);
    assert.equal(seen.kernels[0]?.computes[0], "%3 = sum[0]((argument 0 + argument 0))");
  });
  it("buffers that live together do not overlap", () => {
    const seen = inspect(
      (x: Tensor, y: Tensor) => {
        const a = x.matmul(y);
        const b = a.matmul(x).tanh();
        const c = b.matmul(a);
        return c.matmul(b).sum({ axis: 0 });
      },
      zeros([16, 16]),
      zeros([16, 16]),
    );
    checkMemory(seen);
    assert.ok(seen.memory.buffers.some((b) => b.from === -1 && b.holds.includes("argument 0")));
    assert.ok(seen.memory.arenaBytes < seen.memory.unsharedBytes + 1024);
  });
  it("a chain of products shares its memory", () => {
    const seen = inspect(
      (x: Tensor) => {
        let y = x;
        for (let i = 0; i < 8; i += 1) y = y.matmul(y);
        return y;
      },
      zeros([32, 32]),
    );
    checkMemory(seen);
    assert.equal(seen.kernels.length, 8);
    assert.ok(seen.memory.arenaBytes < 4 * 32 * 32 * 4, `${seen.memory.arenaBytes}`);
    assert.ok(seen.memory.unsharedBytes >= 9 * 32 * 32 * 4 - 1);
  });
  it("the rounds of a loop count", () => {
    const seen = inspect(
      (h: Tensor, xs: Tensor) => scan((c: Tensor, x: Tensor): [Tensor, undefined] => [c.add(x), undefined], h, xs)[0],
      zeros([10]),
      zeros([7, 10]),
    );
    const [kernel] = seen.kernels;
    assert.equal(kernel?.kind, "scan");
    assert.equal(kernel?.body.length, 1);
    assert.equal(kernel?.cost.flops, 70);
    assert.match(String(seen), /scan of 7 rounds/);
  });
  it("a training step: variables, the update in place, everything in one text", () => {
    class Net extends Module {
      hidden = new Linear(8, 64);
      out = new Linear(64, 1);
      forward(x: Tensor): Tensor {
        return this.out.forward(this.hidden.forward(x).relu());
      }
    }
    const net = new Net({ seed: 1 });
    const step = trainingStep(net, (x: Tensor, y: Tensor) => meanSquaredError(net.forward(x), y), adam());
    const seen = inspect(step, zeros([32, 8]), zeros([32, 1]));
    const weights = 8 * 64 + 64 + 64 + 1;
    const variables = seen.memory.variables.reduce((n, v) => n + v.bytes, 0);
    // Weights and both moments, and two powers in float64.
    assert.equal(variables, 3 * 4 * weights + 2 * 8);
    checkMemory(seen);
    // Forward, and twice as much backward, less the cotangent of the input.
    const products = 2 * 32 * (8 * 64 + 64) * 3 - 2 * 32 * 8 * 64;
    assert.ok(seen.cost.flops > products && seen.cost.flops < 1.5 * products, `${seen.cost.flops} of ${products}`);
    const before = net.hidden.weight.value.data();
    const text = String(seen);
    for (const word of ["graph, simplified", "kernels", "memory:", "cost of a run", "hidden.weight", "matmul"]) {
      assert.ok(text.includes(word), word);
    }
    assert.deepEqual(net.hidden.weight.value.data(), before, "nothing is run");
    assert.match(seen.loopIR(), /^fn main\(/m);
    const name = seen.kernels[0]?.stages[0]?.name ?? "";
    assert.match(seen.loopIR(name), new RegExp(`^fn ${name}\\(`));
    assert.equal(seen.loopIR(name).match(/^fn /gm)?.length, 1);
  });
  it("constants", () => {
    const table = tensor([1, 2, 3, 4, 5]);
    const seen = inspect((x: Tensor) => x.mul(table).exp(), zeros([5]));
    assert.deepEqual(
      seen.memory.constants.map((c) => c.bytes),
      [20],
    );
  });
});

/** No two buffers alive at one step overlap, and all lie within the arena. */
function checkMemory({ memory }: Inspection): void {
  for (const [i, a] of memory.buffers.entries()) {
    assert.ok(a.offset >= 16 && a.offset + a.bytes <= memory.arenaBytes);
    for (const b of memory.buffers.slice(i + 1)) {
      const together = a.from <= b.to && b.from <= a.to;
      const apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
      assert.ok(!together || apart, `${a.holds} and ${b.holds}`);
    }
  }
}
