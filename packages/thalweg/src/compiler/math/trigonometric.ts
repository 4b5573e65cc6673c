/** sin, cos and tan: the quadrant of the reduced angle picks one of two minimax polynomials and the sign. */
import { type Builder, bitcast } from "../builder.js";
import type { Expr } from "../ir.js";
import { reduceAngle } from "./angle.js";
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
  formatOf,
  integer,
  lt,
  mul,
  mulAdd,
  neg,
  polynomial,
  shiftLeft,
  sub,
  xor,
} from "./arithmetic.js";
import { cosCoefficients, sinCoefficients } from "./coefficients.js";
import { fastTwoSum } from "./exact.js";

function pick(format: Format, c: typeof sinCoefficients): readonly number[] {
  return format.wide ? c.f64 : c.f32;
}

function isEven(format: Format, n: Expr): Expr {
  return eq(and(n, integer(format, 1)), integer(format, 0));
}

/** sin (quarters = 0) or cos (quarters = 1): sin(x + quarters·π/2). */
function sinOrCos(b: Builder, x: Expr, quarters: 0 | 1): Expr {
  const format = formatOf(x.type);
  const { n: angle, r } = reduceAngle(b, x);
  const n = quarters === 0 ? angle : b.let(add(angle, integer(format, quarters)), "quadrant");
  const z = b.let(mul(r, r), "sin");
  const s = mulAdd(mul(r, z), polynomial(z, pick(format, sinCoefficients)), r);
  const c = mulAdd(mul(z, z), polynomial(z, pick(format, cosCoefficients)), mulAdd(z, -0.5, 1));
  const size = choose(isEven(format, n), s, c);
  const sign = and(shiftLeft(n, format.wide ? 62 : 30), integer(format, encode(format, -0)));
  return bitcast(format.type, xor(bitsOf(format, size), sign));
}

export function sin(b: Builder, x: Expr): Expr {
  return choose(lt(abs(x), formatOf(x.type).tiny), x, sinOrCos(b, x, 0));
}

export function cos(b: Builder, x: Expr): Expr {
  return sinOrCos(b, x, 1);
}

/** sin r / cos r or -cos r / sin r: n/d, and then what rounding n and d lost, (n' - t·d')/d, in which the low part of r is included. */
export function tan(b: Builder, x: Expr): Expr {
  const format = formatOf(x.type);
  const { n, r, low } = reduceAngle(b, x);
  const z = b.let(mul(r, r), "tan");
  const sine = fastTwoSum(b, r, b.let(mulAdd(mul(r, z), polynomial(z, pick(format, sinCoefficients)), low), "tan"));
  const half = b.let(mul(z, 0.5), "tan");
  const w = b.let(sub(1, half), "tan");
  const correction = sub(sub(sub(1, w), half), mul(r, low));
  const rest = mulAdd(mul(z, z), polynomial(z, pick(format, cosCoefficients)), correction);
  const cosine = fastTwoSum(b, w, b.let(rest, "tan"));
  const even = b.let(isEven(format, n), "tan");
  const d = b.let(choose(even, cosine.high, sine.high), "tan");
  const t = b.let(div(choose(even, sine.high, neg(cosine.high)), d), "tan");
  const lost = mulAdd(neg(t), choose(even, cosine.low, sine.low), choose(even, sine.low, neg(cosine.low)));
  return choose(lt(abs(x), format.tiny), x, add(t, div(lost, d)));
}
