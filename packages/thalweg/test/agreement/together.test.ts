/** Models of models, calibration and searches on the classic sets against scikit-learn: tools/reference/classic_sets.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gaussianBayes } from "../../src/bayes/index.js";
import { logisticRegression, ridge } from "../../src/linear/index.js";
import { kNeighborsClassifier, kNeighborsRegressor } from "../../src/neighbors/index.js";
import {
  averagingRegressor,
  calibrated,
  gridSearch,
  stackingClassifier,
  stackingRegressor,
  validationCurve,
  votingClassifier,
} from "../../src/selection/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { close, flat } from "../estimators/reference.js";
import json from "../references/classic-together.json" with { type: "json" };
import { cancer, diabetes, every, iris, needsData, standard } from "./sets.js";

for (const [name, load] of [
  ["cancer", cancer],
  ["iris", iris],
] as const) {
  const due = json[name];
  const prepared = () => {
    const { x, y } = load();
    return { x: standard(x), y, some: every(standard(x), Math.max(1, Math.floor(y.length / 25))) };
  };

  test(`${name}: votes and stacks`, needsData, () => {
    const { x, y, some } = prepared();
    const members = [logisticRegression(), gaussianBayes()];
    const soft = votingClassifier(members, { voting: "soft", weights: [1, 2] }).fit(x, y);
    close(soft.predictProbabilities(some), due.soft, 1e-6, "soft");
    const hard = votingClassifier([...members, kNeighborsClassifier({ neighbors: 7 })]).fit(x, y);
    assert.deepEqual(flat(hard.predict(x) as Tensor), due.hard);
    for (const [key, passthrough] of [
      ["stacked", false],
      ["passed", true],
    ] as const) {
      const model = stackingClassifier(members, logisticRegression(), { passthrough }).fit(x, y);
      close(model.predictProbabilities(some), due[key], 1e-6, key);
    }
  });

  test(`${name}: a grid of settings`, needsData, async () => {
    const { x, y } = prepared();
    const { candidates } = await gridSearch(
      (settings: { neighbors: number; weights: "uniform" | "distance" }) => kNeighborsClassifier(settings),
      { neighbors: [1, 3, 8], weights: ["uniform", "distance"] },
      x,
      y,
    );
    close(
      candidates.map((c) => c.test.score?.mean),
      due.search.means,
      1e-12,
      "scores",
    );
    // Of means that differ in their last digit alone both may be first.
    assert.ok(candidates.some((c, k) => c.rank === 1 && due.search.ranks[k] === 1));
  });
}

test("cancer: calibrated probabilities", needsData, () => {
  const { x: raw, y } = cancer();
  const x = standard(raw);
  const some = every(x, Math.floor(y.length / 25));
  for (const [method, due] of [
    ["platt", json.cancer.sigmoid],
    ["isotonic", json.cancer.isotonic],
  ] as const) {
    const p = calibrated(gaussianBayes({ smoothing: 1 }), { method })
      .fit(x, y)
      .predictProbabilities(some)
      .array() as number[][];
    close(
      p.map((row) => row[1]),
      due,
      method === "platt" ? 1e-4 : 1e-12,
      method,
    );
  }
});

test("diabetes: averages, stacks and a validation curve", needsData, async () => {
  const { x: raw, y } = diabetes();
  const x = standard(raw);
  const some = every(x, 20);
  const members = [ridge(), kNeighborsRegressor({ neighbors: 9 })];
  const mean = averagingRegressor(members, { weights: [3, 1] }).fit(x, y);
  close(mean.predict(some), json.diabetes.mean, 1e-10, "mean");
  close(stackingRegressor(members, ridge()).fit(x, y).predict(some), json.diabetes.stacked, 1e-9, "stacked");
  const curve = await validationCurve((alpha: number) => ridge({ alpha }), [0.1, 10, 1000], x, y, { folds: 4 });
  for (const part of ["train", "test"] as const)
    close(
      curve.map((point) => point[part].score?.values),
      json.diabetes.curve[part],
      1e-10,
      part,
    );
});
