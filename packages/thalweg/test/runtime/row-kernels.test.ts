/** The kernels over the rows of a design against plain loops, at sizes around every edge and at extreme scores; bits of fits on several threads. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { huberRegression, linearSvm, logisticRegression } from "../../src/linear/index.js";
import { setDevice } from "../../src/runtime/device.js";
import { withWorkspace } from "../../src/runtime/kernels.js";
import { addMoments, lossPass, scaleRows, standardize, sumRows } from "../../src/runtime/row-kernels.js";
import { tensor } from "../../src/tensor/creation.js";
import { noise, useTeam, withAll } from "./teams.js";

const numbers = (count: number, seed: number): Float64Array => Float64Array.from(noise(count, seed));

function close(found: ArrayLike<number>, due: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(found.length, due.length, what);
  for (let k = 0; k < due.length; k += 1) {
    const [a, b] = [found[k] ?? Number.NaN, due[k] ?? 0];
    assert.ok(
      Math.abs(a - b) <= tolerance * Math.max(1e-300, Math.abs(b)) || a === b,
      `${what} [${k}]: ${a}, not ${b}`,
    );
  }
}

const sum = (count: number, term: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((a, b) => a + b, 0);

describe("rows", () => {
  for (const m of [1, 2, 3, 4, 5, 9, 70])
    for (const n of [1, 2, 3, 7, 8, 9, 17])
      test(`sums, multiples, moments and standard form of ${m} × ${n}`, () => {
        const [a, f, y, by, times] = [m * n, m, n, n, n].map((count, k) => numbers(count, 10 * k + m + n)) as [
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        const at = (i: number, j: number): number => a[i * n + j] ?? 0;
        withWorkspace("float64", (w) => {
          const x = w.matrix(m, n + 3).block(0, 0, m, n);
          w.copy(w.load(a, m, n), x);
          const [factors, to] = [w.load(f, m, 1), w.load(y, n, 1)];
          sumRows(w, x, factors, to);
          const due = y.map((v, j) => v + sum(m, (i) => (f[i] ?? 0) * at(i, j)));
          w.values(to).forEach((v, j) => {
            assert.ok(Math.abs(v - (due[j] ?? 0)) < 1e-14 * m, `sum ${j}`);
          });
          const scaled = w.matrix(m, n);
          scaleRows(w, x, factors, scaled);
          close(
            w.read(scaled),
            a.map((v, k) => v * (f[Math.floor(k / n)] ?? 0)),
            1e-16,
            "scaled",
          );
          const [sums, squares] = [w.load(y, n, 1), w.load(y, n, 1)];
          addMoments(w, x, factors, sums, squares);
          const second = y.map((v, j) => v + sum(m, (i) => (f[i] ?? 0) * at(i, j) ** 2));
          w.values(sums).forEach((v, j) => {
            assert.ok(Math.abs(v - (due[j] ?? 0)) < 1e-14 * m, `first moment ${j}`);
          });
          w.values(squares).forEach((v, j) => {
            assert.ok(Math.abs(v - (second[j] ?? 0)) < 1e-14 * m, `second moment ${j}`);
          });
          standardize(w, x, w.load(by, n, 1), w.load(times, n, 1));
          close(
            w.read(x),
            a.map((v, k) => (v - (by[k % n] ?? 0)) * (times[k % n] ?? 0)),
            1e-15,
            "standard",
          );
        });
      });
});

describe("losses", () => {
  test("two classes, from scores of 0 to those whose powers leave the range", () => {
    const scores = [0, 1e-20, -1e-8, 0.3, -2, 17, -17, 36, -36, 40, 300, -300, 744, 746, -746, 1e4, -1e4, 1e300];
    for (const side of [1, -1])
      withWorkspace("float64", (w) => {
        const m = scores.length;
        const sides = w.load(new Float64Array(m).fill(side), m, 1);
        scores.forEach((z, i) => {
          const only = Float64Array.from({ length: m }, (_, k) => Number(k === i) * 1.5);
          const pass = lossPass(w, w.load(scores, m, 1), sides, w.load(only, m, 1), 1);
          w.fill(pass.beta, 1);
          const { loss, margin, sums, slopes } = pass.run();
          const s = side * z;
          const t = Math.exp(-Math.abs(s));
          const wrong = s > 0 ? t / (1 + t) : 1 / (1 + t);
          close([loss], [1.5 * (Math.max(0, -s) + Math.log1p(t))], 2e-15, `loss at ${s}`);
          close(slopes, [-1.5 * side * wrong], 2e-15, `slope at ${s}`);
          close(sums, [-1.5 * side * wrong * z], 2e-15, `gradient at ${s}`);
          close([w.values(pass.curvatures)[i] ?? 0], [(1.5 * (t / (1 + t))) / (1 + t)], 3e-15, `curvature at ${s}`);
          assert.equal(margin, s);
        });
      });
  });
  for (const [m, n, k] of [
    [1, 1, 3],
    [5, 2, 3],
    [131, 7, 4],
    [600, 90, 3],
  ] as const)
    for (const size of [0.1, 8, 400])
      test(`${k} classes, ${m} × ${n}, weights of size ${size}`, () => {
        const [a, b, bias] = [numbers(m * n, 1), numbers(k * n, 2).map((v) => size * v), numbers(k, 3)];
        const codes = Float64Array.from({ length: m }, (_, i) => (i * 7) % k);
        const weights = Float64Array.from({ length: m }, (_, i) => i % 3);
        if (m === 1) weights[0] = 1;
        withWorkspace("float64", (w) => {
          const pass = lossPass(w, w.load(a, m, n), w.load(codes, m, 1), w.load(weights, m, 1), k);
          w.copy(w.load(b, k, n), pass.beta);
          w.copy(w.load(bias, k, 1), pass.biases);
          const found = pass.run();
          let [loss, margin] = [0, Infinity];
          const [sums, slopes] = [new Float64Array(k * n), new Float64Array(k)];
          for (let i = 0; i < m; i += 1) {
            const z = Array.from(bias, (v, c) => v + sum(n, (j) => (a[i * n + j] ?? 0) * (b[c * n + j] ?? 0)));
            const [code, weight] = [codes[i] ?? 0, weights[i] ?? 0];
            const own = z[code] ?? 0;
            const most = Math.max(...z);
            const power = (c: number): number => Math.exp((z[c] ?? 0) - most);
            const others = sum(k, (c) => (c === code ? 0 : power(c)));
            const all = others + power(code);
            loss += weight * (own === most ? Math.log1p(others) : Math.log(all) + most - own);
            if (weight > 0) margin = Math.min(margin, own - Math.max(...z.filter((_, c) => c !== code)));
            for (let c = 0; c < k; c += 1) {
              const slope = (weight * (c === code ? -others : power(c))) / all;
              slopes[c] = (slopes[c] ?? 0) + slope;
              for (let j = 0; j < n; j += 1) sums[c * n + j] = (sums[c * n + j] ?? 0) + slope * (a[i * n + j] ?? 0);
            }
          }
          close([found.loss, found.margin], [loss, margin], 1e-11, "loss, margin");
          const largest = Math.max(...sums.map(Math.abs), ...slopes.map(Math.abs), 1e-300);
          found.sums.forEach((v, j) => {
            assert.ok(Math.abs(v - (sums[j] ?? 0)) <= 1e-10 * largest, `gradient ${j}`);
          });
          found.slopes.forEach((v, c) => {
            assert.ok(Math.abs(v - (slopes[c] ?? 0)) <= 1e-10 * largest, `slope ${c}`);
          });
        });
      });
});

describe("the same bits on several threads", () => {
  afterEach(() => setDevice(undefined));
  const [rows, columns] = [6000, 21];
  const data = numbers(rows * columns, 5);
  const score = (i: number): number =>
    (data[i * columns] ?? 0) - (data[i * columns + 3] ?? 0) + (data[i * columns + 4] ?? 0) ** 3;
  const two = Int32Array.from({ length: rows }, (_, i) => Number(score(i) > 0.1));
  const three = Int32Array.from({ length: rows }, (_, i) => (score(i) > 0.5 ? 2 : score(i) > -0.2 ? 1 : 0));
  const wild = Float64Array.from({ length: rows }, (_, i) => score(i) + (i % 11 === 0 ? 30 : 0));
  const all = (): string => {
    const x = tensor(data).reshape([rows, columns]);
    return JSON.stringify([
      logisticRegression({ solver: "lbfgs" }).fit(x, two),
      logisticRegression({ solver: "newton", alpha: 3 }).fit(x, two),
      logisticRegression({ solver: "lbfgs" }).fit(x, three),
      logisticRegression({ l1Ratio: 1, alpha: 20 }).fit(x, three),
      linearSvm().fit(x, two),
      huberRegression().fit(x, wild),
    ]);
  };
  for (const threads of [2, 3])
    test(`${threads}`, async () => {
      useTeam(1);
      const due = all();
      assert.equal(await withAll(useTeam(threads), all), due);
    });
});
