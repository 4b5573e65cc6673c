/** The kernels of linear algebra against plain loops, for any sizes and strides, in both dtypes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Matrix, type Workspace, withWorkspace } from "../../src/runtime/kernels.js";

type Rows = number[][];

let state = 1;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

function rows(m: number, n: number): Rows {
  return Array.from({ length: m }, () => Array.from({ length: n }, () => Math.fround(random())));
}

/** Ways in which a matrix may lie in memory. */
const layouts = ["rows", "columns", "inside another", "backwards", "every other"] as const;
type Layout = (typeof layouts)[number];

function place(w: Workspace, values: Rows, layout: Layout, columns = values[0]?.length ?? 0): Matrix {
  const m = values.length;
  const make = (): Matrix => {
    switch (layout) {
      case "rows":
        return w.matrix(m, columns);
      case "columns":
        return w.matrix(columns, m).transposed();
      case "inside another":
        return w.matrix(m + 2, columns + 5).block(1, 3, m, columns);
      case "backwards":
        return w.matrix(m, columns).reversed();
      case "every other": {
        const wide = w.matrix(m, 2 * columns + 1);
        return wide.columns === 1 ? w.matrix(m, columns) : strided(wide, m, columns);
      }
    }
  };
  const matrix = make();
  values.forEach((row, i) => {
    row.forEach((x, j) => {
      w.set(matrix, i, j, x);
    });
  });
  return matrix;
}

/** Rows 0 and on, columns 0, 2, 4, …: neither step is 1. */
function strided(wide: Matrix, m: number, n: number): Matrix {
  const { address, rowStep, columnStep, bytes } = wide;
  return new Matrix(address, m, n, rowStep, 2 * columnStep, bytes);
}

function read(w: Workspace, m: Matrix): Rows {
  return Array.from({ length: m.rows }, (_, i) => Array.from({ length: m.columns }, (__, j) => w.get(m, i, j)));
}

function product(a: Rows, b: Rows, n: number): Rows {
  return a.map((row) => Array.from({ length: n }, (_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)));
}

function close(found: Rows, expected: Rows, tolerance: number, what: string): void {
  found.forEach((row, i) => {
    row.forEach((x, j) => {
      assert.ok(
        Math.abs(x - (expected[i]?.[j] ?? Number.NaN)) <= tolerance,
        `${what} [${i}, ${j}]: ${x}, not ${expected[i]?.[j]}`,
      );
    });
  });
}

const dtypes = [
  ["float64", 1e-12],
  ["float32", 1e-4],
] as const;

test("products, vectors and copies of any layout", () => {
  for (const [dtype, tolerance] of dtypes)
    for (const layout of layouts)
      for (const [m, n, k] of [
        [1, 1, 1],
        [5, 7, 3],
        [33, 18, 40],
        [4, 1, 9],
        [1, 6, 9],
        [8, 8, 300],
      ] as const)
        withWorkspace(dtype, (w) => {
          const [A, B, C] = [rows(m, k), rows(k, n), rows(m, n)];
          const [a, b, c] = [place(w, A, layout), place(w, B, layout), place(w, C, layout)];
          const what = `${dtype} ${layout} ${m}×${n}×${k}`;
          const P = product(A, B, n);
          w.gemm(-2, a, b, c);
          close(
            read(w, c),
            C.map((row, i) => row.map((x, j) => x - 2 * (P[i]?.[j] ?? 0))),
            tolerance * k,
            `gemm ${what}`,
          );
          w.gemmInto(1, a, b, c);
          close(read(w, c), P, tolerance * k, `gemmInto ${what}`);
          const copied = w.matrix(n, m);
          w.copy(c, copied.transposed(), 2);
          close(
            read(w, copied.transposed()),
            read(w, c).map((row) => row.map((x) => 2 * x)),
            0,
            `copy ${what}`,
          );
          assert.deepEqual([...w.read(c)], read(w, c).flat(), `read ${what}`);
          const largest = w.maxAbs(a);
          const sizes = A.flat().map(Math.abs);
          assert.equal(largest.value, Math.max(...sizes));
          assert.equal(largest.row * k + largest.column, sizes.indexOf(largest.value), `maxAbs ${what}`);
          const [x, y] = [a.row(0), b.column(0)];
          assert.ok(Math.abs(w.dot(x, y) - (P[0]?.[0] ?? 0)) <= tolerance * k, `dot ${what}`);
          assert.ok(Math.abs(w.norm(x) - Math.hypot(...(A[0] ?? []))) <= tolerance, `norm ${what}`);
          w.axpy(3, x, y);
          const [u = [], v = []] = [A[0], B.map((row) => row[0] ?? 0)];
          const moved = v.map((e, i) => e + 3 * (u[i] ?? 0));
          close([[...w.values(y)]], [moved], tolerance, `axpy ${what}`);
          w.rotate(x, y, 0.6, 0.8);
          close([[...w.values(x)]], [u.map((e, i) => 0.6 * e + 0.8 * (moved[i] ?? 0))], tolerance, `rotate ${what}`);
          close([[...w.values(y)]], [moved.map((e, i) => 0.6 * e - 0.8 * (u[i] ?? 0))], tolerance, `rotate ${what}`);
          w.gemmInto(0, a, b, c);
          w.ger(2, b.row(0).transposed().block(0, 0, Math.min(n, m), 1), c.row(0), c.block(0, 0, Math.min(n, m), n));
          close(
            read(w, c),
            P.map((row) => row.map(() => 0)),
            0,
            `ger of zeros ${what}`,
          );
        });
});

test("outer products, fills and exchanges of rows", () => {
  for (const [dtype, tolerance] of dtypes)
    for (const layout of layouts)
      withWorkspace(dtype, (w) => {
        const [A, X, Y] = [rows(9, 13), rows(9, 1), rows(13, 1)];
        const [a, x, y] = [place(w, A, layout), place(w, X, layout), place(w, Y, layout)];
        w.ger(-1.5, x, y, a);
        const expected = A.map((row, i) => row.map((e, j) => e - 1.5 * (X[i]?.[0] ?? 0) * (Y[j]?.[0] ?? 0)));
        close(read(w, a), expected, tolerance, `ger ${dtype} ${layout}`);
        const pivots = w.loadIntegers(Int32Array.of(3, 1, 8, 3));
        const before = read(w, a);
        w.swapRows(a, pivots, 0, 4);
        const order = [3, 1, 8, 0, 4, 5, 6, 7, 2];
        assert.deepEqual(
          read(w, a),
          order.map((i) => before[i]),
          `swapRows ${layout}`,
        );
        w.swapRows(a, pivots, 0, 4, true);
        assert.deepEqual(read(w, a), before);
        w.fill(a, 0, 0, "upper");
        w.fill(a, 7, 7, "lower");
        assert.deepEqual(
          read(w, a),
          before.map((row, i) => row.map((e, j) => (j > i ? 0 : j < i ? 7 : e))),
        );
        w.fill(a, 2, 1);
        assert.deepEqual(
          read(w, a),
          before.map((row, i) => row.map((_, j) => (i === j ? 1 : 2))),
        );
        w.scale(-3, a);
        assert.equal(w.get(a, 8, 12), -6);
      });
});

test("norms neither overflow nor underflow, and NaN comes through", () => {
  withWorkspace("float64", (w) => {
    for (const scale of [1e-300, 1, 1e300]) {
      const x = w.load([3 * scale, 4 * scale, 0, 0, 12 * scale], 5, 1);
      assert.ok(Math.abs(w.norm(x) / scale - 13) < 1e-14);
    }
    assert.equal(w.norm(w.load([5e-324, 0, 0], 3, 1)), 5e-324);
    assert.ok(Number.isNaN(w.norm(w.load([1, Number.NaN, 2, 3], 4, 1))));
    assert.ok(Number.isNaN(w.maxAbs(w.load([1, Number.NaN, 2, 9], 2, 2)).value));
    assert.equal(w.norm(w.vector(0)), 0);
    assert.equal(w.maxAbs(w.matrix(0, 4)).value, 0);
  });
});

test("a reflector takes a vector to the first axis, for any size of its elements", () => {
  for (const values of [
    [3, 4],
    [-3, 4, 12],
    [1e-200, 2e-200],
    [1e200, -1e200, 1e200],
    [1, 1e-200],
    [1e-200, 1],
    [0, 5],
    [5, 0],
    [7],
  ])
    withWorkspace("float64", (w) => {
      const x = w.load(values, values.length, 1);
      const before = w.load(values, values.length, 1);
      const tau = w.reflector(x);
      const beta = w.get(x, 0, 0);
      w.set(x, 0, 0, 1);
      w.applyReflector(x, tau, before);
      const scale = Math.max(...values.map(Math.abs));
      const length = scale * Math.hypot(...values.map((v) => v / scale));
      assert.ok(Math.abs(Math.abs(beta) - length) <= 1e-14 * length, `${values}: β = ${beta}`);
      w.values(before).forEach((v, i) => {
        assert.ok(Math.abs(v - (i === 0 ? beta : 0)) <= 1e-14 * length, `${values}: element ${i} is ${v}`);
      });
    });
});

test("memory is given back, also after an error", () => {
  const address = (): number => withWorkspace("float64", (w) => w.matrix(100, 100).address);
  const first = address();
  assert.throws(() =>
    withWorkspace("float64", (w) => {
      w.matrix(300, 300);
      w.inside(() => w.matrix(10, 10));
      throw new Error("stop");
    }),
  );
  assert.equal(address(), first);
});
