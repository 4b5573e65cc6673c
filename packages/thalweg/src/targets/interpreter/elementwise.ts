/**
 * The elementwise primitives on one element, as plain numbers. A float32 result is computed in float64 and rounded once where it is stored; an
 * int32 result wraps where it is stored, except that products need `Math.imul`.
 */
import type { DType } from "../../base/dtype.js";
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from "../../graph/primitives.js";
import { erf, erfc } from "./erf.js";

export const unaryRules: { readonly [P in UnaryPrimitive]: (x: number, dtype: DType) => number } = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfToEven,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
  erfc,
  sigmoid,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => Math.max(x, 0),
  not: (x, dtype) => (dtype === "bool" ? 1 - x : ~x),
};

export const binaryRules: { readonly [P in BinaryPrimitive]: (a: number, b: number, dtype: DType) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b, dtype) => (dtype === "int32" ? Math.imul(a, b) : a * b),
  div: (a, b) => a / b,
  floorDiv: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
  mod,
  pow,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  atan2: Math.atan2,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shiftLeft: (a, b) => a << b,
  shiftRight: (a, b) => a >>> b,
};

export const compareRules: { readonly [P in ComparePrimitive]: (a: number, b: number) => boolean } = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
};

/** Float to int32 truncates and saturates, NaN becomes 0; anything to bool is "not zero", so that NaN is true. */
export function convert(x: number, from: DType, to: DType): number {
  if (to === "bool") return x === 0 ? 0 : 1;
  if (to === "int32" && (from === "float32" || from === "float64")) {
    return Number.isNaN(x) ? 0 : Math.min(2147483647, Math.max(-2147483648, Math.trunc(x)));
  }
  return x;
}

export function integerPower(x: number, exponent: number, dtype: DType): number {
  if (dtype !== "int32") return x ** exponent;
  let power = 1;
  for (let i = 0; i < exponent; i += 1) power = Math.imul(power, x);
  return power;
}

function roundHalfToEven(x: number): number {
  return Math.abs(x - Math.trunc(x)) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/** The remainder with the sign of the divisor, also when it is zero. */
function mod(a: number, b: number, dtype: DType): number {
  if (dtype === "int32" && b === 0) return 0;
  const r = a % b;
  if (r === 0) return b < 0 ? -0 : 0;
  return r < 0 === b < 0 ? r : r + b;
}

/** As in C: 1 to any power and −1 to an infinite one are 1, where ECMAScript has NaN. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1;
  return a ** b;
}
