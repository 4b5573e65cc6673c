/** Iterative solvers and partial spectra: agreement with SciPy, identities, each kind of operator, refusals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diag, NumericalError, ShapeError, type Tensor, tensor, UserError } from "../../src/index.js";
import {
  attempt,
  conjugateGradient,
  eigvalsh,
  hilbert,
  inverseIteration,
  lanczosEigen,
  lanczosSvd,
  lsqr,
  type Outcome,
  powerIteration,
  randomizedSvd,
  SparseMatrix,
  singularValues,
  sparse,
  subspaceIteration,
  withSingularValues,
} from "../../src/linalg/index.js";
import json from "../references/iterative.json" with { type: "json" };
import { gaussian } from "./matrices.js";
import { dense, distance, multiply, orthogonality, transpose } from "./measure.js";

const { leastSquares, poisson, singular } = json;
const f64 = (x: number[] | number[][]): Tensor => tensor(x, { dtype: "float64" });

/** Differences along both axes of a grid, 1.37 times as stiff along one. */
function laplacian(g: number): SparseMatrix {
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []];
  const put = (i: number, j: number, value: number): void => {
    rows.push(i);
    columns.push(j);
    values.push(value);
  };
  for (let i = 0; i < g; i += 1)
    for (let j = 0; j < g; j += 1) {
      const at = i * g + j;
      put(at, at, 2 * 1.37);
      put(at, at, 2);
      if (i > 0) put(at, at - g, -1);
      if (i + 1 < g) put(at, at + g, -1);
      if (j > 0) put(at, at - 1, -1.37);
      if (j + 1 < g) put(at, at + 1, -1.37);
    }
  return sparse.fromTriplets([g * g, g * g], { rows, columns, values });
}

const grid = laplacian(poisson.grid);
const load = Float64Array.from({ length: grid.shape[0] }, (_, i) => Math.sin(i + 1));

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, name = ""): void {
  assert.equal(actual.length, expected.length);
  const size = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i += 1) {
    const error = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    assert.ok(error <= tolerance * size, `${name} element ${i}: ${actual[i]}, not ${expected[i]}`);
  }
}

function notConverged(outcome: Outcome<unknown>): void {
  assert.ok(!outcome.ok && outcome.failure.reason === "not converged", outcome.ok ? "converged" : outcome.message);
  assert.ok(outcome.failure.iterations > 0 && (outcome.failure.history?.length ?? 0) > 0);
  assert.ok(outcome.failure.best !== undefined);
}

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

test("power and inverse iteration find the largest eigenvalue and the one nearest to a shift", () => {
  const a = f64([
    [4, 1, 0],
    [2, 3, 1],
    [0, 1, 9],
  ]);
  for (const given of [a, sparse.fromDense(a), { shape: [3, 3] as const, multiply: (x: Tensor) => a.matmul(x) }]) {
    const { value, vector, residual, history } = powerIteration(given);
    const image = a.matmul(vector).sub(vector.mul(value));
    assert.ok(Number(image.norm().item()) <= 1e-9 && residual <= 1e-9 && (history.at(-1) ?? 1) <= 1e-10);
    assert.ok(value > 9);
  }
  const smallest = inverseIteration(grid);
  close([smallest.value], [poisson.smallest[0] ?? 0], 1e-10);
  const second = inverseIteration(grid.toDense(), { shift: (poisson.smallest[1] ?? 0) + 1e-4 });
  close([second.value], [poisson.smallest[1] ?? 0], 1e-10);
  // a shift that is the eigenvalue itself, of a singular matrix
  const exact = inverseIteration(diag(f64([0, 1, 5])));
  assert.ok(Math.abs(exact.value) <= 1e-15 && Number(exact.vector.data()[0]) > 0.999);
  const own = inverseIteration((x) => x.mul(f64([2, 3])), { solve: (x) => x.div(f64([2, 3])), size: 2 });
  close([own.value], [2], 1e-12);
  notConverged(
    attempt(() =>
      powerIteration(
        f64([
          [0, 1],
          [-1, 0],
        ]),
        { maxIterations: 50 },
      ),
    ),
  );
  notConverged(attempt(() => powerIteration(diag(f64([1, -1])), { maxIterations: 50 })));
  assert.equal(
    powerIteration(
      f64([
        [0, 0],
        [0, 0],
      ]),
    ).value,
    0,
  );
  assert.throws(() => powerIteration((x) => x), /option size/);
  assert.throws(() => inverseIteration((x) => x, { size: 2 }), /option solve/);
  assert.throws(() => powerIteration(a, { start: [0, 0, 0] }), /all zeros/);
});

test("Lanczos and subspace iteration agree with ARPACK at both ends of the spectrum", () => {
  const largest = lanczosEigen(grid, 5);
  close(largest.values.data(), poisson.largest, 1e-13);
  const smallest = lanczosEigen((x) => grid.multiply(x), 5, { which: "smallest", size: grid.shape[0] });
  close(smallest.values.data(), poisson.smallest, 1e-10);
  const subspace = subspaceIteration(grid, 3, { oversampling: 40 });
  close(subspace.values.data(), poisson.largest.slice(0, 3), 1e-13);
  for (const result of [largest, smallest, subspace]) {
    assert.ok(orthogonality(dense(result.vectors)) <= 50);
    assert.ok(Math.max(...result.residuals.data()) <= 2e-10 * (poisson.largest[0] ?? 0));
    const image = grid.multiply(result.vectors).sub(result.vectors.mul(result.values));
    assert.ok(Number(image.abs().max().item()) <= 2e-9);
    assert.equal(result.history.length, result.iterations);
  }
});

test("whole spectra: invariant subspaces, repeated eigenvalues, sizes down to one", () => {
  const repeated = diag(f64([3, 3, 3, 1, 1, 0, -2, -2]));
  close(lanczosEigen(repeated, 8).values.data(), [3, 3, 3, 1, 1, 0, -2, -2], 1e-14);
  close(subspaceIteration(repeated, 4).values.data(), [3, 3, 3, -2], 1e-14);
  const wide = diag(f64(Array.from({ length: 60 }, (_, i) => (i < 3 ? 5 : 1 / (i + 1)))));
  close(subspaceIteration(wide, 3).values.data(), [5, 5, 5], 1e-13);
  for (const n of [1, 2, 5, 25]) {
    const g = gaussian(n, n, n);
    const a = g.add(g.transpose());
    close(lanczosEigen(a, n).values.data(), [...eigvalsh(a).data()].reverse(), 1e-13, `n = ${n}`);
  }
  assert.deepEqual(
    [
      ...lanczosEigen(
        f64([
          [0, 0],
          [0, 0],
        ]),
        2,
      ).values.data(),
    ],
    [0, 0],
  );
  for (const scale of [1e-200, 1e200])
    close(lanczosEigen(repeated.mul(scale), 1).values.data(), [3 * scale], 1e-13, `${scale}`);
});

test("Lanczos and randomised singular values agree with SciPy, tall, wide, sparse and by functions", () => {
  const a = f64(singular.a);
  const operator = {
    shape: [40, 70] as const,
    multiply: (x: Tensor) => a.transpose().matmul(x),
    multiplyTransposed: (y: Tensor) => a.matmul(y),
  };
  for (const given of [a, a.transpose(), sparse.fromDense(a), operator]) {
    const lanczos = lanczosSvd(given, 6);
    const randomized = randomizedSvd(given, 6, { powerIterations: 12 });
    close(lanczos.s.data(), singular.values, 1e-13);
    close(randomized.s.data(), singular.values, 1e-10);
    const full = given === a || given instanceof SparseMatrix ? a : a.transpose();
    for (const { u, s, vt } of [lanczos, randomized]) {
      assert.ok(orthogonality(dense(u)) <= 50 && orthogonality(transpose(dense(vt))) <= 50);
      close(full.matmul(vt.transpose()).data(), u.mul(s).data(), 1e-4);
    }
    close(full.matmul(lanczos.vt.transpose()).data(), lanczos.u.mul(lanczos.s).data(), 1e-9);
  }
});

test("a randomised SVD is exact at low rank, and its bound holds above it", () => {
  const low = gaussian(90, 5, 1).matmul(gaussian(5, 50, 2));
  const exact = randomizedSvd(low, 5, { powerIterations: 0 });
  assert.ok(distance(multiply(dense(exact.u.mul(exact.s)), dense(exact.vt)), dense(low)) <= 50);
  assert.ok(exact.rangeError < 1e-11);
  const values = Array.from({ length: 40 }, (_, i) => 0.9 ** i);
  const a = withSingularValues(values, 80, 40, 4);
  for (const seed of [0, 1, 2]) {
    const { rangeError, columns, s } = randomizedSvd(a, 8, { oversampling: 4, seed });
    assert.equal(columns, 12);
    assert.ok(rangeError >= (values[12] ?? 0) && rangeError < 60 * (values[12] ?? 0), `seed ${seed}: ${rangeError}`);
    assert.ok([...s.data()].every((value, i) => value <= (values[i] ?? 0) * (1 + 1e-12)));
  }
  const power = [0, 1, 4].map((powerIterations) => Number(randomizedSvd(a, 8, { powerIterations }).s.data()[7]));
  const error = power.map((value) => (values[7] ?? 0) - value);
  assert.ok((error[1] ?? 0) < (error[0] ?? 0) && (error[2] ?? 0) < 0.1 * (error[1] ?? 0), `${error}`);
});

test("partial spectra: rank-deficient matrices, zeros, what is refused", () => {
  const low = gaussian(30, 3, 1).matmul(gaussian(3, 24, 2));
  const { s } = lanczosSvd(low, 6);
  close(s.data(), singularValues(low).data().slice(0, 6), 1e-13);
  assert.deepEqual([...lanczosSvd([[0, 0, 0]], 1).s.data()], [0]);
  assert.deepEqual(
    [
      ...randomizedSvd(
        [
          [0, 0],
          [0, 0],
        ],
        2,
      ).s.data(),
    ],
    [0, 0],
  );
  notConverged(attempt(() => lanczosEigen(grid, 5, { which: "smallest", maxIterations: 1 })));
  notConverged(attempt(() => lanczosSvd(grid, 5, { maxIterations: 1 })));
  notConverged(attempt(() => subspaceIteration(grid, 5, { maxIterations: 2 })));
  assert.throws(() => lanczosEigen(grid, 0), /k must be a whole number from 1/);
  assert.throws(() => randomizedSvd(low, 25), /k must be a whole number from 1 to 24/);
  assert.throws(() => lanczosSvd(low, 2, { basis: 2 }), /basis/);
  assert.throws(() => lanczosEigen(low, 1), ShapeError);
  assert.throws(() => subspaceIteration(gaussian(4, 4), 1), /symmetric/);
  assert.throws(() => lanczosEigen(grid, 1, { which: "both" as "largest" }), /which/);
  assert.throws(() => randomizedSvd([[1, Number.POSITIVE_INFINITY]], 1), NumericalError);
  assert.throws(() => randomizedSvd(low, 2, { powerIterations: -1 }), /powerIterations/);
  assert.throws(() => lanczosSvd(new Float64Array(3), 1), ShapeError);
});
