/** Searches side by side in workers give what they give in turn, to the bit; in Node and in pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/base/errors.js";
import { gaussianBayes } from "../../src/bayes/index.js";
import { labelColumn, numberColumn, Table } from "../../src/data/table.js";
import { random } from "../../src/index.js";
import { lasso, logisticRegression, ridge } from "../../src/linear/index.js";
import { kNeighborsClassifier } from "../../src/neighbors/index.js";
import {
  columnTransformer,
  imputer,
  type Model,
  oneHotEncoder,
  type Predictor,
  pipeline,
  polynomialFeatures,
  standardScaler,
} from "../../src/preprocessing/index.js";
import * as s from "../../src/selection/index.js";
import { testRidge } from "./models.js";

const rows = 60;
const data = random.normal([rows, 4], { key: random.key(5), dtype: "float64" });
const x = data.array() as number[][];
const y = x.map(([a = 0, b = 0, c = 0], i) => 2 * a - b + 0.3 * c * c + 0.1 * Math.sin(i));
const texts = y.map((v) => (v > 1 ? "high" : v > -1 ? "middle" : "low"));
const weights = x.map((_, i) => 0.5 + (i % 3));
const table = new Table([
  numberColumn(
    "a",
    x.map(([a = 0], i) => (i % 11 === 4 ? Number.NaN : a)),
  ),
  numberColumn(
    "b",
    x.map(([, b = 0]) => b),
  ),
  labelColumn(
    "c",
    y.map((_, i) => ["u", "v", "w"][i % 3] ?? null),
  ),
]);

/** Everything but the times. */
function facts<P>(result: s.SearchResult<P, Model>) {
  const tidy = ({ fitTime: _, ...rest }: s.Candidate<P>) => rest;
  return { best: tidy(result.best), candidates: result.candidates.map(tidy) };
}

type Search = (options: s.SearchOptions) => Promise<s.SearchResult<unknown, Model>>;
const alphas = { alpha: [0, 0.1, 1, 10] };

const searches: Readonly<Record<string, Search>> = {
  "a regressor on a tensor": (o) =>
    s.gridSearch((p) => ridge(p), alphas, data, y, {
      ...o,
      scores: ["r2", "negativeMaxError"],
      by: "negativeMaxError",
    }),
  "a pipeline with weights": (o) =>
    s.gridSearch(
      (p) => pipeline(standardScaler(), polynomialFeatures({ degree: 2 }), lasso(p)),
      { alpha: [0.01, 0.1, 1] },
      x,
      y,
      {
        ...o,
        sampleWeight: weights,
        trainScores: true,
        folds: s.kFold({ folds: 3, shuffle: true, seed: 3 }),
      },
    ),
  "a table of mixed columns": (o) =>
    s.gridSearch(
      (p) =>
        pipeline(
          columnTransformer(
            [
              { columns: ["a"], transformer: pipeline(imputer(), standardScaler()) },
              { columns: ["c"], transformer: oneHotEncoder() },
            ],
            { rest: "pass" },
          ),
          ridge(p),
        ),
      { alpha: [0.1, 1] },
      table,
      y,
      o,
    ),
  "classes that are texts": (o) =>
    s.gridSearch((p) => kNeighborsClassifier(p), { neighbors: [1, 3, 5] }, x, texts, {
      ...o,
      scores: ["accuracy", "negativeLogLoss"],
      folds: 3,
    }),
  "ensembles, calibration, several targets": (o) => {
    const makes: Readonly<Record<string, () => Predictor>> = {
      voting: () =>
        s.votingClassifier([gaussianBayes(), kNeighborsClassifier()], { weights: [0.3, 0.7, 0.1].slice(0, 2) }),
      stacking: () => s.stackingClassifier([gaussianBayes()], logisticRegression(), { folds: 3 }),
      calibrated: () => s.calibrated(gaussianBayes(), { method: "isotonic", folds: 3 }),
      baseline: () => s.baselineClassifier(),
    };
    const two = y.map((v) => v > 0);
    return s.gridSearch(({ name }) => makes[name]?.() ?? ridge(), { name: Object.keys(makes) }, x, two, {
      ...o,
      folds: 3,
    });
  },
  "several targets as rows": (o) =>
    s.gridSearch(
      (p) => s.averagingRegressor([ridge(p), s.baselineRegressor()]),
      alphas,
      x,
      y.map((v) => [v, -v * v]),
      o,
    ),
};

for (const [name, search] of Object.entries(searches))
  test(`${name}: the same in turn and side by side`, async () => {
    const inTurn = await search({ workers: 0, refit: false });
    const seen: number[] = [];
    const beside = await search({ workers: 2, refit: false, onProgress: ({ done, total }) => seen.push(done / total) });
    assert.deepEqual(facts(beside), facts(inTurn));
    assert.deepEqual(inTurn.execution, { workers: 0, reason: "no workers were asked for" });
    assert.equal(beside.execution.workers, 2, beside.execution.reason);
    assert.match(beside.execution.reason, /fits of estimators that travel as JSON/);
    assert.equal(seen.at(-1), 1);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });

test("random search, curves and cross-validation take workers too", async () => {
  const ranges = { alpha: s.logUniform(1e-3, 1e3) };
  const make = (p: { alpha: number }) => ridge(p);
  const both = async <T>(run: (workers: number) => Promise<T>): Promise<T> => {
    const [here, there] = [await run(0), await run(1)];
    assert.deepEqual(there, here);
    return there;
  };
  await both(async (workers) => facts(await s.randomSearch(make, ranges, x, y, { tries: 5, workers })));
  await both((workers) => s.learningCurve(ridge(), x, y, { sizes: [10, 20, 40], workers }));
  await both((workers) => s.validationCurve((alpha: number) => ridge({ alpha }), [0.1, 1], x, y, { workers }));
  await both(async (workers) => (await s.crossValidate(ridge(), x, y, { workers })).test);
  assert.equal((await s.crossValidate(ridge(), x, y)).models.length, 5);
  assert.equal((await s.crossValidate(ridge(), x, y, { workers: 1 })).models.length, 0);
});

test("what cannot be sent is done in turn, and the result says so", async () => {
  const grid = { alpha: [0.1, 1] };
  const options = { workers: 2, refit: false };
  const scored = await s.gridSearch((p) => ridge(p), grid, x, y, { ...options, scores: { own: () => 1 } });
  assert.deepEqual(scored.execution, {
    workers: 0,
    reason: "the score own is a function of the caller's, which cannot be sent to a worker",
  });
  let fits = 0;
  const counted = (p: { alpha: number }): Predictor => {
    const inner = ridge(p);
    return {
      ...inner,
      fit: (...given) => {
        fits += 1;
        return inner.fit(...given);
      },
    };
  };
  for (const make of [counted, (p: { alpha: number }) => pipeline(standardScaler(), counted(p))]) {
    fits = 0;
    const { execution } = await s.gridSearch(make, grid, x, y, options);
    assert.equal(execution.workers, 0);
    assert.match(execution.reason, /no estimator of the library's own/);
    assert.equal(fits, 10);
  }
  const split = (p: { alpha: number }) => s.stackingRegressor([ridge(p)], ridge(), { folds: s.kFold({ folds: 3 }) });
  assert.equal((await s.gridSearch(split, grid, x, y, options)).execution.workers, 0);
  const unknown = await s.gridSearch((p) => testRidge(p), grid, x, y, options);
  assert.deepEqual(unknown.execution, {
    workers: 0,
    reason: "workers could not be started: they do not know the estimator testRidge",
  });
  const missing = { workers: { count: 1, url: new URL("./there-is-none.js", import.meta.url) }, refit: false };
  const alone = await s.gridSearch((p) => ridge(p), grid, x, y, missing);
  assert.equal(alone.execution.workers, 0);
  assert.match(alone.execution.reason, /workers could not be started/);
  const few = await s.gridSearch((p) => ridge(p), grid, x, y);
  assert.equal(few.execution.workers, 0);
  assert.match(few.execution.reason, /too short|one core/);
});

test("a worker of the caller's own knows the caller's kinds", async () => {
  const own = { url: new URL("./own-worker.js", import.meta.url) };
  const search = (workers: s.Workers) =>
    s.gridSearch((p) => pipeline(testRidge(p)), { alpha: [0.1, 1] }, x, y, { workers, refit: false });
  const there = await search({ ...own, count: 2 });
  assert.equal(there.execution.workers, 2, there.execution.reason);
  assert.deepEqual(facts(there), facts(await search(0)));
});

test("estimators come back from their JSON, those made of others too", () => {
  const kinds = [ridge, standardScaler, imputer, gaussianBayes, logisticRegression, kNeighborsClassifier] as never[];
  const made = [
    pipeline(
      columnTransformer([{ columns: [0], transformer: standardScaler() }], { rest: "pass" }),
      ridge({ alpha: 2 }),
    ),
    s.votingClassifier([gaussianBayes(), kNeighborsClassifier({ neighbors: 2 })], {
      weights: [0.7, 0.1],
      voting: "soft",
    }),
    s.stackingClassifier([gaussianBayes()], logisticRegression({ alpha: 3 }), { passthrough: true, folds: 4 }),
    s.stackingRegressor([ridge()], ridge({ alpha: 3 })),
    s.averagingRegressor([ridge(), ridge({ alpha: 5 })], { weights: [1, 3] }),
    s.calibrated(gaussianBayes(), { method: "isotonic" }),
  ];
  for (const estimator of made) {
    const again = s.estimatorFromJSON(JSON.parse(JSON.stringify(estimator)), kinds);
    assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(estimator)));
    assert.equal(again.role, estimator.role);
  }
  assert.throws(
    () => s.estimatorFromJSON({ kind: "forest", settings: {} }, kinds),
    /there is a forest, and the kinds given are ridge/,
  );
  assert.throws(() => s.estimatorFromJSON({ kind: "pipeline", settings: {} }, kinds), /steps of a pipeline/);
  assert.throws(() => s.estimatorFromJSON(3 as never, kinds), UserError);
});
