/**
 * Sums and products with their rounding errors (Dekker, "A floating-point technique for extending the available precision", 1971;
 * Knuth, The Art of Computer Programming 2, 4.2.2). No fused multiply-add is used: whether the loop IR's rounds once depends on the target.
 */
import { type Builder, bitcast } from "../builder.js";
import type { Expr } from "../ir.js";
import { add, and, bitsOf, formatOf, integer, mul, sub } from "./arithmetic.js";

/** An unevaluated sum, |low| at most about an ulp of high. Both are locals. */
export interface Pair {
  readonly high: Expr;
  readonly low: Expr;
}

/** a + b exactly, for |a| ≥ |b| or a = 0. */
export function fastTwoSum(builder: Builder, a: Expr, b: Expr): Pair {
  const high = builder.let(add(a, b), "sum");
  return { high, low: builder.let(sub(b, sub(high, a)), "sum") };
}

/** a + b exactly. */
export function twoSum(builder: Builder, a: Expr, b: Expr): Pair {
  const high = builder.let(add(a, b), "sum");
  const back = builder.let(sub(high, a), "sum");
  return { high, low: builder.let(add(sub(a, sub(high, back)), sub(b, back)), "sum") };
}

/**
 * x = high + low with 12 and 12 bits (f32) or 26 and 27 (f64). Rounding instead of truncating the high part saves a bit of the low one; it
 * overflows within 2^-12 (2^-26) of the largest number.
 */
export function halves(b: Builder, x: Expr, round: boolean): Pair {
  const format = formatOf(x.type);
  const dropped = format.wide ? 27n : 12n;
  const bits = bitsOf(format, x);
  const rounded = round ? add(bits, integer(format, 1n << (dropped - 1n))) : bits;
  const high = b.let(bitcast(format.type, and(rounded, integer(format, -(1n << dropped)))), "half");
  return { high, low: b.let(sub(x, high), "half") };
}

/** x·y exactly, unless the error underflows; x below the largest number by 2^-12 (f32) or 2^-26 (f64) of it at least. */
export function twoProduct(b: Builder, x: Expr, y: Expr): Pair {
  const p = halves(b, x, true);
  const q = halves(b, y, false);
  const high = b.let(mul(x, y), "product");
  const first = sub(mul(p.high, q.high), high);
  const second = add(add(first, mul(p.high, q.low)), mul(p.low, q.high));
  return { high, low: b.let(add(second, mul(p.low, q.low)), "product") };
}
