import assert from "node:assert/strict";
import { test } from "node:test";
import { dynamicGemv } from "../../src/compiler/templates/gemv-dynamic.js";
import { tileCandidates } from "../../src/compiler/templates/matmul.js";
import { dynamicMatmul, dynamicMatmulScratchBytes } from "../../src/compiler/templates/matmul-dynamic.js";
import { type Program, program } from "./wasm-program.js";

type Scalar = "f32" | "f64";

interface View {
  /** Element of the first entry. */
  readonly at: number;
  readonly row: number;
  readonly col: number;
}

function generator(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % below;
  };
}

const tiles = {
  f32: [{ rows: 4, columns: 8 }, ...tileCandidates.f32],
  f64: [{ rows: 4, columns: 4 }, ...tileCandidates.f64],
};
const candidates = (["f32", "f64"] as const).flatMap((scalar) => tiles[scalar].map((tile) => ({ scalar, tile })));
const functions = candidates.map(({ scalar, tile }) => dynamicMatmul(scalar, `${scalar}_${tile.rows}`, tile));
const shared: Program = program([...functions, dynamicGemv("f32"), dynamicGemv("f64")], { pages: 200 });

/** Views of a rows × cols matrix: by rows, by columns, spaced, and both axes reversed. */
function views(rows: number, cols: number): View[] {
  return [
    { at: 0, row: cols + 3, col: 1 },
    { at: 0, row: 1, col: rows + 1 },
    { at: 0, row: 2 * cols + 1, col: 2 },
    { at: (rows - 1) * cols + cols - 1, row: -cols, col: -1 },
  ];
}

const bytesOf = (scalar: Scalar): number => (scalar === "f32" ? 4 : 8);
const heap = (scalar: Scalar): Float32Array | Float64Array => (scalar === "f32" ? shared.f32 : shared.f64);
const scratch = 64;
const heapStart = 2 << 20;

/** Byte addresses of three matrices with room around each, and the end. */
function place(scalar: Scalar, m: number, n: number, k: number): { a: number; b: number; c: number; end: number } {
  const room = (rows: number, cols: number): number => bytesOf(scalar) * (3 * (rows + 2) * (cols + 2) + 64);
  const a = heapStart + 512;
  const b = a + room(m, k);
  const c = b + room(k, n);
  return { a, b, c, end: c + room(m, n) };
}

function write(
  scalar: Scalar,
  base: number,
  view: View,
  rows: number,
  cols: number,
  value: (i: number, j: number) => number,
): void {
  const data = heap(scalar);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < cols; j += 1)
      data[base / bytesOf(scalar) + view.at + i * view.row + j * view.col] = value(i, j);
  }
}

function read(scalar: Scalar, base: number, view: View, rows: number, cols: number): number[] {
  const data = heap(scalar);
  return Array.from({ length: rows * cols }, (_, at) => {
    const [i, j] = [Math.floor(at / cols), at % cols];
    return data[base / bytesOf(scalar) + view.at + i * view.row + j * view.col] ?? Number.NaN;
  });
}

interface Case {
  readonly scalar: Scalar;
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly views: readonly [View, View, View];
  readonly accumulate: number;
  readonly alpha: number;
}

function run(
  c: Case,
  a: readonly number[],
  b: readonly number[],
  start: readonly number[],
): { result: number[]; outside: boolean } {
  const { scalar, m, n, k } = c;
  const [va, vb, vc] = c.views;
  const size = bytesOf(scalar);
  const at = place(scalar, m, n, k);
  const around = 256;
  heap(scalar).fill(Number.NaN, heapStart / size, at.end / size);
  write(scalar, at.a, va, m, k, (i, j) => a[i * k + j] ?? 0);
  write(scalar, at.b, vb, k, n, (i, j) => b[i * n + j] ?? 0);
  write(scalar, at.c, vc, m, n, (i, j) => start[i * n + j] ?? 0);
  const before = heap(scalar).slice((at.c - around) / size, at.end / size);
  shared.call(
    c.name,
    m,
    n,
    k,
    at.a + va.at * size,
    va.row,
    va.col,
    at.b + vb.at * size,
    vb.row,
    vb.col,
    at.c + vc.at * size,
    vc.row,
    vc.col,
    c.accumulate,
    scratch,
    c.alpha,
  );
  const result = read(scalar, at.c, vc, m, n);
  // what lies between the elements of C must be as before
  write(scalar, at.c, vc, m, n, (i, j) => start[i * n + j] ?? 0);
  const after = heap(scalar).slice((at.c - around) / size, at.end / size);
  assert.ok(dynamicMatmulScratchBytes(scalar) < heapStart - scratch);
  return { result, outside: after.some((x, i) => !Object.is(x, before[i])) };
}

function product(c: Case, a: readonly number[], b: readonly number[], start: readonly number[]): number[] {
  const { m, n, k } = c;
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let p = 0; p < k; p += 1) sum += (a[i * k + p] ?? 0) * (b[p * n + j] ?? 0);
    return c.alpha * sum + (c.accumulate === 1 ? (start[at] ?? 0) : 0);
  });
}

const same = (x: readonly number[], y: readonly number[]): boolean => x.every((value, i) => value === y[i]);

test("run-time sizes: all layouts, both forms, exact on integers", () => {
  const sizes = [
    [1, 1, 1],
    [4, 8, 5],
    [5, 9, 3],
    [13, 6, 17],
    [24, 16, 4],
    [7, 1, 9],
    [1, 11, 2],
    [6, 6, 0],
  ] as const;
  let seed = 1;
  for (const { scalar, tile } of candidates) {
    for (const [m, n, k] of sizes) {
      for (const va of views(m, k)) {
        for (const vb of views(k, n)) {
          for (const vc of views(m, n)) {
            seed += 1;
            const next = generator(seed);
            const integers = (count: number): number[] => Array.from({ length: count }, () => next(17) - 8);
            const [a, b, start] = [integers(m * k), integers(k * n), integers(m * n)];
            const c: Case = {
              scalar,
              name: `${scalar}_${tile.rows}`,
              m,
              n,
              k,
              views: [va, vb, vc],
              accumulate: seed % 2,
              alpha: seed % 3 === 0 ? 3 : -1,
            };
            const { result, outside } = run(c, a, b, start);
            assert.ok(same(result, product(c, a, b, start)), `seed ${seed} ${JSON.stringify(c)}`);
            assert.ok(!outside, `writes outside C: ${JSON.stringify(c)}`);
          }
        }
      }
    }
  }
});

test("run-time sizes: around the edges of blocks and slices, the same bits with every tile", () => {
  const sizes = [
    [95, 20, 255],
    [97, 33, 257],
    [30, 505, 40],
    [10, 517, 300],
    [194, 9, 12],
  ] as const;
  for (const scalar of ["f32", "f64"] as const) {
    for (const [m, n, k] of sizes) {
      const next = generator(m * n + k);
      const random = (count: number): number[] =>
        Array.from({ length: count }, () => Math.fround(next(2 ** 20) / 2 ** 19 - 1));
      const [a, b, start] = [random(m * k), random(k * n), random(m * n)];
      let first: number[] | undefined;
      for (const tile of tiles[scalar]) {
        for (const [x, y, z] of [
          [0, 0, 0],
          [1, 2, 1],
          [2, 1, 3],
        ] as const) {
          const [va, vb, vc] = [views(m, k)[x], views(k, n)[y], views(m, n)[z]];
          assert.ok(va !== undefined && vb !== undefined && vc !== undefined);
          const c: Case = {
            scalar,
            name: `${scalar}_${tile.rows}`,
            m,
            n,
            k,
            views: [va, vb, vc],
            accumulate: 1,
            alpha: 0.75,
          };
          const { result, outside } = run(c, a, b, start);
          assert.ok(!outside);
          if (first === undefined) {
            const eps = scalar === "f32" ? 2 ** -24 : 2 ** -53;
            const exact = product(c, a, b, start);
            const bound = product(c, a.map(Math.abs), b.map(Math.abs), start.map(Math.abs));
            for (const [i, value] of result.entries()) {
              assert.ok(
                Math.abs(value - (exact[i] ?? 0)) <= 2 * (k + 2) * eps * (bound[i] ?? 0),
                `${i} of ${m}×${n}×${k} ${scalar}`,
              );
            }
            first = result;
          }
          assert.ok(same(result, first), `${scalar} ${tile.rows} ${m}×${n}×${k} views ${x}${y}${z}`);
        }
      }
    }
  }
});

test("matrix times vector: all layouts, both forms, exact on integers; bits do not depend on the number of rows", () => {
  for (const scalar of ["f32", "f64"] as const) {
    const size = bytesOf(scalar);
    const region = place(scalar, 100, 200, 200);
    const call = (m: number, n: number, va: View, x: number, y: number, accumulate: number, alpha: number): void =>
      shared.call(
        `gemv_${scalar}`,
        m,
        n,
        region.a + va.at * size,
        va.row,
        va.col,
        region.b,
        x,
        region.c,
        y,
        accumulate,
        alpha,
      );
    for (const [m, n] of [
      [1, 1],
      [3, 7],
      [4, 8],
      [9, 5],
      [33, 16],
      [70, 3],
      [37, 130],
      [5, 0],
    ] as const) {
      for (const va of views(m, n)) {
        for (const [x, y] of [
          [1, 1],
          [3, 2],
        ] as const) {
          const next = generator(m + n);
          const integers = (count: number): number[] => Array.from({ length: count }, () => next(17) - 8);
          const [a, right, start] = [integers(m * n), integers(n), integers(m)];
          write(scalar, region.a, va, m, n, (i, j) => a[i * n + j] ?? 0);
          write(scalar, region.b, { at: 0, row: x, col: 0 }, n, 1, (i) => right[i] ?? 0);
          write(scalar, region.c, { at: 0, row: y, col: 0 }, m, 1, (i) => start[i] ?? 0);
          call(m, n, va, x, y, n % 2, -2);
          const expected = start.map((s, i) => {
            let sum = 0;
            for (let j = 0; j < n; j += 1) sum += (a[i * n + j] ?? 0) * (right[j] ?? 0);
            return -2 * sum + (n % 2 === 1 ? s : 0);
          });
          const result = read(scalar, region.c, { at: 0, row: y, col: 0 }, m, 1);
          assert.ok(same(result, expected), `${scalar} ${m}×${n} ${JSON.stringify(va)} ${x} ${y}`);
        }
      }
    }
    const [m, n] = [37, 50];
    for (const va of views(m, n)) {
      const next = generator(5);
      write(scalar, region.a, va, m, n, () => next(2 ** 20) / 2 ** 19 - 1);
      write(scalar, region.b, { at: 0, row: 1, col: 0 }, n, 1, () => next(2 ** 20) / 2 ** 19 - 1);
      const result = (count: number): number[] => {
        call(count, n, va, 1, 1, 0, 1);
        return read(scalar, region.c, { at: 0, row: 1, col: 0 }, count, 1);
      };
      assert.ok(same(result(m - 6), result(m)), `${scalar} ${JSON.stringify(va)}`);
    }
  }
});
