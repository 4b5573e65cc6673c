import assert from "node:assert/strict";
import { test } from "node:test";
import { type MatrixStrides, matmulKernel, tileCandidates } from "../../src/compiler/templates/matmul.js";
import {
  batchesOf,
  type Elements,
  elementsOf,
  originOf,
  type ProductSpec,
  runProduct,
  spanOf,
} from "./matmul-harness.js";
import { fmaModes } from "./wasm-program.js";

/** Uniform in [-1, 1), from a seed. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

function fill(spec: ProductSpec, which: "a" | "b", next: () => number): Elements {
  const values = elementsOf(spec.scalar, spanOf(spec, which));
  for (let i = 0; i < values.length; i += 1) values[i] = next();
  return values;
}

/** a·b + c rounded once to float32: the sum is rounded to odd in float64, whose 53 bits are more than 2·24 + 1. */
function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const part = sum - product;
  const error = product - (sum - part) + (c - part);
  if (error === 0 || !Number.isFinite(sum)) return Math.fround(sum);
  const bits = new BigInt64Array(1);
  const view = new Float64Array(bits.buffer);
  view[0] = sum;
  const word = bits[0] ?? 0n;
  if ((word & 1n) === 0n) bits[0] = word + (error > 0 === sum > 0 ? 1n : -1n);
  return Math.fround(view[0] ?? 0);
}

type Step = (a: number, b: number, c: number) => number;
const rounded32: Step = (a, b, c) => Math.fround(Math.fround(a * b) + c);
const rounded64: Step = (a, b, c) => a * b + c;

/** Each element over ascending k. */
function reference(spec: ProductSpec, a: Elements, b: Elements, step: Step): number[] {
  const dims = spec.batch?.dims ?? [];
  const result: number[] = [];
  for (let batch = 0; batch < batchesOf(spec); batch += 1) {
    let [offsetA, offsetB, rest] = [originOf(spec, "a"), originOf(spec, "b"), batch];
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      const size = dims[axis] ?? 1;
      offsetA += (rest % size) * (spec.batch?.a[axis] ?? 0);
      offsetB += (rest % size) * (spec.batch?.b[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    for (let i = 0; i < spec.m; i += 1) {
      for (let j = 0; j < spec.n; j += 1) {
        let sum = 0;
        for (let k = 0; k < spec.k; k += 1) {
          const x = a[offsetA + i * spec.a.row + k * spec.a.col] ?? Number.NaN;
          const y = b[offsetB + k * spec.b.row + j * spec.b.col] ?? Number.NaN;
          sum = step(x, y, sum);
        }
        result.push(sum);
      }
    }
  }
  return result;
}

const describe = (spec: ProductSpec): string => JSON.stringify(spec);

/** Rows contiguous, columns contiguous, neither, both backwards, one repeated. */
function layouts(rows: number, cols: number): MatrixStrides[] {
  return [
    { row: cols, col: 1 },
    { row: 1, col: rows },
    { row: 2 * cols + 1, col: 2 },
    { row: -cols, col: -1 },
    { row: 0, col: 1 },
    { row: 1, col: 0 },
  ];
}

/** Small integers: every order and rounding gives the same, exact sum. */
function checkExactly(spec: ProductSpec, seed: number): void {
  const next = generator(seed);
  const integer = (): number => Math.floor(next() * 9);
  const a = fill(spec, "a", integer);
  const b = fill(spec, "b", integer);
  assert.deepEqual([...runProduct(spec, a, b)], reference(spec, a, b, rounded64), `seed ${seed} ${describe(spec)}`);
}

test("all small sizes, rows contiguous", () => {
  for (const scalar of ["f32", "f64"] as const) {
    for (let m = 1; m <= 20; m += 1) {
      for (const [n, k] of [
        [(m * 7) % 20, (m * 3) % 20],
        [20 - m, m],
        [m, 20 - m],
        [(m * 11) % 13, 1],
      ] as const) {
        const size = { m, n: n + 1, k };
        checkExactly({ scalar, ...size, a: { row: k, col: 1 }, b: { row: n + 1, col: 1 } }, m);
      }
    }
  }
});

test("all layouts of both operands, for edge sizes", () => {
  const sizes = [
    [1, 1, 1],
    [1, 5, 7],
    [1, 70, 9],
    [5, 1, 9],
    [33, 1, 16],
    [3, 2, 4],
    [2, 9, 3],
    [4, 8, 8],
    [7, 10, 5],
    [13, 65, 33],
    [24, 12, 6],
  ] as const;
  for (const scalar of ["f32", "f64", "i32"] as const) {
    for (const [m, n, k] of sizes) {
      for (const a of layouts(m, k)) {
        for (const b of layouts(k, n)) checkExactly({ scalar, m, n, k, a, b }, m + n + k);
      }
    }
  }
});

test("an empty sum is zero, an empty result is nothing", () => {
  const strides = { a: { row: 1, col: 1 }, b: { row: 3, col: 1 } };
  assert.deepEqual(
    [...runProduct({ scalar: "f32", m: 2, n: 3, k: 0, ...strides }, elementsOf("f32", 0), elementsOf("f32", 0))],
    [0, 0, 0, 0, 0, 0],
  );
  for (const [m, n] of [
    [0, 3],
    [2, 0],
  ] as const) {
    assert.equal(matmulKernel({ scalar: "f32", m, n, k: 1, ...strides, epilogue: () => {} }).stages.length, 0);
  }
});

/** Sizes on both sides of every cut: slices of k, blocks of rows and of columns, packing of either operand. */
const large: ProductSpec[] = [
  { scalar: "f32", m: 100, n: 33, k: 600, a: { row: 600, col: 1 }, b: { row: 33, col: 1 } },
  { scalar: "f32", m: 97, n: 90, k: 513, a: { row: 1, col: 97 }, b: { row: 1, col: 513 } },
  { scalar: "f32", m: 26, n: 1034, k: 70, a: { row: 70, col: 1 }, b: { row: 1034, col: 1 } },
  { scalar: "f64", m: 50, n: 37, k: 520, a: { row: 1, col: 50 }, b: { row: 37, col: 1 } },
  { scalar: "f64", m: 98, n: 21, k: 260, a: { row: 261, col: 1 }, b: { row: 1, col: 260 } },
];

test("large products: exact on integers", () => {
  for (const spec of large) checkExactly(spec, 3);
});

test("bits do not depend on the tile, the order of the blocks or the padding", () => {
  const specs: ProductSpec[] = [
    ...large,
    { scalar: "f32", m: 37, n: 10, k: 41, a: { row: 41, col: 1 }, b: { row: 10, col: 1 } },
    { scalar: "f64", m: 37, n: 10, k: 41, a: { row: 41, col: 1 }, b: { row: 10, col: 1 } },
    { scalar: "f32", m: 1, n: 300, k: 500, a: { row: 1, col: 1 }, b: { row: 1, col: 500 } },
  ];
  for (const spec of specs) {
    const next = generator(7);
    const a = fill(spec, "a", next);
    const b = fill(spec, "b", next);
    const first = runProduct(spec, a, b);
    assert.ok(spec.scalar !== "i32");
    const tiles = [...tileCandidates[spec.scalar], { rows: 3, columns: 48 / (spec.scalar === "f32" ? 4 : 8) }];
    for (const tile of tiles) {
      assert.deepEqual(
        runProduct({ ...spec, tile }, a, b, { backwards: true }),
        first,
        `${describe(spec)} ${describe({ ...spec, tile })}`,
      );
    }
    // the same rows and columns inside a larger product, except for single rows, whose form depends on the shape
    if (spec.m === 1) continue;
    const part = { ...spec, m: spec.m - 3, n: spec.n - 1 };
    const sub = runProduct(part, a.slice(0, spanOf(part, "a")) as Elements, b.slice(0, spanOf(part, "b")) as Elements);
    for (let i = 0; i < part.m; i += 1) {
      for (let j = 0; j < part.n; j += 1)
        assert.ok(Object.is(sub[i * part.n + j], first[i * spec.n + j]), `${i}, ${j} of ${describe(spec)}`);
    }
  }
});

/** Long sums are cut into slices that depend on k alone, each summed from 0. */
function inSlices(spec: ProductSpec, a: Elements, b: Elements, step: Step, round: (x: number) => number): number[] {
  const count = Math.ceil(spec.k / (spec.scalar === "f32" ? 512 : 256));
  const size = count === 1 ? spec.k : Math.ceil(spec.k / count / 4) * 4;
  let sums: number[] = [];
  for (let from = 0; from < spec.k; from += size) {
    const slice = { ...spec, k: Math.min(size, spec.k - from) };
    const part = reference(slice, a.subarray(from * spec.a.col), b.subarray(from * spec.b.row), step);
    sums = from === 0 ? part : part.map((x, i) => round((sums[i] ?? Number.NaN) + x));
  }
  return sums;
}

test("bits are those of fused (or rounded) steps over ascending k, slice by slice", () => {
  const specs: ProductSpec[] = [
    { scalar: "f32", m: 9, n: 21, k: 50, a: { row: 50, col: 1 }, b: { row: 21, col: 1 } },
    { scalar: "f32", m: 9, n: 21, k: 50, a: { row: 1, col: 9 }, b: { row: 1, col: 50 } },
    { scalar: "f32", m: 60, n: 5, k: 700, a: { row: 700, col: 1 }, b: { row: 5, col: 1 } },
    { scalar: "f32", m: 40, n: 1, k: 30, a: { row: 1, col: 40 }, b: { row: 1, col: 1 } },
    { scalar: "f32", m: 1, n: 40, k: 30, a: { row: 1, col: 1 }, b: { row: 40, col: 1 } },
  ];
  for (const fma of fmaModes) {
    for (const spec of specs) {
      const next = generator(11);
      const a = fill(spec, "a", next);
      const b = fill(spec, "b", next);
      const expected = inSlices(spec, a, b, fma ? fma32 : rounded32, Math.fround);
      assert.deepEqual([...runProduct(spec, a, b, { fma })], expected, `fma ${fma} ${describe(spec)}`);
    }
  }
  const wide: ProductSpec = { scalar: "f64", m: 9, n: 7, k: 300, a: { row: 300, col: 1 }, b: { row: 7, col: 1 } };
  const next = generator(13);
  const a = fill(wide, "a", next);
  const b = fill(wide, "b", next);
  assert.deepEqual(
    [...runProduct(wide, a, b, { fma: false })],
    inSlices(wide, a, b, rounded64, (x) => x),
  );
});

test("errors stay within k·ε·|A|·|B|, also for the forms that fold lanes", () => {
  const specs: ProductSpec[] = [
    { scalar: "f32", m: 40, n: 1, k: 1003, a: { row: 1003, col: 1 }, b: { row: 1, col: 1 } },
    { scalar: "f32", m: 1, n: 1, k: 1003, a: { row: 1, col: 1 }, b: { row: 1, col: 1 } },
    { scalar: "f32", m: 1, n: 2, k: 77, a: { row: 1, col: 3 }, b: { row: 2, col: 1 } },
    { scalar: "f64", m: 1, n: 30, k: 999, a: { row: 1, col: 1 }, b: { row: 1, col: 999 } },
    { scalar: "f32", m: 50, n: 40, k: 600, a: { row: 600, col: 1 }, b: { row: 40, col: 1 } },
  ];
  for (const spec of specs) {
    const next = generator(17);
    const a = fill(spec, "a", next);
    const b = fill(spec, "b", next);
    const eps = spec.scalar === "f32" ? 2 ** -24 : 2 ** -53;
    const size = reference(spec, a, b, (x, y, sum) => Math.abs(x * y) + sum);
    const exact = reference(spec, a, b, (x, y, sum) => x * y + sum);
    for (const [i, value] of runProduct(spec, a, b).entries()) {
      const error = Math.abs(value - (exact[i] ?? Number.NaN));
      assert.ok(error <= 2 * (spec.k + 1) * eps * (size[i] ?? 0), `${error} at ${i} of ${describe(spec)}`);
    }
  }
});

test("batches: contiguous, broadcast on either side, two axes with heads inside, transposed operands", () => {
  const at = { m: 5, n: 9, k: 6 };
  const plain = { a: { row: 6, col: 1 }, b: { row: 9, col: 1 } };
  const heads = { dims: [3, 2], a: [5 * 12, 6], b: [9 * 12, 6] };
  const specs: ProductSpec[] = [
    { scalar: "f32", ...at, ...plain, batch: { dims: [4], a: [30], b: [54] } },
    { scalar: "f32", ...at, ...plain, batch: { dims: [4], a: [0], b: [54] } },
    { scalar: "f64", ...at, ...plain, batch: { dims: [2, 3], a: [90, 30], b: [0, 54] } },
    { scalar: "f64", ...at, ...plain, batch: { dims: [2, 3], a: [30, 0], b: [0, 0] } },
    { scalar: "f32", ...at, a: { row: 12, col: 1 }, b: { row: 1, col: 12 }, batch: heads },
    { scalar: "i32", ...at, a: { row: 12, col: 1 }, b: { row: 1, col: 12 }, batch: heads },
    {
      scalar: "f32",
      m: 30,
      n: 1,
      k: 6,
      a: { row: 6, col: 1 },
      b: { row: 1, col: 1 },
      batch: { dims: [3], a: [180], b: [6] },
    },
    {
      scalar: "f32",
      m: 100,
      n: 8,
      k: 12,
      a: { row: 12, col: 1 },
      b: { row: 1, col: 12 },
      batch: { dims: [3], a: [1200], b: [0] },
    },
  ];
  for (const spec of specs) {
    checkExactly(spec, 19);
    const next = generator(23);
    const a = fill(spec, "a", next);
    const b = fill(spec, "b", next);
    assert.deepEqual(runProduct(spec, a, b, { backwards: true }), runProduct(spec, a, b), describe(spec));
  }
});

test("vectors along rows are given when they are wanted", () => {
  const seen = new Set<string>();
  const spec = { scalar: "f32", m: 30, n: 1, k: 8, a: { row: 8, col: 1 }, b: { row: 1, col: 1 } } as const;
  runProduct({ ...spec, rowVectors: true }, elementsOf("f32", 240), elementsOf("f32", 8), {
    observe: (at) => seen.add(`${at.along} ${at.lanes}`),
  });
  assert.deepEqual([...seen].toSorted(), ["columns 1", "rows 4"]);
});

test("infinities and NaN spread as in arithmetic, and only there", () => {
  const spec: ProductSpec = { scalar: "f32", m: 5, n: 10, k: 6, a: { row: 6, col: 1 }, b: { row: 10, col: 1 } };
  const a = fill(spec, "a", () => 1);
  const b = fill(spec, "b", () => 2);
  a[2 * 6 + 3] = Number.NaN;
  b[4 * 10 + 9] = Infinity;
  const c = runProduct(spec, a, b);
  for (let i = 0; i < 5; i += 1) {
    for (let j = 0; j < 10; j += 1) {
      const expected = i === 2 ? Number.NaN : j === 9 ? Infinity : 12;
      assert.ok(Object.is(c[i * 10 + j], expected), `${i}, ${j}`);
    }
  }
});
