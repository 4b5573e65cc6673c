/**
 * xʸ = e^(y·log x), with the special values of C99 (ISO/IEC 9899:1999, F.9.4.4).
 *
 * An error of the logarithm is multiplied by up to 745 in the result, so log x is needed to about 2⁻⁶⁶ of itself. In f64 it is a sum of
 * two floats: log m = 2·atanh s, s = (m - 1)/(m + 1), atanh s = s + s·W, W = z/3 + z²·p(z), z = s², where s, z, 1/3 + z·p and W are
 * pairs. f32 is computed in f64, where the plain logarithm is enough.
 */
import { type Builder, binary, cast, constant, lane, unary, withLane } from "../builder.js";
import type { Expr, Type } from "../ir.js";
import {
  abs,
  add,
  atLeast,
  atMost,
  choose,
  div,
  eq,
  filled,
  formatOf,
  gt,
  lt,
  mul,
  mulAdd,
  neg,
  polynomial,
  sub,
} from "./arithmetic.js";
import { atanhTailCoefficients, ln2Parts } from "./coefficients.js";
import { fastTwoSum, type Pair, twoProduct } from "./exact.js";
import { exp } from "./exponential.js";
import { decompose, logOfPositive } from "./logarithm.js";

/** 1/3 rounded, and what is missing. */
const third = 1 / 3;
const thirdLow = 2 ** -54 / 3;

/** log x in two floats for a positive finite f64. */
function logInTwo(b: Builder, x: Expr): Pair {
  const format = formatOf(x.type);
  const subnormal = b.let(lt(x, format.leastNormal), "pow");
  const { exponent, mantissa } = decompose(b, format, b.let(choose(subnormal, mul(x, 2 ** 52), x), "pow"));
  const e = b.let(add(exponent, choose(subnormal, filled(x, -52), 0)), "pow");
  const m = b.let(mantissa, "pow");
  const f = b.let(sub(m, 1), "pow");
  const d = b.let(add(m, 1), "pow");
  const dLow = sub(m, sub(d, 1));

  const s = b.let(div(f, d), "pow");
  const back = twoProduct(b, s, d);
  const sLow = b.let(div(sub(sub(sub(f, back.high), back.low), mul(s, dLow)), d), "pow");
  const z = twoProduct(b, s, s);
  const zLow = mulAdd(mul(s, 2), sLow, z.low);
  const tail = b.let(mul(z.high, polynomial(z.high, atanhTailCoefficients.f64)), "pow");
  const q = fastTwoSum(b, filled(x, third), tail);
  const w = twoProduct(b, z.high, q.high);
  const wLow = add(w.low, mulAdd(z.high, add(q.low, thirdLow), mul(zLow, q.high)));
  const t = twoProduct(b, s, w.high);
  const tLow = add(t.low, mulAdd(s, wLow, mul(sLow, w.high)));
  const atanh = fastTwoSum(b, s, t.high);
  const atanhLow = add(atanh.low, add(sLow, tLow));

  const [high, low] = ln2Parts.f64;
  const sum = fastTwoSum(b, b.let(mul(e, high), "pow"), b.let(add(atanh.high, atanh.high), "pow"));
  const rest = add(sum.low, mulAdd(e, low, mul(atanhLow, 2)));
  return fastTwoSum(b, sum.high, b.let(rest, "pow"));
}

/** Beyond this, y·log x over- or underflows for every x ≠ 1; infinities become finite, so that 0·y is 0. */
const greatestExponent = 2 ** 65;

/** xʸ for a positive finite x, in f64. */
function powOfPositive(b: Builder, x: Expr, y: Expr): Expr {
  const log = logInTwo(b, x);
  const p = twoProduct(b, y, log.high);
  const low = b.let(mulAdd(y, log.low, p.low), "pow");
  return exp(b, p.high, b.let(choose(lt(abs(p.high), 1024), low, 0), "pow"));
}

function mapLanes(b: Builder, x: Expr, to: Type, from: number): Expr {
  let wide: Expr = constant(to, 0);
  for (let i = 0; i < to.lanes; i += 1) {
    wide = withLane(wide, i, cast({ scalar: to.scalar, lanes: 1 }, lane(x, from + i)));
  }
  return b.let(wide, "wide");
}

/** f applied in f64 to f32 operands: to two lanes at a time where there are more. */
function inDouble(b: Builder, x: Expr, y: Expr, f: (x: Expr, y: Expr) => Expr): Expr {
  const { lanes } = x.type;
  const double: Type = { scalar: "f64", lanes: Math.min(lanes, 2) };
  if (lanes <= 2) return cast(x.type, f(b.let(cast(double, x), "wide"), b.let(cast(double, y), "wide")));
  let result: Expr = filled(x, 0);
  for (let i = 0; i < lanes; i += 2) {
    const part = b.let(f(mapLanes(b, x, double, i), mapLanes(b, y, double, i)), "wide");
    for (const at of [0, 1]) result = withLane(result, i + at, cast({ scalar: "f32", lanes: 1 }, lane(part, at)));
  }
  return result;
}

export function pow(b: Builder, x: Expr, y: Expr): Expr {
  const { wide } = formatOf(x.type);
  const a = b.let(abs(x), "pow");
  const limited = b.let(atLeast(b.let(atMost(y, greatestExponent), "pow"), -greatestExponent), "pow");
  const plain = wide
    ? powOfPositive(b, a, limited)
    : inDouble(b, a, limited, (base, e) => exp(b, b.let(mul(e, logOfPositive(b, base)), "pow")));

  const or = (p: Expr, q: Expr): Expr => binary("or", p, q);
  const both = (p: Expr, q: Expr): Expr => binary("and", p, q);
  const not = (p: Expr): Expr => unary("not", p);
  const negativeExponent = b.let(lt(y, 0), "pow");
  const extreme = or(eq(a, 0), eq(a, Number.POSITIVE_INFINITY));
  const vanishes = binary("xor", lt(a, 1), negativeExponent);
  const size = choose(extreme, choose(vanishes, filled(x, 0), Number.POSITIVE_INFINITY), plain);
  const half = b.let(mul(y, 0.5), "pow");
  const whole = b.let(eq(unary("trunc", y), y), "pow");
  const odd = both(whole, not(eq(unary("trunc", half), half)));
  // the sign of x counts for odd y, also that of -0
  const minus = both(odd, lt(copysignOne(x), 0));
  const value = b.let(size, "pow");
  const signed = choose(minus, neg(value), value);
  const complex = both(both(lt(x, 0), gt(x, Number.NEGATIVE_INFINITY)), not(whole));
  const undefinedAt = or(complex, not(both(eq(x, x), eq(y, y))));
  return choose(or(eq(y, 0), eq(x, 1)), 1, choose(undefinedAt, Number.NaN, signed));
}

function copysignOne(x: Expr): Expr {
  return binary("copysign", filled(x, 1), x);
}
