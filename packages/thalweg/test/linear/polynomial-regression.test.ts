/** Polynomial regression against scikit-learn's pipeline, and as the two estimators that it is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { polynomialRegression, ridge } from "../../src/linear/index.js";
import { pipeline, polynomialFeatures } from "../../src/preprocessing/index.js";
import { close, data, every, weights } from "../estimators/reference.js";
import json from "../references/linear.json" with { type: "json" };

const x = data.diabetes.x.map((row) => row.slice(0, 3));
const { y } = data.diabetes;

describe("against scikit-learn", () => {
  const cases = [
    ["squares", y, { degree: 2 }, {}],
    ["cubes held weighted", y, { degree: 3, alpha: 1e-3 }, { sampleWeight: weights(x.length) }],
    ["products", y.map((v) => [v, Math.sqrt(v)]), { degree: 2, alpha: 1e-2, interactionOnly: true }, {}],
  ] as const;
  for (const [name, target, settings, options] of cases)
    test(name, () => {
      const model = polynomialRegression(settings).fit(x, target as number[][], options);
      const due = json.polynomial[name];
      assert.deepEqual(model.terms(), due.terms);
      close(model.coefficients, due.coefficients, 1e-7, "coefficients");
      close(model.intercepts, due.intercept, 1e-9, "intercept");
      close(model.predict(every(x, 11)), due.predicted, 1e-10, "predicted");
    });
});

test("a parabola by hand", () => {
  const model = polynomialRegression().fit([[-1], [0], [1], [3]], [6, 1, 2, 22]);
  close(model.coefficients, [-2, 3], 1e-12);
  close(model.intercepts, [1], 1e-12);
  close(model.predict([[10]]), [281], 1e-12);
  assert.equal(model.score([[10], [0]], [281, 1]), 1);
  assert.deepEqual(model.terms(["a"]), ["a", "a^2"]);
});

test("it is the pipeline of its two estimators", () => {
  const whole = pipeline(polynomialFeatures({ degree: 3, bias: false }), ridge({ alpha: 0.1 })).fit(x, y);
  const model = polynomialRegression({ degree: 3, alpha: 0.1 }).fit(x, y);
  assert.deepEqual(model.predict(x).data(), whole.predict(x).data());
});

test("powers that are all but dependent are told", () => {
  const far = Array.from({ length: 40 }, (_, i) => [1e4 + i / 40]);
  const model = polynomialRegression({ degree: 5 }).fit(
    far,
    far.map(([v = 0]) => v),
  );
  assert.ok(model.facts.warning !== undefined);
});

test("wrong input is refused in words", () => {
  assert.throws(() => polynomialRegression({ degree: 0 }), /degree must be a whole number ≥ 1, got 0/);
  assert.throws(() => polynomialRegression({ alpha: -1 }), /alpha must be a number ≥ 0, got -1/);
  assert.throws(() => polynomialRegression({ degree: 30 }).fit(data.diabetes.x, y), /more than 1000000 columns/);
});
