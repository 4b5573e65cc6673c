/**
 * Limits for gradients (first in a chain) or steps (last in a chain), with PyTorch's formulas.
 *
 * R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013 (norms).
 */
import type { Tensor } from "../tensor/tensor.js";
import { checkSettings, type Optimizer, pick, positive, type Scalars } from "./optimizer.js";
import { globalNorm, mapTensors } from "./slots.js";

/** Added to a norm before dividing by it, as in PyTorch. */
const normEpsilon = 1e-6;

/** Every element limited to [−maximum, maximum]. */
export function clipByValue(maximum: number): Optimizer {
  return stateless("clipByValue", maximum, (gradients, scalars) => {
    const high = pick(scalars, "maximum", "clipByValue");
    const low = high.mul(-1);
    return mapTensors(gradients, (g) => g.maximum(low).minimum(high));
  });
}

/** Each tensor g by itself times min(1, maximum / (‖g‖ + 10⁻⁶)). */
export function clipByNorm(maximum: number): Optimizer {
  return stateless("clipByNorm", maximum, (gradients, scalars) => {
    const limit = pick(scalars, "maximum", "clipByNorm");
    return mapTensors(gradients, (g) => g.mul(factor(g.square().sum().sqrt(), limit)));
  });
}

/** All tensors times one factor, min(1, maximum / (‖g‖ + 10⁻⁶)), with the norm over all of them together: the direction stays. */
export function clipByGlobalNorm(maximum: number): Optimizer {
  return stateless("clipByGlobalNorm", maximum, (gradients, scalars) => {
    const scale = factor(globalNorm(gradients), pick(scalars, "maximum", "clipByGlobalNorm"));
    return mapTensors(gradients, (g) => g.mul(scale.cast(g.dtype)));
  });
}

function factor(norm: Tensor, limit: Tensor): Tensor {
  return norm.add(normEpsilon).reciprocal().mul(limit).minimum(1);
}

function stateless(
  name: string,
  maximum: number,
  update: (gradients: Readonly<Record<string, Tensor>>, scalars: Scalars) => Readonly<Record<string, Tensor>>,
): Optimizer {
  const settings = { maximum };
  checkSettings(name, settings, { maximum: positive });
  return {
    name: `${name}(${maximum})`,
    settings,
    init: () => [],
    update: (gradients, state, _parameters, scalars) => ({ updates: update(gradients, scalars), state }),
  };
}
