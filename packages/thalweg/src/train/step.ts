/** `trainingStep`: forward, backward and update as one program. */
import type { TypedArray } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import { fold, key } from "../base/random.js";
import { flatten } from "../base/trees.js";
import { makeInput } from "../graph/node.js";
import { differentiate, type LossAndGradients } from "../nn/gradients.js";
import type { Module } from "../nn/module.js";
import type { Parameter } from "../nn/parameter.js";
import { keysFrom, withKeys } from "../nn/randomness.js";
import { parameters } from "../nn/state.js";
import { type Optimizer, pick, type Scalars, type Tensors } from "../optim/optimizer.js";
import { globalNorm, mapTensors } from "../optim/slots.js";
import type { Traced } from "../runtime/device.js";
import { Variable } from "../runtime/variable.js";
import { type Argument, compile } from "../tensor/compile.js";
import * as random from "../tensor/random.js";
import { Tensor } from "../tensor/tensor.js";
import { readVariable, traceProgram, withMode } from "../tensor/trace.js";
import { GradientBlock } from "./gradient-block.js";
import { assignLike, OptimizerSlots } from "./slots.js";

export interface TrainingStepOptions {
  /** Of dropout and the like. Default: the network's seed. */
  readonly seed?: number;
  /** In place of the optimiser's own. */
  readonly learningRate?: number;
  /** Whether each step also measures norms, for `metrics()`. Default: false. */
  readonly metrics?: boolean;
}

export interface StepMetrics {
  readonly loss: number;
  /** ‖g‖ over all parameters, before the optimiser (and its clipping) has seen the gradients. */
  readonly gradientNorm: number;
  /** ‖θ‖ over all parameters, before the step. */
  readonly weightNorm: number;
  /** ‖Δθ‖ / ‖θ‖: about 1e-3 is usual, 1e-1 is much too long a step. */
  readonly updateRatio: number;
}

/** See `trainingStep`. */
export interface TrainingStep<B extends readonly unknown[]> {
  /** One step on a batch. Returns the loss before the step. */
  (...batch: { [K in keyof B]: Argument<B[K]> }): Tensor;
  readonly net: Module;
  readonly optimizer: Optimizer;
  /** How many updates were made. */
  readonly steps: number;
  /** NaN if the optimiser has none. */
  readonly learningRate: number;
  /** From the next step on; nothing is compiled anew. */
  setLearningRate(learningRate: number): void;
  /** All settings of the optimiser, by name. */
  readonly settings: Readonly<Record<string, number>>;
  /** Changes some of them, from the next step on. */
  set(settings: Readonly<Record<string, number>>): void;
  /** The first half of a step: computes all gradients and keeps them, without changing parameters. Returns the loss. */
  gradients(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor;
  /** Like `gradients`, adding to what is kept. */
  accumulate(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor;
  /** The second half: updates the parameters by the gradients that are kept, times `scale` (1 / k after k accumulated batches). Default: 1. */
  apply(scale?: number): void;
  /** The gradients that are kept, by path of the parameter. */
  keptGradients(): Record<string, Tensor>;
  /** The blocks behind them, one a dtype: for exchange and scaling. */
  readonly gradientBlocks: readonly Variable[];
  /** Of the last step; needs the option `metrics`. */
  metrics(): StepMetrics;
  /** All that the step itself keeps (optimiser, random state), by name: with the network's `stateDict`, what to keep to resume to the bit. */
  state(): Record<string, Tensor>;
  /** Puts back what `state` gave. */
  restore(state: Readonly<Record<string, Tensor>>): void;
  /** The graph of loss and gradients (outputs: the loss, then the gradients), not compiled: for looking into it. */
  trace(...batch: { [K in keyof B]: Argument<B[K]> }): {
    readonly traced: Traced;
    readonly values: readonly (TypedArray | number)[];
  };
}

/**
 * One step of training as a function of the batch: forward, backward and update are one program, compiled at the first call for each
 * combination of shapes. Parameters and the optimiser's state stay with the program between calls; programs made with `compile` from the
 * same network see the new parameters. Inside, the network is in training mode.
 *
 *     const step = trainingStep(net, (x, y) => meanSquaredError(net.forward(x), y), adam({ learningRate: 1e-3 }));
 *     step(x, y).item();
 *
 * @throws UserError when the network has no parameters; at the first call when `loss` uses a parameter that the network does not reach,
 * and ShapeError when it gives more than one number.
 */
export function trainingStep<B extends readonly unknown[]>(
  net: Module,
  loss: (...batch: B) => Tensor,
  optimizer: Optimizer,
  options: TrainingStepOptions = {},
): TrainingStep<B> {
  const state = new StepState(net, optimizer, options);
  const { metrics = false } = options;
  let measured: StepResult | undefined;

  const whole = compile(
    (numbers: readonly Tensor[], ...batch: B): StepResult => {
      const { loss: value, gradients } = state.differentiate(() => loss(...batch));
      const { old, updates } = state.update(gradients, numbers);
      if (!metrics) return { loss: value };
      const weightNorm = globalNorm(old);
      return {
        loss: value,
        gradientNorm: globalNorm(gradients),
        weightNorm,
        updateRatio: globalNorm(updates).div(weightNorm),
      };
    },
    { training: true, name: "trainingStep" },
  );
  const half = (accumulate: boolean) =>
    compile(
      (...batch: B): Tensor => {
        const { loss: value, gradients } = state.differentiate(() => loss(...batch));
        state.block.write(gradients, accumulate);
        return value;
      },
      { training: true, name: accumulate ? "accumulate" : "gradients" },
    );
  let replace: ReturnType<typeof half> | undefined;
  let add: ReturnType<typeof half> | undefined;
  const apply = compile(
    (numbers: readonly Tensor[], scale: Tensor): void => {
      state.update(
        mapTensors(state.block.read(), (g) => g.mul(scale)),
        numbers,
      );
    },
    { training: true, name: "apply" },
  );

  const step = (...batch: { [K in keyof B]: Argument<B[K]> }): Tensor => {
    measured = whole(state.numbers, ...batch);
    state.steps += 1;
    return measured.loss;
  };
  const methods = {
    net,
    optimizer,
    setLearningRate: (learningRate: number) => state.setLearningRate(learningRate),
    set: (settings: Readonly<Record<string, number>>) => state.set(settings),
    gradients(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor {
      replace ??= half(false);
      return replace(...batch);
    },
    accumulate(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor {
      add ??= half(true);
      return add(...batch);
    },
    apply(scale = 1): void {
      apply(state.numbers, scale);
      state.steps += 1;
    },
    keptGradients: () => state.block.read(),
    metrics: () => readMetrics(measured),
    trace(...batch: { [K in keyof B]: Argument<B[K]> }) {
      const flat = flatten(batch, (x): x is Tensor | number => x instanceof Tensor || typeof x === "number");
      const inputs = flat.leaves.map((x, i) =>
        x instanceof Tensor
          ? makeInput(`argument ${i}`, x.node)
          : makeInput(`argument ${i}`, { shape: [], dtype: "float64" }),
      );
      const symbols = flat.rebuild(inputs.map((node, i) => new Tensor(node, typeof flat.leaves[i] === "number"))) as B;
      const { result, trace } = traceProgram(() =>
        withMode({ training: true }, () => state.differentiate(() => loss(...symbols))),
      );
      const outputs = [result.loss.node, ...Object.values(result.gradients).map((g) => g.node)];
      const updates = [...trace.updates].map(([variable, value]) => ({ variable, value }));
      return {
        traced: { inputs, outputs, updates },
        values: flat.leaves.map((x) => (x instanceof Tensor ? x.storage("trace") : x)),
      };
    },
    state: () => state.save(),
    restore: (saved: Readonly<Record<string, Tensor>>) => state.restore(saved),
  };
  Object.assign(step, methods);
  Object.defineProperties(step, {
    steps: { get: () => state.steps },
    learningRate: { get: () => state.learningRate },
    settings: { get: () => state.settings },
    gradientBlocks: { get: () => state.block.variables },
  });
  return step as unknown as TrainingStep<B>;
}

interface StepResult {
  readonly loss: Tensor;
  readonly gradientNorm?: Tensor;
  readonly weightNorm?: Tensor;
  readonly updateRatio?: Tensor;
}

function readMetrics(measured: StepResult | undefined): StepMetrics {
  if (measured === undefined) throw new UserError("metrics: no step was made yet");
  const { loss, gradientNorm, weightNorm, updateRatio } = measured;
  if (gradientNorm === undefined || weightNorm === undefined || updateRatio === undefined) {
    throw new UserError("metrics: make the step with { metrics: true }");
  }
  return {
    loss: loss.item(),
    gradientNorm: gradientNorm.item(),
    weightNorm: weightNorm.item(),
    updateRatio: updateRatio.item(),
  };
}

/** What a step keeps between calls, and what its programs do with it while they are traced. */
class StepState {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Values of the settings, in the order of `#names`; the same array at every call. */
  readonly numbers: number[];
  steps = 0;
  readonly #optimizer: Optimizer;
  readonly #names: readonly string[];
  readonly #rates: readonly number[];
  readonly #slots: OptimizerSlots;
  readonly #key: Variable;
  readonly #count: Variable;
  #block: GradientBlock | undefined;

  constructor(net: Module, optimizer: Optimizer, { seed, learningRate }: TrainingStepOptions) {
    this.#optimizer = optimizer;
    this.parameters = parameters(net);
    if (Object.keys(this.parameters).length === 0) {
      throw new UserError(
        `trainingStep: ${net.constructor.name} has no parameters (they must stand in properties of modules)`,
      );
    }
    this.#names = Object.keys(optimizer.settings);
    this.numbers = this.#names.map((name) => pick(optimizer.settings, name, optimizer.name));
    this.#rates = this.#names.flatMap((name, i) => (/(^|\.)learningRate$/.test(name) ? [i] : []));
    this.#slots = new OptimizerSlots(optimizer, this.values());
    this.#key = new Variable(
      "random.key",
      [2],
      "int32",
      fold(key(seed ?? net.moduleOptions.seed ?? 0), "random state of the step"),
    );
    this.#count = new Variable("random.count", [], "int32");
    if (learningRate !== undefined) this.setLearningRate(learningRate);
  }

  get block(): GradientBlock {
    this.#block ??= new GradientBlock(this.parameters);
    return this.#block;
  }

  get learningRate(): number {
    return this.numbers[this.#rates[0] ?? -1] ?? Number.NaN;
  }

  get settings(): Record<string, number> {
    return Object.fromEntries(this.#names.map((name, i) => [name, this.numbers[i] ?? Number.NaN]));
  }

  setLearningRate(learningRate: number): void {
    if (!(Number.isFinite(learningRate) && learningRate >= 0)) {
      throw new UserError(`setLearningRate: the learning rate must be a finite number ≥ 0, got ${learningRate}`);
    }
    if (this.#rates.length === 0) {
      throw new UserError(
        `setLearningRate: the optimiser ${this.#optimizer.name} has no learning rate; end its chain with scaleByLearningRate`,
      );
    }
    for (const i of this.#rates) this.numbers[i] = learningRate;
  }

  set(settings: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(settings)) {
      if (!this.#names.includes(name)) {
        throw new UserError(
          `set: the optimiser ${this.#optimizer.name} has no setting ${name}; it has ${this.#names.join(", ")}`,
        );
      }
      if (!Number.isFinite(value)) throw new UserError(`set: ${name} must be a finite number, got ${value}`);
    }
    this.#names.forEach((name, i) => {
      this.numbers[i] = settings[name] ?? this.numbers[i] ?? Number.NaN;
    });
  }

  /** Inside a trace: the loss and its gradients, with the random state moved on if it was used. */
  differentiate(loss: () => Tensor): LossAndGradients {
    let drawn: (() => Tensor) | undefined;
    const source = () => {
      drawn ??= keysFrom(random.fold(new Tensor(readVariable(this.#key)), new Tensor(readVariable(this.#count))));
      return drawn();
    };
    const found = withKeys(source, () => differentiate("trainingStep", this.parameters, loss));
    if (drawn !== undefined) assignLike(this.#count, new Tensor(readVariable(this.#count)).add(1), "the random state");
    return found;
  }

  /** Inside a trace: the optimiser's work. Returns the parameters before it, and what was added to them. */
  update(gradients: Tensors, numbers: readonly Tensor[]): { readonly old: Tensors; readonly updates: Tensors } {
    const optimizer = this.#optimizer;
    const scalars: Record<string, Tensor> = {};
    this.#names.forEach((name, i) => {
      const number = numbers[i];
      if (number !== undefined) scalars[name] = number;
    });
    const old = this.values();
    const { updates, state } = optimizer.update(gradients, this.#slots.read(), old, scalars as Scalars);
    for (const [path, parameter] of Object.entries(this.parameters)) {
      const change = pick(updates, path, `optimiser ${optimizer.name}: updates`);
      assignLike(
        parameter.variable,
        pick(old, path, "parameters").add(change),
        `optimiser ${optimizer.name}: parameter ${path}`,
      );
    }
    this.#slots.assign(state);
    return { old, updates };
  }

  save(): Record<string, Tensor> {
    return Object.fromEntries(this.variables().map((v) => [v.name, new Tensor(v.snapshot())]));
  }

  restore(saved: Readonly<Record<string, Tensor>>): void {
    const all = this.variables();
    const missing = all.filter(({ name }) => saved[name] === undefined).map(({ name }) => name);
    if (missing.length > 0)
      throw new UserError(
        `restore: ${missing.join(", ")} missing: was the state saved by a step with the same optimiser?`,
      );
    for (const variable of all) variable.write(pick(saved, variable.name, "restore").storage("restore"));
  }

  private variables(): Variable[] {
    return [...this.#slots.variables, this.#key, this.#count];
  }

  /** The parameters: inside a trace symbols, elsewhere snapshots. */
  private values(): Tensors {
    return Object.fromEntries(Object.entries(this.parameters).map(([path, p]) => [path, p.value]));
  }
}
