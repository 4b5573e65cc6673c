/** Activations as functions of tensors. Derivatives are those of PyTorch where the function has a corner. */
import { UserError } from "../base/errors.js";
import { select, zerosLike } from "../graph/build.js";
import { checkTensor } from "../tensor/operand.js";
import { Tensor } from "../tensor/tensor.js";

/** max(x, 0); derivative 0 at 0. */
export function relu(x: Tensor): Tensor {
  checkTensor("relu", x);
  return x.relu();
}

export interface LeakyReLUOptions {
  /** The slope below 0. Default: 0.01. */
  readonly slope?: number;
}

/** x above 0, slope · x elsewhere. */
export function leakyReLU(x: Tensor, { slope = 0.01 }: LeakyReLUOptions = {}): Tensor {
  checkTensor("leakyReLU", x);
  return choose(x.gt(0), x, x.mul(slope));
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Tensor): Tensor {
  checkTensor("sigmoid", x);
  return x.sigmoid();
}

/** The hyperbolic tangent, (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). */
export function tanh(x: Tensor): Tensor {
  checkTensor("tanh", x);
  return x.tanh();
}

export interface GELUOptions {
  /** "none": with the error function. "tanh": ½x(1 + tanh(√(2/π)(x + 0.044715x³))), off by at most 5e-4. Default: "none". */
  readonly approximate?: "none" | "tanh";
}

/** x · Φ(x), with the normal distribution function Φ. D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016. */
export function gelu(x: Tensor, { approximate = "none" }: GELUOptions = {}): Tensor {
  checkTensor("gelu", x);
  switch (approximate) {
    case "none":
      return x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1));
    case "tanh": {
      const inner = x
        .square()
        .mul(0.044715)
        .add(1)
        .mul(x)
        .mul(Math.sqrt(2 / Math.PI));
      return x.mul(0.5).mul(inner.tanh().add(1));
    }
    default:
      throw new UserError(`gelu: approximate must be "none" or "tanh", got ${String(approximate)}`);
  }
}

/** x · sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  checkTensor("silu", x);
  return x.mul(x.sigmoid());
}

/** ln(1 + eˣ). */
export function softplus(x: Tensor): Tensor {
  checkTensor("softplus", x);
  return x.softplus();
}

export interface ELUOptions {
  /** −alpha is the limit at −∞. Default: 1. */
  readonly alpha?: number;
}

/** x above 0, alpha · (eˣ − 1) elsewhere. */
export function elu(x: Tensor, { alpha = 1 }: ELUOptions = {}): Tensor {
  checkTensor("elu", x);
  const positive = x.gt(0);
  // Above 0 the exponential is taken of 0: where it overflows, its derivative times 0 would be NaN.
  return choose(
    positive,
    x,
    choose(positive, new Tensor(zerosLike(x.node)), x)
      .expm1()
      .mul(alpha),
  );
}

export interface AxisOptions {
  /** Default: −1, the last. */
  readonly axis?: number;
}

/** eˣ / Σeˣ along the axis. */
export function softmax(x: Tensor, { axis = -1 }: AxisOptions = {}): Tensor {
  checkTensor("softmax", x);
  return x.softmax({ axis });
}

/** The logarithm of softmax, exact also where softmax is tiny. */
export function logSoftmax(x: Tensor, { axis = -1 }: AxisOptions = {}): Tensor {
  checkTensor("logSoftmax", x);
  return x.logSoftmax({ axis });
}

/** Where the condition holds `a`, elsewhere `b`; all of one shape, `a` and `b` of one dtype. */
function choose(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return new Tensor(select(condition.node, a.node, b.node));
}
