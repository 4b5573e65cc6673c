/** Linear support vector machines against scikit-learn, by their conditions, and on hostile rows. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { random } from "../../src/index.js";
import { linearSvm } from "../../src/linear/index.js";
import { close, data, every, flat, weights } from "../estimators/reference.js";
import json from "../references/linear.json" with { type: "json" };

const { cancer, wine, iris } = data;
const overlap = { x: iris.x.filter((_, i) => iris.y[i] !== 0), y: iris.y.filter((v) => v !== 0).map((v) => v - 1) };
const few = { x: every(wine.x, 15), y: every(wine.y, 15) };
const losses = [
  ["squaredHinge", json.svm.squared_hinge],
  ["hinge", json.svm.hinge],
] as const;

for (const [loss, expected] of losses)
  describe(`${loss} against scikit-learn`, () => {
    const cases = [
      ["binary", cancer, { alpha: 10 }, false],
      ["weighted", cancer, { alpha: 50 }, true],
      ["classes", cancer, { alpha: 20, classWeights: [3, 0.5] }, false],
      ["no intercept", cancer, { alpha: 10, intercept: false }, false],
      ["scaled intercept", overlap, { alpha: 2, interceptScale: 10 }, false],
      ["wine", wine, { alpha: 20 }, false],
      ["iris", iris, { alpha: 5 }, false],
      ["wide", few, { alpha: 1 }, false],
    ] as const;
    for (const [name, { x, y }, settings, weighted] of cases)
      test(name, () => {
        const model = linearSvm({ ...settings, loss }).fit(x, y, weighted ? { sampleWeight: weights(x.length) } : {});
        const due = expected[name];
        close(model.facts.costs, due.costs, 1e-9, "costs");
        close(model.coefficients, due.coefficients, 1e-6, "coefficients");
        close([...model.intercepts, 1], [...flat(due.intercept), 1], 1e-6, "intercepts");
        close(model.decision(every(x as readonly (readonly number[])[], 9)), due.decision, 1e-6, "decision");
        model.facts.dualityGaps.forEach((gap, k) => {
          assert.ok(gap <= 1e-10 * (model.facts.costs[k] ?? 0), `duality gap ${gap}`);
        });
      });
  });

describe("by hand", () => {
  // Rows ±1: by symmetry b = 0, and w is the minimum of ½ α w² + 2 loss(1 − w).
  const [x, y] = [[[-1], [1]], ["low", "high"].map((v) => (v === "low" ? 0 : 1))];
  test("squared: w = 4 / (α + 4)", () => {
    for (const alpha of [0.1, 1, 10]) close(linearSvm({ alpha }).fit(x, y).coefficients, [[4 / (alpha + 4)]], 1e-12);
  });
  test("hinge: w = min(1, 2 / α)", () => {
    for (const alpha of [0.1, 1, 5, 10])
      close(linearSvm({ alpha, loss: "hinge" }).fit(x, y).coefficients, [[Math.min(1, 2 / alpha)]], 1e-8);
  });
  test("support vectors are the rows on or short of the margin", () => {
    const model = linearSvm({ alpha: 1e-3, loss: "hinge" }).fit([[-9], [-1], [1], [5]], ["a", "a", "b", "b"]);
    assert.deepEqual(model.facts.supportVectors, [2]);
    close(model.coefficients, [[1]], 1e-7);
    assert.deepEqual(model.predict([[-0.1], [0.1]]), ["a", "b"]);
  });
});

describe("what must hold", () => {
  test("class weights are row weights, with several planes too", () => {
    const sampleWeight = wine.y.map((c) => [1, 3, 0.5][c] ?? 1);
    for (const loss of ["squaredHinge", "hinge"] as const) {
      const a = linearSvm({ loss, alpha: 5, classWeights: [1, 3, 0.5] }).fit(wine.x, wine.y);
      const b = linearSvm({ loss, alpha: 5 }).fit(wine.x, wine.y, { sampleWeight });
      close(a.coefficients, b.coefficients, 1e-12);
    }
  });
  test("the largest margin: with a small α both losses find it", () => {
    const separable = iris.y.map((v) => Number(v === 0));
    const [a, b] = (["squaredHinge", "hinge"] as const).map((loss) =>
      linearSvm({ loss, alpha: 1e-7 }).fit(iris.x, separable),
    );
    close(a?.coefficients, b?.coefficients, 1e-5);
    const margins = flat(b?.decision(iris.x)).map((v, i) => (separable[i] === 1 ? v : -v));
    assert.ok(Math.abs(Math.min(...margins) - 1) < 1e-6);
  });
  test("more columns than rows: the same as on the rows turned into few columns", () => {
    const wide = random.normal([25, 300], { key: random.key(4), dtype: "float64" }).array() as number[][];
    const y = wide.map(([a = 0, b = 0]) => Number(a + b > 0));
    for (const loss of ["squaredHinge", "hinge"] as const) {
      const model = linearSvm({ loss, alpha: 40 }).fit(wide, y);
      // w must be a combination of rows whose factors are what the loss says.
      const w = flat(model.coefficients);
      const scores = flat(model.decision(wide)).map((v, i) => (y[i] === 1 ? v : -v));
      const residual = w.map((v) => 40 * v);
      wide.forEach((row, i) => {
        const short = 1 - (scores[i] ?? 0);
        if (loss === "hinge") return;
        row.forEach((v, j) => {
          residual[j] = (residual[j] ?? 0) - 2 * Math.max(0, short) * (y[i] === 1 ? 1 : -1) * v;
        });
      });
      if (loss === "squaredHinge") assert.ok(Math.max(...residual.map(Math.abs)) < 1e-9);
      assert.ok((model.facts.dualityGaps[0] ?? 1) < 1e-9 * (model.facts.costs[0] ?? 0));
    }
  });
  test("columns far from 0: as near 0, where the intercept is next to free", () => {
    const far = cancer.x.map((row) => row.map((v, j) => v + 1000 * (j - 4)));
    for (const loss of ["squaredHinge", "hinge"] as const) {
      const [near, moved] = [cancer.x, far].map((x) =>
        linearSvm({ loss, alpha: 10, interceptScale: 1e7 }).fit(x, cancer.y),
      );
      close(moved?.coefficients, near?.coefficients, 1e-6);
      const held = linearSvm({ loss, alpha: 10 }).fit(far, cancer.y);
      assert.ok((held.facts.dualityGaps[0] ?? 1) <= 1e-9 * (held.facts.costs[0] ?? 0));
      // The intercept costs, so that what a moved column can do in its place is done by it.
      assert.ok(Math.abs(held.intercepts[0] ?? 1) < 1e-2 * Math.abs(moved?.intercepts[0] ?? 0));
    }
  });
  test("columns that are all but the same do not slow it", () => {
    const twins = cancer.x.map((row, i) => [...row, (row[0] ?? 0) + 1e-9 * Math.sin(i)]);
    for (const loss of ["squaredHinge", "hinge"] as const) {
      const model = linearSvm({ loss, alpha: 0.1 }).fit(twins, cancer.y);
      assert.ok((model.facts.iterations[0] ?? 99) <= 60);
      const [a = 0, b = 0] = [flat(model.coefficients)[0], flat(model.coefficients)[10]];
      close([a], [b], 1e-4);
    }
  });
});

describe("hostile rows", () => {
  for (const loss of ["squaredHinge", "hinge"] as const) {
    test(`constant columns, columns of zeros, rows of zeros, ${loss}`, () => {
      const plain = linearSvm({ loss }).fit(cancer.x, cancer.y);
      const more = linearSvm({ loss }).fit(
        cancer.x.map((row) => [...row, 0]),
        cancer.y,
      );
      close(more.coefficients, [...flat(plain.coefficients), 0], 1e-7);
      const nothing = linearSvm({ loss }).fit([[0], [0], [0]], ["a", "b", "b"]);
      assert.deepEqual(flat(nothing.coefficients), [0]);
      assert.deepEqual(nothing.predict([[5]]), ["b"]);
    });
    for (const size of [1e-100, 1e-6, 1e6, 1e100])
      test(`columns of size ${size} under a penalty of its square, ${loss}`, () => {
        const plain = linearSvm({ loss, intercept: false }).fit(overlap.x, overlap.y);
        const model = linearSvm({ loss, intercept: false, alpha: size * size }).fit(
          overlap.x.map((row) => row.map((v) => v * size)),
          overlap.y,
        );
        close(
          flat(model.coefficients).map((v) => v * size),
          plain.coefficients,
          1e-6,
        );
      });
    test(`a row of weight 0 is no row, ${loss}`, () => {
      const sampleWeight = cancer.x.map((_, i) => i % 3);
      const kept = cancer.x.flatMap((_, i) => Array.from({ length: i % 3 }, () => i));
      const a = linearSvm({ loss }).fit(cancer.x, cancer.y, { sampleWeight });
      const b = linearSvm({ loss }).fit(
        kept.map((i) => cancer.x[i] ?? []),
        kept.map((i) => cancer.y[i] ?? 0),
      );
      close(a.coefficients, b.coefficients, 1e-6);
    });
  }
  test("too few iterations are told with what to do", () => {
    for (const loss of ["squaredHinge", "hinge"] as const)
      assert.throws(
        () => linearSvm({ loss, maxIterations: 2, alpha: 1e-3 }).fit(wine.x, wine.y),
        (error: unknown) => error instanceof NumericalError && /maxIterations/.test(error.message),
      );
  });
  test("wrong input is refused in words", () => {
    assert.throws(() => linearSvm().fit([[1], [2]], [1, 1]), /one class only \(1\)/);
    assert.throws(() => linearSvm({ interceptScale: 0 }), /interceptScale must be a number > 0/);
    assert.throws(() => linearSvm().fit([[1, Number.NaN]], [1]), /NaN|one class/);
    assert.throws(
      () => linearSvm({ classWeights: [1, 2, 3] }).fit([[1], [2]], [0, 1]),
      /2 weights, one a class, got 3/,
    );
  });
});
