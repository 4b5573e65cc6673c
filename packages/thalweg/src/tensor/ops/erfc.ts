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
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769, 1712.0476126340707,
  2051.0783778260716, 1230.3393547979972,
];
const cLead = 2.1531153547440383e-8;
const d = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
  3439.3676741437216, 1230.3393548037495,
];
const p = [0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378];
const pLead = 0.016315387137302097;
const q = [2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918];
const inverseRootPi = 0.5641895835477563;

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
