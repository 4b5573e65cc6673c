/** Symmetric eigenvalues: residual, orthogonality, agreement with SciPy, derivatives, refusals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkGradients,
  compile,
  diag,
  grad,
  NumericalError,
  ShapeError,
  type Tensor,
  tensor,
} from "../../src/index.js";
import { attempt, eigh, eigvalsh, graded, hilbert, wilkinson, withSingularValues } from "../../src/linalg/index.js";
import json from "../references/eigen.json" with { type: "json" };
import { gaussian, sizes } from "./matrices.js";
import { at, build, type Dense, dense, distance, eps, multiply, norm, orthogonality, transpose } from "./measure.js";

const bar = 50;
/** Sums of squares along rows and columns of an orthonormal matrix are constant: no equal weights there. */
const weights = tensor([
  [1, 2, 5],
  [3, 1, 1],
  [0, 2, 1],
]);

function symmetric(n: number, seed: number): Tensor {
  const g = gaussian(n, n, seed);
  return g.add(g.transpose());
}

function scaledBothWays(n: number, from: number, to: number): Tensor {
  const d = tensor(
    Array.from({ length: n }, (_, i) => 10 ** (from + ((to - from) * i) / (n - 1))),
    { dtype: "float64" },
  );
  return symmetric(n, 4).mul(d).mul(d.expandDims(1));
}

function fromSpectrum(values: readonly number[], seed: number): Tensor {
  const n = values.length;
  const { vectors } = eigh(symmetric(n, seed));
  const product = vectors.mul(tensor([...values], { dtype: "float64" })).matmul(vectors.transpose());
  return product.add(product.transpose()).mul(0.5);
}

function cases(): readonly (readonly [string, Tensor])[] {
  const [low, wide] = [gaussian(30, 3, 8), gaussian(80, 3, 9)];
  return [
    ...sizes.map((n) => [`gaussian ${n}`, symmetric(n, n + 1)] as const),
    ["gaussian 130", symmetric(130, 2)],
    ["hilbert 5", hilbert(5)],
    ["hilbert 15", hilbert(15)],
    ["wilkinson 21", wilkinson(21)],
    ["glued wilkinson", wilkinson(101)],
    ["graded up", scaledBothWays(20, -150, 150)],
    ["graded down", scaledBothWays(20, 150, -150)],
    ["graded rows", graded(30, 30)],
    ["tiny", symmetric(12, 5).mul(1e-300)],
    ["denormal", symmetric(12, 5).mul(1e-310)],
    ["huge", symmetric(12, 6).mul(1e300)],
    ["rank 3 of 30", low.matmul(low.transpose())],
    ["repeated", fromSpectrum([...new Array(20).fill(1), ...new Array(10).fill(-2), 0, 0, 0], 3)],
    [
      "clustered",
      fromSpectrum(
        Array.from({ length: 40 }, (_, i) => 1 + i * 1e-14),
        4,
      ),
    ],
    ["one large", fromSpectrum([1e15, ...new Array(20).fill(1)], 5)],
    ["positive definite", withSingularValues([4, 3, 2, 1], 4, 4)],
    ["identity", diag(tensor(new Float64Array(17).fill(1)))],
    ["zeros", tensor(new Float64Array(25)).reshape([5, 5])],
    ["rank 3 of 80", wide.matmul(wide.transpose())],
    ["repeated, 100", fromSpectrum([...new Array(60).fill(1), ...new Array(30).fill(-2), ...new Array(10).fill(0)], 6)],
    ["graded, 90", scaledBothWays(90, 150, -150)],
    ["identity 97", diag(tensor(new Float64Array(97).fill(1)))],
    ["zeros 66", tensor(new Float64Array(66 * 66)).reshape([66, 66])],
    ["diagonal", diag(tensor(Float64Array.from({ length: 40 }, (_, i) => Math.sin(i))))],
    [
      "exchange",
      tensor(
        [
          [0, 1],
          [1, 0],
        ],
        { dtype: "float64" },
      ),
    ],
  ];
}

/** Both triangles from the lower one. */
function lower(a: Dense): Dense {
  return build(a.rows, a.columns, (i, j) => (i >= j ? at(a, i, j) : at(a, j, i)));
}

test("A = V Λ Vᵀ with orthonormal V, ascending values and the signs of the rule", () => {
  for (const [name, a] of cases()) {
    const { values, vectors } = eigh(a);
    const [A, V, lambda] = [lower(dense(a)), dense(vectors), values.data()];
    const n = A.rows;
    assert.deepEqual([values.shape, vectors.shape], [[n], [n, n]], name);
    for (let i = 1; i < n; i += 1)
      assert.ok((lambda[i - 1] ?? 0) <= (lambda[i] ?? 0), `${name}: not ascending at ${i}`);
    const largest = Math.max(norm(A), Number.MIN_VALUE);
    // divided first: products of huge elements would overflow
    const scaled = build(n, n, (i, j) => at(V, i, j) * ((lambda[j] ?? 0) / largest));
    const relative = build(n, n, (i, j) => at(A, i, j) / largest);
    const residual = distance(multiply(scaled, transpose(V)), relative, 1);
    assert.ok(residual <= (name === "denormal" ? 1e4 : bar), `${name}: ‖A − VΛVᵀ‖ is ${residual} n·eps`);
    assert.ok(orthogonality(V) <= bar, `${name}: ‖VᵀV − I‖ is ${orthogonality(V)} n·eps`);
    for (let j = 0; j < n; j += 1) {
      let most = 0;
      for (let i = 0; i < n; i += 1) if (Math.abs(at(V, i, j)) > Math.abs(most)) most = at(V, i, j);
      assert.ok(most > 0, `${name}: the sign of vector ${j}`);
    }
    const alone = eigvalsh(a).data();
    for (let i = 0; i < n; i += 1)
      assert.ok(Math.abs((alone[i] ?? 0) - (lambda[i] ?? 0)) <= 20 * n * eps * largest, `${name}: eigvalsh ${i}`);
  }
});

test("eigenvalues are those of SciPy to 20·n·eps·‖A‖", () => {
  for (const { name, n, a, values } of json.symmetric) {
    const matrix = tensor(Float64Array.from(a)).reshape([n, n]);
    const limit = 20 * n * eps * Math.max(...values.map(Math.abs));
    for (const mine of [eigh(matrix).values, eigvalsh(matrix)])
      values.forEach((expected, i) => {
        const error = Math.abs((mine.data()[i] ?? Number.NaN) - expected);
        assert.ok(error <= limit, `${name}: eigenvalue ${i} is off by ${error}, allowed ${limit}`);
      });
  }
});

test("only the lower triangle is read; float32 stays float32", () => {
  const a = symmetric(9, 3);
  const spoiled = a.add(diag(tensor(new Float64Array(8).fill(Number.NaN)), { offset: 1 }));
  assert.deepEqual(eigh(spoiled).values.data(), eigh(a).values.data());
  const { values, vectors } = eigh(a.cast("float32"));
  assert.deepEqual([values.dtype, vectors.dtype], ["float32", "float32"]);
  assert.ok(orthogonality(dense(vectors), 2 ** -23) <= bar);
  assert.equal(
    eigh([
      [2, 1],
      [1, 2],
    ]).values.dtype,
    "float64",
  );
});

test("NaN, infinities and wrong shapes are refused", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const a = tensor(
      [
        [1, 0, 0],
        [bad, 1, 0],
        [0, 0, 1],
      ],
      { dtype: "float64" },
    );
    assert.throws(
      () => eigh(a),
      (e) => e instanceof NumericalError && /\[1, 0\]/.test(e.message),
    );
    assert.throws(() => eigvalsh(a), NumericalError);
    const outcome = attempt(() => eigh(a));
    assert.ok(!outcome.ok && outcome.failure.reason === "not finite");
  }
  assert.throws(() => eigh(gaussian(3, 2)), ShapeError);
});

test("derivatives of values and vectors", () => {
  const a = symmetric(5, 11);
  checkGradients((x: Tensor) => eigh(x).values, [a]);
  checkGradients((x: Tensor) => eigvalsh(x), [a]);
  checkGradients((x: Tensor) => eigh(x).vectors, [a]);
  checkGradients((x: Tensor) => grad((y: Tensor) => eigh(y).values.exp().sum())(x), [symmetric(4, 2)]);
  checkGradients((x: Tensor) => grad((y: Tensor) => eigh(y).vectors.square().mul(weights).sum())(x), [symmetric(3, 2)]);
});

test("inside a compiled function", () => {
  const a = symmetric(6, 4);
  const f = compile((x: Tensor) => eigh(x).vectors.matmul(x));
  const [got, expected] = [dense(f(a)), dense(eigh(a).vectors.matmul(a))];
  assert.ok(distance(got, expected) <= 1);
});

test("vectors of equal eigenvalues have no derivative, their values' sum has", () => {
  const a = diag(tensor([1, 2, 2], { dtype: "float64" }));
  const error = (e: unknown): boolean => e instanceof NumericalError && e.facts.reason === "degenerate spectrum";
  assert.throws(() => grad((x: Tensor) => eigh(x).vectors.square().mul(weights).sum())(a).data(), error);
  assert.deepEqual([...grad((x: Tensor) => eigh(x).values.sum())(a).data()], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
});
