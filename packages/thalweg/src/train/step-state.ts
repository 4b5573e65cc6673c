/** What a training step keeps between calls, and what its programs do with it while they are traced. */
import { UserError } from "../base/errors.js";
import { fold, key } from "../base/random.js";
import { lastNodeId } from "../graph/node.js";
import { noteOrigin, recordingOrigins } from "../graph/origins.js";
import { differentiate, type LossAndGradients } from "../nn/gradients.js";
import type { Module } from "../nn/module.js";
import type { Parameter } from "../nn/parameter.js";
import { keysFrom, withKeys } from "../nn/randomness.js";
import { parameters } from "../nn/state.js";
import { type Optimizer, pick, type Tensors } from "../optim/optimizer.js";
import { Variable } from "../runtime/variable.js";
import * as random from "../tensor/random.js";
import { Tensor } from "../tensor/tensor.js";
import { readVariable } from "../tensor/trace.js";
import { GradientBlock } from "./gradient-block.js";
import { assignLike, OptimizerSlots } from "./slots.js";

export interface StepStateOptions {
  readonly seed?: number;
  readonly learningRate?: number;
}

export class StepState {
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

  constructor(net: Module, optimizer: Optimizer, { seed, learningRate }: StepStateOptions) {
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
    const before = lastNodeId();
    const optimizer = this.#optimizer;
    const scalars: Record<string, Tensor> = {};
    this.#names.forEach((name, i) => {
      const number = numbers[i];
      if (number !== undefined) scalars[name] = number;
    });
    const old = this.values();
    const { updates, state } = optimizer.update(gradients, this.#slots.read(), old, scalars);
    for (const [path, parameter] of Object.entries(this.parameters)) {
      const change = pick(updates, path, `optimiser ${optimizer.name}: updates`);
      assignLike(
        parameter.variable,
        pick(old, path, "parameters").add(change),
        `optimiser ${optimizer.name}: parameter ${path}`,
      );
    }
    this.#slots.assign(state);
    if (recordingOrigins()) noteOrigin(before, { kind: "part", part: "update" });
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
