/** The elementwise methods of a tensor. */
import { checkDType, type DType, isFloat } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import { cast } from "../graph/build.js";
import type { Node } from "../graph/node.js";
import { TensorCore } from "./core.js";
import { checkOperand, givesWay, type Operand, operandPair } from "./operand.js";
import * as ops from "./ops/elementwise.js";
import type { Tensor } from "./tensor.js";

export interface ClipOptions {
  /** Lower limit. Default: none. */
  readonly min?: Operand;
  /** Upper limit; where it is below the lower one it wins. Default: none. */
  readonly max?: Operand;
}

export interface CloseOptions {
  /** Relative to the second tensor. Default: 1e-5. */
  readonly rtol?: number;
  /** Default: 1e-8. */
  readonly atol?: number;
  /** Whether NaN is close to NaN. Default: false. */
  readonly equalNaN?: boolean;
}

/**
 * Two operands broadcast by NumPy's rules and meet in the higher dtype of bool < int32 < float32 < float64; a plain number takes the
 * tensor's (a fraction beside whole numbers gives float32). Sizes that do not fit throw a ShapeError that names both shapes.
 */
export abstract class ArithmeticTensor extends TensorCore {
  /** Bools count as int32. */
  add(other: Operand): Tensor {
    return this.combine("add", other, ops.add);
  }

  /** Bools count as int32. */
  sub(other: Operand): Tensor {
    return this.combine("sub", other, ops.sub);
  }

  /** Elementwise; the matrix product is `matmul`. Bools count as int32. */
  mul(other: Operand): Tensor {
    return this.combine("mul", other, ops.multiply);
  }

  /** The quotient; float32 of whole numbers. x/0 is ±∞, 0/0 is NaN. */
  div(other: Operand): Tensor {
    return this.combine("div", other, ops.divide);
  }

  /** ⌊this / other⌋ in the common dtype. Of whole numbers, division by 0 gives 0. */
  floorDiv(other: Operand): Tensor {
    return this.combine("floorDiv", other, ops.floorDiv);
  }

  /** The remainder, with the sign of `other`. Of whole numbers, x mod 0 is 0; of floats NaN. */
  mod(other: Operand): Tensor {
    return this.combine("mod", other, ops.mod);
  }

  /**
   * thisⁿ. A whole plain number within ±8 is repeated multiplication and part of the program; whole numbers to a negative plain power
   * give float32. Whole numbers to powers that are a tensor are computed in float64 and cut to int32.
   */
  pow(exponent: Operand): Tensor {
    if (typeof exponent === "number") {
      const small = ops.smallPower(this.node, exponent);
      if (small !== undefined) return this.wrap(small);
    }
    return this.combine("pow", exponent, ops.power);
  }

  /** The larger of the two; NaN if either is. */
  maximum(other: Operand): Tensor {
    return this.combine("maximum", other, ops.maximum);
  }

  /** The smaller of the two; NaN if either is. */
  minimum(other: Operand): Tensor {
    return this.combine("minimum", other, ops.minimum);
  }

  /** The angle of the point (x = other, y = this), in (−π, π]. */
  atan2(other: Operand): Tensor {
    return this.combine("atan2", other, ops.atan2);
  }

  /** Limited to [min, max]; NaN stays NaN. */
  clip({ min, max }: ClipOptions): Tensor {
    if (min === undefined) {
      if (max === undefined) throw new UserError("clip: give min, max or both");
      return this.combine("clip", max, ops.lower);
    }
    const raised = this.combine("clip", min, ops.raise);
    return max === undefined ? raised : raised.combine("clip", max, ops.lower);
  }

  /** −x. Bools count as int32. */
  neg(): Tensor {
    return this.wrap(ops.neg(this.node));
  }

  /** |x|. */
  abs(): Tensor {
    return this.wrap(ops.abs(this.node));
  }

  /** −1, 0 or 1; NaN of NaN. */
  sign(): Tensor {
    return this.wrap(ops.sign(this.node));
  }

  /** x². */
  square(): Tensor {
    return this.wrap(ops.square(this.node));
  }

  /** 1/x. */
  reciprocal(): Tensor {
    return this.wrap(ops.reciprocal(this.node));
  }

  /** √x; NaN below 0. */
  sqrt(): Tensor {
    return this.wrap(ops.sqrt(this.node));
  }

  /** 1/√x. */
  rsqrt(): Tensor {
    return this.wrap(ops.rsqrt(this.node));
  }

  /** eˣ. */
  exp(): Tensor {
    return this.wrap(ops.exp(this.node));
  }

  /** eˣ − 1, exact for small x. */
  expm1(): Tensor {
    return this.wrap(ops.expm1(this.node));
  }

  /** 2ˣ. */
  exp2(): Tensor {
    return this.wrap(ops.exp2(this.node));
  }

  /** The natural logarithm: −∞ at 0, NaN below. */
  log(): Tensor {
    return this.wrap(ops.log(this.node));
  }

  /** ln(1 + x), exact for small x. */
  log1p(): Tensor {
    return this.wrap(ops.log1p(this.node));
  }

  /** The logarithm to base 2, whole of powers of 2. */
  log2(): Tensor {
    return this.wrap(ops.log2(this.node));
  }

  /** The logarithm to base 10, whole of powers of 10. */
  log10(): Tensor {
    return this.wrap(ops.log10(this.node));
  }

  /** Of radians, like all trigonometric methods. */
  sin(): Tensor {
    return this.wrap(ops.sin(this.node));
  }

  /** Of radians. */
  cos(): Tensor {
    return this.wrap(ops.cos(this.node));
  }

  /** Of radians. */
  tan(): Tensor {
    return this.wrap(ops.tan(this.node));
  }

  /** The inverse of sin, in [−π/2, π/2]; NaN outside of [−1, 1]. */
  asin(): Tensor {
    return this.wrap(ops.asin(this.node));
  }

  /** The inverse of cos, in [0, π]; NaN outside of [−1, 1]. */
  acos(): Tensor {
    return this.wrap(ops.acos(this.node));
  }

  /** The inverse of tan, in [−π/2, π/2]. */
  atan(): Tensor {
    return this.wrap(ops.atan(this.node));
  }

  /** (eˣ − e⁻ˣ) / 2. */
  sinh(): Tensor {
    return this.wrap(ops.sinh(this.node));
  }

  /** (eˣ + e⁻ˣ) / 2. */
  cosh(): Tensor {
    return this.wrap(ops.cosh(this.node));
  }

  /** sinh(x) / cosh(x), in [−1, 1]. */
  tanh(): Tensor {
    return this.wrap(ops.tanh(this.node));
  }

  /** The inverse of sinh. */
  asinh(): Tensor {
    return this.wrap(ops.asinh(this.node));
  }

  /** The inverse of cosh, ≥ 0; NaN below 1. */
  acosh(): Tensor {
    return this.wrap(ops.acosh(this.node));
  }

  /** The inverse of tanh: ±∞ at ±1, NaN beyond. */
  atanh(): Tensor {
    return this.wrap(ops.atanh(this.node));
  }

  /** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
  erf(): Tensor {
    return this.wrap(ops.erf(this.node));
  }

  /** 1 − erf(x), with relative accuracy also where it is tiny. */
  erfc(): Tensor {
    return this.wrap(ops.erfc(this.node));
  }

  /** 1/(1 + e⁻ˣ). */
  sigmoid(): Tensor {
    return this.wrap(ops.sigmoid(this.node));
  }

  /** ln(1 + eˣ). */
  softplus(): Tensor {
    return this.wrap(ops.softplus(this.node));
  }

  /** max(x, 0), with derivative 0 at 0. */
  relu(): Tensor {
    return this.wrap(ops.relu(this.node));
  }

  /** The largest whole number ≤ x. */
  floor(): Tensor {
    return this.wrap(ops.floor(this.node));
  }

  /** The smallest whole number ≥ x. */
  ceil(): Tensor {
    return this.wrap(ops.ceil(this.node));
  }

  /** The nearest whole number, the even one of two. */
  round(): Tensor {
    return this.wrap(ops.round(this.node));
  }

  /** The whole part. */
  trunc(): Tensor {
    return this.wrap(ops.trunc(this.node));
  }

  /** The same numbers in another dtype. To int32 cuts off the fraction and saturates (NaN gives 0); to bool asks whether it is not 0. */
  cast(dtype: DType): Tensor {
    return this.wrap(cast(this.node, checkDType("cast", dtype)), false);
  }

  /** Whether equal, elementwise. NaN equals nothing. */
  eq(other: Operand): Tensor {
    return this.combine("eq", other, ops.eq);
  }

  /** Whether different, elementwise. */
  ne(other: Operand): Tensor {
    return this.combine("ne", other, ops.ne);
  }

  /** this < other, elementwise. */
  lt(other: Operand): Tensor {
    return this.combine("lt", other, ops.lt);
  }

  /** this ≤ other, elementwise. */
  le(other: Operand): Tensor {
    return this.combine("le", other, ops.le);
  }

  /** this > other, elementwise. */
  gt(other: Operand): Tensor {
    return this.combine("gt", other, ops.gt);
  }

  /** this ≥ other, elementwise. */
  ge(other: Operand): Tensor {
    return this.combine("ge", other, ops.ge);
  }

  /** Whether both are not 0. */
  logicalAnd(other: Operand): Tensor {
    return this.combine("logicalAnd", other, ops.logicalAnd);
  }

  /** Whether one of the two is not 0. */
  logicalOr(other: Operand): Tensor {
    return this.combine("logicalOr", other, ops.logicalOr);
  }

  /** Whether exactly one of the two is not 0. */
  logicalXor(other: Operand): Tensor {
    return this.combine("logicalXor", other, ops.logicalXor);
  }

  /** Whether 0. */
  logicalNot(): Tensor {
    return this.wrap(ops.logicalNot(this.node));
  }

  /** Of int32 or bool, giving int32; so are all bitwise methods. */
  bitwiseAnd(other: Operand): Tensor {
    return this.combine("bitwiseAnd", other, ops.bitwiseAnd);
  }

  /** Of int32 or bool, giving int32. */
  bitwiseOr(other: Operand): Tensor {
    return this.combine("bitwiseOr", other, ops.bitwiseOr);
  }

  /** Of int32 or bool, giving int32. */
  bitwiseXor(other: Operand): Tensor {
    return this.combine("bitwiseXor", other, ops.bitwiseXor);
  }

  /** Every bit the other way: −x − 1. */
  bitwiseNot(): Tensor {
    return this.wrap(ops.bitwiseNot(this.node));
  }

  /** By 0 to 31 bits, each as the remainder of 32. */
  shiftLeft(bits: Operand): Tensor {
    return this.combine("shiftLeft", bits, ops.shiftLeft);
  }

  /** Zeros come in from the left. By 0 to 31 bits. */
  shiftRight(bits: Operand): Tensor {
    return this.combine("shiftRight", bits, ops.shiftRight);
  }

  /** Whether NaN, elementwise; false of whole numbers. */
  isNaN(): Tensor {
    return this.wrap(ops.testNaN(this.node));
  }

  /** Whether neither NaN nor infinite. */
  isFinite(): Tensor {
    return this.wrap(ops.testFinite(this.node));
  }

  /** Whether ±∞. */
  isInf(): Tensor {
    return this.wrap(ops.testInf(this.node));
  }

  /** Whether |this − other| ≤ atol + rtol·|other| everywhere, after broadcasting. Computes both: not for the inside of a trace. */
  allClose(other: Operand, options: CloseOptions = {}): boolean {
    const { rtol = 1e-5, atol = 1e-8, equalNaN = false } = options;
    if (!(rtol >= 0 && atol >= 0)) throw new UserError(`allClose: rtol and atol must be ≥ 0, got ${rtol} and ${atol}`);
    const close = this.combine("allClose", other, (a, b) => ops.isClose(a, b, rtol, atol, equalNaN));
    return close.storage("allClose").every((x) => x === 1);
  }

  /** Whether shapes are the same and all elements equal, as one answer; dtypes may differ. Computes both: not for the inside of a trace. */
  equals(other: Tensor): boolean {
    checkOperand("equals", other);
    if (typeof other === "number" || other.rank !== this.rank || other.shape.some((d, i) => d !== this.shape[i]))
      return false;
    return this.eq(other)
      .storage("equals")
      .every((x) => x === 1);
  }

  /** The op on this and another operand; only of two that give way does the result give way too. */
  private combine(name: string, other: Operand, op: (a: Node, b: Node) => Node): Tensor {
    checkOperand(name, other);
    const node = op(...operandPair(name, this as unknown as Tensor, other));
    return this.wrap(node, isFloat(node.dtype) && this.weak && givesWay(other));
  }
}
