/**
 * The quantile function of the standard normal distribution, Φ⁻¹.
 *
 * M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), 477–484: about 16
 * digits in float64 (PPND16) and 7 in float32 (PPND7). With q = ½ − p and s = √(−ln p),
 *
 *     Φ⁻¹(p) = −q A(c − q²)/B(c − q²)   for |q| ≤ 0.425, c = 0.180625
 *            = −C(s − 1.6)/D(s − 1.6)   for p < 0.075, s ≤ 5
 *            = −E(s − 5)/F(s − 5)       for s > 5
 */
import { double, type Rational, single } from "../../base/normal-quantile.js";
import * as build from "../../graph/build.js";
import type { Node } from "../../graph/node.js";

function polynomial(x: Node, coefficients: readonly number[]): Node {
  const top = coefficients.length - 1;
  let value = build.full(x.shape, coefficients[top] ?? 0, x.dtype);
  for (let i = top - 1; i >= 0; i -= 1) value = build.add(build.mul(value, x), coefficients[i] ?? 0);
  return value;
}

function rational(x: Node, [numerator, denominator]: Rational): Node {
  return build.div(polynomial(x, numerator), polynomial(x, denominator));
}

/** −Φ⁻¹(p) for 0 < p ≤ ½, which is ≥ 0. `farTail` may be false when p is never below e⁻²⁵. */
export function upperQuantile(p: Node, farTail: boolean): Node {
  const { centre, tail, far } = p.dtype === "float64" ? double : single;
  const q = build.sub(0.5, p);
  const near = build.mul(q, rational(build.sub(0.180625, build.mul(q, q)), centre));
  const s = build.unary("sqrt", build.neg(build.unary("log", p)));
  let beyond = rational(build.sub(s, 1.6), tail);
  if (farTail) beyond = build.select(build.binary("le", s, 5), beyond, rational(build.sub(s, 5), far));
  return build.select(build.binary("le", q, 0.425), near, beyond);
}

/**
 * Φ(x) of a plain number: for |x| < 3 by the series ½ + φ(x)(x + x³/3 + x⁵/(3·5) + …) (G. Marsaglia, "Evaluating the normal distribution",
 * J. Stat. Soft. 11 (2004)), beyond by Laplace's continued fraction Φ(−x) = φ(x)/(x + 1/(x + 2/(x + 3/(x + …)))).
 */
export function normalCdf(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) < 3) {
    let [term, sum] = [x, x];
    for (let k = 3; Math.abs(term) > Math.abs(sum) * 1e-18; k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  const y = Math.abs(x);
  if (y === Number.POSITIVE_INFINITY) return x > 0 ? 1 : 0;
  let fraction = y;
  for (let k = 100; k >= 1; k -= 1) fraction = y + k / fraction;
  return x > 0 ? 1 - density / fraction : density / fraction;
}
