/**
 * eˣ, eˣ - 1, logistic.
 *
 * x = k·ln 2 + r, |r| ≤ ln 2 / 2, eˣ = 2ᵏ·eʳ
 *
 * ln 2 is split in two so that k times its first part is exact (Cody and Waite, Software Manual for the Elementary Functions, 1980,
 * chapter 6); k comes from adding 1.5·2^fraction, whose low bits then hold it as an integer. eʳ = 1 + r + r²·p(r) with a minimax p.
 */
import type { Builder } from "../builder.js";
import type { Expr } from "../ir.js";
import {
  abs,
  add,
  atLeast,
  atMost,
  bitsOf,
  choose,
  div,
  eq,
  type Format,
  formatOf,
  lt,
  mul,
  mulAdd,
  neg,
  polynomial,
  powerOfTwo,
  shiftRight,
  sub,
} from "./arithmetic.js";
import { expCoefficients, ln2Parts } from "./coefficients.js";

interface Reduced {
  /** Its low bits hold k. */
  readonly n: Expr;
  readonly k: Expr;
  readonly r: Expr;
  /** x - k·(first part of ln 2), exact. */
  readonly first: Expr;
}

function reduce(b: Builder, format: Format, x: Expr): Reduced {
  const [high, low] = format.wide ? ln2Parts.f64 : ln2Parts.f32;
  const shifted = b.let(mulAdd(x, Math.LOG2E, format.magic), "exp");
  const k = b.let(sub(shifted, format.magic), "exp");
  const first = b.let(mulAdd(k, -high, x), "exp");
  return { n: b.let(bitsOf(format, shifted), "exp"), k, first, r: b.let(mulAdd(k, -low, first), "exp") };
}

function tail(format: Format, r: Expr): Expr {
  return polynomial(r, format.wide ? expCoefficients.f64 : expCoefficients.f32);
}

/** eʳ - 1 for a reduced r. */
function reducedExpm1(b: Builder, format: Format, r: Expr): Expr {
  return mulAdd(b.let(mul(r, r), "exp"), tail(format, r), r);
}

/** Where eˣ is 0 or ∞ for certain, and k still fits. */
function limits(format: Format): readonly [low: number, high: number] {
  return format.wide ? [-746, 711] : [-104, 90];
}

/**
 * e^(x + low)·2^scale within 1 ulp, into the subnormal numbers, for x between the limits: 2ᵏ is applied in two factors, of which only the
 * last multiplication can round. NaN stays.
 */
function scaledExp(b: Builder, format: Format, x: Expr, low?: Expr, scale = 0): Expr {
  const { n, r: plain } = reduce(b, format, x);
  const r = low === undefined ? plain : b.let(add(plain, low), "exp");
  const half = b.let(shiftRight(n, 1), "exp");
  const e = add(1, reducedExpm1(b, format, r));
  return mul(mul(e, powerOfTwo(format, half)), powerOfTwo(format, sub(n, half), scale));
}

/** e^(x + low)·2^scale for any x; |low| is small beside 1. `scale` is of order 1. */
export function exp(b: Builder, x: Expr, low?: Expr, scale = 0): Expr {
  const format = formatOf(x.type);
  const [least, greatest] = limits(format);
  return scaledExp(b, format, b.let(atLeast(b.let(atMost(x, greatest), "exp"), least), "exp"), low, scale);
}

/** eˣ for x ≤ 0. */
export function expOfNegative(b: Builder, x: Expr, low?: Expr): Expr {
  const format = formatOf(x.type);
  return scaledExp(b, format, b.let(atLeast(x, limits(format)[0]), "exp"), low);
}

/** eˣ for 0 ≤ x ≤ 80: nothing over- or underflows. */
export function expOfModerate(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const { n, r } = reduce(b, format, x);
  return mul(add(1, reducedExpm1(b, format, r)), powerOfTwo(format, n));
}

/** eʳ·2ᵏ unscaled, in two floats, for x between the limits: the value is (high + low)·first·second. */
export function expInParts(b: Builder, x: Expr, low: Expr): { high: Expr; low: Expr; first: Expr; second: Expr } {
  const format = formatOf(x.type);
  const clamped = b.let(atLeast(x, limits(format)[0]), "exp");
  const { n, r: plain } = reduce(b, format, clamped);
  const r = b.let(add(plain, low), "exp");
  const e = b.let(reducedExpm1(b, format, r), "exp");
  const high = b.let(add(1, e), "exp");
  const half = b.let(shiftRight(n, 1), "exp");
  return {
    high,
    low: b.let(add(sub(1, high), e), "exp"),
    first: powerOfTwo(format, half),
    second: powerOfTwo(format, sub(n, half)),
  };
}

/** 2·(2^(k-1)·(eʳ - 1) + (2^(k-1) - ½)), where r keeps the part that rounding it lost: at k = ±1 an ulp of r is two of the result. */
export function expm1(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const [, low] = format.wide ? ln2Parts.f64 : ln2Parts.f32;
  // below, the result rounds to -1; above, to infinity with k no more than 2^(k-1) can bear
  const [least, greatest] = format.wide ? [-38, 710] : [-18, 89];
  const clamped = b.let(atLeast(b.let(atMost(x, greatest), "expm1"), least), "expm1");
  const { n, k, r, first } = reduce(b, format, clamped);
  const lost = mulAdd(k, -low, sub(first, r));
  const e = b.let(add(r, mulAdd(b.let(mul(r, r), "expm1"), tail(format, r), lost)), "expm1");
  const scale = b.let(powerOfTwo(format, n, -1), "expm1");
  const half = b.let(mulAdd(scale, e, sub(scale, 0.5)), "expm1");
  const result = choose(eq(k, 0), e, add(half, half));
  return choose(lt(abs(x), format.tiny), x, result);
}

/**
 * 1 / (1 + e⁻ˣ) = (x < 0 ? t : 1) / (1 + t) with t = e^-|x|: nothing overflows, and the left tail keeps its precision. What rounding
 * d = 1 + t loses is put back to first order, for which 1/d ≈ (24 - 8d)/17 is near enough on [1, 2].
 */
export function sigmoid(b: Builder, x: Expr): Expr {
  const t = b.let(expOfNegative(b, b.let(neg(abs(x)), "sigmoid")), "sigmoid");
  const d = b.let(add(1, t), "sigmoid");
  const q = b.let(div(choose(lt(x, 0), t, 1), d), "sigmoid");
  const lost = sub(sub(d, 1), t);
  return mulAdd(q, mul(lost, mulAdd(d, -8 / 17, 24 / 17)), q);
}
