/**
 * The accuracy bars: scaled residual and orthogonality at most 50·n·eps, n = max(rows, columns), LU by ‖|L||U|‖; at every size from 0 to 70, at the edges
 * of blocks beyond, and on every class of matrix, in float64 and float32.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "../../src/index.js";
import { attempt, cholesky, eig, eigh, lu, pivotedQr, qr, svd } from "../../src/linalg/index.js";
import { bar, dtypes, hold, residual, unitOf } from "./bar-checks.js";
import {
  everyClass,
  generalClasses,
  gram,
  jordan,
  lowRank,
  type Named,
  plus,
  positiveClasses,
  random,
  symmetric,
  symmetricClasses,
  toTensor,
} from "./bar-matrices.js";
import { build, dense, multiply, norm, orthogonality } from "./measure.js";

const every = Array.from({ length: 71 }, (_, n) => n);
const edges = [95, 96, 97, 128, 129];

/** Marked with the dtype that each form is for. */
function forBoth(make: (single: boolean) => Named): Named {
  return dtypes.flatMap((dtype) =>
    make(dtype === "float32").map(([name, a]): Named[number] => [`${dtype} ${name}`, a]),
  );
}

const squares: Named = [...every, ...edges].map((n) => [`${n} × ${n}`, random(n, n, n + 1)]);
const others: Named = every.flatMap((n): Named => {
  const other = (n * 29 + 11) % 71;
  return [
    [`${n} × ${other}`, random(n, other, n + 2)],
    [`${n + 3} × ${n}`, random(n + 3, n, n + 3)],
  ];
});

for (const factorisation of ["lu", "qr", "complete qr", "pivoted qr", "svd"]) {
  test(`${factorisation}: all sizes`, () => hold(factorisation, [...squares, ...others]));
  test(`${factorisation}: every class`, () => hold(factorisation, forBoth(everyClass)));
}

test("eig: all sizes", () => hold("eig", squares));
test("eig: every class", () => hold("eig", forBoth(generalClasses)));
test("eigh: all sizes", () =>
  hold(
    "eigh",
    [...every, ...edges].map((n) => [`${n}`, symmetric(n, n + 1)]),
  ));
test("eigh: every class", () => hold("eigh", forBoth(symmetricClasses)));
test("cholesky: all sizes", () =>
  hold(
    "cholesky",
    [...every, ...edges].map((n) => [`${n}`, plus(gram(random(n + 3, n, n + 1)), 0.01)]),
  ));
test("cholesky: every class", () => hold("cholesky", forBoth(positiveClasses)));

test("Cholesky of what is not positive definite says at which minor", () => {
  const cases: Named = [
    ["rank 3 of 30, less a little", plus(gram(lowRank(40, 30, 3, 8)), -1e-3)],
    ["indefinite", symmetric(40, 3)],
    ["minus", plus(random(1, 1, 1), -2)],
    ["zeros", build(5, 5, () => 0)],
  ];
  for (const dtype of dtypes)
    for (const [name, a] of cases) {
      const outcome = attempt(() => cholesky(toTensor(a).cast(dtype)));
      assert.ok(!outcome.ok && outcome.failure.reason === "not positive definite", `${name}, ${dtype}`);
      assert.ok(outcome.failure.minor >= 1 && outcome.failure.minor <= a.rows && outcome.failure.pivot <= 0);
    }
});

test("NaN and infinities at any place are an error at once, in every factorisation, size and shape", () => {
  const factor: Readonly<Record<string, (a: Tensor) => unknown>> = {
    lu,
    qr,
    "complete qr": (a) => qr(a, { mode: "complete" }),
    "pivoted qr": pivotedQr,
    svd,
    "full svd": (a) => svd(a, { mode: "full" }),
    eig,
    eigh,
    cholesky,
  };
  const shapes = [
    [1, 1],
    [2, 2],
    [24, 24],
    [33, 33],
    [70, 70],
    [97, 97],
    [40, 7],
    [7, 40],
  ] as const;
  for (const dtype of dtypes)
    for (const [rows, columns] of shapes)
      for (const [name, call] of Object.entries(factor)) {
        if (rows !== columns && /eig|cholesky/.test(name)) continue;
        const clean = name === "cholesky" ? plus(gram(random(rows + 2, rows, 5)), 1) : random(rows, columns, 5);
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
          for (const [i, j] of [
            [0, 0],
            [rows - 1, 0],
            [rows - 1, columns - 1],
            [rows >> 1, Math.min(rows >> 1, columns - 1)],
          ] as const) {
            const data = Float64Array.from(clean.data);
            data[i * columns + j] = bad;
            const outcome = attempt<unknown>(() => call(toTensor({ rows, columns, data }).cast(dtype)));
            const where = `${name} of ${rows} × ${columns} ${dtype} with ${bad} at [${i}, ${j}]`;
            assert.ok(!outcome.ok && outcome.failure.reason === "not finite", where);
            assert.deepEqual(outcome.failure.index, [i, j], where);
          }
      }
});

test("the measure sees errors: a factor changed in the last digits but three fails", () => {
  const a = random(20, 20, 3);
  const { q, r } = qr(toTensor(a));
  const spoilt = dense(q.mul(1 + 1e-12));
  assert.ok(orthogonality(spoilt) > bar);
  assert.ok(residual(multiply(spoilt, dense(r)), a, norm(a), unitOf.float64) > bar);
  assert.ok(residual(jordan(4, 1), jordan(4, 1 + 1e-12), 1, unitOf.float64) > bar);
});
