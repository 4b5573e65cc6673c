/** Nearest rows: both ways against each other, against a plain search, and against scikit-learn. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { random } from "../../src/index.js";
import { kNeighborsClassifier, kNeighborsRegressor, nearestNeighbors } from "../../src/neighbors/index.js";
import { tensor } from "../../src/tensor/creation.js";
import json from "../references/estimators-neighbors.json" with { type: "json" };
import { close, data, every } from "./reference.js";

const algorithms = ["brute force", "k-d tree"] as const;

/** Rows of numbers: normal, or on a coarse grid so that many distances are equal, or far from the origin. */
function rowsOf(kind: string, rows: number, columns: number, seed: number): number[][] {
  const values = random.normal([rows, columns], { key: random.key(seed), dtype: "float64" }).array() as number[][];
  if (kind === "grid") return values.map((row) => row.map((v) => Math.round(v)));
  if (kind === "far") return values.map((row) => row.map((v) => 1e7 + 1e-3 * v));
  // One row far outside, whose squares would overflow in float32.
  if (kind === "outlier") return values.map((row, i) => (i === 0 ? row.map((v) => 1e25 * v) : row));
  if (kind === "tiny") return values.map((row) => row.map((v) => 1e-30 * v));
  return values;
}

describe("both ways find what a plain search finds, equals by position", () => {
  for (const kind of ["normal", "grid", "far", "outlier", "tiny"])
    for (const [rows, columns, k] of [
      [1, 1, 1],
      [50, 1, 7],
      [700, 2, 5],
      [400, 3, 400],
      [333, 9, 12],
    ] as const)
      test(`${kind}, ${rows} × ${columns}, k = ${k}`, () => {
        const x = rowsOf(kind, rows, columns, rows + k);
        const queries = [...rowsOf(kind, 40, columns, 5), ...x.slice(0, 10)];
        const plain = queries.map((q) =>
          x
            .map((row, i) => [Math.sqrt(row.reduce((s, v, j) => s + ((q[j] ?? 0) - v) ** 2, 0)), i] as const)
            .sort((a, b) => a[0] - b[0] || a[1] - b[1])
            .slice(0, k),
        );
        for (const algorithm of algorithms)
          for (const leafSize of [1, 24]) {
            const found = nearestNeighbors(x, { algorithm, leafSize }).query(queries, k);
            assert.deepEqual(
              found.indices.array(),
              plain.map((p) => p.map(([, i]) => i)),
              algorithm,
            );
            close(
              found.distances,
              plain.map((p) => p.map(([d]) => d)),
              1e-15,
              algorithm,
            );
          }
      });
});

describe("against scikit-learn", () => {
  const { x: wine, y: cultivars } = data.wine;
  const { x: patients, y: progress } = data.diabetes;
  test("distances and neighbours", () => {
    for (const algorithm of algorithms) {
      const found = nearestNeighbors(every(wine, 2), { algorithm }).query(every(wine, 2, 1), 6);
      close(found.distances, json.distances, 1e-13);
      assert.deepEqual(found.indices.array(), json.indices);
    }
  });
  for (const weights of ["uniform", "distance"] as const)
    for (const algorithm of algorithms)
      test(`${weights}, ${algorithm}`, () => {
        const classes = kNeighborsClassifier({ neighbors: 7, weights, algorithm }).fit(
          every(wine, 2),
          every(cultivars, 2),
        );
        const due = json.classifier[weights];
        close(classes.predictProbabilities(every(wine, 2, 1)), due.probabilities, 1e-12);
        assert.deepEqual(
          [...tensor(due.predicted, { dtype: "int32" }).data()],
          [...(classes.predict(every(wine, 2, 1)) as { data(): ArrayLike<number> & Iterable<number> }).data()],
        );
        const both = every(progress, 2).map((v) => [v, Math.sqrt(v)]);
        const numbers = kNeighborsRegressor({ neighbors: 9, weights, algorithm }).fit(every(patients, 2), both);
        close(numbers.predict(every(patients, 2, 1)), json.regressor[weights].predicted, 1e-12);
      });
});

test("distance weights: rows at distance 0 decide alone", () => {
  const model = kNeighborsRegressor({ neighbors: 3, weights: "distance" }).fit([[0], [1], [0.5]], [10, 20, 30]);
  assert.deepEqual(model.predict([[0], [1]]).array(), [10, 20]);
  const near = kNeighborsClassifier({ neighbors: 3, weights: "distance" }).fit([[0], [0], [1]], ["b", "a", "b"]);
  assert.deepEqual(near.predictProbabilities([[0]]).array(), [[0.5, 0.5]]);
  assert.deepEqual(near.predict([[0], [0.9]]), ["a", "b"]);
});

test("a vector of targets gives a vector, columns give columns; score is R² and accuracy", () => {
  const x = [[0], [1], [2], [3]];
  const model = kNeighborsRegressor({ neighbors: 1 }).fit(x, [1, 2, 3, 4]);
  assert.deepEqual(model.predict([[2.2]]).shape, [1]);
  assert.equal(model.score(x, [1, 2, 3, 4]), 1);
  assert.deepEqual(
    kNeighborsRegressor({ neighbors: 2 })
      .fit(x, [[1], [2], [3], [4]])
      .predict([[0.4]])
      .array(),
    [[1.5]],
  );
  assert.equal(kNeighborsClassifier({ neighbors: 1 }).fit(x, [5, 5, 7, 7]).score(x, [5, 5, 7, 5]), 0.75);
});

test("wrong input is refused in words", () => {
  const x = [[0], [1], [2]];
  assert.throws(() => kNeighborsClassifier({ neighbors: 4 }).fit(x, [0, 1, 0]), /neighbors is 4, and there are 3 rows/);
  assert.throws(() => kNeighborsClassifier({ neighbors: 0 }), /neighbors must be a whole number ≥ 1/);
  assert.throws(
    () => kNeighborsClassifier({ weights: "equal" as "uniform" }),
    /weights must be "uniform" or "distance"/,
  );
  assert.throws(() => kNeighborsClassifier({ neighbors: 1 }).fit(x, [0, 0, 0]), /one class only/);
  assert.throws(
    () => kNeighborsRegressor({ neighbors: 1 }).fit(x, [0, 1, 0], { sampleWeight: [1, 1, 1] }),
    /sampleWeight/,
  );
  assert.throws(() => nearestNeighbors(x).query([[1]], 4), /from 1 to 3/);
  assert.throws(() => nearestNeighbors(x).query([[1, 2]], 1), /has 2 columns, and the model was fitted on 1/);
});
