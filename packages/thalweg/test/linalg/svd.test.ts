/** Singular values and vectors: reconstruction, orthogonality, agreement with SciPy, what is built on them, derivatives, refusals. */
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
  UserError,
} from "../../src/index.js";
import {
  attempt,
  cond,
  graded,
  hilbert,
  kahan,
  nuclearNorm,
  nullSpaceBySvd,
  pseudoInverse,
  rankBySvd,
  singularValues,
  spectralNorm,
  svd,
  withSingularValues,
} from "../../src/linalg/index.js";
import json from "../references/eigen.json" with { type: "json" };
import { gaussian, hostile, sizes } from "./matrices.js";
import { at, build, dense, distance, eps, multiply, norm, orthogonality, transpose } from "./measure.js";

const bar = 50;

function cases(): readonly (readonly [string, Tensor])[] {
  const pairs = sizes.flatMap((n, i) => [
    [n, n] as const,
    [n, sizes[(i * 7 + 3) % sizes.length] ?? 1] as const,
    [n, Math.ceil(n * 0.8)] as const,
  ]);
  return [
    ...[...pairs, [0, 4] as const, [4, 0] as const, [130, 60] as const, [60, 130] as const].map(
      ([m, n]) => [`gaussian ${m}×${n}`, gaussian(m, n, m + 100 * n)] as const,
    ),
    ...hostile(),
    ["graded both ways", graded(20, 20).mul(tensor(Float64Array.from({ length: 20 }, (_, i) => 10 ** (7 * i - 70))))],
    ["equal", withSingularValues([3, 3, 3, 2, 2, 2, 2, 1, 1, 0], 14, 10)],
    ["identity", diag(tensor(new Float64Array(20).fill(1)))],
    ["jordan", diag(tensor(new Float64Array(19).fill(1)), { offset: 1 })],
    ["kahan 100", kahan(100, 1.1)],
    [
      "one zero in the middle",
      diag(tensor([1, 2, 0, 3, 4], { dtype: "float64" })).add(diag(tensor([1, 1, 1, 1]), { offset: 1 })),
    ],
  ];
}

test("A = U S Vᵀ with orthonormal factors and descending values ≥ 0, thin and full", () => {
  for (const [name, a] of cases()) {
    const A = dense(a);
    const [m, n] = [A.rows, A.columns];
    const k = Math.min(m, n);
    for (const mode of ["thin", "full"] as const) {
      const { u, s, vt } = svd(a, { mode });
      const [U, S, Vt] = [dense(u), s.data(), dense(vt)];
      const full = mode === "full";
      assert.deepEqual([u.shape, s.shape, vt.shape], [[m, full ? m : k], [k], [full ? n : k, n]], name);
      for (let i = 0; i < k; i += 1) {
        assert.ok((S[i] ?? -1) >= 0, `${name}: value ${i} is negative`);
        if (i > 0) assert.ok((S[i - 1] ?? 0) >= (S[i] ?? 0), `${name}: not descending at ${i}`);
      }
      const largest = Math.max(norm(A), Number.MIN_VALUE);
      const scaled = build(m, k, (i, j) => at(U, i, j) * ((S[j] ?? 0) / largest));
      const relative = build(m, n, (i, j) => at(A, i, j) / largest);
      const product = multiply(
        scaled,
        build(k, n, (i, j) => at(Vt, i, j)),
      );
      const residual = distance(product, relative, 1);
      assert.ok(residual <= bar, `${name}, ${mode}: ‖A − USVᵀ‖ is ${residual} n·eps`);
      assert.ok(orthogonality(U) <= bar, `${name}, ${mode}: ‖UᵀU − I‖ is ${orthogonality(U)} n·eps`);
      assert.ok(
        orthogonality(transpose(Vt)) <= bar,
        `${name}, ${mode}: ‖VᵀV − I‖ is ${orthogonality(transpose(Vt))} n·eps`,
      );
      if (full) continue;
      const alone = singularValues(a).data();
      for (let i = 0; i < k; i += 1)
        assert.ok(Math.abs((alone[i] ?? 0) - (S[i] ?? 0)) <= 20 * Math.max(m, n) * eps * (S[0] ?? 0), `${name}: ${i}`);
      for (let j = 0; j < k; j += 1) {
        let most = 0;
        for (let i = 0; i < m; i += 1) if (Math.abs(at(U, i, j)) > Math.abs(most)) most = at(U, i, j);
        assert.ok(most > 0, `${name}: the sign of vector ${j}`);
      }
    }
  }
});

test("singular values are those of SciPy to 20·n·eps·‖A‖", () => {
  for (const { name, rows, columns, a, values } of json.singular) {
    const matrix = tensor(Float64Array.from(a)).reshape([rows, columns]);
    const limit = 20 * Math.max(rows, columns) * eps * (values[0] ?? 0);
    for (const mine of [svd(matrix).s, svd(matrix, { mode: "full" }).s, singularValues(matrix)])
      values.forEach((expected, i) => {
        const error = Math.abs((mine.data()[i] ?? Number.NaN) - expected);
        assert.ok(error <= limit, `${name}: singular value ${i} is off by ${error}, allowed ${limit}`);
      });
  }
});

test("tiny singular values of a bidiagonal matrix keep their digits", () => {
  // the product of the values is the determinant, 1 · 1e-8 · … exactly a power of ten
  const n = 12;
  const d = Array.from({ length: n }, (_, i) => 10 ** -i);
  const b = diag(tensor(d, { dtype: "float64" })).add(diag(tensor(d.slice(1), { dtype: "float64" }), { offset: 1 }));
  const logs = [...singularValues(b).data()].reduce((sum, x) => sum + Math.log10(x), 0);
  assert.ok(Math.abs(logs + (n * (n - 1)) / 2) <= 1e-9, `log of the determinant is ${logs}`);
});

test("the pseudo-inverse meets Penrose's four conditions", () => {
  const limit = 1e-12;
  for (const a of [
    gaussian(7, 4),
    gaussian(4, 7),
    gaussian(20, 3).matmul(gaussian(3, 9)),
    tensor(new Float64Array(12)).reshape([3, 4]),
  ]) {
    const [A, P] = [dense(a), dense(pseudoInverse(a))];
    const [AP, PA] = [multiply(A, P), multiply(P, A)];
    const scale = norm(A) * norm(P);
    assert.ok(norm(A) === 0 || distance(multiply(AP, A), A) * eps < limit * scale);
    assert.ok(norm(P) === 0 || distance(multiply(PA, P), P) * eps < limit * scale);
    for (const m of [AP, PA])
      assert.ok(norm(build(m.rows, m.columns, (i, j) => at(m, i, j) - at(m, j, i))) <= limit * Math.max(1, scale));
  }
  assert.equal(
    pseudoInverse(
      [
        [2, 0],
        [0, 1e-9],
      ],
      { tolerance: 1e-6 },
    ).data()[3],
    0,
  );
  assert.throws(() => pseudoInverse(gaussian(2, 2), { tolerance: -1 }), UserError);
  assert.deepEqual(pseudoInverse(gaussian(0, 3)).shape, [3, 0]);
});

test("rank, null space, condition and norms", () => {
  const low = gaussian(15, 4, 2).matmul(gaussian(4, 11, 3));
  assert.equal(rankBySvd(low), 4);
  assert.equal(rankBySvd(hilbert(6)), 6);
  assert.equal(rankBySvd(gaussian(0, 3)), 0);
  assert.equal(rankBySvd(tensor(new Float64Array(4)).reshape([2, 2])), 0);
  for (const a of [low, low.transpose(), gaussian(3, 8, 4)]) {
    const basis = dense(nullSpaceBySvd(a));
    assert.equal(basis.columns, (a.shape[1] ?? 0) - rankBySvd(a));
    assert.ok(norm(multiply(dense(a), basis)) <= 1e-12 && orthogonality(basis) <= bar);
  }
  assert.ok(Math.abs(cond(withSingularValues([8, 4, 2], 5, 3)) - 4) <= 1e-13);
  assert.equal(
    cond([
      [1, 0],
      [0, 0],
    ]),
    Number.POSITIVE_INFINITY,
  );
  assert.equal(cond(gaussian(0, 3)), 0);
  // by SciPy
  assert.ok(Math.abs(cond(hilbert(8)) / 15257575538.06 - 1) <= 1e-6);
  const known = withSingularValues([8, 4, 2], 5, 3);
  assert.ok(Math.abs(spectralNorm(known).item() - 8) <= 1e-13);
  assert.ok(Math.abs(nuclearNorm(known).item() - 14) <= 1e-13);
});

test("float32 stays float32; NaN, infinities and wrong calls are refused", () => {
  const { u, s, vt } = svd(gaussian(9, 4).cast("float32"));
  assert.deepEqual([u.dtype, s.dtype, vt.dtype], ["float32", "float32", "float32"]);
  assert.ok(orthogonality(dense(u), 2 ** -23) <= bar);
  for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    const a = tensor(
      [
        [1, 0, bad],
        [0, 1, 0],
      ],
      { dtype: "float64" },
    );
    for (const call of [svd, singularValues, cond, pseudoInverse, rankBySvd, nullSpaceBySvd, spectralNorm])
      assert.throws(
        () => call(a),
        (e) => e instanceof NumericalError && /\[0, 2\]/.test(e.message),
      );
    const outcome = attempt(() => svd(a));
    assert.ok(!outcome.ok && outcome.failure.reason === "not finite");
  }
  assert.throws(() => svd(tensor([1, 2])), ShapeError);
  assert.throws(() => svd(gaussian(2, 2), { mode: "economy" as "thin" }), UserError);
});

test("derivatives", () => {
  for (const a of [gaussian(4, 4, 3), gaussian(6, 3, 4), gaussian(3, 6, 5)]) {
    checkGradients((x: Tensor) => svd(x).s, [a]);
    checkGradients((x: Tensor) => singularValues(x), [a]);
    checkGradients((x: Tensor) => svd(x).u, [a]);
    checkGradients((x: Tensor) => svd(x).vt, [a]);
    checkGradients((x: Tensor) => pseudoInverse(x), [a]);
    checkGradients((x: Tensor) => spectralNorm(x).add(nuclearNorm(x)), [a]);
  }
  checkGradients((x: Tensor) => pseudoInverse(x.matmul(gaussian(2, 5, 8))), [gaussian(5, 2, 7)]);
  const weights = gaussian(4, 3, 1);
  checkGradients((x: Tensor) => grad((y: Tensor) => svd(y).u.mul(weights).sin().sum())(x), [gaussian(4, 3, 9)], {
    maxElements: 20,
  });
});

test("inside a compiled function", () => {
  const a = gaussian(6, 4);
  const f = compile((x: Tensor) =>
    svd(x)
      .u.matmul(diag(svd(x).s))
      .matmul(svd(x).vt),
  );
  assert.ok(distance(dense(f(a)), dense(a)) <= bar);
});

test("vectors of equal or zero singular values have no derivative", () => {
  const refused = (e: unknown): boolean => e instanceof NumericalError && e.facts.reason === "degenerate spectrum";
  const weights = gaussian(3, 3, 2);
  const loss = (x: Tensor): Tensor => svd(x).u.mul(weights).sum();
  assert.throws(() => grad(loss)(diag(tensor([2, 2, 1], { dtype: "float64" }))).data(), refused);
  const tall = tensor(
    [
      [1, 0],
      [0, 0],
      [0, 0],
    ],
    { dtype: "float64" },
  );
  assert.throws(
    () =>
      grad((x: Tensor) =>
        svd(x)
          .u.mul(gaussian(3, 2, 1))
          .sum(),
      )(tall).data(),
    refused,
  );
  assert.throws(() => grad((x: Tensor) => svd(x, { mode: "full" }).u.sum())(gaussian(3, 2)), UserError);
});
