/** Facts of least squares do not depend on the units of the columns: what is told is of the matrix that was solved. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../src/index.js";
import { linearRegression } from "../../src/linear/index.js";

const seed = 5;
const z = random.normal([20, 2], { key: random.key(seed), dtype: "float64" }).array() as number[][];
const y = z.map(([a = 0, b = 0]) => a + 2 * b + 3);

for (const rows of [20, 4, 3])
  for (const power of [-20, -70, -200, 60])
    test(`${rows} rows with a column in units of 2^${power}`, () => {
      const [unit, plain] = [2 ** power, linearRegression().fit(z.slice(0, rows), y.slice(0, rows))];
      const x = z.slice(0, rows).map(([a = 0, b = 0]) => [a, b * unit]);
      const model = linearRegression().fit(x, y.slice(0, rows));
      const [first = 0, second = 0] = [...model.coefficients.data()].map(Number);
      assert.ok(Math.abs(first - 1) < 1e-13 && Math.abs(second * unit - 2) < 1e-13, `${first}, ${second * unit}`);
      assert.equal(model.facts.rank, 2);
      assert.equal(model.facts.warning, plain.facts.warning);
      // QR keeps small differences of units; what it says is then of that matrix.
      if (model.facts.method === "normal equations")
        assert.ok((model.facts.condition ?? Infinity) < 2 * (plain.facts.condition ?? 0));
    });

test("columns that depend on each other stay so in other units", () => {
  const model = linearRegression().fit(
    z.map(([a = 0]) => [a, a * 2 ** -70]),
    y,
  );
  assert.equal(model.facts.rank, 1);
  assert.match(model.facts.warning ?? "", /rank 1/);
});
