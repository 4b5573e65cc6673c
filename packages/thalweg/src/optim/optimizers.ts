/**
 * The optimisers by name. Formulas and defaults are PyTorch's, so that the same settings give the same trajectory. θ are the parameters, g
 * their gradients, η the learning rate; everything is elementwise. All numbers are run-time inputs of a training step.
 */
import { checkRecord, checkSettings, named, noMore, type Optimizer } from "./optimizer.js";
import {
  addDecayedWeights,
  averagedGradients,
  heavyBall,
  scaleByAdaGrad,
  scaleByAdam,
  scaleByLearningRate,
  scaleByRms,
} from "./scaling.js";

export interface LearningRate {
  /** η; each optimiser names its default. */
  readonly learningRate?: number;
}

/** Gradient descent: θ ← θ − ηg. Default: η = 0.01. */
export function sgd(options: LearningRate = {}): Optimizer {
  checkRecord("sgd", options);
  const { learningRate = 0.01, ...rest } = options;
  noMore("sgd", rest);
  checkSettings("sgd", { learningRate });
  return named("sgd", scaleByLearningRate(learningRate));
}

export interface MomentumOptions extends LearningRate {
  /** How much of the velocity stays from step to step. Default: 0.9. */
  readonly momentum?: number;
}

function momentumSettings(name: string, options: MomentumOptions): Required<MomentumOptions> {
  checkRecord(name, options);
  const { learningRate = 0.01, momentum = 0.9, ...rest } = options;
  noMore(name, rest);
  checkSettings(name, { learningRate, momentum });
  return { learningRate, momentum };
}

/**
 * Classical momentum (heavy ball): v ← μv + g, θ ← θ − ηv; v starts at 0. Default: η = 0.01. Steps grow up to 1/(1 − μ)-fold; the averaged
 * form, where they do not, is `averagedMomentum`.
 *
 * B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
 */
export function momentum(options: MomentumOptions = {}): Optimizer {
  const { learningRate, momentum: mu } = momentumSettings("momentum", options);
  return named("momentum", heavyBall(mu), scaleByLearningRate(learningRate));
}

/** Momentum as a running average: m ← μm + (1 − μ)g, θ ← θ − ηm; the same as `momentum` with a learning rate of η(1 − μ). Default: η = 0.01. */
export function averagedMomentum(options: MomentumOptions = {}): Optimizer {
  const { learningRate, momentum: mu } = momentumSettings("averagedMomentum", options);
  return named("averagedMomentum", averagedGradients(mu), scaleByLearningRate(learningRate));
}

/**
 * Nesterov's accelerated gradient in the form of Sutskever et al. (ICML 2013): v ← μv + g, θ ← θ − η(g + μv). Default: η = 0.01.
 */
export function nesterov(options: MomentumOptions = {}): Optimizer {
  const { learningRate, momentum: mu } = momentumSettings("nesterov", options);
  return named("nesterov", heavyBall(mu, { nesterov: true }), scaleByLearningRate(learningRate));
}

export interface AdaGradOptions extends LearningRate {
  /** What the sums of squares start at. Default: 0. */
  readonly initialAccumulator?: number;
  /** Default: 1e-10. */
  readonly epsilon?: number;
}

/**
 * s ← s + g², θ ← θ − ηg / (√s + ε). Default: η = 0.01.
 *
 * J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 2011.
 */
export function adagrad(options: AdaGradOptions = {}): Optimizer {
  checkRecord("adagrad", options);
  const { learningRate = 0.01, initialAccumulator = 0, epsilon = 1e-10, ...rest } = options;
  noMore("adagrad", rest);
  checkSettings("adagrad", { learningRate, initialAccumulator, epsilon });
  return named("adagrad", scaleByAdaGrad({ initialAccumulator, epsilon }), scaleByLearningRate(learningRate));
}

export interface RmspropOptions extends LearningRate {
  /** α, how much of the average of squares stays from step to step. Default: 0.99. */
  readonly smoothing?: number;
  /** Default: 1e-8. */
  readonly epsilon?: number;
  /** Heavy-ball momentum of the scaled gradients. Default: 0, none. */
  readonly momentum?: number;
  /** Divide by the deviation rather than the root mean square. Default: false. */
  readonly centered?: boolean;
}

/**
 * v ← αv + (1 − α)g², θ ← θ − ηg / (√v + ε). Default: η = 0.01.
 *
 * T. Tieleman, G. Hinton, "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, 2012.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkRecord("rmsprop", options);
  const {
    learningRate = 0.01,
    smoothing = 0.99,
    epsilon = 1e-8,
    momentum: mu = 0,
    centered = false,
    ...rest
  } = options;
  noMore("rmsprop", rest);
  checkSettings("rmsprop", { learningRate, smoothing, epsilon, momentum: mu });
  const scaled = scaleByRms({ smoothing, epsilon }, { centered });
  const rate = scaleByLearningRate(learningRate);
  return mu === 0 ? named("rmsprop", scaled, rate) : named("rmsprop", scaled, heavyBall(mu), rate);
}

export interface AdamOptions extends LearningRate {
  /** How much of the average of gradients stays from step to step. Default: 0.9. */
  readonly beta1?: number;
  /** How much of the average of squares stays. Default: 0.999. */
  readonly beta2?: number;
  /** Default: 1e-8. */
  readonly epsilon?: number;
}

/**
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η m̂ / (√v̂ + ε), both averages corrected for starting at 0. Default: η = 0.001. For L2
 * regularisation write `chain(addDecayedWeights(λ), adam())`; decay that does not go through the averages is `adamW`.
 *
 * D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkRecord("adam", options);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, ...rest } = options;
  noMore("adam", rest);
  checkSettings("adam", { learningRate, beta1, beta2, epsilon });
  return named("adam", scaleByAdam({ beta1, beta2, epsilon }), scaleByLearningRate(learningRate));
}

export interface AdamWOptions extends AdamOptions {
  /** λ; a step shrinks weights by ηλ. Default: 0.01. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay: θ ← θ − η(m̂ / (√v̂ + ε) + λθ). Default: η = 0.001. All parameters decay, biases too.
 *
 * I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  checkRecord("adamW", options);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, ...rest } = options;
  noMore("adamW", rest);
  checkSettings("adamW", { learningRate, beta1, beta2, epsilon, weightDecay });
  return named(
    "adamW",
    scaleByAdam({ beta1, beta2, epsilon }),
    addDecayedWeights(weightDecay),
    scaleByLearningRate(learningRate),
  );
}
