import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Tensor, tensor } from "../../src/index.js";
import { useDevice } from "../device.js";
import file from "../references/tensor-elementwise.json" with { type: "json" };
import { assertMatches, byOp, inputsOf, labelOf, load } from "./reference.js";

useDevice();

type Method = (x: Tensor, y: Tensor) => Tensor;
const methods: Readonly<Record<string, Method>> = {
  square: (x) => x.square(),
  reciprocal: (x) => x.reciprocal(),
  sqrt: (x) => x.sqrt(),
  rsqrt: (x) => x.rsqrt(),
  exp: (x) => x.exp(),
  expm1: (x) => x.expm1(),
  exp2: (x) => x.exp2(),
  log: (x) => x.log(),
  log1p: (x) => x.log1p(),
  log2: (x) => x.log2(),
  log10: (x) => x.log10(),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  tan: (x) => x.tan(),
  asin: (x) => x.asin(),
  acos: (x) => x.acos(),
  atan: (x) => x.atan(),
  sinh: (x) => x.sinh(),
  cosh: (x) => x.cosh(),
  tanh: (x) => x.tanh(),
  asinh: (x) => x.asinh(),
  acosh: (x) => x.acosh(),
  atanh: (x) => x.atanh(),
  erf: (x) => x.erf(),
  erfc: (x) => x.erfc(),
  sigmoid: (x) => x.sigmoid(),
  softplus: (x) => x.softplus(),
  neg: (x) => x.neg(),
  abs: (x) => x.abs(),
  sign: (x) => x.sign(),
  relu: (x) => x.relu(),
  floor: (x) => x.floor(),
  ceil: (x) => x.ceil(),
  round: (x) => x.round(),
  trunc: (x) => x.trunc(),
  isNaN: (x) => x.isNaN(),
  isFinite: (x) => x.isFinite(),
  isInf: (x) => x.isInf(),
  logicalNot: (x) => x.logicalNot(),
  add: (x, y) => x.add(y),
  sub: (x, y) => x.sub(y),
  mul: (x, y) => x.mul(y),
  div: (x, y) => x.div(y),
  floorDiv: (x, y) => x.floorDiv(y),
  mod: (x, y) => x.mod(y),
  pow: (x, y) => x.pow(y),
  atan2: (x, y) => x.atan2(y),
  maximum: (x, y) => x.maximum(y),
  minimum: (x, y) => x.minimum(y),
  eq: (x, y) => x.eq(y),
  ne: (x, y) => x.ne(y),
  lt: (x, y) => x.lt(y),
  le: (x, y) => x.le(y),
  gt: (x, y) => x.gt(y),
  ge: (x, y) => x.ge(y),
  logicalAnd: (x, y) => x.logicalAnd(y),
  logicalOr: (x, y) => x.logicalOr(y),
  logicalXor: (x, y) => x.logicalXor(y),
  bitwiseAnd: (x, y) => x.bitwiseAnd(y),
  bitwiseOr: (x, y) => x.bitwiseOr(y),
  bitwiseXor: (x, y) => x.bitwiseXor(y),
  bitwiseNot: (x) => x.bitwiseNot(),
  shiftLeft: (x, y) => x.shiftLeft(y),
  shiftRight: (x, y) => x.shiftRight(y),
};

/** In machine epsilons: what is composed of several primitives may be further off than one of them. */
const tolerances: Readonly<Record<string, number>> = { erfc: 2, log2: 4, log10: 4, rsqrt: 3, exp2: 4, pow: 4 };

describe("elementwise methods against NumPy", () => {
  for (const [op, rows] of byOp(file)) {
    test(op, () => {
      const method = methods[op];
      assert.ok(method !== undefined, `no method for ${op}`);
      for (const row of rows) {
        const inputs = inputsOf(file, row);
        const [x, y] = inputs.map(load);
        assert.ok(x !== undefined);
        const relative = tolerances[op] ?? 2;
        assertMatches(method(x, y ?? x), row.expected, { relative }, labelOf(row, inputs));
      }
    });
  }
});

describe("plain numbers beside tensors", () => {
  const whole = tensor(Int32Array.of(1, 2));
  const float = tensor([1, 2]);
  const flags = tensor([true, false]);
  const double = tensor(Float64Array.of(1, 2));
  test("take the dtype of the tensor", () => {
    assert.equal(float.add(1).dtype, "float32");
    assert.equal(float.add(0.5).dtype, "float32");
    assert.equal(double.mul(0.1).dtype, "float64");
    assert.equal(whole.add(1).dtype, "int32");
    assert.equal(whole.div(2).dtype, "float32");
    assert.equal(flags.add(1).dtype, "int32");
    assert.deepEqual(flags.add(1).array(), [2, 1]);
  });
  test("a fraction, or a number too large for int32, makes whole numbers float32", () => {
    assert.equal(whole.mul(0.5).dtype, "float32");
    assert.equal(whole.add(3e9).dtype, "float32");
    assert.deepEqual(whole.add(0.5).array(), [1.5, 2.5]);
  });
  test("are kept exactly beside float64", () => {
    assert.deepEqual([...double.mul(0.1).data()], [0.1, 0.2]);
  });
});

describe("pow", () => {
  test("of whole plain powers is exact", () => {
    assert.deepEqual(tensor([3, -2, 0]).pow(3).array(), [27, -8, 0]);
    assert.deepEqual(tensor([3, -2, 0, Number.NaN]).pow(0).array(), [1, 1, 1, 1]);
    assert.deepEqual(tensor([2, -4]).pow(-2).array(), [0.25, 0.0625]);
    assert.deepEqual([...tensor([2, 0]).pow(-1).data()], [0.5, Number.POSITIVE_INFINITY]);
  });
  test("of whole numbers stays whole, and wraps as products do", () => {
    const x = tensor(Int32Array.of(3, -2, 46341));
    assert.equal(x.pow(2).dtype, "int32");
    assert.deepEqual(x.pow(2).array(), [9, 4, Math.imul(46341, 46341)]);
    assert.equal(x.pow(-1).dtype, "float32");
    assert.deepEqual(
      tensor(Int32Array.of(2, 2))
        .pow(tensor(Int32Array.of(10, -1)))
        .array(),
      [1024, 0],
    );
    assert.deepEqual(tensor(Int32Array.of(2)).pow(20).array(), [1048576]);
    assert.equal(tensor(Int32Array.of(4)).pow(0.5).item(), 2);
  });
  test("of fractions is NaN below 0", () => {
    assert.deepEqual([...tensor([-8, 8]).pow(0.5).data()], [Number.NaN, Math.fround(Math.sqrt(8))]);
  });
});

describe("logarithms", () => {
  test("of powers of the base are whole", () => {
    const tens = Array.from({ length: 23 }, (_, i) => i);
    assert.deepEqual(
      tensor(Float64Array.from(tens, (i) => 10 ** i))
        .log10()
        .array(),
      tens,
    );
    assert.deepEqual(tensor([1e-3, 0.125, 1000]).log10().data()[2], 3);
    const twos = Array.from({ length: 100 }, (_, i) => i - 50);
    for (const dtype of ["float32", "float64"] as const) {
      assert.deepEqual(
        tensor(
          twos.map((i) => 2 ** i),
          { dtype },
        )
          .log2()
          .array(),
        twos,
      );
    }
  });
});

describe("whole numbers divide like this", () => {
  const x = tensor(Int32Array.of(7, -7, 7, -7, 5));
  const y = tensor(Int32Array.of(2, 2, -2, -2, 0));
  test("floorDiv towards −∞, 0 by 0", () => assert.deepEqual(x.floorDiv(y).array(), [3, -4, -4, 3, 0]));
  test("mod with the sign of the divisor", () => assert.deepEqual(x.mod(y).array(), [1, 1, -1, -1, 0]));
  test("floorDiv of floats sees exact quotients", () => {
    assert.deepEqual(
      tensor(Float64Array.of(0.6, 1))
        .floorDiv(tensor(Float64Array.of(0.2, 0.1)))
        .array(),
      [2, 9],
    );
  });
});

describe("cast", () => {
  test("to int32 cuts and saturates, to bool asks whether not 0", () => {
    const x = tensor([1.9, -1.9, 3e9, Number.NaN, 0, -0]);
    assert.deepEqual(x.cast("int32").array(), [1, -1, 2147483647, 0, 0, 0]);
    assert.deepEqual(x.cast("bool").array(), [true, true, true, true, false, false]);
    assert.equal(x.cast("float32").dtype, "float32");
  });
  test("knows only four dtypes", () => {
    assert.throws(() => tensor([1]).cast("float16" as "float32"), {
      name: "DTypeError",
      message: /cast: dtype must be one of bool, int32, float32, float64, got float16/,
    });
  });
});

describe("clip", () => {
  const x = tensor([-2, 0.5, 9, Number.NaN]);
  test("limits on either side", () => {
    assert.deepEqual(x.clip({ min: 0, max: 1 }).array(), [0, 0.5, 1, Number.NaN]);
    assert.deepEqual(x.clip({ min: 0 }).array(), [0, 0.5, 9, Number.NaN]);
    assert.deepEqual(x.clip({ max: tensor([[1], [-3]]) }).shape, [2, 4]);
    assert.equal(tensor(Int32Array.of(1, 9)).clip({ max: 5 }).dtype, "int32");
  });
  test("needs a limit", () =>
    assert.throws(() => x.clip({}), { name: "UserError", message: /clip: give min, max or both/ }));
});

describe("allClose and equals", () => {
  const x = tensor([1, 2, Number.POSITIVE_INFINITY]);
  test("tolerances are relative to the second, infinities are close to themselves", () => {
    assert.equal(x.allClose(tensor([1.000001, 2, Number.POSITIVE_INFINITY])), true);
    assert.equal(x.allClose(tensor([1.1, 2, Number.POSITIVE_INFINITY])), false);
    assert.equal(x.allClose(tensor([1.1, 2, Number.POSITIVE_INFINITY]), { rtol: 0.1 }), true);
    assert.equal(x.allClose(tensor([1, 2, Number.NEGATIVE_INFINITY])), false);
    assert.equal(x.allClose(tensor([1, 2, 1e30]), { rtol: 1 }), false);
    assert.equal(tensor([3]).allClose(tensor([Number.POSITIVE_INFINITY])), false);
  });
  test("NaN is close to NaN only on request", () => {
    const nan = tensor([Number.NaN]);
    assert.equal(nan.allClose(nan), false);
    assert.equal(nan.allClose(nan, { equalNaN: true }), true);
    assert.equal(nan.allClose(tensor([1]), { equalNaN: true }), false);
  });
  test("whole numbers are told apart beyond 2²⁴", () => {
    assert.equal(
      tensor(Int32Array.of(2 ** 30)).allClose(tensor(Int32Array.of(2 ** 30 + 1)), { rtol: 0, atol: 0 }),
      false,
    );
  });
  test("of nothing is true; shapes that do not broadcast throw", () => {
    assert.equal(tensor([]).allClose(tensor([])), true);
    assert.throws(() => x.allClose(tensor([1, 2])), {
      name: "ShapeError",
      message: /allClose: cannot broadcast \[3\] with \[2\]/,
    });
  });
  test("equals compares shapes and values, not dtypes", () => {
    assert.equal(tensor([1, 2]).equals(tensor(Int32Array.of(1, 2))), true);
    assert.equal(tensor([1, 2]).equals(tensor([[1, 2]])), false);
    assert.equal(tensor([1, Number.NaN]).equals(tensor([1, Number.NaN])), false);
  });
});

describe("misuse throws at the call, naming op and shapes", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const three = tensor([1, 2, 3]);
  const pairs: Readonly<Record<string, () => unknown>> = {
    add: () => x.add(three),
    sub: () => x.sub(three),
    mul: () => x.mul(three),
    div: () => x.div(three),
    floorDiv: () => x.floorDiv(three),
    mod: () => x.mod(three),
    pow: () => x.pow(three),
    maximum: () => x.maximum(three),
    minimum: () => x.minimum(three),
    atan2: () => x.atan2(three),
    clip: () => x.clip({ min: three }),
    eq: () => x.eq(three),
    lt: () => x.lt(three),
    logicalAnd: () => x.logicalAnd(three),
    bitwiseAnd: () => x.cast("int32").bitwiseAnd(three.cast("int32")),
  };
  for (const [op, call] of Object.entries(pairs)) {
    test(`${op} of shapes that do not fit`, () => {
      assert.throws(call, {
        name: "ShapeError",
        message: new RegExp(`^${op}: cannot broadcast \\[2, 2\\] with \\[3\\]: sizes 2 and 3 differ at axis -1$`),
      });
    });
  }
  test("bitwise ops refuse floats", () => {
    assert.throws(() => x.bitwiseXor(1), {
      name: "DTypeError",
      message: /bitwiseXor: needs int32 \(or bool\), got float32 of shape \[2, 2\]; cast\("int32"\) first/,
    });
    assert.throws(() => x.bitwiseNot(), { name: "DTypeError", message: /bitwiseNot: needs int32/ });
  });
  test("operands that are neither tensors nor numbers", () => {
    assert.throws(() => x.add([1, 2] as unknown as Tensor), {
      name: "UserError",
      message: /add: expected a tensor or a number, got an array; make it a tensor with tensor\(…\)/,
    });
    assert.throws(() => x.mul(undefined as unknown as Tensor), { name: "UserError", message: /mul: .*got undefined/ });
    assert.throws(() => x.sub(1n as unknown as number), {
      name: "UserError",
      message: /sub: .*BigInt; make it a number/,
    });
    assert.throws(() => x.eq(true as unknown as number), { name: "UserError", message: /eq: .*tensor\(true\)/ });
    assert.throws(() => x.eq("a" as unknown as number), { name: "UserError", message: /eq: .*got a/ });
  });
  test("operators of the language", () => {
    assert.throws(() => (x as unknown as number) + 1, {
      name: "UserError",
      message: /operators such as \+ and < do not work on tensors/,
    });
    assert.throws(() => (x as unknown as number) < 1, { name: "UserError", message: /use add, lt/ });
  });
});
