/** What is read back is checked, and settings belong to the estimator that they were given to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/base/errors.js";
import {
  lasso,
  linearRegression,
  linearSvm,
  logisticRegression,
  polynomialRegression,
  ridge,
  tunedRidge,
} from "../../src/linear/index.js";
import { type ModelJSON, minMaxScaler, oneHotEncoder, standardScaler } from "../../src/preprocessing/index.js";

const x = [
  [1, 2],
  [2, 1],
  [3, 5],
  [4, 4],
  [5, 1],
  [6, 3],
];
const y = [1, 2, 4, 3, 5, 7];

test("coefficients that do not go with the intercepts are refused", () => {
  const json = ridge().fit(x, y).toJSON();
  const spoilt = (state: object): ModelJSON => ({ ...json, state: { ...json.state, ...state } });
  for (const state of [
    { intercepts: [] },
    { intercepts: [1, 2] },
    { intercepts: [1, 2, 3], vector: false },
    { coefficients: [] },
  ])
    assert.throws(() => ridge.fromJSON(spoilt(state)), /ridge\.fromJSON: (coefficients|intercepts) has/);
  assert.equal(ridge.fromJSON(spoilt({ intercepts: [1, 2], vector: false })).columns, 1);
});

test("classes that are fewer than two, or not in order, are refused", () => {
  const labels = [0, 0, 1, 0, 1, 1];
  for (const kind of [logisticRegression, linearSvm]) {
    const json = kind().fit(x, labels).toJSON();
    for (const classes of [[0], [1, 0], [0, 0], [0, 1, 2], ["a", 1]])
      assert.throws(
        () => kind.fromJSON({ ...json, state: { ...json.state, classes } }),
        (e) => e instanceof UserError && /classes|intercepts/.test(e.message),
        JSON.stringify(classes),
      );
    assert.throws(
      () => kind.fromJSON({ ...json, state: { ...json.state, coefficients: [] } }),
      /coefficients has 0 numbers/,
    );
  }
});

test("lists in settings are copies that nobody can write", () => {
  const alphas = [1, 2];
  const estimator = tunedRidge({ alphas });
  alphas[0] = -5;
  assert.deepEqual(estimator.settings.alphas, [1, 2]);
  assert.throws(() => {
    (estimator.settings.alphas as number[])[0] = -5;
  }, TypeError);
  const categories = [["a", "b"]];
  const encoder = oneHotEncoder({ categories });
  categories[0]?.push("c");
  assert.deepEqual(encoder.settings.categories, [["a", "b"]]);
});

test("settings have the types that they were declared with", () => {
  const alpha: number = lasso().settings.alpha;
  const range: readonly [number, number] = minMaxScaler().settings.range;
  assert.deepEqual([alpha, ...range], [1, 0, 1]);
});

test("standardScaler scales numbers whose squares are below the least number", () => {
  for (const size of [1e-150, 1e-200, 1e-300]) {
    const model = standardScaler().fit([
      [size, 1],
      [2 * size, 2],
      [3 * size, 3],
    ]);
    const rows = model
      .transform([
        [size, 1],
        [2 * size, 2],
        [3 * size, 3],
      ])
      .array() as number[][];
    for (const [a = 0, b = 0] of rows) assert.ok(Math.abs(a - b) < 1e-14, `${size}: ${a}, ${b}`);
  }
  const level = standardScaler().fit([[1e-200], [1e-200], [1e-200]]);
  assert.deepEqual([...level.scale], [1]);
});

test("errors of polynomial regression are told as its own", () => {
  const model = polynomialRegression().fit(x, y);
  const wrong: readonly (() => unknown)[] = [
    () => polynomialRegression().fit([[1], [Number.NaN]], [1, 2]),
    () => polynomialRegression().fit(x, [1, 2]),
    () => polynomialRegression().fit(x, y, { sampleWeight: [-1, 1, 1, 1, 1, 1] }),
    () => model.predict([[1]]),
    () => model.score([[1, Number.NaN]], [1]),
    () => model.score(x, y, { weights: [1] } as object),
  ];
  for (const call of wrong) assert.throws(call, /^[A-Za-z]*Error: polynomialRegression\.(fit|predict|score): /);
  assert.deepEqual(model.predict(x).shape, [6]);
  assert.equal(linearRegression().fit(x, y).columns, 2);
});
