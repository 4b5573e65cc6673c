/** Huber regression against scikit-learn, by its conditions, and where the scale goes to 0. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { huberRegression, linearRegression } from "../../src/linear/index.js";
import { close, data, every, flat, weights } from "../estimators/reference.js";
import json from "../references/linear.json" with { type: "json" };

const { x, y } = data.diabetes;
const sampleWeight = weights(x.length);
const wild = y.map((v, i) => v + (i % 9 === 0 ? 3000 : 0));

describe("against scikit-learn", () => {
  const cases = [
    ["plain", y, {}, {}],
    ["weighted", y, { epsilon: 1.1, alpha: 0.01 }, { sampleWeight }],
    ["no intercept", y, { intercept: false, alpha: 0.1 }, {}],
    ["wild", wild, { epsilon: 1.5 }, {}],
    ["held", y, { alpha: 10 }, {}],
  ] as const;
  for (const [name, target, settings, options] of cases)
    test(name, () => {
      const model = huberRegression(settings).fit(x, target, options);
      const due = json.huber[name];
      close(model.coefficients, due.coefficients, 1e-8, "coefficients");
      close(model.intercepts, due.intercept, 1e-8, "intercept");
      close(model.facts.scale, due.scale, 1e-8, "scale");
      close(model.facts.cost, due.cost, 1e-10, "cost");
      assert.equal(model.facts.outliers, due.outliers);
    });
});

describe("what must hold", () => {
  test("wild rows do not bend it", () => {
    const [plain, bent] = [huberRegression().fit(x, y), huberRegression().fit(x, wild)];
    const squares = linearRegression().fit(x, wild);
    const from = (model: { readonly predict: typeof plain.predict }): number => {
      const [a, b] = [flat(model.predict(x)), flat(plain.predict(x))];
      return Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? 0))));
    };
    assert.ok(from(bent) < 120 && from(squares) > 300, `${from(bent)}, ${from(squares)}`);
  });
  test("with an ε that no row reaches it is least squares, σ the root mean square", () => {
    const model = huberRegression({ epsilon: 50, alpha: 0 }).fit(x, y, { sampleWeight });
    const squares = linearRegression().fit(x, y, { sampleWeight });
    close(model.coefficients, squares.coefficients, 1e-9);
    const total = sampleWeight.reduce((a, b) => a + b, 0);
    const sum = flat(squares.predict(x)).reduce((s, p, i) => s + (sampleWeight[i] ?? 0) * (p - (y[i] ?? 0)) ** 2, 0);
    close(model.facts.scale, Math.sqrt(sum / total), 1e-9);
    assert.equal(model.facts.outliers, 0);
  });
  test("coefficients and scale grow with y, whatever the size of y and of the columns", () => {
    const plain = huberRegression({ alpha: 0 }).fit(x, y);
    for (const [ofX, ofY] of [
      [1e-9, 1e12],
      [1e120, 1e-100],
      [1e-200, 1e80],
    ] as const) {
      const model = huberRegression({ alpha: 0 }).fit(
        x.map((row) => row.map((v) => v * ofX)),
        y.map((v) => v * ofY),
      );
      close(
        flat(model.coefficients).map((b) => (b / ofY) * ofX),
        plain.coefficients,
        1e-8,
        `${ofX}, ${ofY}`,
      );
      close(model.facts.scale / ofY, plain.facts.scale, 1e-8);
    }
  });
  test("a row of weight 2 counts like two rows, one of weight 0 not at all, however wild", () => {
    const w = x.map((_, i) => i % 3);
    const target = y.map((v, i) => (i % 3 === 0 ? 1e6 : v));
    const repeat = <T>(list: readonly T[]): T[] => list.flatMap((v, i) => Array.from({ length: w[i] ?? 0 }, () => v));
    const [weighted, repeated] = [
      huberRegression().fit(x, target, { sampleWeight: w }),
      huberRegression().fit(repeat(x), repeat(target)),
    ];
    close(weighted.coefficients, repeated.coefficients, 1e-8);
    close(weighted.facts.scale, repeated.facts.scale, 1e-8);
  });
});

describe("where the scale goes to 0", () => {
  const rows = Array.from({ length: 50 }, (_, i) => [i / 10, Math.sin(i)]);
  const exact = rows.map(([a = 0, b = 0]) => 2 * a - b + 7);
  const cases: readonly (readonly [string, readonly number[], number])[] = [
    ["exact", exact, 0],
    ["exact but for every tenth row", exact.map((v, i) => v + (i % 10 === 3 ? 100 + i : 0)), 5],
    ["exact but for the odd rows", exact.map((v, i) => v + (i % 2 === 1 ? 100 * Math.sin(i * i) : 0)), 25],
  ];
  for (const [name, target, outliers] of cases)
    test(name, () => {
      const model = huberRegression().fit(rows, [...target]);
      close([...flat(model.coefficients), ...model.intercepts], [2, -1, 7], 1e-6);
      assert.ok(model.facts.scale < 1e-5, `${model.facts.scale}`);
      assert.equal(model.facts.outliers, outliers);
    });
  test("with ε = 1 absolute values alone count: a median, and a plane through as many rows as it has parameters", () => {
    const medians = huberRegression({ epsilon: 1, alpha: 0 }).fit(
      [[0], [0], [0], [1], [1], [1]],
      [1, 3, 90, 5, 2, -40],
    );
    close(medians.predict([[0], [1]]), [3, 2], 1e-6);
    const model = huberRegression({ epsilon: 1, alpha: 0 }).fit(x, wild);
    const residuals = flat(model.predict(x)).map((p, i) => Math.abs(p - (wild[i] ?? 0)));
    assert.equal(residuals.filter((r) => r < 1e-3).length, 11);
  });
  test("y constant, y zero, one row, two rows, more columns than rows", () => {
    close(
      huberRegression()
        .fit(
          rows,
          rows.map(() => 7),
        )
        .predict(rows),
      rows.map(() => 7),
      1e-12,
    );
    assert.deepEqual(
      flat(
        huberRegression().fit(
          rows,
          rows.map(() => 0),
        ).coefficients,
      ),
      [0, 0],
    );
    close(
      huberRegression()
        .fit([[1, 2]], [3])
        .predict([[1, 2]]),
      [3],
      1e-12,
    );
    close(
      huberRegression({ alpha: 0 })
        .fit([[1], [2]], [3, 4])
        .predict([[3]]),
      [5],
      1e-6,
    );
    const [few, target] = [every(x, 60), every(y, 60)];
    close(huberRegression({ alpha: 1e-6 }).fit(few, target).predict(few), target, 1e-6);
  });
});

test("constant and repeated columns take no part, or share", () => {
  const plain = huberRegression().fit(x, y);
  const more = huberRegression().fit(
    x.map((row) => [...row, 0.1]),
    y,
  );
  close(more.coefficients, [...flat(plain.coefficients), 0], 1e-7);
  const twins = huberRegression({ alpha: 1e-3 }).fit(
    x.map((row) => [...row, row[2] ?? 0]),
    y,
  );
  const c = flat(twins.coefficients);
  close([c[10] ?? 0], [c[2] ?? 0], 1e-6);
});

test("wrong input is refused in words", () => {
  assert.throws(() => huberRegression({ epsilon: 0.9 }), /epsilon must be a number ≥ 1, got 0.9/);
  assert.throws(
    () =>
      huberRegression().fit(
        x,
        y.map((v) => [v, v]),
      ),
    /one target a row, got 2 columns/,
  );
  assert.throws(() => huberRegression().fit(x, y.slice(1)), /y has 441 rows, x has 442/);
  assert.throws(() => huberRegression({ maxIterations: 1 }).fit(x, wild), NumericalError);
  assert.throws(() => huberRegression().fit([[1e308], [1e308], [1e308]], [1, 2, 3]), /so large in column 0/);
});
