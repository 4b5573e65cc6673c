/** Against scikit-learn: tools/reference/metrics.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tensor } from "../../src/index.js";
import * as metrics from "../../src/metrics/index.js";
import { assertClose, type Stored } from "./closeness.js";

type Expected = Readonly<Record<string, Stored>>;
type Weights = readonly number[] | null;

interface File {
  readonly classes: readonly {
    name: string;
    yTrue: number[] | string[];
    yPredicted: number[] | string[];
    weights: Weights;
    expected: Expected;
  }[];
  readonly scores: readonly { name: string; yTrue: number[]; scores: number[]; weights: Weights; expected: Expected }[];
  readonly multi: { yTrue: number[]; probabilities: number[][]; weights: number[]; expected: Expected };
  readonly regression: readonly {
    yTrue: number[] | number[][];
    yPredicted: number[] | number[][];
    weights: Weights;
    expected: Expected;
  }[];
  readonly groups: readonly { a: number[]; b: number[]; expected: Expected }[];
  readonly silhouette: { x: number[][]; labels: number[]; expected: Expected };
  readonly residuals: Expected & { yTrue: number[]; yPredicted: number[] };
}

const file = JSON.parse(
  readFileSync(new URL("../../../test/references/metrics.json", import.meta.url), "utf8"),
) as File;

const weighted = (weights: Weights): { sampleWeight?: readonly number[] } =>
  weights === null ? {} : { sampleWeight: weights };

test("metrics of predicted classes", () => {
  for (const { name, yTrue, yPredicted, weights, expected } of file.classes) {
    const w = weighted(weights);
    const actual: Record<string, unknown> = {
      accuracy: metrics.accuracy(yTrue, yPredicted, w),
      balancedAccuracy: metrics.balancedAccuracy(yTrue, yPredicted, w),
      balancedAdjusted: metrics.balancedAccuracy(yTrue, yPredicted, { ...w, adjusted: true }),
      matthews: metrics.matthews(yTrue, yPredicted, w),
      cohenKappa: metrics.cohenKappa(yTrue, yPredicted, w),
      confusion: metrics.confusionMatrix(yTrue, yPredicted, w).counts,
      confusionTrue: metrics.confusionMatrix(yTrue, yPredicted, { ...w, normalize: "true" }).counts,
      confusionPredicted: metrics.confusionMatrix(yTrue, yPredicted, { ...w, normalize: "predicted" }).counts,
      confusionAll: metrics.confusionMatrix(yTrue, yPredicted, { ...w, normalize: "all" }).counts,
    };
    for (const average of ["micro", "macro", "weighted", "binary"] as const) {
      if (average === "binary" && name !== "binary") continue;
      const o = { ...w, average };
      actual[`precision.${average}`] = metrics.precision(yTrue, yPredicted, o);
      actual[`recall.${average}`] = metrics.recall(yTrue, yPredicted, o);
      actual[`f1.${average}`] = metrics.f1(yTrue, yPredicted, o);
      actual[`fBeta2.${average}`] = metrics.fBeta(yTrue, yPredicted, { ...o, beta: 2 });
      actual[`jaccard.${average}`] = metrics.jaccard(yTrue, yPredicted, o);
      actual[`specificity.${average}`] = metrics.specificity(yTrue, yPredicted, o);
    }
    const o = { ...w, average: "none" } as const;
    actual["precision.none"] = metrics.precision(yTrue, yPredicted, o);
    actual["recall.none"] = metrics.recall(yTrue, yPredicted, o);
    actual["f1.none"] = metrics.f1(yTrue, yPredicted, o);
    actual["fBeta2.none"] = metrics.fBeta(yTrue, yPredicted, { ...o, beta: 2 });
    actual["jaccard.none"] = metrics.jaccard(yTrue, yPredicted, o);
    actual["specificity.none"] = metrics.specificity(yTrue, yPredicted, o);
    for (const [key, value] of Object.entries(expected))
      assertClose(actual[key], value, `${name}, ${weights === null ? "plain" : "weighted"}: ${key}`);
    const report = metrics.classificationReport(yTrue, yPredicted, w);
    assertClose(report.macro.f1, expected["f1.macro"] ?? [], "report");
    assert.equal(report.classes.length, (expected["f1.none"] as readonly number[]).length);
  }
});

test("tensors of labels give what arrays do", () => {
  const { yTrue, yPredicted, expected } = file.classes[0] ?? assert.fail();
  const [a, b] = [yTrue, yPredicted].map((y) => tensor(y as number[], { dtype: "int32" }));
  assert.ok(a !== undefined && b !== undefined);
  assertClose(metrics.f1(a, b), expected["f1.binary"] ?? [], "f1");
  assertClose(
    metrics.f1(
      (yTrue as number[]).map((y) => y === 1),
      b,
    ),
    expected["f1.binary"] ?? [],
    "f1 of booleans",
  );
});

test("curves and scores of two classes", () => {
  for (const { name, yTrue, scores, weights, expected } of file.scores) {
    const w = weighted(weights);
    const curve = (c: metrics.RocCurve) => [c.falsePositiveRate, c.truePositiveRate, c.thresholds];
    const pr = metrics.precisionRecallCurve(yTrue, scores, w);
    const reliability = (strategy: "uniform" | "quantile") => {
      const bins = metrics.reliabilityCurve(yTrue, scores, { bins: 5, strategy });
      return [bins.map((b) => b.observed), bins.map((b) => b.predicted)];
    };
    const actual: Record<string, unknown> = {
      roc: curve(metrics.rocCurve(yTrue, scores, w)),
      rocAll: curve(metrics.rocCurve(yTrue, scores, { ...w, dropCollinear: false })),
      rocAuc: metrics.rocAuc(yTrue, scores, w),
      pr: [pr.precision, pr.recall, pr.thresholds],
      averagePrecision: metrics.averagePrecision(yTrue, scores, w),
      logLoss: metrics.logLoss(yTrue, scores, w),
      brier: metrics.brier(yTrue, scores, w),
      "reliability.uniform": reliability("uniform"),
      "reliability.quantile": reliability("quantile"),
      ece: metrics.expectedCalibrationError(yTrue, scores),
    };
    for (const [key, value] of Object.entries(expected))
      assertClose(actual[key], value, `${name}, ${weights === null ? "plain" : "weighted"}: ${key}`);
    const { falsePositiveRate, truePositiveRate } = metrics.rocCurve(yTrue, scores, w);
    assertClose(metrics.areaUnderCurve(falsePositiveRate, truePositiveRate), expected.rocAuc ?? [], "area");
  }
});

test("a threshold sweep agrees with the metrics at each threshold", () => {
  const { yTrue, scores } = file.scores[1] ?? assert.fail();
  const sweep = metrics.thresholdSweep(yTrue, scores);
  for (const row of sweep) {
    const predicted = scores.map((s) => (s >= row.threshold ? 1 : 0));
    assertClose(row.f1, metrics.f1(yTrue, predicted), `f1 at ${row.threshold}`);
    assertClose(row.matthews, metrics.matthews(yTrue, predicted), `matthews at ${row.threshold}`);
    assertClose(row.specificity, metrics.specificity(yTrue, predicted), `specificity at ${row.threshold}`);
    assertClose(row.balancedAccuracy, metrics.balancedAccuracy(yTrue, predicted), `balanced at ${row.threshold}`);
  }
  const best = metrics.bestThreshold(sweep, "f1");
  assert.equal(best.f1, Math.max(...sweep.map((r) => r.f1)));
  const own = metrics.thresholdSweep(yTrue, scores, { thresholds: [2, 0.35, -1] });
  assert.deepEqual(
    own.map((r) => r.threshold),
    [-1, 0.35, 2],
  );
  assert.equal(own[0]?.recall, 1);
  assert.equal(own[2]?.truePositive, 0);
});

test("probabilities of several classes", () => {
  const { yTrue, probabilities: p, weights, expected } = file.multi;
  const w = { sampleWeight: weights };
  const actual: Record<string, number> = {
    logLoss: metrics.logLoss(yTrue, p),
    logLossWeighted: metrics.logLoss(yTrue, p, w),
    brier: metrics.brier(yTrue, p),
    "rest.macro": metrics.rocAuc(yTrue, p),
    "rest.weighted": metrics.rocAuc(yTrue, p, { average: "weighted" }),
    "pairs.macro": metrics.rocAuc(yTrue, p, { multiClass: "pairs" }),
    "pairs.weighted": metrics.rocAuc(yTrue, p, { multiClass: "pairs", average: "weighted" }),
    top1: metrics.topKAccuracy(yTrue, p, { k: 1 }),
    top2: metrics.topKAccuracy(yTrue, p),
    top2Weighted: metrics.topKAccuracy(yTrue, p, w),
  };
  for (const [key, value] of Object.entries(expected)) assertClose(actual[key], value, key);
  const best = p.map((row) => Math.max(...row));
  const right = p.map((row, i) => (row.indexOf(Math.max(...row)) === yTrue[i] ? 1 : 0));
  assertClose(
    metrics.expectedCalibrationError(yTrue, p),
    metrics.expectedCalibrationError(right, best),
    "ece of classes",
  );
});

test("errors of predicted numbers", () => {
  const functions = {
    meanSquaredError: metrics.meanSquaredError,
    rootMeanSquaredError: metrics.rootMeanSquaredError,
    meanAbsoluteError: metrics.meanAbsoluteError,
    medianAbsoluteError: metrics.medianAbsoluteError,
    meanAbsolutePercentageError: metrics.meanAbsolutePercentageError,
    meanSquaredLogError: metrics.meanSquaredLogError,
    maxError: metrics.maxError,
  };
  for (const { yTrue, yPredicted, weights, expected } of file.regression) {
    const w = weighted(weights);
    const actual: Record<string, unknown> = {};
    for (const [name, fn] of Object.entries(functions)) {
      actual[name] = fn(yTrue, yPredicted, w);
      actual[`${name}.each`] = fn(yTrue, yPredicted, { ...w, outputs: "each" });
    }
    for (const [name, fn] of Object.entries({ r2: metrics.r2, explainedVariance: metrics.explainedVariance })) {
      actual[name] = fn(yTrue, yPredicted, w);
      actual[`${name}.each`] = fn(yTrue, yPredicted, { ...w, outputs: "each" });
      actual[`${name}.variance`] = fn(yTrue, yPredicted, { ...w, outputs: "variance" });
    }
    for (const [key, value] of Object.entries(expected))
      assertClose(actual[key], value, `${key}, ${weights === null ? "plain" : "weighted"}`);
  }
  assert.equal(metrics.r2([2, 2], [2, 2]), 1);
  assert.equal(metrics.r2([2, 2], [2, 3]), 0);
});

test("agreement of groupings", () => {
  file.groups.forEach(({ a, b, expected }, k) => {
    for (const [name, value] of Object.entries(expected)) {
      const fn = (metrics as unknown as Record<string, (a: number[], b: number[]) => number>)[name];
      // scikit-learn's expected information is a sum of exponentials of differences of large logarithms: 1e-10.
      assertClose(fn?.(a, b), value, `${name} of pair ${k}`, name.startsWith("adjustedMutual") ? 1e-10 : 1e-12);
    }
  });
});

test("silhouettes", () => {
  const { x, labels, expected } = file.silhouette;
  for (const distance of ["euclidean", "manhattan", "cosine"] as const)
    assertClose(metrics.silhouetteSamples(x, labels, { distance }), expected[distance] ?? [], distance);
  const distances = x.map((a) => x.map((b) => Math.hypot(...a.map((v, k) => v - (b[k] ?? 0)))));
  assertClose(
    metrics.silhouette(distances, labels, { distance: "precomputed" }),
    metrics.silhouette(x, labels),
    "precomputed",
  );
});

test("residuals", () => {
  const { yTrue, yPredicted, ...expected } = file.residuals;
  const analysis = metrics.analyzeResiduals(yTrue as number[], yPredicted as number[]);
  for (const name of ["mean", "std", "skewness", "excessKurtosis", "durbinWatson"] as const)
    assertClose(analysis[name], expected[name] ?? [], name);
  for (const name of ["normality", "heteroscedasticity"] as const)
    assertClose([analysis[name].statistic, analysis[name].pValue], expected[name] ?? [], name, 1e-11);
  assert.ok(Array.isArray(analysis.remarks));
});

test("worked numbers of the Primer's chapter 6", () => {
  // Question 6.8: softmax of (2, 1, 0.1), true class 0. Question 6.7: σ(−2.2) for a positive row.
  const powers = [2, 1, 0.1].map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  const p = powers.map((v) => v / sum);
  assertClose(metrics.logLoss([0], [p], { labels: [0, 1, 2] }), 0.4170300162778335, "question 6.8", 1e-14);
  assertClose(metrics.logLoss([1], [1 / (1 + Math.exp(2.2))]), 2.305083319768696, "question 6.7", 1e-14);
  // TP 3, FN 2, FP 1, TN 4, by the formulas of section 6.6.
  const yTrue = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
  const yPredicted = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
  assertClose(metrics.f1(yTrue, yPredicted), 6 / 9, "F1", 1e-15);
  assertClose(metrics.specificity(yTrue, yPredicted), 4 / 5, "specificity", 1e-15);
  assertClose(metrics.balancedAccuracy(yTrue, yPredicted), (3 / 5 + 4 / 5) / 2, "balanced accuracy", 1e-15);
});
