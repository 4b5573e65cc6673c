/** Splits, searches and comparisons: what holds for every seed, and what is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/base/errors.js";
import { NumericalError, type Tensor, tensor } from "../../src/index.js";
import { accuracy } from "../../src/metrics/index.js";
import { type Predictor, pipeline, standardScaler } from "../../src/preprocessing/index.js";
import * as s from "../../src/selection/index.js";
import { testBayes, testRidge } from "./models.js";

const n = 40;
const x = Array.from({ length: n }, (_, i) => [Math.sin(i * 1.7), Math.cos(i * 2.3), ((i * 29) % 17) / 17]);
const y = x.map(([a = 0, b = 0], i) => 2 * a - b + 0.3 * Math.sin(i * 11.1));
const labels = y.map((v, i) => (v + 0.4 * Math.sin(i * 5.3) > 0.3 ? 1 : 0));
const groups = x.map((_, i) => i % 7);

test("folds: each row tested once, none on both sides, the same for the same seed", () => {
  for (const seed of [0, 1, 99]) {
    const splitters = [
      s.kFold({ folds: 7, shuffle: true, seed }),
      s.stratifiedKFold({ folds: 4, shuffle: true, seed }),
      s.groupKFold({ folds: 3 }),
      s.leaveOneOut(),
    ];
    for (const splitter of splitters) {
      const folds = splitter.split(n, { y: labels, groups });
      assert.deepEqual(splitter.split(n, { y: labels, groups }), folds);
      const tested = folds.flatMap(({ test }) => [...test]).sort((a, b) => a - b);
      assert.deepEqual(tested, [...x.keys()], `${splitter.kind}, seed ${seed}`);
      for (const { train, test } of folds) assert.equal(new Set([...train, ...test]).size, n);
    }
  }
  assert.notDeepEqual(s.kFold({ shuffle: true, seed: 1 }).split(n), s.kFold({ shuffle: true, seed: 2 }).split(n));
  const stratified = s.stratifiedKFold({ folds: 4, shuffle: true }).split(n, { y: labels });
  const shares = stratified.map(({ test }) => test.filter((i) => labels[i] === 1).length);
  assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `${shares}`);
  for (const { train, test } of s.groupKFold({ folds: 3 }).split(n, { groups })) {
    const there = new Set([...train].map((i) => groups[i]));
    assert.ok([...test].every((i) => !there.has(groups[i])));
  }
  const twice = s.repeated((seed) => s.kFold({ folds: 4, shuffle: true, seed }), { repeats: 2 }).split(n);
  assert.equal(twice.length, 8);
  assert.notDeepEqual(twice[0], twice[4]);
});

test("the bootstrap tests what it did not draw, 37 percent of the rows on average", () => {
  const folds = s.bootstrap({ rounds: 200, seed: 5 }).split(n);
  for (const { train, test } of folds) {
    assert.equal(train.length, n);
    assert.ok(test.every((i) => !train.includes(i)) && new Set([...train, ...test]).size === n);
  }
  const mean = folds.reduce((sum, { test }) => sum + test.length, 0) / folds.length / n;
  assert.ok(Math.abs(mean - (1 - 1 / n) ** n) < 0.02, `${mean}`);
});

test("one division into three parts", () => {
  const text = labels.map((l) => (l === 1 ? "yes" : "no"));
  const {
    train,
    validation,
    test: held,
  } = s.splitData(tensor(x), text, { test: 0.25, validation: 0.25, stratify: true });
  const parts = [train, validation, held];
  assert.deepEqual(
    parts.flatMap((p) => [...p.rows]).sort((a, b) => a - b),
    [...x.keys()],
  );
  assert.deepEqual(
    parts.map((p) => p.rows.length),
    [20, 10, 10],
  );
  for (const part of parts)
    assert.deepEqual(
      [...(part.y as string[])],
      Array.from(part.rows, (i) => text[i]),
    );
  const share = (rows: Int32Array) => rows.filter((i) => labels[i] === 1).length / rows.length;
  for (const part of parts) assert.ok(Math.abs(share(part.rows) - share(Int32Array.from(x.keys()))) < 0.06);
  const ordered = s.splitData(x, y, { shuffle: false, test: 0.2, validation: 0.1 });
  assert.deepEqual([...ordered.test.rows], [32, 33, 34, 35, 36, 37, 38, 39]);
  assert.deepEqual([...ordered.validation.rows], [28, 29, 30, 31]);
});

test("what is refused", async () => {
  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => s.kFold({ folds: 1 }), /kFold: folds must be a whole number ≥ 2, got 1/],
    [() => s.kFold({ folds: 41 }).split(n), /folds must be at most the number of rows, 40, got 41/],
    [() => s.kFold().split(0), /rows must be a whole number ≥ 1, got 0/],
    [() => s.stratifiedKFold({ folds: 40 }).split(n, { y: labels }), /at most the rows of the largest class/],
    [() => s.stratifiedKFold().split(n), /needs y, one label a row/],
    [() => s.stratifiedKFold().split(n, { y }), /y must hold class labels/],
    [() => s.groupKFold({ folds: 8 }).split(n, { groups }), /folds must be at most the number of groups, 7, got 8/],
    [() => s.groupKFold().split(n), /needs groups/],
    [() => s.timeSeriesSplit({ folds: 5 }).split(5), /5 rows are too few for 5 tests/],
    [() => s.timeSeriesSplit({ gap: -1 }), /gap must be a whole number ≥ 0, got -1/],
    [() => s.leaveOneOut().split(1), /rows must be at least 2, got 1/],
    [() => s.shuffleSplit({ test: 1 }), /test must be a number above 0 and below 1, got 1/],
    [() => s.splitData(x, y, { test: 0.6, validation: 0.5 }), /must leave rows to train on/],
    [() => s.splitData(x, y.slice(1)), /x has 40 rows, y has 39/],
    [() => s.splitData(x, y, { test: -0.1 }), /test must be a fraction from 0/],
    [() => s.pairedTTest([1], [2]), /at least 2 pairs, got 1/],
    [() => s.correctedTTest([1, 2], [2, 1], { testToTrain: -1 }), /testToTrain must be a number > 0, got -1/],
    [() => s.wilcoxonSignedRank([1, 2], [1, 2]), /all differences are 0/],
    [() => s.wilcoxonSignedRank([1, 2, 3], [0, 1, 1], { method: "exact" }), /without ties/],
    [() => s.votingClassifier([]), /at least one classifier/],
    [() => s.votingClassifier([testRidge() as never]), /member 0 must be a classifier .* got a regressor/],
    [() => s.averagingRegressor([testRidge()], { weights: [1, 2] }), /weights must be 1 numbers ≥ 0/],
    [
      () => s.stackingRegressor([testRidge()], testRidge(), { folds: s.bootstrap() }).fit(x, y),
      /folds must test each row exactly once/,
    ],
    [() => s.plattScaling([1, 1], [0.1, 0.2]), /both classes/],
    [() => s.isotonicRegression([1, 2], [1]), /y has 1 rows, x has 2/],
    [() => s.temperatureScaling([0, 1], [[1], [2]]), /1 columns for 2 classes/],
    [
      () =>
        s.calibrated(testBayes()).fit(
          x,
          x.map(() => 1),
        ),
      /y must have two classes, got 1/,
    ],
    [() => s.bootstrapInterval(1, () => 0), /rows must be a whole number ≥ 2/],
    [() => s.logUniform(0, 1), /low must be a number > 0, got 0/],
    [() => s.uniform(2, 1), /low ≤ high, got 2 and 1/],
  ];
  for (const [call, message] of refused)
    assert.throws(call, (e) => {
      assert.ok(e instanceof UserError, String(e));
      assert.match(e.message, message);
      return true;
    });
  const rejected: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
    [() => s.crossValidate(testRidge(), x, y, { folds: 41 }), /folds must be at most the number of rows, 40, got 41/],
    [() => s.crossValidate(testRidge(), [], []), /x is empty/],
    [() => s.crossValidate(testRidge(), x, y, { scores: "r3" as "r2" }), /no score "r3"; the scores are accuracy,/],
    [() => s.crossValidate(testRidge(), x, y, { folds: 1 }), /folds must be a splitter or a whole number ≥ 2, got 1/],
    [() => s.crossValidate(testRidge(), x, y, { scores: "rocAuc" }), /needs a model with predictProbabilities/],
    [() => s.crossValidate(testBayes(), x, y), /y must hold class labels/],
    [
      () => s.gridSearch((p: { alpha: number }) => testRidge(p), { alpha: [] }, x, y),
      /alpha must be an array of at least one value/,
    ],
    [
      () => s.gridSearch((p: { alpha: number }) => testRidge(p), { alpha: [-1] }, x, y),
      /alpha must be a number ≥ 0, got -1/,
    ],
    [
      () => s.gridSearch((p: { alpha: number }) => testRidge(p), { alpha: [1] }, x, y, { by: "f1" }),
      /by must be one of the scores score/,
    ],
    [() => s.learningCurve(testRidge(), x, y, { sizes: [50] }), /whole numbers up to 32/],
    [
      () => s.learningCurve(testRidge(), x, y, { sizes: [20, 0.5, 1] }),
      /all fractions or all numbers .* 0.5 beside 20/,
    ],
    [
      () => s.randomSearch((p: { alpha: number }) => testRidge(p), { alpha: s.uniform(0, 1) }, x, y, { tries: 0 }),
      /tries must be/,
    ],
  ];
  for (const [call, message] of rejected) await assert.rejects(async () => call(), message);
  assert.throws(
    () =>
      s.temperatureScaling(
        [0, 1],
        [
          [3, 0],
          [0, 3],
        ],
      ),
    NumericalError,
  );
});

test("a random search draws from an array as from choice, whatever the values", async () => {
  const maps: unknown[] = [];
  const make = (p: { alpha: number; map: string | null; list: readonly number[] }): Predictor => {
    maps.push(p.map, p.list);
    return testRidge({ alpha: p.alpha });
  };
  const options = { tries: 30, seed: 5 };
  const lists = [[1], [2, 3]];
  const ranges = { alpha: [1, 100], map: ["a", null], list: lists };
  const arrays = await s.randomSearch(make, ranges, x, y, options);
  const settings = arrays.candidates.map((c) => c.settings);
  for (const name of ["alpha", "map", "list"] as const)
    for (const value of ranges[name])
      assert.ok(
        settings.some((c) => c[name] === value),
        `${name}: ${JSON.stringify(value)} was never tried`,
      );
  assert.deepEqual(new Set(maps), new Set(["a", null, ...lists]));
  const chosen = { alpha: s.choice(1, 100), map: s.choice("a", null), list: s.choice(...lists) };
  const same = await s.randomSearch(make, chosen, x, y, options);
  assert.deepEqual(
    same.candidates.map((c) => c.settings),
    settings,
  );
  const typed = await s.randomSearch(make, { ...chosen, alpha: Float64Array.of(1, 100) as never }, x, y, options);
  assert.deepEqual(
    typed.candidates.map((c) => c.settings),
    settings,
  );
  await assert.rejects(s.randomSearch(make, { ...ranges, alpha: [] }, x, y), /alpha is an empty array/);
});

test("a search reports progress, stops at its signal and repeats with its seed", async () => {
  const make = (p: { alpha: number; kind: string }): Predictor =>
    p.kind === "scaled" ? pipeline(standardScaler(), testRidge({ alpha: p.alpha })) : testRidge({ alpha: p.alpha });
  const ranges = { alpha: s.logUniform(1e-3, 1e3), kind: s.choice("scaled", "plain") };
  const seen: number[] = [];
  const options = { tries: 6, seed: 3, folds: 4, onProgress: ({ done, total }: s.Progress) => seen.push(done / total) };
  const first = await s.randomSearch(make, ranges, x, y, options);
  assert.equal(seen.length, 24);
  assert.equal(seen.at(-1), 1);
  const second = await s.randomSearch(make, ranges, x, y, options);
  assert.deepEqual(
    second.candidates.map((c) => c.settings),
    first.candidates.map((c) => c.settings),
  );
  assert.ok(first.candidates.every((c) => c.settings.alpha >= 1e-3 && c.settings.alpha <= 1e3));
  assert.ok((first.model?.score(x, y) ?? 0) > 0.5);
  const controller = new AbortController();
  const stopped = s.randomSearch(make, ranges, x, y, {
    ...options,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 5) controller.abort(new Error("enough"));
    },
  });
  await assert.rejects(stopped, /enough/);
});

test("an executor of one's own sees estimators that travel as JSON", async () => {
  const kinds: string[] = [];
  const executor: s.Executor = async (data, jobs, report) =>
    jobs.map((job, k) => {
      const { kind, settings } = JSON.parse(JSON.stringify(job.estimator)) as { kind: string; settings: object };
      kinds.push(kind);
      const outcome = s.runJob(data, { ...job, estimator: testRidge(settings) });
      report(k + 1);
      return outcome;
    });
  const away = await s.crossValidate(testRidge({ alpha: 0.3 }), x, y, { executor });
  const here = await s.crossValidate(testRidge({ alpha: 0.3 }), x, y);
  assert.deepEqual(away.test, here.test);
  assert.deepEqual([...new Set(kinds)], ["testRidge"]);
});

test("learning curves: more rows, nested parts", async () => {
  const curve = await s.learningCurve(testRidge({ alpha: 0.01 }), x, y, { sizes: [8, 16, 32] });
  assert.deepEqual(
    curve.map((p) => p.value),
    [8, 16, 32],
  );
  const [few, , many] = curve.map((p) => p.test.score?.mean ?? Number.NaN);
  assert.ok((many ?? 0) > (few ?? 1), `${few} ${many}`);
});

test("compared models: a difference that is there is found, one that is not is not", async () => {
  const better = await s.compareModels(testRidge({ alpha: 0.01 }), s.baselineRegressor(), x, y);
  assert.equal(better.better, "first");
  assert.match(better.verdict, /first is better/);
  const same = await s.compareModels(testRidge({ alpha: 0.01 }), testRidge({ alpha: 0.010001 }), x, y);
  assert.ok(same.better === "neither" || Math.abs(same.test.meanDifference) < 1e-4);
});

test("bootstrap intervals hold the mean about as often as they say", () => {
  let held = 0;
  for (let trial = 0; trial < 60; trial += 1) {
    const sample = Array.from({ length: 40 }, (_, i) => Math.sin(trial * 977 + i * i * 13.7));
    const mean = (rows: Int32Array) => rows.reduce((a, i) => a + (sample[i] ?? 0), 0) / rows.length;
    const { low, high, estimate, standardError } = s.bootstrapInterval(40, mean, {
      rounds: 300,
      seed: trial,
      method: trial % 2 === 0 ? "bca" : "percentile",
    });
    assert.ok(low < estimate && estimate < high);
    assert.ok(Math.abs(standardError - 0.7 / Math.sqrt(40)) < 0.05, `${standardError}`);
    if (low < 0 && high > 0) held += 1;
  }
  assert.ok(held >= 50, `${held} of 60 intervals of 95 percent`);
});

test("a statistic that fails for samples of one class is drawn again", () => {
  const rare = [1, 0, 0, 0, 0, 0, 0, 0];
  const recall = (rows: Int32Array) => {
    if (!rows.includes(0)) throw new UserError("no positive");
    return accuracy(
      Array.from(rows, (i) => rare[i] ?? 0),
      Array.from(rows, () => 0),
    );
  };
  assert.ok(s.bootstrapInterval(8, recall, { rounds: 50 }).high < 1);
  assert.throws(
    () => s.bootstrapInterval(8, (rows) => (rows[0] === 0 && rows[1] === 1 ? 1 : Number.NaN), { rounds: 50 }),
    NumericalError,
  );
});

test("calibration improves what was too sure of itself", () => {
  const sure = pipeline(standardScaler(), testBayes());
  const platt = s.calibrated(sure).fit(x, labels);
  const p = platt.predictProbabilities(x) as Tensor;
  assert.deepEqual([...p.shape], [n, 2]);
  (p.array() as number[][]).forEach(([a = 0, b = 0]) => {
    assert.ok(Math.abs(a + b - 1) < 1e-15);
  });
  assert.ok(platt.score(x, labels) > 0.7);
  const logits = labels.map((l, i) => [8 * (i % 5 === 0 ? l : 1 - l), 8 * (i % 5 === 0 ? 1 - l : l)]);
  // Four in five right with logits of 8: softmax(8/T) = 0.8.
  assert.ok(Math.abs(s.temperatureScaling(labels, logits).temperature - 8 / Math.log(4)) < 1e-9);
});
