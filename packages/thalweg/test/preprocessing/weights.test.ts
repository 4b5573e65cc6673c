/** Sample weights of transformers and baselines: a row of weight 2 is that row twice, one of weight 0 is absent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../src/index.js";
import { imputer, robustScaler } from "../../src/preprocessing/index.js";
import { sortedColumn, weightedQuantile } from "../../src/preprocessing/weighted-quantile.js";
import { baselineClassifier, baselineRegressor } from "../../src/selection/index.js";

const seed = 11;
const draws = random.normal([25, 3], { key: random.key(seed), dtype: "float64" }).array() as number[][];
/** With missing cells, and numbers that come again. */
const x = draws.map((row, i) => row.map((v, j) => ((i * 3 + j) % 8 === 0 ? Number.NaN : Math.round(4 * v) / 4)));
const weights = x.map((_, i) => [1, 2, 0, 3, 1][i % 5] ?? 1);
const repeated = x.flatMap((row, i) => new Array<number[]>(weights[i] ?? 0).fill(row));

function near(actual: ArrayLike<number>, due: ArrayLike<number>): void {
  assert.equal(actual.length, due.length);
  Array.from(due, (v, i) =>
    assert.ok(Math.abs((actual[i] ?? Number.NaN) - v) <= 1e-14, `${actual[i]} where ${v} is due`),
  );
}

for (const strategy of ["mean", "median", "mostFrequent"] as const)
  test(`imputer by ${strategy} counts weights as rows`, () => {
    const weighted = imputer({ strategy, indicator: true }).fit(x, undefined, { sampleWeight: weights });
    const due = imputer({ strategy, indicator: true }).fit(repeated);
    near(weighted.fills, due.fills);
    assert.deepEqual(weighted.flagged, due.flagged);
    assert.notDeepEqual([...weighted.fills], [...imputer({ strategy }).fit(x).fills]);
  });

test("imputer: what is missing in rows of weight 0 alone is not there", () => {
  const rows = [[1], [3], [Number.NaN]];
  assert.deepEqual(imputer({ indicator: true }).fit(rows, undefined, { sampleWeight: [1, 1, 0] }).flagged, []);
  assert.throws(() => imputer().fit(rows, undefined, { sampleWeight: [0, 0, 1] }), /column 0 of x has no number/);
});

test("robustScaler counts weights as rows", () => {
  for (const quantiles of [
    [0.25, 0.75],
    [0.1, 0.63],
  ] as const) {
    const weighted = robustScaler({ quantiles }).fit(x, undefined, { sampleWeight: weights });
    const due = robustScaler({ quantiles }).fit(repeated);
    near(weighted.shift, due.shift);
    near(weighted.scale, due.scale);
    assert.notDeepEqual([...weighted.scale], [...robustScaler({ quantiles }).fit(x).scale]);
  }
});

test("quantiles with weights below 1 do not depend on their unit, and move with them steadily", () => {
  const matrix = { rows: 4, columns: 1, data: Float64Array.of(4, 1, 9, 2) };
  const at = (w: readonly number[], q: number) => weightedQuantile(sortedColumn(matrix, 0, Float64Array.from(w)), q);
  for (const q of [0, 0.2, 0.5, 0.9, 1]) {
    near([at([0.25, 0.25, 0.25, 0.25], q)], [at([1, 1, 1, 1], q)]);
    near([at([0.1, 0.2, 0.3, 0.15], q)], [at([0.2, 0.4, 0.6, 0.3], q)]);
    assert.ok(Math.abs(at([1, 1, 1, 1 + 1e-9], q) - at([1, 1, 1, 1], q)) < 1e-7);
  }
  // Half of the window is 2, half 4.
  near([at([1, 1, 1, 1], 0.5)], [3]);
});

test("baselines: sums are divided, not added up from parts", () => {
  const rows = Array.from({ length: 30 }, (_, i) => [i]);
  const twos = rows.map(() => 2);
  assert.deepEqual([...baselineRegressor().fit(rows, twos).values], [2]);
  assert.deepEqual([...baselineRegressor().fit(rows, twos, { sampleWeight: rows.map(() => 0.1) }).values], [2]);
  assert.deepEqual(
    [
      ...baselineRegressor().fit(
        rows,
        rows.map(() => 1.5e308),
      ).values,
    ],
    [1.5e308],
  );
  const labels = rows.map((_, i) => (i % 3 === 0 ? "b" : "a"));
  assert.deepEqual([...baselineClassifier().fit(rows, labels).shares], [2 / 3, 1 / 3]);
  assert.deepEqual(
    [
      ...baselineClassifier().fit(
        rows,
        rows.map(() => "a"),
      ).shares,
    ],
    [1],
  );
});

test("the median baseline takes weights", () => {
  const model = baselineRegressor({ strategy: "median" }).fit([[0], [0], [0], [0]], [1, 5, 7, 100], {
    sampleWeight: [3, 1, 1, 0],
  });
  assert.deepEqual([...model.values], [1]);
});
