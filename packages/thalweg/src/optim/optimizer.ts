/** What an optimiser is, and chains of them. */
import { UserError } from "../base/errors.js";
import type { Tree } from "../base/trees.js";
import type { Tensor } from "../tensor/tensor.js";

/** One tensor for each parameter, by dotted path. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Numbers that may change from step to step without a new program. */
export type Settings = Readonly<Record<string, number>>;

/** The settings as an update sees them: tensors of rank 0 that take the dtype of what they meet. */
export type Scalars = Readonly<Record<string, Tensor>>;

/** Whatever an optimiser keeps between steps: nested arrays and plain objects of tensors. */
export type OptimizerState = Tree<Tensor>;

export interface Update {
  /** What is to be added to the parameters. */
  readonly updates: Tensors;
  readonly state: OptimizerState;
}

/**
 * A pair of pure functions. `update` works on symbols as well as on values, so a training step takes it into its program; the new
 * parameters are `parameters + updates`. Dtypes and shapes of updates are those of the parameters, and the state keeps its structure.
 */
export interface Optimizer {
  readonly name: string;
  /** The settings' names and first values; see `learningRateOf`. */
  readonly settings: Settings;
  init(parameters: Tensors): OptimizerState;
  update(gradients: Tensors, state: OptimizerState, parameters: Tensors, settings: Scalars): Update;
}

/**
 * Optimisers one after the other: each takes the updates of the one before as its gradients. `chain(clipByGlobalNorm(1), adam())` clips the
 * gradients, `chain(adam(), clipByValue(0.1))` the steps. A setting's name that occurs in several of them gets the position in front
 * ("0.maximum", "2.maximum").
 *
 * @throws UserError for an empty chain, and one with two learning rates.
 */
export function chain(...parts: readonly Optimizer[]): Optimizer {
  return named(`chain(${parts.map((part: Partial<Optimizer> | undefined) => part?.name).join(", ")})`, ...parts);
}

/** A chain with a name of its own. */
export function named(name: string, ...parts: readonly Optimizer[]): Optimizer {
  if (parts.length === 0) throw new UserError("chain: give at least one optimiser");
  for (const part of parts) checkOptimizer("chain", part);
  const rates = parts.filter((part) => "learningRate" in part.settings);
  if (rates.length > 1) {
    throw new UserError(
      `chain: ${rates.map((part) => part.name).join(" and ")} both scale by a learning rate; use the parts without one (scaleByAdam, heavyBall, …) and one scaleByLearningRate at the end`,
    );
  }
  const timesUsed = new Map<string, number>();
  for (const part of parts)
    for (const key of Object.keys(part.settings)) timesUsed.set(key, (timesUsed.get(key) ?? 0) + 1);
  const outerName = (key: string, i: number): string => (timesUsed.get(key) === 1 ? key : `${i}.${key}`);
  const settings: Record<string, number> = {};
  const slots = parts.map((part, i) => Object.keys(part.settings).map((key) => [key, outerName(key, i)] as const));
  parts.forEach((part, i) => {
    for (const [key, outer] of slots[i] ?? []) settings[outer] = part.settings[key] ?? Number.NaN;
  });
  return {
    name,
    settings,
    init: (parameters) => parts.map((part) => part.init(parameters)),
    update(gradients, state, parameters, scalars) {
      const states = state as readonly OptimizerState[];
      const next: OptimizerState[] = [];
      let updates = gradients;
      parts.forEach((part, i) => {
        const own: Record<string, Tensor> = {};
        for (const [key, outer] of slots[i] ?? []) own[key] = pick(scalars, outer, name);
        const result = part.update(updates, states[i] ?? [], parameters, own);
        updates = result.updates;
        next.push(result.state);
      });
      return { updates, state: next };
    },
  };
}

/** The entry of a record that must be there. */
export function pick<T>(record: Readonly<Record<string, T>>, key: string, owner: string): T {
  const value = record[key];
  if (value === undefined) throw new UserError(`${owner}: ${key} is missing`);
  return value;
}

/** Throws unless `value` is an optimiser: in plain JavaScript it is easily the function that makes one. */
export function checkOptimizer(op: string, value: unknown): void {
  const { update, init, settings }: Partial<Record<keyof Optimizer, unknown>> =
    typeof value === "object" && value !== null ? value : {};
  if (typeof update === "function" && typeof init === "function" && typeof settings === "object") return;
  if (typeof value === "function") {
    const name = value.name === "" ? "adam" : value.name;
    throw new UserError(
      `${op}: expected an optimiser, got the function ${name} that makes one; call it: optim.${name}()`,
    );
  }
  throw new UserError(`${op}: expected an optimiser, such as optim.adam(), got ${nameOfValue(value)}`);
}

function nameOfValue(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value)}`;
  return typeof value === "object" && value !== null ? "an object without init, update and settings" : String(value);
}

type Rule = readonly [allowed: (value: number) => boolean, words: string];

/** Throws unless every setting is a number that its rule accepts: that of `rules`, else the one that all settings of that name follow. */
export function checkSettings(owner: string, settings: Settings, rules: Readonly<Record<string, Rule>> = {}): void {
  for (const [key, value] of Object.entries(settings)) {
    const [allowed, words] = rules[key] ?? commonRules[key] ?? [Number.isFinite, "a finite number"];
    if (typeof value !== "number" || !allowed(value))
      throw new UserError(`${owner}: ${key} must be ${words}, got ${String(value)}`);
  }
}

/** Refuses what is no record of options: of a number, say, destructuring would silently leave all defaults in place. */
export function checkRecord(owner: string, options: unknown): void {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  throw new UserError(`${owner}: options are a record such as { learningRate: 0.01 }, got ${nameOfValue(options)}`);
}

/** Refuses options that an optimiser does not have: a misspelt one would silently leave its default in place. */
export function noMore(owner: string, rest: object): void {
  const unknown = Object.keys(rest);
  if (unknown.length > 0)
    throw new UserError(
      `${owner}: there is no option ${unknown.join(", ")}; see its documentation for those there are`,
    );
}

/** Ready-made rules for `checkSettings`. */
export const positive: Rule = [(x) => x > 0, "> 0"];
const notNegative: Rule = [(x) => x >= 0 && Number.isFinite(x), "finite and ≥ 0"];
const share: Rule = [(x) => x >= 0 && x < 1, "at least 0 and below 1"];

const commonRules: Readonly<Record<string, Rule>> = {
  learningRate: notNegative,
  weightDecay: notNegative,
  epsilon: notNegative,
  initialAccumulator: notNegative,
  momentum: share,
  smoothing: share,
  beta1: share,
  beta2: share,
};
