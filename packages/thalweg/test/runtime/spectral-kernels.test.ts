/** Kernels of the symmetric eigenvalue problem against plain loops, in both dtypes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withWorkspace } from "../../src/runtime/kernels.js";
import { secularSums, secularVectors, symmetricProduct } from "../../src/runtime/spectral-kernels.js";

const dtypes = ["float64", "float32"] as const;
const unit = { float64: 2 ** -52, float32: 2 ** -23 };

/** Exact in float32. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 32 - 0.5);
  });
}

test("a symmetric product reads the upper triangle only", () => {
  for (const dtype of dtypes)
    for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 30, 33])
      for (const margin of [0, 3]) {
        const [a, x] = [numbers(n * n, n + 1), numbers(n, n + 50)];
        const spoiled = a.map((value, k) => (Math.floor(k / n) > k % n ? Number.NaN : value));
        const got = withWorkspace(dtype, (w) => {
          const place = w.matrix(n, n, n + margin);
          w.copy(w.load(spoiled, n, n), place);
          const y = w.load(new Float64Array(n).fill(Number.NaN), 1, n);
          symmetricProduct(w, place, w.load(x, 1, n), y);
          return w.values(y);
        });
        for (let i = 0; i < n; i += 1) {
          let sum = 0;
          for (let j = 0; j < n; j += 1) sum += (a[Math.min(i, j) * n + Math.max(i, j)] ?? 0) * (x[j] ?? 0);
          const error = Math.abs((got[i] ?? Number.NaN) - sum);
          assert.ok(error <= n * unit[dtype], `${dtype}, n = ${n}, row ${i}: off by ${error}`);
        }
      }
});

test("sums of the secular equation, left and right of any place", () => {
  for (const dtype of dtypes)
    for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 16, 21])
      for (let split = 0; split <= n; split += 1) {
        const z = numbers(n, n + split);
        const d = Float64Array.from({ length: n }, (_, j) => j);
        const [origin, tau] = [Math.floor(n / 2), 0.25];
        const got = withWorkspace(dtype, (w) => secularSums(w, w.load(d, n, 1), w.load(z, n, 1), split, origin, tau));
        const expected = [0, 0, 0, 0];
        d.forEach((pole, j) => {
          const t = (z[j] ?? 0) / (pole - origin - tau);
          const place = j < split ? 0 : 2;
          expected[place] = (expected[place] ?? 0) + t * (z[j] ?? 0);
          expected[place + 1] = (expected[place + 1] ?? 0) + t * t;
        });
        [got.left, got.leftSlope, got.right, got.rightSlope].forEach((value, k) => {
          const error = Math.abs(value - (expected[k] ?? Number.NaN));
          assert.ok(error <= 8 * n * unit[dtype], `${dtype}, n = ${n}, split ${split}, sum ${k}: off by ${error}`);
        });
      }
});

test("vectors of given eigenvalues: those of D + ẑ ẑᵀ with Löwner's ẑ, rows in their places", () => {
  for (const dtype of dtypes)
    for (const n of [1, 2, 3, 4, 5, 8, 9, 12]) {
      const d = Float64Array.from({ length: n }, (_, j) => j);
      const taus = numbers(n, n).map((x) => 0.5 + x / 2);
      const z = numbers(n, n + 9);
      const place = Int32Array.from({ length: n }, (_, j) => (j * 5 + 3) % n);
      // 5 and n have no common factor but at 5
      if (n === 5) place.set([2, 0, 4, 1, 3]);
      const got = withWorkspace(dtype, (w) => {
        const s = w.matrix(n, n, n + 1);
        const poles = { d: w.load(d, n, 1), z: w.load(z, n, 1) };
        const roots = { origins: poles.d, taus: w.load(taus, n, 1) };
        secularVectors(w, poles, roots, w.loadIntegers(place), s);
        return w.read(s);
      });
      for (let i = 0; i < n; i += 1) {
        const column = Array.from({ length: n }, (_, j) => {
          let square = (d[j] ?? 0) + (taus[j] ?? 0) - j;
          for (let k = 0; k < n; k += 1) if (k !== j) square *= (k + (taus[k] ?? 0) - j) / (k - j);
          const weight = Math.sqrt(square) * Math.sign(z[j] ?? 0);
          return weight / (j - i - (taus[i] ?? 0));
        });
        const length = Math.hypot(...column);
        column.forEach((x, j) => {
          const error = Math.abs((got[(place[j] ?? 0) * n + i] ?? Number.NaN) - x / length);
          assert.ok(error <= 60 * n * unit[dtype], `${dtype}, n = ${n}, column ${i}, pole ${j}: off by ${error}`);
        });
      }
    }
});
