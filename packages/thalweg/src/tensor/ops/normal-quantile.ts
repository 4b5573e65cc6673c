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
import * as build from "../../graph/build.js";
import type { Node } from "../../graph/node.js";

type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

interface Coefficients {
  readonly centre: Rational;
  readonly tail: Rational;
  readonly far: Rational;
}

/** Lowest power first. */
const single: Coefficients = {
  centre: [
    [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
    [1, 17.895169469, 78.757757664, 67.1875636],
  ],
  tail: [
    [1.4234372777, 2.75681539, 1.3067284816, 0.17023821103],
    [1, 0.7370016425, 0.12021132975],
  ],
  far: [
    [6.657905115, 3.081226386, 0.42868294337, 0.017337203997],
    [1, 0.24197894225, 0.012258202635],
  ],
};

const double: Coefficients = {
  centre: [
    [
      3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
      67265.7709270087, 33430.57558358813, 2509.0809287301227,
    ],
    [
      1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
      28729.085735721943, 5226.495278852854,
    ],
  ],
  tail: [
    [
      1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
      0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
    ],
    [
      1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
      0.0005475938084995345, 1.0507500716444169e-9,
    ],
  ],
  far: [
    [
      6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
      0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
    ],
    [
      1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
      1.421511758316446e-7, 2.0442631033899397e-15,
    ],
  ],
};

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
