/**
 * How far a result may be from its reference, in one place. Distances are in units in the last place (ULP): the number of representable numbers
 * between the two. References are rounded correctly, so half a unit is theirs.
 */
import type { DType, TypedArray } from "../src/base/dtype.js";
import type { Primitive } from "../src/graph/primitives.js";
import type { PrimitiveCase, Value } from "./graph/cases.js";

export interface Tolerance {
  /** Units in the last place, per dtype of the result. */
  readonly float32: number;
  readonly float64: number;
}

const exact: Tolerance = { float32: 0, float64: 0 };

const elementary: ReadonlySet<Primitive> = new Set([
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "sigmoid",
  "softplus",
  "pow",
  "integerPow",
  "atan2",
]);

/** Zeros of either sign count as equal where standards and processors differ on the sign. */
const zeroSignFree: ReadonlySet<Primitive> = new Set([
  "sign",
  "relu",
  "max",
  "min",
  "reduceMax",
  "reduceMin",
  "sum",
  "cumsum",
  "matmul",
  "scatterAdd",
  "scan",
]);

/** The interpreter computes float32 in float64, and the engine's elementary functions in float64 to a unit or so. */
export function interpreterTolerance(primitive: Primitive): Tolerance {
  return elementary.has(primitive) ? { float32: 0, float64: 2 } : exact;
}

/** A text that says how `actual` differs from `expected` by more than `tolerance`, or undefined where it does not. */
export function compareValues(
  { primitive, inputs }: Pick<PrimitiveCase, "primitive" | "inputs">,
  actual: TypedArray | undefined,
  expected: Value,
  tolerance: Tolerance,
): string | undefined {
  if (actual === undefined) return "there is no result";
  if (actual.constructor !== expected.data.constructor || actual.length !== expected.data.length) {
    const due = `${expected.data.constructor.name}(${expected.data.length})`;
    return `${actual.constructor.name}(${actual.length}) where ${due} is due`;
  }
  const limit = expected.dtype === "float32" || expected.dtype === "float64" ? tolerance[expected.dtype] : 0;
  for (let i = 0; i < actual.length; i += 1) {
    const [x, y] = [actual[i] ?? 0, expected.data[i] ?? 0];
    if (Object.is(x, y) || (x === y && zeroSignFree.has(primitive))) continue;
    const distance = ulps(x, y, expected.dtype);
    if (distance <= limit && (x !== 0 || y !== 0)) continue;
    const from = inputs.filter(({ data }) => data.length === actual.length).map(({ data }) => String(data[i]));
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

/** Derivatives in float64. */
export const derivativeTolerances = {
  /** Fourth-order differences with step 1e-3: truncation some 1e-12 of the fifth derivative, rounding 1e-13 of the value. */
  difference: 1e-8,
  /** Two evaluations of one sum along different paths, relative to its largest term. */
  innerProduct: 1e-11,
  /** Against another library's: a few roundings. */
  reference: 1e-12,
  /** The same of float32 operands. */
  reference32: 3e-7,
  /** A batch against its examples one by one: the same operations in the same order, up to the blocks of a product. */
  batch: 1e-14,
} as const;

/** Allowed distance from a correctly rounded reference, in units in the last place. */
export interface Ulps {
  readonly float32: number;
  readonly float64: number;
}

export const ulpLimits = {
  exact: { float32: 0, float64: 0 },
  /** Elementary functions of the interpreter: the engine's, in float64 good to one unit or so, and float32 rounded from them. */
  interpreter: { float32: 0, float64: 2 },
  /** Elementary functions of compiled programs. */
  wasm: { float32: 2, float64: 2 },
} as const;
