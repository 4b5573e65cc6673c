/** Kernels of eigenvalue problems against plain loops, in both dtypes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withWorkspace } from "../../src/runtime/kernels.js";
import {
  francisBlock,
  francisSweep,
  secularSums,
  secularVectors,
  symmetricProduct,
} from "../../src/runtime/spectral-kernels.js";

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

function hessenberg(n: number, seed: number): Float64Array {
  return numbers(n * n, seed).map((x, k) => (Math.floor(k / n) > (k % n) + 1 ? 0 : x));
}

function product(a: ArrayLike<number>, b: ArrayLike<number>, n: number, turned: boolean): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < n; k += 1) sum += (a[i * n + k] ?? 0) * ((turned ? b[j * n + k] : b[k * n + j]) ?? 0);
    return sum;
  });
}

test("a sweep is an orthogonal similarity that keeps the Hessenberg form, of any block of it", () => {
  const shifts = [
    { re1: 0.3, im1: 0.2, re2: 0.3, im2: -0.2 },
    { re1: 0.1, im1: 0, re2: -0.4, im2: 0 },
  ];
  for (const dtype of dtypes)
    for (const n of [3, 4, 5, 6, 12, 24, 25, 26, 27, 28, 29, 49, 50, 51, 52, 53])
      for (const [start, end] of [
        [0, n - 1],
        [Math.min(2, n - 3), n - 1],
        [0, Math.max(2, n - 4)],
        [Math.min(3, n - 3), Math.min(Math.max(5, n - 2), n - 1)],
      ] as const)
        for (const shift of shifts)
          for (const from of [start, end - 2]) {
            const name = `${dtype}, n = ${n}, rows ${start} to ${end}, from ${from}`;
            const a = hessenberg(n, 3 * n + start);
            // blocks stand apart; two small elements in a row let the sweep start further down
            if (start > 0) a[start * n + start - 1] = 0;
            if (end < n - 1) a[(end + 1) * n + end] = 0;
            const small = unit[dtype] / 64;
            if (from > start) a[from * n + from - 1] = Math.fround(small);
            const [after, z, block] = withWorkspace(dtype, (w) => {
              const [h, rows, alone] = [w.load(a, n, n), w.zeros(n, n), w.load(a, n, n)];
              w.fill(rows, 0, 1);
              francisSweep(w, h, rows, start, end, shift);
              francisSweep(w, alone, undefined, start, end, shift);
              return [w.read(h), w.read(rows), w.read(alone)];
            });
            const back = product(product(z, a, n, false), z, n, true);
            const unity = product(z, z, n, true);
            const limit = 8 * n * unit[dtype];
            for (let k = 0; k < n * n; k += 1) {
              const [i, j] = [Math.floor(k / n), k % n];
              const error = Math.abs((after[k] ?? Number.NaN) - (back[k] ?? 0));
              assert.ok(error <= limit, `${name}: element ${i}, ${j} is off by ${error}`);
              assert.ok(Math.abs((unity[k] ?? Number.NaN) - (i === j ? 1 : 0)) <= limit, `${name}: not orthogonal`);
              if (i > j + 1) assert.equal(after[k], 0, `${name}: ${i}, ${j} is not zero`);
              const inside = i >= start && i <= end && j >= start && j <= end;
              const expected = inside ? (after[k] ?? 0) : (a[k] ?? 0);
              assert.ok(
                Math.abs((block[k] ?? Number.NaN) - expected) <= limit,
                `${name}: the block alone at ${i}, ${j}`,
              );
            }
            const moved = Math.max(...after.map((x, k) => Math.abs(x - (a[k] ?? 0))));
            assert.ok(moved > 1e-3, `${name}: nothing happened`);
          }
});

test("where a Hessenberg matrix falls apart", () => {
  for (const dtype of dtypes) {
    const n = 12;
    const a = hessenberg(n, 5).map((x, k) => (k % (n + 1) === 0 ? 1 + (k % 7) : x));
    const small = unit[dtype] / 1024;
    for (let end = 0; end < n; end += 1)
      for (let cut = 0; cut <= end; cut += 1) {
        const cutOff = a.slice();
        if (cut > 0) cutOff[cut * n + cut - 1] = small;
        const got = withWorkspace(dtype, (w) => francisBlock(w, w.load(cutOff, n, n), end));
        assert.equal(got, cut, `${dtype}: cut before ${cut}, end ${end}`);
      }
    // nothing beside it to be small against: zeros on the diagonal
    const shift = new Float64Array(n * n).map((_, k) => (Math.floor(k / n) === (k % n) + 1 ? small : 0));
    assert.equal(
      withWorkspace(dtype, (w) => francisBlock(w, w.load(shift, n, n), n - 1)),
      0,
    );
  }
});
