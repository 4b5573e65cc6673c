/** Faults put into functions on purpose: the op that made them must be named, and nothing else. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { InternalError, NumericalError } from "../../src/base/errors.js";
import { checkProgram, type DebugReport, debugRun, interpreterDevice, type OpReport } from "../../src/debug/index.js";
import { compile, customDerivative, scan, Tensor, tensor, where } from "../../src/index.js";
import { meanSquaredError } from "../../src/losses/index.js";
import { Linear, Module } from "../../src/nn/index.js";
import { sgd } from "../../src/optim/index.js";
import { type Device, device, setDevice, type Traced } from "../../src/runtime/device.js";
import { Variable } from "../../src/runtime/variable.js";
import { assignVariable, readVariable } from "../../src/tensor/trace.js";
import { trainingStep } from "../../src/train/index.js";

class Deep extends Module {
  readonly first = new Linear(3, 8);
  readonly second = new Linear(8, 8);
  readonly third = new Linear(8, 2);
  readonly between: (x: Tensor) => Tensor;

  constructor(between: (x: Tensor) => Tensor) {
    super({ seed: 7 });
    this.between = between;
  }

  forward(x: Tensor): Tensor {
    return this.third.forward(this.between(this.second.forward(this.first.forward(x).tanh())));
  }
}

const batch = tensor([
  [1, 2, 3],
  [0.5, -1, 2],
]);

interface Fault {
  readonly name: string;
  readonly between: (x: Tensor) => Tensor;
  readonly op: string;
  readonly value: number;
}

const faults: readonly Fault[] = [
  {
    name: "log of a negative number",
    between: (x) => x.abs().neg().sub(1).log(),
    op: "log",
    value: Number.NaN,
  },
  {
    name: "overflow of exp",
    between: (x) => x.abs().add(100).exp(),
    op: "exp",
    value: Number.POSITIVE_INFINITY,
  },
  { name: "0/0", between: (x) => x.sub(x).div(x.mul(0)), op: "div", value: Number.NaN },
  {
    name: "root of a negative number",
    between: (x) => x.abs().neg().sub(0.5).sqrt(),
    op: "sqrt",
    value: Number.NaN,
  },
  {
    name: "overflow of a product",
    between: (x) => x.abs().add(1).mul(2e38).mul(2),
    op: "mul",
    value: Number.POSITIVE_INFINITY,
  },
];

describe("debugRun names the op that made the first NaN or infinity", () => {
  for (const { name, between, op, value } of faults) {
    it(name, () => {
      const net = new Deep(between);
      const report = debugRun((x: Tensor) => net.forward(x), [batch]);
      const found = culprit(report);
      assert.equal(found.op, op);
      assert.equal(found.layer, "");
      assert.ok(Object.is(found.value, value), `${found.value}`);
      assert.deepEqual(found.shape, [2, 8]);
      assert.ok(found.inputs.every((x) => x.nonFinite === 0));
      assert.equal(report.deviation, undefined);
      assert.match(String(report), new RegExp(`${op} in the network itself`));
    });
  }
  it("nothing where nothing is wrong", () => {
    const net = new Deep((x) => x.relu());
    const report = debugRun((x: Tensor) => net.forward(x).sum(), [batch]);
    assert.equal(report.nonFinite, undefined);
    assert.equal(report.deviation, undefined);
    assert.deepEqual(report.masked, []);
    assert.ok(report.ops > 10);
    assert.equal(report.result.item(), net.forward(batch).sum().item());
  });
  it("tells the ranges of the operands and the element", () => {
    const found = culprit(debugRun((x: Tensor) => x.log().sum(), [tensor([4, 2, -3, 1])]));
    assert.deepEqual([found.op, found.element], ["log", 2]);
    const [input] = found.inputs;
    assert.deepEqual([input?.from, input?.min, input?.max, input?.at], ["argument 0", -3, 4, -3]);
  });
  it("what a where keeps out is told apart from what reaches a result", () => {
    const guarded = debugRun((x: Tensor) => where(x.gt(0), x.log(), 0).sum(), [tensor([0, 2, 1])]);
    assert.equal(guarded.nonFinite, undefined);
    assert.deepEqual(
      guarded.masked.map((m) => m.op),
      ["log"],
    );
    const both = debugRun((x: Tensor) => where(x.gt(0), x.log(), 0).sum().div(x.min()), [tensor([0, 2, 1])]);
    assert.equal(culprit(both).op, "div");
    assert.deepEqual(
      both.masked.map((m) => m.op),
      ["log"],
    );
  });
  it("what comes in is nobody's fault", () => {
    const report = debugRun((x: Tensor) => x.mul(2).exp(), [tensor([1, Number.NaN])]);
    assert.equal(report.nonFinite, undefined);
    assert.ok(Number.isNaN(report.result.data()[1]));
  });
  it("the round and the op within a loop", () => {
    const run = (h: Tensor, xs: Tensor): Tensor =>
      scan((c: Tensor, x: Tensor): [Tensor, Tensor] => [c.mul(x).exp(), c], h, xs)[0];
    const found = culprit(debugRun(run, [tensor([1]), tensor([[1], [1], [9], [1]])]));
    // 1, e, e^e, exp(9·e^e) is too large
    assert.deepEqual([found.op, found.round, found.value], ["exp", 2, Number.POSITIVE_INFINITY]);
  });
  it("ops inside custom derivatives", () => {
    const safe = customDerivative((x: Tensor) => x.sub(5).log(), { vjp: (_, g) => [g] });
    assert.equal(culprit(debugRun((x: Tensor) => safe(x.mul(2)), [tensor([1])])).op, "log");
  });
  it("the backward pass of a training step", () => {
    const net = new Deep((x) => x.mul(0).sqrt());
    const step = trainingStep(
      net,
      (x: Tensor, y: Tensor) => meanSquaredError(net.forward(x), y),
      sgd({ learningRate: 0.1 }),
    );
    const before = net.third.weight.value.data();
    const report = debugRun(
      step,
      [
        batch,
        tensor([
          [0, 1],
          [1, 0],
        ]),
      ],
      { update: false },
    );
    // √0 is 0, and its derivative is not finite.
    assert.equal(culprit(report).op, "div");
    assert.deepEqual(net.third.weight.value.data(), before);
  });
});

function culprit(report: DebugReport<unknown>): OpReport {
  assert.ok(report.nonFinite !== undefined, String(report));
  return report.nonFinite;
}

describe("variables", () => {
  it("are updated as in an ordinary call, or left alone", () => {
    const counter = new Variable("counter", [2], "float32", Float32Array.of(1, 2));
    const count = compile(() => {
      const next = new Tensor(readVariable(counter)).add(1);
      assignVariable(counter, next.node, () => assert.fail("outside of a trace"));
      return next;
    });
    assert.deepEqual([...debugRun(count, [], { update: false }).result.data()], [2, 3]);
    assert.deepEqual([...counter.read()], [1, 2]);
    assert.deepEqual([...debugRun(count, []).result.data()], [2, 3]);
    assert.deepEqual([...counter.read()], [2, 3]);
  });
});

describe("checkProgram", () => {
  it("gives what the function gives", () => {
    const f = checkProgram((x: Tensor) => ({ twice: x.mul(2), sum: x.sum() }));
    const { twice, sum } = f(tensor([1, 2, 3]));
    assert.deepEqual([...twice.data()], [2, 4, 6]);
    assert.equal(sum.item(), 6);
  });
  it("throws with the op", () => {
    const f = checkProgram(compile((x: Tensor) => x.log().sum(), { name: "entropy" }));
    assert.throws(
      () => f(tensor([1, 0])),
      (error) =>
        error instanceof NumericalError &&
        /checkProgram of entropy/.test(error.message) &&
        (error.facts.op as OpReport).op === "log",
    );
  });
});

describe("a device that computes wrongly", () => {
  const usual = device();
  afterEach(() => {
    setDevice(usual);
  });
  /** Everything right but for one element of the results of `op`, off by `factor`. */
  const wrong = (op: string, factor: number): Device => ({
    name: "wrong",
    compile(traced: Traced) {
      const program = interpreterDevice().compile(traced);
      return {
        dispose: () => program.dispose(),
        run(inputs) {
          const results = program.run(inputs);
          results.forEach((value, i) => {
            if (traced.outputs[i]?.op === op && value.length > 1) value[1] = (value[1] ?? 0) * factor;
          });
          return results;
        },
      };
    },
  });
  const f = (x: Tensor): Tensor => x.mul(3).exp().sum({ axis: 0 }).log();
  const x = tensor([
    [0.1, 0.2],
    [0.3, 0.4],
  ]);

  for (const op of ["mul", "exp", "sum", "log"]) {
    it(`is found out in ${op}`, () => {
      setDevice(wrong(op, 1 + 2 ** -18));
      const report = debugRun(f, [x]);
      assert.equal(report.deviation?.op, op, String(report));
      assert.ok(report.deviation.expected !== undefined && report.deviation.value !== report.deviation.expected);
      assert.throws(() => checkProgram(f)(x), InternalError);
    });
  }
  it("rounding is no fault", () => {
    setDevice(wrong("exp", 1 + 2 ** -23));
    assert.equal(debugRun(f, [x]).deviation, undefined);
    setDevice(usual);
    assert.equal(debugRun(f, [x]).deviation, undefined);
  });
  it("is not looked for on request", () => {
    setDevice(wrong("mul", 2));
    assert.equal(debugRun(f, [x], { compare: false }).deviation, undefined);
  });
});
