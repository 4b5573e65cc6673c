/** Makers of elementwise nodes. */
import { type DType, isFloat } from "../../src/base/dtype.js";
import { binary, cast, full, select, unary } from "../../src/graph/build.js";
import { make, makeScalar, type Node } from "../../src/graph/node.js";
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from "../../src/graph/primitives.js";
import type { Maker } from "./maker.js";
import { numeric } from "./pool.js";

const floatUnary: readonly UnaryPrimitive[] = [
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
  "sqrt",
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfc",
  "sigmoid",
  "softplus",
  "relu",
];
const wholeUnary: readonly UnaryPrimitive[] = ["neg", "abs", "sign", "relu", "not"];
const floatBinary: readonly BinaryPrimitive[] = [
  "add",
  "add",
  "add",
  "sub",
  "sub",
  "mul",
  "mul",
  "mul",
  "div",
  "div",
  "mod",
  "pow",
  "max",
  "min",
  "atan2",
];
const wholeBinary: readonly BinaryPrimitive[] = [
  "add",
  "sub",
  "mul",
  "floorDiv",
  "mod",
  "max",
  "min",
  "and",
  "or",
  "xor",
  "shiftLeft",
  "shiftRight",
];
const compares: readonly ComparePrimitive[] = ["eq", "ne", "lt", "le"];

/** Moves an operand into the op's domain, as programs do. */
function tame(op: UnaryPrimitive, x: Node): Node {
  switch (op) {
    case "sqrt":
      return unary("abs", x);
    case "log":
      return binary("add", unary("abs", x), 0.5);
    case "log1p":
      return unary("abs", x);
    case "asin":
    case "acos":
    case "atanh":
      return unary("sin", x);
    case "acosh":
      return binary("add", unary("abs", x), 1);
    case "exp":
    case "expm1":
    case "sinh":
    case "cosh":
      return binary("max", binary("min", x, 8), -8);
    default:
      return x;
  }
}

export const elementwiseUnary: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some();
  if (x.dtype === "bool") return unary("not", x);
  if (x.dtype === "int32") return unary(random.pick(wholeUnary), x);
  const op = random.pick(floatUnary);
  return unary(op, random.chance(0.75) ? tame(op, x) : x);
};

export const elementwiseBinary: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some();
  const y = pool.operand(x.shape, x.dtype);
  const [a, b] = random.chance(0.5) ? [x, y] : [y, x];
  if (x.dtype === "bool") return binary(random.pick<BinaryPrimitive>(["and", "or", "xor"]), a, b);
  if (isFloat(x.dtype)) {
    const op = random.pick(floatBinary);
    if (op === "pow" && random.chance(0.7)) return binary("pow", unary("abs", a), binary("min", b, 3));
    if (op === "div" && random.chance(0.5)) return binary("div", a, binary("add", unary("abs", b), 1));
    return binary(op, a, b);
  }
  const op = random.pick(wholeBinary);
  return op === "shiftLeft" || op === "shiftRight" ? binary(op, a, binary("and", b, 31)) : binary(op, a, b);
};

export const comparison: Maker = (pool) => {
  const x = pool.some();
  return binary(pool.random.pick(compares), x, pool.operand(x.shape, x.dtype));
};

export const selection: Maker = (pool) => {
  const x = pool.some();
  return select(pool.operand(x.shape, "bool"), x, pool.operand(x.shape, x.dtype));
};

export const conversion: Maker = (pool) =>
  cast(pool.some(), pool.random.pick<DType>(["float32", "float64", "int32", "bool", "float32"]));

export const power: Maker = (pool) => {
  const x = pool.some(numeric);
  return make("integerPow", [x], { exponent: pool.random.between(x.dtype === "int32" ? 0 : -4, 9) });
};

export const scalarTimes: Maker = (pool) => {
  const x = pool.some(isFloat);
  if (pool.outer !== undefined) return undefined;
  const value = pool.random.pick([0.5, 3, 0.1, -1]);
  const node = pool.random.chance(0.5)
    ? makeScalar(x.dtype === "float32" ? Math.fround(value) : value, x.dtype)
    : pool.leaf([], x.dtype);
  return binary(pool.random.pick<BinaryPrimitive>(["mul", "add", "div"]), x, node);
};

/** Numbers that arithmetic with them may be simplified for. */
const neutral = [0, -0, 1, -1, 2, -2, 0.5, 4, 3, 2 ** 99, 2 ** -99, 2 ** -120, Number.POSITIVE_INFINITY];

export const withConstant: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(isFloat);
  const c = full(x.shape, random.pick(neutral), x.dtype);
  const op = random.pick<BinaryPrimitive>(["add", "sub", "mul", "div"]);
  return random.chance(0.7) ? binary(op, x, c) : binary(op, c, x);
};
