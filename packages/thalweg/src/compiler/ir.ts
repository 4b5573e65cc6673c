/**
 * The loop IR: what a kernel is before it becomes machine code.
 *
 * A function is loops, loads, stores and arithmetic over scalars or vectors of `lanes` equal elements. Addresses are bytes, as i32
 * expressions. Nothing is implicit: an expression that is mentioned twice is computed twice, so bind what is used twice with
 * `Builder.let`. Targets walk this; they know nothing of tensors.
 *
 * Masks. A comparison has scalar type `bool` and the lanes of its operands. With one lane it is 0 or 1; in a vector it is all ones or
 * all zeros, as wide as the elements it came from. `and`, `or`, `xor`, `not` combine masks, `select` consumes them, and `cast` turns
 * them to numbers (0 or 1) and numbers to them (≠ 0). Masks never reach memory.
 */

export type Scalar = "i32" | "i64" | "f32" | "f64" | "bool";

export interface Type {
  readonly scalar: Scalar;
  /** 1 for a scalar; otherwise elements in a vector, whose total width is the target's (128 bits for WebAssembly). */
  readonly lanes: number;
}

export type UnaryOp =
  | "neg"
  | "abs"
  | "sqrt"
  | "floor"
  | "ceil"
  | "trunc"
  | "nearest" // to integer, ties to even
  | "not" // bitwise on integers, logical on masks
  | "clz"; // i32, i64 scalars only

export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div" // integers: truncating, scalar only; the divisor must not be 0
  | "rem" // integers only, scalar only, sign of the dividend
  | "min" // floats: NaN if either is NaN, -0 < +0
  | "max"
  | "and" // integers and masks
  | "or"
  | "xor"
  | "shl" // the right operand is a scalar i32, also for vectors
  | "shrS"
  | "shrU"
  | "copysign" // floats
  | CompareOp;

export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "ltU";

export type Expr =
  | { readonly kind: "const"; readonly type: Type; readonly value: number | bigint } // a vector constant repeats the value
  | { readonly kind: "local"; readonly type: Type; readonly local: Local }
  | { readonly kind: "load"; readonly type: Type; readonly address: Expr; readonly offset: number }
  | { readonly kind: "unary"; readonly type: Type; readonly op: UnaryOp; readonly a: Expr }
  | { readonly kind: "binary"; readonly type: Type; readonly op: BinaryOp; readonly a: Expr; readonly b: Expr }
  /** a·b + c, rounded once where the target fuses, twice where it does not. */
  | { readonly kind: "fma"; readonly type: Type; readonly a: Expr; readonly b: Expr; readonly c: Expr }
  /** mask ? a : b, lane by lane; both sides are evaluated. */
  | { readonly kind: "select"; readonly type: Type; readonly mask: Expr; readonly a: Expr; readonly b: Expr }
  /** By value: int → float rounds, float → int truncates and saturates (NaN → 0), bool ↔ number. Lanes must agree. */
  | { readonly kind: "cast"; readonly type: Type; readonly a: Expr }
  /** By bits: f32 ↔ i32, f64 ↔ i64, and any full vector as any other. */
  | { readonly kind: "bitcast"; readonly type: Type; readonly a: Expr }
  | { readonly kind: "splat"; readonly type: Type; readonly a: Expr }
  | { readonly kind: "lane"; readonly type: Type; readonly a: Expr; readonly index: number }
  | { readonly kind: "withLane"; readonly type: Type; readonly a: Expr; readonly index: number; readonly value: Expr }
  /** Element indices into a ‖ b: 0 … lanes-1 from a, lanes … 2·lanes-1 from b. */
  | {
      readonly kind: "shuffle";
      readonly type: Type;
      readonly a: Expr;
      readonly b: Expr;
      readonly indices: readonly number[];
    };

/** A local variable. Loop indices are i32 scalars. */
export interface Local {
  readonly name: string;
  readonly type: Type;
}

export type Statement =
  | { readonly kind: "set"; readonly local: Local; readonly value: Expr }
  | { readonly kind: "store"; readonly address: Expr; readonly offset: number; readonly value: Expr }
  /** for (index = start; index < stop; index += step): start, stop and step are evaluated once; step > 0. */
  | {
      readonly kind: "for";
      readonly index: Local;
      readonly start: Expr;
      readonly stop: Expr;
      readonly step: Expr;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "while"; readonly condition: Expr; readonly body: readonly Statement[] }
  | {
      readonly kind: "if";
      readonly condition: Expr;
      readonly then: readonly Statement[];
      readonly else: readonly Statement[];
    }
  /** Call another function of the program; it returns nothing. */
  | { readonly kind: "call"; readonly function: string; readonly args: readonly Expr[] }
  /** memory.copy and memory.fill on bytes. */
  | { readonly kind: "copy"; readonly to: Expr; readonly from: Expr; readonly bytes: Expr }
  | { readonly kind: "fill"; readonly to: Expr; readonly byte: Expr; readonly bytes: Expr }
  | { readonly kind: "comment"; readonly text: string };

export interface LoopFunction {
  readonly name: string;
  /** Scalars only. */
  readonly params: readonly Local[];
  readonly body: readonly Statement[];
}

export const i32: Type = { scalar: "i32", lanes: 1 };
export const f32: Type = { scalar: "f32", lanes: 1 };
export const f64: Type = { scalar: "f64", lanes: 1 };
export const i64: Type = { scalar: "i64", lanes: 1 };
export const mask: Type = { scalar: "bool", lanes: 1 };

export function vector(scalar: Scalar, lanes: number): Type {
  return { scalar, lanes };
}

export function sameType(a: Type, b: Type): boolean {
  return a.scalar === b.scalar && a.lanes === b.lanes;
}

export function typeName(type: Type): string {
  return type.lanes === 1 ? type.scalar : `${type.scalar}x${type.lanes}`;
}

/** Bytes of one element in memory. */
export function scalarBytes(scalar: Scalar): number {
  return scalar === "f64" || scalar === "i64" ? 8 : 4;
}

const comparisons: ReadonlySet<BinaryOp> = new Set<BinaryOp>(["eq", "ne", "lt", "le", "gt", "ge", "ltU"]);

export function isComparison(op: BinaryOp): op is CompareOp {
  return comparisons.has(op);
}
