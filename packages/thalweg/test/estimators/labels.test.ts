/** Class labels come back as they were given: beyond int32, negative, zero, texts; and fractions are refused where they are given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gaussianBayes } from "../../src/bayes/index.js";
import { Tensor } from "../../src/index.js";
import { linearSvm, logisticRegression } from "../../src/linear/index.js";
import { kNeighborsClassifier } from "../../src/neighbors/index.js";
import {
  baselineClassifier,
  calibrated,
  crossPredict,
  stackingClassifier,
  votingClassifier,
} from "../../src/selection/index.js";

const x = [[1], [2], [1.5], [2.5], [9], [10], [9.5], [10.5]];
const members = [gaussianBayes(), kNeighborsClassifier({ neighbors: 1 })];
const makers = {
  logisticRegression,
  linearSvm,
  gaussianBayes,
  kNeighborsClassifier: () => kNeighborsClassifier({ neighbors: 1 }),
  votingClassifier: () => votingClassifier(members),
  stackingClassifier: () => stackingClassifier(members, logisticRegression(), { folds: 2 }),
  calibrated: () => calibrated(gaussianBayes(), { folds: 2 }),
  baselineClassifier: () => baselineClassifier({ strategy: "mostFrequent" }),
};

const pairs: readonly (readonly [number, number, "int32" | "float64"])[] = [
  [1, 3e9, "float64"],
  [-(2 ** 31), 2 ** 31, "float64"],
  [-(2 ** 31), 2 ** 31 - 1, "int32"],
  [-(2 ** 53), 2 ** 53, "float64"],
  [-1, 1, "int32"],
];

for (const [name, make] of Object.entries(makers))
  test(`${name} predicts the labels it was given`, () => {
    for (const [low, high, dtype] of pairs) {
      const y = x.map(([v = 0]) => (v < 5 ? low : high));
      const model = make().fit(x, y);
      const found = model.predict(x);
      assert.ok(found instanceof Tensor);
      assert.equal(found.dtype, dtype, `${low} and ${high}`);
      if (name !== "baselineClassifier") assert.deepEqual(found.array(), y);
      else assert.ok((found.array() as number[]).every((label) => label === low || label === high));
      // The kind of the answer does not depend on the rows asked for.
      const one = model.predict([[1]]);
      assert.ok(one instanceof Tensor && one.dtype === dtype);
      assert.deepEqual(one.array(), [low]);
    }
  });

test("predictions of all folds keep their labels where one fold alone has the large class", async () => {
  // The third class, beyond int32, is in the training rows of the second fold only.
  const rows = [[1], [9], [1.1], [9.1], [1.2], [9.2], [100], [101]];
  const y = [0, 1, 0, 1, 0, 1, 3e9, 3e9];
  const folds = {
    kind: "own",
    settings: {},
    split: () => [
      { train: Int32Array.of(0, 1, 2, 3), test: Int32Array.of(4, 5, 6) },
      { train: Int32Array.of(4, 5, 6), test: Int32Array.of(0, 1, 2, 3, 7) },
    ],
  };
  const found = await crossPredict(kNeighborsClassifier({ neighbors: 1 }), rows, y, { folds });
  assert.ok(found instanceof Tensor);
  assert.deepEqual(found.array(), [0, 1, 0, 1, 0, 1, 1, 3e9]);
});

test("fractions are no labels", () => {
  const y = x.map(([v = 0]) => (v < 5 ? 0.5 : 1));
  for (const make of [logisticRegression, gaussianBayes])
    assert.throws(() => make().fit(x, y), /y must hold class labels \(whole numbers or texts\), got 0.5 at position 0/);
});
