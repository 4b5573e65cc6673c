import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type CumulativeOptions,
  type NormOptions,
  type ReduceOptions,
  type Tensor,
  tensor,
  type VarianceOptions,
  zeros,
} from "../../src/index.js";
import { useDevice } from "../device.js";
import file from "../references/tensor-reductions.json" with { type: "json" };
import { assertMatches, byOp, inputsOf, labelOf, load } from "./reference.js";

useDevice();

type Options = ReduceOptions & VarianceOptions & NormOptions & CumulativeOptions & { readonly axis?: number };
const methods: Readonly<Record<string, (x: Tensor, options: Options) => Tensor>> = {
  sum: (x, o) => x.sum(o),
  prod: (x, o) => x.prod(o),
  mean: (x, o) => x.mean(o),
  max: (x, o) => x.max(o),
  min: (x, o) => x.min(o),
  any: (x, o) => x.any(o),
  all: (x, o) => x.all(o),
  variance: (x, o) => x.variance(o),
  std: (x, o) => x.std(o),
  logSumExp: (x, o) => x.logSumExp(o),
  norm: (x, o) => x.norm(o),
  argmax: (x, o) => x.argmax(o),
  argmin: (x, o) => x.argmin(o),
  softmax: (x, o) => x.softmax(o),
  logSoftmax: (x, o) => x.logSoftmax(o),
  cumsum: (x, o) => x.cumsum(o),
  cumprod: (x, o) => x.cumprod(o),
};

/** Sums of signed numbers are as far off as their terms are large: here up to 10 · 24 terms. */
const cancelling = new Set(["sum", "mean", "cumsum", "logSumExp", "logSoftmax"]);

/** JSON has no infinity. */
function revive(options: object): Options {
  const { order } = options as { order?: unknown };
  if (order === "inf") return { ...options, order: Number.POSITIVE_INFINITY };
  return order === "-inf" ? { ...options, order: Number.NEGATIVE_INFINITY } : options;
}

describe("reductions against NumPy and SciPy", () => {
  for (const [op, rows] of byOp(file)) {
    test(op, () => {
      const method = methods[op];
      assert.ok(method !== undefined, `no method for ${op}`);
      for (const row of rows) {
        const inputs = inputsOf(file, row);
        const [x] = inputs.map(load);
        assert.ok(x !== undefined);
        const closeness = { relative: 8, absolute: cancelling.has(op) ? 40 : 0 };
        assertMatches(method(x, revive(row.options ?? {})), row.expected, closeness, labelOf(row, inputs));
      }
    });
  }
});

describe("reductions of nothing", () => {
  const none = zeros([2, 0, 3]);
  test("have the neutral element where there is one", () => {
    assert.deepEqual(none.sum({ axis: 1 }).array(), [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    assert.equal(none.prod().item(), 1);
    assert.equal(none.any().item(), 0);
    assert.deepEqual(none.all({ axis: [0, 1] }).array(), [true, true, true]);
    assert.equal(none.logSumExp().item(), Number.NEGATIVE_INFINITY);
    assert.equal(none.norm().item(), 0);
    assert.equal(none.norm({ order: Number.POSITIVE_INFINITY }).item(), 0);
    assert.equal(none.mean().item(), Number.NaN);
    assert.equal(none.variance().item(), Number.NaN);
    assert.deepEqual(none.softmax({ axis: 1 }).shape, [2, 0, 3]);
    assert.deepEqual(none.cumsum({ axis: 1 }).shape, [2, 0, 3]);
    assert.deepEqual(none.any({ axis: 1, keepDims: true }).shape, [2, 1, 3]);
  });
  test("leave empty results alone", () => {
    assert.deepEqual(none.max({ axis: 2 }).shape, [2, 0]);
    assert.deepEqual(none.argmax({ axis: 0 }).shape, [0, 3]);
  });
  for (const op of ["max", "min", "argmax", "argmin"] as const) {
    test(`${op} is an error that names the axis`, () => {
      const message = new RegExp(`^${op}: axis 1 of shape \\[2, 0, 3\\] is empty, and nothing has no ${op}$`);
      assert.throws(() => none[op]({ axis: 1 }), { name: "ShapeError", message });
    });
  }
});

describe("numerically careful", () => {
  test("logSumExp of nothing but −∞, of ∞, and far from 0", () => {
    const inf = Number.POSITIVE_INFINITY;
    const x = tensor([
      [-inf, -inf],
      [inf, 0],
      [Number.NaN, 0],
      [1e4, 1e4],
      [-1e4, -1e4],
    ]);
    assertMatches(
      x.logSumExp({ axis: 1 }),
      { shape: [5], dtype: "float32", data: ["-inf", "inf", "nan", 1e4 + Math.LN2, -1e4 + Math.LN2] },
      { relative: 1 },
      "logSumExp",
    );
  });
  test("long sums lose little: no term passes through many additions", () => {
    const size = 1_000_000;
    const term = Math.fround(0.1);
    const x = tensor(new Float32Array(size).fill(term));
    const near = (what: string, found: number, exact: number, relative = 1.5e-6): void =>
      assert.ok(Math.abs(found / exact - 1) < relative, `${what}: ${found}, exactly ${exact}`);
    near("sum", x.sum().item(), term * size);
    near("mean", x.mean().item(), term);
    near("dot", x.dot(x).item(), term * term * size);
    near("sum of columns", x.reshape([-1, 4]).sum({ axis: 0 }).data()[2] ?? 0, (term * size) / 4);
    near(
      "matmul",
      x
        .reshape([4, -1])
        .matmul(x.reshape([-1, 4]))
        .data()[5] ?? 0,
      (term * term * size) / 4,
      1e-5,
    );
  });

  test("norms neither overflow nor vanish", () => {
    for (const order of [2, 3, 1.5]) {
      const factor = 2 ** (1 / order);
      for (const size of [1e30, 1e-30, 1e38, 1e-44]) {
        const x = tensor([size, -size]);
        const held = x.abs().max().item();
        const expected = Math.fround(held * factor);
        const actual = x.norm({ order }).item();
        assert.ok(
          Math.abs(actual - expected) <= 4 * 2 ** -23 * expected + 2 ** -149,
          `order ${order} of ${size}: ${actual}, expected ${expected}`,
        );
      }
    }
    assert.ok(Math.abs(tensor(Float64Array.of(3e200, 4e200)).norm().item() / 5e200 - 1) <= 2 ** -51);
    assert.equal(tensor([0, 0]).norm().item(), 0);
    assert.equal(tensor([1, Number.NEGATIVE_INFINITY]).norm().item(), Number.POSITIVE_INFINITY);
    assert.equal(tensor([1, Number.NaN]).norm().item(), Number.NaN);
  });
  test("variance does not lose the digits of a large mean", () => {
    const values = Float64Array.of(4, 7, 13, 16).map((x) => x + 1e9);
    assert.equal(tensor(values).variance({ correction: 1 }).item(), 30);
    assert.equal(tensor([5, 5, 5]).std().item(), 0);
    assert.equal(tensor([5]).variance({ correction: 1 }).item(), Number.NaN);
  });
  test("means of whole numbers do not overflow", () => {
    assert.equal(tensor(Int32Array.of(2147483647, 2147483647)).mean().item(), 2147483648);
    assert.equal(tensor([true, true, false, true]).mean().item(), 0.75);
    assert.equal(tensor(Int32Array.of(2147483647, 2147483645)).variance().item(), 1);
  });
  test("sums of bools count", () => {
    assert.equal(tensor([true, true, false]).sum().dtype, "int32");
    assert.equal(tensor([true, true, false]).sum().item(), 2);
  });
});

describe("misuse", () => {
  const x = zeros([2, 3]);
  const calls: Readonly<Record<string, (axis: number) => unknown>> = {
    sum: (axis) => x.sum({ axis }),
    prod: (axis) => x.prod({ axis }),
    mean: (axis) => x.mean({ axis }),
    max: (axis) => x.max({ axis }),
    min: (axis) => x.min({ axis }),
    argmax: (axis) => x.argmax({ axis }),
    argmin: (axis) => x.argmin({ axis }),
    any: (axis) => x.any({ axis }),
    all: (axis) => x.all({ axis }),
    variance: (axis) => x.variance({ axis }),
    std: (axis) => x.std({ axis }),
    logSumExp: (axis) => x.logSumExp({ axis }),
    norm: (axis) => x.norm({ axis }),
    softmax: (axis) => x.softmax({ axis }),
    logSoftmax: (axis) => x.logSoftmax({ axis }),
    cumsum: (axis) => x.cumsum({ axis }),
    cumprod: (axis) => x.cumprod({ axis }),
  };
  for (const [op, call] of Object.entries(calls)) {
    test(`${op} along an axis that does not exist`, () => {
      for (const axis of [2, -3, 0.5]) {
        const message = new RegExp(`^${op}: axis ${axis} is out of range for rank 2; use -2 to 1$`);
        assert.throws(() => call(axis), { name: "IndexError", message });
      }
    });
  }
  test("an axis given twice", () => {
    assert.throws(() => x.sum({ axis: [0, -2] }), { name: "IndexError", message: /sum: axis 0 is given twice/ });
  });
  test("a scalar has no axes", () => {
    assert.throws(() => tensor(1).sum({ axis: 0 }), { name: "IndexError", message: /sum: axis 0 on a scalar/ });
    assert.equal(tensor(7).sum().item(), 7);
    assert.equal(tensor(7).argmax().item(), 0);
    assert.deepEqual(tensor(7).cumsum().array(), [7]);
  });
  test("orders and corrections out of range", () => {
    assert.throws(() => x.norm({ order: -1 }), { name: "UserError", message: /norm: the order must be/ });
    assert.throws(() => x.norm({ order: Number.NaN }), { name: "UserError", message: /norm: the order must be/ });
    assert.throws(() => x.variance({ correction: -1 }), {
      name: "UserError",
      message: /variance: correction must be a number ≥ 0, got -1/,
    });
    assert.throws(() => x.std({ correction: Number.NaN }), { name: "UserError", message: /std: correction/ });
  });
});
