/** The comparison of algorithms, and the angles it measures by. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { principalAngles } from "../../src/decomposition/compare.js";
import { comparePca, pca } from "../../src/decomposition/index.js";
import { random } from "../../src/index.js";
import { close } from "../estimators/reference.js";
import reference from "../references/pca.json" with { type: "json" };

test("principal angles of planes turned by known angles, tiny ones too", () => {
  for (const angles of [
    [1e-12, 0.3],
    [1e-9, 1.4],
    [0.7, Math.PI / 2],
    [0, 0],
  ]) {
    const [s = 0, t = 0] = angles;
    const a = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0);
    const b = Float64Array.of(Math.cos(s), 0, Math.sin(s), 0, 0, Math.cos(t), 0, Math.sin(t));
    const found = principalAngles(a, b, 2, 4);
    angles.forEach((due, i) => {
      assert.ok(Math.abs((found[i] ?? 1) - due) <= 1e-15 + 1e-9 * due, `${found} for ${angles}`);
    });
  }
});

test("rank 10 and noise, 5000 × 100: all algorithms keep the same variance in the same subspace", () => {
  const draw = (shape: number[], salt: number) =>
    random.normal(shape, { key: random.fold(random.key(9), salt), dtype: "float64" });
  const x = draw([5000, 10], 1)
    .matmul(draw([10, 100], 2))
    .add(draw([5000, 100], 3).mul(0.1));
  const comparison = comparePca(x);
  const [full] = comparison.entries;
  assert.deepEqual([comparison.components, comparison.entries.length], [10, 6]);
  const exact = pca({ components: 10, algorithm: "full" }).fit(x);
  close(full?.explainedVariance, exact.explainedVariance, 1e-13);
  for (const { algorithm, angles, varianceKept, milliseconds, bytes, converged } of comparison.entries) {
    const due = exact.explainedVarianceRatio.reduce((a, b) => a + b, 0);
    const incremental = algorithm === "incremental";
    assert.ok(
      Math.abs(varianceKept - due) <= (incremental ? 1e-6 : 1e-12),
      `${algorithm} keeps ${varianceKept} of ${due}`,
    );
    assert.ok((angles.at(-1) ?? 1) <= (incremental ? 1e-2 : 1e-9), `${algorithm} is ${angles.at(-1)} off`);
    assert.ok(converged && milliseconds > 0 && bytes >= 8 * 5000 * 100, algorithm);
  }
  const text = `${comparison}`;
  for (const due of ["10 components of 5000 rows of 100 columns", "lanczos", "variance kept"])
    assert.ok(text.includes(due), text);
  assert.equal(text.split("\n").length, 8);
});

test("what cannot be compared is refused in words", () => {
  const { x } = reference.iris;
  assert.throws(() => comparePca(x, { components: 5 }), /comparePca: components is 5, .* at most 4/);
  assert.throws(() => comparePca(x, { algorithms: ["full", "full"] }), /"full" stands twice/);
  assert.throws(() => comparePca(x, { algorithms: [] }), /algorithms must be an array of at least 1/);
  assert.throws(() => comparePca([[1, 2]]), /comparePca: x has 1 row/);
});
