/**
 * log x, log(1 + x), log(1 + eˣ).
 *
 * x = 2ᵉ·(1 + f), √½ ≤ 1 + f < √2, log x = e·ln 2 + log(1 + f)
 *
 * f32: log(1 + f) = f - f²/2 + f³·p(f). f64: with s = f/(2 + f), log(1 + f) = 2·atanh s = f - (f²/2 - s·(f²/2 + z·p(z))), z = s²
 * (Muller, Elementary Functions, 3rd ed., chapter 11). ln 2 in two parts, the first short enough that e times it is exact.
 */
import { type Builder, bitcast } from "../builder.js";
import type { Expr } from "../ir.js";
import {
  abs,
  add,
  and,
  bitsOf,
  choose,
  div,
  encode,
  eq,
  type Format,
  filled,
  formatOf,
  integer,
  lt,
  mul,
  mulAdd,
  neg,
  or,
  polynomial,
  shiftRight,
  sub,
} from "./arithmetic.js";
import { ln2Parts, logCoefficients } from "./coefficients.js";
import { expOfNegative } from "./exponential.js";

export interface Decomposed {
  /** e as a float. */
  readonly exponent: Expr;
  /** 1 + f. */
  readonly mantissa: Expr;
  /** The bits of 2^(1-e), or of 0 where that would not be normal. */
  readonly doubleScaleBits: Expr;
}

/** Splits a positive normal number; anything else gives some finite numbers. */
export function decompose(b: Builder, format: Format, x: Expr): Decomposed {
  const { fraction, bias } = format;
  const root = encode(format, Math.SQRT1_2);
  const fractionMask = (1n << BigInt(fraction)) - 1n;
  // adding 1 - √½ in bits carries into the exponent exactly where the mantissa is at least √2·½
  const biased = b.let(add(bitsOf(format, x), integer(format, encode(format, 1) - root)), "log");
  // 2^fraction + (e + bias), written as bits
  const raised = bitcast(format.type, or(shiftRight(biased, fraction), integer(format, encode(format, 2 ** fraction))));
  return {
    exponent: sub(raised, 2 ** fraction + bias),
    mantissa: bitcast(format.type, add(and(biased, integer(format, fractionMask)), integer(format, root))),
    doubleScaleBits: sub(
      integer(format, BigInt(2 * bias + 1) << BigInt(fraction)),
      and(biased, integer(format, ((1n << BigInt(format.wide ? 11 : 8)) - 1n) << BigInt(fraction))),
    ),
  };
}

/** e·ln 2 + log(1 + f); e and f are locals. */
function logFrom(b: Builder, format: Format, exponent: Expr, f: Expr): Expr {
  const [high, low] = format.wide ? ln2Parts.f64 : ln2Parts.f32;
  const square = b.let(mul(f, f), "log");
  const half = b.let(mul(square, 0.5), "log");
  let rest: Expr;
  if (format.wide) {
    const s = b.let(div(f, add(2, f)), "log");
    const z = b.let(mul(s, s), "log");
    const r = mulAdd(z, polynomial(z, logCoefficients.f64), half);
    rest = mulAdd(s, r, mul(exponent, low));
  } else {
    rest = mulAdd(mul(square, f), polynomial(f, logCoefficients.f32), mul(exponent, low));
  }
  return mulAdd(exponent, high, sub(f, sub(half, rest)));
}

/** log x for a positive finite x; something finite elsewhere. */
export function logOfPositive(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const { fraction, leastNormal } = format;
  const subnormal = b.let(lt(x, leastNormal), "log");
  const normal = b.let(choose(subnormal, mul(x, 2 ** fraction), x), "log");
  const { exponent, mantissa } = decompose(b, format, normal);
  const e = b.let(add(exponent, choose(subnormal, filled(x, -fraction), 0)), "log");
  return logFrom(b, format, e, b.let(sub(mantissa, 1), "log"));
}

export function log(b: Builder, x: Expr): Expr {
  const upper = choose(lt(x, Number.POSITIVE_INFINITY), logOfPositive(b, x), x);
  return choose(lt(x, 0), Number.NaN, choose(eq(x, 0), Number.NEGATIVE_INFINITY, upper));
}

/** log(u + c), where c is far below u and u is at least 2^-fraction; `extra` is added to the exponent of the result. */
export function logOfSum(b: Builder, u: Expr, c: Expr, extra = 0): Expr {
  const format = formatOf(u.type);
  const { exponent, mantissa, doubleScaleBits } = decompose(b, format, u);
  const e = b.let(extra === 0 ? exponent : add(exponent, extra), "log");
  const scale = bitcast(format.type, doubleScaleBits);
  return logFrom(b, format, e, b.let(mulAdd(mul(c, 0.5), scale, sub(mantissa, 1)), "log"));
}

/** log(1 + x + c) for -1 < x < ∞: what rounding 1 + x loses is added to f, which is exact for e = 0. */
export function logOfOnePlus(b: Builder, x: Expr, c?: Expr): Expr {
  const u = b.let(add(1, x), "log");
  const back = b.let(sub(u, 1), "log");
  const lost = add(sub(1, sub(u, back)), sub(x, back));
  return logOfSum(b, u, c === undefined ? lost : add(lost, c));
}

export function log1p(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const r = logOfOnePlus(b, x);
  const upper = choose(lt(x, Number.POSITIVE_INFINITY), r, x);
  const lower = choose(lt(x, -1), Number.NaN, choose(eq(x, -1), Number.NEGATIVE_INFINITY, upper));
  return choose(lt(abs(x), format.tiny), x, lower);
}

/** max(x, 0) + log(1 + e^-|x|). */
export function softplus(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const t = b.let(expOfNegative(b, b.let(neg(abs(x)), "softplus")), "softplus");
  const l = choose(lt(t, format.tiny), t, logOfOnePlus(b, t));
  return add(choose(lt(0, x), x, 0), l);
}
