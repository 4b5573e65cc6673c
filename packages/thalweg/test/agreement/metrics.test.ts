/** Metrics on real labels, scores and numbers, with their ties, against scikit-learn: tools/reference/classic_sets.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as metrics from "../../src/metrics/index.js";
import { assertClose, type Stored } from "../metrics/closeness.js";
import json from "../references/classic-metrics.json" with { type: "json" };
import { california, cancer, digits, every, iris, needsData, standard, weightsOf, wine } from "./sets.js";

type Expected = Readonly<Record<string, Stored>>;
const kinds = ["plain", "weighted"] as const;

function check(actual: Readonly<Record<string, unknown>>, expected: Expected, tolerance = 1e-12): void {
  for (const [key, value] of Object.entries(expected)) assertClose(actual[key], value, key, tolerance);
}

for (const kind of kinds) {
  const weigh = (list: readonly unknown[], w = weightsOf(list)) => (kind === "weighted" ? { sampleWeight: w } : {});

  test(`digits: ten classes, ${kind}`, needsData, () => {
    const { x, y } = digits();
    const guess = x.map((row, i) => (i % 3 === 0 ? row.reduce((a, b) => a + b, 0) % 10 : (y[i] ?? 0)));
    const w = weigh(
      y,
      weightsOf(y).map((v, i) => (i % 7 > 0 ? v : 0)),
    );
    const actual: Record<string, unknown> = {
      accuracy: metrics.accuracy(y, guess, w),
      balancedAccuracy: metrics.balancedAccuracy(y, guess, w),
      matthews: metrics.matthews(y, guess, w),
      cohenKappa: metrics.cohenKappa(y, guess, w),
      confusion: metrics.confusionMatrix(y, guess, w).counts,
    };
    for (const average of ["micro", "macro", "weighted", "none"] as const)
      for (const name of ["precision", "recall", "f1", "jaccard"] as const)
        actual[`${name} ${average}`] =
          average === "none" ? metrics[name](y, guess, { ...w, average }) : metrics[name](y, guess, { ...w, average });
    check(actual, json[`digits ${kind}`]);
  });

  test(`breast cancer: one feature as the probability, with ties, ${kind}`, needsData, () => {
    const { x, y } = cancer();
    const scores = x.map((row) => 1 - (row[27] ?? 0) / 0.3);
    const w = weigh(y);
    const roc = metrics.rocCurve(y, scores, w);
    const pr = metrics.precisionRecallCurve(y, scores, w);
    const ninth = (list: Float64Array): number[] => every([...list], 9);
    check(
      {
        roc: [roc.falsePositiveRate, roc.truePositiveRate, roc.thresholds],
        precisionRecall: [ninth(pr.precision), ninth(pr.recall), ninth(pr.thresholds)],
        rocAuc: metrics.rocAuc(y, scores, w),
        averagePrecision: metrics.averagePrecision(y, scores, w),
        precisionRecallArea: metrics.areaUnderCurve(pr.recall, pr.precision),
        logLoss: metrics.logLoss(y, scores, w),
        brier: metrics.brier(y, scores, w),
      },
      json[`cancer ${kind}`],
    );
  });

  test(`wine: probabilities of three classes, ${kind}`, needsData, () => {
    const { x, y } = wine();
    const p = standard(x).map((row) => {
      const powers = row.slice(0, 3).map((v) => Math.exp(v - Math.max(...row.slice(0, 3))));
      const sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((v) => v / sum);
    });
    const w = weigh(y);
    check(
      {
        logLoss: metrics.logLoss(y, p, w),
        brier: metrics.brier(y, p, w),
        top1: metrics.topKAccuracy(y, p, { ...w, k: 1 }),
        top2: metrics.topKAccuracy(y, p, { ...w, k: 2 }),
        "rest macro": metrics.rocAuc(y, p, { ...w, multiClass: "rest" }),
        "rest weighted": metrics.rocAuc(y, p, { ...w, multiClass: "rest", average: "weighted" }),
        "pairs macro": metrics.rocAuc(y, p, { multiClass: "pairs" }),
        "pairs weighted": metrics.rocAuc(y, p, { multiClass: "pairs", average: "weighted" }),
      },
      json[`wine ${kind}`],
    );
  });

  test(`california: errors of prices, one target and two, ${kind}`, needsData, () => {
    const { x, y } = california();
    const guess = x.map((row) => 0.42 * (row[0] ?? 0) + 0.45);
    const two = y.map((v, i) => [v, x[i]?.[2] ?? 0]);
    const twice = x.map((row, i) => [guess[i] ?? 0, 4 + 0.3 * (row[0] ?? 0)]);
    const w = weigh(
      y,
      x.map((row) => row[1] ?? 0),
    );
    const actual: Record<string, unknown> = { maxError: metrics.maxError(y, guess) };
    for (const name of [
      "meanSquaredError",
      "rootMeanSquaredError",
      "meanAbsoluteError",
      "medianAbsoluteError",
      "meanAbsolutePercentageError",
      "meanSquaredLogError",
      "r2",
      "explainedVariance",
    ] as const) {
      actual[name] = metrics[name](y, guess, w);
      actual[`${name} two`] = metrics[name](two, twice, w);
      actual[`${name} each`] = metrics[name](two, twice, { ...w, outputs: "each" });
    }
    check(actual, json[`california ${kind}`]);
  });
}

test("california: what is left over", needsData, () => {
  const { x, y } = california();
  const analysis = metrics.analyzeResiduals(
    y,
    x.map((row) => 0.42 * (row[0] ?? 0) + 0.45),
  );
  check({ ...analysis, jarqueBera: analysis.normality.statistic }, json.residuals);
  assert.ok(analysis.remarks.length > 0);
});

for (const [name, load] of [
  ["iris", iris],
  ["wine", wine],
] as const)
  test(`${name}: agreement of groupings and silhouettes`, needsData, () => {
    const { x, y } = load();
    const groups = x.map((row) => Math.floor(row[2] ?? 0));
    const actual: Record<string, unknown> = {
      silhouette: metrics.silhouette(x, y),
      silhouetteManhattan: metrics.silhouette(x, y, { distance: "manhattan" }),
    };
    for (const key of [
      "adjustedRand",
      "randIndex",
      "mutualInformation",
      "normalizedMutualInformation",
      "homogeneity",
      "completeness",
    ] as const)
      actual[key] = metrics[key](y, groups);
    check(actual, json[`groups ${name}`]);
  });
