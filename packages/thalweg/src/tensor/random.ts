/**
 * Random numbers: pure functions of a key (or a seed, which stands for `key(seed)`) and a shape. The same key gives the same numbers, on every
 * machine; different ones come from different keys:
 *
 *     const [a, b] = random.split(random.key(42));
 *     const weights = random.normal([64, 8], { key: a });
 *     const noise = random.uniform([8], { key: b, low: -1, high: 1 });
 *
 * The generator is Threefry-2×32 with 20 rounds (see base/random.ts). A key is an int32 tensor of shape [2], so that it can be passed to
 * compiled functions, mapped over and kept in a variable. Use a key once: two calls with one key give numbers that depend on each other.
 */
import { type DType, type FloatDType, isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { key as makeKey } from "../base/random.js";
import { checkShape, formatShape, normalizeAxis, type Shape, sizeOf } from "../base/shape.js";
import * as build from "../graph/build.js";
import { makeBuffer, type Node } from "../graph/node.js";
import { checkTensor, numberNode, type Operand } from "./operand.js";
import * as elementwise from "./ops/elementwise.js";
import { take } from "./ops/indexing.js";
import * as ops from "./ops/random.js";
import { unstack } from "./ops/shape.js";
import { Tensor } from "./tensor.js";

/** Where the numbers come from. */
export type Source =
  | { readonly key: Tensor; readonly seed?: never }
  | { readonly seed: number | bigint; readonly key?: never };

export interface FloatOptions {
  /** Default: float32. */
  readonly dtype?: FloatDType;
}

/** The key of a seed: a whole number within ±2⁵³, or ±2⁶³ as a bigint. Different seeds give different keys. */
export function key(seed: number | bigint): Tensor {
  return new Tensor(makeBuffer([2], "int32", makeKey(seed)));
}

/** Keys that share nothing with each other or with `parent`; of more, the first are the same. Default: 2. */
export function split(parent: Tensor, count = 2): Tensor[] {
  return unstack(splitKeys(parent, count).node, 0).map((node) => new Tensor(node));
}

/** The keys of `split` as the rows of one tensor [count, 2], for `vmap` and `scan`. */
export function splitKeys(parent: Tensor, count: number): Tensor {
  return new Tensor(ops.split(keyNode("split", parent), count));
}

/** The key that belongs to `data` under `parent`: a whole number, a text such as a parameter's name, or an int32 tensor of rank 0. */
export function fold(parent: Tensor, data: number | string | Tensor): Tensor {
  const node = keyNode("fold", parent);
  return new Tensor(data instanceof Tensor ? ops.foldTensor(node, data.node) : ops.fold(node, data));
}

/** 32 random bits an element, as int32. */
export function bits(shape: Shape, source: Source): Tensor {
  return new Tensor(ops.bits(sourceNode("bits", source), ownShape("bits", shape)));
}

export type UniformOptions = Source &
  FloatOptions & {
    /** Default: 0. */
    readonly low?: number;
    /** Never among the results. Default: 1. */
    readonly high?: number;
  };

/** Uniform in [low, high): before scaling, multiples of 2⁻²⁴ in float32 and of 2⁻⁵³ in float64. */
export function uniform(shape: Shape, options: UniformOptions): Tensor {
  const source = sourceNode("uniform", options);
  const dtype = floatDType("uniform", options.dtype);
  const { low = 0, high = 1 } = options;
  return new Tensor(ops.uniform(source, ownShape("uniform", shape), dtype, low, high));
}

export type NormalOptions = Source &
  FloatOptions & {
    /** Default: 0. */
    readonly mean?: number;
    /** The standard deviation, ≥ 0. Default: 1. */
    readonly std?: number;
  };

/**
 * Normal, by inversion of the distribution function (Wichura's AS 241, at 7 digits in float32 and 16 in float64). One word of 32 bits (two
 * in float64) makes one number; the tails reach to 6.2 (9.0) standard deviations.
 */
export function normal(shape: Shape, options: NormalOptions): Tensor {
  const source = sourceNode("normal", options);
  const dtype = floatDType("normal", options.dtype);
  const standard = ops.standardNormal(source, ownShape("normal", shape), dtype);
  return new Tensor(scaled("normal", standard, options));
}

function scaled(
  op: string,
  standard: Node,
  { mean = 0, std = 1 }: { readonly mean?: number; readonly std?: number },
): Node {
  if (!(std >= 0) || !Number.isFinite(std) || !Number.isFinite(mean)) {
    throw new UserError(`${op}: needs a finite mean and a finite standard deviation ≥ 0, got ${mean} and ${std}`);
  }
  const spread = std === 1 ? standard : build.mul(standard, numberNode(std, standard.dtype));
  return mean === 0 ? spread : build.add(spread, numberNode(mean, standard.dtype));
}

export type TruncatedNormalOptions = NormalOptions & {
  /** In standard deviations from the mean. Default: −2. */
  readonly low?: number;
  /** In standard deviations from the mean. Default: 2. */
  readonly high?: number;
};

/** Normal, given that it lies from mean + low·std to mean + high·std; those outside are never drawn, so nothing is rejected. */
export function truncatedNormal(shape: Shape, options: TruncatedNormalOptions): Tensor {
  const source = sourceNode("truncatedNormal", options);
  const dtype = floatDType("truncatedNormal", options.dtype);
  const { low = -2, high = 2 } = options;
  const precise = ops.truncatedNormal(source, ownShape("truncatedNormal", shape), low, high);
  const { mean = 0, std = 1 } = options;
  const value = build.cast(scaled("truncatedNormal", precise, options), dtype);
  // Rounding may carry a value over a bound; the bounds of the dtype are those just inside.
  const [from, to] = [mean + low * std, mean + high * std];
  const floor = numberNode(ops.roundedUp(from, dtype), dtype);
  const ceiling = numberNode(-ops.roundedUp(-to, dtype), dtype);
  return new Tensor(build.binary("min", build.binary("max", value, floor), ceiling));
}

export type IntegerOptions = Source & {
  /** Default: 0. */
  readonly low?: number;
  /** Never among the results. */
  readonly high: number;
};

/** Whole numbers (int32) in [low, high), equally likely but for a fraction of at most 2⁻³² of their probability. */
export function integers(shape: Shape, options: IntegerOptions): Tensor {
  const source = sourceNode("integers", options);
  return new Tensor(ops.integers(source, ownShape("integers", shape), options.low ?? 0, options.high));
}

export type BernoulliOptions = Source & {
  /** Of true, to 2⁻³¹; a tensor must stretch to the shape. Default: 0.5. */
  readonly probability?: Operand;
};

/** True (bool) with the given probability. */
export function bernoulli(shape: Shape, options: BernoulliOptions): Tensor {
  const source = sourceNode("bernoulli", options);
  const { probability = 0.5 } = options;
  const size = ownShape("bernoulli", shape);
  if (typeof probability === "number") return new Tensor(ops.bernoulliNumber(source, size, probability));
  checkTensor("bernoulli", probability);
  return new Tensor(ops.bernoulliTensor(source, size, probability.node));
}

export type ExponentialOptions = Source & FloatOptions;

/** Exponential with mean 1. */
export function exponential(shape: Shape, options: ExponentialOptions): Tensor {
  const source = sourceNode("exponential", options);
  const dtype = floatDType("exponential", options.dtype);
  return new Tensor(ops.exponential(source, ownShape("exponential", shape), dtype));
}

/** Standard Gumbel: −ln of an exponential. */
export function gumbel(shape: Shape, options: ExponentialOptions): Tensor {
  const source = sourceNode("gumbel", options);
  const dtype = floatDType("gumbel", options.dtype);
  return new Tensor(ops.gumbel(source, ownShape("gumbel", shape), dtype));
}

export type CategoricalOptions = Source & {
  /** The axis of the categories. Default: −1, the last. */
  readonly axis?: number;
  /** How many independent draws, as leading axes of the result. Default: [], one. */
  readonly shape?: Shape;
};

/**
 * An index (int32) along the axis of `logits` with the probabilities softmax(logits): the place of the largest of logits + Gumbel noise. −∞ is
 * never chosen, unless there is nothing else. Of shape [...shape, ...logits without the axis].
 */
export function categorical(logits: Tensor, options: CategoricalOptions): Tensor {
  checkTensor("categorical", logits);
  const source = sourceNode("categorical", options);
  const { axis = -1, shape = [] } = options;
  return new Tensor(ops.categorical(source, logits.node, axis, ownShape("categorical", shape)));
}

/** 0 … count − 1 in random order, as int32. All orders are equally likely but for the chance count²·2⁻⁵⁴ of a tie between sorting keys. */
export function permutation(count: number, source: Source): Tensor {
  return new Tensor(ops.permutation(sourceNode("permutation", source), count));
}

export type ShuffleOptions = Source & {
  /** Default: 0. */
  readonly axis?: number;
};

/** The slices of `x` along the axis in random order. */
export function shuffle(x: Tensor, options: ShuffleOptions): Tensor {
  checkTensor("shuffle", x);
  const source = sourceNode("shuffle", options);
  const axis = normalizeAxis("shuffle", options.axis ?? 0, x.rank);
  const order = ops.permutation(source, x.shape[axis] ?? 0);
  return new Tensor(take(x.node, order, axis));
}

export type ChoiceOptions = Source & {
  /** Whether an element may come several times. Default: true. */
  readonly replace?: boolean;
  /** Of each element, one axis; they need not sum to 1. Default: all equal. */
  readonly probabilities?: Tensor;
};

/**
 * Elements drawn from the slices of `from` along its first axis, or from 0 … from − 1 when that is a number. Without replacement, at most as
 * many as there are (else ShapeError); with probabilities, one after the other from those that are left (Gumbel noise, largest first).
 */
export function choice(from: Tensor | number, shape: Shape, options: ChoiceOptions): Tensor {
  const source = sourceNode("choice", options);
  const size = ownShape("choice", shape);
  if (typeof from !== "number") checkTensor("choice", from);
  if (typeof from !== "number" && from.rank === 0)
    throw new ShapeError("choice: needs a tensor with at least one axis, got a scalar");
  const n = typeof from === "number" ? from : (from.shape[0] ?? 0);
  const picks = chosen(source, n, size, options);
  return new Tensor(typeof from === "number" ? picks : take(from.node, picks, 0));
}

function chosen(source: Node, n: number, shape: Shape, { replace = true, probabilities }: ChoiceOptions): Node {
  const count = sizeOf(shape);
  if (!Number.isInteger(n) || n < 0)
    throw new UserError(`choice: the number to choose from must be a whole number ≥ 0, got ${n}`);
  if (count > (replace ? (n === 0 ? 0 : count) : n)) {
    throw new ShapeError(`choice: cannot draw ${count} elements ${replace ? "" : "without replacement "}from ${n}`);
  }
  if (count === 0) return makeBuffer(shape, "int32", new Int32Array(0));
  if (probabilities === undefined) {
    if (replace) return ops.integers(source, shape, 0, n);
    return build.reshape(ops.firstOf(ops.permutation(source, n), count), shape);
  }
  if (probabilities.rank !== 1 || probabilities.size !== n) {
    throw new ShapeError(
      `choice: needs probabilities of shape [${n}], one for each element, got ${formatShape(probabilities.shape)}`,
    );
  }
  const logits = elementwise.log(probabilities.node);
  if (replace) return ops.categorical(source, logits, 0, shape);
  return build.reshape(ops.withoutReplacement(source, logits, count), shape);
}

/** A checked copy: the caller may go on to change the array. */
function ownShape(op: string, shape: Shape): Shape {
  return [...checkShape(op, shape)];
}

function keyNode(op: string, value: Tensor): Node {
  checkTensor(op, value);
  ops.checkKey(op, value.node);
  return value.node;
}

function sourceNode(op: string, source: Source): Node {
  const given: { readonly key?: Tensor; readonly seed?: number | bigint } | undefined = source;
  if (given?.key !== undefined && given.seed !== undefined)
    throw new UserError(`${op}: give a key or a seed, not both`);
  if (given?.key !== undefined) return keyNode(op, given.key);
  if (given?.seed === undefined)
    throw new UserError(`${op}: needs { key } (from random.key or random.split) or { seed }`);
  return key(given.seed).node;
}

function floatDType(op: string, dtype: DType | undefined): FloatDType {
  if (dtype === undefined) return "float32";
  if (!isFloat(dtype)) throw new DTypeError(`${op}: dtype must be float32 or float64, got ${dtype}`);
  return dtype;
}
