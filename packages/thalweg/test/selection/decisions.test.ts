/** Classifiers with a decision and no probabilities: their rows are ordered by it, and it is calibrated. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../src/index.js";
import { linearSvm, logisticRegression } from "../../src/linear/index.js";
import { averagePrecision, brier, rocAuc } from "../../src/metrics/index.js";
import { pipeline, standardScaler } from "../../src/preprocessing/index.js";
import { calibrated, calibratedFromJSON, crossPredict, crossValidate, scorers } from "../../src/selection/index.js";

const draws = random.normal([240, 2], { key: random.key(3), dtype: "float64" }).array() as number[][];
const y = draws.map((_, i) => (i % 3 === 0 ? "yes" : "no"));
const x = draws.map(([a = 0, b = 0], i) => [a + (y[i] === "yes" ? 1.2 : 0), 10 * b]);

test("areas under curves are those of the decision, in a pipeline too", async () => {
  const steps = pipeline(standardScaler(), linearSvm());
  const model = steps.fit(x, y);
  const decision = model.decision(x);
  assert.deepEqual(decision.array(), model.model.decision(model.transformers[0]?.transform(x) ?? x).array());
  assert.equal(scorers.rocAuc(model, x, y, {}), rocAuc(y, decision, { positive: "yes" }));
  assert.equal(scorers.averagePrecision(model, x, y, {}), averagePrecision(y, decision, { positive: "yes" }));
  const { test: scores } = await crossValidate(steps, x, y, { scores: ["rocAuc", "averagePrecision"] });
  assert.ok((scores.rocAuc?.mean ?? 0) > 0.7);
  const both = logisticRegression().fit(x, y);
  const p = both.predictProbabilities(x).array() as number[][];
  assert.equal(
    scorers.rocAuc(both, x, y, {}),
    rocAuc(
      y,
      p.map(([, q = 0]) => q),
      { positive: "yes" },
    ),
  );
});

test("of three classes each is held against the others by its decision", () => {
  const three = y.map((v, i) => (i % 5 === 0 ? "perhaps" : v));
  const model = linearSvm().fit(x, three);
  const due = ["no", "perhaps", "yes"].reduce((sum, name, k) => {
    const column = (model.decision(x).array() as number[][]).map((row) => row[k] ?? 0);
    return (
      sum +
      rocAuc(
        three.map((v) => (v === name ? 1 : 0)),
        column,
      ) /
        3
    );
  }, 0);
  assert.ok(Math.abs(scorers.rocAuc(model, x, three, {}) - due) < 1e-14);
  assert.throws(
    () => scorers.averagePrecision(model, x, three, {}),
    /averagePrecision of linearSvm is for two classes, .* 3/,
  );
  assert.throws(
    () => scorers.negativeLogLoss(model, x, three, {}),
    /needs a model with predictProbabilities.*calibrate it/,
  );
});

for (const method of ["platt", "isotonic"] as const)
  test(`${method} makes probabilities of decisions`, async () => {
    const estimator = calibrated(pipeline(standardScaler(), linearSvm()), { method });
    const model = estimator.fit(x, y);
    const p = model.predictProbabilities(x).array() as number[][];
    const truth = y.map((v) => (v === "yes" ? 1 : 0));
    const share = truth.reduce((a: number, b) => a + b, 0) / y.length;
    const ofRows = brier(
      truth,
      p.map(([, q = 0]) => q),
    );
    assert.ok(ofRows < 0.85 * share * (1 - share), `Brier score ${ofRows}`);
    assert.ok(Math.abs(p.reduce((sum, [, q = 0]) => sum + q, 0) / y.length - share) < 0.02, "mean probability");
    const held = await crossPredict(estimator, x, y);
    assert.equal(Array.isArray(held) ? held.length : 0, y.length);
    const kinds = [{ kind: "pipeline", fromJSON: () => model.model }];
    const again = calibratedFromJSON(JSON.parse(JSON.stringify(model.toJSON())), kinds);
    assert.deepEqual(again.predictProbabilities(x).array(), p);
  });
