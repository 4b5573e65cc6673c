/** The iterations by themselves: what they do with numbers that never let them end, and sweeps of rotations against single ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schurForm } from "../../src/linalg/eig/francis.js";
import { standardize } from "../../src/linalg/eig/standard-block.js";
import { tridiagonalEigenvalues } from "../../src/linalg/eigh/implicit-ql.js";
import { PlaneRotation, RotationSweeps } from "../../src/linalg/plane-rotations.js";
import { bidiagonalValues } from "../../src/linalg/svd/implicit-qr.js";
import { withWorkspace } from "../../src/runtime/kernels.js";
import { gaussian } from "./matrices.js";
import { eps } from "./measure.js";

test("with NaN on the way an iteration gives up and says how much is missing", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const place of [0, 4, 9]) {
      const ones = (): Float64Array => new Float64Array(10).fill(1);
      const spoiled = ones();
      spoiled[place] = bad;
      assert.ok(tridiagonalEigenvalues(spoiled.slice(), ones(), undefined) > 0, `tridiagonal ${place}`);
      assert.ok(bidiagonalValues(spoiled.slice(), ones(), undefined) > 0, `bidiagonal ${place}`);
      const missing = withWorkspace("float64", (w) => {
        const h = w.load(
          Float64Array.from({ length: 100 }, (_, k) => (k % 10 >= Math.floor(k / 10) - 1 ? 1 : 0)),
          10,
          10,
        );
        w.set(h, place, place, bad);
        return schurForm(w, h, undefined);
      });
      assert.ok(missing > 0, `Hessenberg ${place}`);
    }
  }
});

test("many sweeps together do what their rotations do one at a time", () => {
  for (const columns of [1, 2, 3, 11, 12, 13, 29]) {
    const rows = 9;
    const data = gaussian(rows, columns, columns).data() as Float64Array;
    const rotation = new PlaneRotation();
    const expected = Float64Array.from(data);
    const got = withWorkspace("float64", (w) => {
      const a = w.load(data, rows, columns);
      const sweeps = new RotationSweeps(w, a);
      // more than are kept back at once
      for (let sweep = 0; sweep < 120; sweep += 1) {
        const forward = sweep % 3 !== 0;
        const count = 1 + (sweep % (rows - 1));
        const start = forward ? (sweep * 5) % (rows - count) : rows - 1 - ((sweep * 5) % (rows - count));
        sweeps.begin(start, count, forward);
        for (let k = 0; k < count; k += 1) {
          rotation.make(Math.cos(sweep + k), Math.sin(3 * sweep - k));
          const { c, s } = rotation;
          sweeps.push(c, s);
          const x = forward ? start + k : start - k - 1;
          for (let j = 0; j < columns; j += 1) {
            const [p, q] = [expected[x * columns + j] ?? 0, expected[(x + 1) * columns + j] ?? 0];
            expected[x * columns + j] = c * p + s * q;
            expected[(x + 1) * columns + j] = c * q - s * p;
          }
        }
      }
      sweeps.flush();
      return w.read(a);
    });
    for (const [i, x] of expected.entries())
      assert.ok(Math.abs(x - (got[i] ?? Number.NaN)) <= 4000 * eps, `${columns} columns, element ${i}`);
  }
});

test("rotations of numbers at the ends of the range", () => {
  const rotation = new PlaneRotation();
  for (const [f, g] of [
    [3, 4],
    [-3, 4],
    [0, -2],
    [2, 0],
    [1e300, 1e300],
    [1e-300, -1e-300],
    [1e-320, 1e-310],
    [1e300, 1e-300],
  ] as const) {
    rotation.make(f, g);
    const { c, s, r } = rotation;
    assert.ok(c >= 0 && Math.abs(c * c + s * s - 1) <= 4 * eps, `${f}, ${g}`);
    const size = Math.max(Math.abs(f), Math.abs(g));
    const limit = 4 * eps * size + Number.MIN_VALUE;
    assert.ok(Math.abs(c * f + s * g - r) <= limit && Math.abs(c * g - s * f) <= limit, `${f}, ${g}`);
  }
});

test("a 2 × 2 matrix in standard form is similar to what it was", () => {
  const blocks = [
    [1, 2, 3, 4],
    [1, 2, -3, 1],
    [1, 0, 5, 2],
    [1, 1, 1e-20, 1],
    [0, 1, 1, 0],
    [2, 1e-9, 1e-9, 2],
    [1, 5, -1e-3, 1.1],
    [3, -2, 1, 3],
    [1e10, 1, 2, -1e-5],
    [1, -1, 1e-9, 1 + 1e-6],
  ] as const;
  for (const [a, b, c, d] of blocks) {
    const { a: p, b: q, c: r, d: s, cos, sin } = standardize(a, b, c, d);
    const size = Math.max(...[a, b, c, d].map(Math.abs));
    // A = G T Gᵀ with G = [cos, −sin; sin, cos]
    const back = [
      cos * (p * cos - q * sin) - sin * (r * cos - s * sin),
      cos * (p * sin + q * cos) - sin * (r * sin + s * cos),
      sin * (p * cos - q * sin) + cos * (r * cos - s * sin),
      sin * (p * sin + q * cos) + cos * (r * sin + s * cos),
    ];
    for (const [i, x] of [a, b, c, d].entries())
      assert.ok(
        Math.abs(x - (back[i] ?? Number.NaN)) <= 20 * eps * size,
        `${[a, b, c, d]}: element ${i} is ${back[i]}`,
      );
    assert.ok(r === 0 || (p === s && q * r < 0), `${[a, b, c, d]} is not in standard form`);
  }
});
