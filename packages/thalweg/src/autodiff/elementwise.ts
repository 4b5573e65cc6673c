/**
 * Partial derivatives of the elementwise primitives. Their Jacobians are diagonal, hence symmetric: one table of `(g, node) → ∂out/∂inᵢ · g`,
 * an entry an operand, serves forward and reverse mode. An entry `none` is zero everywhere (or the operand is no float).
 *
 * At points where the derivative does not exist the conventions are PyTorch's: 0 for |x| and relu at 0, halves for max and min of equals.
 * Masks choose between results by `select`, never by multiplying with 0: that would turn an unused infinity into NaN.
 */
import { add, binary, div, mul, neg, select, sub, unary } from "../graph/build.js";
import { make, type Node, type NodeFor } from "../graph/node.js";
import type { BinaryPrimitive, UnaryPrimitive } from "../graph/primitives.js";
import { operand } from "./rule.js";

type DiagonalPrimitive = UnaryPrimitive | BinaryPrimitive | "integerPow" | "select";
export type Partial<P extends DiagonalPrimitive> = (g: Node, node: NodeFor<P>) => Node | undefined;

const none = (): undefined => undefined;
const same = (g: Node): Node => g;
const x = (node: NodeFor<DiagonalPrimitive>): Node => operand(node, 0);
const y = (node: NodeFor<DiagonalPrimitive>): Node => operand(node, 1);
const power = (base: Node, exponent: number): Node =>
  exponent === 1 ? base : make("integerPow", [base], { exponent });
const square = (base: Node): Node => power(base, 2);

/** max and min: all to the one chosen, half to each of two equals; a NaN on either side passes everything on. */
const extremum =
  (loses: (node: NodeFor<"max" | "min">) => Node) =>
  (g: Node, node: NodeFor<"max" | "min">): Node =>
    select(loses(node), 0, select(binary("eq", x(node), y(node)), mul(g, 0.5), g));

export const partials: { readonly [P in DiagonalPrimitive]: readonly Partial<P>[] } = {
  neg: [neg],
  abs: [(g, n) => mul(g, unary("sign", x(n)))],
  sign: [none],
  floor: [none],
  ceil: [none],
  round: [none],
  trunc: [none],
  // 1 / (2 √x): infinite at 0
  sqrt: [(g, n) => div(g, mul(n, 2))],
  exp: [(g, n) => mul(g, n)],
  // eˣ and not y + 1, which loses all digits far below 0
  expm1: [(g, n) => mul(g, unary("exp", x(n)))],
  log: [(g, n) => div(g, x(n))],
  log1p: [(g, n) => div(g, add(x(n), 1))],
  sin: [(g, n) => mul(g, unary("cos", x(n)))],
  cos: [(g, n) => neg(mul(g, unary("sin", x(n))))],
  tan: [(g, n) => mul(g, add(square(n), 1))],
  // 1 / √(1 − x²), the difference as a product: it keeps its digits next to ±1
  asin: [(g, n) => div(g, unary("sqrt", mul(sub(1, x(n)), add(x(n), 1))))],
  acos: [(g, n) => neg(div(g, unary("sqrt", mul(sub(1, x(n)), add(x(n), 1)))))],
  atan: [(g, n) => div(g, add(square(x(n)), 1))],
  sinh: [(g, n) => mul(g, unary("cosh", x(n)))],
  cosh: [(g, n) => mul(g, unary("sinh", x(n)))],
  tanh: [(g, n) => mul(g, sub(1, square(n)))],
  asinh: [(g, n) => div(g, unary("sqrt", add(square(x(n)), 1)))],
  acosh: [(g, n) => div(g, unary("sqrt", mul(sub(x(n), 1), add(x(n), 1))))],
  atanh: [(g, n) => div(g, mul(sub(1, x(n)), add(x(n), 1)))],
  // ±2/√π · exp(−x²)
  erf: [(g, n) => mul(g, mul(unary("exp", neg(square(x(n)))), 2 / Math.sqrt(Math.PI)))],
  erfc: [(g, n) => mul(g, mul(unary("exp", neg(square(x(n)))), -2 / Math.sqrt(Math.PI)))],
  sigmoid: [(g, n) => mul(g, mul(n, sub(1, n)))],
  softplus: [(g, n) => mul(g, unary("sigmoid", x(n)))],
  relu: [(g, n) => select(binary("lt", 0, n), g, 0)],
  not: [none],

  add: [same, same],
  sub: [same, neg],
  mul: [(g, n) => mul(g, y(n)), (g, n) => mul(g, x(n))],
  div: [(g, n) => div(g, y(n)), (g, n) => neg(mul(g, div(n, y(n))))],
  floorDiv: [none, none],
  // x mod y = x − y ⌊x/y⌋; the quotient is had from the remainder, since the rounded x/y may lie on the other side of a whole number
  mod: [same, (g, n) => neg(mul(g, unary("round", div(sub(x(n), n), y(n)))))],
  pow: [powBase, powExponent],
  max: [extremum((n) => binary("lt", x(n), y(n))), extremum((n) => binary("lt", y(n), x(n)))],
  min: [extremum((n) => binary("lt", y(n), x(n))), extremum((n) => binary("lt", x(n), y(n)))],
  // x / (x² + y²) and −y / (x² + y²) for atan2(y, x)
  atan2: [(g, n) => overSquaredRadius(mul(g, y(n)), n), (g, n) => neg(overSquaredRadius(mul(g, x(n)), n))],
  and: [none, none],
  or: [none, none],
  xor: [none, none],
  shiftLeft: [none, none],
  shiftRight: [none, none],

  integerPow: [
    (g, n) => {
      const { exponent } = n.params;
      if (exponent === 0) return undefined;
      return exponent === 1 ? g : mul(g, mul(power(x(n), exponent - 1), exponent));
    },
  ],
  select: [none, (g, n) => select(x(n), g, 0), (g, n) => select(x(n), 0, g)],
};

/** v / (x² + y²), and 0 at the origin, where the angle has no derivative. */
function overSquaredRadius(v: Node, node: NodeFor<"atan2">): Node {
  const radius = add(square(x(node)), square(y(node)));
  const origin = binary("eq", radius, 0);
  return select(origin, 0, div(v, select(origin, 1, radius)));
}

/**
 * ∂xᵖ/∂x = p xᵖ⁻¹. At x = 0, p = 0 the product is 0 · ∞ and the derivative 0: there 1 takes the place of x, in a way that further
 * derivatives (p − 1 = 0, …) come out right as well.
 */
function powBase(g: Node, node: NodeFor<"pow">): Node {
  const [base, exponent] = [x(node), y(node)];
  const corner = binary("and", binary("eq", base, 0), binary("eq", exponent, 0));
  return mul(g, mul(exponent, binary("pow", select(corner, 1, base), sub(exponent, 1))));
}

/** ∂xᵖ/∂p = xᵖ log x, and 0 where x = 0 and p ≥ 0 (the limit for p > 0). */
function powExponent(g: Node, node: NodeFor<"pow">): Node {
  const [base, exponent] = [x(node), y(node)];
  const corner = binary("and", binary("eq", base, 0), binary("le", 0, exponent));
  return mul(g, mul(node, unary("log", select(corner, 1, base))));
}
