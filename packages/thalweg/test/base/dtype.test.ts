import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allocate, checkDType, dtypes, epsilon, floatOf, numberDType, promote } from "../../src/base/dtype.js";
import { DTypeError } from "../../src/base/errors.js";

describe("dtypes", () => {
  it("promote to the higher of bool < int32 < float32 < float64", () => {
    const order = ["bool", "int32", "float32", "float64"] as const;
    for (const [i, a] of order.entries()) {
      for (const [j, b] of order.entries()) assert.equal(promote(a, b), order[Math.max(i, j)]);
    }
    assert.deepEqual([...dtypes], [...order]);
  });

  it("give a plain number the dtype of the tensor it meets, and a fraction beside whole numbers float32", () => {
    assert.equal(numberDType(0.5, "float32"), "float32");
    assert.equal(numberDType(2, "float64"), "float64");
    assert.equal(numberDType(2, "int32"), "int32");
    assert.equal(numberDType(0.5, "int32"), "float32");
    assert.equal(numberDType(2 ** 31, "int32"), "float32");
    assert.equal(numberDType(-(2 ** 31), "int32"), "int32");
    assert.equal(numberDType(Number.NaN, "int32"), "float32");
  });

  it("have a float for means and quotients", () => {
    assert.deepEqual(
      dtypes.map((dtype) => floatOf(dtype)),
      ["float32", "float32", "float32", "float64"],
    );
  });

  it("allocate their own kind of array, zeroed", () => {
    assert.deepEqual(allocate("bool", 2), new Uint8Array(2));
    assert.deepEqual(allocate("int32", 2), new Int32Array(2));
    assert.deepEqual(allocate("float32", 2), new Float32Array(2));
    assert.deepEqual(allocate("float64", 0), new Float64Array(0));
  });

  it("have an epsilon that is the gap after one", () => {
    assert.equal(1 + epsilon("float64") > 1, true);
    assert.equal(1 + epsilon("float64") / 2, 1);
    assert.equal(Math.fround(1 + epsilon("float32")) > 1, true);
    assert.equal(Math.fround(1 + epsilon("float32") / 2), 1);
  });

  it("are refused by name when unknown", () => {
    assert.throws(() => checkDType("zeros", "float16"), DTypeError);
    assert.throws(() => checkDType("zeros", "float16"), /zeros: .*float32.*float16/);
  });
});
