/** Searches in workers end as they should: with the error that they meet in turn, at a signal, and with no worker left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NumericalError, ShapeError, UserError } from "../../src/base/errors.js";
import { random } from "../../src/index.js";
import { gradientDescentRegression, lasso, logisticRegression, ridge } from "../../src/linear/index.js";
import { kNeighborsRegressor } from "../../src/neighbors/index.js";
import { pipeline, polynomialFeatures } from "../../src/preprocessing/index.js";
import * as s from "../../src/selection/index.js";

const rows = 60;
const x = random.normal([rows, 4], { key: random.key(5), dtype: "float64" }).array() as number[][];
const y = x.map(([a = 0, b = 0, c = 0], i) => 2 * a - b + 0.3 * c * c + 0.1 * Math.sin(i));
const alphas = { alpha: [0, 0.1, 1, 10] };

test("errors are those of doing it in turn, with the settings, the fold and the row of all rows", async () => {
  const neighbors = { neighbors: [1, 2, 47, 500, 49] };
  const holed = x.map((row, i) => (i === 37 ? [...row.slice(1), Number.NaN] : row));
  const single = y.map((_, i) => (i < 59 ? "a" : "b"));
  const cases: readonly [(workers: number) => Promise<unknown>, new (...a: never[]) => Error, RegExp][] = [
    [
      (workers) => s.gridSearch((p) => kNeighborsRegressor(p), neighbors, x, y, { workers }),
      UserError,
      /^gridSearch: settings {"neighbors":500}, fold 0 \(counted from 0\): kNeighborsRegressor.fit: neighbors is 500/,
    ],
    [
      (workers) => s.gridSearch((p) => ridge(p), alphas, holed, y, { workers }),
      UserError,
      /settings {"alpha":0}, fold 0 .*x has NaN at row 25, column 3.*\(row 25 there is row 37 of the x given\)/,
    ],
    [
      (workers) =>
        s.gridSearch((p) => logisticRegression(p), { alpha: [1, 2] }, x, single, { workers, folds: s.kFold() }),
      UserError,
      /settings {"alpha":1}, fold 4 .*one class only/,
    ],
    [
      (workers) => s.gridSearch((p) => gradientDescentRegression(p), { learningRate: [0.01, 1e9] }, x, y, { workers }),
      NumericalError,
      /settings {"learningRate":1000000000}, fold 0/,
    ],
    [
      (workers) =>
        s.gridSearch(
          (p) => ridge(p),
          alphas,
          x.map((r, i) => (i === 50 ? [1] : r)),
          y,
          { workers },
        ),
      ShapeError,
      /settings {"alpha":0}, fold 0/,
    ],
  ];
  for (const [search, kind, message] of cases) {
    const caught: unknown[] = [];
    for (const workers of [0, 2]) await search(workers).catch((error: unknown) => caught.push(error));
    const [here, there] = caught as [Error, Error];
    assert.equal(caught.length, 2, String(message));
    assert.match(here.message, message);
    assert.equal(there.message, here.message);
    assert.ok(here instanceof kind && there instanceof kind, there.name);
    assert.equal(there instanceof NumericalError, here instanceof NumericalError);
  }
});

test("an abort, an error of the progress callback, and wrong settings end the work", async () => {
  const grid = { alpha: Array.from({ length: 50 }, (_, i) => i + 1) };
  const make = (p: { alpha: number }) => pipeline(polynomialFeatures({ degree: 3 }), lasso(p));
  const controller = new AbortController();
  const run = s.gridSearch(make, grid, x, y, {
    workers: 2,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 3) controller.abort(new Error("enough"));
    },
  });
  await assert.rejects(run, /enough/);
  // A signal that does not call is looked at.
  const silent = { aborted: false, reason: new Error("seen") };
  const watched = s.gridSearch(make, grid, x, y, {
    workers: 1,
    signal: silent,
    onProgress: () => (silent.aborted = true),
  });
  await assert.rejects(watched, /seen/);
  const broken = s.gridSearch(make, grid, x, y, {
    workers: 1,
    onProgress: () => {
      throw new Error("progress broke");
    },
  });
  await assert.rejects(broken, /progress broke/);
  const aborted = { workers: 1, signal: AbortSignal.abort(new Error("before")) };
  await assert.rejects(s.gridSearch(make, grid, x, y, aborted), /before/);
  for (const workers of [-1, 1.5, 65, "many", { count: -2 }, { url: 3 }])
    await assert.rejects(s.gridSearch(make, grid, x, y, { workers: workers as number }), /workers/);
  await assert.rejects(s.gridSearch(make, grid, x, y, { workers: 1, executor: s.inTurn }), /executor/);
});
