/** What linear algebra says about its own results: no worthless answer without a word, no promise of digits that are not there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, grad, NumericalError, type Tensor, tensor, UserError } from "../../src/index.js";
import { solutionWarning } from "../../src/linalg/condition.js";
import {
  conditionEstimate,
  determinant,
  inverse,
  logDeterminant,
  lstsq,
  matrixNorm,
  matrixPower,
  nuclearNorm,
  pivotedQr,
  project,
  qr,
  singularValues,
  solve,
  solveTriangular,
  spectralNorm,
  toeplitz,
  wilkinsonGrowth,
  withSingularValues,
} from "../../src/linalg/index.js";
import { exactLeastSquares } from "./exact.js";
import { gaussian } from "./matrices.js";

const fromOnes = (x: Tensor): number => Math.max(...x.data().map((v) => Math.abs(v - 1)));

test("pivots that grow do not spoil a solution", () => {
  for (const n of [12, 20, 40, 60, 200])
    for (const dtype of ["float64", "float32"] as const) {
      const a = wilkinsonGrowth(n).cast(dtype);
      const b = a.sum({ axis: 1 });
      const unit = dtype === "float64" ? 2 ** -52 : 2 ** -23;
      const { x, condition, backwardError, warning, method } = solve(a, b);
      assert.ok(fromOnes(x) <= n * n * unit, `${n} ${dtype}, ${method}: ${fromOnes(x)}`);
      assert.ok((backwardError ?? 1) <= n * unit, `${n} ${dtype}: ${backwardError}`);
      assert.ok((condition ?? 0) > n / 2 && (condition ?? 0) < 3 * n, `${n} ${dtype}: ${condition}`);
      assert.equal(warning, undefined);
      if (n >= 40) assert.equal(method, "qr");
      // the same of the inverse and of a traced function
      const inverted = fromOnes(inverse(a).matmul(b));
      assert.ok(inverted <= 10 * n * n * unit, `inverse ${n} ${dtype}: ${inverted}`);
      assert.ok(fromOnes(compile((t: Tensor) => solve(t, b).x)(a)) <= n * n * unit, `traced ${n} ${dtype}`);
    }
  // moderate growth: one step of refinement is enough
  const n = 11;
  const moderate = Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return i === j || j === n - 1 ? 1 : i > j ? -0.99 : 0;
  });
  let refined = 0;
  for (let seed = 0; seed < 30; seed += 1) {
    const mended = solve(tensor(moderate, { shape: [n, n] }), gaussian(n, 1, seed));
    assert.deepEqual([mended.method, mended.warning], ["lu", undefined]);
    assert.ok((mended.backwardError ?? 1) <= n * 2 ** -52, `seed ${seed}: ${mended.backwardError}`);
    refined += mended.refinements ?? 0;
  }
  assert.ok(refined > 0, "none was refined");
  const ordinary = solve(gaussian(80, 80, 3), gaussian(80, 2, 4));
  assert.deepEqual([ordinary.method, ordinary.refinements, ordinary.warning], ["lu", 0, undefined]);
});

test("a backward error that rounding does not explain is said in digits", () => {
  const usual = 60 * 2 ** -52;
  assert.equal(solutionWarning({ condition: 60, backwardError: usual }, usual, "float64"), undefined);
  const small = solutionWarning({ condition: 60, backwardError: 1e-9 }, usual, "float64");
  assert.match(small ?? "", /residual of 1\.0e-9 .*about 7 digits of the solution can be trusted/);
  const all = solutionWarning({ condition: 60, backwardError: 0.2 }, usual, "float64");
  assert.match(all ?? "", /no digit of the solution can be trusted/);
});

test("systems at the ends of the range keep their condition and their solution", () => {
  const base = toeplitz([2, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const general = base.add(
    tensor(
      Float64Array.from({ length: 484 }, (_, i) => (i === 21 ? 1 / 4 : 0)),
      { shape: [22, 22] },
    ),
  );
  for (const a of [base, general]) {
    const condition = conditionEstimate(a);
    for (const power of [-1030, -1000, 1020]) {
      // in two steps, since 2^-1030 times what is below 1 would lose digits that 2^-500 keeps
      const scaled = a.mul(2 ** (power / 2)).mul(2 ** (power / 2));
      assert.ok(Math.abs(conditionEstimate(scaled) / condition - 1) < 1e-12, `${power}: ${conditionEstimate(scaled)}`);
      const right = scaled.sum({ axis: 1 });
      const found = solve(scaled, right);
      assert.equal(found.warning, undefined, `${power}`);
      assert.ok(Math.abs((found.condition ?? 0) / condition - 1) < 1e-12, `${power}: ${found.condition}`);
      assert.ok(fromOnes(found.x) < 1e-12, `${power}: ${fromOnes(found.x)}`);
    }
  }
});

test("the normal equations promise no digit that they do not have", () => {
  const [m, n] = [30, 8];
  const y = Float64Array.from({ length: m }, (_, i) => Math.sin(i));
  let warned = 0;
  for (const power of [1, 3, 5, 6, 6.5, 7, 7.25, 7.5, 7.6, 7.7, 7.8, 7.9])
    for (let seed = 0; seed < 8; seed += 1) {
      const singular = Array.from({ length: n }, (_, i) => 10 ** ((-power * i) / (n - 1)));
      const a = withSingularValues(singular, m, n, seed);
      const truth = exactLeastSquares(a.data(), y, m, n);
      let found: ReturnType<typeof lstsq>;
      try {
        found = lstsq(a, tensor(y), { method: "normal equations" });
      } catch {
        assert.ok(power > 7.5, `10^${power}, seed ${seed}: refused`);
        continue;
      }
      const x = found.x.data();
      const error = Math.hypot(...truth.map((t, i) => (x[i] ?? 0) - t)) / Math.hypot(...truth);
      const { warning } = found;
      const words = `10^${power}, seed ${seed}: an error of ${error}, and: ${warning}`;
      if (warning === undefined) assert.ok(error < 1e-7, words);
      else {
        warned += 1;
        const digits = Number(/trust (\d+)|about (\d+) digits of/.exec(warning)?.slice(1).find(Boolean) ?? 0);
        assert.ok(error < 3 * 10 ** -digits, words);
      }
      if (power <= 7.25) assert.ok(error < 1e-7 && warning === undefined, words);
    }
  assert.ok(warned > 8, `${warned}`);
});

const failsWith = (compute: () => unknown, pattern: RegExp): void => {
  assert.throws(compute, (error: unknown) => error instanceof NumericalError && pattern.test(error.message));
};

test("QR of dependent columns has no derivative, and says so", () => {
  const dependent = tensor(
    [
      [1, 2],
      [2, 4],
      [3, 6],
    ],
    { dtype: "float64" },
  );
  failsWith(() => grad((x: Tensor) => qr(x).r.sum())(dependent).data(), /^qr: column 1 of Q R depends/);
  failsWith(() => grad((x: Tensor) => pivotedQr(x).r.sum())(dependent).data(), /^pivotedQr: column 1 of Q R depends/);
  failsWith(() => grad((x: Tensor) => qr(x.transpose()).r.sum())(dependent).data(), /^qr: column 1/);
  failsWith(
    () =>
      grad((x: Tensor) => qr(x).r.sum())(
        tensor(
          [
            [0, 1],
            [0, 1],
          ],
          { dtype: "float64" },
        ),
      ).data(),
    /^qr: column 0/,
  );
  // independent columns of very different lengths are none of these
  const long = tensor(
    [
      [1, 1e-30],
      [1, -1e-30],
      [1, 2e-30],
    ],
    { dtype: "float64" },
  );
  assert.ok(
    grad((x: Tensor) => qr(x).r.sum())(long)
      .data()
      .every(Number.isFinite),
  );
});

test("the determinant's derivative is the matrix of cofactors, of singular matrices too", () => {
  const derivative = grad((x: Tensor) => determinant(x));
  const cases: readonly (readonly [number[][], number[][]])[] = [
    [
      [
        [1, 2],
        [2, 4],
      ],
      [
        [4, -2],
        [-2, 1],
      ],
    ],
    [
      [
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [[[3]], [[1]]],
    [[[0]], [[1]]],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      [
        [-3, 6, -3],
        [6, -12, 6],
        [-3, 6, -3],
      ],
    ],
    [
      [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
    [
      [
        [0, 1, 0],
        [0, 0, 1],
        [2, 0, 0],
      ],
      [
        [0, 2, 0],
        [0, 0, 2],
        [1, 0, 0],
      ],
    ],
  ];
  for (const [a, cofactors] of cases) {
    const found = derivative(tensor(a, { dtype: "float64" })).data();
    cofactors.flat().forEach((c, i) => {
      assert.ok(Math.abs((found[i] ?? 0) - c) < 1e-13, `${JSON.stringify(a)}: element ${i} is ${found[i]}, not ${c}`);
    });
  }
  const singular = tensor(
    [
      [1, 2],
      [2, 4],
    ],
    { dtype: "float64" },
  );
  const second = grad((x: Tensor) =>
    grad((y: Tensor) => determinant(y))(x)
      .square()
      .sum(),
  );
  failsWith(() => second(singular).data(), /^determinant: of its second derivative/);
  failsWith(() => grad((x: Tensor) => logDeterminant(x).logAbs)(singular).data(), /^logDeterminant: of its derivative/);
});

test("errors speak of the function that was called", () => {
  const bad = [
    [1, 2],
    [3, Number.NaN],
  ];
  failsWith(() => spectralNorm(bad), /^spectralNorm: element \[1, 1\]/);
  failsWith(() => nuclearNorm(bad), /^nuclearNorm: element \[1, 1\]/);
  failsWith(() => singularValues(bad), /^singularValues: element \[1, 1\]/);
  failsWith(() => project(bad, [1, 2]), /^project: element \[1, 1\]/);
  failsWith(
    () =>
      matrixPower(
        [
          [1, 2],
          [2, 4],
        ],
        -1,
      ),
    /^matrixPower: the matrix is singular: column 1 depends/,
  );
  failsWith(() => inverse([[0]]), /^inverse: the matrix is singular: the diagonal element \[0, 0\] .*pseudoInverse/);
  failsWith(
    () =>
      inverse([
        [0, 1],
        [0, 2],
      ]),
    /^inverse: the matrix is singular: /,
  );
  failsWith(() => inverse([[1e-310]]), /^inverse: the numbers grew beyond the range/);
  failsWith(
    () =>
      solveTriangular(
        [
          [Number.POSITIVE_INFINITY, 0],
          [1, 2],
        ],
        [1, 2],
      ),
    /^solveTriangular: element \[0, 0\] is Infinity/,
  );
  failsWith(
    () =>
      solveTriangular(
        [
          [1, Number.NEGATIVE_INFINITY],
          [0, 1],
        ],
        [1, 0],
        { triangle: "upper" },
      ),
    /element \[0, 1\]/,
  );
  const half = [
    [Number.NaN, Number.POSITIVE_INFINITY],
    [1, Number.NaN],
  ];
  assert.deepEqual([...solveTriangular(half, [1, 2], { unit: true }).data()], [1, 1]);
  assert.throws(
    () => matrixNorm([[1]], 2 as 1),
    (e: unknown) => e instanceof UserError && /spectralNorm/.test(e.message),
  );
});
