/** Metrics at their edges, against scikit-learn: tools/reference/metrics_edges.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as metrics from "../../src/metrics/index.js";
import { assertClose, type Stored } from "./closeness.js";

type Expected = Readonly<Record<string, Stored>>;
type Weights = readonly number[] | null;

interface File {
  readonly classes: readonly {
    name: string;
    yTrue: number[];
    yPredicted: number[];
    weights: Weights;
    expected: Expected;
  }[];
  readonly scores: readonly { name: string; yTrue: number[]; scores: number[]; weights: Weights; expected: Expected }[];
  readonly regression: readonly {
    name: string;
    yTrue: number[];
    yPredicted: number[];
    weights: Weights;
    expected: Expected;
  }[];
  readonly silhouettes: readonly { name: string; x: number[][]; labels: number[]; samples: Stored; mean: Stored }[];
  readonly multi: { yTrue: number[]; probabilities: number[][]; weights: number[]; expected: Expected };
}

const file = JSON.parse(
  readFileSync(new URL("../../../test/references/metrics-edges.json", import.meta.url), "utf8"),
) as File;

const weighted = (weights: Weights): { sampleWeight?: readonly number[] } =>
  weights === null ? {} : { sampleWeight: weights };

const averaged = {
  precision: metrics.precision,
  recall: metrics.recall,
  f1: metrics.f1,
  jaccard: metrics.jaccard,
} as const;

for (const { name, yTrue, yPredicted, weights, expected } of file.classes)
  test(`classes: ${name}`, () => {
    const w = weighted(weights);
    for (const [key, due] of Object.entries(expected)) {
      const [metric = "", average, zero] = key.split(" ");
      let value: unknown;
      if (metric === "accuracy" || metric === "balancedAccuracy" || metric === "matthews" || metric === "cohenKappa")
        value = {
          accuracy: metrics.accuracy,
          balancedAccuracy: metrics.balancedAccuracy,
          matthews: metrics.matthews,
          cohenKappa: metrics.cohenKappa,
        }[metric](yTrue, yPredicted, w);
      else if (metric === "confusion") value = metrics.confusionMatrix(yTrue, yPredicted, w).counts;
      else {
        const fn = averaged[metric as keyof typeof averaged];
        const zeroDivision = zero === "nan" ? Number.NaN : Number(zero);
        value =
          average === "none"
            ? fn(yTrue, yPredicted, { ...w, zeroDivision, average })
            : fn(yTrue, yPredicted, { ...w, zeroDivision, average: average as "macro" });
      }
      assertClose(value, due, key);
    }
  });

for (const { name, yTrue, scores, weights, expected } of file.scores)
  test(`scores: ${name}`, () => {
    const w = weighted(weights);
    const roc = metrics.rocCurve(yTrue, scores, { ...w, dropCollinear: false });
    const pr = metrics.precisionRecallCurve(yTrue, scores, w);
    const actual: Readonly<Record<string, unknown>> = {
      roc: [roc.falsePositiveRate, roc.truePositiveRate, roc.thresholds],
      precisionRecall: [pr.precision, pr.recall, pr.thresholds],
      rocAuc: metrics.rocAuc(yTrue, scores, w),
      averagePrecision: metrics.averagePrecision(yTrue, scores, w),
      precisionRecallArea: metrics.areaUnderCurve(pr.recall, pr.precision),
      logLoss: metrics.logLoss(yTrue, scores, w),
      brier: metrics.brier(yTrue, scores, w),
    };
    for (const [key, due] of Object.entries(expected)) assertClose(actual[key], due, key);
  });

for (const { name, yTrue, yPredicted, weights, expected } of file.regression)
  test(`numbers: ${name}`, () => {
    const w = weighted(weights);
    const { meanSquaredError, rootMeanSquaredError, meanAbsoluteError, medianAbsoluteError } = metrics;
    const { meanAbsolutePercentageError, maxError, r2, explainedVariance } = metrics;
    const all = {
      meanSquaredError,
      rootMeanSquaredError,
      meanAbsoluteError,
      medianAbsoluteError,
      meanAbsolutePercentageError,
      maxError,
      r2,
      explainedVariance,
    };
    for (const [key, due] of Object.entries(expected))
      assertClose(all[key as keyof typeof all](yTrue, yPredicted, w), due, key);
  });

for (const { name, x, labels, samples, mean } of file.silhouettes)
  test(`silhouettes: ${name}`, () => {
    assertClose(metrics.silhouetteSamples(x, labels), samples, "samples");
    assertClose(metrics.silhouette(x, labels), mean, "mean");
  });

test("probabilities of three classes, of 0 and of 1 and with ties", () => {
  const { yTrue, probabilities: p, weights: sampleWeight, expected } = file.multi;
  const actual: Readonly<Record<string, number>> = {
    logLoss: metrics.logLoss(yTrue, p),
    logLossWeighted: metrics.logLoss(yTrue, p, { sampleWeight }),
    brier: metrics.brier(yTrue, p),
    brierWeighted: metrics.brier(yTrue, p, { sampleWeight }),
    rest: metrics.rocAuc(yTrue, p),
    restWeighted: metrics.rocAuc(yTrue, p, { sampleWeight, average: "weighted" }),
    pairs: metrics.rocAuc(yTrue, p, { multiClass: "pairs" }),
    top2Weighted: metrics.topKAccuracy(yTrue, p, { k: 2, sampleWeight }),
  };
  for (const [key, due] of Object.entries(expected)) assertClose(actual[key], due, key);
});

test("every metric of the issue is exported", () => {
  const named = [
    "confusionMatrix accuracy precision recall specificity f1 balancedAccuracy rocCurve rocAuc precisionRecallCurve averagePrecision",
    "areaUnderCurve logLoss brier matthews meanSquaredError rootMeanSquaredError meanAbsoluteError medianAbsoluteError r2",
    "explainedVariance silhouette adjustedRand thresholdSweep analyzeResiduals reliabilityCurve expectedCalibrationError",
  ].flatMap((line) => line.split(" "));
  for (const name of named) assert.equal(typeof Reflect.get(metrics, name), "function", name);
});
