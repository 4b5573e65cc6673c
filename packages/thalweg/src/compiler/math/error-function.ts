/**
 * erf and erfc.
 *
 * |x| < 1: erf x = x + x·p(x²)
 * f32, |x| ≥ 1: erf x = 1 - p(|x|)⁴: the fourth root of erfc is smooth enough for eight powers, and there is no exponential
 * otherwise: erfc x = e^(-x²)·p((x - k)/(x + k)) / (1 + 2x), the form of Shepherd and Laframboise, "Chebyshev approximation of
 * (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞", Math. Comp. 36 (1981); coefficients are our own
 */
import { type Builder, bitcast } from "../builder.js";
import type { Expr } from "../ir.js";
import {
  abs,
  add,
  and,
  atLeast,
  atMost,
  bitsOf,
  choose,
  copysign,
  div,
  type Format,
  formatOf,
  integer,
  lt,
  mul,
  mulAdd,
  neg,
  or,
  polynomial,
  sub,
  xor,
} from "./arithmetic.js";
import { erfCoefficients, erfcMiddleCoefficients, erfcxCoefficients } from "./coefficients.js";
import { twoProduct } from "./exact.js";
import { expInParts, expOfNegative } from "./exponential.js";

function erfNear(b: Builder, format: Format, a: Expr): Expr {
  const z = b.let(mul(a, a), "erf");
  return mulAdd(a, polynomial(z, format.wide ? erfCoefficients.f64 : erfCoefficients.f32), a);
}

/** erfc a for a from 0.4 on, with the errors of all products but the last sum kept. */
function erfcFar(b: Builder, format: Format, a: Expr): Expr {
  const centre = format.wide ? 4 : 2;
  const q = b.let(div(sub(a, centre), add(a, centre)), "erfc");
  const [c0 = 0, ...rest] = format.wide ? erfcxCoefficients.f64 : erfcxCoefficients.f32;
  const varying = b.let(mul(q, polynomial(q, rest)), "erfc");
  const p = b.let(add(c0, varying), "erfc");
  const pLow = add(sub(c0, p), varying);
  const d = b.let(mulAdd(a, 2, 1), "erfc");
  const dLow = choose(lt(a, 0.5), sub(add(a, a), sub(d, 1)), sub(1, sub(d, add(a, a))));
  const g = b.let(div(p, d), "erfc");
  const back = twoProduct(b, g, d);
  const remainder = sub(add(sub(sub(p, back.high), back.low), pLow), mul(g, dLow));
  const gLow = div(remainder, d);
  const square = twoProduct(b, a, a);
  const e = expInParts(b, b.let(neg(square.high), "erfc"), neg(square.low));
  const value = mulAdd(e.high, g, mulAdd(e.high, gLow, mul(e.low, g)));
  return mul(mul(value, e.first), e.second);
}

/**
 * Below 1 the form 1 - p(a)⁴ is less than erf (beside rounding, at their meeting); above, the form near 0 falls below erf, at last to -∞, and is NaN
 * for ∞ alone: the greater is right, the far one where there is none. From 4 on the result is 1.
 */
function erfOfF32(b: Builder, format: Format, x: Expr): Expr {
  const bits = bitsOf(format, x);
  const sign = b.let(and(bits, integer(format, 1n << 31n)), "erf");
  const a = b.let(bitcast(format.type, xor(bits, sign)), "erf");
  const near = b.let(erfNear(b, format, a), "erf");
  const p = b.let(polynomial(b.let(atMost(a, 4), "erf"), erfcMiddleCoefficients.f32), "erf");
  const square = b.let(mul(p, p), "erf");
  const far = b.let(mulAdd(neg(square), square, 1), "erf");
  return bitcast(format.type, or(bitsOf(format, choose(lt(far, near), near, far)), sign));
}

export function erf(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  if (!format.wide) return erfOfF32(b, format, x);
  const a = b.let(abs(x), "erf");
  const near = erfNear(b, format, a);
  // erfc is at most 0.16 here: its errors hardly count
  const limited = b.let(atMost(a, 6), "erf");
  const q = b.let(div(sub(limited, 4), add(limited, 4)), "erf");
  const e = expOfNegative(b, b.let(neg(mul(limited, limited)), "erf"));
  const tail = div(mul(e, polynomial(q, erfcxCoefficients.f64)), mulAdd(limited, 2, 1));
  return copysign(choose(lt(a, 1), near, sub(1, tail)), x);
}

/** 1 - erf x up to 0.4, erfc of the positive side beyond, 2 - erfc |x| beyond -0.4. */
export function erfc(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const a = b.let(abs(x), "erfc");
  const near = sub(1, erfNear(b, format, a));
  const limited = b.let(atLeast(b.let(atMost(a, format.wide ? 27.4 : 10.1), "erfc"), 0.4), "erfc");
  const positive = b.let(choose(lt(a, 0.4), near, erfcFar(b, format, limited)), "erfc");
  return choose(lt(x, 0), sub(2, positive), positive);
}
