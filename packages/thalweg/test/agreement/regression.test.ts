/** Regression on diabetes and California Housing against scikit-learn: tools/reference/classic_sets.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  elasticNet,
  gradientDescentRegression,
  lasso,
  lassoPath,
  linearRegression,
  ridge,
} from "../../src/linear/index.js";
import { kNeighborsRegressor } from "../../src/neighbors/index.js";
import type { Regressor } from "../../src/preprocessing/index.js";
import { pipeline, polynomialFeatures, standardScaler } from "../../src/preprocessing/index.js";
import { crossValidate, type ScorerName, type Splitter } from "../../src/selection/index.js";
import { close } from "../estimators/reference.js";
import json from "../references/classic-regression.json" with { type: "json" };
import { california, diabetes, every, type NumberSet, needsData, standard, weightsOf } from "./sets.js";

interface Fit {
  readonly coefficients: readonly number[] | readonly (readonly number[])[];
  readonly intercept: number | readonly number[];
  readonly score: number | null;
}
type Fits = Readonly<Record<string, Fit>>;

interface Due {
  readonly linear: Fits;
  readonly ridge: Fits;
  readonly lasso: Fits;
  readonly elasticNet: Fits;
  readonly path: { readonly alphas: readonly number[]; readonly coefficients: readonly (readonly number[])[] };
  readonly polynomial: { readonly coefficients: readonly number[]; readonly score: number };
  readonly crossed: Readonly<Record<string, readonly number[]>>;
  readonly crossedParity: Readonly<Record<string, readonly number[]>>;
  readonly neighbors: Readonly<Record<string, readonly number[]>>;
}

interface LinearModelLike {
  readonly coefficients: unknown;
  readonly intercepts: unknown;
  score(x: number[][], y: number[], options?: object): number;
}

/** Row i is tested in fold i mod 5. */
const parity: Splitter = {
  kind: "parity",
  settings: {},
  split: (rows) => {
    const all = Int32Array.from({ length: rows }, (_, i) => i);
    return [0, 1, 2, 3, 4].map((k) => ({
      train: all.filter((i) => i % 5 !== k),
      test: all.filter((i) => i % 5 === k),
    }));
  },
};

const scores: Readonly<Record<string, ScorerName>> = {
  r2: "r2",
  neg_mean_squared_error: "negativeMeanSquaredError",
  neg_mean_absolute_error: "negativeMeanAbsoluteError",
  neg_median_absolute_error: "negativeMedianAbsoluteError",
  explained_variance: "explainedVariance",
};

const sets: readonly (readonly [string, () => NumberSet, Due])[] = [
  ["diabetes", diabetes, json.diabetes],
  ["california", california, json.california],
];

for (const [name, load, due] of sets) {
  const prepared = () => {
    const { x: raw, y } = load();
    return { raw, y, x: standard(raw), both: y.map((v) => [v, Math.sqrt(v)]), sampleWeight: weightsOf(y) };
  };
  type Prepared = ReturnType<typeof prepared>;

  /** The words of a key say how it was fitted. */
  const compare = (
    fits: Fits,
    make: (key: string) => Regressor,
    tolerance: number,
    { raw, x, y, both, sampleWeight }: Prepared,
  ): void => {
    for (const [key, fit] of Object.entries(fits)) {
      const features = key === "raw" ? raw : x;
      const targets = key.includes("two targets") ? both : y;
      const options = key.includes("weighted") ? { sampleWeight } : {};
      const model = make(key).fit(features, targets, options) as unknown as LinearModelLike;
      close(model.coefficients, fit.coefficients, tolerance, `${name}, ${key}: coefficients`);
      close(model.intercepts, fit.intercept, tolerance, `${name}, ${key}: intercepts`);
      if (fit.score !== null) {
        const score = model.score(features, y, options);
        assert.ok(Math.abs(score - fit.score) <= 1e-10, `${name}, ${key}: score ${score}, ${fit.score} is due`);
      }
    }
  };

  test(`${name}: least squares and ridge`, needsData, () => {
    const data = prepared();
    compare(due.linear, () => linearRegression(), 1e-9, data);
    compare(due.ridge, (key) => ridge({ alpha: Number.parseFloat(key), intercept: !key.includes("no") }), 1e-10, data);
  });

  test(`${name}: lasso and elastic net, exact and with the default tolerance`, needsData, () => {
    const data = prepared();
    const l1Ratio = (key: string): number => Number(key.split(" ")[1]);
    for (const [tolerance, allowed] of [
      [1e-15, 1e-8],
      [1e-10, 1e-6],
    ] as const) {
      compare(due.lasso, (key) => lasso({ alpha: Number.parseFloat(key), tolerance }), allowed, data);
      compare(
        due.elasticNet,
        (key) => elasticNet({ alpha: Number.parseFloat(key), l1Ratio: l1Ratio(key), tolerance }),
        allowed,
        data,
      );
    }
  });

  test(`${name}: the lasso path, and the order in which features enter and leave`, needsData, () => {
    const { x, y } = prepared();
    const path = lassoPath(x, y, { count: 50, tolerance: 1e-15 });
    const mine = path.map((p) => p.coefficients);
    close(
      path.map((p) => p.alpha),
      due.path.alphas,
      1e-12,
      "penalties",
    );
    close(mine, due.path.coefficients, 1e-7, "coefficients");
    const there = (rows: readonly ArrayLike<number>[]): string[] =>
      rows.map((row) => Array.from(row, (v) => (v === 0 ? "." : v > 0 ? "+" : "-")).join(""));
    assert.deepEqual(there(mine), there(due.path.coefficients));
  });

  test(`${name}: squares and products of features, ridge on all`, needsData, () => {
    const { x, y } = prepared();
    const model = pipeline(polynomialFeatures({ bias: false }), standardScaler(), ridge({ alpha: 1 })).fit(x, y);
    const last = model.model as unknown as LinearModelLike;
    close(last.coefficients, due.polynomial.coefficients, 1e-6, "coefficients");
    assert.ok(Math.abs(model.score(x, y) - due.polynomial.score) <= 1e-8);
  });

  test(`${name}: cross-validated scores of a pipeline on given folds`, needsData, async () => {
    const { raw, y } = prepared();
    for (const [folds, expected] of [
      [5, due.crossed],
      [parity, due.crossedParity],
    ] as const) {
      const result = await crossValidate(pipeline(standardScaler(), ridge({ alpha: 1 })), raw, y, {
        folds,
        scores: Object.values(scores),
      });
      for (const [theirs, ours] of Object.entries(scores)) {
        const values = result.test[ours]?.values ?? [];
        expected[theirs]?.forEach((value, k) => {
          const error = Math.abs((values[k] ?? Number.NaN) - value) / Math.max(1, Math.abs(value));
          assert.ok(error <= 1e-10, `${theirs} of fold ${k}: ${values[k]}, ${value} is due`);
        });
      }
    }
  });

  test(`${name}: means of nearest rows`, needsData, () => {
    const { x, y } = prepared();
    const queries = every(every(x, 2, 1), y.length < 1000 ? 1 : 97);
    for (const [key, values] of Object.entries(due.neighbors)) {
      const [k, weights] = [Number.parseInt(key, 10), key.endsWith("uniform") ? "uniform" : "distance"] as const;
      const model = kNeighborsRegressor({ neighbors: k, weights }).fit(every(x, 2), every(y, 2));
      close(model.predict(queries), values, 1e-11, key);
    }
  });
}

test("diabetes: gradient descent goes to the same minimum", needsData, () => {
  const { x, y } = diabetes();
  const model = gradientDescentRegression({ learningRate: 0.45, epochs: 5000 }).fit(standard(x), y);
  const due = json.diabetes.linear.standardised;
  close(model.coefficients, due.coefficients, 1e-6);
  close(model.intercepts, due.intercept, 1e-9);
});
