/** Errors in ulps: f64 against mpmath, f32 against double precision on a sweep of bit patterns; and equal bits for every number of lanes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { binaryOps, unaryOps } from "../../../src/compiler/math/expand.js";
import { fmaModes } from "../../targets/wasm-program.js";
import {
  doubleBinary,
  doubleReference,
  f32Between,
  f32Pairs,
  f32Sweep,
  isBinaryOp,
  Kernel,
  readReferences,
  type Scalar,
  worst,
} from "./measure.js";

/** The largest error allowed, a little above what 200,000 points show; 2 would be the promise. */
const limits: Readonly<Record<string, readonly [f32: number, f64: number]>> = {
  exp: [1.05, 1.05],
  expm1: [1.5, 1.4],
  log: [0.9, 0.9],
  log1p: [1.5, 1],
  sin: [1.65, 1.55],
  cos: [1.6, 1.55],
  tan: [1.55, 1.4],
  asin: [1.25, 1.25],
  acos: [1.25, 1.2],
  atan: [1.25, 1],
  sinh: [1.65, 1.5],
  cosh: [1.55, 1.3],
  tanh: [1.6, 1.5],
  asinh: [1.6, 1.5],
  acosh: [1.4, 1.45],
  atanh: [1.1, 1],
  erf: [1.8, 1.15],
  erfc: [1.6, 1.8],
  sigmoid: [1.9, 1.6],
  softplus: [1.75, 1.5],
  pow: [0.51, 1.1],
  atan2: [1.4, 1.4],
  mod: [0.501, 0.501],
};

const references = readReferences(new URL("../../../../test/references/transcendental.json", import.meta.url));
const seed = 12345;
const sweep = Float64Array.from(
  [f32Sweep(seed, 400009), f32Between(-9, 9, 4001), f32Between(-1.2, 1.2, 4001), f32Between(-105, 90, 4001)].flatMap(
    (part) => [...part],
  ),
);

function sameBits(a: Float64Array, b: Float64Array, what: string): void {
  for (let i = 0; i < a.length; i += 1) assert.ok(Object.is(a[i], b[i]), `${what}, element ${i}: ${a[i]} and ${b[i]}`);
}

for (const op of [...unaryOps, ...binaryOps]) {
  const [limit32, limit64] = limits[op] ?? [0, 0];
  for (const fma of fmaModes) {
    const mode = fma ? "fused" : "not fused";

    test(`${op} in f64, ${mode}: within ${limit64} ulp of mpmath, scalar and vector the same`, () => {
      const reference = references.get(op);
      assert.ok(reference);
      const vector = new Kernel(op, "f64", 2, fma).run(...reference.columns);
      const w = worst(vector, reference.result, "f64", reference.columns, reference.missing);
      assert.ok(w.ulps <= limit64, `${w.ulps} ulp at ${w.at.join(", ")}: ${w.got} for ${w.want}`);
      sameBits(new Kernel(op, "f64", 1, fma).run(...reference.columns), vector, op);
    });

    test(`${op} in f32, ${mode}: within ${limit32} ulp, scalar and vector the same (seed ${seed})`, () => {
      const scalar: Scalar = "f32";
      const columns = isBinaryOp(op) ? f32Pairs(op, seed, 20000) : [sweep];
      const want = isBinaryOp(op)
        ? (columns[0]?.map((x, i) => doubleBinary[op](x, columns[1]?.[i] ?? 0)) ?? sweep)
        : doubleReference(op, sweep);
      const vector = new Kernel(op, scalar, 4, fma).run(...columns);
      const w = worst(vector, want, scalar, columns);
      assert.ok(w.ulps <= limit32, `${w.ulps} ulp at ${w.at.join(", ")}: ${w.got} for ${w.want}`);
      sameBits(new Kernel(op, scalar, 1, fma).run(...columns), vector, op);
      sameBits(new Kernel(op, scalar, 2, fma).run(...columns), vector, op);
    });
  }
}
