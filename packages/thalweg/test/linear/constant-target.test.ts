/** Targets that do not vary: no coefficient, and their mean as the intercept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { elasticNet, lasso, lassoPath, tunedElasticNet, tunedLasso, tunedRidge } from "../../src/linear/index.js";
import { crossValidate } from "../../src/selection/index.js";

const columns = [[1], [2], [3], [4], [5], [6], [7]];

for (const value of [5, 0.1, -1e6, 0]) {
  test(`lasso and elasticNet of ${value} alone have no coefficient`, () => {
    for (const kind of [lasso, elasticNet])
      for (const x of [
        columns,
        [[1, 2, 3, 4]],
        [[3]],
        [
          [1, 2, 5, 1, 0],
          [3, 4, 1, 1, 0],
          [0, 1, 0, 2, 9],
        ],
      ]) {
        const y = x.map(() => value);
        const model = kind({ alpha: 0.5 }).fit(x, y);
        assert.ok(model.coefficients.data().every((b) => b === 0));
        assert.ok(Math.abs((model.intercepts[0] ?? Number.NaN) - value) <= 1e-15 * Math.abs(value));
        assert.equal(model.facts.nonZero, 0);
      }
  });

  test(`tuned models of ${value} alone have no coefficient, with penalties given or not`, () => {
    const y = columns.map(() => value);
    for (const alphas of [[1, 0.1], undefined])
      for (const kind of [tunedLasso, tunedElasticNet, tunedRidge]) {
        const model = kind(alphas === undefined ? {} : { alphas }).fit(columns, y);
        assert.ok(Math.abs(Number(model.coefficients.data()[0])) <= 1e-15 * Math.abs(value), kind.kind);
        assert.ok(Math.abs((model.intercepts[0] ?? Number.NaN) - value) <= 2e-15 * Math.abs(value), kind.kind);
      }
  });
}

test("lasso without an intercept of targets 0", () => {
  const model = lasso({ intercept: false }).fit(
    columns,
    columns.map(() => 0),
  );
  assert.deepEqual([...model.coefficients.data()], [0]);
  assert.deepEqual([...model.intercepts], [0]);
});

test("lassoPath takes penalties where the targets do not vary", () => {
  const path = lassoPath(
    columns,
    columns.map(() => 5),
    { alphas: [1, 0.1] },
  );
  assert.deepEqual(
    path.map(({ alpha, coefficients, intercept }) => [alpha, ...coefficients, intercept]),
    [
      [1, 0, 5],
      [0.1, 0, 5],
    ],
  );
});

test("a training fold that does not vary ends no cross-validation", async () => {
  const x = Array.from({ length: 12 }, (_, i) => [i, (i * i) % 5]);
  const y = x.map((_, i) => (i < 4 ? i : 7));
  for (const model of [lasso({ alpha: 0.1 }), tunedLasso({ folds: 3 }), elasticNet({ alpha: 0.1 })]) {
    const { test: scores } = await crossValidate(model, x, y, { folds: 3, scores: "negativeMeanSquaredError" });
    assert.ok(
      Object.values(scores).every(({ values }) => values.every(Number.isFinite)),
      model.kind,
    );
  }
});

test("tunedLasso where y goes with no column of all rows, but with some of a fold", () => {
  const x = [[-1], [1], [-1], [1], [-1], [1], [-1], [1]];
  const y = [1, 1, -1, -1, 1, 1, -1, -1];
  const { facts } = tunedLasso({ folds: 4 }).fit(x, y);
  assert.ok(Math.abs((facts.curve.alphas[0] ?? 0) - 1) <= 1e-15);
  assert.equal(facts.nonZero, 0);
});
