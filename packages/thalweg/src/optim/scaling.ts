/**
 * The parts that named optimisers are chains of: each turns gradients into directions of descent; `scaleByLearningRate` at the end turns a
 * direction into a step against it. g is the gradient, all operations are elementwise.
 */

import type { Tensor } from "../tensor/tensor.js";
import { checkSettings, type Optimizer, type OptimizerState, pick, type Tensors } from "./optimizer.js";
import { filled, filledLike, mapTensors, oneMinus, weak } from "./slots.js";

/**
 * x without subnormal numbers. A weight whose gradient has become 0 (behind a dead unit) leaves a moment that decays until it is subnormal, and
 * stays there: every later step is then several times slower. Adding and taking away a number this small rounds such values to 0 and changes
 * none that matters: below 1e-30 (float64: 1e-290) a moment moves no weight, and a mean square is lost beside ε.
 */
function normal(x: Tensor): Tensor {
  const small = x.dtype === "float64" ? 1e-290 : 1e-30;
  return x.add(small).sub(small);
}

/** u = −η g. */
export function scaleByLearningRate(learningRate: number): Optimizer {
  const settings = { learningRate };
  checkSettings("scaleByLearningRate", settings);
  return {
    name: "scaleByLearningRate",
    settings,
    init: () => [],
    update(gradients, state, _parameters, scalars) {
      const factor = pick(scalars, "learningRate", "scaleByLearningRate").mul(-1);
      return { updates: mapTensors(gradients, (g) => g.mul(factor)), state };
    },
  };
}

/** g + λθ. Before an optimiser this is L2 regularisation (of λ/2 ‖θ‖²), after its scaling it is decoupled weight decay. */
export function addDecayedWeights(weightDecay: number): Optimizer {
  const settings = { weightDecay };
  checkSettings("addDecayedWeights", settings);
  return {
    name: "addDecayedWeights",
    settings,
    init: () => [],
    update(gradients, state, parameters, scalars) {
      const decay = pick(scalars, "weightDecay", "addDecayedWeights");
      return { updates: mapTensors(gradients, (g, p) => p.mul(decay).add(g), parameters), state };
    },
  };
}

/**
 * Classical momentum, Polyak's heavy ball: v ← μv + g, direction v. In the long run steps are 1/(1 − μ) times as long as without. With
 * `nesterov` the direction is g + μv, the gradient as if taken one step ahead (Sutskever et al., ICML 2013, in PyTorch's form).
 */
export function heavyBall(momentum: number, { nesterov = false }: { readonly nesterov?: boolean } = {}): Optimizer {
  const settings = { momentum };
  checkSettings("heavyBall", settings);
  return {
    name: nesterov ? "nesterovBall" : "heavyBall",
    settings,
    init: (parameters) => filledLike(parameters, 0),
    update(gradients, state, _parameters, scalars) {
      const mu = pick(scalars, "momentum", "heavyBall");
      const velocity = mapTensors(gradients, (g, v) => normal(v.mul(mu).add(g)), state as Tensors);
      return {
        updates: nesterov ? mapTensors(gradients, (g, v) => v.mul(mu).add(g), velocity) : velocity,
        state: velocity,
      };
    },
  };
}

/** Averaged gradients: m ← βm + (1 − β)g, direction m. Steps stay as long as without; the first ones are shorter, for m starts at 0. */
export function averagedGradients(momentum: number): Optimizer {
  const settings = { momentum };
  checkSettings("averagedGradients", settings);
  return {
    name: "averagedGradients",
    settings,
    init: (parameters) => filledLike(parameters, 0),
    update(gradients, state, _parameters, scalars) {
      const beta = pick(scalars, "momentum", "averagedGradients");
      const rest = oneMinus(beta);
      const average = mapTensors(gradients, (g, m) => normal(m.mul(beta).add(g.mul(rest))), state as Tensors);
      return { updates: average, state: average };
    },
  };
}

/** s ← s + g², direction g / (√s + ε). */
export function scaleByAdaGrad(settings: { readonly initialAccumulator: number; readonly epsilon: number }): Optimizer {
  const { initialAccumulator, epsilon } = settings;
  checkSettings("scaleByAdaGrad", { initialAccumulator, epsilon });
  return {
    name: "scaleByAdaGrad",
    settings: { epsilon },
    init: (parameters) => filledLike(parameters, initialAccumulator),
    update(gradients, state, _parameters, scalars) {
      const eps = pick(scalars, "epsilon", "scaleByAdaGrad");
      const sums = mapTensors(gradients, (g, s) => s.add(g.square()), state as Tensors);
      return { updates: mapTensors(gradients, (g, s) => g.div(s.sqrt().add(eps)), sums), state: sums };
    },
  };
}

/** v ← αv + (1 − α)g², direction g / (√v + ε); `centered`: also a ← αa + (1 − α)g, and max(v − a², 0) in place of v. */
export function scaleByRms(
  settings: { readonly smoothing: number; readonly epsilon: number },
  { centered = false }: { readonly centered?: boolean } = {},
): Optimizer {
  const { smoothing, epsilon } = settings;
  checkSettings("scaleByRms", { smoothing, epsilon });
  return {
    name: "scaleByRms",
    settings: { smoothing, epsilon },
    init(parameters) {
      const squares = filledLike(parameters, 0);
      return centered ? { squares, means: filledLike(parameters, 0) } : { squares };
    },
    update(gradients, state, _parameters, scalars) {
      const [alpha, eps] = [pick(scalars, "smoothing", "scaleByRms"), pick(scalars, "epsilon", "scaleByRms")];
      const rest = oneMinus(alpha);
      const old = state as { readonly squares: Tensors; readonly means?: Tensors };
      const squares = mapTensors(gradients, (g, v) => normal(v.mul(alpha).add(g.square().mul(rest))), old.squares);
      if (old.means === undefined) {
        return { updates: mapTensors(gradients, (g, v) => g.div(v.sqrt().add(eps)), squares), state: { squares } };
      }
      const means = mapTensors(gradients, (g, a) => a.mul(alpha).add(g.mul(rest)), old.means);
      const updates = mapTensors(
        gradients,
        (g, v, a) => g.div(v.sub(a.square()).maximum(0).sqrt().add(eps)),
        squares,
        means,
      );
      return { updates, state: { squares, means } };
    },
  };
}

interface AdamState {
  readonly [slot: string]: OptimizerState;
  readonly firstMoments: Tensors;
  readonly secondMoments: Tensors;
  /** β₁ᵗ and β₂ᵗ, float64. */
  readonly beta1Power: Tensor;
  readonly beta2Power: Tensor;
}

/**
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², direction m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
 *
 * D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015. The powers of β are states, multiplied once a step in
 * float64: a program needs no power function, and β may change.
 */
export function scaleByAdam(settings: {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}): Optimizer {
  const { beta1, beta2, epsilon } = settings;
  checkSettings("scaleByAdam", { beta1, beta2, epsilon });
  return {
    name: "scaleByAdam",
    settings: { beta1, beta2, epsilon },
    init: (parameters): AdamState => ({
      firstMoments: filledLike(parameters, 0),
      secondMoments: filledLike(parameters, 0),
      beta1Power: filled([], 1, "float64"),
      beta2Power: filled([], 1, "float64"),
    }),
    update(gradients, state, _parameters, scalars) {
      const old = state as AdamState;
      const [b1, b2, eps] = [
        pick(scalars, "beta1", "scaleByAdam"),
        pick(scalars, "beta2", "scaleByAdam"),
        pick(scalars, "epsilon", "scaleByAdam"),
      ];
      const [rest1, rest2] = [oneMinus(b1), oneMinus(b2)];
      const firstMoments = mapTensors(gradients, (g, m) => normal(m.mul(b1).add(g.mul(rest1))), old.firstMoments);
      const secondMoments = mapTensors(
        gradients,
        (g, v) => normal(v.mul(b2).add(g.square().mul(rest2))),
        old.secondMoments,
      );
      const beta1Power = old.beta1Power.mul(b1);
      const beta2Power = old.beta2Power.mul(b2);
      const firstScale = weak(oneMinus(beta1Power).reciprocal());
      const secondScale = weak(oneMinus(beta2Power).rsqrt());
      const updates = mapTensors(
        firstMoments,
        (m, v) => m.mul(firstScale).div(v.sqrt().mul(secondScale).add(eps)),
        secondMoments,
      );
      return { updates, state: { firstMoments, secondMoments, beta1Power, beta2Power } };
    },
  };
}

/** No change: for switching a part of a chain off. */
export function identity(): Optimizer {
  return {
    name: "identity",
    settings: {},
    init: () => [],
    update: (gradients, state) => ({ updates: gradients, state }),
  };
}
