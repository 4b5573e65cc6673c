/**
 * Symmetric eigenvalues and singular values within 20·n·eps·‖A‖ of SciPy's at every size and on every class; general eigenvalues as far as the condition of
 * each allows: tools/reference/spectra.py.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "../../src/index.js";
import {
  eig,
  eigh,
  eigvals,
  eigvalsh,
  hilbert,
  kahan,
  singularValues,
  svd,
  wilkinson,
  wilkinsonGrowth,
} from "../../src/linalg/index.js";
import general from "../references/spectra-general.json" with { type: "json" };
import singular from "../references/spectra-singular.json" with { type: "json" };
import symmetricValues from "../references/spectra-symmetric.json" with { type: "json" };
import {
  grade,
  gradeBoth,
  gram,
  jordan,
  lowRank,
  minimal,
  random,
  reflector,
  symmetric,
  toTensor,
} from "./bar-matrices.js";
import { at, build, type Dense, dense, multiply, transpose } from "./measure.js";

const units = { float64: 2 ** -52, float32: 2 ** -23 };

const symmetricOnes: Readonly<Record<string, () => Dense>> = {
  "kahan gram 40": () => gram(dense(kahan(40))),
  "graded 24": () => gradeBoth(symmetric(24, 3), -75, 75),
  "graded down 24": () => gradeBoth(symmetric(24, 4), 75, -75),
  "graded 18 12": () => gradeBoth(symmetric(12, 5), -9, 9),
  "rank 3 of 50": () => {
    const c = multiply(random(50, 3, 6), random(3, 3, 7));
    return multiply(c, transpose(c));
  },
  "repeated 40": () => reflector(40, 8),
  "ones 64": () => build(64, 64, (i, j) => (i === j ? 2 : 1)),
  "zeros 9": () => build(9, 9, () => 0),
  "diagonal 33": () => {
    const d = minimal(9, 33);
    return build(33, 33, (i, j) => (i === j ? (d[i] ?? 0) : 0));
  },
};

const singularOnes: Readonly<Record<string, () => Dense>> = {
  "kahan 60": () => dense(kahan(60)),
  "growth 50": () => dense(wilkinsonGrowth(50)),
  "graded 30": () => grade(random(30, 30, 3), -150, 150),
  "graded columns 30": () => transpose(grade(random(30, 30, 4), -150, 150)),
  "graded 18 12": () => grade(random(12, 12, 5), -18, 18),
  "rank 3 of 40x30": () => lowRank(40, 30, 3, 6),
  "repeated 40": () => reflector(40, 8),
  "defective 30": () => jordan(30, 0),
  "defective 31": () => jordan(31, 1),
  "tall 200x7": () => random(200, 7, 9),
  "wide 7x200": () => random(7, 200, 10),
  "tall 65x64": () => random(65, 64, 11),
  "wide 33x70": () => random(33, 70, 12),
  "empty 0x5": () => random(0, 5, 1),
  "zeros 9x5": () => build(9, 5, () => 0),
};

const generalOnes: Readonly<Record<string, () => Dense>> = {
  "growth 30": () => dense(wilkinsonGrowth(30)),
  "kahan 40": () => dense(kahan(40)),
  "repeated 40": () => reflector(40, 8),
  "defective 30": () => jordan(30, 1),
  "rank 3 of 30": () => lowRank(30, 30, 3, 6),
  "similar 16": () => {
    const d = Float64Array.from({ length: 16 }, (_, i) => 10 ** (-6 + (12 * i) / 15));
    const a = grade(random(16, 16, 13), -6, 6);
    return build(16, 16, (i, j) => at(a, i, j) / (d[j] ?? 1));
  },
  "skew 25": () => {
    const a = random(25, 25, 14);
    return build(25, 25, (i, j) => at(a, i, j) - at(a, j, i));
  },
};

/** By name: "random 12" is made by `sized`, "hilbert 9" by the library, the rest stands in a table. */
function matrixOf(name: string, sized: (n: number) => Dense, table: Readonly<Record<string, () => Dense>>): Dense {
  const make = Object.hasOwn(table, name) ? table[name] : undefined;
  if (make !== undefined) return make();
  const [kind, size] = name.split(" ");
  const n = Number(size);
  if (kind === "random") return sized(n);
  if (kind === "hilbert") return dense(hilbert(n));
  if (kind === "wilkinson") return dense(wilkinson(n));
  return assert.fail(`no matrix ${name}`);
}

function compare(
  expected: Readonly<Record<string, readonly number[]>>,
  sized: (n: number) => Dense,
  table: Readonly<Record<string, () => Dense>>,
  spectra: readonly ((a: Tensor) => Tensor)[],
): void {
  for (const [name, due] of Object.entries(expected)) {
    const a = matrixOf(name, sized, table);
    const size = due.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    for (const dtype of ["float64", "float32"] as const) {
      // Their squares leave the range of float32.
      if (dtype === "float32" && /graded/.test(name) && !name.includes("18")) continue;
      const limit = 20 * Math.max(a.rows, a.columns) * units[dtype] * size;
      for (const spectrum of spectra) {
        const values = spectrum(toTensor(a).cast(dtype)).data();
        assert.equal(values.length, due.length, name);
        due.forEach((v, i) => {
          const off = Math.abs((values[i] ?? Number.NaN) - v);
          assert.ok(off <= limit, `${name}, ${dtype}: value ${i} is off by ${off}, ${limit} allowed`);
        });
      }
    }
  }
}

test("symmetric eigenvalues", () => {
  compare(symmetricValues, (n) => symmetric(n, n), symmetricOnes, [(a) => eigh(a).values, (a) => eigvalsh(a)]);
});

test("singular values", () => {
  compare(singular, (n) => random(n, n, n), singularOnes, [(a) => svd(a).s, (a) => singularValues(a)]);
});

test("general eigenvalues, as far as the condition of each allows", () => {
  let counted = 0;
  for (const [name, { re, im, condition }] of Object.entries(general)) {
    const a = matrixOf(name, (n) => random(n, n, n), generalOnes);
    const n = a.rows;
    const size = Math.max(0, ...Array.from(singularValues(toTensor(a)).data()));
    for (const dtype of ["float64", "float32"] as const)
      for (const { re: mine, im: mineToo } of [eig(toTensor(a).cast(dtype)).values, eigvals(toTensor(a).cast(dtype))]) {
        const free = new Set(re.keys());
        const [x, y] = [mine.data(), mineToo.data()];
        assert.equal(x.length, n, name);
        // The surest ones choose their partners first.
        const order = [...re.keys()].sort((i, j) => (condition[i] ?? 0) - (condition[j] ?? 0));
        const allowed = order.map((i) => 20 * n * units[dtype] * size * (condition[i] ?? Number.POSITIVE_INFINITY));
        order.forEach((i, k) => {
          const limit = allowed[k] ?? 0;
          // First-order bounds say nothing where they reach the size of the matrix.
          if (limit > 0.01 * size) return;
          let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
          for (const j of free) {
            const off = Math.hypot((x[j] ?? 0) - (re[i] ?? 0), (y[j] ?? 0) - (im[i] ?? 0));
            if (off < least) [nearest, least] = [j, off];
          }
          free.delete(nearest);
          counted += 1;
          assert.ok(least <= limit, `${name}, ${dtype}: eigenvalue ${i} is off by ${least}, ${limit} allowed`);
        });
      }
  }
  assert.ok(counted > 4000, `${counted} compared`);
});
