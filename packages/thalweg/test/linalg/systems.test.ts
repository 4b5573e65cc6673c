/** Solutions of systems and least-squares problems: backward errors, against SciPy, and what they say about themselves. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compile, ShapeError, type Tensor, tensor, UserError, vmap } from "../../src/index.js";
import {
  attempt,
  conditionEstimate,
  definiteness,
  determinant,
  hilbert,
  inverse,
  kahan,
  logDeterminant,
  lstsq,
  matrixNorm,
  matrixPower,
  matrixRank,
  nullSpace,
  project,
  rangeBasis,
  solve,
  solveTriangular,
  toeplitz,
  trace,
  vandermonde,
  vectorNorm,
  wilkinson,
  withSingularValues,
} from "../../src/linalg/index.js";
import { gaussian, sizes } from "./matrices.js";
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
  subtract,
  transpose,
} from "./measure.js";

interface Reference {
  readonly a: number[][];
  readonly b: number[][];
  readonly x: number[][];
  readonly inverse: number[][];
  readonly determinant: number;
  readonly tall: number[][];
  readonly right: number[];
  readonly lstsq: number[];
  readonly deficient: number[][];
  readonly shortest: number[];
  readonly wide: number[][];
  readonly wideRight: number[];
  readonly wideShortest: number[];
  readonly hilbertConditions: number[];
}

const reference = JSON.parse(
  readFileSync(new URL("../../../test/references/linalg.json", import.meta.url), "utf8"),
) as Reference;

const f64 = { dtype: "float64" } as const;

function near(found: Tensor, expected: unknown, tolerance: number, what: string): void {
  const want = tensor(expected as number[], f64);
  assert.deepEqual(found.shape, want.shape, what);
  const [p, q] = [found.data(), want.data()];
  const scale = Math.max(...q.map(Math.abs));
  p.forEach((x, i) => {
    assert.ok(Math.abs(x - (q[i] ?? 0)) <= tolerance * scale, `${what}: element ${i} is ${x}, not ${q[i]}`);
  });
}

/** ‖B − A X‖ in units of n·eps·(‖A‖‖X‖ + ‖B‖). */
function backwardError(A: Dense, X: Dense, B: Dense): number {
  const n = Math.max(A.rows, A.columns, 1);
  const size = norm(A) * norm(X) + norm(B);
  return size === 0 ? 0 : norm(subtract(multiply(A, X), B)) / (n * eps * size);
}

test("solve, inverse, determinant and lstsq agree with SciPy", () => {
  const { a, b } = reference;
  near(solve(a, b).x, reference.x, 1e-12, "solve");
  near(inverse(a), reference.inverse, 1e-12, "inverse");
  near(determinant(a), reference.determinant, 1e-12, "determinant");
  const { sign, logAbs } = logDeterminant(a);
  near(sign.mul(logAbs.exp()), reference.determinant, 1e-12, "logDeterminant");
  for (const method of ["auto", "qr", "pivoted qr", "normal equations"] as const)
    near(lstsq(reference.tall, reference.right, { method }).x, reference.lstsq, 1e-12, method);
  const deficient = lstsq(reference.deficient, reference.right);
  assert.equal(deficient.rank, 3);
  assert.match(deficient.warning ?? "", /rank 3, not 5/);
  near(deficient.x, reference.shortest, 1e-11, "shortest solution");
  for (const method of ["auto", "pivoted qr"] as const)
    near(lstsq(reference.wide, reference.wideRight, { method }).x, reference.wideShortest, 1e-11, `wide, ${method}`);
});

test("systems of every size are solved to 50·n·eps, by the method that fits", () => {
  for (const n of sizes) {
    const g = gaussian(n, n, n + 1);
    const b = gaussian(n, 3, n);
    const kinds = [
      ["lu", g],
      [
        "cholesky",
        g
          .matmul(g.transpose())
          .add(tensor(build(n, n, (i, j) => (i === j ? 1 : 0)).data as Float64Array, { shape: [n, n] })),
      ],
      [
        "triangular",
        tensor(Float64Array.from(build(n, n, (i, j) => (i > j ? 0 : i === j ? 1 + i : at(dense(g), i, j) / 4)).data), {
          shape: [n, n],
        }),
      ],
      [
        "triangular",
        tensor(Float64Array.from(build(n, n, (i, j) => (i < j ? 0 : i === j ? 1 + i : at(dense(g), i, j) / 4)).data), {
          shape: [n, n],
        }),
      ],
    ] as const;
    for (const [method, a] of kinds) {
      const { x, ...facts } = solve(a, b);
      if (n > 2) assert.equal(facts.method, method, `${n}`);
      assert.deepEqual(x.shape, [n, 3]);
      const error = backwardError(dense(a), dense(x), dense(b));
      assert.ok(error <= 50, `${method} ${n}: ${error}`);
      const vector = solve(a, b.slice(":", 0)).x;
      assert.deepEqual(vector.shape, [n]);
      const single = backwardError(dense(a), dense(vector.reshape([n, 1])), dense(b.slice(":", [0, 1])));
      assert.ok(single <= 50, `${method} ${n}, vector: ${single}`);
    }
  }
});

test("triangular systems of every kind and size", () => {
  for (const n of [1, 5, 31, 33, 70, 97]) {
    const g = dense(gaussian(n, n, n));
    for (const triangle of ["lower", "upper"] as const)
      for (const transposed of [false, true])
        for (const unit of [false, true])
          for (const k of [1, 2, 17]) {
            const full = build(n, n, (i, j) => (i === j ? (unit ? Number.NaN : 2 + i / n) : at(g, i, j) / n));
            const used = build(n, n, (i, j) => {
              const [r, c] = transposed ? [j, i] : [i, j];
              if (r === c) return unit ? 1 : at(full, r, c);
              return r > c === (triangle === "lower") ? at(full, r, c) : 0;
            });
            const b = gaussian(n, k, k);
            const t = tensor(Float64Array.from(full.data), { shape: [n, n] });
            const x = solveTriangular(t, b, { triangle, transposed, unit });
            const error = backwardError(used, dense(x), dense(b));
            assert.ok(error <= 50, `${n} ${triangle} ${transposed} ${unit} ${k}: ${error}`);
          }
  }
});

test("refinement gives back the digits that the condition took", () => {
  const n = 9;
  const a = hilbert(n).mul(360360 * 34); // whole numbers, so that the right-hand side is exact
  const ones = a.sum({ axis: 1 });
  const error = (x: Tensor): number => Math.max(...x.data().map((v) => Math.abs(v - 1)));
  const plain = solve(a, ones);
  const refined = solve(a, ones, { refine: 5 });
  assert.ok((refined.refinements ?? 0) > 0);
  assert.ok(
    error(refined.x) < error(plain.x) / 100 && error(refined.x) < 1e-8,
    `${error(plain.x)} → ${error(refined.x)}`,
  );
  assert.match(plain.warning ?? "", /ill-conditioned .* about 1[12] of 15 digits are lost/);
  const least = lstsq(hilbert(8), hilbert(8).sum({ axis: 1 }), { refine: 3 });
  assert.equal(least.refinements, 3);
});

test("singular and nearly singular systems say so", () => {
  for (const a of [
    [
      [1, 2],
      [2, 4],
    ],
    [[0]],
    [
      [1, 0],
      [1, 0],
    ],
    [
      [0, 1],
      [0, 1],
    ],
  ]) {
    const outcome = attempt(() =>
      solve(
        a,
        a.map(() => 1),
      ),
    );
    assert.ok(!outcome.ok && outcome.failure.reason === "singular", JSON.stringify(a));
    assert.match(
      outcome.message,
      /singular: (column 0 is zero|column 1 depends|the diagonal element \[\d, \d\] of a triangular)/,
    );
  }
  const near = solve(hilbert(14), gaussian(14, 1, 1));
  assert.match(near.warning ?? "", /singular to working precision .*no digit/);
  assert.equal(solve(gaussian(9, 9), gaussian(9, 1)).warning, undefined);
  assert.equal(
    determinant([
      [1, 2],
      [2, 4],
    ]).item(),
    0,
  );
  assert.deepEqual(
    [
      logDeterminant([
        [1, 2],
        [2, 4],
      ]).sign.item(),
      logDeterminant([
        [1, 2],
        [2, 4],
      ]).logAbs.item(),
    ],
    [0, Number.NEGATIVE_INFINITY],
  );
});

test("least squares takes the way that the condition permits", () => {
  const b = gaussian(60, 1, 2);
  const design = (condition: number): Tensor =>
    withSingularValues(
      Array.from({ length: 12 }, (_, i) => condition ** (-i / 11)),
      60,
      12,
      4,
    );
  assert.equal(lstsq(design(10), b).method, "normal equations");
  assert.equal(lstsq(design(1e6), b).method, "qr");
  assert.equal(lstsq(design(1e18), b).method, "truncated svd");
  for (const condition of [1, 10, 1e3, 1e6, 1e10]) {
    const a = design(condition);
    const { x, residual, condition: found } = lstsq(a, b);
    const [A, X, B] = [dense(a), dense(x), dense(b)];
    const r = subtract(multiply(A, X), B);
    // the residual is orthogonal to the columns
    const left = norm(multiply(transpose(A), r)) / (norm(transpose(A)) * (norm(A) * norm(X) + norm(B)) * 60 * eps);
    assert.ok(left <= 50, `${condition}: ${left}`);
    const error = Math.abs((residual ?? 0) - Math.hypot(...Array.from(r.data)));
    assert.ok(error <= 60 * eps * (norm(A) * norm(X) + norm(B)), `${condition}: ${error}`);
    assert.ok(
      (found ?? 0) >= condition / 4 && (found ?? 0) <= condition * 30,
      `${condition} was estimated as ${found}`,
    );
  }
  assert.ok(lstsq(gaussian(5, 0, 1), gaussian(5, 2, 2)).x.shape.join() === "0,2");
  assert.deepEqual(
    [
      ...lstsq(
        [
          [0, 0],
          [0, 0],
        ],
        [1, 1],
      ).x.data(),
    ],
    [0, 0],
  );
});

test("the condition estimate is a lower bound, mostly within a factor of 3 of the truth", () => {
  reference.hilbertConditions.forEach((expected, i) => {
    const found = conditionEstimate(hilbert(i + 1));
    assert.ok(found <= expected * 1.001 && found >= expected / 3, `hilbert ${i + 1}: ${found}, not ${expected}`);
  });
  let far = 0;
  for (let seed = 0; seed < 60; seed += 1) {
    const n = 1 + (seed % 30);
    const a = gaussian(n, n, seed);
    const exact = matrixNorm(a, 1).item() * matrixNorm(inverse(a), 1).item();
    const found = conditionEstimate(a);
    assert.ok(found <= exact * (1 + 1e-8) && found >= exact / 10, `seed ${seed}: ${found}, not ${exact}`);
    if (found < exact / 3) far += 1;
  }
  assert.ok(far <= 2, `${far} of 60 are off by more than a factor of 3`);
  assert.equal(
    conditionEstimate([
      [1, 1],
      [1, 1],
    ]),
    Number.POSITIVE_INFINITY,
  );
});

test("rank, null space, range and projection", () => {
  for (const [m, n, r] of [
    [8, 5, 5],
    [8, 5, 3],
    [5, 8, 2],
    [40, 33, 17],
    [6, 6, 0],
    [0, 3, 0],
  ] as const) {
    const a = gaussian(m, r, m).matmul(gaussian(r, n, n));
    assert.equal(matrixRank(a), r);
    const kernel = nullSpace(a);
    assert.deepEqual(kernel.shape, [n, n - r]);
    assert.ok(orthogonality(dense(kernel)) <= 50);
    assert.ok(
      norm(multiply(dense(a), dense(kernel))) <= 50 * Math.max(m, n) * eps * (norm(dense(a)) + 1e-300),
      `${m}×${n}`,
    );
    const basis = rangeBasis(a);
    assert.deepEqual(basis.shape, [m, r]);
    assert.ok(orthogonality(dense(basis)) <= 50);
    const b = gaussian(m, 2, 9);
    const p = project(a, b);
    assert.ok(norm(multiply(transpose(dense(a)), subtract(dense(p), dense(b)))) <= 1e-11 * (1 + norm(dense(a))) * 10);
  }
  assert.equal(matrixRank(hilbert(5)), 5);
  assert.equal(
    matrixRank(
      [
        [1, 1],
        [1, 1 + 1e-9],
      ],
      { tolerance: 1e-6 },
    ),
    1,
  );
});

test("definiteness, powers, traces, norms", () => {
  assert.equal(definiteness(hilbert(6)), "positive definite");
  assert.equal(
    definiteness([
      [1, 1],
      [1, 1],
    ]),
    "positive semidefinite",
  );
  assert.equal(
    definiteness([
      [-2, 1],
      [1, -2],
    ]),
    "negative definite",
  );
  assert.equal(
    definiteness([
      [0, 0],
      [0, -1],
    ]),
    "negative semidefinite",
  );
  assert.equal(
    definiteness([
      [0, 1],
      [1, 0],
    ]),
    "indefinite",
  );
  assert.equal(definiteness([[0]]), "zero");
  const g = gaussian(12, 4, 1);
  assert.equal(definiteness(g.matmul(g.transpose())), "positive semidefinite");
  assert.throws(
    () =>
      definiteness([
        [1, 2],
        [0, 1],
      ]),
    /not symmetric: element \[1, 0\]/,
  );
  near(
    matrixPower(
      [
        [1, 1],
        [1, 0],
      ],
      30,
    ),
    [
      [1346269, 832040],
      [832040, 514229],
    ],
    0,
    "Fibonacci",
  );
  near(
    matrixPower(
      [
        [2, 0],
        [0, 4],
      ],
      -2,
    ),
    [
      [0.25, 0],
      [0, 0.0625],
    ],
    1e-15,
    "negative power",
  );
  near(
    matrixPower(
      [
        [3, 1],
        [0, 2],
      ],
      0,
    ),
    [
      [1, 0],
      [0, 1],
    ],
    0,
    "zeroth power",
  );
  assert.equal(
    trace([
      [1, 2],
      [3, 4],
    ]).item(),
    5,
  );
  const m = [
    [1, -2],
    [-3, 4],
  ];
  assert.deepEqual(
    ([1, Number.POSITIVE_INFINITY, "max"] as const).map((o) => matrixNorm(m, o).item()),
    [6, 7, 4],
  );
  assert.ok(Math.abs(matrixNorm(m).item() - Math.sqrt(30)) < 1e-15);
  assert.ok(Math.abs(vectorNorm([3e200, 4e200]).item() - 5e200) < 1e186);
  assert.deepEqual([vectorNorm([3, -4], 1).item(), vectorNorm([3, -4], Number.POSITIVE_INFINITY).item()], [7, 4]);
});

test("determinants stay in range as long as the result does", () => {
  const d = Float64Array.from({ length: 900 }, (_, i) =>
    i % 31 === 0 ? 10 ** (Math.floor(i / 31) % 2 === 0 ? 200 : -200) : 0,
  );
  const a = tensor(d, { shape: [30, 30] });
  assert.ok(Math.abs(determinant(a).item() - 1) < 1e-10);
  assert.equal(determinant(tensor(new Float64Array(0), { shape: [0, 0] })).item(), 1);
  assert.equal(
    determinant([
      [0, 1],
      [1, 0],
    ]).item(),
    -1,
  );
});

test("test matrices have their known properties", () => {
  assert.ok(Math.abs(determinant(vandermonde([1, 2, 4])).item() - 6) < 1e-13);
  near(
    toeplitz([1, 2, 3], [1, 5, 6]),
    [
      [1, 5, 6],
      [2, 1, 5],
      [3, 2, 1],
    ],
    0,
    "toeplitz",
  );
  near(
    wilkinson(3),
    [
      [1, 1, 0],
      [1, 0, 1],
      [0, 1, 1],
    ],
    0,
    "wilkinson",
  );
  // nearly singular, but pivoted QR does not see it
  assert.ok(conditionEstimate(kahan(60)) > 1e10);
  assert.equal(matrixRank(kahan(60), { tolerance: 1e-4 }), 60);
  const known = withSingularValues([3, 2, 0.5], 7, 3, 1);
  const gram = known.transpose().matmul(known);
  assert.ok(Math.abs(trace(gram).item() - 13.25) < 1e-13);
  assert.ok(Math.abs(determinant(gram).item() - 9) < 1e-12);
});

test("inside compiled and mapped functions", () => {
  const a = gaussian(6, 6, 3);
  const b = gaussian(6, 2, 4);
  const program = compile((x: Tensor, y: Tensor) => solve(x, y).x.add(inverse(x).matmul(y)));
  const expected = solve(a, b).x.mul(2);
  for (let turn = 0; turn < 3; turn += 1) assert.ok(distance(dense(program(a, b)), dense(expected)) < 1e3);
  assert.throws(() => program(a.mul(0), b), /singular/);
  assert.ok(distance(dense(program(a, b)), dense(expected)) < 1e3, "works after an error");
  const stack = vmap((x: Tensor) => determinant(x))(gaussian(3, 4, 1).reshape([3, 2, 2]));
  const rows = dense(gaussian(3, 4, 1));
  near(
    stack,
    build(3, 1, (i) => at(rows, i, 0) * at(rows, i, 3) - at(rows, i, 1) * at(rows, i, 2)).data,
    1e-14,
    "vmap",
  );
});

test("wrong arguments are refused in words", () => {
  assert.throws(
    () =>
      solve(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [1, 2],
      ),
    (e) => e instanceof ShapeError && /square, got shape \[2, 3\]/.test(e.message),
  );
  assert.throws(
    () =>
      solve(
        [
          [1, 0],
          [0, 1],
        ],
        [1, 2, 3],
      ),
    (e) => e instanceof ShapeError && /2 rows/.test(e.message),
  );
  assert.throws(() => solve([[1]], [1], { refine: -1 }), UserError);
  assert.throws(() => lstsq([[1, 2]], [1], { method: "normal equations" }), /at least as many rows/);
  assert.throws(() => lstsq([[1, 2]], [1], { tolerance: 2 }), UserError);
  assert.throws(() => matrixPower([[1]], 0.5), UserError);
  for (const bad of [
    [
      [Number.NaN, 1],
      [1, 2],
    ],
    [
      [1, Number.POSITIVE_INFINITY],
      [1, 2],
    ],
  ]) {
    for (const call of [
      () => solve(bad, [1, 1]),
      () => lstsq(bad, [1, 1]),
      () => inverse(bad),
      () => determinant(bad),
      () => matrixRank(bad),
    ]) {
      const outcome = attempt<unknown>(call);
      assert.ok(!outcome.ok && outcome.failure.reason === "not finite");
    }
  }
  assert.ok(absolute(build(1, 1, () => -1)).data[0] === 1);
});
