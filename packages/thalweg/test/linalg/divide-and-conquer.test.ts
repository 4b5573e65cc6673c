/** Divide and conquer for tridiagonal matrices: its bars on hostile matrices of sizes around every cut, SciPy's values, and the secular equation by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { leafRows, tridiagonalEigen } from "../../src/linalg/eigh/divide-and-conquer.js";
import { tridiagonalEigenvalues } from "../../src/linalg/eigh/implicit-ql.js";
import { type SecularProblem, secularRoot } from "../../src/linalg/eigh/secular.js";
import { withWorkspace } from "../../src/runtime/kernels.js";
import cases from "../references/tridiagonal.json" with { type: "json" };
import { eps } from "./measure.js";

/** A different run each time would be no test: seeds are fixed, and named by every failure. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Solved {
  readonly values: Float64Array;
  /** Vectors in rows. */
  readonly rows: ArrayLike<number>;
  readonly missing: number;
}

function solve(d: ArrayLike<number>, e: ArrayLike<number>): Solved {
  const n = d.length;
  const values = Float64Array.from(d);
  const couplings = Float64Array.from({ length: n }, (_, i) => e[i] ?? 0);
  return withWorkspace("float64", (w) => {
    const rows = w.spread(n, n);
    const missing = tridiagonalEigen(w, values, couplings, rows);
    return { values, rows: w.read(rows), missing };
  });
}

/** The largest elements, in units of eps: of (T − λ) v over ‖T‖, and of VᵀV − I. */
function errors(d: ArrayLike<number>, e: ArrayLike<number>, { values, rows }: Solved): readonly [number, number] {
  const n = d.length;
  let size = 0;
  for (let i = 0; i < n; i += 1) {
    const beside = Math.abs(i > 0 ? (e[i - 1] ?? 0) : 0) + Math.abs(i < n - 1 ? (e[i] ?? 0) : 0);
    size = Math.max(size, Math.abs(d[i] ?? 0) + beside);
  }
  const at = (x: ArrayLike<number>, i: number): number => (size === 0 ? 0 : (x[i] ?? 0) / size);
  let [residual, orthogonality] = [0, 0];
  for (let r = 0; r < n; r += 1) {
    const v = (i: number): number => (i < 0 || i >= n ? 0 : (rows[r * n + i] ?? Number.NaN));
    for (let i = 0; i < n; i += 1) {
      const beside = (i > 0 ? at(e, i - 1) * v(i - 1) : 0) + (i < n - 1 ? at(e, i) * v(i + 1) : 0);
      residual = larger(residual, Math.abs((at(d, i) - at(values, r)) * v(i) + beside));
    }
    for (let q = 0; q <= r; q += 1) {
      let sum = q === r ? -1 : 0;
      for (let i = 0; i < n; i += 1) sum += v(i) * (rows[q * n + i] ?? Number.NaN);
      orthogonality = larger(orthogonality, Math.abs(sum));
    }
  }
  return [residual / eps, orthogonality / eps];
}

/** NaN counts as larger than anything. */
function larger(x: number, y: number): number {
  return y <= x ? x : y;
}

type Rule = (i: number, n: number, u: () => number) => number;

const rules: Readonly<Record<string, Rule>> = {
  uniform: (_, __, u) => u() - 0.5,
  zero: () => 0,
  one: () => 1,
  signs: (_, __, u) => (u() < 0.5 ? -1 : 1),
  negligible: (_, __, u) => (u() - 0.5) * 1e-15,
  "graded down": (i, n, u) => 10 ** (150 - (300 * i) / n) * (u() + 0.5),
  "graded up": (i, n, u) => 10 ** ((300 * i) / n - 150) * (u() + 0.5),
  "mildly graded": (i, n, u) => 10 ** ((-20 * i) / n) * (u() + 0.5),
  sparse: (_, __, u) => (u() < 0.7 ? 0 : u()),
  "of all sizes": (_, __, u) => 10 ** (-40 * u()),
  clustered: (_, __, u) => (u() < 0.5 ? 1 : 1 + 1e-15 * u()),
  wilkinson: (i) => Math.abs(10 - (i % 21)),
  glue: (i, _, u) => (i % 21 === 20 ? 1e-8 * u() : 1),
  tiny: (_, __, u) => 1e-300 * u(),
  huge: (_, __, u) => 1e300 * u(),
};

const edges = [1, 2, leafRows - 1, leafRows, leafRows + 1, 2 * leafRows - 1, 2 * leafRows, 2 * leafRows + 1, 70, 130];

test("small residuals, orthonormal vectors and the values of implicit QL, for every pair of kinds", () => {
  const names = Object.keys(rules);
  let seed = 0;
  for (const diagonal of names)
    for (const coupling of names) {
      seed += 1;
      const u = uniform(seed);
      const n = edges[Math.floor(u() * edges.length)] ?? 1;
      const name = `seed ${seed}: diagonal ${diagonal}, couplings ${coupling}, n = ${n}`;
      const d = Float64Array.from({ length: n }, (_, i) => rules[diagonal]?.(i, n, u) ?? 0);
      const e = Float64Array.from({ length: n }, (_, i) => rules[coupling]?.(i, n, u) ?? 0);
      const solved = solve(d, e);
      assert.equal(solved.missing, 0, name);
      const [residual, orthogonality] = errors(d, e, solved);
      assert.ok(residual <= 30, `${name}: residual ${residual} eps`);
      assert.ok(orthogonality <= 30, `${name}: orthogonality ${orthogonality} eps`);
      const largest = Math.max(...d.map(Math.abs), ...e.map(Math.abs), Number.MIN_VALUE);
      const [ql, couplings] = [d.map((x) => x / largest), e.map((x) => x / largest)];
      assert.equal(tridiagonalEigenvalues(ql, couplings, undefined), 0, name);
      ql.sort();
      solved.values.sort().forEach((x, i) => {
        const error = Math.abs(x / largest - (ql[i] ?? Number.NaN)) / eps;
        assert.ok(error <= 60, `${name}: eigenvalue ${i} is off by ${error} eps`);
      });
    }
});

test("all sizes to 70, and every size around the cuts of 130", () => {
  const sizes = [...Array.from({ length: 71 }, (_, n) => n), 95, 96, 97, 127, 128, 129, 131, 132, 133];
  for (const n of sizes) {
    const u = uniform(1000 + n);
    const [d, e] = [0, 1].map(() => Float64Array.from({ length: n }, () => u() - 0.5)) as [Float64Array, Float64Array];
    const solved = solve(d, e);
    assert.equal(solved.missing, 0);
    for (const error of errors(d, e, solved)) assert.ok(error <= 30, `seed ${1000 + n}, n = ${n}: ${error} eps`);
    assert.deepEqual(solve(d, e), solved, `n = ${n}: other bits the second time`);
  }
});

test("eigenvalues are those of SciPy to 20·n·eps·‖T‖", () => {
  for (const { name, d, e, values } of cases) {
    const { values: mine } = solve(d, e);
    const limit = 20 * d.length * eps * Math.max(...values.map(Math.abs));
    mine.sort().forEach((x, i) => {
      const error = Math.abs(x - (values[i] ?? Number.NaN));
      assert.ok(error <= limit, `${name}: eigenvalue ${i} is off by ${error}, allowed ${limit}`);
    });
  }
});

test("second differences: 2 − 2 cos(kπ/(n + 1)) and sines", () => {
  const n = 120;
  const { values, rows } = solve(new Float64Array(n).fill(2), new Float64Array(n - 1).fill(-1));
  const order = Array.from(values, (_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  order.forEach((row, k) => {
    const angle = ((k + 1) * Math.PI) / (n + 1);
    assert.ok(Math.abs((values[row] ?? 0) - (2 - 2 * Math.cos(angle))) <= 20 * eps * 4, `value ${k}`);
    const sign = (rows[row * n] ?? 0) < 0 ? -1 : 1;
    for (let i = 0; i < n; i += 1) {
      const expected = Math.sqrt(2 / (n + 1)) * Math.sin((i + 1) * angle);
      // gaps of the order of 1/n² stand against the rounding errors
      assert.ok(Math.abs(sign * (rows[row * n + i] ?? 0) - expected) <= 2e-12, `vector ${k}, element ${i}`);
    }
  });
});

function problem(d: Float64Array, z: Float64Array, rho: number): { problem: SecularProblem; calls: () => number } {
  let calls = 0;
  const sums = (split: number, origin: number, tau: number) => {
    calls += 1;
    const total = { left: 0, leftSlope: 0, right: 0, rightSlope: 0 };
    d.forEach((pole, j) => {
      const t = (z[j] ?? 0) / (pole - origin - tau);
      if (j < split) {
        total.left += t * (z[j] ?? 0);
        total.leftSlope += t * t;
      } else {
        total.right += t * (z[j] ?? 0);
        total.rightSlope += t * t;
      }
    });
    return total;
  };
  return { problem: { d, z, inverse: 1 / rho, sums }, calls: () => calls };
}

test("roots of the secular equation: between the poles, zero but for rounding, in few steps", () => {
  let [all, count] = [0, 0];
  for (let seed = 1; seed <= 120; seed += 1) {
    const u = uniform(seed);
    const n = 1 + Math.floor(u() * 40);
    const gaps = [() => u() + 1e-3, () => 10 ** (-15 * u()), () => (u() < 0.5 ? 1e-15 : 1), () => 1][seed % 4];
    const weights = [() => u() - 0.5, () => 10 ** (-15 * u()), () => (u() < 0.5 ? 1e-15 : 1), () => 1][(seed >> 2) % 4];
    const d = new Float64Array(n);
    for (let j = 1; j < n; j += 1) d[j] = (d[j - 1] ?? 0) + (gaps?.() ?? 1);
    const z = Float64Array.from({ length: n }, () => weights?.() ?? 1);
    const rho = 10 ** (4 * u() - 2);
    if (d.some((x, j) => j > 0 && !(x > (d[j - 1] ?? 0)))) continue;
    const { problem: given, calls } = problem(d, z, rho);
    for (let i = 0; i < n; i += 1) {
      const before = calls();
      const root = secularRoot(given, i);
      const name = `seed ${seed}, root ${i} of ${n}`;
      assert.ok(root !== undefined, name);
      const steps = calls() - before;
      assert.ok(steps <= 60, `${name}: ${steps} steps`);
      [all, count] = [all + steps, count + 1];
      const { origin, tau } = root;
      const f = (at: number): number => {
        const s = given.sums(i + 1, origin, at);
        return given.inverse + s.left + s.right;
      };
      if (i < n - 1)
        assert.ok(origin === d[i] ? tau > 0 : origin === d[i + 1] && tau < 0, `${name}: on the wrong side`);
      else assert.ok(origin === d[i] && tau > 0, `${name}: left of the last pole`);
      // f grows from pole to pole, so that a change of sign encloses the root
      const s = given.sums(i + 1, origin, tau);
      const noise = 8 * n * eps * (given.inverse + Math.abs(s.left) + Math.abs(s.right));
      const slope = (s.leftSlope + s.rightSlope) * Math.abs(tau) * 8 * eps;
      assert.ok(Math.abs(f(tau)) <= noise + slope, `${name}: f is ${f(tau)}, allowed ${noise + slope}`);
    }
  }
  assert.ok(all / count <= 8, `${all / count} evaluations a root`);
});

test("what cannot converge ends, and says so", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const place of [0, 40, 69]) {
      const d = new Float64Array(70).fill(1);
      d[place] = bad;
      assert.ok(solve(d, new Float64Array(70).fill(1)).missing > 0);
    }
    const sums = () => ({ left: bad, leftSlope: bad, right: bad, rightSlope: bad });
    const d = Float64Array.of(0, 1, 2);
    for (let i = 0; i < 3; i += 1) assert.equal(secularRoot({ d, z: d, inverse: 1, sums }, i), undefined);
  }
});
