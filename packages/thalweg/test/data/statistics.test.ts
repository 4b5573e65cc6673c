import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, describeColumn, fromRows, labelColumn, numberColumn, quantileSorted } from "thalweg/data";

test("numbers: count, missing, mean, deviation, quartiles, distinct", () => {
  // NumPy: mean 4.25, std(ddof=1) 2.9860788111948193, quantile(0.25, 0.5, 0.75) = 2.5, 3.5, 5.25.
  const summary = describeColumn(numberColumn("a", [10, 1, Number.NaN, 3, 2, 5, 4, 3, 6]));
  assert.equal(summary.kind, "number");
  assert.deepEqual(
    { ...summary, std: undefined },
    {
      kind: "number",
      name: "a",
      count: 8,
      missing: 1,
      mean: 4.25,
      std: undefined,
      min: 1,
      lowerQuartile: 2.75,
      median: 3.5,
      upperQuartile: 5.25,
      max: 10,
      distinct: 7,
    },
  );
  const deviations = [10, 1, 3, 2, 5, 4, 3, 6].map((x) => (x - 4.25) ** 2).reduce((a, b) => a + b);
  assert.ok(Math.abs(summary.std - Math.sqrt(deviations / 7)) < 1e-15);
});

test("a large offset does not spoil the deviation", () => {
  const summary = describeColumn(numberColumn("a", [1e9 + 1, 1e9 + 2, 1e9 + 3]));
  assert.ok(summary.kind === "number" && Math.abs(summary.std - 1) < 1e-12);
});

test("a column without values and one with a single value", () => {
  const none = describeColumn(numberColumn("a", [Number.NaN]));
  assert.ok(none.kind === "number" && none.count === 0 && none.missing === 1 && Number.isNaN(none.mean));
  const one = describeColumn(numberColumn("a", [7]));
  assert.ok(one.kind === "number" && one.std === 0 && one.mean === 7 && one.lowerQuartile === 7);
});

test("labels: the most frequent first", () => {
  const summary = describeColumn(labelColumn("c", ["x", "y", "y", null, "x", "y"]));
  assert.deepEqual(summary, {
    kind: "category",
    name: "c",
    count: 5,
    missing: 1,
    distinct: 2,
    top: [
      { label: "y", count: 3 },
      { label: "x", count: 2 },
    ],
  });
  assert.equal(describe(fromRows([{ a: 1, b: "z" }])).length, 2);
});

test("quantiles interpolate between neighbours", () => {
  const sorted = Float64Array.of(1, 2, 4, 8);
  assert.deepEqual(
    [0, 0.25, 0.5, 1].map((q) => quantileSorted(sorted, q)),
    [1, 1.75, 3, 8],
  );
});
