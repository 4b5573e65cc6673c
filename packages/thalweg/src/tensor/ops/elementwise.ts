/** Elementwise ops on nodes: promotion as in base/dtype.ts, NumPy's broadcasting. */
import { type DType, floatOf, isFloat, promote } from "../../base/dtype.js";
import { DTypeError } from "../../base/errors.js";
import { broadcastShapes, formatShape } from "../../base/shape.js";
import {
  binary,
  broadcastTo,
  cast,
  div,
  full,
  mul,
  add as plus,
  select,
  sub as subtract,
  unary,
} from "../../graph/build.js";
import { make, type Node } from "../../graph/node.js";
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from "../../graph/primitives.js";

/** Of a bool: int32, since arithmetic counts. */
export function numeric(dtype: DType): DType {
  return dtype === "bool" ? "int32" : dtype;
}

/** Both as `dtype`, stretched to their common shape. */
function together(op: string, a: Node, b: Node, dtype: DType): [Node, Node] {
  const shape = broadcastShapes(op, a.shape, b.shape);
  return [broadcastTo(cast(a, dtype), shape), broadcastTo(cast(b, dtype), shape)];
}

const arithmetic =
  (op: string, primitive: BinaryPrimitive) =>
  (a: Node, b: Node): Node =>
    make(primitive, together(op, a, b, numeric(promote(a.dtype, b.dtype))), {});

export const add = arithmetic("add", "add");
export const sub = arithmetic("sub", "sub");
export const multiply = arithmetic("mul", "mul");
export const mod = arithmetic("mod", "mod");
const larger = arithmetic("maximum", "max");
const smaller = arithmetic("minimum", "min");

/** NaN if either is; of two bools a bool. */
export function maximum(a: Node, b: Node): Node {
  return promote(a.dtype, b.dtype) === "bool" ? make("or", together("maximum", a, b, "bool"), {}) : larger(a, b);
}
export function minimum(a: Node, b: Node): Node {
  return promote(a.dtype, b.dtype) === "bool" ? make("and", together("minimum", a, b, "bool"), {}) : smaller(a, b);
}

export function divide(a: Node, b: Node): Node {
  return make("div", together("div", a, b, floatOf(promote(a.dtype, b.dtype))), {});
}

/** ⌊a / b⌋, as a float too. */
export function floorDiv(a: Node, b: Node): Node {
  const dtype = numeric(promote(a.dtype, b.dtype));
  const pair = together("floorDiv", a, b, dtype);
  return isFloat(dtype) ? floatFloorDiv(...pair) : make("floorDiv", pair, {});
}

/**
 * From the remainder, which is exact, so that a quotient that rounds up to a whole number does not count as reaching it: (a − a mod b) / b is
 * whole up to rounding. A divisor of zero follows IEEE division; an infinite one gives 0, or −1 where the signs differ.
 */
function floatFloorDiv(a: Node, b: Node): Node {
  const quotient = div(a, b);
  const whole = unary("round", div(subtract(a, make("mod", [a, b], {})), b));
  const below = binary("min", mul(unary("sign", a), unary("sign", b)), 0);
  const ordinary = make("and", [testFinite(b), binary("ne", b, 0)], {});
  return select(ordinary, whole, select(testFinite(quotient), below, quotient));
}

export function atan2(a: Node, b: Node): Node {
  return make("atan2", together("atan2", a, b, floatOf(promote(a.dtype, b.dtype))), {});
}

/** Exponents up to this size in a plain whole number are part of the program. */
const smallExponent = 8;

/** aᵇ. Whole numbers to whole powers are computed in float64, and cut and saturated like a cast. */
export function power(a: Node, b: Node): Node {
  const dtype = numeric(promote(a.dtype, b.dtype));
  if (isFloat(dtype)) return make("pow", together("pow", a, b, dtype), {});
  return cast(make("pow", together("pow", a, b, "float64"), {}), "int32");
}

/** xⁿ for a plain number: repeated multiplication for small whole `n`, undefined when it is to be an operand like any other. */
export function smallPower(x: Node, n: number): Node | undefined {
  if (!Number.isInteger(n) || Math.abs(n) > smallExponent) return undefined;
  const dtype = n < 0 ? floatOf(x.dtype) : numeric(x.dtype);
  return make("integerPow", [cast(x, dtype)], { exponent: n });
}

const compared =
  (op: string, primitive: ComparePrimitive, swapped = false) =>
  (a: Node, b: Node): Node => {
    const [x, y] = together(op, a, b, promote(a.dtype, b.dtype));
    return make(primitive, swapped ? [y, x] : [x, y], {});
  };

export const eq = compared("eq", "eq");
export const ne = compared("ne", "ne");
export const lt = compared("lt", "lt");
export const le = compared("le", "le");
export const gt = compared("gt", "lt", true);
export const ge = compared("ge", "le", true);

/** Whether each element is not zero. */
export function truth(x: Node): Node {
  return cast(x, "bool");
}

const logical =
  (op: string, primitive: "and" | "or" | "xor") =>
  (a: Node, b: Node): Node =>
    make(primitive, together(op, truth(a), truth(b), "bool"), {});

export const logicalAnd = logical("logicalAnd", "and");
export const logicalOr = logical("logicalOr", "or");
export const logicalXor = logical("logicalXor", "xor");

export function logicalNot(x: Node): Node {
  return unary("not", truth(x));
}

const bitwise =
  (op: string, primitive: BinaryPrimitive) =>
  (a: Node, b: Node): Node => {
    for (const x of [a, b]) checkWhole(op, x);
    return make(primitive, together(op, a, b, "int32"), {});
  };

function checkWhole(op: string, x: Node): void {
  if (isFloat(x.dtype)) {
    throw new DTypeError(
      `${op}: needs int32 (or bool), got ${x.dtype} of shape ${formatShape(x.shape)}; cast("int32") first`,
    );
  }
}

export const bitwiseAnd = bitwise("bitwiseAnd", "and");
export const bitwiseOr = bitwise("bitwiseOr", "or");
export const bitwiseXor = bitwise("bitwiseXor", "xor");
export const shiftLeft = bitwise("shiftLeft", "shiftLeft");
export const shiftRight = bitwise("shiftRight", "shiftRight");

export function bitwiseNot(x: Node): Node {
  checkWhole("bitwiseNot", x);
  return unary("not", cast(x, "int32"));
}

const transcendental =
  (primitive: UnaryPrimitive) =>
  (x: Node): Node =>
    unary(primitive, cast(x, floatOf(x.dtype)));

export const sqrt = transcendental("sqrt");
export const exp = transcendental("exp");
export const expm1 = transcendental("expm1");
export const log = transcendental("log");
export const log1p = transcendental("log1p");
export const sin = transcendental("sin");
export const cos = transcendental("cos");
export const tan = transcendental("tan");
export const asin = transcendental("asin");
export const acos = transcendental("acos");
export const atan = transcendental("atan");
export const sinh = transcendental("sinh");
export const cosh = transcendental("cosh");
export const tanh = transcendental("tanh");
export const asinh = transcendental("asinh");
export const acosh = transcendental("acosh");
export const atanh = transcendental("atanh");
export const erf = transcendental("erf");
export const erfc = transcendental("erfc");
export const sigmoid = transcendental("sigmoid");
export const softplus = transcendental("softplus");

const counting =
  (primitive: "neg" | "abs" | "sign" | "relu") =>
  (x: Node): Node =>
    unary(primitive, cast(x, numeric(x.dtype)));

export const neg = counting("neg");
export const abs = counting("abs");
export const sign = counting("sign");
export const relu = counting("relu");

export function square(x: Node): Node {
  const y = cast(x, numeric(x.dtype));
  return mul(y, y);
}

/** Whole numbers stay what they are. */
const rounding =
  (primitive: "floor" | "ceil" | "round" | "trunc") =>
  (x: Node): Node =>
    isFloat(x.dtype) ? unary(primitive, x) : cast(x, "int32");

export const floor = rounding("floor");
export const ceil = rounding("ceil");
export const round = rounding("round");
export const trunc = rounding("trunc");

export function reciprocal(x: Node): Node {
  return div(1, cast(x, floatOf(x.dtype)));
}

export function rsqrt(x: Node): Node {
  return div(1, sqrt(x));
}

/** 2ˣ = e^(x ln 2); through pow, whose rounding does not grow with x. */
export function exp2(x: Node): Node {
  const y = cast(x, floatOf(x.dtype));
  return make("pow", [full(y.shape, 2, y.dtype), y], {});
}

/**
 * ln(x) / ln(base), with powers of the base put right: where baseⁿ is x for the whole number n nearest to the quotient, the result is n. What
 * is added for that has no derivative.
 */
function logarithm(x: Node, base: number): Node {
  const quotient = div(log(x), Math.log(base));
  const whole = unary("round", quotient);
  const power = binary("pow", base, whole);
  const exact = make("and", [binary("eq", power, cast(x, power.dtype)), testFinite(quotient)], {});
  return plus(quotient, make("stopGradient", [select(exact, subtract(whole, quotient), 0)], {}));
}

export function log2(x: Node): Node {
  return logarithm(x, 2);
}
export function log10(x: Node): Node {
  return logarithm(x, 10);
}

export function testNaN(x: Node): Node {
  return isFloat(x.dtype) ? make("ne", [x, x], {}) : full(x.shape, 0, "bool");
}

export function testFinite(x: Node): Node {
  return isFloat(x.dtype) ? binary("lt", unary("abs", x), Number.POSITIVE_INFINITY) : full(x.shape, 1, "bool");
}

export function testInf(x: Node): Node {
  return isFloat(x.dtype) ? binary("eq", unary("abs", x), Number.POSITIVE_INFINITY) : full(x.shape, 0, "bool");
}

/** The limits of `clip`, under its name. */
export const raise = arithmetic("clip", "max");
export const lower = arithmetic("clip", "min");

/** a where the condition holds, else b. */
export function where(condition: Node, a: Node, b: Node): Node {
  if (condition.dtype !== "bool") {
    throw new DTypeError(
      `where: the condition must be bool, got ${condition.dtype} of shape ${formatShape(condition.shape)}; compare first, as in x.ne(0)`,
    );
  }
  const [x, y] = together("where", a, b, promote(a.dtype, b.dtype));
  const shape = broadcastShapes("where", condition.shape, x.shape);
  return select(broadcastTo(condition, shape), broadcastTo(x, shape), broadcastTo(y, shape));
}

/** |a − b| ≤ atol + rtol·|b|, elementwise; equal infinities are close. */
export function isClose(a: Node, b: Node, rtol: number, atol: number, equalNaN: boolean): Node {
  const dtype = promote(promote(a.dtype, b.dtype), "float32");
  // Whole numbers beyond 2²⁴ differ by less than float32 can see.
  const [x, y] = together("allClose", a, b, isFloat(promote(a.dtype, b.dtype)) ? dtype : "float64");
  const margin = binary("add", mul(unary("abs", y), rtol), atol);
  const near = make("le", [unary("abs", subtract(x, y)), margin], {});
  const close = make("or", [make("eq", [x, y], {}), make("and", [near, testFinite(y)], {})], {});
  return equalNaN ? make("or", [close, make("and", [testNaN(x), testNaN(y)], {})], {}) : close;
}
