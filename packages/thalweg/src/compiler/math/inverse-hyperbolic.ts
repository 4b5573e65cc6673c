/** asinh, acosh, atanh through log(1 + w), with w in two floats where its rounding would show. */
import { type Builder, unary } from "../builder.js";
import type { Expr } from "../ir.js";
import {
  abs,
  add,
  choose,
  copysign,
  div,
  eq,
  filled,
  formatOf,
  gt,
  lt,
  mul,
  mulAdd,
  polynomial,
  sub,
} from "./arithmetic.js";
import { atanhCoefficients } from "./coefficients.js";
import { twoProduct, twoSum } from "./exact.js";
import { logOfOnePlus, logOfSum } from "./logarithm.js";

/** Beyond this, x² + 1 and x² are the same and x² may overflow. */
function large(wide: boolean): number {
  return wide ? 2 ** 30 : 2 ** 15;
}

/** log(1 + w), w = |x| + x²/(1 + √(x² + 1)); log |x| + ln 2 far out. */
export function asinh(b: Builder, x: Expr): Expr {
  const { wide, tiny } = formatOf(x.type);
  const a = b.let(abs(x), "asinh");
  const far = b.let(gt(a, large(wide)), "asinh");
  const near = b.let(choose(far, 1, a), "asinh");
  const square = b.let(mul(near, near), "asinh");
  const w = twoSum(b, near, b.let(div(square, add(1, unary("sqrt", add(square, 1)))), "asinh"));
  const finite = choose(far, logOfSum(b, a, mul(a, 0), 1), logOfOnePlus(b, w.high, w.low));
  const result = choose(lt(a, Number.POSITIVE_INFINITY), finite, a);
  return copysign(choose(lt(a, tiny), a, result), x);
}

/** log(1 + w), w = t + √(t·(t + 2)), t = x - 1; near 1, w is about √2t and its root needs the error of its argument. */
export function acosh(b: Builder, x: Expr): Expr {
  const { wide } = formatOf(x.type);
  const far = b.let(gt(x, large(wide)), "acosh");
  const t = b.let(choose(far, 1, sub(x, 1)), "acosh");
  const sum = twoSum(b, t, filled(x, 2));
  const argument = twoProduct(b, t, sum.high);
  const root = b.let(unary("sqrt", argument.high), "acosh");
  const square = twoProduct(b, root, root);
  const error = add(sub(sub(argument.high, square.high), square.low), mulAdd(t, sum.low, argument.low));
  const nonzero = gt(root, 0);
  const correction = b.let(choose(nonzero, div(mul(error, 0.5), root), 0), "acosh");
  const w = twoSum(b, t, root);
  const finite = choose(far, logOfSum(b, x, mul(x, 0), 1), logOfOnePlus(b, w.high, add(w.low, correction)));
  const result = choose(lt(x, Number.POSITIVE_INFINITY), finite, x);
  return choose(lt(x, 1), Number.NaN, result);
}

/** x + x³·p(x²) up to ½, ½·log(1 + 2x/(1 - x)) beyond, where 1 - x is exact. */
export function atanh(b: Builder, x: Expr): Expr {
  const { wide } = formatOf(x.type);
  const a = b.let(abs(x), "atanh");
  const z = b.let(mul(a, a), "atanh");
  const near = mulAdd(mul(a, z), polynomial(z, wide ? atanhCoefficients.f64 : atanhCoefficients.f32), a);
  const inside = b.let(choose(lt(a, 1), a, 0), "atanh");
  const w = b.let(div(add(inside, inside), sub(1, inside)), "atanh");
  const far = mul(0.5, logOfOnePlus(b, w));
  const result = choose(lt(a, 0.5), near, far);
  const edge = b.let(choose(eq(a, 1), filled(x, Number.POSITIVE_INFINITY), Number.NaN), "atanh");
  return copysign(choose(lt(a, 1), result, edge), x);
}
