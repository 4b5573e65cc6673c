/** Softmax in a narrow valley: "auto" comes as near to the minimum as Newton's method does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../src/index.js";
import { logisticRegression } from "../../src/linear/index.js";

const [seed, alpha] = [21, 0.05];
const [rows, columns, classes] = [500, 50, 8];
const draws = random.normal([rows, columns], { key: random.key(seed), dtype: "float64" }).array() as number[][];
/** Like pixels: from 0 to 16, many of them 0 nearly everywhere. */
const x = draws.map((row, i) =>
  row.map((v, j) =>
    Math.min(16, Math.max(0, Math.round(8 * v + 5 * Math.sin((i % classes) * (j + 1)) - (j % 10) * 2))),
  ),
);
const y = x.map((_, i) => i % classes);

test("intercepts and weights are those of the minimum", () => {
  const due = logisticRegression({ alpha, solver: "newton", tolerance: 1e-12 }).fit(x, y);
  const short = logisticRegression({ alpha, solver: "lbfgs" }).fit(x, y);
  assert.ok(short.facts.iterations > 200, `${short.facts.iterations} steps: no narrow valley`);
  const model = logisticRegression({ alpha }).fit(x, y);
  assert.equal(model.facts.solver, "newton");
  const far = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a, (v, k) => Math.abs(v - (b[k] ?? Number.NaN))).reduce((most, d) => Math.max(most, d), 0);
  assert.ok(far(model.intercepts, due.intercepts) < 1e-7, `intercepts off by ${far(model.intercepts, due.intercepts)}`);
  assert.ok(far(model.coefficients.storage("test"), due.coefficients.storage("test")) < 1e-8);
});
