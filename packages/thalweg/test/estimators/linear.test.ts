/** Least squares, ridge, lasso and elastic net against scikit-learn, and what must hold at their minima. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { random } from "../../src/index.js";
import { elasticNet, lasso, lassoPath, linearRegression, ridge } from "../../src/linear/index.js";
import json from "../references/estimators-linear.json" with { type: "json" };
import { close, data, weights } from "./reference.js";

const { x, y } = data.diabetes;
const sampleWeight = weights(x.length);

interface Fitted {
  readonly coefficients: unknown;
  readonly intercepts: Float64Array;
}

/** 1e-6 is what is promised; these problems allow far more. */
function same(model: Fitted, due: { coefficients: unknown; intercept: unknown }, tolerance = 1e-9): void {
  close(model.coefficients, due.coefficients, tolerance, "coefficients");
  close(model.intercepts, due.intercept, tolerance, "intercepts");
}

describe("ridge and least squares", () => {
  test("against scikit-learn", () => {
    same(ridge().fit(x, y), json.ridge["1"], 1e-11);
    same(ridge({ alpha: 0.01 }).fit(x, y, { sampleWeight }), json.ridge["0.01 weighted"], 1e-11);
    same(ridge({ alpha: 0.1, intercept: false }).fit(x, y), json.ridge["0.1 no intercept"], 1e-11);
    const both = y.map((v) => [v, Math.sqrt(v)]);
    same(ridge({ alpha: 0.5 }).fit(x, both), json.ridge["two targets"], 1e-11);
    same(linearRegression().fit(x, y), json.ridge.none, 1e-10);
    same(ridge({ alpha: 0.5 }).fit(x.slice(0, 6), y.slice(0, 6)), json.ridge.wide, 1e-10);
  });
  test("says how it was solved, and what it costs in digits", () => {
    const plain = linearRegression().fit(x, y);
    assert.equal(plain.facts.rank, 10);
    assert.ok((plain.facts.condition ?? 0) > 1);
    const twins = x.map((row) => [...row, row[0] ?? 0]);
    const doubled = linearRegression().fit(twins, y);
    assert.equal(doubled.facts.rank, 10);
    assert.ok(doubled.facts.warning !== undefined);
    // The shortest of all minima shares the coefficient equally.
    const c = doubled.coefficients.data();
    assert.ok(Math.abs(Number(c[0]) / Number(c[10]) - 1) < 1e-8);
  });
  test("prediction, score, shapes of one and several targets", () => {
    const model = linearRegression().fit([[0], [1], [2]], [1, 3, 5]);
    close(model.predict([[10]]), [21], 1e-14);
    assert.deepEqual(model.predict([[10]]).shape, [1]);
    assert.equal(model.score([[0], [1]], [1, 3]), 1);
    const many = linearRegression().fit([[0], [1], [2]], [[1], [3], [5]]);
    assert.deepEqual(
      [many.predict([[1]]).shape, many.coefficients.shape],
      [
        [1, 1],
        [1, 1],
      ],
    );
  });
});

describe("lasso and elastic net", () => {
  test("against scikit-learn", () => {
    const tolerance = 1e-15;
    same(lasso({ alpha: 0.1, tolerance }).fit(x, y), json.lasso["0.1"]);
    same(lasso({ alpha: 1, tolerance }).fit(x, y, { sampleWeight }), json.lasso["1 weighted"]);
    same(elasticNet({ alpha: 0.01, l1Ratio: 0.6, tolerance }).fit(x, y), json.lasso.elastic);
    same(
      elasticNet({ alpha: 0.02, l1Ratio: 0.3, intercept: false, tolerance }).fit(x, y),
      json.lasso["elastic no intercept"],
    );
  });
  test("the default tolerance is within 1e-6 of scikit-learn's coefficients", () => {
    close(elasticNet({ alpha: 0.01, l1Ratio: 0.6 }).fit(x, y).coefficients, json.lasso.elastic.coefficients, 1e-6);
  });
  test("the path: penalties, coefficients, and the order in which features enter", () => {
    const path = lassoPath(x, y, { count: 30, tolerance: 1e-15 });
    close(
      path.map((p) => p.alpha),
      json.path.alphas,
      1e-12,
      "alphas",
    );
    close(
      path.map((p) => p.coefficients),
      json.path.coefficients,
      1e-8,
      "coefficients",
    );
    const entry = (rows: readonly ArrayLike<number>[]): number[] =>
      Array.from({ length: 10 }, (_, j) => rows.findIndex((row) => row[j] !== 0));
    assert.deepEqual(entry(path.map((p) => p.coefficients)), entry(json.path.coefficients));
    assert.equal(path[0]?.nonZero, 0);
  });
  for (const [rows, columns] of [
    [60, 20],
    [30, 90],
    [40, 700],
  ] as const)
    test(`conditions of the minimum, ${rows} × ${columns}; the gap bounds the cost`, () => {
      const z = random.normal([rows, columns + 1], { key: random.key(rows), dtype: "float64" }).array() as number[][];
      const [features, target] = [z.map((row) => row.slice(1)), z.map((row) => 3 * (row[1] ?? 0) + (row[0] ?? 0))];
      const alpha = 0.2;
      const exact = lasso({ alpha, tolerance: 1e-14 }).fit(features, target);
      const residual = [...exact.predict(features).data()].map((p, i) => (target[i] ?? 0) - Number(p));
      [...exact.coefficients.data()].forEach((b, j) => {
        const c = residual.reduce((sum, r, i) => sum + r * (features[i]?.[j] ?? 0), 0) / rows;
        assert.ok(Math.abs(c) <= alpha * (1 + 1e-6), `column ${j}: ${c}`);
        if (Number(b) !== 0) assert.ok(Math.abs(c - alpha * Math.sign(Number(b))) < 1e-6, `column ${j}: ${c}`);
      });
      const cost = (model: typeof exact): number => {
        const p = [...model.predict(features).data()].map(Number);
        const squares = p.reduce((sum, v, i) => sum + (v - (target[i] ?? 0)) ** 2, 0);
        return (
          squares / (2 * rows) + alpha * [...model.coefficients.data()].reduce((s, b) => s + Math.abs(Number(b)), 0)
        );
      };
      const rough = lasso({ alpha, tolerance: 1e-2 }).fit(features, target);
      assert.ok(rough.facts.dualityGap > 0);
      assert.ok(cost(rough) - cost(exact) <= rough.facts.dualityGap * (1 + 1e-9));
    });
  test("columns that go together, of sizes far apart: to the last digits, in few sweeps", () => {
    const rows = 200;
    const z = random.normal([rows, 7], { key: random.key(11), dtype: "float64" }).array() as number[][];
    const near = z.map(([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => [
      a,
      a + 1e-5 * b,
      c,
      1e4 * (c + 1e-3 * d),
      e,
      f,
    ]);
    const target = z.map(([a = 0, b = 0, c = 0, d = 0, e = 0, , g = 0]) => a - 2 * b + 3 * c + 2 * d + e + 0.5 * g);
    const twins = near.map((row) => [...row, row[4] ?? 0, 5]);
    for (const [features, alpha] of [
      [near, 1e-5],
      [near, 1e-2],
      [twins, 1e-3],
    ] as const) {
      const model = lasso({ alpha, tolerance: 1e-15 }).fit(features, target);
      assert.ok(model.facts.sweeps < 1000, `${model.facts.sweeps} sweeps`);
      const residual = [...model.predict(features).data()].map((p, i) => (target[i] ?? 0) - Number(p));
      [...model.coefficients.data()].forEach((b, j) => {
        const c = residual.reduce((sum, r, i) => sum + r * (features[i]?.[j] ?? 0), 0) / rows;
        const size = Math.sqrt(features.reduce((sum, row) => sum + (row[j] ?? 0) ** 2, 0) / rows);
        const off = Number(b) === 0 ? Math.max(0, Math.abs(c) - alpha) : Math.abs(c - alpha * Math.sign(Number(b)));
        assert.ok(off <= 1e-7 * size, `alpha ${alpha}, column ${j}: off by ${off}`);
      });
    }
  });
  test("a row of weight 2 counts like two rows, one of weight 0 not at all", () => {
    const w = x.map((_, i) => i % 3);
    const repeat = <T>(list: readonly T[]): T[] => list.flatMap((v, i) => Array.from({ length: w[i] ?? 0 }, () => v));
    for (const make of [() => lasso({ alpha: 0.5 }), () => ridge(), () => linearRegression()]) {
      const [weighted, repeated] = [make().fit(x, y, { sampleWeight: w }), make().fit(repeat(x), repeat(y))];
      close(weighted.coefficients, repeated.coefficients, 1e-8, weighted.kind);
    }
  });
});

test("wrong input is refused in words", () => {
  assert.throws(() => ridge({ alpha: -1 }), /ridge: alpha must be a number ≥ 0, got -1/);
  assert.throws(() => lasso({ alpha: 0 }), /alpha must be a number > 0/);
  assert.throws(() => elasticNet({ l1Ratio: 0 }), /l1Ratio must be a number above 0, at most 1/);
  assert.throws(() => ridge().fit([[1, Number.NaN]], [1]), /NaN at row 0, column 1/);
  assert.throws(() => ridge().fit([[1], [2]], [1]), /y has 1 rows, x has 2/);
  assert.throws(
    () =>
      ridge()
        .fit(x, y)
        .predict([[1]]),
    /1 columns, and the model was fitted on 10/,
  );
  assert.throws(
    () =>
      lasso().fit(
        [[1], [2]],
        [
          [1, 2],
          [1, 2],
        ],
      ),
    /one target a row/,
  );
  assert.throws(() => lasso({ alpha: 1e-3, maxSweeps: 1, tolerance: 1e-14 }).fit(x, y), NumericalError);
  assert.throws(() => ridge().fit([[1], [2]], [1, 2], { sampleWeight: [1, -1] }), /≥ 0 everywhere/);
});
