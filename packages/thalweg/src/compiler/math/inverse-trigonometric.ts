/**
 * atan, atan2, asin, acos.
 *
 * The angle of (x, y) in the first octant, u = min, v = max of |x| and |y|: with u > v·tan ½ it is π/4 + atan((u - v)/(u + v)), else
 * atan(u/v), so the minimax polynomial serves |a| ≤ tan ½, and where π/4 is added the sum is at least ½: the errors of the quotient, which
 * is at most 0.3 there, count half. Octants are j·π/4 + σ·atan a, with π/4 in two parts.
 *
 * asin x = x + x³·p(x²) up to ½; beyond, asin x = π/2 - 2·asin √((1 - x)/2), and acos likewise.
 */
import { type Builder, binary, select, unary } from "../builder.js";
import type { Expr } from "../ir.js";
import {
  abs,
  add,
  bitsOf,
  choose,
  copysign,
  div,
  eq,
  type Format,
  filled,
  formatOf,
  gt,
  integer,
  lt,
  mul,
  mulAdd,
  neg,
  polynomial,
  sub,
} from "./arithmetic.js";
import { asinCoefficients, atanCoefficients, quarterPiParts } from "./coefficients.js";
import { fastTwoSum } from "./exact.js";

interface Octant {
  /** The angle is octants·π/4 + a + rest. */
  readonly octants: Expr;
  readonly a: Expr;
  readonly rest: Expr;
}

/** The angle of (v, u), 0 ≤ u ≤ v. */
function octant(b: Builder, format: Format, u: Expr, v: Expr): Octant {
  const middle = b.let(gt(u, mul(v, Math.tan(0.5))), "octant");
  const a = b.let(div(choose(middle, sub(u, v), u), choose(middle, add(u, v), v)), "octant");
  const z = b.let(mul(a, a), "octant");
  const rest = mul(mul(a, z), polynomial(z, format.wide ? atanCoefficients.f64 : atanCoefficients.f32));
  return { octants: choose(middle, filled(u, 1), 0), a, rest };
}

/** octants·π/4 + sign·(a + rest), where `flip` says that the sign is negative. */
function assemble(b: Builder, format: Format, octants: Expr, flip: Expr, o: Octant): Expr {
  const [high, low] = format.wide ? quarterPiParts.f64 : quarterPiParts.f32;
  const j = b.let(octants, "octant");
  const a = choose(flip, neg(o.a), o.a);
  const rest = b.let(o.rest, "octant");
  const small = b.let(mulAdd(j, low, choose(flip, neg(rest), rest)), "octant");
  // j·π/4 is 0 or at least the greater part, so the rounding error of the first sum is small beside the second term
  return add(mul(j, high), add(a, small));
}

export function atan(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const size = b.let(abs(x), "atan");
  const steep = b.let(gt(size, 1), "atan");
  const o = octant(b, format, b.let(choose(steep, filled(x, 1), size), "atan"), b.let(choose(steep, size, 1), "atan"));
  const j = b.let(o.octants, "atan");
  return copysign(assemble(b, format, choose(steep, sub(2, j), j), steep, o), x);
}

/** The angle of the point (x, y), in (-π, π], with the signs of zeros and the infinities of C's atan2. */
export function atan2(b: Builder, y: Expr, x: Expr): Expr {
  const format = formatOf(x.type);
  const { bias, leastNormal } = format;
  const ay = b.let(abs(y), "atan2");
  const ax = b.let(abs(x), "atan2");
  const steep = b.let(gt(ay, ax), "atan2");
  const less = b.let(choose(steep, ax, ay), "atan2");
  const more = b.let(choose(steep, ay, ax), "atan2");
  // ∞: 1 for an infinite coordinate, 0 for a finite one; 0: away from 0/0; huge: so that u + v does not overflow;
  // subnormal: so that v·tan ½ has its digits
  const infinite = b.let(eq(more, Number.POSITIVE_INFINITY), "atan2");
  const shrink = choose(gt(more, 2 ** (bias - 3)), filled(x, 2 ** -4), 1);
  const scale = b.let(choose(lt(more, leastNormal * 2 ** 10), filled(x, 2 ** 40), shrink), "atan2");
  const u = b.let(
    choose(infinite, choose(eq(less, Number.POSITIVE_INFINITY), filled(x, 1), 0), mul(less, scale)),
    "atan2",
  );
  const v = b.let(choose(infinite, 1, choose(eq(more, 0), 1, mul(more, scale))), "atan2");
  const o = octant(b, format, u, v);
  const j = b.let(o.octants, "atan2");
  const quarter = b.let(choose(steep, sub(2, j), j), "atan2");
  const left = b.let(binary("lt", bitsOf(format, x), integer(format, 0)), "atan2");
  const whole = choose(left, sub(4, quarter), quarter);
  const angle = copysign(assemble(b, format, whole, binary("xor", steep, left), o), y);
  return choose(unary("not", binary("and", eq(x, x), eq(y, y))), add(x, y), angle);
}

interface HalfAngle {
  readonly near: Expr;
  /** |x|, or √((1 - |x|)/2). */
  readonly s: Expr;
  /** asin s - s. */
  readonly rest: Expr;
}

function halfAngle(b: Builder, format: Format, a: Expr): HalfAngle {
  const near = b.let(lt(a, 0.5), "asin");
  const z = b.let(choose(near, mul(a, a), mulAdd(a, -0.5, 0.5)), "asin");
  const s = b.let(choose(near, a, unary("sqrt", z)), "asin");
  const rest = mul(mul(s, z), polynomial(z, format.wide ? asinCoefficients.f64 : asinCoefficients.f32));
  return { near, s, rest: b.let(rest, "asin") };
}

/** π/2 rounded, and what is missing. */
function halfPi(format: Format): { high: number; low: number } {
  const [high, low] = format.wide ? quarterPiParts.f64 : quarterPiParts.f32;
  if (format.wide) return { high: 2 * (high + low), low: 2 * (low - (high + low - high)) };
  const rounded = Math.fround(2 * (high + low));
  return { high: rounded, low: 2 * high - rounded + 2 * low };
}

export function asin(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const { near, s, rest } = halfAngle(b, format, b.let(abs(x), "asin"));
  const { high, low } = halfPi(format);
  // π/2 - 2s loses as much as the rest together, just below 1
  const first = fastTwoSum(b, filled(x, high), mul(s, -2));
  const far = add(first.high, sub(add(first.low, low), add(rest, rest)));
  return copysign(select(near, add(s, rest), far), x);
}

/** π/2 - asin x near 0, 2·asin s beyond ½, π - 2·asin s below -½. */
export function acos(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const { near, s, rest } = halfAngle(b, format, b.let(abs(x), "acos"));
  const { high, low } = halfPi(format);
  const negative = b.let(lt(x, 0), "acos");
  const middle = sub(high, sub(x, sub(low, choose(negative, neg(rest), rest))));
  const double = b.let(mul(add(s, rest), 2), "acos");
  const left = sub(2 * high, sub(double, 2 * low));
  return choose(near, middle, choose(negative, left, double));
}
