/** Wrong input to metrics: every message names the argument and says what is allowed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/base/errors.js";
import { tensor } from "../../src/index.js";
import * as m from "../../src/metrics/index.js";

const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["no rows", () => m.accuracy([], []), /accuracy: yTrue is empty/],
  ["lengths", () => m.accuracy([1, 0], [1]), /yTrue has 2 labels, yPredicted has 1/],
  ["kinds", () => m.accuracy(["a"], [1]), /yTrue holds strings and yPredicted numbers/],
  [
    "mixed",
    () => m.accuracy(["a", 1 as unknown as string], ["a", "b"]),
    /all numbers or all texts, got number 1 at position 1/,
  ],
  ["fractions", () => m.accuracy([0, 1], [0.2, 0.9]), /yPredicted must hold class labels .* got 0.2 at position 0/],
  ["NaN labels", () => m.f1([0, 1], [0, Number.NaN]), /yPredicted must hold class labels .*NaN at position 1/],
  [
    "a matrix of labels",
    () => m.f1(tensor([[0], [1]], { dtype: "int32" }), [0, 1]),
    /yTrue must have one axis.*\[2, 1\]/,
  ],
  [
    "three classes",
    () => m.precision([0, 1, 2], [0, 1, 1]),
    /average "binary" is for two classes, and there are 3 \(0, 1, 2\); choose/,
  ],
  [
    "which is positive",
    () => m.recall(["a", "b"], ["a", "a"]),
    /which of the labels "a", "b" is positive\?.*option positive \(.*=> recall\(y, model.predict\(x\), { positive: "b" }\)\)/,
  ],
  [
    "no such class",
    () => m.recall(["a", "b"], ["a", "a"], { positive: "c" }),
    /positive is "c", which is none of the labels "a", "b"/,
  ],
  ["average", () => m.f1([0], [0], { average: "mean" as "macro" }), /average must be "binary", "micro", .* got "mean"/],
  [
    "option",
    () => m.f1([0], [0], { averaging: "macro" } as object),
    /no setting averaging; the settings are labels, sampleWeight, average/,
  ],
  ["beta", () => m.fBeta([0], [0], { beta: -1 }), /beta must be a number > 0, got -1/],
  [
    "weights",
    () => m.accuracy([0, 1], [0, 1], { sampleWeight: [1, -2] }),
    /sampleWeight must be ≥ 0 everywhere, got -2 at position 1/,
  ],
  [
    "all weights 0",
    () => m.accuracy([0, 1], [0, 1], { sampleWeight: [0, 0] }),
    /sampleWeight must be above 0 somewhere/,
  ],
  [
    "labels that do not occur",
    () => m.confusionMatrix([0, 1], [0, 1], { labels: [5] }),
    /none of the labels 5 is in yTrue/,
  ],
  ["one class", () => m.rocCurve([1, 1], [0.2, 0.3]), /yTrue must have rows of both classes, got 1 alone/],
  ["one class", () => m.rocAuc([0, 0, 0], [1, 2, 3]), /rocAuc: yTrue must have rows of both classes, got 0 alone/],
  ["one class", () => m.precisionRecallCurve([0, 0], [0.2, 0.3]), /both classes/],
  [
    "one class by weight",
    () => m.rocAuc([0, 1], [1, 2], { sampleWeight: [1, 0] }),
    /alone with weight above 0|both classes/,
  ],
  ["NaN scores", () => m.rocAuc([0, 1], [0.1, Number.NaN]), /scores has NaN at position 1/],
  ["lengths", () => m.rocAuc([0, 1], [0.1]), /scores has 1 rows, yTrue has 2/],
  ["three classes, one score", () => m.rocCurve([0, 1, 2], [1, 2, 3]), /two classes for one score a row, got 3/],
  [
    "columns",
    () =>
      m.rocAuc(
        [0, 1, 0],
        [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      ),
    /3 columns for 2 classes .* name those of the columns with labels/,
  ],
  [
    "probabilities",
    () => m.logLoss([0, 1], [0.2, 1.3]),
    /probabilities must be from 0 to 1, got 1.3 in row 1; .*sigmoid/,
  ],
  [
    "sums",
    () =>
      m.logLoss(
        [0, 1],
        [
          [0.5, 0.5],
          [0.5, 0.6],
        ],
      ),
    /probabilities of row 1 add up to 1.1/,
  ],
  [
    "k",
    () =>
      m.topKAccuracy(
        [0, 1],
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
        { k: 0 },
      ),
    /k must be a whole number ≥ 1, got 0/,
  ],
  ["bins", () => m.reliabilityCurve([0, 1], [0.2, 0.7], { bins: 0 }), /bins must be a whole number ≥ 1/],
  ["probabilities", () => m.expectedCalibrationError([0, 1], [-3, 0.7]), /probabilities must be from 0 to 1, got -3/],
  ["lengths", () => m.meanSquaredError([1, 2], [1]), /yPredicted has 1 rows, yTrue has 2/],
  ["columns", () => m.meanSquaredError([[1, 2]], [1]), /yTrue has 2 columns, yPredicted has 1/],
  ["NaN", () => m.meanAbsoluteError([1, Number.NaN], [1, 2]), /yTrue has NaN at position 1/],
  ["texts", () => m.r2(["a"] as unknown as number[], [1]), /yTrue must hold numbers, got the text "a" at position 0/],
  ["one row", () => m.r2([1], [1]), /r2: needs at least 2 rows/],
  ["below −1", () => m.meanSquaredLogError([1, -2], [1, 1]), /must be above −1, got -2/],
  [
    "outputs",
    () => m.r2([1, 2], [1, 2], { outputs: "all" as "mean" }),
    /outputs must be "mean", "variance" or "each", got "all"/,
  ],
  ["two rows", () => m.silhouette([[1], [2]], [0, 1]), /silhouette: x must have at least 3 rows.* got 2/],
  ["one group", () => m.silhouette([[1], [2], [3]], [0, 0, 0]), /labels must name from 2 to 2 groups .* got 1/],
  ["as many groups as rows", () => m.silhouette([[1], [2], [3]], [0, 1, 2]), /from 2 to 2 groups .* got 3/],
  ["lengths", () => m.adjustedRand([0, 1], [0]), /labelsTrue has 2 labels, labelsPredicted has 1/],
  ["few residuals", () => m.analyzeResiduals([1, 2], [1, 2]), /at least 3 rows, got 2/],
  ["equal residuals", () => m.analyzeResiduals([1, 2, 3], [0.5, 1.5, 2.5]), /all residuals are equal \(0.5\)/],
  ["area", () => m.areaUnderCurve([0, 2, 1], [0, 1, 2]), /x must only ascend or only descend/],
  ["empty sweep", () => m.bestThreshold([]), /sweep is empty/],
];

test("what metrics refuse", () => {
  for (const [what, call, message] of refused)
    assert.throws(call, (e) => {
      assert.ok(e instanceof UserError, `${what}: ${String(e)}`);
      assert.match(e.message, message, what);
      return true;
    });
});

test("what is 0/0 is what zeroDivision says", () => {
  const [y, p] = [
    [0, 0, 1],
    [0, 0, 0],
  ];
  assert.equal(m.precision(y, p), 0);
  assert.equal(m.precision(y, p, { zeroDivision: 1 }), 1);
  assert.ok(Number.isNaN(m.precision(y, p, { zeroDivision: Number.NaN })));
  assert.equal(m.precision(y, p, { average: "macro", zeroDivision: Number.NaN }), 2 / 3);
  assert.equal(m.matthews(y, p), 0);
  assert.equal(m.accuracy([1], [1]), 1);
});

test("remarks on residuals say what was put in", () => {
  const n = 400;
  const predicted = Array.from({ length: n }, (_, i) => i / n);
  const wave = predicted.map((p, i) => p + Math.sin(i / 20) + 3);
  const { remarks, durbinWatson } = m.analyzeResiduals(wave, predicted);
  assert.ok(durbinWatson < 0.1);
  assert.ok(remarks.some((r) => r.includes("too low")) && remarks.some((r) => r.includes("alike")), remarks.join("\n"));
  const fan = predicted.map((p, i) => p + p * (i % 2 === 0 ? 1 : -1) * (1 + ((i * 7919) % 13) / 13));
  assert.ok(m.analyzeResiduals(fan, predicted).remarks.some((r) => r.includes("spread")));
});
