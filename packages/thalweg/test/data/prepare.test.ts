import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyScaling,
  encode,
  encodingEffects,
  fitEncoding,
  fitScaling,
  fromRows,
  invertScaling,
  nonlinearRegression,
  permutation,
  splitRows,
} from "thalweg/data";
import { key } from "../../src/base/random.js";

test("a split takes every row once and depends on the seed", () => {
  const split = splitRows(1003, { seed: 7 });
  const all = [...split.train, ...split.validation, ...split.test].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: 1003 }, (_, i) => i),
  );
  assert.deepEqual([split.test.length, split.validation.length, split.train.length], [201, 80, 722]);
  assert.deepEqual(splitRows(1003, { seed: 7 }), split);
  assert.notDeepEqual(splitRows(1003, { seed: 8 }).test, split.test);
  assert.deepEqual(splitRows(1003, { seed: 7, validation: 0.3 }).test, split.test);
});

test("a split leaves something to train on or says so", () => {
  const split = splitRows(3);
  assert.deepEqual([split.train.length, split.validation.length, split.test.length], [1, 1, 1]);
  assert.equal(splitRows(5, { validation: 0 }).validation.length, 0);
  assert.throws(() => splitRows(2), /2 rows cannot be split/);
  assert.throws(() => splitRows(10, { test: 1 }), /test must be a fraction/);
});

test("each place of a permutation is equally likely for each number", () => {
  const size = 6;
  const rounds = 6000;
  const counts = new Float64Array(size * size);
  for (let seed = 0; seed < rounds; seed += 1)
    permutation(size, key(seed)).forEach((value, at) => {
      counts[at * size + value] = (counts[at * size + value] ?? 0) + 1;
    });
  const expected = rounds / size;
  const chiSquare = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
  // 25 degrees of freedom: 52.6 is exceeded once in a thousand; the seeds are fixed.
  assert.ok(chiSquare < 52.6, `chi-square ${chiSquare}`);
});

test("scaling gives mean 0 and deviation 1, and back", () => {
  const values = Float64Array.of(1, 100, 2, 100, 3, 100, 6, 100);
  const scaling = fitScaling(values, 2);
  const scaled = applyScaling(scaling, values);
  const first = [0, 2, 4, 6].map((i) => scaled[i] ?? Number.NaN);
  assert.ok(Math.abs(first.reduce((a, b) => a + b)) < 1e-14);
  assert.ok(Math.abs(first.reduce((a, b) => a + b * b, 0) / 4 - 1) < 1e-14);
  assert.deepEqual(
    [1, 3, 5, 7].map((i) => scaled[i]),
    [0, 0, 0, 0],
  );
  invertScaling(scaling, scaled).forEach((x, i) => {
    assert.ok(Math.abs(x - (values[i] ?? 0)) < 1e-12);
  });
  const tiny = fitScaling(Float64Array.of(1e-300, 2e-300, 3e-300), 1);
  assert.ok(Math.abs((tiny.scale[0] ?? 0) / (1e-300 * Math.sqrt(2 / 3)) - 1) < 1e-14);
  const huge = fitScaling(Float64Array.of(1e308, 1.5e308, 0.5e308), 1);
  assert.ok(Math.abs((huge.mean[0] ?? 0) / 1e308 - 1) < 1e-14 && (huge.scale[0] ?? 0) < 1e308);
  const tenth = fitScaling(new Float64Array(10).fill(0.1), 1);
  assert.deepEqual([...tenth.scale], [1]);
});

test("an encoding learns from the training rows alone", () => {
  const table = fromRows([
    { a: 1, c: "p" },
    { a: 3, c: "q" },
    { a: null, c: "p" },
    { a: 8, c: "q" },
    { a: 1000, c: "r" },
    { a: null, c: null },
    { a: 5, c: "p" },
  ]);
  const encoding = fitEncoding(table, [0, 1, 2, 3], { limit: 4 });
  assert.deepEqual(encoding.names, ["a", "c = p", "c = q"]);
  const matrix = encode(encoding, table, [2, 4, 5]);
  // Filled: 1, 3, 3, 8 with mean 3.75 and deviation √6.6875.
  const deviation = Math.sqrt(6.6875);
  const fill = (3 - 3.75) / deviation;
  assert.deepEqual([...matrix], [fill, 1, 0, 4, 0, 0, fill, 0, 0]);
});

test("what an encoding does to rows is told, cell by cell", () => {
  const table = fromRows([
    { a: 1, c: "p", "c = p": 1 },
    { a: 3, c: "q", "c = p": 2 },
    { a: null, c: "p", "c = p": 4 },
    { a: 8, c: "q", "c = p": 9 },
    { a: 1000, c: "r", "c = p": null },
    { a: null, c: null, "c = p": -1000 },
    { a: -1000, c: "r", "c = p": 5 },
    { a: 5, c: "r", "c = p": 5 },
  ]);
  const encoding = fitEncoding(table, [0, 1, 2, 3], { limit: 4 });
  const none = { missing: 0, limited: 0, unseen: 0, unseenLevels: [] };
  assert.deepEqual(encodingEffects(encoding, table, [0, 1, 2, 3]), [
    { ...none, column: "a", missing: 1 },
    { ...none, column: "c" },
    { ...none, column: "c = p" },
  ]);
  assert.deepEqual(encodingEffects(encoding, table, [4, 5, 6, 7]), [
    { ...none, column: "a", missing: 1, limited: 2 },
    { ...none, column: "c", missing: 1, unseen: 3, unseenLevels: ["r"] },
    { ...none, column: "c = p", missing: 1, limited: 1 },
  ]);
  const free = fitEncoding(table, [0, 1, 2, 3], { limit: 0 });
  assert.equal(encodingEffects(free, table, [4])[0]?.limited, 0);
});

test("columns that say nothing are left out with the reason", () => {
  const rows = Array.from({ length: 6 }, (_, i) => ({ a: i, k: 5, id: `name ${i}`, none: null }));
  const encoding = fitEncoding(fromRows(rows), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(encoding.names, ["a"]);
  const left = encoding.treatments.flatMap((t) => (t.kind === "left out" ? [[t.column, t.why]] : []));
  assert.deepEqual(left, [
    ["k", "constant"],
    ["id", "text"],
    ["none", "empty"],
  ]);
  assert.throws(
    () => fitEncoding(fromRows(rows).select(["k", "id"]), [0, 1]),
    /no column is left to learn from: "k" has the same value/,
  );
});

test("the nonlinear regression follows its formula", () => {
  const exact = nonlinearRegression({ rows: 50, features: 3, noise: 0 });
  const [x1, x2, y] = ["x1", "x2", "y"].map((name) => exact.numbers(name).values);
  assert.ok(x1 !== undefined && x2 !== undefined && y !== undefined);
  y.forEach((value, i) => {
    assert.equal(value, Math.sin(x1[i] ?? 0) + (x2[i] ?? 0) ** 2);
  });
  const noisy = nonlinearRegression({ rows: 20000 });
  assert.deepEqual(noisy.names.length, 11);
  const values = noisy.numbers("x3").values;
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  // Four standard errors: 1/√n of the mean, √(2/n) of the variance.
  assert.ok(Math.abs(mean) < 4 / Math.sqrt(20000), `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 4 * Math.sqrt(2 / 20000), `variance ${variance}`);
});
