/** Naive Bayes against scikit-learn, and by hand. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bernoulliBayes, gaussianBayes, multinomialBayes } from "../../src/bayes/index.js";
import json from "../references/estimators-bayes.json" with { type: "json" };
import { close, data, every, weights } from "./reference.js";

const { x: flowers, y: species } = data.iris;
const { x: counts, y: kinds } = data.counts;

describe("against scikit-learn", () => {
  test("Gaussian", () => {
    const plain = gaussianBayes().fit(flowers, species);
    close(plain.means, json.gaussian.theta_, 1e-13, "means");
    close(plain.variances, json.gaussian.var_, 1e-12, "variances");
    close(plain.classLogPriors.map(Math.exp), json.gaussian.class_prior_, 1e-13, "priors");
    close(plain.predictProbabilities(every(flowers, 5)), json.gaussian.probabilities, 1e-10);
    const weighted = gaussianBayes({ smoothing: 1e-3 }).fit(flowers, species, { sampleWeight: weights(150) });
    close(weighted.means, json.gaussianWeighted.theta_, 1e-13, "means");
    close(weighted.variances, json.gaussianWeighted.var_, 1e-12, "variances");
    close(weighted.predictProbabilities(every(flowers, 5)), json.gaussianWeighted.probabilities, 1e-10);
  });
  test("multinomial", () => {
    const plain = multinomialBayes({ smoothing: 0.7 }).fit(counts, kinds);
    close(plain.featureLogProbabilities, json.multinomial.feature_log_prob_, 1e-13);
    close(plain.classLogPriors, json.multinomial.class_log_prior_, 1e-13);
    close(plain.predictProbabilities(every(counts, 5)), json.multinomial.probabilities, 1e-12);
    const weighted = multinomialBayes({ priors: "equal" }).fit(counts, kinds, { sampleWeight: weights(75) });
    close(weighted.featureLogProbabilities, json.multinomialWeighted.feature_log_prob_, 1e-13);
    close(weighted.predictProbabilities(every(counts, 5)), json.multinomialWeighted.probabilities, 1e-12);
  });
  test("Bernoulli", () => {
    const plain = bernoulliBayes({ smoothing: 0.3, threshold: 1 }).fit(counts, kinds);
    close(plain.featureLogProbabilities, json.bernoulli.feature_log_prob_, 1e-13);
    close(plain.predictProbabilities(every(counts, 5)), json.bernoulli.probabilities, 1e-12);
    const weighted = bernoulliBayes().fit(counts, kinds, { sampleWeight: weights(75) });
    close(weighted.featureLogProbabilities, json.bernoulliWeighted.feature_log_prob_, 1e-13);
    close(weighted.predictProbabilities(every(counts, 5)), json.bernoulliWeighted.probabilities, 1e-12);
  });
});

test("by hand: two classes, one feature, equal variances: the odds are a logistic function", () => {
  // Means ∓1, variance 1 (n in the denominator): log odds at x are 2x.
  const model = gaussianBayes({ smoothing: 0 }).fit([[-2], [0], [0], [2]], ["low", "low", "high", "high"]);
  const odds = 1 / (1 + Math.exp(-2 * 0.3));
  // Classes ascend: "high" comes first.
  close(model.predictProbabilities([[0.3]]), [[odds, 1 - odds]], 1e-15);
  assert.deepEqual(model.predict([[-0.1], [0.1]]), ["low", "high"]);
});

test("far from every class the probabilities stay finite and add up to 1", () => {
  const p = gaussianBayes()
    .fit(flowers, species)
    .predictProbabilities([[1e6, -1e6, 1e6, -1e6]]);
  const [row = []] = p.array() as number[][];
  assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-12, `${row}`);
  const long = multinomialBayes()
    .fit(counts, kinds)
    .predictProbabilities([[1e5, 0, 0, 0, 0, 1e5]]);
  assert.ok((long.array() as number[][]).flat().every(Number.isFinite));
});

test("wrong input is refused in words", () => {
  const [x, y] = [
    [
      [1, 0],
      [1, 2],
      [1, 3],
    ],
    [0, 1, 1],
  ];
  assert.throws(() => gaussianBayes({ smoothing: 0 }).fit(x, y), /column 0 does not vary/);
  assert.throws(() => multinomialBayes().fit([[1], [-1]], [0, 1]), /got -1 at row 1, column 0/);
  assert.throws(() => bernoulliBayes({ threshold: null }).fit(x, y), /must hold 0 and 1/);
  assert.throws(() => gaussianBayes({ priors: [0.5, 0.6] }).fit(x, y), /add up to 1/);
  for (const make of [gaussianBayes, multinomialBayes, bernoulliBayes])
    assert.throws(() => make({ priors: [1, 0] }).fit([[1], [2], [3], [5]], [0, 0, 1, 1]), /prior of the class 1 is 0/);
  assert.throws(() => gaussianBayes({ priors: "none" as "data" }), /priors must be/);
  assert.throws(() => multinomialBayes({ smoothing: 0 }), /smoothing must be a number > 0/);
  assert.throws(() => bernoulliBayes().fit(x, y, { sampleWeight: [0, 1, 1] }), /class 0 have sampleWeight 0/);
});
