/** Logistic regression by each solver and with each penalty: against scikit-learn, by its conditions, and where there is no minimum. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { random } from "../../src/index.js";
import { logisticRegression } from "../../src/linear/index.js";
import { temperatureScaling } from "../../src/selection/index.js";
import { close, data, every, flat, weights } from "../estimators/reference.js";
import json from "../references/linear.json" with { type: "json" };

const { cancer, wine, iris } = data;
const few = { x: every(wine.x, 15), y: every(wine.y, 15).map((v) => Number(v === 1)) };
const due = json.logistic;

describe("against scikit-learn", () => {
  const cases = [
    ["binary lasso", cancer, { l1Ratio: 1, alpha: 5 }, false],
    ["binary elastic", cancer, { l1Ratio: 0.5, alpha: 20 }, true],
    ["binary balanced", cancer, { l1Ratio: 0.3, alpha: 10, classWeights: "balanced" }, false],
    ["binary no intercept", cancer, { l1Ratio: 1, alpha: 2, intercept: false }, false],
    ["softmax lasso", wine, { l1Ratio: 1, alpha: 2 }, false],
    ["softmax elastic", wine, { l1Ratio: 0.4, alpha: 5 }, true],
    ["wide lasso", few, { l1Ratio: 1, alpha: 0.2 }, false],
    ["none", cancer, { alpha: 0, solver: "newton" }, false],
    ["none", cancer, { alpha: 0, solver: "lbfgs" }, false],
  ] as const;
  for (const [name, { x, y }, settings, weighted] of cases)
    test(`${name}, ${JSON.stringify(settings)}`, () => {
      const model = logisticRegression(settings).fit(x, y, weighted ? { sampleWeight: weights(x.length) } : {});
      const expected = due[name];
      close(model.coefficients, expected.coefficients, 1e-6, "coefficients");
      // Of more than two classes intercepts count from each other alone.
      const level = (b: readonly number[]): number[] =>
        b.length === 1 ? [...b] : b.map((v) => v - b.reduce((s, e) => s + e, 0) / b.length);
      close(level([...model.intercepts]), level(flat(expected.intercept)), 1e-6, "intercepts");
      close(model.predictProbabilities(every(x as readonly (readonly number[])[], 13)), expected.probabilities, 1e-7);
      const zeros = (list: unknown): boolean[] => flat(list).map((v) => Math.abs(v) < 1e-12);
      assert.deepEqual(zeros(model.coefficients), zeros(expected.coefficients), "which are 0");
    });
});

describe("both solvers come to the same minimum", () => {
  for (const [name, { x, y }] of Object.entries({ cancer, wine, iris }))
    for (const alpha of [1e-3, 1, 100])
      test(`${name}, alpha ${alpha}`, () => {
        const [a, b] = (["newton", "lbfgs"] as const).map((solver) =>
          logisticRegression({ alpha, solver, tolerance: 1e-11 }).fit(x, y),
        );
        assert.ok(a !== undefined && b !== undefined && a.facts.solver === "newton" && b.facts.solver === "lbfgs");
        close(a.coefficients, b.coefficients, 1e-6);
        assert.ok(a.facts.iterations <= 25, `${a.facts.iterations} Newton steps`);
        assert.ok(Math.abs(a.facts.cost - b.facts.cost) <= 1e-12 * a.facts.cost);
      });
});

describe("conditions of the minimum with absolute values", () => {
  for (const [rows, columns, classes, alpha] of [
    [80, 15, 2, 3],
    [30, 90, 2, 1],
    [40, 500, 2, 1],
    [60, 200, 3, 1.5],
  ] as const)
    test(`${rows} × ${columns}, ${classes} classes`, () => {
      const z = random.normal([rows, columns], { key: random.key(columns), dtype: "float64" }).array() as number[][];
      const y = z.map(([a = 0, b = 0, c = 0]) =>
        classes === 2 ? Number(a + b + c > 0.3) : (a > 0 ? 1 : 0) + (b > 0.5 ? 1 : 0),
      );
      const model = logisticRegression({ l1Ratio: 1, alpha, tolerance: 1e-10 }).fit(z, y);
      const p = flat(model.predictProbabilities(z));
      const w = flat(model.coefficients);
      const scores = classes === 2 ? 1 : classes;
      assert.ok(w.some((v) => v === 0) && w.some((v) => v !== 0));
      for (let k = 0; k < scores; k += 1) {
        const own = classes === 2 ? 1 : k;
        const slope = y.map((c, i) => (p[i * classes + own] ?? 0) - Number(c === own));
        assert.ok(Math.abs(slope.reduce((a, b) => a + b, 0)) < 1e-7 * rows, "intercept");
        for (let j = 0; j < columns; j += 1) {
          const g = slope.reduce((sum, s, i) => sum + s * (z[i]?.[j] ?? 0), 0);
          const weight = w[k * columns + j] ?? 0;
          if (weight === 0) assert.ok(Math.abs(g) <= alpha * (1 + 1e-6), `column ${j}: ${g}`);
          else assert.ok(Math.abs(g + alpha * Math.sign(weight)) < 1e-6, `column ${j}: ${g}`);
        }
      }
    });
  for (const [l1Ratio, intercept] of [
    [1, true],
    [1, false],
    [0.5, true],
  ] as const)
    test(`columns that are all but the same, a small penalty: ρ = ${l1Ratio}${intercept ? "" : ", no intercept"}`, () => {
      const z = random.normal([60, 21], { key: random.key(8), dtype: "float64" }).array() as number[][];
      const x = z.map((row) => row.slice(1).map((v) => (row[0] ?? 0) + 1e-4 * v));
      const y = z.map(([a = 0, b = 0]): number => (a + b > 0.6 ? 2 : a > -0.4 ? 1 : 0));
      const alpha = 1e-3;
      const model = logisticRegression({ alpha, l1Ratio, intercept }).fit(x, y);
      const [p, w] = [flat(model.predictProbabilities(x)), flat(model.coefficients)];
      assert.ok(model.facts.iterations < 100, `${model.facts.iterations} iterations`);
      for (let k = 0; k < 3; k += 1)
        for (let j = 0; j < 20; j += 1) {
          const weight = w[k * 20 + j] ?? 0;
          const g =
            y.reduce((sum, c, i) => sum + ((p[3 * i + k] ?? 0) - Number(c === k)) * (x[i]?.[j] ?? 0), 0) +
            alpha * (1 - l1Ratio) * weight;
          const l1 = alpha * l1Ratio;
          if (weight === 0) assert.ok(Math.abs(g) <= l1 + 1e-6, `class ${k}, column ${j}: ${g}`);
          else assert.ok(Math.abs(g + l1 * Math.sign(weight)) < 1e-6, `class ${k}, column ${j}: ${g}`);
        }
    });
  test("a penalty large enough leaves the intercept alone", () => {
    const model = logisticRegression({ l1Ratio: 1, alpha: 1e4 }).fit(cancer.x, cancer.y);
    assert.ok(flat(model.coefficients).every((v) => v === 0));
    const ones = cancer.y.reduce((a, b) => a + b, 0);
    close(model.intercepts, [Math.log(ones / (cancer.y.length - ones))], 1e-9);
  });
});

describe("no minimum is told, not hidden", () => {
  const line = [[0], [1], [2], [2], [3], [4]];
  const cases: readonly (readonly [string, number[][], readonly number[], string])[] = [
    ["two classes apart", [[0], [1], [3], [4]], [0, 0, 1, 1], "wholly"],
    ["three classes apart", wine.x, wine.y, "wholly"],
    ["more columns than rows", few.x.slice(0, 6).map((row) => row.slice(0, 8)), [0, 1, 0, 1, 1, 0], "wholly"],
    ["all but rows on the plane", line, [0, 0, 0, 1, 1, 1], "partly"],
    ["one class apart from two that overlap", iris.x, iris.y, "partly"],
  ];
  for (const solver of ["auto", "newton", "lbfgs"] as const)
    for (const [name, x, y, how] of cases)
      test(`${name}, ${solver}`, () => {
        const fit = (alpha: number) => logisticRegression({ alpha, solver }).fit(x, y);
        assert.throws(
          () => fit(0),
          (error: unknown) =>
            error instanceof NumericalError && error.facts.separated === how && /set alpha above 0/.test(error.message),
        );
        assert.ok(fit(1e-3).score(x, y) >= 0.8);
      });
});

describe("hostile rows", () => {
  const x = [[0], [1], [3], [4]];
  const y = [0, 1, 0, 1];
  const plain = logisticRegression({ alpha: 0 }).fit(x, y);
  for (const solver of ["newton", "lbfgs"] as const) {
    test(`a constant column changes nothing, ${solver}`, () => {
      const model = logisticRegression({ alpha: 0, solver }).fit(
        x.map(([v = 0]) => [v, 0.1]),
        y,
      );
      close(model.coefficients, [...flat(plain.coefficients), 0], 1e-7);
      close(model.predictProbabilities([[2, 0.1]]), plain.predictProbabilities([[2]]), 1e-8);
    });
    test(`a column twice is shared, ${solver}`, () => {
      const model = logisticRegression({ alpha: 0, solver }).fit(
        x.map(([v = 0]) => [v, v]),
        y,
      );
      const [a = 0, b = 0] = flat(model.coefficients);
      close([a + b], flat(plain.coefficients), 1e-7);
      close([a], [b], 1e-2);
    });
    for (const size of [1e-200, 1e-9, 1e9, 1e200])
      test(`columns of size ${size}, ${solver}`, () => {
        const model = logisticRegression({ alpha: 0, solver }).fit(
          x.map(([v = 0]) => [v * size]),
          y,
        );
        close(
          flat(model.coefficients).map((v) => v * size),
          flat(plain.coefficients),
          1e-7,
        );
      });
    test(`far from 0, ${solver}`, () => {
      const far = logisticRegression({ alpha: 0.1, solver }).fit(
        cancer.x.map((row) => row.map((v, j) => v + 1e6 * (j + 1))),
        cancer.y,
      );
      close(far.coefficients, logisticRegression({ alpha: 0.1 }).fit(cancer.x, cancer.y).coefficients, 1e-6);
    });
  }
  test("all rows the same: the intercept alone", () => {
    const model = logisticRegression({ alpha: 1 }).fit([[2], [2], [2], [2]], [0, 1, 1, 1]);
    close(model.predictProbabilities([[2]]), [[0.25, 0.75]], 1e-9);
  });
  test("more columns than rows", () => {
    const wide = every(wine.x, 20);
    const classes = every(wine.y, 20);
    const [a, b] = (["newton", "lbfgs"] as const).map((solver) => logisticRegression({ solver }).fit(wide, classes));
    close(a?.coefficients, b?.coefficients, 1e-6);
  });
  test("NaN in a tensor is found with its place; a row of weight 0 is no row, but NaN there is refused too", () => {
    const holed = cancer.x.map((row, i) => row.map((v, j) => (i === 5 && j === 3 ? Number.NaN : v)));
    assert.throws(() => logisticRegression().fit(holed, cancer.y), /NaN at row 5, column 3/);
    const sampleWeight = cancer.x.map((_, i) => (i === 5 ? 0 : 1));
    assert.throws(() => logisticRegression().fit(holed, cancer.y, { sampleWeight }), /NaN at row 5, column 3/);
  });
  test("too few iterations are told with what to do", () => {
    assert.throws(
      () => logisticRegression({ maxIterations: 1 }).fit(cancer.x, cancer.y),
      (error: unknown) => error instanceof NumericalError && /maxIterations/.test(error.message),
    );
  });
});

describe("many rows", () => {
  const [rows, columns] = [6000, 40];
  const z = random.normal([rows, columns + 1], { key: random.key(3), dtype: "float64" });
  const list = z.array() as number[][];
  // Columns that go together, which L-BFGS alone would creep along.
  const x = list.map((row) => row.slice(0, columns).map((v, j) => v + 5 * (row[(j + 1) % 3] ?? 0)));
  const y = list.map((row, i) => Number((x[i]?.[0] ?? 0) - (x[i]?.[5] ?? 0) + 2 * (row[columns] ?? 0) > 0));
  test("L-BFGS in the metric of a sample is not held up by columns that go together", () => {
    const model = logisticRegression({ solver: "lbfgs" }).fit(x, y);
    assert.ok(model.facts.iterations <= 40, `${model.facts.iterations} iterations`);
    close(model.coefficients, logisticRegression({ solver: "newton" }).fit(x, y).coefficients, 1e-7);
    assert.equal(logisticRegression().fit(x, y).facts.solver, "lbfgs");
  });
});

describe("temperature", () => {
  const model = logisticRegression({ temperature: 2.5 }).fit(wine.x, wine.y);
  const plain = logisticRegression().fit(wine.x, wine.y);
  test("probabilities are those of scores divided by it; classes and fit stay", () => {
    close(model.coefficients, plain.coefficients, 1e-15);
    const scores = plain.decision(every(wine.x, 9)).array() as number[][];
    const expected = scores.map((row) => {
      const e = row.map((v) => Math.exp(v / 2.5));
      return e.map((v) => v / e.reduce((a, b) => a + b, 0));
    });
    close(model.predictProbabilities(every(wine.x, 9)), expected, 1e-14);
    assert.deepEqual(flat(model.predict(wine.x)), flat(plain.predict(wine.x)));
    const binary = logisticRegression({ temperature: 0.5 }).fit(cancer.x, cancer.y);
    const [z = 0] = flat(binary.decision(cancer.x.slice(0, 1)));
    close(
      binary.predictProbabilities(cancer.x.slice(0, 1)),
      [[1 / (1 + Math.exp(2 * z)), 1 / (1 + Math.exp(-2 * z))]],
      1e-14,
    );
  });
  test("one that temperatureScaling found is put into a fitted model", () => {
    const { temperature } = temperatureScaling(iris.y, logisticRegression().fit(iris.x, iris.y).decision(iris.x));
    const scaled = logisticRegression().fit(iris.x, iris.y).withTemperature(temperature);
    assert.equal(scaled.settings.temperature, temperature);
    close(
      scaled.predictProbabilities(iris.x),
      logisticRegression({ temperature }).fit(iris.x, iris.y).predictProbabilities(iris.x),
      0,
    );
    assert.throws(() => scaled.withTemperature(-1), /temperature must be a number > 0, got -1/);
  });
});
