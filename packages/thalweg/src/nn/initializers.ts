/**
 * First values of parameters. Each element takes one word of the counter-based generator at its own position, so that a value depends on
 * the key and the position only, and every engine gives the same bits; float32 values are the float64 ones rounded.
 *
 * He: K. He et al., "Delving deep into rectifiers", ICCV 2015. Xavier: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep
 * feedforward neural networks", AISTATS 2010. LeCun: Y. LeCun et al., "Efficient BackProp", 1998.
 */
import type { TypedArray } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import { type Key, randomBits } from "../base/random.js";
import { type Shape, sizeOf } from "../base/shape.js";
import { normalQuantile } from "./normal-quantile.js";

export interface Initializer {
  /** Shown when a module is printed. */
  readonly name: string;
  /** Writes the first values of a parameter of `shape` into `target`, row-major. Must depend on its arguments only. */
  fill(target: TypedArray, shape: Shape, key: Key): void;
}

/** Inputs that one output sums, and outputs that one input reaches. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Of a weight of shape […kernel, inputs, outputs]: fanIn is inputs, fanOut is outputs, each times the size of the kernel. Of a vector both are
 * its length.
 */
export function fans(shape: Shape): Fans {
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  const kernel = sizeOf(shape.slice(0, -2));
  return { fanIn: kernel * (shape.at(-2) ?? 1), fanOut: kernel * (shape.at(-1) ?? 1) };
}

/** Every element `value`. */
export function constant(value: number): Initializer {
  return { name: `constant(${value})`, fill: (target) => void target.fill(value) };
}

/** Every element 0: the usual start of biases. Weights of hidden layers must not all be equal, or they stay equal. */
export function zeros(): Initializer {
  return { name: "zeros", fill: (target) => void target.fill(0) };
}

/** Every element 1: the usual start of scales. */
export function ones(): Initializer {
  return { name: "ones", fill: (target) => void target.fill(1) };
}

/** Uniform on (low, high). */
export function uniform(low: number, high: number): Initializer {
  if (!(low <= high)) throw new UserError(`uniform: needs low ≤ high, got ${low} and ${high}`);
  return drawn(`uniform(${low}, ${high})`, () => (u) => low + (high - low) * u);
}

/** Normal with this mean and standard deviation (≥ 0, else UserError), whatever the shape. Default: 0 and 1. */
export function normal(mean = 0, standardDeviation = 1): Initializer {
  checkDeviation("normal", standardDeviation);
  return drawn(`normal(${mean}, ${standardDeviation})`, () => (u) => mean + standardDeviation * normalQuantile(u));
}

/** Φ(−2), the share of a normal distribution below −2 standard deviations. */
const belowMinusTwo = 0.02275013194817921;

/** Normal, cut at two of *its* standard deviations from the mean on both sides; the deviation of what is left is 0.8796 times that. */
export function truncatedNormal(mean = 0, standardDeviation = 1): Initializer {
  checkDeviation("truncatedNormal", standardDeviation);
  return drawn(
    `truncatedNormal(${mean}, ${standardDeviation})`,
    () => (u) => mean + standardDeviation * normalQuantile(belowMinusTwo + (1 - 2 * belowMinusTwo) * u),
  );
}

/** Uniform on ±√(6 / fanIn), the variance 2 / fanIn that keeps the scale through ReLU. */
export function heUniform(): Initializer {
  return drawn("heUniform", ({ fanIn }) => symmetric(6 / fanIn));
}

/** Normal with variance 2 / fanIn. */
export function heNormal(): Initializer {
  return drawn("heNormal", ({ fanIn }) => centred(2 / fanIn));
}

/** Uniform on ±√(6 / (fanIn + fanOut)): for tanh, sigmoid and linear layers. */
export function xavierUniform(): Initializer {
  return drawn("xavierUniform", ({ fanIn, fanOut }) => symmetric(6 / (fanIn + fanOut)));
}

/** Normal with variance 2 / (fanIn + fanOut). */
export function xavierNormal(): Initializer {
  return drawn("xavierNormal", ({ fanIn, fanOut }) => centred(2 / (fanIn + fanOut)));
}

/** Uniform on ±√(3 / fanIn), the variance 1 / fanIn. */
export function lecunUniform(): Initializer {
  return drawn("lecunUniform", ({ fanIn }) => symmetric(3 / fanIn));
}

/** Normal with variance 1 / fanIn. */
export function lecunNormal(): Initializer {
  return drawn("lecunNormal", ({ fanIn }) => centred(1 / fanIn));
}

/** `value(fans)` makes of u, uniform on (0, 1), a value. */
function drawn(name: string, value: (fans: Fans) => (u: number) => number): Initializer {
  return {
    name,
    fill(target, shape, key) {
      const bits = randomBits(key, target.length);
      const of = value(fans(shape));
      for (let i = 0; i < target.length; i += 1) target[i] = of(((bits[i] ?? 0) + 2147483648.5) / 4294967296);
    },
  };
}

function symmetric(boundSquared: number): (u: number) => number {
  const bound = Math.sqrt(boundSquared);
  return (u) => bound * (2 * u - 1);
}

function centred(variance: number): (u: number) => number {
  const deviation = Math.sqrt(variance);
  return (u) => deviation * normalQuantile(u);
}

function checkDeviation(name: string, deviation: number): void {
  if (!(deviation >= 0)) throw new UserError(`${name}: the standard deviation must be ≥ 0, got ${deviation}`);
}
