/**
 * erfc(x) = 1 − erf(x) without the cancellation for large x.
 *
 * Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969): for
 * 0.47 ≤ y ≤ 4, erfc(y) = e^(−y²) C(y)/D(y); beyond, erfc(y) = e^(−y²)/y · (1/√π − P(1/y²)/(y² Q(1/y²))). erfc(−y) = 2 − erfc(y).
 */
import { floatOf } from "../../base/dtype.js";
import { add, binary, cast, div, mul, neg, select, sub, unary } from "../../graph/build.js";
import { make, makeInput, type Node, project } from "../../graph/node.js";
import type { CustomRule } from "../../graph/primitives.js";

const c = [
  5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2, 8.8195222124176909e2,
  1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
];
const cLead = 2.15311535474403846e-8;
const d = [
  1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
];
const p = [
  3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
  6.58749161529837803e-4,
];
const pLead = 1.63153871373020978e-2;
const q = [
  2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3,
];
const inverseRootPi = 5.6418958354775628695e-1;

/** Where e^(−y²) has long been 0 in float64. */
const farthest = 30;

/** ((lead·x + k₀)·x + k₁)·x + … */
function horner(x: Node, lead: number, coefficients: readonly number[]): Node {
  let sum = mul(x, lead);
  coefficients.forEach((k, i) => {
    sum = i === coefficients.length - 1 ? add(sum, k) : mul(add(sum, k), x);
  });
  return sum;
}

function approximate(x: Node): Node {
  const y = binary("min", unary("abs", x), farthest);
  const near = binary("min", y, 4);
  const middle = div(horner(near, cLead, c), horner(near, 1, d));
  const far = binary("max", y, 4);
  const inverse = div(1, mul(far, far));
  const correction = div(mul(inverse, horner(inverse, pLead, p)), horner(inverse, 1, q));
  const tail = div(sub(inverseRootPi, correction), far);
  // y² in two parts, the first exact: y²'s rounding error would be multiplied by y².
  const coarse = div(unary("trunc", mul(y, 16)), 16);
  const rest = mul(sub(y, coarse), add(y, coarse));
  const decay = mul(unary("exp", neg(mul(coarse, coarse))), unary("exp", neg(rest)));
  const positive = mul(decay, select(binary("le", y, 4), middle, tail));
  const outside = select(binary("lt", x, 0), sub(2, positive), positive);
  return select(binary("le", y, 0.46875), sub(1, unary("erf", x)), outside);
}

/** −2/√π · e^(−x²). */
function slope(x: Node): Node {
  return mul(unary("exp", neg(mul(x, x))), -2 * inverseRootPi);
}

const rule: CustomRule = {
  name: "erfc",
  vjp: ([x], _, [cotangent]) => [x === undefined || cotangent === undefined ? undefined : mul(cotangent, slope(x))],
  jvp: ([x], _, [tangent]) => [x === undefined || tangent === undefined ? undefined : mul(tangent, slope(x))],
};

export function erfc(x: Node): Node {
  const y = cast(x, floatOf(x.dtype));
  const input = makeInput("x", y);
  return project(make("custom", [y], { body: { inputs: [input], outputs: [approximate(input)] }, rule }), 0);
}
