/** Conjugate gradients and LSQR: agreement with SciPy, each kind of operator, refusals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diag, NumericalError, ShapeError, type Tensor, tensor, UserError } from "../../src/index.js";
import { attempt, conjugateGradient, hilbert, lsqr, sparse } from "../../src/linalg/index.js";
import json from "../references/iterative.json" with { type: "json" };
import { close, laplacian, notConverged } from "./iterative.js";
import { gaussian } from "./matrices.js";

const { leastSquares, poisson } = json;
const f64 = (x: number[] | number[][]): Tensor => tensor(x, { dtype: "float64" });
const grid = laplacian(poisson.grid);
const load = Float64Array.from({ length: grid.shape[0] }, (_, i) => Math.sin(i + 1));

test("conjugate gradients solve Poisson's equation, given in any way, plain and preconditioned", () => {
  const full = grid.toDense();
  const operator = { shape: grid.shape, multiply: (x: Tensor) => full.matmul(x) };
  for (const a of [grid, full, operator, (x: Tensor) => grid.multiply(x)]) {
    const { x, relativeResidual, iterations, history } = conjugateGradient(a, load);
    close(x.data(), poisson.x, 1e-8);
    assert.ok(relativeResidual <= 1e-10 && history.length === iterations + 1 && iterations < 120);
  }
  const scales = Float64Array.from(load, (_, i) => 10 ** (i % 5));
  const graded = full.mul(tensor(scales)).mul(tensor(scales).expandDims(1));
  const plain = conjugateGradient(graded, load, { tolerance: 1e-8, maxIterations: 100_000 });
  const jacobi = conjugateGradient(graded, load, { tolerance: 1e-8, preconditioner: "jacobi" });
  assert.ok(jacobi.iterations * 3 < plain.iterations, `${jacobi.iterations} of ${plain.iterations}`);
  const diagonal = graded.diagonal();
  const own = conjugateGradient(graded, load, { tolerance: 1e-8, preconditioner: (r) => r.div(diagonal) });
  close(own.x.data(), jacobi.x.data(), 1e-6);
});

test("conjugate gradients end within as many steps as there are eigenvalues, tell each, and begin where asked", () => {
  const a = diag(f64([1, 2, 2, 5, 5, 5]));
  const seen: number[] = [];
  const { iterations, history, x } = conjugateGradient(a, [1, 1, 1, 1, 1, 1], {
    onIteration: (step) => {
      seen.push(step.relativeResidual);
      assert.equal(step.x().shape[0], 6);
    },
  });
  assert.equal(iterations, 3);
  assert.deepEqual(seen, history.slice(1));
  close(x.data(), [1, 0.5, 0.5, 0.2, 0.2, 0.2], 1e-14);
  assert.equal(conjugateGradient(a, [1, 1, 1, 1, 1, 1], { start: x }).iterations, 0);
  assert.deepEqual([...conjugateGradient(a, new Float64Array(6)).x.data()], [0, 0, 0, 0, 0, 0]);
});

test("conjugate gradients refuse what is indefinite, not symmetric, not finite, or will not converge", () => {
  const indefinite = attempt(() => conjugateGradient(diag(f64([1, -1])), [1, 1.1]));
  assert.ok(!indefinite.ok && indefinite.failure.reason === "negative curvature" && indefinite.failure.value <= 0);
  const jacobi = attempt(() => conjugateGradient(diag(f64([1, -1])), [1, 0], { preconditioner: "jacobi" }));
  assert.ok(!jacobi.ok && jacobi.failure.reason === "negative curvature" && jacobi.failure.iteration === 0);
  notConverged(attempt(() => conjugateGradient(grid, load, { maxIterations: 5 })));
  notConverged(attempt(() => conjugateGradient(hilbert(14), gaussian(1, 14).ravel(), { tolerance: 1e-15 })));
  const symmetric = f64([
    [2, 1],
    [0, 2],
  ]);
  assert.throws(() => conjugateGradient(symmetric, [1, 1]), /must be symmetric/);
  assert.throws(() => conjugateGradient(grid, [1, 1]), ShapeError);
  assert.throws(() => conjugateGradient(gaussian(3, 2), [1, 1, 1]), ShapeError);
  assert.throws(() => conjugateGradient((x) => x.mul(Number.NaN), [1, 1]), NumericalError);
  assert.throws(() => conjugateGradient(() => [1], [1, 1]), /must return shape/);
  assert.throws(() => conjugateGradient((x) => x, [1, 1], { preconditioner: "jacobi" }), /needs the elements/);
  assert.throws(() => conjugateGradient(grid, load, { tolerance: 0 }), UserError);
  assert.throws(() => conjugateGradient(grid, load.with(0, Number.NaN)), NumericalError);
});

test("LSQR agrees with SciPy's least squares, damped and not, whichever way the matrix is given", () => {
  const a = f64(leastSquares.a);
  const operator = {
    shape: [30, 12] as const,
    multiply: (x: Tensor) => a.matmul(x),
    multiplyTransposed: (y: Tensor) => a.transpose().matmul(y),
  };
  for (const given of [a, leastSquares.a, sparse.fromDense(a), operator]) {
    const result = lsqr(given, leastSquares.b, { tolerance: 1e-13 });
    close(result.x.data(), leastSquares.x, 1e-9);
    assert.equal(result.solved, "least squares");
    assert.ok(result.normalResidual < 1e-10 && result.history.length === result.iterations);
    assert.ok(Math.abs((result.history.at(-1)?.residual ?? 0) / result.residual - 1) < 1e-9);
  }
  const damped = lsqr(a, leastSquares.b, { damping: leastSquares.damp, tolerance: 1e-13 });
  close(damped.x.data(), leastSquares.damped, 1e-10);
  const wide = a.transpose();
  const least = lsqr(wide, new Float64Array(12).fill(1), { tolerance: 1e-14 });
  assert.equal(least.solved, "system");
  // the solution of least length lies in the range of Aᵀ
  const inRange = lsqr(a, least.x, { tolerance: 1e-14 });
  assert.ok(inRange.residual <= 1e-9 * Number(least.x.norm().item()));
  assert.equal(lsqr(a, new Float64Array(30)).iterations, 0);
});

test("LSQR refuses in words", () => {
  const a = f64(leastSquares.a);
  notConverged(attempt(() => lsqr(a, leastSquares.b, { maxIterations: 3 })));
  assert.throws(() => lsqr({ shape: [2, 2], multiply: (x: Tensor) => x }, [1, 1]), /multiplyTransposed/);
  assert.throws(() => lsqr(a, [1]), ShapeError);
  assert.throws(() => lsqr(a, leastSquares.b, { damping: -1 }), /damping/);
  assert.throws(() => lsqr(((x: Tensor) => x) as never, [1]), /does not tell the shape/);
  assert.throws(() => lsqr([[1, Number.NaN]], [1]), NumericalError);
});

test("LSQR at the ends of the range of numbers, and its estimate of the condition", () => {
  const a = f64([
    [2, 1],
    [1, 3],
  ]);
  for (const scale of [1e-300, 1e-160, 1, 1e160, 1e300]) {
    const { x, condition } = lsqr(a.mul(scale), [1, 2]);
    close(x.data(), [0.2 / scale, 0.6 / scale], 1e-13, `${scale}`);
    // Frobenius norms of A and its inverse: √15·√0.6 = 3, of which the estimate sees a little more
    assert.ok(condition >= 2.6 && condition < 6, `${scale}: ${condition}`);
  }
});
