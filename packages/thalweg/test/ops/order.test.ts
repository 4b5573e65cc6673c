/** The stable order of rows, short and long, against a comparison of pairs. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allocate, type DType, dtypes, type TypedArray } from "../../src/base/dtype.js";
import { randomBits } from "../../src/base/random.js";
import { orderOf } from "../../src/tensor/ops/order.js";

/** NaN behind all numbers; else by value, and by place when equal. */
function expected(row: TypedArray, descending: boolean): number[] {
  const values = Array.from(row);
  const sign = descending ? -1 : 1;
  return values
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [values[i] ?? 0, values[j] ?? 0];
      const nans = Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return nans !== 0 ? nans : a < b ? -sign : a > b ? sign : i - j;
    });
}

const special = [
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** -149,
  -(2 ** -149),
  1e308,
  -1e308,
  1,
  -1,
];

function row(dtype: DType, length: number, seed: number): TypedArray {
  const bits = randomBits([seed, length], length);
  const values = allocate(dtype, length);
  for (const [i, b] of bits.entries()) {
    if (dtype === "bool") values[i] = b & 1;
    else if (dtype === "int32") values[i] = seed % 2 === 0 ? b : b % 50;
    // Every sixteenth is a special one; half of the rows have many equal elements.
    else
      values[i] =
        b % 16 === 0 ? (special[(b >>> 8) % special.length] ?? 0) : seed % 2 === 0 ? b * 2 ** -20 : (b >> 24) / 4;
  }
  return values;
}

describe("order", () => {
  for (const dtype of dtypes) {
    for (const length of [0, 1, 2, 3, 100, 1499, 1500, 4000]) {
      test(`${length} of ${dtype}`, () => {
        for (const seed of [1, 2]) {
          for (const descending of [false, true]) {
            const values = row(dtype, length, seed);
            const order = new Int32Array(length);
            orderOf(values, order, descending);
            assert.deepEqual(Array.from(order), expected(values, descending), `seed ${seed}, descending ${descending}`);
          }
        }
      });
    }
  }
});
