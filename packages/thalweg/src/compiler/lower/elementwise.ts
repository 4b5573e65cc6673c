/** Elementwise primitives in loop IR: one rule each, for scalars and vectors alike. bool values are masks. */
import type { DType } from "../../base/dtype.js";
import { InternalError } from "../../base/errors.js";
import type { NodeFor } from "../../graph/node.js";
import type { ElementwisePrimitive } from "../../graph/primitives.js";
import { type Builder, binary, cast, constant, int, lane, select, splat, unary, withLane } from "../builder.js";
import type { BinaryOp, Expr, Scalar, Type, UnaryOp } from "../ir.js";
import { expandBinary, expandUnary, type TranscendentalOp } from "../math/expand.js";

type Rule<P extends ElementwisePrimitive> = (b: Builder, args: readonly Expr[], node: NodeFor<P>) => Expr;

/** The scalar type of a dtype in registers. */
export function scalarOf(dtype: DType): Scalar {
  switch (dtype) {
    case "bool":
      return "bool";
    case "int32":
      return "i32";
    case "float32":
      return "f32";
    case "float64":
      return "f64";
  }
}

export function lowerElementwise<P extends ElementwisePrimitive>(
  b: Builder,
  args: readonly Expr[],
  node: NodeFor<P>,
): Expr {
  const rule: Rule<P> = rules[node.op];
  return rule(b, args, node);
}

function arg(args: readonly Expr[], i: number): Expr {
  const e = args[i];
  if (e === undefined) throw new InternalError("lowering: too few operands");
  return e;
}

const like = (x: Expr, value: number): Expr => constant(x.type, value);

const unaryOp =
  (op: UnaryOp) =>
  (_: Builder, args: readonly Expr[]): Expr =>
    unary(op, arg(args, 0));
const binaryOp =
  (op: BinaryOp) =>
  (_: Builder, args: readonly Expr[]): Expr =>
    binary(op, arg(args, 0), arg(args, 1));
const expanded =
  (op: TranscendentalOp) =>
  (b: Builder, args: readonly Expr[]): Expr =>
    expandUnary(op, b, b.let(arg(args, 0)));

/** Runs a scalar rule on each lane of integer vectors, for ops that vectors lack. */
function byLane(b: Builder, x: Expr, y: Expr, rule: (x: Expr, y: Expr) => Expr): Expr {
  const { lanes } = x.type;
  const [p, q] = [b.let(x), b.let(y)];
  if (lanes === 1) return rule(p, q);
  let result: Expr = like(x, 0);
  for (let i = 0; i < lanes; i += 1) result = withLane(result, i, rule(b.let(lane(p, i)), b.let(lane(q, i))));
  return result;
}

/** x / y towards −∞; 0 for y = 0; the one overflow, −2³¹ / −1, wraps. */
function floorDivide(b: Builder, x: Expr, y: Expr): Expr {
  const safe = b.let(select(binary("eq", y, int(0)), int(1), y));
  const special = b.let(binary("and", binary("eq", safe, int(-1)), binary("eq", x, int(-2147483648))));
  const divisor = b.let(select(special, int(1), safe));
  const quotient = b.let(binary("div", x, divisor));
  const remainder = b.let(binary("sub", x, binary("mul", quotient, divisor)));
  const below = binary("and", binary("ne", remainder, int(0)), binary("lt", binary("xor", remainder, divisor), int(0)));
  const floor = select(below, binary("sub", quotient, int(1)), quotient);
  return select(binary("eq", y, int(0)), int(0), select(special, x, floor));
}

function modulo(b: Builder, x: Expr, y: Expr): Expr {
  const quotient = b.let(floorDivide(b, x, y));
  return select(binary("eq", y, int(0)), int(0), binary("sub", x, binary("mul", quotient, y)));
}

/** Shifts take a scalar count in the IR; counts that differ by lane go lane by lane. */
function shift(op: "shl" | "shrU") {
  return (b: Builder, args: readonly Expr[]): Expr => {
    const [x, y] = [arg(args, 0), arg(args, 1)];
    if (y.kind === "const") return binary(op, x, int(Number(y.value)));
    if (y.kind === "splat") return binary(op, x, y.a);
    return byLane(b, x, y, (p, q) => binary(op, p, q));
  };
}

function castTo(type: Scalar, x: Expr): Expr {
  const target: Type = { scalar: type, lanes: x.type.lanes };
  return cast(target, x);
}

const rules: { readonly [P in ElementwisePrimitive]: Rule<P> } = {
  neg: (_, args) => {
    const x = arg(args, 0);
    return x.type.scalar === "i32" ? binary("sub", like(x, 0), x) : unary("neg", x);
  },
  abs: (b, args) => {
    const x = b.let(arg(args, 0));
    if (x.type.scalar !== "i32") return unary("abs", x);
    return select(binary("lt", x, like(x, 0)), binary("sub", like(x, 0), x), x);
  },
  sign: (b, args) => {
    const x = b.let(arg(args, 0));
    const positive = binary("gt", x, like(x, 0));
    const negative = binary("lt", x, like(x, 0));
    // What is neither is 0, −0 or NaN; adding 0 makes −0 a 0.
    const rest = x.type.scalar === "i32" ? x : binary("add", x, like(x, 0));
    return select(positive, like(x, 1), select(negative, like(x, -1), rest));
  },
  floor: unaryOp("floor"),
  ceil: unaryOp("ceil"),
  round: unaryOp("nearest"),
  trunc: unaryOp("trunc"),
  sqrt: unaryOp("sqrt"),
  exp: expanded("exp"),
  expm1: expanded("expm1"),
  log: expanded("log"),
  log1p: expanded("log1p"),
  sin: expanded("sin"),
  cos: expanded("cos"),
  tan: expanded("tan"),
  asin: expanded("asin"),
  acos: expanded("acos"),
  atan: expanded("atan"),
  sinh: expanded("sinh"),
  cosh: expanded("cosh"),
  tanh: expanded("tanh"),
  asinh: expanded("asinh"),
  acosh: expanded("acosh"),
  atanh: expanded("atanh"),
  erf: expanded("erf"),
  erfc: expanded("erfc"),
  sigmoid: expanded("sigmoid"),
  softplus: expanded("softplus"),
  relu: (b, args) => {
    const x = b.let(arg(args, 0));
    // Below 0 or not: NaN is not.
    return select(binary("lt", x, like(x, 0)), like(x, 0), x);
  },
  not: unaryOp("not"),

  add: binaryOp("add"),
  sub: binaryOp("sub"),
  mul: binaryOp("mul"),
  div: binaryOp("div"),
  floorDiv: (b, args) => byLane(b, arg(args, 0), arg(args, 1), (x, y) => floorDivide(b, x, y)),
  mod: (b, args) => {
    const [x, y] = [arg(args, 0), arg(args, 1)];
    if (x.type.scalar === "i32") return byLane(b, x, y, (p, q) => modulo(b, p, q));
    return expandBinary("mod", b, b.let(x), b.let(y));
  },
  pow: (b, args) => expandBinary("pow", b, b.let(arg(args, 0)), b.let(arg(args, 1))),
  max: minMax("max"),
  min: minMax("min"),
  atan2: (b, args) => expandBinary("atan2", b, b.let(arg(args, 0)), b.let(arg(args, 1))),
  and: binaryOp("and"),
  or: binaryOp("or"),
  xor: binaryOp("xor"),
  shiftLeft: shift("shl"),
  shiftRight: shift("shrU"),

  eq: compare("eq"),
  ne: compare("ne"),
  lt: compare("lt"),
  le: compare("le"),

  cast: (_, args, node) => castTo(scalarOf(node.dtype), arg(args, 0)),
  integerPow: (b, args, node) => {
    const x = b.let(arg(args, 0));
    let result: Expr | undefined;
    let square = x;
    for (let n = Math.abs(node.params.exponent); n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) result = result === undefined ? square : b.let(binary("mul", result, square));
      if (n > 1) square = b.let(binary("mul", square, square));
    }
    const power = result ?? like(x, 1);
    return node.params.exponent < 0 ? binary("div", like(x, 1), power) : power;
  },
  select: (_, args) => select(arg(args, 0), arg(args, 1), arg(args, 2)),
};

function minMax(op: "min" | "max") {
  return (b: Builder, args: readonly Expr[]): Expr => extremum(op, b.let(arg(args, 0)), b.let(arg(args, 1)));
}

/**
 * The greater (or lesser) of two values that are computed already; NaN if either is. Of zeros of different sign either may come out: the
 * strict instruction, which orders them, takes three times as long.
 */
export function extremum(op: "min" | "max", x: Expr, y: Expr): Expr {
  if (x.type.scalar === "i32" && x.type.lanes > 1) return binary(op, x, y);
  const better = op === "max" ? select(binary("lt", x, y), y, x) : select(binary("lt", y, x), y, x);
  return x.type.scalar === "i32" ? better : select(binary("ne", y, y), y, better);
}

function compare(op: "eq" | "ne" | "lt" | "le") {
  return (b: Builder, args: readonly Expr[]): Expr => {
    const [x, y] = [arg(args, 0), arg(args, 1)];
    if (x.type.scalar !== "bool") return binary(op, x, y);
    // Masks: a < b is ¬a ∧ b, a ≤ b is ¬a ∨ b, and they differ where their exclusive or is set.
    const [p, q] = [b.let(x), b.let(y)];
    if (op === "ne") return binary("xor", p, q);
    if (op === "eq") return unary("not", binary("xor", p, q));
    return binary(op === "lt" ? "and" : "or", unary("not", p), q);
  };
}

/** Threefry-2×32, 20 rounds, of the counter (low, high); the exclusive or of the two words. Salmon et al., SC 2011. */
export function lowerThreefry(b: Builder, key0: Expr, key1: Expr, low: Expr, high: Expr): Expr {
  const { lanes } = low.type;
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
  const keys = [key0, key1, b.let(binary("xor", binary("xor", key0, key1), splat(int(0x1bd11bda), lanes)))];
  const keyAt = (i: number): Expr => arg(keys, i % 3);
  let x0 = b.let(binary("add", low, keyAt(0)));
  let x1 = b.let(binary("add", high, keyAt(1)));
  for (let round = 0; round < 20; round += 1) {
    const by = rotations[round % 8] ?? 0;
    x0 = b.let(binary("add", x0, x1));
    const rotated = binary("or", binary("shl", x1, int(by)), binary("shrU", x1, int(32 - by)));
    x1 = b.let(binary("xor", rotated, x0));
    if (round % 4 === 3) {
      const s = Math.floor(round / 4) + 1;
      x0 = b.let(binary("add", x0, keyAt(s)));
      x1 = b.let(binary("add", x1, binary("add", keyAt(s + 1), splat(int(s), lanes))));
    }
  }
  return binary("xor", x0, x1);
}
