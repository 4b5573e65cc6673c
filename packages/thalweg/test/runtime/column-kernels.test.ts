/** The kernels on rows of tables against plain loops, for sizes around every edge. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { kMeans } from "../../src/cluster/index.js";
import { lasso, ridge, tunedRidge } from "../../src/linear/index.js";
import { addGram, addRows, nearestRows, padded, rowDistances, shiftRows } from "../../src/runtime/column-kernels.js";
import { setDevice } from "../../src/runtime/device.js";
import { type Matrix, type Workspace, withWorkspace } from "../../src/runtime/kernels.js";
import { tensor } from "../../src/tensor/creation.js";
import { useTeam, withAll } from "./teams.js";

let state = 7;
function numbers(count: number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

function close(found: ArrayLike<number>, due: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(found.length, due.length, what);
  for (let k = 0; k < due.length; k += 1)
    assert.ok(
      Math.abs((found[k] ?? Number.NaN) - (due[k] ?? 0)) <= tolerance,
      `${what} [${k}]: ${found[k]}, not ${due[k]}`,
    );
}

/** A table of which the rows are farther apart than they are long. */
function table(w: Workspace, data: Float64Array, rows: number, columns: number, gap: number): Matrix {
  const m = w.matrix(rows, columns + gap).block(0, 0, rows, columns);
  w.copy(w.load(data, rows, columns), m);
  return m;
}

const heights = [1, 2, 5, 8, 255, 256, 257, 700];

describe("kernels on rows", () => {
  test("shift and weight, in place and elsewhere", () => {
    for (const m of [1, 3, 40])
      for (const n of [1, 2, 3, 7, 16])
        withWorkspace("float64", (w) => {
          const [a, shift, factors] = [numbers(m * n), numbers(n), numbers(m)];
          const due = a.map((v, k) => (v - (shift[k % n] ?? 0)) * (factors[Math.floor(k / n)] ?? 0));
          const [from, to] = [table(w, a, m, n, 3), w.matrix(m, n)];
          const [s, f] = [w.load(shift, n, 1), w.load(factors, m, 1)];
          shiftRows(w, from, to, s, f);
          close(w.read(to), due, 1e-16, "elsewhere");
          shiftRows(w, from, from, s, f);
          close(w.read(from), due, 1e-16, "in place");
        });
  });
  test("the Gram matrix adds to what is there, in the lower triangle", () => {
    for (const m of heights)
      for (const n of [4, 8, 12, 20])
        withWorkspace("float64", (w) => {
          const [z, before] = [numbers(m * n), numbers(n * n)];
          const c = w.load(before, n, n);
          addGram(w, table(w, z, m, n, 5), c);
          const found = w.read(c);
          for (let i = 0; i < n; i += 1)
            for (let j = 0; j <= i; j += 1) {
              let due = before[i * n + j] ?? 0;
              for (let r = 0; r < m; r += 1) due += (z[r * n + i] ?? 0) * (z[r * n + j] ?? 0);
              const error = Math.abs((found[i * n + j] ?? Number.NaN) - due);
              assert.ok(error <= 1e-15 * m + 1e-15, `${m} × ${n} [${i}, ${j}]: off by ${error}`);
            }
        });
  });
  test("the nearest centre; ties and near ties are left open, numbers that overflow too", () => {
    for (const m of [1, 4, 7, 30])
      for (const n of [1, 2, 5, 9])
        for (const k of [1, 2, 3, 4, 5, 9])
          withWorkspace("float64", (w) => {
            const [x, centers] = [numbers(m * n), numbers(k * n)];
            const open = k > 1 && m > 4;
            // the last row in the middle of the last two centres
            for (let j = 0; open && j < n; j += 1)
              x[(m - 1) * n + j] = ((centers[(k - 1) * n + j] ?? 0) + (centers[(k - 2) * n + j] ?? 0)) / 2;
            if (m > 7) x.fill(1e200, 3 * n, 4 * n);
            const squaresOf = (data: Float64Array, i: number): number =>
              data.subarray(i * n, (i + 1) * n).reduce((sum, v) => sum + v * v, 0);
            const rows = w.matrix(padded(m), n);
            w.fill(rows, 0);
            w.write(x, rows.block(0, 0, m, n));
            const transposed = w.zeros(n, padded(k));
            w.copy(w.load(centers, k, n).transposed(), transposed.block(0, 0, n, k));
            const lengths = Float64Array.from({ length: padded(k) }, (_, c) =>
              c < k ? squaresOf(centers, c) : Infinity,
            );
            const longest = lengths.subarray(0, k).reduce((a, b) => Math.max(a, b), 0);
            const squares = w.zeros(padded(m), 1);
            w.write(
              Float64Array.from({ length: m }, (_, i) => squaresOf(x, i)),
              squares.block(0, 0, m, 1),
            );
            const labels = w.integers(padded(m));
            const held = { transposed, lengths: w.load(lengths, padded(k), 1), longest };
            nearestRows(w, rows, held, squares, labels, 1e-13);
            const found = w.readIntegers(labels);
            for (let i = 0; i < m; i += 1) {
              const d = Array.from({ length: k }, (_, c) => {
                let sum = 0;
                for (let j = 0; j < n; j += 1) sum += ((x[i * n + j] ?? 0) - (centers[c * n + j] ?? 0)) ** 2;
                return sum;
              });
              const [least = 0, second = Infinity] = [...d].sort((p, q) => p - q);
              const nearTie = second - least < 1e-12 || !(second < 1e100);
              const due = k > 1 && nearTie ? -1 : d.indexOf(least);
              if (k === 1 && !Number.isFinite(least)) continue;
              assert.equal(found[i], due, `row ${i} of ${m} × ${n}, ${k} centres`);
            }
          });
  });
  test("sums of rows by label, without those below 0; distances to labelled rows", () => {
    for (const m of [1, 4, 33])
      for (const n of [1, 2, 3, 8, 11, 17])
        withWorkspace("float64", (w) => {
          const k = 3;
          const [x, weights, start, centers] = [numbers(m * n), numbers(m), numbers(k * n), numbers(k * n)];
          const labels = Int32Array.from({ length: m }, (_, i) => (i % 5) - 2);
          const [sums, totals] = [start.slice(), new Float64Array(k)];
          labels.forEach((c, i) => {
            if (c < 0) return;
            totals[c] = (totals[c] ?? 0) + (weights[i] ?? 0);
            for (let j = 0; j < n; j += 1)
              sums[c * n + j] = (sums[c * n + j] ?? 0) + (weights[i] ?? 0) * (x[i * n + j] ?? 0);
          });
          const rows = table(w, x, m, n, 2);
          const [s, t] = [w.load(start, k, n), w.zeros(k, 1)];
          addRows(w, rows, w.loadIntegers(labels), w.load(weights, m, 1), s, t);
          close(w.read(s), sums, 1e-14, "sums");
          close(w.read(t), totals, 1e-14, "totals");
          const to = labels.map((c) => Math.max(0, c));
          const due = Float64Array.from(to, (c, i) => {
            let sum = 0;
            for (let j = 0; j < n; j += 1) sum += ((x[i * n + j] ?? 0) - (centers[c * n + j] ?? 0)) ** 2;
            return sum;
          });
          const out = w.vector(m);
          rowDistances(w, rows, w.loadIntegers(to), w.load(centers, k, n), out);
          close(w.read(out), due, 1e-14, "distances");
        });
  });
  test("sizes that do not fit are refused", () => {
    withWorkspace("float64", (w) => {
      assert.throws(() => addGram(w, w.matrix(4, 5), w.matrix(5, 5)), /sizes do not fit/);
      assert.throws(() => shiftRows(w, w.matrix(2, 3), w.matrix(2, 3), w.vector(2), w.vector(2)), /sizes do not fit/);
      assert.throws(
        () => addRows(w, w.matrix(4, 2), w.integers(3), w.vector(4), w.matrix(2, 2), w.vector(2)),
        /do not fit/,
      );
    });
  });
});

test("estimators that stand on them: the bits of one thread, whatever the number", async () => {
  const [rows, columns] = [700, 37];
  const x = tensor(numbers(rows * columns)).reshape([rows, columns]);
  const y = tensor(numbers(rows));
  const run = (): string =>
    JSON.stringify([
      ridge().fit(x, y),
      lasso({ alpha: 1e-3 }).fit(x, y),
      tunedRidge().fit(x, y),
      kMeans({ clusters: 5, starts: 1, maxIterations: 5 }).fit(x),
    ]);
  try {
    useTeam(1);
    const due = run();
    for (const threads of [2, 3]) {
      const device = useTeam(threads, false);
      try {
        assert.equal(await withAll(device, run), due, `${threads} threads`);
      } finally {
        device.threads.stop();
      }
    }
  } finally {
    setDevice(undefined);
  }
});
