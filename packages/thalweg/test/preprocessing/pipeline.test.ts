/** Pipelines and column transformers on mixed rows and tables; types. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromRows } from "../../src/data/index.js";
import {
  columnTransformer,
  columnTransformerFromJSON,
  imputer,
  oneHotEncoder,
  ordinalEncoder,
  pipeline,
  pipelineFromJSON,
  standardScaler,
} from "../../src/preprocessing/index.js";
import { baselineClassifier, baselineRegressor } from "../../src/selection/index.js";
import { testBayes, testRidge } from "../selection/models.js";

const people = fromRows([
  { age: 20, town: "Ulm", income: 10 },
  { age: 40, town: "Bonn", income: Number.NaN },
  { age: 60, town: "Ulm", income: 30 },
]);

const mixed = columnTransformer([
  { columns: ["age", "income"], transformer: pipeline(imputer(), standardScaler()) },
  { columns: ["town"], transformer: oneHotEncoder({ unknown: "zeros" }) },
]);

test("a table goes column by column, by name", () => {
  const fitted = mixed.fit(people);
  const s = Math.sqrt(1.5);
  const expected = [
    [-s, -s, 0, 1],
    [0, 0, 1, 0],
    [s, s, 0, 1],
  ];
  (fitted.transform(people).array() as number[][]).forEach((row, i) => {
    row.forEach((v, j) => {
      assert.ok(Math.abs(v - (expected[i]?.[j] ?? Number.NaN)) < 1e-15);
    });
  });
  assert.deepEqual(fitted.columnNames(), ["age", "income", "town = Bonn", "town = Ulm"]);
  const back = columnTransformerFromJSON(JSON.parse(JSON.stringify(fitted.toJSON())), [
    { kind: "pipeline", fromJSON: (json) => pipelineFromJSON(json, [imputer, standardScaler]) },
    oneHotEncoder,
  ]);
  assert.deepEqual(back.transform(people).array(), fitted.transform(people).array());
  assert.deepEqual(back.columnNames(), fitted.columnNames());
});

test("in front of a model, and the rest passed or dropped", () => {
  const model = pipeline(mixed, testRidge({ alpha: 1 })).fit(people, [1, 2, 4]);
  assert.equal(model.predict(people).shape[0], 3);
  assert.ok(model.score(people, [1, 2, 4]) > 0.5);
  const rest = columnTransformer([{ columns: [1], transformer: ordinalEncoder() }], { rest: "pass" }).fit(people);
  assert.deepEqual(rest.columnNames(), ["town", "age", "income"]);
  assert.deepEqual(rest.transform(people.take([0])).array(), [[1, 20, 10]]);
});

test("what does not fit is refused in words", () => {
  assert.throws(() => mixed.fit([[1, "a", 2]]), /asked for by name, and only the columns of a table have names/);
  assert.throws(
    () => columnTransformer([{ columns: ["height"], transformer: "pass" }]).fit(people),
    /no column "height"; the columns are age, town, income/,
  );
  assert.throws(
    () => columnTransformer([{ columns: [7], transformer: "pass" }]).fit(people),
    /no column 7; the columns are 0 to 2/,
  );
  assert.throws(
    () =>
      columnTransformer([{ columns: ["town"], transformer: "pass" }])
        .fit(people)
        .transform(people),
    /holds texts such as "Ulm"/,
  );
  assert.throws(() => columnTransformer([]), /parts must be an array of at least one/);
  const fitted = mixed.fit(people);
  assert.throws(() => fitted.transform(people.select(["town", "age"])), /"income" is missing/);
  assert.deepEqual(
    fitted.transform(people.select(["town", "age", "income"])).array(),
    fitted.transform(people).array(),
  );
  assert.throws(() => standardScaler().fit(people), /column "town" of x holds labels; encode it first/);
  const strict = oneHotEncoder().fit([["a"], ["b"]]);
  assert.throws(() => strict.transform([["c"]]), /row 0, column 0 has "c", which was not there.*"a", "b"/);
  assert.throws(() => oneHotEncoder().fit([["a"], [null]]), /row 1, column 0 is missing/);
  assert.throws(() => oneHotEncoder().fit([["a"], [1]]), /mixes numbers and texts/);
  assert.throws(() => imputer().fit([[null], [null]]), /column 0 of x has no number at all/);
  assert.throws(
    () => ordinalEncoder({ unknown: 1 }).fit([["a"], ["b"]]),
    /unknown is 1, which is the position of a category/,
  );
  assert.throws(
    () =>
      pipelineFromJSON(
        pipeline(standardScaler())
          .fit([[1], [2]])
          .toJSON(),
        [],
      ),
    /a step is a standardScaler/,
  );
  // @ts-expect-error a model in the middle
  const wrong = () => pipeline(baselineRegressor(), standardScaler(), standardScaler());
  assert.throws(wrong, /step 0 is a regressor, and only the last step may be one/);
  assert.throws(() => pipeline(), /at least one step/);
});

test("missing cells by policy", () => {
  const zeros = oneHotEncoder({ missing: "zeros" }).fit([["a"], [null], ["b"]]);
  assert.deepEqual(zeros.transform([[null], ["b"]]).array(), [
    [0, 0],
    [0, 1],
  ]);
  const ordinal = ordinalEncoder({ missing: -2, unknown: -1 }).fit([["a"], [null], ["b"]]);
  assert.deepEqual(ordinal.transform([[null], ["c"], ["b"]]).array(), [[-2], [-1], [1]]);
});

test("the types: nothing predicts before it is fitted", () => {
  const regression = pipeline(standardScaler(), testRidge());
  // @ts-expect-error not fitted
  assert.equal(regression.predict, undefined);
  // @ts-expect-error not fitted
  assert.equal(standardScaler().transform, undefined);
  const fitted = regression.fit([[1], [2], [3]], [1, 2, 3]);
  const coefficients: Float64Array = fitted.model.coefficients;
  assert.equal(coefficients.length, 1);
  // @ts-expect-error a regressor has no probabilities
  assert.equal(fitted.predictProbabilities, undefined);
  const classes = pipeline(standardScaler(), testBayes()).fit([[1], [2], [3], [4]], ["a", "a", "b", "b"]);
  assert.deepEqual(classes.classes, ["a", "b"]);
  assert.deepEqual([...classes.predictProbabilities([[1]]).shape], [1, 2]);
  assert.deepEqual(classes.predict([[0], [5]]), ["a", "b"]);
  const transformer = pipeline(standardScaler(), standardScaler());
  // @ts-expect-error a pipeline of transformers predicts nothing
  assert.equal(transformer.fit([[1], [2]]).predict, undefined);
  assert.equal(baselineClassifier().fit([[1]], ["x"]).classes.length, 1);
});
