/**
 * Random numbers of a key: functions of the key and the position alone, made of the primitive `threefry` and elementwise ops, so that
 * every device gives the same ones and that keys may be traced, mapped over and kept in variables.
 */

import type { FloatDType } from "../../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../../base/errors.js";
import {
  foldDomain,
  fold as foldKey,
  splitDomain,
  split as splitKey,
  textDomain,
  textWords,
  words,
} from "../../base/random.js";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, makeBuffer, type Node } from "../../graph/node.js";
import { numberNode } from "../operand.js";
import { normalCdf, upperQuantile } from "./normal-quantile.js";
import { moveAxis, sliceAxis } from "./shape.js";
import { argsort } from "./sort.js";

export function checkKey(op: string, key: Node): void {
  if (key.dtype === "int32" && key.shape.length === 1 && key.shape[0] === 2) return;
  if (key.dtype !== "int32")
    throw new DTypeError(`${op}: a key is an int32 tensor of shape [2], made by random.key, got ${key.dtype}`);
  throw new ShapeError(
    `${op}: a key has shape [2], got ${formatShape(key.shape)}; to use many keys at once, vmap over them`,
  );
}

/** 32 random bits an element, as int32. */
export function bits(key: Node, shape: Shape): Node {
  return make("threefry", [key], { shape });
}

/** Two words of 32 bits an element. */
function bitPairs(key: Node, shape: Shape): readonly [Node, Node] {
  const rank = shape.length;
  const pairs = bits(key, [...shape, 2]);
  const word = (i: number): Node => build.reshape(sliceAxis(pairs, rank, i, 1), shape);
  return [word(0), word(1)];
}

function xorWords(key: Node, [a, b]: readonly [number, number]): Node {
  return build.binary("xor", key, makeBuffer([2], "int32", Int32Array.of(a, b)));
}

/** `count` keys as the rows of one tensor; bit for bit those of base/random.ts, as with `fold`. */
export function split(key: Node, count: number): Node {
  if (!Number.isInteger(count) || count < 0)
    throw new UserError(`split: the count must be a whole number ≥ 0, got ${count}`);
  if (key.storage instanceof Int32Array) {
    const rows = new Int32Array(2 * count);
    for (const [i, row] of splitKey(key.storage, count).entries()) rows.set(row, 2 * i);
    return makeBuffer([count, 2], "int32", rows);
  }
  return bits(xorWords(key, splitDomain), [count, 2]);
}

export function fold(key: Node, data: number | string): Node {
  if (key.storage instanceof Int32Array) return makeBuffer([2], "int32", foldKey(key.storage, data));
  if (typeof data === "number") return bits(xorWords(xorWords(key, foldDomain), words("fold: a number", data)), [2]);
  return textWords(data).reduce(
    (state, pair) => bits(xorWords(xorWords(state, foldDomain), pair), [2]),
    xorWords(key, textDomain),
  );
}

/** The key of a whole number that is only known when the program runs; the same as that of the plain number. */
export function foldTensor(key: Node, data: Node): Node {
  if (data.dtype !== "int32" || data.shape.length !== 0) {
    throw new DTypeError(
      `fold: the data must be a number, a text or an int32 tensor of rank 0, got ${data.dtype} of shape ${formatShape(data.shape)}`,
    );
  }
  const high = build.select(build.binary("lt", data, 0), -1, build.full([], 0, "int32"));
  const pair = make("concat", [build.reshape(data, [1]), build.reshape(high, [1])], { axis: 0 });
  return bits(build.binary("xor", xorWords(key, foldDomain), pair), [2]);
}

/** Uniform in [0, 1): multiples of 2⁻²⁴ in float32, of 2⁻⁵³ in float64. */
export function unitUniform(key: Node, shape: Shape, dtype: FloatDType): Node {
  if (dtype === "float32") return build.mul(build.cast(shiftRight(bits(key, shape), 8), "float32"), 2 ** -24);
  const [a, b] = bitPairs(key, shape);
  const [high, low] = [build.cast(shiftRight(a, 5), "float64"), build.cast(shiftRight(b, 6), "float64")];
  return build.mul(build.add(build.mul(high, 2 ** 26), low), 2 ** -53);
}

function shiftRight(x: Node, by: number): Node {
  return build.binary("shiftRight", x, by);
}

/** `value` in the precision of `dtype`. */
function rounded(value: number, dtype: FloatDType): number {
  return dtype === "float32" ? Math.fround(value) : value;
}

/** The number just below a finite `value` in `dtype`. */
export function nextBelow(value: number, dtype: FloatDType): number {
  if (value === 0) return dtype === "float32" ? -(2 ** -149) : -Number.MIN_VALUE;
  const towards = value > 0 ? -1 : 1;
  if (dtype === "float32") {
    const float = Float32Array.of(value);
    const word = new Int32Array(float.buffer);
    word[0] = (word[0] ?? 0) + towards;
    return float[0] ?? value;
  }
  const float = Float64Array.of(value);
  const word = new BigInt64Array(float.buffer);
  word[0] = (word[0] ?? 0n) + BigInt(towards);
  return float[0] ?? value;
}

/** The lowest number of `dtype` that is not below `value`. */
export function roundedUp(value: number, dtype: FloatDType): number {
  const near = rounded(value, dtype);
  return near < value && Number.isFinite(near) ? -nextBelow(-near, dtype) : near;
}

/** Uniform in [low, high). */
export function uniform(key: Node, shape: Shape, dtype: FloatDType, low: number, high: number): Node {
  const [from, to] = [rounded(low, dtype), rounded(high, dtype)];
  if (!(from < to) || !Number.isFinite(to - from) || !Number.isFinite(rounded(to - from, dtype))) {
    throw new UserError(`uniform: needs finite low < high in ${dtype}, got ${low} and ${high}`);
  }
  const unit = unitUniform(key, shape, dtype);
  if (from === 0 && to === 1) return unit;
  const spread = build.add(build.mul(unit, numberNode(rounded(to - from, dtype), dtype)), numberNode(from, dtype));
  // Rounding can carry the sum to `high`, which is not among the results.
  return build.binary("min", spread, numberNode(nextBelow(to, dtype), dtype));
}

/**
 * Standard normal: the sign from one bit, the size as the quantile of 31 (float32) or 62 (float64) further ones, so that tails reach
 * to 6.2 and 9.0 standard deviations with full relative precision.
 */
export function standardNormal(key: Node, shape: Shape, dtype: FloatDType): Node {
  const [signed, magnitude] = dtype === "float32" ? signedWord(key, shape) : signedPair(key, shape);
  const scale = dtype === "float32" ? 2 ** -32 : 2 ** -63;
  const p = build.mul(build.add(magnitude, 0.5), scale);
  const size = upperQuantile(p, dtype === "float64");
  return build.select(signed, build.neg(size), size);
}

function signedWord(key: Node, shape: Shape): readonly [Node, Node] {
  const word = bits(key, shape);
  return [build.binary("lt", word, 0), build.cast(build.binary("and", word, 0x7fffffff), "float32")];
}

function signedPair(key: Node, shape: Shape): readonly [Node, Node] {
  const [a, b] = bitPairs(key, shape);
  const high = build.cast(build.binary("and", a, 0x7fffffff), "float64");
  return [build.binary("lt", a, 0), build.add(build.mul(high, 2 ** 31), build.cast(shiftRight(b, 1), "float64"))];
}

/** Beyond this many standard deviations Φ is too small for float64. */
const farthest = 37;

/** Standard normal given that it lies in [low, high], by inversion of Φ; computed in float64 for the sake of the tails. */
export function truncatedNormal(key: Node, shape: Shape, low: number, high: number): Node {
  if (!(low < high)) throw new UserError(`truncatedNormal: needs low < high, got ${low} and ${high}`);
  if (low > farthest || high < -farthest) {
    throw new UserError(
      `truncatedNormal: the interval [${low}, ${high}] lies beyond ${farthest} standard deviations, where float64 has no probability left`,
    );
  }
  // In the upper half Φ is too close to 1: there the mirrored interval is used.
  const mirrored = low > 0;
  const [from, to] = mirrored ? [normalCdf(-high), normalCdf(-low)] : [normalCdf(low), normalCdf(high)];
  const u = unitUniform(key, shape, "float64");
  const p = build.add(build.mul(u, numberNode(to - from, "float64")), numberNode(from, "float64"));
  const lower = build.binary("max", p, 1e-300);
  const upper = build.binary("max", build.sub(1, p), 2 ** -54);
  const below = build.binary("le", p, 0.5);
  const size = upperQuantile(build.select(below, lower, upper), true);
  const value = build.select(below, build.neg(size), size);
  return mirrored ? build.neg(value) : value;
}

/** The high 32 bits of the product of two words without sign, by products of halves. */
function multiplyHigh(a: Node, b: Node): Node {
  const half = (x: Node): Node => build.binary("and", x, 0xffff);
  const [a0, a1, b0, b1] = [half(a), shiftRight(a, 16), half(b), shiftRight(b, 16)];
  const [low, left, right, high] = [build.mul(a0, b0), build.mul(a1, b0), build.mul(a0, b1), build.mul(a1, b1)];
  const middle = build.add(build.add(shiftRight(low, 16), half(left)), half(right));
  return build.add(build.add(high, shiftRight(left, 16)), build.add(shiftRight(right, 16), shiftRight(middle, 16)));
}

const signBit = -2147483648;

function lessUnsigned(a: Node, b: Node): Node {
  return build.binary("lt", build.binary("xor", a, signBit), build.binary("xor", b, signBit));
}

/**
 * Whole numbers in [low, high): ⌊w·n / 2⁶⁴⌋ of a random word w of 64 bits and n = high − low. Each comes from ⌊2⁶⁴/n⌋ or one more of the
 * 2⁶⁴ words, so that no probability is off by more than the fraction n·2⁻⁶⁴ ≤ 2⁻³² of itself.
 */
export function integers(key: Node, shape: Shape, low: number, high: number): Node {
  const inside = (x: number): boolean => Number.isInteger(x) && x >= -(2 ** 31) && x <= 2 ** 31;
  if (!inside(low) || !inside(high) || low >= high) {
    throw new UserError(
      `integers: needs whole numbers low < high from -2147483648 to 2147483648, got ${low} and ${high}`,
    );
  }
  if (high - low === 2 ** 32) return bits(key, shape);
  const n = build.broadcastTo(numberNode((high - low) | 0, "int32"), shape);
  const [a, b] = bitPairs(key, shape);
  const below = build.mul(a, n);
  const carriedInto = build.add(below, multiplyHigh(b, n));
  const carry = build.cast(lessUnsigned(carriedInto, below), "int32");
  return build.add(build.add(multiplyHigh(a, n), carry), numberNode(low, "int32"));
}

/** True with the probability of a plain number, to 2⁻³¹. */
export function bernoulliNumber(key: Node, shape: Shape, probability: number): Node {
  if (!(probability >= 0 && probability <= 1))
    throw new UserError(`bernoulli: the probability must lie between 0 and 1, got ${probability}`);
  // At most 2³¹ − 1: a probability of 1 takes every word.
  const last = Math.round(probability * 2 ** 31) - 1;
  return build.binary("le", build.binary("and", bits(key, shape), 0x7fffffff), numberNode(last, "int32"));
}

/** True with the probability given for each element, to 2⁻³¹. */
export function bernoulliTensor(key: Node, shape: Shape, probability: Node): Node {
  const p = build.broadcastTo(probability, shape);
  const word = build.binary("and", bits(key, shape), 0x7fffffff);
  // The largest float32 below 2³¹, so that the cast stays inside int32; a probability of 1 is asked for apart.
  const threshold = build.cast(build.binary("min", build.mul(p, 2 ** 31), 2 ** 31 - 128), "int32");
  return build.binary("or", build.binary("lt", word, threshold), build.binary("le", 1, p));
}

/** Exponential with mean 1: −ln(1 − u), with u of full relative precision near 0 and never 0. */
export function exponential(key: Node, shape: Shape, dtype: FloatDType): Node {
  const word = dtype === "float32" ? build.cast(shiftRight(bits(key, shape), 1), "float32") : signedPair(key, shape)[1];
  const u = build.mul(build.add(word, 0.5), dtype === "float32" ? 2 ** -31 : 2 ** -62);
  const limit = dtype === "float32" ? 1 - 2 ** -24 : 1 - 2 ** -53;
  return build.neg(build.unary("log1p", build.neg(build.binary("min", u, limit))));
}

/** Standard Gumbel: −ln of an exponential. The large values, which decide a maximum, are the precise ones. */
export function gumbel(key: Node, shape: Shape, dtype: FloatDType): Node {
  return build.neg(build.unary("log", exponential(key, shape, dtype)));
}

/** An index along the axis with the probabilities softmax(logits): the largest of logits + Gumbel noise. */
export function categorical(key: Node, logits: Node, axis: number, shape: Shape): Node {
  const along = normalizeAxis("categorical", axis, logits.shape.length);
  const n = logits.shape[along] ?? 0;
  if (n === 0)
    throw new ShapeError(
      `categorical: axis ${along} of ${formatShape(logits.shape)} is empty: there is nothing to choose from`,
    );
  if (logits.dtype !== "float32" && logits.dtype !== "float64") {
    throw new DTypeError(`categorical: logits (logarithms of probabilities) must be float, got ${logits.dtype}`);
  }
  const moved = moveAxis(logits, along, -1);
  const full = [...shape, ...moved.shape];
  const noisy = build.add(moved, gumbel(key, full, logits.dtype));
  return make("argmax", [noisy], { axis: full.length - 1 });
}

/** 0 … n − 1 in random order: the order of n random float64, whose chance of a tie is below n²·2⁻⁵⁴. */
export function permutation(key: Node, n: number): Node {
  if (!Number.isInteger(n) || n < 0) throw new UserError(`permutation: the count must be a whole number ≥ 0, got ${n}`);
  return argsort(unitUniform(key, [n], "float64"), 0, false);
}

export function firstOf(x: Node, count: number): Node {
  return sliceAxis(x, 0, 0, count);
}

/** `count` different indices along n weights given as logits: the largest of logits + Gumbel noise. */
export function withoutReplacement(key: Node, logits: Node, count: number): Node {
  const n = sizeOf(logits.shape);
  const noisy = build.add(logits, gumbel(key, [n], logits.dtype === "float64" ? "float64" : "float32"));
  return sliceAxis(argsort(noisy, 0, true), 0, 0, count);
}
