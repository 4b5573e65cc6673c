/** Some eigenvalues and singular values: agreement with SciPy, identities, each kind of operator, refusals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diag, NumericalError, ShapeError, type Tensor, tensor } from "../../src/index.js";
import {
  attempt,
  eigvalsh,
  inverseIteration,
  lanczosEigen,
  lanczosSvd,
  powerIteration,
  randomizedSvd,
  SparseMatrix,
  singularValues,
  sparse,
  subspaceIteration,
  withSingularValues,
} from "../../src/linalg/index.js";
import json from "../references/iterative.json" with { type: "json" };
import { close, laplacian, notConverged } from "./iterative.js";
import { gaussian } from "./matrices.js";
import { dense, distance, multiply, orthogonality, transpose } from "./measure.js";

const { poisson, singular } = json;
const f64 = (x: number[] | number[][]): Tensor => tensor(x, { dtype: "float64" });
const grid = laplacian(poisson.grid);

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

test("the ends of a spectrum that is dense there are found at the defaults", () => {
  // −u″ between two walls: eigenvalues 4 sin²(jπ/(2(n + 1)))
  for (const n of [300, 1000, 2000]) {
    const indices = Array.from({ length: n }, (_, i) => i);
    const inner = indices.slice(1);
    const laplacian = sparse.fromTriplets([n, n], {
      rows: [...indices, ...inner, ...inner.map((i) => i - 1)],
      columns: [...indices, ...inner.map((i) => i - 1), ...inner],
      values: [...indices.map(() => 2), ...inner.map(() => -1), ...inner.map(() => -1)],
    });
    for (const which of ["largest", "smallest"] as const) {
      const { values, residuals } = lanczosEigen(laplacian, 4, { which });
      const exact = [1, 2, 3, 4].map((j) => {
        const low = 4 * Math.sin((j * Math.PI) / (2 * (n + 1))) ** 2;
        return which === "smallest" ? low : 4 - low;
      });
      values.data().forEach((value, j) => {
        assert.ok(Math.abs(value - (exact[j] ?? 0)) < 1e-11, `${n}, ${which}: ${value}, not ${exact[j]}`);
      });
      assert.ok(Math.max(...residuals.data()) < 1e-9, `${n}, ${which}`);
    }
  }
});
