/** Against scikit-learn and SciPy: tools/reference/selection.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Tensor } from "../../src/index.js";
import { pipeline, standardScaler } from "../../src/preprocessing/index.js";
import * as selection from "../../src/selection/index.js";
import { assertClose, type Stored } from "../metrics/closeness.js";
import { testBayes, testRidge } from "./models.js";

type Numbers = readonly number[];
type Expected = Readonly<Record<string, Stored>>;

const file = JSON.parse(readFileSync(new URL("../../../test/references/selection.json", import.meta.url), "utf8")) as {
  readonly x: number[][];
  readonly y: number[];
  readonly labels: number[];
  readonly three: number[];
  readonly groups: number[];
  readonly weights: number[];
  readonly splits: Readonly<Record<string, readonly (readonly [Numbers, Numbers])[]>>;
  readonly validation: {
    readonly test: Expected;
    readonly trainR2: Stored;
    readonly classes: Expected;
    readonly threeAccuracy: Stored;
    readonly threeAuc: Stored;
    readonly crossPredict: Stored;
    readonly alphas: number[];
    readonly grid: readonly { alpha: number; intercept: boolean; mean: number; rank: number }[];
    readonly curveTrain: readonly Numbers[];
    readonly curveTest: readonly Numbers[];
  };
  readonly ensembles: Expected;
  readonly calibrations: Expected & {
    scores: number[];
    places: number[];
    logits: number[][];
    platt: [number, number];
    plattWeighted: [number, number];
    temperature: number;
  };
  readonly tests: {
    readonly a: number[];
    readonly b: number[];
    readonly tiedA: number[];
    readonly tiedB: number[];
    readonly mcnemar: { first: number[]; second: number[]; exact: number; chi: Numbers; uncorrected: Numbers };
  } & Readonly<Record<selection.Alternative, Readonly<Record<"t" | "wilcoxon" | "tied" | "corrected", Numbers>>>>;
};

const { x, y, labels, three, groups, weights } = file;

test("splits are scikit-learn's, row for row", () => {
  const made: Record<string, selection.Fold[]> = {
    kFold4: selection.kFold({ folds: 4 }).split(x.length),
    stratified5: selection.stratifiedKFold().split(x.length, { y: three }),
    grouped3: selection.groupKFold({ folds: 3 }).split(x.length, { groups }),
    time5: selection.timeSeriesSplit().split(x.length),
    time3: selection.timeSeriesSplit({ folds: 3, gap: 2, testSize: 6, maxTrainSize: 15 }).split(x.length),
    leaveGroupOut: selection.leaveOneGroupOut().split(x.length, { groups }),
  };
  for (const [name, folds] of Object.entries(file.splits))
    assert.deepEqual(
      made[name]?.map(({ train, test }) => [[...train], [...test]]),
      folds,
      name,
    );
});

test("cross-validation of a pipeline with several scores", async () => {
  const { validation } = file;
  const model = pipeline(standardScaler(), testRidge({ alpha: 0.7 }));
  const scores = ["r2", "negativeMeanSquaredError", "negativeMeanAbsoluteError"] as const;
  const result = await selection.crossValidate(model, x, y, { scores, trainScores: true });
  for (const name of scores) assertClose(result.test[name]?.values, validation.test[name] ?? [], name, 1e-10);
  assertClose(result.train?.r2?.values, validation.trainR2, "r2 of training rows", 1e-10);
  assert.equal(result.models.length, 5);
  const predicted = (await selection.crossPredict(model, x, y)) as Tensor;
  assertClose(predicted.data(), validation.crossPredict, "predictions", 1e-10);
});

test("cross-validation of classifiers", async () => {
  const { classes, threeAccuracy, threeAuc } = file.validation;
  const scores = ["accuracy", "rocAuc", "negativeLogLoss", "f1", "averagePrecision"] as const;
  const result = await selection.crossValidate(testBayes(), x, labels, { scores });
  for (const name of scores) assertClose(result.test[name]?.values, classes[name] ?? [], name, 1e-9);
  const several = await selection.crossValidate(testBayes(), x, three, { scores: ["accuracy", "rocAuc"] });
  assertClose(several.test.accuracy?.values, threeAccuracy, "accuracy of three");
  assertClose(several.test.rocAuc?.values, threeAuc, "area of three");
});

test("grid search and validation curve", async () => {
  const { alphas, grid, curveTrain, curveTest } = file.validation;
  const make = (s: { alpha: number; intercept: boolean }) => testRidge(s);
  const { best, candidates, model } = await selection.gridSearch(
    make,
    { alpha: alphas, intercept: [true, false] },
    x,
    y,
  );
  grid.forEach(({ alpha, intercept, mean, rank }, k) => {
    assert.deepEqual(candidates[k]?.settings, { alpha, intercept });
    assertClose(candidates[k]?.test.score?.mean, mean, `mean of ${alpha}`, 1e-10);
    assert.equal(candidates[k]?.rank, rank);
  });
  assert.equal(best.rank, 1);
  assertClose(model?.predict(x).data(), [...testRidge(best.settings).fit(x, y).predict(x).data()], "refit");
  const curve = await selection.validationCurve((alpha: number) => testRidge({ alpha }), alphas, x, y);
  curve.forEach((point, k) => {
    assertClose(point.train.score?.values, curveTrain[k] ?? [], "train", 1e-10);
    assertClose(point.test.score?.values, curveTest[k] ?? [], "test", 1e-10);
  });
});

test("ensembles", () => {
  const { ensembles } = file;
  const members = [testRidge({ alpha: 0.1 }), pipeline(standardScaler(), testRidge({ alpha: 50 }))];
  const voters = [testBayes(), pipeline(standardScaler(), testBayes({ smoothing: 2 })), testBayes({ smoothing: 0.3 })];
  const data = (t: unknown) => (t as Tensor).data();
  const averaging = selection.averagingRegressor(members, { weights: [3, 1] }).fit(x, y);
  assertClose(averaging.predict(x).data(), ensembles.averaging ?? [], "averaging", 1e-10);
  const soft = selection.votingClassifier(voters, { voting: "soft", weights: [1, 2, 1] }).fit(x, three);
  assertClose(soft.predictProbabilities(x).array(), ensembles.soft ?? [], "soft", 1e-9);
  assertClose(data(soft.predict(x)), ensembles.softLabels ?? [], "labels");
  assertClose(data(selection.votingClassifier(voters).fit(x, three).predict(x)), ensembles.hard ?? [], "hard");
  const last = testRidge({ alpha: 0.01 });
  assertClose(
    selection.stackingRegressor(members, last).fit(x, y).predict(x).data(),
    ensembles.stacking ?? [],
    "stacking",
    1e-8,
  );
  const wide = selection.stackingRegressor(members, last, { passthrough: true }).fit(x, y);
  assertClose(wide.predict(x).data(), ensembles.stackingWide ?? [], "passthrough", 1e-8);
  const classes = selection.stackingClassifier(voters, testBayes()).fit(x, three);
  assertClose(classes.predictProbabilities(x).array(), ensembles.stackingClasses ?? [], "stacked classes", 1e-6);
  const binary = selection.stackingClassifier(voters, testBayes()).fit(x, labels);
  assertClose(binary.predictProbabilities(x).array(), ensembles.stackingBinary ?? [], "stacked binary", 1e-6);
});

test("calibrators", () => {
  const { scores, places, logits, platt, plattWeighted, temperature, ...c } = file.calibrations;
  // scikit-learn's L-BFGS stops at a gradient of 1e-6: ours must be as near, and its gradient smaller.
  const near = (fit: selection.PlattScaling, due: readonly number[]) =>
    assertClose([fit.slope, fit.intercept], due, "Platt", 2e-5);
  near(selection.plattScaling(labels, scores), platt);
  near(selection.plattScaling(labels, scores, { sampleWeight: weights }), plattWeighted);
  assertClose(selection.isotonicRegression(scores, labels).predict(places).data(), c.isotonic ?? [], "isotonic");
  const rounded = x.map((row) => Math.round((row[0] ?? 0) * 10) / 10);
  const weighted = selection.isotonicRegression(rounded, y, { sampleWeight: weights });
  assertClose(weighted.predict(places).data(), c.isotonicWeighted ?? [], "weighted isotonic", 1e-11);
  assertClose(selection.temperatureScaling(three, logits).temperature, temperature, "temperature", 1e-6);
  const isotonic = selection.calibrated(testBayes(), { method: "isotonic" }).fit(x, labels);
  assertClose(isotonic.predictProbabilities(x).array(), c.calibratedIsotonic ?? [], "calibrated", 1e-9);
});

test("the gradient of Platt scaling is 0 where it ends", () => {
  const { scores } = file.calibrations;
  const { slope, intercept } = selection.plattScaling(labels, scores);
  const positives = labels.filter((l) => l === 1).length;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (labels.length - positives + 2)];
  const errors = scores.map((s, i) => 1 / (1 + Math.exp(slope * s + intercept)) - (labels[i] === 1 ? high : low));
  assert.ok(Math.abs(errors.reduce((a, b) => a + b)) < 1e-10);
  assert.ok(Math.abs(errors.reduce((a, e, i) => a + e * (scores[i] ?? 0), 0)) < 1e-10);
});

test("tests of hypotheses", () => {
  const { a, b, tiedA, tiedB, mcnemar } = file.tests;
  for (const alternative of ["two-sided", "greater", "less"] as const) {
    const due = file.tests[alternative];
    const pair = (r: selection.ComparisonTest) => [r.statistic, r.pValue];
    assertClose(pair(selection.pairedTTest(a, b, { alternative })), due.t, `t ${alternative}`);
    assertClose(
      pair(selection.correctedTTest(a, b, { alternative, testToTrain: 0.25 })),
      due.corrected,
      `corrected ${alternative}`,
    );
    const exact = selection.wilcoxonSignedRank(a, b, { alternative });
    assert.equal(exact.method, "exact");
    assertClose(pair(exact), due.wilcoxon, `Wilcoxon ${alternative}`);
    const tied = selection.wilcoxonSignedRank(tiedA, tiedB, { alternative });
    assert.equal(tied.method, "approximate");
    assertClose(pair(tied), due.tied, `tied ${alternative}`);
  }
  const run = (o: selection.McNemarOptions) => selection.mcnemar(labels, mcnemar.first, mcnemar.second, o);
  assertClose(run({ exact: true }).pValue, mcnemar.exact, "exact McNemar");
  assertClose([run({ exact: false }).statistic, run({ exact: false }).pValue], mcnemar.chi, "McNemar");
  const plain = run({ exact: false, continuity: false });
  assertClose([plain.statistic, plain.pValue], mcnemar.uncorrected, "without continuity");
});
