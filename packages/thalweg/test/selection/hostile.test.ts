/** What a hostile user passes to estimators and to what runs them: errors of the caller's kind that name the argument, never a crash inside, never a silent answer. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError, UserError } from "../../src/base/errors.js";
import * as bayes from "../../src/bayes/index.js";
import * as cluster from "../../src/cluster/index.js";
import * as decomposition from "../../src/decomposition/index.js";
import { tensor } from "../../src/index.js";
import * as linear from "../../src/linear/index.js";
import * as metrics from "../../src/metrics/index.js";
import * as neighbors from "../../src/neighbors/index.js";
import * as preprocessing from "../../src/preprocessing/index.js";
import * as s from "../../src/selection/index.js";

const rows = 12;
const x = Array.from({ length: rows }, (_, i) => [(i % 5) + 0.1 * i, (i * 7) % 4]);
const y = x.map(([a = 0, b = 0]) => a - b);
const classes = x.map((_, i) => i % 2);
const at3 = (value: unknown) => x.map((row, i) => (i === 3 ? [value, row[1]] : row));

/** What no estimator learns from or looks at; transformers of mixed or missing cells take some of them. */
const badRows: Readonly<Record<string, unknown>> = {
  text: at3("q"),
  "an infinity": at3(Infinity),
  "a big integer": at3(10n),
  dates: x.map(() => [new Date(0), 1]),
  ragged: x.map((row, i) => (i === 3 ? [1] : row)),
  "a vector": [1, 2, 3],
  nothing: [],
  "rows of nothing": x.map(() => []),
  "holes for rows": new Array(rows),
  "a hole for a row": x.map((row, i) => (i === 3 ? undefined : row)),
  "an object": { a: 1 },
  null: null,
  undefined: undefined,
  "a string": "hello",
  "a number": 3,
  "a function": () => 1,
  "a tensor of one axis": tensor([1, 2, 3]),
  "a tensor of three": tensor([[[1]]]),
  "deeper rows": [[[1]]],
  "typed numbers": new Float64Array(4),
};
/** Texts, and numbers that are not finite, are categories like others. */
const mixed = ["oneHotEncoder", "ordinalEncoder"];
const passing = ["text", "an infinity", "a hole for a row"];

const badTargets: Readonly<Record<string, unknown>> = {
  "too few": y.slice(1),
  none: [],
  NaN: y.map((v, i) => (i === 2 ? Number.NaN : v)),
  "texts and numbers": y.map((v, i) => (i % 2 === 0 ? v : "a")),
  null: null,
  undefined: undefined,
  "a number": 3,
  "a string": "abababababab",
  "an object": {},
  nulls: y.map(() => null),
  ragged: y.map((v, i) => (i === 0 ? [v] : [v, v])),
  "rows of nothing": y.map(() => []),
  "big integers": y.map(() => 1n),
  "a tensor without axes": tensor(3),
};
const badClasses: Readonly<Record<string, unknown>> = {
  "one class": y.map(() => 1),
  fractions: y.map((v) => v + 0.5),
  columns: y.map((v) => [v]),
  "a tensor of two axes": tensor(x),
};
const badWeights: Readonly<Record<string, unknown>> = {
  "too few": [1, 2],
  negative: y.map(() => -1),
  "all 0": y.map(() => 0),
  NaN: y.map(() => Number.NaN),
  infinite: y.map((_, i) => (i === 0 ? Infinity : 1)),
  texts: y.map(() => "a"),
  "a matrix": x,
  "a number": 3,
  null: null,
  "an object": {},
};

interface Fitted {
  predict?(x: unknown): unknown;
  transform?(x: unknown): unknown;
}
interface Kind {
  (settings?: object): { readonly role: string; fit(x: unknown, y?: unknown, options?: object): Fitted };
  readonly kind: string;
}

const kinds = [bayes, cluster, decomposition, linear, neighbors, preprocessing].flatMap((door) =>
  Object.values(door as Readonly<Record<string, unknown>>).flatMap((v) =>
    typeof v === "function" && "kind" in v && "fromJSON" in v ? [v as unknown as Kind] : [],
  ),
);
/** As many as the few rows allow. */
const fewer: Readonly<Record<string, object>> = {
  kMeans: { clusters: 2 },
  miniBatchKMeans: { clusters: 2 },
  spectralClustering: { clusters: 2 },
};

/** An error of the caller's, whose message begins with who complains and is more than a few words. */
function refused(what: string, call: () => unknown): void {
  assert.throws(
    call,
    (error: unknown) => {
      if (!(error instanceof UserError || error instanceof NumericalError)) throw error;
      return /^[\w.]+[: ]/.test(error.message) && error.message.length > 20;
    },
    `${what} was accepted`,
  );
}

describe("estimators refuse", () => {
  for (const kind of kinds)
    test(kind.kind, () => {
      const make = () => kind(fewer[kind.kind] ?? {});
      const { role } = make();
      const good = role === "classifier" ? classes : y;
      const whole = x.map((row) => row.map(Math.round));
      const model = make().fit(whole, good);
      for (const [name, bad] of Object.entries(badRows)) {
        if (mixed.includes(kind.kind) && passing.includes(name)) continue;
        refused(`fit on x: ${name}`, () => make().fit(bad, good));
        refused(`a model on x: ${name}`, () => (model.predict ?? model.transform)?.call(model, bad));
      }
      refused("x of other columns", () => (model.predict ?? model.transform)?.call(model, [[1, 2, 3]]));
      for (const [name, bad] of Object.entries(badWeights))
        refused(`fit with weights: ${name}`, () => make().fit(whole, good, { sampleWeight: bad }));
      if (role === "transformer") return;
      for (const [name, bad] of Object.entries(badTargets)) refused(`fit on y: ${name}`, () => make().fit(whole, bad));
      if (role === "classifier")
        for (const [name, bad] of Object.entries(badClasses))
          refused(`fit on y: ${name}`, () => make().fit(whole, bad));
    });
});

const values: Readonly<Record<string, unknown>> = {
  "−1": -1,
  "1.5": 1.5,
  NaN: Number.NaN,
  Infinity,
  text: "3",
  null: null,
  "an object": {},
  "an array": [3],
  "a function": () => 3,
};
type Call = (value: never) => unknown;
const make = (p: object) => linear.ridge(p);
const grid = { alpha: [1] };
const run = { workers: 0, refit: false };

/** Calls that fail for each of the values but the ones named. */
const settings: readonly (readonly [string, Call, ...string[]])[] = [
  ["folds of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, { folds: v })],
  ["folds of kFold", (v) => s.kFold({ folds: v })],
  ["folds of stratifiedKFold", (v) => s.stratifiedKFold({ folds: v })],
  ["folds of groupKFold", (v) => s.groupKFold({ folds: v })],
  ["folds of timeSeriesSplit", (v) => s.timeSeriesSplit({ folds: v })],
  ["rows of kFold", (v) => s.kFold().split(v)],
  ["test of shuffleSplit", (v) => s.shuffleSplit({ test: v }).split(10)],
  ["test of splitData", (v) => s.splitData(x, y, { test: v })],
  ["rounds of bootstrap", (v) => s.bootstrap({ rounds: v }).split(10)],
  ["the maker of repeated", (v) => s.repeated(v), "a function"],
  ["estimator of crossValidate", (v) => s.crossValidate(v, x, y)],
  ["options of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, v), "an object"],
  ["scores of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, { scores: v }), "a function"],
  ["groups of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, { groups: v })],
  ["trainScores of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, { trainScores: v })],
  ["signal of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, { signal: v })],
  ["onProgress of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, { onProgress: v }), "a function"],
  ["weights of crossValidate", (v) => s.crossValidate(linear.ridge(), x, y, { sampleWeight: v })],
  ["workers of gridSearch", (v) => s.gridSearch(make, grid, x, y, { workers: v }), "an object"],
  ["make of gridSearch", (v) => s.gridSearch(v, grid, x, y, run)],
  ["what make of gridSearch gives", (v) => s.gridSearch(() => v, grid, x, y, run)],
  ["grid of gridSearch", (v) => s.gridSearch(make, v, x, y, run), "an object"],
  ["alpha of gridSearch", (v) => s.gridSearch(make, { alpha: v }, x, y, run), "an array"],
  ["refit of gridSearch", (v) => s.gridSearch(make, grid, x, y, { refit: v })],
  ["by of gridSearch", (v) => s.gridSearch(make, grid, x, y, { ...run, by: v })],
  ["ranges of randomSearch", (v) => s.randomSearch(make, v, x, y, { ...run, tries: 1 }), "an object"],
  ["a range of randomSearch", (v) => s.randomSearch(make, { alpha: v }, x, y, run), "an array"],
  ["tries of randomSearch", (v) => s.randomSearch(make, { alpha: s.uniform(1, 2) }, x, y, { ...run, tries: v })],
  ["low of uniform", (v) => s.uniform(v, 0.5), "−1"],
  ["low of logUniform", (v) => s.logUniform(v, 0.5)],
  ["low of wholeBetween", (v) => s.wholeBetween(v, 7), "−1"],
  ["sizes of learningCurve", (v) => s.learningCurve(linear.ridge(), x, y, { sizes: v }), "an array"],
  ["a size of learningCurve", (v) => s.learningCurve(linear.ridge(), x, y, { sizes: [v] })],
  ["make of validationCurve", (v) => s.validationCurve(v, [1], x, y)],
  [
    "values of validationCurve",
    (v) => s.validationCurve((alpha: number) => linear.ridge({ alpha }), v, x, y),
    "an array",
  ],
  ["first of compareModels", (v) => s.compareModels(v, linear.ridge(), x, y)],
  ["level of compareModels", (v) => s.compareModels(linear.ridge(), linear.ridge(), x, y, { level: v })],
  ["rows of bootstrapInterval", (v) => s.bootstrapInterval(v, () => 1)],
  ["statistic of bootstrapInterval", (v) => s.bootstrapInterval(10, v), "a function"],
  ["scores of pairedTTest", (v) => s.pairedTTest(v, y)],
  ["scores of wilcoxonSignedRank", (v) => s.wilcoxonSignedRank(y, v)],
  ["x of isotonicRegression", (v) => s.isotonicRegression(v, y)],
  ["labels of plattScaling", (v) => s.plattScaling(v, y)],
  ["logits of temperatureScaling", (v) => s.temperatureScaling(classes, v)],
  ["members of votingClassifier", (v) => s.votingClassifier(v)],
  ["weights of averagingRegressor", (v) => s.averagingRegressor([linear.ridge()], { weights: v }), "an array"],
  ["last of stackingRegressor", (v) => s.stackingRegressor([linear.ridge()], v)],
  ["estimator of calibrated", (v) => s.calibrated(v)],
  ["a step of pipeline", (v) => preprocessing.pipeline(v)],
  ["parts of columnTransformer", (v) => preprocessing.columnTransformer(v)],
  ["a part of columnTransformer", (v) => preprocessing.columnTransformer([v])],
  ["neighbors of kNeighborsRegressor", (v) => neighbors.kNeighborsRegressor({ neighbors: v })],
  ["k of a query", (v) => neighbors.nearestNeighbors(x).query(x, v)],
  ["clusters of spectralClustering", (v) => cluster.spectralClustering({ clusters: v })],
  ["gamma of spectralClustering", (v) => cluster.spectralClustering({ gamma: v }), "1.5"],
  ["smoothing of gaussianBayes", (v) => bayes.gaussianBayes({ smoothing: v }), "1.5"],
  ["components of pca", (v) => decomposition.pca({ components: v }).fit(x)],
  ["scores of rocAuc", (v) => metrics.rocAuc(classes, v)],
  ["predictions of accuracy", (v) => metrics.accuracy(classes, v)],
  ["predictions of meanSquaredError", (v) => metrics.meanSquaredError(y, v)],
  ["predictions of fBeta", (v) => metrics.fBeta(classes, v)],
];

describe("settings and arguments refuse", () => {
  for (const [name, call, ...allowed] of settings)
    test(name, async () => {
      for (const [value, bad] of Object.entries(values)) {
        if (allowed.includes(value)) continue;
        let result: unknown;
        try {
          result = await call(bad as never);
        } catch (error) {
          if (!(error instanceof UserError || error instanceof NumericalError)) throw error;
          continue;
        }
        assert.fail(`${value} was accepted: ${String(result)}`);
      }
    });
});

test("misspelt options, folds without end, one class, all of it in words", async () => {
  const cases: readonly [() => unknown, RegExp][] = [
    [
      () => s.crossValidate(linear.ridge(), x, y, { fold: 3 } as object),
      /there is no setting fold; the settings are folds,/,
    ],
    [() => s.gridSearch(make, grid, x, y, { score: "r2" } as object), /there is no setting score/],
    [
      () => s.crossValidate(linear.ridge(), x, y, { folds: 13 }),
      /folds must be at most the number of rows, 12, got 13/,
    ],
    [
      () =>
        s.crossValidate(
          bayes.gaussianBayes(),
          x,
          x.map((_, i) => (i === 0 ? 0 : 1)),
          { folds: 5 },
        ),
      /fold 0 .*one class only/,
    ],
    [
      () =>
        s.crossValidate(
          bayes.gaussianBayes(),
          x,
          x.map(() => 1),
        ),
      /one class only/,
    ],
    [() => s.crossValidate(linear.ridge(), x, y, { sampleWeight: [1, 2] }), /sampleWeight has 2 rows/],
    [() => s.crossValidate(linear.ridge(), x, y, { groups: ["a"] }), /groups has 1 labels, x has 12 rows/],
    [() => neighbors.kNeighborsClassifier({ neighbors: 13 }).fit(x, classes), /neighbors is 13, and there are 12 rows/],
    [() => cluster.kMeans({ clusters: 13 }).fit(x), /clusters is 13, and there are 12 rows/],
    [() => linear.ridge({ alpha: -1 }), /alpha must be a number ≥ 0, got -1/],
    [() => preprocessing.standardScaler().fit(x.map((r) => r.map((v) => v * 1e300))), /column 0 of x are too large/],
  ];
  for (const [call, message] of cases) await assert.rejects(async () => call(), message);
});

test("errors of a fold name it, and the row of all rows", async () => {
  const broken = y.map((v, i) => (i === 10 ? Number.NaN : v));
  const shuffled = s.kFold({ folds: 3, shuffle: true, seed: 1 });
  const run = (target: number[], features: number[][] = x) =>
    s.crossValidate(preprocessing.pipeline(preprocessing.standardScaler(), linear.ridge()), features, target, {
      folds: shuffled,
    });
  await assert.rejects(
    run(broken),
    /crossValidate: fold 0 \(counted from 0\): ridge.fit: y has NaN at position (\d+).*\(row \1 there is row 10 of the y given\)/,
  );
  const holed = x.map((row, i) => (i === 11 ? [1, Infinity] : row));
  await assert.rejects(
    run(y, holed),
    /fold \d .*Infinity at row (\d+), column 1.*\(row \1 there is row 11 of the x given\)/,
  );
  // Where the row is met while testing it is that of the rows tested.
  const folds = {
    kind: "own",
    settings: {},
    split: () => [{ train: Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7]), test: Int32Array.from([9, 11]) }],
  };
  await assert.rejects(
    s.crossValidate(linear.ridge(), holed, y, { folds }),
    /fold 0 .*ridge.predict: x has Infinity at row 1, column 1.*\(row 1 there is row 11 of the x given\)/,
  );
  const nested = s.stackingRegressor([linear.ridge()], linear.ridge(), { folds: 2 });
  await assert.rejects(
    s.crossValidate(nested, holed, y, { folds: s.kFold({ folds: 2 }) }),
    /row (\d+) there is row 11 of the x given/,
  );
});
