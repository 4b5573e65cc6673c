/** Logistic and softmax regression and the perceptron against scikit-learn; descent regression by hand and against least squares. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { gradientDescentRegression, linearRegression, logisticRegression, perceptron } from "../../src/linear/index.js";
import { standardScaler } from "../../src/preprocessing/index.js";
import json from "../references/estimators-linear.json" with { type: "json" };
import { close, data, every, weights } from "./reference.js";

const { cancer, wine, iris, diabetes } = data;

describe("logistic regression against scikit-learn", () => {
  const cases = [
    ["binary", cancer, {}, false],
    ["binary weighted", cancer, { alpha: 0.1 }, true],
    ["binary balanced", cancer, { alpha: 10, classWeights: "balanced" }, false],
    ["binary no intercept", cancer, { intercept: false }, false],
    ["softmax", wine, {}, false],
    ["softmax weighted", wine, { alpha: 5, classWeights: [1, 3, 0.5] }, true],
    ["iris", iris, { alpha: 0.01 }, false],
  ] as const;
  for (const [name, { x, y }, settings, weighted] of cases)
    test(name, () => {
      const model = logisticRegression(settings).fit(x, y, weighted ? { sampleWeight: weights(x.length) } : {});
      const due = json.logistic[name];
      close(model.coefficients, due.coefficients, 1e-6, "coefficients");
      close(model.intercepts, due.intercept, 1e-6, "intercepts");
      close(model.predictProbabilities(every(x as readonly (readonly number[])[], 7)), due.probabilities, 1e-7);
      assert.ok(model.facts.iterations < 400, `${model.facts.iterations} iterations`);
    });
});

test("by hand: one feature, two values: the log odds are those counted", () => {
  // At x = 0 one of four is "b", at x = 1 three of four: b = log(1/3), w = 2 log 3. No penalty.
  const x = [0, 0, 0, 0, 1, 1, 1, 1].map((v) => [v]);
  const y = ["a", "a", "a", "b", "a", "b", "b", "b"];
  const model = logisticRegression({ alpha: 0 }).fit(x, y);
  close(model.coefficients, [[2 * Math.log(3)]], 1e-8);
  close(model.intercepts, [-Math.log(3)], 1e-8);
  close(
    model.predictProbabilities([[0], [1]]),
    [
      [0.75, 0.25],
      [0.25, 0.75],
    ],
    1e-8,
  );
  assert.deepEqual(model.predict([[0], [1]]), ["a", "b"]);
  assert.equal(model.score(x, y), 0.75);
  close(model.decision([[0.5]]), [0], 1e-8);
});

test("separable classes without a penalty have no minimum, and that is said", () => {
  assert.throws(
    () => logisticRegression({ alpha: 0, maxIterations: 30, tolerance: 1e-14 }).fit([[0], [1], [3], [4]], [0, 0, 1, 1]),
    (error: unknown) => error instanceof NumericalError && /set alpha above 0/.test(error.message),
  );
  const held = logisticRegression({ alpha: 1e-3 }).fit([[0], [1], [3], [4]], [0, 0, 1, 1]);
  assert.equal(held.score([[0], [1], [3], [4]], [0, 0, 1, 1]), 1);
});

test("columns of very unequal scale and far from 0", () => {
  const x = cancer.x.map((row) => row.map((v, j) => 1e6 * 10 ** (j % 3) + v * 10 ** ((j % 5) * 2 - 4)));
  const model = logisticRegression({ alpha: 1e-9 }).fit(x, cancer.y);
  const plain = logisticRegression({ alpha: 1e-9 }).fit(cancer.x, cancer.y);
  assert.ok(Math.abs(model.score(x, cancer.y) - plain.score(cancer.x, cancer.y)) < 0.01);
});

describe("perceptron", () => {
  for (const [set, epochs] of [
    ["binary", 1],
    ["binary", 4],
    ["iris", 1],
    ["iris", 4],
  ] as const)
    test(`against scikit-learn, in order: ${set}, ${epochs} passes`, () => {
      const { x, y } = set === "binary" ? cancer : iris;
      const model = perceptron({ epochs, shuffle: false }).fit(x, y);
      const due = json.perceptron[`${set} ${epochs}`];
      close(model.coefficients, due.coefficients, 1e-11);
      close(model.intercepts, due.intercept, 1e-11);
    });
  test("ends without a mistake where a plane separates", () => {
    const rows = iris.y.flatMap((label, i) => (label < 2 ? [i] : []));
    const [x, y] = [rows.map((i) => iris.x[i] ?? []), rows.map((i) => iris.y[i] ?? 0)];
    const model = perceptron({ seed: 3 }).fit(x, y);
    assert.deepEqual(model.facts.mistakes, [0]);
    assert.equal(model.score(x, y), 1);
  });
});

describe("regression by gradient descent", () => {
  test("two steps by hand, of all rows and of one row at a time", () => {
    const [x, y] = [
      [[1], [2]],
      [2, 3],
    ];
    // β = b = 0: errors −2, −3; gradient of ½MSE: (−2·1 − 3·2)/2 = −4, (−2 − 3)/2 = −2.5.
    const all = gradientDescentRegression({ learningRate: 0.1, epochs: 1 }).fit(x, y);
    close([...all.coefficients.data(), ...all.intercepts], [0.4, 0.25], 1e-15);
    close(all.facts.costs, [13 / 4, (1.35 ** 2 + 1.95 ** 2) / 4], 1e-14);
    // Row 1: (0.2, 0.2); row 2: error 0.6 − 3 = −2.4: (0.2 + 0.48, 0.2 + 0.24).
    const one = gradientDescentRegression({ learningRate: 0.1, epochs: 1, batchSize: 1, shuffle: false }).fit(x, y);
    close([...one.coefficients.data(), ...one.intercepts], [0.68, 0.44], 1e-15);
  });
  test("goes where least squares is", () => {
    const scaled = standardScaler().fit(diabetes.x).transform(diabetes.x);
    const few = scaled.slice([], [0, 4]);
    const exact = linearRegression().fit(few, diabetes.y);
    const all = gradientDescentRegression({ learningRate: 0.5, epochs: 500 }).fit(few, diabetes.y);
    close(all.coefficients, exact.coefficients, 1e-9);
    close(all.intercepts, exact.intercepts, 1e-9);
    const w = weights(diabetes.y.length);
    close(
      gradientDescentRegression({ learningRate: 0.5, epochs: 500 }).fit(few, diabetes.y, { sampleWeight: w })
        .coefficients,
      linearRegression().fit(few, diabetes.y, { sampleWeight: w }).coefficients,
      1e-9,
    );
    for (const batchSize of [1, 32]) {
      const noisy = gradientDescentRegression({ learningRate: 0.002, epochs: 200, batchSize }).fit(few, diabetes.y);
      close(noisy.coefficients, exact.coefficients, 0.1, `batches of ${batchSize}`);
      assert.deepEqual(
        gradientDescentRegression({ learningRate: 0.002, epochs: 200, batchSize }).fit(few, diabetes.y).toJSON(),
        noisy.toJSON(),
      );
    }
  });
  test("a step too long is told, with the limit 2 / λ", () => {
    // x = ±3, no intercept: λ = 9.
    const fit = (learningRate: number) =>
      gradientDescentRegression({ learningRate, intercept: false, epochs: 3000 }).fit([[3], [-3]], [1, 1.5]);
    assert.throws(
      () => fit(0.23),
      (error: unknown) =>
        error instanceof NumericalError &&
        Math.abs(Number(error.facts.stableBelow) - 2 / 9) < 1e-12 &&
        /0\.222/.test(error.message),
    );
    assert.ok(fit(0.222).facts.epochs === 3000);
  });
});

test("wrong input is refused in words", () => {
  assert.throws(() => logisticRegression().fit([[1], [2]], [1, 1]), /one class only \(1\)/);
  assert.throws(() => logisticRegression().fit([[1], [2]], [0.5, 1]), /whole numbers or texts/);
  assert.throws(() => logisticRegression({ alpha: -1 }), /alpha must be a number ≥ 0/);
  assert.throws(
    () => logisticRegression({ classWeights: [1, 2, 3] }).fit([[1], [2]], [0, 1]),
    /2 weights, one a class, got 3/,
  );
  assert.throws(() => perceptron({ epochs: 0 }), /epochs must be a whole number ≥ 1/);
  assert.throws(() => gradientDescentRegression({ batchSize: 0 }), /batchSize must be "all", or a whole number ≥ 1/);
});
