/** Short names for the loop IR's arithmetic: a plain number beside an expression is a constant of its type. */
import { binary, bitcast, constant, fma, select, unary } from "../builder.js";
import type { BinaryOp, Expr, Type } from "../ir.js";

export type Operand = Expr | number | bigint;

function typed(a: Operand, like: Operand): Expr {
  if (typeof a === "object") return a;
  if (typeof like === "object") return constant(like.type, a);
  throw new TypeError("one operand must be an expression");
}

/** A constant of the type of another expression. */
export function filled(like: Expr, value: number): Expr {
  return constant(like.type, value);
}

function of(op: BinaryOp): (a: Operand, b: Operand) => Expr {
  return (a, b) => binary(op, typed(a, b), typed(b, a));
}

export const add = of("add");
export const sub = of("sub");
export const mul = of("mul");
export const div = of("div");
export const and = of("and");
export const or = of("or");
export const xor = of("xor");
export const eq = of("eq");
export const lt = of("lt");
export const gt = of("gt");
export const ge = of("ge");
export const copysign = of("copysign");

export function neg(a: Expr): Expr {
  return unary("neg", a);
}

export function abs(a: Expr): Expr {
  return unary("abs", a);
}

/** a·b + c; at least one operand is an expression. */
export function mulAdd(a: Operand, b: Operand, c: Operand): Expr {
  const like = [a, b, c].find((e) => typeof e === "object");
  if (like === undefined) throw new TypeError("one operand must be an expression");
  return fma(typed(a, like), typed(b, like), typed(c, like));
}

export function choose(mask: Expr, a: Operand, b: Operand): Expr {
  return select(mask, typed(a, b), typed(b, a));
}

/** The lesser of x and a limit; NaN stays. */
export function atMost(x: Expr, limit: number): Expr {
  return choose(lt(limit, x), limit, x);
}

/** The greater of x and a limit; NaN stays. */
export function atLeast(x: Expr, limit: number): Expr {
  return choose(lt(x, limit), limit, x);
}

export function shiftLeft(a: Expr, count: number): Expr {
  return binary("shl", a, constant({ scalar: "i32", lanes: 1 }, count));
}

export function shiftRight(a: Expr, count: number): Expr {
  return binary("shrU", a, constant({ scalar: "i32", lanes: 1 }, count));
}

/** c₀ + c₁x + c₂x² + …, by Horner's rule. */
export function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  let sum: Expr | undefined;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) {
    const c = constant(x.type, coefficients[i] ?? 0);
    sum = sum === undefined ? c : fma(sum, x, c);
  }
  return sum ?? constant(x.type, 0);
}

/** Both parts of a float type that reductions need: its layout, and the integers of the same width. */
export interface Format {
  readonly type: Type;
  readonly integer: Type;
  readonly wide: boolean;
  /** Bits of the fraction: 23 or 52. */
  readonly fraction: number;
  /** Exponent bias: 127 or 1023. */
  readonly bias: number;
  /** 1.5·2^fraction: added to |x| < 2^(fraction-1) it leaves the nearest integer in the low bits of the sum. */
  readonly magic: number;
  /** Below this, f(x) = x + O(x²) rounds to x within half a unit: 2^-(fraction + 2). */
  readonly tiny: number;
  /** The least normal number. */
  readonly leastNormal: number;
}

export function formatOf(type: Type): Format {
  const wide = type.scalar === "f64";
  if (!wide && type.scalar !== "f32") throw new TypeError(`no transcendental functions of ${type.scalar}`);
  const fraction = wide ? 52 : 23;
  return {
    type,
    integer: { scalar: wide ? "i64" : "i32", lanes: type.lanes },
    wide,
    fraction,
    bias: wide ? 1023 : 127,
    magic: 1.5 * 2 ** fraction,
    tiny: 2 ** -(fraction + 2),
    leastNormal: wide ? 2 ** -1022 : 2 ** -126,
  };
}

/** An integer constant of the format's width. */
export function integer(format: Format, value: number | bigint): Expr {
  return constant(format.integer, format.wide ? BigInt(value) : Number(BigInt.asIntN(32, BigInt(value))));
}

export function bitsOf(format: Format, x: Expr): Expr {
  return bitcast(format.integer, x);
}

/** The bits of a number of the format, as a bigint. */
export function encode(format: Format, value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (format.wide) view.setFloat64(0, value);
  else view.setFloat32(0, value);
  return format.wide ? view.getBigUint64(0) : BigInt(view.getUint32(0));
}

/** 2^(k + offset) as a float, where the low bits of the integer `n` hold k (of either sign). */
export function powerOfTwo(format: Format, n: Expr, offset = 0): Expr {
  return bitcast(format.type, shiftLeft(add(n, integer(format, format.bias + offset)), format.fraction));
}
