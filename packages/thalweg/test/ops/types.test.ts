/** What the compiler must refuse; that this file builds is the test of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { arange, einsum, full, type Operand, type Tensor, tensor, where, zeros } from "../../src/index.js";
import { useDevice } from "../device.js";

useDevice();

/** Never run: only its types are of interest. */
function refused(x: Tensor): unknown[] {
  return [
    // @ts-expect-error texts are no numbers
    tensor("1"),
    // @ts-expect-error nor are they inside of arrays
    tensor([[1, "2"]]),
    // @ts-expect-error bigints have no dtype
    tensor(BigInt64Array.of(1n)),
    // @ts-expect-error there is no such dtype
    zeros([2], { dtype: "float16" }),
    // @ts-expect-error a shape is an array
    zeros(2),
    // @ts-expect-error an array is no operand
    x.add([1, 2]),
    // @ts-expect-error a boolean is no operand
    x.mul(true),
    // @ts-expect-error options go into one object
    x.sum(0),
    // @ts-expect-error argmax takes one axis
    x.argmax({ axis: [0, 1] }),
    // @ts-expect-error a condition is a tensor
    where(true, x, x),
    // @ts-expect-error the equation comes first
    einsum(x, x),
    // @ts-expect-error a misspelt option
    x.mean({ keepdims: true }),
    // @ts-expect-error tensors are read-only
    x.shape.push(1),
  ];
}

test("types are as wide as they should be", () => {
  const operands: Operand[] = [1, tensor(1)];
  const nested: readonly (readonly number[])[] = [[1], [2]];
  const rows = [Float32Array.of(1), Float32Array.of(2)];
  const results: Tensor[] = [tensor(nested), tensor(rows), arange(2, { dtype: "float32" }), full([1], true)];
  for (const x of operands) for (const y of results) assert.equal(y.add(x).shape.length, y.rank);
  assert.equal(typeof refused, "function");
});
