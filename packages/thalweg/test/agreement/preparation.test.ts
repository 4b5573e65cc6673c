/** Scalers, imputers, encoders and whole pipelines on real tables against scikit-learn: tools/reference/classic_sets.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ridge } from "../../src/linear/index.js";
import {
  columnTransformer,
  imputer,
  maxAbsScaler,
  minMaxScaler,
  oneHotEncoder,
  ordinalEncoder,
  pipeline,
  polynomialFeatures,
  robustScaler,
  standardScaler,
} from "../../src/preprocessing/index.js";
import { crossValidate } from "../../src/selection/index.js";
import { close } from "../estimators/reference.js";
import json from "../references/classic-preparation.json" with { type: "json" };
import { california, cancer, every, housing, needsData, type Rows, standard, weightsOf, wine } from "./sets.js";

type Cells = readonly (readonly (number | string)[])[];

/** Column by column within 1e-12 of the largest; NaN where it is due. */
function sameColumns(actual: Rows, due: Cells, what: string): void {
  assert.equal(actual.length, due.length, what);
  due[0]?.forEach((_, j) => {
    const column = due.map((row) => Number(row[j]));
    const size = Math.max(1, ...column.filter((v) => !Number.isNaN(v)).map(Math.abs));
    column.forEach((expected, i) => {
      const value = actual[i]?.[j] ?? Number.POSITIVE_INFINITY;
      const same = Number.isNaN(expected) ? Number.isNaN(value) : Math.abs(value - expected) <= 1e-12 * size;
      assert.ok(same, `${what}: ${value} at row ${i}, column ${j}; ${expected} is due`);
    });
  });
}

const tables: Readonly<Record<keyof typeof json.scalers, () => Rows>> = {
  california: () => california().x,
  housing: () => housing().numbers,
  cancer: () => cancer().x,
};

const scalers = {
  standard: standardScaler(),
  minMax: minMaxScaler(),
  minMaxRange: minMaxScaler({ range: [-2, 3] }),
  robust: robustScaler(),
  robustWide: robustScaler({ quantiles: [0.05, 0.95] }),
  maxAbs: maxAbsScaler(),
  standardWeighted: standardScaler(),
};

for (const [name, load] of Object.entries(tables) as [keyof typeof json.scalers, () => Rows][])
  test(`${name}: scalers, missing cells left out`, needsData, () => {
    const x = load();
    const rows = every(x, x.length > 1000 ? 500 : 50);
    for (const [kind, scaler] of Object.entries(scalers) as [keyof typeof scalers, (typeof scalers)["maxAbs"]][]) {
      const options = kind === "standardWeighted" ? { sampleWeight: weightsOf(x) } : {};
      sameColumns(
        scaler.fit(x, undefined, options).transform(rows).array() as Rows,
        json.scalers[name][kind] as Cells,
        kind,
      );
    }
  });

test("housing: 207 missing bedrooms filled, and told", needsData, () => {
  const { numbers } = housing();
  for (const [theirs, strategy] of [
    ["mean", "mean"],
    ["median", "median"],
    ["most_frequent", "mostFrequent"],
  ] as const) {
    const model = imputer({ strategy, indicator: true }).fit(numbers);
    close(model.fills, json.imputers[theirs].fills, 1e-14, strategy);
    sameColumns(model.transform(numbers.slice(280, 300)).array() as Rows, json.imputers[theirs].rows, strategy);
  }
});

function texts(): string[][] {
  const { numbers, proximity } = housing();
  return proximity.map((place, i) => [place, `w${Math.floor((numbers[i]?.[2] ?? 0) / 10)}`]);
}

test("housing: categories as columns of 0 and 1, and as numbers", needsData, () => {
  const [rows, due] = [texts(), json.encoders];
  for (const [drop, key] of [
    ["none", "oneHot None"],
    ["first", "oneHot first"],
    ["binary", "oneHot if_binary"],
  ] as const) {
    const model = oneHotEncoder({ drop }).fit(rows);
    assert.deepEqual(model.categories, due[key].categories, drop);
    assert.deepEqual(model.transform(every(rows, 500)).array(), due[key].rows, drop);
  }
  assert.deepEqual(ordinalEncoder().fit(rows).transform(every(rows, 500)).array(), due.ordinal);
});

test("wine: products of features, in scikit-learn's order", needsData, () => {
  const rows = standard(wine().x)
    .slice(0, 2)
    .map((row) => row.slice(0, 5));
  close(polynomialFeatures({ degree: 3 }).fit(rows).transform(rows), json.encoders.polynomial, 1e-13);
  const products = polynomialFeatures({ degree: 3, interactionOnly: true });
  close(products.fit(rows).transform(rows), json.encoders.interactions, 1e-13);
});

test("housing: filled, scaled, encoded and regressed in one pipeline, cross-validated", needsData, async () => {
  const { numbers, proximity, values } = housing();
  const rows = numbers.map((row, i) => [...row.map((v) => (Number.isNaN(v) ? null : v)), proximity[i] ?? ""]);
  const estimator = pipeline(
    columnTransformer([
      { columns: [0, 1, 2, 3, 4, 5, 6, 7], transformer: pipeline(imputer({ strategy: "median" }), standardScaler()) },
      { columns: [8], transformer: oneHotEncoder({ unknown: "zeros" }) },
    ]),
    ridge({ alpha: 1 }),
  );
  const model = estimator.fit(rows, values);
  const due = json.housing;
  close(model.model.coefficients, due.coefficients, 1e-9, "coefficients");
  close(model.model.intercepts, due.intercept, 1e-9, "intercept");
  close(model.predict(every(rows, 500)), due.predicted, 1e-10, "predicted");
  const scores = ["r2", "negativeRootMeanSquaredError"] as const;
  const result = await crossValidate(estimator, rows, values, { folds: 5, scores });
  close(result.test[scores[0]]?.values, due.crossed.r2, 1e-9, "R²");
  close(result.test[scores[1]]?.values, due.crossed.neg_root_mean_squared_error, 1e-9, "RMSE");
});
