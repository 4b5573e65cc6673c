/** tanh, sinh, cosh: a minimax polynomial near 0, exponentials beyond. */
import type { Builder } from "../builder.js";
import type { Expr } from "../ir.js";
import { abs, add, atMost, choose, copysign, div, formatOf, lt, mul, mulAdd, polynomial, sub } from "./arithmetic.js";
import { sinhCoefficients, tanhCoefficients } from "./coefficients.js";
import { exp, expOfModerate } from "./exponential.js";

/** x + x³·p(x²) below 0.55, 1 - 2 / (e^2x + 1) above: there the fraction is below ½, and so are its errors in ulps. */
export function tanh(b: Builder, x: Expr): Expr {
  const { wide } = formatOf(x.type);
  const a = b.let(abs(x), "tanh");
  const z = b.let(mul(a, a), "tanh");
  const near = mulAdd(mul(a, z), polynomial(z, wide ? tanhCoefficients.f64 : tanhCoefficients.f32), a);
  const limited = b.let(atMost(a, wide ? 19.1 : 9.1), "tanh");
  const e = expOfModerate(b, b.let(add(limited, limited), "tanh"));
  const far = sub(1, div(2, add(e, 1)));
  return copysign(choose(lt(a, 0.55), near, far), x);
}

/** x + x³·p(x²) below 1, e/2 - 1/(2e) with e = eˣ above; e/2 is had without e, which overflows earlier. */
export function sinh(b: Builder, x: Expr): Expr {
  const { wide } = formatOf(x.type);
  const a = b.let(abs(x), "sinh");
  const z = b.let(mul(a, a), "sinh");
  const near = mulAdd(mul(a, z), polynomial(z, wide ? sinhCoefficients.f64 : sinhCoefficients.f32), a);
  const half = b.let(exp(b, a, undefined, -1), "sinh");
  return copysign(choose(lt(a, 1), near, sub(half, div(0.25, half))), x);
}

export function cosh(b: Builder, x: Expr): Expr {
  const half = b.let(exp(b, b.let(abs(x), "cosh"), undefined, -1), "cosh");
  return add(half, div(0.25, half));
}
