/** Estimators at the ends of the range of numbers: a finite answer that is right, or an error in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { bernoulliBayes, gaussianBayes, multinomialBayes } from "../../src/bayes/index.js";
import { kMeans, miniBatchKMeans } from "../../src/cluster/index.js";
import { incrementalPca, pca } from "../../src/decomposition/index.js";
import { random } from "../../src/index.js";
import { linearRegression, ridge } from "../../src/linear/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { close, flat } from "./reference.js";

const told = (error: unknown): boolean => error instanceof NumericalError && /range of numbers/.test(error.message);

function rowSums(p: Tensor): number[] {
  return (p.array() as number[][]).map((row) => row.reduce((a, b) => a + b, 0));
}

test("probabilities of naive Bayes add up to 1 however large counts and weights are", () => {
  const y = [0, 1, 0, 1];
  const huge = [
    [1e150, 2e150],
    [3e150, 1e150],
    [1e150, 1e150],
    [2e150, 1e149],
  ];
  for (const sum of rowSums(multinomialBayes().fit(huge, y).predictProbabilities(huge)))
    assert.ok(Math.abs(sum - 1) < 1e-12);
  const dots = [
    [1, 1],
    [1, 0],
    [1, 1],
    [1, 0],
  ];
  const model = bernoulliBayes().fit(dots, y, { sampleWeight: [1e100, 1e100, 1e100, 1e100] });
  // A row against all that was seen: both classes know the first feature alone, and each has the second as it is.
  const p = model.predictProbabilities([
    [0, 1],
    [0, 0],
    [1, 1],
  ]);
  assert.ok(flat(p).every(Number.isFinite));
  const rows = [
    [1, 1],
    [1, 0],
    [0, 1],
  ];
  assert.deepEqual(flat(model.predict(rows)), [0, 1, 0]);
  const logs = flat(model.predictLogProbabilities([[1, 0]]));
  // With 2e100 rows of each class the odds are 1 to 2e100 + 1.
  close(logs[0], Math.log(1 / 2e100), 1e-12);
});

test("what overflows is told, and models never hold what JSON cannot", () => {
  const far = [
    [1e200, 1],
    [-1e200, 2],
    [3e200, 5],
    [1e199, 3],
  ];
  assert.throws(() => kMeans({ clusters: 2 }).fit(far), told);
  assert.throws(() => miniBatchKMeans({ clusters: 2 }).fit(far), told);
  assert.throws(() => pca().fit(far), told);
  assert.throws(() => incrementalPca().fit(far), told);
  assert.throws(() => gaussianBayes().fit(far, [0, 1, 0, 1]), told);
  assert.throws(() => linearRegression().fit([[1e-200], [2e-200], [4e-200]], [1e200, 2e200, 3e200]), told);
});

test("ridge with more columns than rows is what the whole system gives", () => {
  for (const [rows, columns, targets] of [
    [5, 40, 1],
    [30, 31, 2],
    [1, 4, 1],
  ] as const) {
    const x = random.normal([rows, columns], { seed: 5, dtype: "float64" });
    const y = random.normal([rows, targets], { seed: 6, dtype: "float64" });
    const sampleWeight = Array.from({ length: rows }, (_, i) => 0.5 + (i % 3));
    for (const intercept of [true, false]) {
      const alpha = 0.3;
      const model = ridge({ alpha, intercept }).fit(x, y, { sampleWeight });
      const beta = model.coefficients.array() as number[][];
      const rowsOf = x.array() as number[][];
      const left = (y.array() as number[][]).map((row, i) =>
        row.map(
          (v, t) =>
            (v - (rowsOf[i] ?? []).reduce((sum, e, j) => sum + e * (beta[t]?.[j] ?? 0), model.intercepts[t] ?? 0)) *
            (sampleWeight[i] ?? 0),
        ),
      );
      // Xᵀ W (y − Xβ − b) = α β, and the weighted residuals add up to 0 where a constant is fitted.
      beta.forEach((row, t) => {
        row.forEach((b, j) => {
          const gradient = left.reduce((sum, r, i) => sum + (r[t] ?? 0) * (rowsOf[i]?.[j] ?? 0), 0) - alpha * b;
          assert.ok(Math.abs(gradient) <= 1e-12, `${rows} × ${columns}: ${gradient} at ${j}`);
        });
        const sum = left.reduce((total, r) => total + (r[t] ?? 0), 0);
        assert.ok(!intercept || Math.abs(sum) <= 1e-12);
      });
    }
  }
});
