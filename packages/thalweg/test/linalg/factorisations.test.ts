/** Reconstruction, orthogonality and shape of factors, each at most 50·n·eps, on friendly and hostile matrices of all sizes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NumericalError, ShapeError, type Tensor, tensor, UserError } from "../../src/index.js";
import { attempt, cholesky, gramSchmidt, hilbert, lu, pivotedQr, qr } from "../../src/linalg/index.js";
import { gaussian, hostile, sizes } from "./matrices.js";
import {
  absolute,
  at,
  build,
  type Dense,
  dense,
  distance,
  eps,
  multiply,
  norm,
  orthogonality,
  transpose,
} from "./measure.js";

const bar = 50;

function shapes(): readonly (readonly [number, number])[] {
  const square = sizes.map((n) => [n, n] as const);
  const other = sizes.flatMap((n, i) => [[n, sizes[(i * 7 + 3) % sizes.length] ?? 1] as const]);
  return [...square, ...other, [0, 4], [4, 0], [130, 33], [33, 130]];
}

function cases(): readonly (readonly [string, Tensor])[] {
  const regular = shapes().map(([m, n]) => [`gaussian ${m}×${n}`, gaussian(m, n, m + 100 * n)] as const);
  return [...regular, ...hostile()];
}

function checkUpper(name: string, r: Dense): void {
  for (let i = 0; i < r.rows; i += 1) {
    for (let j = 0; j < Math.min(i, r.columns); j += 1) assert.equal(at(r, i, j), 0, `${name}: R[${i}, ${j}]`);
    if (i < r.columns) assert.ok(at(r, i, i) >= 0, `${name}: R's diagonal [${i}] is ${at(r, i, i)}`);
  }
}

test("A = Q R with orthonormal Q and R upper triangular, its diagonal ≥ 0", () => {
  for (const [name, a] of cases()) {
    for (const mode of ["reduced", "complete"] as const) {
      const { q, r } = qr(a, { mode });
      const [Q, R, A] = [dense(q), dense(r), dense(a)];
      const k = mode === "complete" ? A.rows : Math.min(A.rows, A.columns);
      assert.deepEqual(
        [q.shape, r.shape],
        [
          [A.rows, k],
          [k, A.columns],
        ],
        name,
      );
      checkUpper(name, R);
      assert.ok(distance(multiply(Q, R), A) <= bar, `${name}: ‖A − QR‖ is ${distance(multiply(Q, R), A)} n·eps`);
      assert.ok(orthogonality(Q) <= bar, `${name}: ‖QᵀQ − I‖ is ${orthogonality(Q)} n·eps`);
    }
  }
});

test("QR reproduces every column in proportion to its own size, down to 1e-133", () => {
  const a = gaussian(30, 20, 3).mul(
    tensor(
      Array.from({ length: 20 }, (_, j) => 10 ** (-7 * j)),
      { dtype: "float64" },
    ),
  );
  const { q, r } = qr(a);
  const [P, A] = [multiply(dense(q), dense(r)), dense(a)];
  for (let j = 0; j < 20; j += 1) {
    const column = (m: Dense): Dense => build(m.rows, 1, (i) => at(m, i, j));
    const error = distance(column(P), column(A), norm(transpose(column(A))));
    assert.ok(error <= bar, `column ${j}: ${error}`);
  }
});

test("A P = Q R with a diagonal that falls", () => {
  for (const [name, a] of cases()) {
    const { q, r, permutation } = pivotedQr(a);
    const [Q, R, A] = [dense(q), dense(r), dense(a)];
    const order = permutation.data();
    assert.deepEqual(
      [...order].sort((x, y) => x - y),
      Array.from({ length: A.columns }, (_, i) => i),
      name,
    );
    const AP = build(A.rows, A.columns, (i, j) => at(A, i, order[j] ?? -1));
    checkUpper(name, R);
    assert.ok(distance(multiply(Q, R), AP) <= bar, `${name}: ${distance(multiply(Q, R), AP)}`);
    assert.ok(orthogonality(Q) <= bar, `${name}: ${orthogonality(Q)}`);
    for (let i = 1; i < Math.min(R.rows, R.columns); i += 1)
      assert.ok(at(R, i, i) <= at(R, i - 1, i - 1) * (1 + 1e-10), `${name}: the diagonal grows at ${i}`);
  }
});

test("P A = L U with multipliers of at most 1", () => {
  for (const [name, a] of cases()) {
    const { l, u, permutation } = lu(a);
    const [L, U, A] = [dense(l), dense(u), dense(a)];
    const order = permutation.data();
    assert.deepEqual(
      [...order].sort((x, y) => x - y),
      Array.from({ length: A.rows }, (_, i) => i),
      name,
    );
    const PA = build(A.rows, A.columns, (i, j) => at(A, order[i] ?? -1, j));
    const scale = norm(multiply(absolute(L), absolute(U)));
    const error = distance(multiply(L, U), PA, scale);
    assert.ok(error <= bar, `${name}: ${error}`);
    for (let i = 0; i < L.rows; i += 1)
      for (let j = 0; j < L.columns; j += 1) {
        if (j < i) assert.ok(Math.abs(at(L, i, j)) <= 1, `${name}: L[${i}, ${j}] is ${at(L, i, j)}`);
        else assert.equal(at(L, i, j), i === j ? 1 : 0, `${name}: L[${i}, ${j}]`);
      }
    for (let i = 0; i < U.rows; i += 1) for (let j = 0; j < i; j += 1) assert.equal(at(U, i, j), 0, name);
  }
});

test("A = L Lᵀ, reading the lower triangle only", () => {
  const spread = tensor(
    Array.from({ length: 40 }, (_, i) => 10 ** (-75 + (150 * i) / 39)),
    { dtype: "float64" },
  );
  const gram = (n: number): Tensor => {
    const g = gaussian(n + 3, n, n + 1);
    return g.transpose().matmul(g);
  };
  const positive: (readonly [string, Tensor])[] = sizes.map((n) => [`gram ${n}`, gram(n)] as const);
  positive.push(
    ["hilbert 12", hilbert(12)],
    [
      "graded",
      gram(40)
        .mul(spread)
        .mul(spread.reshape([40, 1])),
    ],
    ["gram 150", gram(150)],
  );
  for (const [name, a] of positive) {
    const A = dense(a);
    const spoilt = build(A.rows, A.columns, (i, j) => (j > i ? Number.NaN : at(A, i, j)));
    const l = cholesky(tensor(Float64Array.from(spoilt.data), { shape: [A.rows, A.columns] }));
    const L = dense(l);
    const error = distance(multiply(L, transpose(L)), A);
    assert.ok(error <= bar, `${name}: ${error}`);
    for (let i = 0; i < L.rows; i += 1) {
      assert.ok(at(L, i, i) > 0, name);
      for (let j = i + 1; j < L.columns; j += 1) assert.equal(at(L, i, j), 0, name);
    }
  }
});

test("Cholesky reports the first minor that is not positive", () => {
  for (const [n, minor] of [
    [1, 1],
    [30, 24],
    [30, 25],
    [70, 1],
    [70, 49],
    [70, 70],
  ] as const) {
    const g = gaussian(n + 5, n, n);
    const a = g.transpose().matmul(g).array() as number[][];
    const row = a[minor - 1] ?? [];
    row[minor - 1] = -1;
    const outcome = attempt(() => cholesky(a));
    assert.ok(!outcome.ok && outcome.failure.reason === "not positive definite", `${n}, ${minor}`);
    assert.equal(outcome.failure.minor, minor);
    assert.ok(outcome.failure.pivot <= 0);
    assert.match(outcome.message, new RegExp(`minor of order ${minor} `));
  }
  assert.throws(
    () =>
      cholesky([
        [1, 2],
        [2, 1],
      ]),
    NumericalError,
  );
});

test("float32 stays float32, at its own precision", () => {
  const single = 2 ** -23;
  const a = gaussian(70, 41, 4).cast("float32");
  const { q, r } = qr(a);
  assert.equal(q.dtype, "float32");
  assert.ok(distance(multiply(dense(q), dense(r)), dense(a), undefined, single) <= bar);
  assert.ok(orthogonality(dense(q), single) <= bar);
  const { l, u, permutation } = lu(a);
  assert.ok(distance(multiply(dense(l), dense(u)), dense(a.take(permutation)), undefined, single) <= bar);
  const p = pivotedQr(a);
  assert.ok(
    distance(multiply(dense(p.q), dense(p.r)), dense(a.take(p.permutation, { axis: 1 })), undefined, single) <= bar,
  );
  const c = cholesky(a.transpose().matmul(a));
  assert.equal(c.dtype, "float32");
  assert.ok(
    distance(multiply(dense(c), transpose(dense(c))), dense(a.transpose().matmul(a)), undefined, single) <= bar,
  );
});

test("NaN and infinities are errors that name the element", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const [n, i, j] of [
      [3, 1, 1],
      [40, 37, 5],
      [70, 69, 69],
      [70, 30, 0],
    ] as const) {
      const rows = gaussian(n, n, 2)
        .add(tensor(Array.from({ length: n }, (_, k) => k)).mul(0))
        .array() as number[][];
      for (let k = 0; k < n; k += 1) (rows[k] ?? [])[k] = 100;
      (rows[i] ?? [])[j] = bad;
      for (const factor of [qr, pivotedQr, lu, cholesky] as const) {
        const outcome = attempt<unknown>(() => factor(rows));
        assert.ok(!outcome.ok && outcome.failure.reason === "not finite", `${factor.name} of ${n} with ${bad}`);
        assert.deepEqual(outcome.failure.index, [i, j], factor.name);
      }
    }
  }
});

test("classical Gram–Schmidt loses orthogonality, modified less, twice none", () => {
  const a = hilbert(9);
  const lost = (variant: "classical" | "modified" | "twice"): number => gramSchmidt(a, { variant }).orthogonalityLoss;
  assert.ok(lost("classical") > 1e-2);
  assert.ok(lost("modified") < 1e-3 && lost("modified") > 1e-9);
  assert.ok(lost("twice") < 50 * 9 * eps);
  const { q, r, orthogonalityLoss } = gramSchmidt(a, { variant: "twice" });
  assert.ok(distance(multiply(dense(q), dense(r)), dense(a)) <= bar);
  assert.ok(Math.abs(orthogonalityLoss) < 1e-13);
});

test("wrong arguments are refused in words", () => {
  assert.throws(
    () => qr([1, 2, 3]),
    (e) => e instanceof ShapeError && /two axes, got shape \[3\]/.test(e.message),
  );
  assert.throws(
    () => cholesky(gaussian(3, 2)),
    (e) => e instanceof ShapeError && /square/.test(e.message),
  );
  assert.throws(() => qr("no" as never), UserError);
  assert.throws(() => qr([[1]], { mode: "full" as never }), UserError);
  assert.throws(() => gramSchmidt(gaussian(2, 3)), ShapeError);
});
