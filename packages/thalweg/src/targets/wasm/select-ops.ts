/** Which WebAssembly instruction computes which operation of the loop IR, where there is exactly one. */
import type { BinaryOp, Type, UnaryOp } from "../../compiler/ir.js";
import * as op from "./opcodes.js";

/** How a value is held: half-filled vectors (two 4-byte elements) use the instructions of full ones. */
export type Shape = "i32" | "i64" | "f32" | "f64" | "i32x4" | "i64x2" | "f32x4" | "f64x2";

/** The shape of a number (not a mask), or undefined if no vector of the target holds it. */
export function shapeOf(type: Type): Shape | undefined {
  const { scalar, lanes } = type;
  if (scalar === "bool") return undefined;
  if (lanes === 1) return scalar;
  if (scalar === "i64") return lanes === 2 ? "i64x2" : undefined;
  if (scalar === "f64") return lanes === 2 ? "f64x2" : undefined;
  if (lanes !== 2 && lanes !== 4) return undefined;
  return scalar === "i32" ? "i32x4" : "f32x4";
}

const floatUnary = ["neg", "abs", "sqrt", "floor", "ceil", "trunc", "nearest"] as const;

function floatUnaryOps(from: Record<(typeof floatUnary)[number], number>): Partial<Record<UnaryOp, number>> {
  return Object.fromEntries(floatUnary.map((name) => [name, from[name]]));
}

export const unaryOps: Readonly<Record<Shape, Partial<Record<UnaryOp, number>>>> = {
  i32: { clz: op.i32.clz },
  i64: { clz: op.i64.clz },
  f32: floatUnaryOps(op.f32),
  f64: floatUnaryOps(op.f64),
  i32x4: { neg: op.i32x4.neg, abs: op.i32x4.abs, not: op.v128.not },
  i64x2: { neg: op.i64x2.neg, abs: op.i64x2.abs, not: op.v128.not },
  f32x4: floatUnaryOps(op.f32x4),
  f64x2: floatUnaryOps(op.f64x2),
};

function integerOps(from: typeof op.i32 | typeof op.i64): Partial<Record<BinaryOp, number>> {
  return {
    add: from.add,
    sub: from.sub,
    mul: from.mul,
    div: from.divS,
    rem: from.remS,
    and: from.and,
    or: from.or,
    xor: from.xor,
    shl: from.shl,
    shrS: from.shrS,
    shrU: from.shrU,
    eq: from.eq,
    ne: from.ne,
    lt: from.ltS,
    le: from.leS,
    gt: from.gtS,
    ge: from.geS,
    ltU: from.ltU,
  };
}

function floatOps(
  from: typeof op.f32 | typeof op.f64 | typeof op.f32x4 | typeof op.f64x2,
): Partial<Record<BinaryOp, number>> {
  return {
    add: from.add,
    sub: from.sub,
    mul: from.mul,
    div: from.div,
    min: from.min,
    max: from.max,
    eq: from.eq,
    ne: from.ne,
    lt: from.lt,
    le: from.le,
    gt: from.gt,
    ge: from.ge,
  };
}

const bits = { and: op.v128.and, or: op.v128.or, xor: op.v128.xor } as const;

export const binaryOps: Readonly<Record<Shape, Partial<Record<BinaryOp, number>>>> = {
  i32: integerOps(op.i32),
  i64: integerOps(op.i64),
  f32: { ...floatOps(op.f32), copysign: op.f32.copysign },
  f64: { ...floatOps(op.f64), copysign: op.f64.copysign },
  i32x4: {
    ...bits,
    add: op.i32x4.add,
    sub: op.i32x4.sub,
    mul: op.i32x4.mul,
    min: op.i32x4.minS,
    max: op.i32x4.maxS,
    shl: op.i32x4.shl,
    shrS: op.i32x4.shrS,
    shrU: op.i32x4.shrU,
    eq: op.i32x4.eq,
    ne: op.i32x4.ne,
    lt: op.i32x4.ltS,
    le: op.i32x4.leS,
    gt: op.i32x4.gtS,
    ge: op.i32x4.geS,
    ltU: op.i32x4.ltU,
  },
  i64x2: {
    ...bits,
    add: op.i64x2.add,
    sub: op.i64x2.sub,
    mul: op.i64x2.mul,
    shl: op.i64x2.shl,
    shrS: op.i64x2.shrS,
    shrU: op.i64x2.shrU,
    eq: op.i64x2.eq,
    ne: op.i64x2.ne,
    lt: op.i64x2.ltS,
    le: op.i64x2.leS,
    gt: op.i64x2.gtS,
    ge: op.i64x2.geS,
  },
  f32x4: floatOps(op.f32x4),
  f64x2: floatOps(op.f64x2),
};

/** Casts of one instruction, by `from>to`. Two-lane vectors of 4-byte elements are written i32x2 and f32x2. */
export const castOps: Readonly<Record<string, number>> = {
  "i32>i64": op.i64.extendI32S,
  "i32>f32": op.f32.convertI32S,
  "i32>f64": op.f64.convertI32S,
  "i64>i32": op.i32.wrapI64,
  "i64>f32": op.f32.convertI64S,
  "i64>f64": op.f64.convertI64S,
  "f32>i32": op.i32.truncSatF32S,
  "f32>i64": op.i64.truncSatF32S,
  "f32>f64": op.f64.promoteF32,
  "f64>i32": op.i32.truncSatF64S,
  "f64>i64": op.i64.truncSatF64S,
  "f64>f32": op.f32.demoteF64,
  "i32x4>f32x4": op.f32x4.convertI32x4S,
  "f32x4>i32x4": op.i32x4.truncSatF32x4S,
  "i32x2>f32x2": op.f32x4.convertI32x4S,
  "f32x2>i32x2": op.i32x4.truncSatF32x4S,
  "i32x2>i64x2": op.i64x2.extendLowI32x4S,
  "i32x2>f64x2": op.f64x2.convertLowI32x4S,
  "f64x2>i32x2": op.i32x4.truncSatF64x2SZero,
  "f32x2>f64x2": op.f64x2.promoteLowF32x4,
  "f64x2>f32x2": op.f32x4.demoteF64x2Zero,
};

/** Splat, extract and replace by vector shape. */
export const laneOps = {
  i32x4: op.i32x4,
  i64x2: op.i64x2,
  f32x4: op.f32x4,
  f64x2: op.f64x2,
} as const;
