/** Levenberg–Marquardt on problems of NIST's Statistical Reference Datasets (certified values) and on zero-residual classics. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { levenbergMarquardt, type Residuals, tensorResiduals } from "../../src/minimize/index.js";
import { tensor } from "../../src/tensor/creation.js";

const misra = {
  x: [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760],
  y: [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78],
};

test("NIST Misra1a: b₁ (1 − exp(−b₂ x)) from both certified starts, to 1e-8", () => {
  const problem: Residuals = {
    residuals: ([a = 0, b = 0]) => Float64Array.from(misra.x, (x, i) => a * (1 - Math.exp(-b * x)) - (misra.y[i] ?? 0)),
    jacobian: ([a = 0, b = 0]) =>
      Float64Array.from(misra.x.flatMap((x) => [1 - Math.exp(-b * x), a * x * Math.exp(-b * x)])),
  };
  for (const start of [
    [500, 0.0001],
    [250, 0.0005],
  ]) {
    const result = levenbergMarquardt(problem, start);
    assert.ok(result.converged, result.message);
    assert.ok(Math.abs((result.x[0] ?? 0) / 2.3894212918e2 - 1) < 1e-8, `${result.x}`);
    assert.ok(Math.abs((result.x[1] ?? 0) / 5.5015643181e-4 - 1) < 1e-8, `${result.x}`);
    assert.ok(Math.abs((2 * result.value) / 1.2455138894e-1 - 1) < 1e-9, `${2 * result.value}`);
    assert.equal(result.jacobian.length, 28);
  }
});

test("residuals as a function of tensors, and Rosenbrock's as a zero-residual problem", () => {
  const [x, y] = [tensor(Float64Array.from(misra.x)), tensor(Float64Array.from(misra.y))];
  const problem = tensorResiduals((b) =>
    x
      .mul(b.slice(1).neg())
      .exp()
      .neg()
      .add(1)
      .mul(b.slice([0, 1]))
      .sub(y),
  );
  const fit = levenbergMarquardt(problem, [250, 0.0005]);
  assert.ok(Math.abs((fit.x[0] ?? 0) / 2.3894212918e2 - 1) < 1e-8, fit.message);
  const valley = levenbergMarquardt(
    {
      residuals: ([a = 0, b = 0]) => Float64Array.of(10 * (b - a * a), 1 - a),
      jacobian: ([a = 0]) => Float64Array.of(-20 * a, 10, -1, 0),
    },
    [-1.2, 1],
    { gradientTolerance: 1e-12 },
  );
  assert.ok(valley.converged && valley.iterations < 40, valley.message);
  assert.ok(valley.x.every((v) => Math.abs(v - 1) < 1e-10));
});

test("a linear problem is solved as least squares does it, also where JᵀJ would lose all digits", () => {
  // Two columns that differ by 1e-6: cond(J) ≈ 1e6, cond(JᵀJ) ≈ 1e12.
  const n = 12;
  const j = Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 === 0 ? 1 : 1 + 1e-6 * ((k - 1) / 2 - 5)));
  const y = Float64Array.from({ length: n }, (_, i) => (j[2 * i] ?? 0) * 3 - 2 * (j[2 * i + 1] ?? 0));
  const result = levenbergMarquardt(
    {
      residuals: ([a = 0, b = 0]) => y.map((v, i) => a * (j[2 * i] ?? 0) + b * (j[2 * i + 1] ?? 0) - v),
      jacobian: () => j,
    },
    [0, 0],
    { gradientTolerance: 0, stepTolerance: 1e-12, maxIterations: 200 },
  );
  assert.ok(
    Math.abs((result.x[0] ?? 0) - 3) < 1e-5 && Math.abs((result.x[1] ?? 0) + 2) < 1e-5,
    `${result.x} ${result.message}`,
  );
});

test("a Jacobian of the wrong size is refused", () => {
  const wrong = { residuals: () => new Float64Array(3), jacobian: () => new Float64Array(4) };
  assert.throws(() => levenbergMarquardt(wrong, [0, 0]), /need a Jacobian of 6 elements, got 4/);
});
