/**
 * The primitives: every op that the graph knows, with the parameters that are part of its identity.
 *
 * Each transform (shape, vjp, jvp, vmap, interpretation, lowering) is a total table `{ [P in Primitive]: rule }` over this list, so that an
 * op without a rule does not compile. Everything else in Thalweg is composed of these.
 */
import type { DType, TypedArray } from "../base/dtype.js";
import type { Shape } from "../base/shape.js";
import type { Node } from "./node.js";

/** Shape and dtype of a value. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A closed piece of graph: what `scan` repeats and what a custom rule wraps. `inputs` are `input` nodes. */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** An algorithm that runs outside compiled code. Every op of one name and key must behave alike: they identify it in program caches. */
export interface HostOp {
  readonly name: string;
  /** Settings that change the result, as text. */
  readonly key: string;
  readonly outputs: (inputs: readonly Aval[]) => readonly Aval[];
  /** Contiguous arrays in (bool as Uint8Array), the same out; must not keep or change its arguments. */
  readonly run: (inputs: readonly TypedArray[], avals: readonly Aval[]) => readonly TypedArray[];
  /** Cotangents of the inputs (undefined: none flows). Missing: differentiating is an error that names the op. */
  readonly vjp?: (
    inputs: readonly Node[],
    outputs: readonly Node[],
    cotangents: readonly (Node | undefined)[],
  ) => readonly (Node | undefined)[];
  readonly jvp?: (
    inputs: readonly Node[],
    outputs: readonly Node[],
    tangents: readonly (Node | undefined)[],
  ) => readonly (Node | undefined)[];
  /** The op over an extra leading axis of the inputs marked in `batched`, as another host op; missing: vmap runs it in a loop. */
  readonly batch?: (batched: readonly boolean[]) => HostOp;
}

/** Derivative rules that replace those of the wrapped graph. */
export interface CustomRule {
  readonly name: string;
  readonly vjp?: (
    inputs: readonly Node[],
    outputs: readonly Node[],
    cotangents: readonly (Node | undefined)[],
  ) => readonly (Node | undefined)[];
  readonly jvp?: (
    inputs: readonly Node[],
    outputs: readonly Node[],
    tangents: readonly (Node | undefined)[],
  ) => readonly (Node | undefined)[];
}

type None = Readonly<Record<never, never>>;
interface Axes {
  /** Sorted, each in [0, rank). */
  readonly axes: readonly number[];
}
interface Axis {
  readonly axis: number;
}

export interface UnaryParams {
  neg: None;
  abs: None;
  sign: None;
  floor: None;
  ceil: None;
  round: None; // ties to even
  trunc: None;
  sqrt: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  sin: None;
  cos: None;
  tan: None;
  asin: None;
  acos: None;
  atan: None;
  sinh: None;
  cosh: None;
  tanh: None;
  asinh: None;
  acosh: None;
  atanh: None;
  erf: None;
  erfc: None; // 1 − erf(x), to full relative accuracy
  sigmoid: None;
  softplus: None; // log(1 + eˣ)
  relu: None; // max(x, 0), with derivative 0 at 0
  not: None; // logical on bool, bitwise on int32
}

export interface BinaryParams {
  add: None;
  sub: None;
  mul: None;
  div: None; // float
  floorDiv: None; // int32, towards −∞; x // 0 is 0
  mod: None; // sign of the divisor; int32: x mod 0 is 0
  pow: None; // float
  max: None; // NaN if either is
  min: None;
  atan2: None;
  and: None; // bool, int32
  or: None;
  xor: None;
  shiftLeft: None; // int32, by 0 … 31
  shiftRight: None; // int32, logical
}

export interface CompareParams {
  eq: None;
  ne: None;
  lt: None;
  le: None;
}

export interface PrimitiveParams extends UnaryParams, BinaryParams, CompareParams {
  // Leaves
  /** A placeholder of a traced function. */
  input: { readonly name: string };
  /** A value that exists: the node's `storage` holds it. */
  buffer: None;
  /** State that outlives a program; read at each call. */
  variable: { readonly variable: VariableRef };
  /** A number known when the graph is built: part of the program. Rank 0. */
  literal: { readonly value: number };
  /** A number given at run time: not part of the program's identity. Rank 0. */
  scalar: { readonly value: number };
  /** 0, 1, 2, … along `axis`, int32 or float. */
  iota: Axis & Aval;

  // Elementwise; operands have equal shapes, broadcasting is explicit
  cast: { readonly dtype: DType };
  /** x to a small whole power, by repeated multiplication. Float or int32; int32 powers are ≥ 0. */
  integerPow: { readonly exponent: number };
  /** (mask, a, b) → mask ? a : b */
  select: None;
  /**
   * Threefry-2×32 with 20 rounds (Salmon et al., SC 2011): (key int32[2]) → int32 bits of `shape`. Element i is the exclusive or of the two
   * words made from the counter (i mod 2³², ⌊i / 2³²⌋), i counted row-major.
   */
  threefry: { readonly shape: Shape };

  // Views
  reshape: { readonly shape: Shape };
  /** Axis i of the result is axis permutation[i] of the input. */
  permute: { readonly permutation: readonly number[] };
  /** Stretches size-1 axes; rank stays: precede with reshape to add axes. */
  broadcast: { readonly shape: Shape };
  /** start + i·step for i < size; step may be negative, start is the first element taken. */
  slice: { readonly start: readonly number[]; readonly size: readonly number[]; readonly step: readonly number[] };
  /** `low` and `high` elements of `value` around (negative: not allowed) and `interior` between neighbours. */
  pad: {
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly interior: readonly number[];
    readonly value: number;
  };
  concat: Axis;

  // Reductions: the axes vanish
  sum: Axes; // bool is refused: cast first
  prod: Axes;
  reduceMax: Axes; // NaN if any is; on bool: any. Empty axes of size 0 are refused
  reduceMin: Axes; // on bool: all
  argmax: Axis; // int32; the first of equals; a NaN wins
  argmin: Axis;
  /** Running sum or product along the axis, from the end when `reverse`. */
  cumsum: Axis & { readonly reverse: boolean };
  cumprod: Axis & { readonly reverse: boolean };

  /** (…, m, k) × (…, k, n) → (…, m, n): leading axes equal. Any numeric dtype. */
  matmul: None;

  // Indexed; indices are int32, checked at run time: out of range is an IndexError after the program ran
  /** (operand [n, …rest], indices [...i]) → [...i, …rest]: rows of the operand. `error` is what is said of an index out of range. */
  gather: { readonly error?: string };
  /** (operand [n, …rest], indices [k], updates [k, …rest]): rows added in the order of k. */
  scatterAdd: None;
  /** Rows replaced; of equal indices the last wins. */
  scatterSet: None;

  // Structure
  /** A copy with an identity of its own: differentiation starts here. No code. */
  identity: None;
  stopGradient: None;
  /** A result of a node with several: only inputs[0]. */
  project: { readonly index: number };
  /**
   * Several results. Inputs: constants, then initial carries, then stacked inputs [length, …]. The body takes constants, carries and one
   * slice of each; it gives the next carries, then one slice of each stacked output.
   */
  scan: {
    readonly body: Graph;
    readonly length: number;
    readonly reverse: boolean;
    readonly constants: number;
    readonly carries: number;
  };
  /** Several results; see HostOp. */
  host: { readonly op: HostOp };
  /** Several results: the graph, with derivative rules of its own. */
  custom: { readonly body: Graph; readonly rule: CustomRule };
}

export type Primitive = keyof PrimitiveParams;
export type UnaryPrimitive = keyof UnaryParams;
export type BinaryPrimitive = keyof BinaryParams;
export type ComparePrimitive = keyof CompareParams;
export type ElementwisePrimitive =
  | UnaryPrimitive
  | BinaryPrimitive
  | ComparePrimitive
  | "cast"
  | "integerPow"
  | "select";

/** What the graph needs to know of a variable; `runtime` has the rest. */
export interface VariableRef extends Aval {
  readonly id: number;
  readonly name: string;
}

const unaryNames: Readonly<Record<UnaryPrimitive, true>> = {
  neg: true,
  abs: true,
  sign: true,
  floor: true,
  ceil: true,
  round: true,
  trunc: true,
  sqrt: true,
  exp: true,
  expm1: true,
  log: true,
  log1p: true,
  sin: true,
  cos: true,
  tan: true,
  asin: true,
  acos: true,
  atan: true,
  sinh: true,
  cosh: true,
  tanh: true,
  asinh: true,
  acosh: true,
  atanh: true,
  erf: true,
  erfc: true,
  sigmoid: true,
  softplus: true,
  relu: true,
  not: true,
};
const binaryNames: Readonly<Record<BinaryPrimitive, true>> = {
  add: true,
  sub: true,
  mul: true,
  div: true,
  floorDiv: true,
  mod: true,
  pow: true,
  max: true,
  min: true,
  atan2: true,
  and: true,
  or: true,
  xor: true,
  shiftLeft: true,
  shiftRight: true,
};
const compareNames: Readonly<Record<ComparePrimitive, true>> = { eq: true, ne: true, lt: true, le: true };

export function isUnary(op: Primitive): op is UnaryPrimitive {
  return op in unaryNames;
}
export function isBinary(op: Primitive): op is BinaryPrimitive {
  return op in binaryNames;
}
export function isCompare(op: Primitive): op is ComparePrimitive {
  return op in compareNames;
}
export function isElementwise(op: Primitive): op is ElementwisePrimitive {
  return isUnary(op) || isBinary(op) || isCompare(op) || op === "cast" || op === "integerPow" || op === "select";
}
