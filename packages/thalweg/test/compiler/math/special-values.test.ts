/** Zeros and their signs, infinities, NaN, subnormal numbers, thresholds, and arguments known to be hard. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { binaryOps, type TranscendentalOp, unaryOps } from "../../../src/compiler/math/expand.js";
import { fmaModes } from "../../targets/wasm-program.js";
import { doubleBinary, doubleReference, error, Kernel, type Scalar } from "./measure.js";

const scalars: readonly Scalar[] = ["f32", "f64"];
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function round(scalar: Scalar, x: number): number {
  return scalar === "f32" ? Math.fround(x) : x;
}

function specials(scalar: Scalar): Float64Array {
  const [least, normal, greatest] =
    scalar === "f32" ? [2 ** -149, 2 ** -126, (2 - 2 ** -23) * 2 ** 127] : [5e-324, 2 ** -1022, Number.MAX_VALUE];
  const sizes = [0, least, 3 * least, normal - least, normal, 1e-30, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 7.5, 100];
  const all = [...sizes, 2 ** 23 + 1, 2 ** 24, 2 ** 62, greatest / 2, greatest, inf].map((x) => round(scalar, x));
  return Float64Array.from([...all, ...all.map((x) => -x), nan]);
}

/** What Math does not have, or has only roughly, at special values. */
const exactly: Partial<Record<TranscendentalOp, (x: number) => number>> = {
  erf: (x) => (Math.abs(x) < 1e-20 ? x * (2 / Math.sqrt(Math.PI)) : Math.abs(x) >= 7 ? Math.sign(x) : nan),
  erfc: (x) => (Math.abs(x) < 1e-20 ? 1 : x <= -7 ? 2 : x >= 28 ? 0 : nan),
};

for (const scalar of scalars) {
  const x = specials(scalar);
  for (const fma of fmaModes) {
    const mode = `${scalar}, ${fma ? "fused" : "not fused"}`;
    test(`unary functions at special values, ${mode}`, () => {
      for (const op of unaryOps) {
        const got = new Kernel(op, scalar, scalar === "f32" ? 4 : 2, fma).run(x);
        const own = exactly[op];
        const want = own === undefined ? doubleReference(op, x) : x.map((v) => own(v));
        x.forEach((v, i) => {
          if (own !== undefined && Number.isNaN(want[i]) && !Number.isNaN(v)) return;
          const e = error(got[i] ?? nan, want[i] ?? nan, scalar);
          assert.ok(e <= 2, `${op}(${v}) = ${got[i]}, not ${want[i]} (${e} ulp)`);
        });
      }
    });

    test(`binary functions at special values, ${mode}`, () => {
      const xs = Float64Array.from([...x].flatMap((a) => [...x].map(() => a)));
      const ys = Float64Array.from([...x].flatMap(() => [...x]));
      for (const op of binaryOps) {
        const got = new Kernel(op, scalar, scalar === "f32" ? 4 : 2, fma).run(xs, ys);
        xs.forEach((a, i) => {
          const b = ys[i] ?? nan;
          const want = doubleBinary[op](a, b);
          const e = error(got[i] ?? nan, want, scalar);
          assert.ok(e <= 2, `${op}(${a}, ${b}) = ${got[i]}, not ${want} (${e} ulp)`);
        });
      }
    });
  }
}

test("overflow and underflow begin where they should", () => {
  const cases: readonly (readonly [TranscendentalOp, Scalar, number, (y: number) => boolean])[] = [
    ["exp", "f32", 88.72283172607422, (y) => y < inf],
    ["exp", "f32", 88.72283935546875, (y) => y === inf],
    ["exp", "f32", -103.97207641601562, (y) => y === 2 ** -149],
    ["exp", "f32", -103.97209167480469, (y) => y === 0],
    ["expm1", "f32", 88.72283172607422, (y) => y < inf],
    ["expm1", "f32", 88.72283935546875, (y) => y === inf],
    ["exp", "f64", 709.782712893384, (y) => y < inf],
    ["exp", "f64", 709.7827128933841, (y) => y === inf],
    ["exp", "f64", -745.1332191019411, (y) => y === 5e-324],
    ["exp", "f64", -745.1332191019412, (y) => y === 0],
    ["cosh", "f64", 710.4758600739439, (y) => y < inf],
    ["cosh", "f64", 710.475860073944, (y) => y === inf],
    ["sinh", "f32", 89.41598510742188, (y) => y < inf],
    ["sinh", "f32", 89.41600036621094, (y) => y === inf],
  ];
  for (const fma of fmaModes) {
    for (const [op, scalar, x, check] of cases) {
      const [y = nan] = new Kernel(op, scalar, 1, fma).run(Float64Array.of(x));
      assert.ok(check(y), `${op}(${x}) = ${y} in ${scalar}`);
    }
  }
});

test("the double nearest to a multiple of π/2, and its f32 kin", () => {
  // Muller, Elementary Functions, 3rd ed., 11.3: cos(6381956970095103·2^797) = -4.68716592425462761112…e-19
  const hard = 6381956970095103 * 2 ** 797;
  for (const fma of fmaModes) {
    const [y = nan] = new Kernel("cos", "f64", 2, fma).run(Float64Array.of(hard, 1));
    assert.ok(error(y, -4.687165924254628e-19, "f64") <= 1, `${y}`);
    // all multiples of π/2 that the fast f32 reduction covers, and beyond it
    const x = Float64Array.from({ length: 20000 }, (_, i) => Math.fround((i + 1) * (Math.PI / 2)));
    for (const op of ["sin", "cos", "tan"] as const) {
      const got = new Kernel(op, "f32", 4, fma).run(x);
      const want = doubleReference(op, x);
      x.forEach((v, i) => {
        assert.ok(error(got[i] ?? nan, want[i] ?? nan, "f32") <= 1.5, `${op}(${v}) = ${got[i]}, not ${want[i]}`);
      });
    }
  }
});

test("mod is exact over any range of exponents", () => {
  let state = 2024;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (const scalar of scalars) {
    const [low, high] = scalar === "f32" ? [-149, 127] : [-1074, 1023];
    const draw = (): Float64Array =>
      Float64Array.from({ length: 4000 }, () => round(scalar, (1 + next()) * 2 ** (low + next() * (high - low))));
    const xs = draw();
    const ys = draw();
    for (const fma of fmaModes) {
      const got = new Kernel("mod", scalar, scalar === "f32" ? 4 : 2, fma).run(xs, ys);
      xs.forEach((x, i) => {
        assert.equal(got[i], x % (ys[i] ?? nan), `${x} mod ${ys[i]} (seed 2024)`);
      });
    }
  }
});
