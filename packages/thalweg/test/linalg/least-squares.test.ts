/** Least squares by every method on every shape and rank, against NumPy and SciPy: tools/reference/least_squares.py. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkGradients, compile, grad, NumericalError, type Tensor, tensor, zeros } from "../../src/index.js";
import {
  attempt,
  hilbert,
  kahan,
  lstsq,
  matrixRank,
  nullSpace,
  nullSpaceBySvd,
  pseudoInverse,
  rangeBasis,
  rangeBasisBySvd,
  rankBySvd,
  withSingularValues,
} from "../../src/linalg/index.js";
import references from "../references/least-squares.json" with { type: "json" };
import { gaussian, hostile } from "./matrices.js";
import { dense, eps, multiply, norm, orthogonality, subtract, transpose } from "./measure.js";

interface Reference {
  readonly name: string;
  readonly a: number[][];
  readonly b: number[][];
  readonly tolerance?: number;
  readonly x: number[][];
  readonly rank: number;
  readonly condition: number;
}

function distance(x: Tensor, due: readonly number[]): number {
  const size = due.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  const values = [...x.data()].map(Number);
  assert.equal(values.length, due.length);
  return values.reduce((most, v, i) => Math.max(most, Math.abs(v - (due[i] ?? 0)) / size), 0);
}

describe("against NumPy and SciPy", () => {
  for (const { name, a, b, tolerance, x: due, rank, condition } of references as Reference[])
    test(name, () => {
      const full = Math.min(a.length, a[0]?.length ?? 0);
      const options = tolerance === undefined ? {} : { tolerance };
      const allowed = 100 * eps * condition ** 2;
      const found = lstsq(a, b, { ...options, method: "truncated svd" });
      assert.equal(found.rank, rank);
      assert.ok(distance(found.x, due.flat()) <= allowed, `${distance(found.x, due.flat())}, allowed ${allowed}`);
      assert.ok(Math.abs((found.effectiveCondition ?? 0) / condition - 1) < 1e-8, `${found.effectiveCondition}`);
      assert.equal(found.condition === Number.POSITIVE_INFINITY, rank < full);
      assert.equal(found.warning === undefined, rank === full && condition < 1e7, found.warning);
      if (rank < full) assert.ok(found.warning?.includes(`rank ${rank}, not ${full}`), found.warning);
      if (tolerance !== undefined) return;
      for (const method of ["auto", "pivoted qr"] as const) {
        const other = lstsq(a, b, { method });
        assert.equal(other.rank, rank, method);
        assert.ok(distance(other.x, due.flat()) <= allowed, `${method}: ${distance(other.x, due.flat())}`);
      }
    });
});

describe("the truncated SVD", () => {
  const [rows, columns] = [60, 12];
  const design = (condition: number): Tensor =>
    withSingularValues(
      Array.from({ length: columns }, (_, i) => condition ** (-i / (columns - 1))),
      rows,
      columns,
      4,
    );

  test("is chosen where pivoted QR leaves the rank in doubt, and only there", () => {
    const b = gaussian(rows, 1, 2);
    assert.equal(lstsq(design(1e6), b).method, "qr");
    assert.equal(lstsq(design(1e18), b).method, "truncated svd");
    assert.equal(lstsq(gaussian(40, 3, 5).matmul(gaussian(3, 12, 6)), gaussian(40, 1)).method, "pivoted qr");
    const deceiving = kahan(90);
    const found = lstsq(deceiving, gaussian(90, 1));
    assert.deepEqual([found.method, found.rank, matrixRank(deceiving)], ["truncated svd", 89, 90]);
    const many = lstsq(hilbert(30), gaussian(30, 1));
    assert.deepEqual([many.method, many.rank], ["truncated svd", rankBySvd(hilbert(30))]);
    assert.match(many.warning ?? "", /rank \d+, not 30 .* of its digits about \d can be trusted/);
  });

  test("a tolerance of one's own decides in the method auto too", () => {
    const a = withSingularValues([1, 0.5, 0.25, 1e-3, 1e-4], 20, 5, 3);
    assert.equal(lstsq(a, gaussian(20, 1)).rank, 5);
    const cut = lstsq(a, gaussian(20, 1), { tolerance: 1e-2 });
    assert.equal(cut.rank, 3);
    assert.match(cut.warning ?? "", /below 0\.010 of the largest counts as 0/);
  });

  test("gives the shortest minimiser of the part that counts, of every hostile matrix", () => {
    for (const [name, a] of hostile()) {
      const [m = 0, n = 0] = a.shape;
      const b = gaussian(m, 2, 3);
      const { x, rank = 0, method, effectiveCondition = 0 } = lstsq(a, b, { method: "truncated svd" });
      assert.equal(method, "truncated svd");
      assert.equal(rank, rankBySvd(a), name);
      assert.deepEqual(x.shape, [n, 2]);
      // x lies in the row space, and the residual is orthogonal to the range, of the part kept
      const [V, U, X] = [dense(nullSpaceBySvd(a)), dense(rangeBasisBySvd(a)), dense(x)];
      const outside = norm(multiply(transpose(V), X)) / (norm(X) || 1);
      assert.ok(outside <= 50 * Math.max(m, n) * eps, `${name}: ${outside} of x is in the null space`);
      const left = norm(multiply(transpose(U), subtract(multiply(dense(a), X), dense(b))));
      const bound = 50 * Math.max(m, n) * eps * (norm(dense(b)) + norm(dense(a)) * norm(X)) * Math.sqrt(m + 1);
      assert.ok(left <= bound, `${name}: ${left} of the residual is in the range, ${bound} allowed`);
      assert.ok(rank === 0 || effectiveCondition >= 1, name);
    }
  });

  test("zero, empty, NaN, float32", () => {
    const zero = lstsq(zeros([4, 3], { dtype: "float64" }), [1, 2, 3, 4], { method: "truncated svd" });
    assert.deepEqual([[...zero.x.data()], zero.rank, zero.condition], [[0, 0, 0], 0, Number.POSITIVE_INFINITY]);
    assert.ok(Math.abs((zero.residual ?? 0) - Math.sqrt(30)) < 1e-14);
    for (const [m, n] of [
      [0, 3],
      [3, 0],
      [0, 0],
    ] as const)
      for (const method of ["truncated svd", "auto", "qr", "pivoted qr"] as const) {
        const found = lstsq(gaussian(m, n), gaussian(m, 2), { method });
        assert.deepEqual([found.x.shape, found.rank], [[n, 2], 0], `${m} × ${n}, ${method}`);
        assert.ok([...found.x.data()].every((v) => v === 0));
      }
    const bad = attempt(() => lstsq([[1, Number.NaN]], [1], { method: "truncated svd" }));
    assert.ok(!bad.ok && bad.failure.reason === "not finite");
    const single = lstsq(gaussian(9, 4).cast("float32"), gaussian(9, 1).cast("float32"), { method: "truncated svd" });
    assert.equal(single.x.dtype, "float32");
    assert.ok(distance(single.x, [...lstsq(gaussian(9, 4), gaussian(9, 1)).x.data()].map(Number)) < 1e-5);
    assert.equal(lstsq(gaussian(9, 4), gaussian(9, 1), { method: "truncated svd", refine: 2 }).refinements, 2);
  });
});

test("normal equations that are not positive definite say at which minor", () => {
  const a = [
    [1, 1, 0],
    [1, 1, 1],
    [1, 1, 0],
    [0, 0, 1],
  ];
  const outcome = attempt(() => lstsq(a, [1, 2, 3, 4], { method: "normal equations" }));
  assert.ok(!outcome.ok && outcome.failure.reason === "not positive definite" && outcome.failure.minor === 2);
});

describe("derivatives", () => {
  const solve = (method: "truncated svd" | "pivoted qr" | "auto", tolerance?: number) => (x: Tensor, y: Tensor) =>
    lstsq(x, y, { method, ...(tolerance === undefined ? {} : { tolerance }) }).x;
  const spectrum = (m: number, n: number) => withSingularValues([3, 3, 2, 0.5, 0.4].slice(0, Math.min(m, n)), m, n, 8);

  test("of the truncated SVD, equal singular values and a cut in the middle among them", () => {
    for (const [m, n] of [
      [8, 5],
      [5, 8],
      [5, 5],
    ] as const)
      for (const tolerance of [undefined, 0.3]) {
        const report = checkGradients(solve("truncated svd", tolerance), [spectrum(m, n), gaussian(m, 2, 6)], {
          onFailure: "report",
          tolerance: 1e-5,
        });
        assert.ok(report.ok, `${m} × ${n}, ${tolerance}: ${JSON.stringify(report.worst)}`);
      }
  });

  test("of a deficient rank, along a path that keeps it", () => {
    const [left, right, b] = [gaussian(7, 3, 1), gaussian(3, 5, 2), gaussian(7, 1, 3)];
    for (const method of ["truncated svd", "pivoted qr"] as const) {
      const fn = (l: Tensor, r: Tensor): Tensor => solve(method)(l.matmul(r), b);
      assert.ok(checkGradients(fn, [left, right], { tolerance: 1e-5 }).ok, method);
    }
    const bySvd = (l: Tensor): Tensor => solve("truncated svd")(l.matmul(right), b).square().sum();
    const byInverse = (l: Tensor): Tensor => pseudoInverse(l.matmul(right)).matmul(b).square().sum();
    const due = [...grad(byInverse)(left).data()].map(Number);
    assert.ok(distance(grad(bySvd)(left), due) < 1e-10);
    assert.ok(distance(compile(grad(bySvd))(left), due) < 1e-10);
  });

  test("of second order", () => {
    const a = withSingularValues([3, 2, 1, 0.2], 6, 4, 8);
    for (const tolerance of [1e-10, 0.15]) {
      const f = (x: Tensor): Tensor =>
        solve("truncated svd", tolerance)(x, gaussian(6, 1, 9))
          .square()
          .sum();
      const report = checkGradients((x: Tensor) => grad(f)(x), [a], { onFailure: "report", tolerance: 1e-4 });
      assert.ok(report.ok, `${tolerance}: ${JSON.stringify(report.worst)}`);
    }
  });

  test("are refused by QR where the rank is deficient", () => {
    for (const a of [gaussian(7, 2, 1).matmul(gaussian(2, 4, 2)), gaussian(4, 2, 1).matmul(gaussian(2, 7, 2))]) {
      const loss = (x: Tensor): Tensor => solve("auto")(x, gaussian(a.shape[0] ?? 0, 1, 9)).sum();
      assert.throws(
        () => grad(loss)(a).data(),
        (e) => e instanceof NumericalError && /rank is deficient .*"truncated svd"/.test(e.message),
      );
    }
    const zero = grad((x: Tensor) => solve("truncated svd")(x, gaussian(4, 1, 9)).sum())(
      tensor(new Float64Array(12), { shape: [4, 3] }),
    );
    assert.ok([...zero.data()].every((v) => v === 0));
  });
});

test("bases of range and null space by pivoted QR and by SVD span the same", () => {
  for (const [name, a] of hostile()) {
    if (matrixRank(a) !== rankBySvd(a)) continue;
    const rank = rankBySvd(a);
    for (const [kind, p, q] of [
      ["range", dense(rangeBasis(a)), dense(rangeBasisBySvd(a))],
      ["null space", dense(nullSpace(a)), dense(nullSpaceBySvd(a))],
    ] as const) {
      assert.equal(p.columns, q.columns, `${name}: ${kind}`);
      assert.equal(q.columns, kind === "range" ? rank : (a.shape[1] ?? 0) - rank);
      assert.ok(orthogonality(q) <= 50, `${name}: ${kind}`);
    }
  }
  const a = gaussian(12, 3, 5).matmul(gaussian(3, 9, 6));
  for (const [p, q] of [
    [rangeBasis(a), rangeBasisBySvd(a)],
    [nullSpace(a), nullSpaceBySvd(a)],
  ] as const) {
    const [one, other] = [dense(p.matmul(p.transpose())), dense(q.matmul(q.transpose()))];
    assert.ok(norm(subtract(one, other)) < 1e-13);
  }
});
