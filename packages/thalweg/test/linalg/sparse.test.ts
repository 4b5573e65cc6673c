/** Sparse matrices: the layout and products of SciPy, identities, hostile input. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IndexError, NumericalError, ShapeError, tensor, UserError } from "../../src/index.js";
import { attempt, type SparseMatrix, sparse } from "../../src/linalg/index.js";
import json from "../references/iterative.json" with { type: "json" };
import { gaussian } from "./matrices.js";
import { dense, distance, multiply, transpose } from "./measure.js";

const reference = json.sparse;
const example = sparse.fromTriplets([9, 13], reference);

function mostlyZeros(m: number, n: number, seed: number): SparseMatrix {
  const a = gaussian(m, n, seed);
  return sparse.fromDense(a.mul(a.abs().gt(1.3)));
}

test("triplets become the rows that SciPy makes of them, duplicates summed", () => {
  assert.deepEqual([...example.rows.starts], reference.starts);
  assert.deepEqual([...example.rows.columns], reference.indices);
  example.rows.values.forEach((value, k) => {
    assert.ok(Math.abs(value - (reference.data[k] ?? 0)) <= 1e-15, `element ${k}: ${value}`);
  });
  assert.equal(example.count, reference.data.length);
  assert.ok(example.count < reference.values.length);
});

test("products with matrices and transposes agree with SciPy", () => {
  const nested = (x: number[][]) => dense(tensor(x, { dtype: "float64" }));
  assert.ok(distance(dense(example.multiply(reference.x)), nested(reference.product)) <= 4);
  assert.ok(distance(dense(example.multiplyTransposed(reference.y)), nested(reference.transposedProduct)) <= 4);
});

test("dense and back, transposes, products against dense ones", () => {
  for (const [m, n, k] of [
    [0, 4, 2],
    [4, 0, 2],
    [1, 1, 1],
    [17, 40, 5],
    [40, 17, 0],
  ] as const) {
    const a = mostlyZeros(m, n, m + n);
    const full = a.toDense();
    assert.deepEqual(sparse.fromDense(full).rows, a.rows);
    assert.deepEqual(a.transpose().toDense().data(), full.transpose().data());
    assert.deepEqual(a.transpose().transpose().rows, a.rows);
    const [x, y] = [gaussian(n, k, 3), gaussian(m, k, 4)];
    assert.ok(distance(dense(a.multiply(x)), multiply(dense(full), dense(x))) <= 4);
    assert.ok(distance(dense(a.multiplyTransposed(y)), multiply(transpose(dense(full)), dense(y))) <= 4);
    assert.deepEqual(a.transpose().multiply(y).data(), a.multiplyTransposed(y).data());
  }
  const vector = mostlyZeros(6, 5, 2);
  const x = gaussian(1, 5, 8).ravel();
  assert.deepEqual(vector.multiply(x).shape, [6]);
  assert.deepEqual(vector.multiply(x).data(), vector.multiply(x.expandDims(1)).data());
});

test("single elements and the diagonal", () => {
  const full = example.toDense().data();
  for (let i = 0; i < 9; i += 1) for (let j = 0; j < 13; j += 1) assert.equal(example.at(i, j), full[i * 13 + j]);
  assert.deepEqual(
    [...example.diagonal()],
    Array.from({ length: 9 }, (_, i) => full[i * 14]),
  );
  assert.throws(() => example.at(9, 0), UserError);
});

test("zeros that are given stay; those that cancel too; zeros of dense ones do not", () => {
  const a = sparse.fromTriplets([2, 2], { rows: [0, 1, 1], columns: [1, 0, 0], values: [0, 2, -2] });
  assert.equal(a.count, 2);
  assert.deepEqual([...a.toDense().data()], [0, 0, 0, 0]);
  assert.equal(sparse.fromDense(a.toDense()).count, 0);
});

test("float32 and whole numbers are taken as float64", () => {
  const a = sparse.fromDense(tensor([[0.1, 0]]));
  assert.equal(a.at(0, 0), Math.fround(0.1));
  assert.equal(a.multiply(Int32Array.of(2, 3)).dtype, "float64");
});

test("what is refused, and in which words", () => {
  const one = { rows: [0], columns: [0], values: [1] };
  assert.throws(() => sparse.fromTriplets([2, 2], { ...one, rows: [2] }), /rows\[0\] is 2; the matrix has 2 rows/);
  assert.throws(() => sparse.fromTriplets([2, 2], { ...one, columns: [-1] }), IndexError);
  assert.throws(() => sparse.fromTriplets([2, 2], { ...one, columns: [0.5] }), IndexError);
  assert.throws(() => sparse.fromTriplets([0, 0], one), IndexError);
  assert.throws(() => sparse.fromTriplets([2, 2], { ...one, values: [1, 2] }), ShapeError);
  assert.throws(() => sparse.fromTriplets([2, -1], one), ShapeError);
  assert.throws(() => sparse.fromTriplets([2] as unknown as [number, number], one), UserError);
  assert.throws(() => sparse.fromTriplets([2, 2], { ...one, values: [Number.NaN] }), NumericalError);
  assert.throws(() => sparse.fromDense([1, 2]), /two axes/);
  assert.throws(() => example.multiply(gaussian(9, 1)), /must have 13 rows/);
  assert.throws(() => example.multiplyTransposed([1, 2]), ShapeError);
  const overflow = attempt(() =>
    sparse.fromTriplets([3, 3], { rows: [1, 1], columns: [2, 2], values: [1e308, 1e308] }),
  );
  assert.ok(!overflow.ok && overflow.failure.reason === "not finite");
  assert.deepEqual(overflow.failure.index, [1, 2]);
  const nan = attempt(() => sparse.fromDense([[1, Number.NaN]]));
  assert.ok(!nan.ok && nan.failure.reason === "not finite");
});
