/** Expressions of the loop IR as WebAssembly: `Expressions.push` leaves the value on the stack. */
import { InternalError } from "../../base/errors.js";
import { constant } from "../../compiler/builder.js";
import { type Expr, isComparison, type Local, type Type, typeName } from "../../compiler/ir.js";
import { splitAddress } from "./address.js";
import type { FunctionWriter } from "./asm.js";
import * as op from "./opcodes.js";
import { binaryOps, castOps, laneOps, type Shape, shapeOf, unaryOps } from "./select-ops.js";

/** What an expression needs to know of the function around it. */
export interface Frame {
  readonly code: FunctionWriter;
  readonly fma: boolean;
  readonly negative: ReadonlySet<Local>;
  slot(l: Local): number;
  /** The slot in which a vector constant is kept, if it is. */
  constantSlot(type: Type, value: number | bigint): number | undefined;
  /** A slot for a moment: `take` and `give` nest. */
  take(type: op.ValueType): number;
  give(type: op.ValueType, slot: number): void;
}

type Kind<K extends Expr["kind"]> = Extract<Expr, { readonly kind: K }>;

const floatOps = { f32: op.f32, f64: op.f64, f32x4: op.f32x4, f64x2: op.f64x2 } as const;

const signBit32 = 0x80000000;

const zeroBytes = new Uint8Array(16);
const shuffleBytes = new Uint8Array(16);

/** Two elements of four bytes: held in the low half of a vector. */
function isHalf(type: Type): boolean {
  return type.lanes === 2 && (type.scalar === "i32" || type.scalar === "f32");
}

/** Is it the same value for certain? Only constants and locals are compared. */
function identical(a: Expr, b: Expr): boolean {
  if (a === b) return true;
  if (a.kind === "local" && b.kind === "local") return a.local === b.local;
  return a.kind === "const" && b.kind === "const" && Object.is(a.value, b.value);
}

function constantBytes(type: Type, value: number | bigint): Uint8Array {
  if (Object.is(Number(value), 0)) return zeroBytes;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < 16; at += 4) {
    if (type.scalar === "i32") view.setInt32(at, Number(value), true);
    else if (type.scalar === "f32") view.setFloat32(at, Number(value), true);
    else if (type.scalar === "bool") view.setInt32(at, value ? -1 : 0, true);
    else if (at % 8 === 0 && type.scalar === "i64") view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true);
    else if (at % 8 === 0) view.setFloat64(at, Number(value), true);
  }
  return bytes;
}

export class Expressions {
  private readonly frame: Frame;
  private readonly code: FunctionWriter;

  constructor(frame: Frame) {
    this.frame = frame;
    this.code = frame.code;
  }

  push(e: Expr): void {
    switch (e.kind) {
      case "const":
        return this.constant(e.type, e.value);
      case "local":
        return this.code.get(this.frame.slot(e.local));
      case "load":
        return this.load(e);
      case "unary":
        return this.unary(e);
      case "binary":
        return this.binary(e);
      case "fma":
        return this.fma(e);
      case "select":
        return this.select(e);
      case "cast":
        return this.cast(e.a, e.type);
      case "bitcast":
        return this.bitcast(e);
      case "splat":
        return this.splat(e);
      case "lane":
        return this.lane(e);
      case "withLane":
        return this.withLane(e);
      case "shuffle":
        return this.shuffle(e);
    }
  }

  /** Pushes the run-time part of an address and returns the immediate offset. */
  address(address: Expr, offset: number): number {
    if (offset < 0) throw new InternalError(`loop IR: negative byte offset ${offset}`);
    const parts = splitAddress(address, offset, this.frame.negative);
    if (parts.base === undefined) this.code.i32Const(0);
    else this.push(parts.base);
    return parts.offset;
  }

  private shape(type: Type): Shape {
    const shape = shapeOf(type);
    if (shape === undefined) throw new InternalError(`loop IR: WebAssembly has no ${typeName(type)} here`);
    return shape;
  }

  private vectorOps(type: Type): (typeof laneOps)[keyof typeof laneOps] {
    switch (this.shape(type)) {
      case "i32x4":
        return laneOps.i32x4;
      case "i64x2":
        return laneOps.i64x2;
      case "f32x4":
        return laneOps.f32x4;
      case "f64x2":
        return laneOps.f64x2;
      default:
        throw new InternalError(`loop IR: ${typeName(type)} is not a vector`);
    }
  }

  constant(type: Type, value: number | bigint): void {
    if (type.lanes > 1) {
      const slot = this.frame.constantSlot(type, value);
      return slot === undefined ? this.code.v128Const(constantBytes(type, value)) : this.code.get(slot);
    }
    switch (type.scalar) {
      case "i32":
        return this.code.i32Const(Number(value));
      case "bool":
        return this.code.i32Const(value ? 1 : 0);
      case "i64":
        return this.code.i64Const(BigInt(value));
      case "f32":
        return this.code.f32Const(Number(value));
      case "f64":
        return this.code.f64Const(Number(value));
    }
  }

  private load(e: Kind<"load">): void {
    const offset = this.address(e.address, e.offset);
    if (e.type.lanes > 1) {
      this.shape(e.type);
      return isHalf(e.type)
        ? this.code.access(op.v128.load64Zero, 2, offset)
        : this.code.access(op.v128.load, 2, offset);
    }
    switch (e.type.scalar) {
      case "i32":
        return this.code.access(op.memory.i32Load, 2, offset);
      case "i64":
        return this.code.access(op.memory.i64Load, 3, offset);
      case "f32":
        return this.code.access(op.memory.f32Load, 2, offset);
      case "f64":
        return this.code.access(op.memory.f64Load, 3, offset);
      case "bool":
        throw new InternalError("loop IR: masks are not in memory");
    }
  }

  private unary(e: Kind<"unary">): void {
    const { type } = e;
    if (type.scalar === "bool") {
      if (e.op !== "not") throw new InternalError(`loop IR: ${e.op} of a mask`);
      this.push(e.a);
      return this.code.op(type.lanes === 1 ? op.i32.eqz : op.v128.not);
    }
    const shape = this.shape(type);
    const code = unaryOps[shape][e.op];
    if (code !== undefined) {
      this.push(e.a);
      return this.code.op(code);
    }
    if (shape === "i32" || shape === "i64") return this.integerUnary(e, shape);
    throw new InternalError(`loop IR: ${e.op} of ${typeName(type)}`);
  }

  private integerUnary(e: Kind<"unary">, shape: "i32" | "i64"): void {
    const ops = shape === "i32" ? op.i32 : op.i64;
    switch (e.op) {
      case "neg":
        this.constant(e.type, 0);
        this.push(e.a);
        return this.code.op(ops.sub);
      case "not":
        this.push(e.a);
        this.constant(e.type, -1);
        return this.code.op(ops.xor);
      case "abs": {
        // (x xor s) - s with s = x >> (bits - 1)
        const type = op.valueType[shape];
        const x = this.frame.take(type);
        const sign = this.frame.take(type);
        this.push(e.a);
        this.code.tee(x);
        this.constant(e.type, shape === "i32" ? 31 : 63);
        this.code.op(ops.shrS);
        this.code.tee(sign);
        this.code.get(x);
        this.code.op(ops.xor);
        this.code.get(sign);
        this.code.op(ops.sub);
        this.frame.give(type, sign);
        this.frame.give(type, x);
        return;
      }
      default:
        throw new InternalError(`loop IR: ${e.op} of ${shape}`);
    }
  }

  private binary(e: Kind<"binary">): void {
    const operand = e.a.type;
    if (operand.scalar === "bool") return this.maskBinary(e);
    const shape = this.shape(operand);
    const code = binaryOps[shape][e.op];
    if (code !== undefined) {
      this.push(e.a);
      this.push(e.b);
      if (shape === "i64" && (e.op === "shl" || e.op === "shrS" || e.op === "shrU")) this.code.op(op.i64.extendI32U);
      this.code.op(code);
      // masks of two lanes are always 64 bits wide
      if (isComparison(e.op) && isHalf(operand)) this.code.op(op.i64x2.extendLowI32x4S);
      return;
    }
    if (e.op === "copysign" && (shape === "f32x4" || shape === "f64x2")) {
      this.push(e.b);
      this.push(e.a);
      this.constant(
        shape === "f32x4" ? { scalar: "i32", lanes: 4 } : { scalar: "i64", lanes: 2 },
        shape === "f32x4" ? signBit32 : -(2n ** 63n),
      );
      return this.code.op(op.v128.bitselect);
    }
    if (e.op === "ltU" && shape === "i64x2") {
      const flip: Expr = constant({ scalar: "i64", lanes: 2 }, -(2n ** 63n));
      this.push(e.a);
      this.push(flip);
      this.code.op(op.v128.xor);
      this.push(e.b);
      this.push(flip);
      this.code.op(op.v128.xor);
      return this.code.op(op.i64x2.ltS);
    }
    if ((e.op === "min" || e.op === "max") && (shape === "i32" || shape === "i64" || shape === "i64x2")) {
      return this.integerExtremum(e, shape);
    }
    throw new InternalError(`loop IR: ${e.op} of ${typeName(operand)}`);
  }

  private integerExtremum(e: Kind<"binary">, shape: "i32" | "i64" | "i64x2"): void {
    const ops = shape === "i32" ? op.i32 : shape === "i64" ? op.i64 : op.i64x2;
    const type = shape === "i64x2" ? op.valueType.v128 : op.valueType[shape];
    const a = this.frame.take(type);
    const b = this.frame.take(type);
    this.push(e.a);
    this.code.tee(a);
    this.push(e.b);
    this.code.tee(b);
    this.code.get(a);
    this.code.get(b);
    this.code.op(e.op === "min" ? ops.ltS : ops.gtS);
    this.code.op(shape === "i64x2" ? op.v128.bitselect : op.control.select);
    this.frame.give(type, b);
    this.frame.give(type, a);
  }

  private maskBinary(e: Kind<"binary">): void {
    const vector = e.a.type.lanes > 1;
    this.push(e.a);
    this.push(e.b);
    switch (e.op) {
      case "and":
        return this.code.op(vector ? op.v128.and : op.i32.and);
      case "or":
        return this.code.op(vector ? op.v128.or : op.i32.or);
      case "xor":
      case "ne":
        return this.code.op(vector ? op.v128.xor : op.i32.xor);
      case "eq":
        this.code.op(vector ? op.v128.xor : op.i32.eq);
        if (vector) this.code.op(op.v128.not);
        return;
      default:
        throw new InternalError(`loop IR: ${e.op} of masks`);
    }
  }

  private fma(e: Kind<"fma">): void {
    const shape = this.shape(e.type);
    if (shape !== "f32" && shape !== "f64" && shape !== "f32x4" && shape !== "f64x2") {
      throw new InternalError(`loop IR: fma of ${typeName(e.type)}`);
    }
    if (!this.frame.fma) {
      const ops = floatOps[shape];
      this.push(e.a);
      this.push(e.b);
      this.code.op(ops.mul);
      this.push(e.c);
      return this.code.op(ops.add);
    }
    if (shape === "f32" || shape === "f64") {
      this.pushInVector(e);
      return this.code.lane(shape === "f32" ? op.f32x4.extractLane : op.f64x2.extractLane, 0);
    }
    this.fusedVector(e, shape, (operand) => this.push(operand));
  }

  private fusedVector(e: Kind<"fma">, shape: "f32x4" | "f64x2", push: (operand: Expr) => void): void {
    const ops = floatOps[shape];
    const negated = e.a.kind === "unary" && e.a.op === "neg";
    push(e.a.kind === "unary" && negated ? e.a.a : e.a);
    push(e.b);
    push(e.c);
    this.code.op(negated ? ops.relaxedNmadd : ops.relaxedMadd);
  }

  /** Leaves a vector whose first lane is the scalar; there is no fused scalar instruction, so scalars borrow the vector one. */
  private pushInVector(e: Expr): void {
    const wide: Type = { scalar: e.type.scalar, lanes: e.type.scalar === "f32" ? 4 : 2 };
    if (e.kind === "fma") {
      this.fusedVector(e, e.type.scalar === "f32" ? "f32x4" : "f64x2", (operand) => this.pushInVector(operand));
    } else if (e.kind === "load") {
      const offset = this.address(e.address, e.offset);
      if (e.type.scalar === "f32") this.code.access(op.v128.load32Zero, 2, offset);
      else this.code.access(op.v128.load64Zero, 3, offset);
    } else if (e.kind === "const") {
      this.constant(wide, e.value);
    } else if (e.kind === "lane" && e.index === 0) {
      this.push(e.a);
    } else {
      this.push(e);
      this.code.op(this.vectorOps(wide).splat);
    }
  }

  private select(e: Kind<"select">): void {
    const { mask, a, b, type } = e;
    if (type.lanes === 1 || mask.type.lanes === 1) {
      this.push(a);
      this.push(b);
      this.push(mask);
      if (type.lanes === 1) return this.code.op(op.control.select);
      this.code.op(op.control.selectTyped);
      this.code.u8(1);
      return this.code.u8(op.valueType.v128);
    }
    if (this.pseudoExtremum(e)) return;
    this.push(a);
    this.push(b);
    this.push(mask);
    if (isHalf(type)) this.narrowMask();
    this.code.op(op.v128.bitselect);
  }

  /** pmin(a, b) = b < a ? b : a and pmax(a, b) = a < b ? b : a are single instructions on x86. */
  private pseudoExtremum(e: Kind<"select">): boolean {
    const { mask, a: yes, b: no, type } = e;
    if (mask.kind !== "binary" || (mask.op !== "lt" && mask.op !== "gt")) return false;
    if (type.scalar !== "f32" && type.scalar !== "f64") return false;
    const [low, high] = mask.op === "lt" ? [mask.a, mask.b] : [mask.b, mask.a];
    const ops = type.scalar === "f32" ? op.f32x4 : op.f64x2;
    if (identical(yes, high) && identical(no, low)) {
      this.push(low);
      this.push(high);
      this.code.op(ops.pmax);
      return true;
    }
    if (identical(yes, low) && identical(no, high)) {
      this.push(high);
      this.push(low);
      this.code.op(ops.pmin);
      return true;
    }
    return false;
  }

  /** Two 64-bit lanes of a mask become two 32-bit ones in the low half. */
  private narrowMask(): void {
    const slot = this.frame.take(op.valueType.v128);
    this.code.tee(slot);
    this.code.get(slot);
    this.code.shuffle(Uint8Array.of(0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11));
    this.frame.give(op.valueType.v128, slot);
  }

  private cast(a: Expr, to: Type): void {
    const from = a.type;
    if (from.lanes !== to.lanes) throw new InternalError(`loop IR: cast of ${typeName(from)} to ${typeName(to)}`);
    if (from.scalar === to.scalar) return this.push(a);
    if (to.scalar === "bool") return this.push({ kind: "binary", type: to, op: "ne", a, b: constant(from, 0) });
    if (from.scalar === "bool") return this.castMask(a, to);
    const code = castOps[`${typeName(from)}>${typeName(to)}`];
    if (code !== undefined) {
      this.push(a);
      return this.code.op(code);
    }
    const slot = this.frame.take(op.valueType.v128);
    this.push(a);
    if (from.scalar === "i64" && to.scalar === "i32") {
      this.code.set(slot);
      this.code.get(slot);
      this.code.get(slot);
      this.code.shuffle(Uint8Array.of(0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11));
    } else {
      this.castByLanes(slot, from, to);
    }
    this.frame.give(op.valueType.v128, slot);
  }

  private castByLanes(slot: number, from: Type, to: Type): void {
    const code = castOps[`${from.scalar}>${to.scalar}`];
    if (code === undefined) throw new InternalError(`loop IR: cast of ${typeName(from)} to ${typeName(to)}`);
    this.code.set(slot);
    for (let lane = 0; lane < to.lanes; lane += 1) {
      this.code.get(slot);
      this.code.lane(this.vectorOps(from).extractLane, lane);
      this.code.op(code);
      if (lane === 0) this.code.op(this.vectorOps(to).splat);
      else this.code.lane(this.vectorOps(to).replaceLane, lane);
    }
  }

  private castMask(a: Expr, to: Type): void {
    this.push(a);
    if (to.lanes === 1) {
      const code = castOps[`i32>${to.scalar}`];
      if (code !== undefined) this.code.op(code);
      return;
    }
    if (isHalf(to)) this.narrowMask();
    this.constant(to, 1);
    this.code.op(op.v128.and);
  }

  private bitcast(e: Kind<"bitcast">): void {
    this.push(e.a);
    if (e.type.lanes > 1) return;
    const codes: Readonly<Record<string, number>> = {
      "i32>f32": op.f32.reinterpretI32,
      "f32>i32": op.i32.reinterpretF32,
      "i64>f64": op.f64.reinterpretI64,
      "f64>i64": op.i64.reinterpretF64,
    };
    const code = codes[`${e.a.type.scalar}>${e.type.scalar}`];
    if (code !== undefined) this.code.op(code);
    else if (e.a.type.scalar !== e.type.scalar) {
      throw new InternalError(`loop IR: bitcast of ${typeName(e.a.type)} to ${typeName(e.type)}`);
    }
  }

  private splat(e: Kind<"splat">): void {
    const { a, type } = e;
    if (type.scalar === "bool") {
      this.code.i32Const(0);
      this.push(a);
      this.code.op(op.i32.sub);
      if (type.lanes === 2) this.code.op(op.i64.extendI32S);
      return this.code.op(type.lanes === 2 ? op.i64x2.splat : op.i32x4.splat);
    }
    const ops = this.vectorOps(type);
    if (a.kind === "load") {
      const wide = type.scalar === "f64" || type.scalar === "i64";
      const offset = this.address(a.address, a.offset);
      return this.code.access(wide ? op.v128.load64Splat : op.v128.load32Splat, wide ? 3 : 2, offset);
    }
    if (a.kind === "const") return this.constant(type, a.value);
    if (a.kind === "fma" && this.frame.fma) {
      // the fused scalar already sits in a vector: spread its first lane
      const slot = this.frame.take(op.valueType.v128);
      this.pushInVector(a);
      this.code.tee(slot);
      this.code.get(slot);
      this.code.shuffle(Uint8Array.from({ length: 16 }, (_, i) => i % (type.scalar === "f64" ? 8 : 4)));
      this.frame.give(op.valueType.v128, slot);
      return;
    }
    this.push(a);
    this.code.op(ops.splat);
  }

  private lane(e: Kind<"lane">): void {
    const { a, index } = e;
    this.push(a);
    if (a.type.lanes === 1) return;
    if (a.type.scalar === "bool") {
      // the first 32 bits of the lane say it all
      this.code.lane(op.i32x4.extractLane, a.type.lanes === 2 ? 2 * index : index);
      this.code.i32Const(1);
      return this.code.op(op.i32.and);
    }
    this.code.lane(this.vectorOps(a.type).extractLane, index);
  }

  private withLane(e: Kind<"withLane">): void {
    const { a, index, value, type } = e;
    if (type.scalar === "bool") {
      this.push(a);
      this.code.i32Const(0);
      this.push(value);
      this.code.op(op.i32.sub);
      if (type.lanes === 2) this.code.op(op.i64.extendI32S);
      return this.code.lane(type.lanes === 2 ? op.i64x2.replaceLane : op.i32x4.replaceLane, index);
    }
    const ops = this.vectorOps(type);
    if (value.kind !== "load") {
      this.push(a);
      this.push(value);
      return this.code.lane(ops.replaceLane, index);
    }
    const wide = type.scalar === "f64" || type.scalar === "i64";
    const offset = this.address(value.address, value.offset);
    if (index === 0 && a.kind === "const" && Object.is(Number(a.value), 0)) {
      return this.code.access(wide ? op.v128.load64Zero : op.v128.load32Zero, wide ? 3 : 2, offset);
    }
    this.push(a);
    this.code.accessLane(wide ? op.v128.load64Lane : op.v128.load32Lane, wide ? 3 : 2, offset, index);
  }

  private shuffle(e: Kind<"shuffle">): void {
    const { lanes, scalar } = e.type;
    if (e.indices.length !== lanes)
      throw new InternalError(`loop IR: shuffle of ${lanes} lanes by ${e.indices.length} indices`);
    const size = isHalf(e.type) ? 4 : 16 / lanes;
    if (scalar === "bool" && lanes !== 2 && lanes !== 4) throw new InternalError("loop IR: shuffle of a scalar mask");
    // operands first: they may be shuffles too, and the bytes are shared
    this.push(e.a);
    this.push(e.b);
    for (let at = 0; at < 16; at += 1) {
      const index = e.indices[Math.floor(at / size) % lanes] ?? 0;
      shuffleBytes[at] = (index < lanes ? index * size : 16 + (index - lanes) * size) + (at % size);
    }
    this.code.shuffle(shuffleBytes);
  }
}
