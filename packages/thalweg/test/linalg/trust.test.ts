/** What linear algebra says about its own results: no worthless answer without a word, no promise of digits that are not there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, type Tensor, tensor } from "../../src/index.js";
import { solutionWarning } from "../../src/linalg/condition.js";
import {
  conditionEstimate,
  inverse,
  lstsq,
  solve,
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
