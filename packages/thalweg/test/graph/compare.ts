/** Distances between results and references, in units in the last place: the number of representable numbers between the two. */
import type { DType, TypedArray } from "../../src/base/dtype.js";
import { elementary, zeroSignFree } from "../../src/debug/accuracy.js";
import type { Primitive } from "../../src/graph/primitives.js";
import { type Ulps, ulpLimits } from "../tolerances.js";
import type { PrimitiveCase, Value } from "./cases.js";

export { elementary };

export function interpreterTolerance(primitive: Primitive): Ulps {
  return elementary.has(primitive) ? ulpLimits.interpreter : ulpLimits.exact;
}

/** A text that says where `actual` differs from `expected` by more than `limits`, or undefined where it does not. */
export function compareValues(
  { primitive, inputs }: Pick<PrimitiveCase, "primitive" | "inputs">,
  actual: TypedArray | undefined,
  expected: Value,
  limits: Ulps,
): string | undefined {
  if (actual === undefined) return "there is no result";
  if (actual.constructor !== expected.data.constructor || actual.length !== expected.data.length) {
    const due = `${expected.data.constructor.name}(${expected.data.length})`;
    return `${actual.constructor.name}(${actual.length}) where ${due} is due`;
  }
  const limit = expected.dtype === "float32" || expected.dtype === "float64" ? limits[expected.dtype] : 0;
  for (let i = 0; i < actual.length; i += 1) {
    const [x, y] = [actual[i] ?? 0, expected.data[i] ?? 0];
    if (Object.is(x, y) || (x === y && zeroSignFree.has(primitive))) continue;
    const distance = ulps(x, y, expected.dtype);
    if (distance <= limit && (x !== 0 || y !== 0)) continue;
    const from = inputs.filter(({ data }) => data.length === actual.length).map(({ data }) => show(data[i] ?? 0));
    const of = from.length > 0 ? ` of (${from.join(", ")})` : "";
    return `element ${i}${of} is ${show(x)} where ${show(y)} is due: ${distance} ulp, ${limit} allowed`;
  }
  return undefined;
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}

/** The number of representable numbers from one to the other; infinite where either is NaN. */
export function ulps(a: number, b: number, dtype: DType): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.POSITIVE_INFINITY;
  return dtype === "float32" ? Math.abs(place32(a) - place32(b)) : Number(distance64(place64(a), place64(b)));
}

/** Where a number stands among all of its kind, counted from zero: the bits of its magnitude, with its sign. */
function place32(x: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, Math.abs(x));
  return x < 0 ? -bits.getUint32(0) : bits.getUint32(0);
}

function place64(x: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(x));
  return x < 0 ? -bits.getBigUint64(0) : bits.getBigUint64(0);
}

function distance64(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}
