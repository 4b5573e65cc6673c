/** Makes a kind of transformer from its settings, what it learns and how it applies that. */
import { ShapeError, UserError } from "../base/errors.js";
import { type Constraints, checkSettings, show } from "../base/settings.js";
import { readWeights } from "../data/matrix.js";
import { countRows, type RowsInput } from "./columns.js";
import type { EstimatorKind, FitOptions, FittedTransformer, ModelJSON, Targets, Transformer } from "./estimator.js";
import { namesOf, remembering, savedNames } from "./named-columns.js";
import { travelling } from "./travelling.js";

export interface TransformerSpec<S extends object, F extends FittedTransformer> {
  readonly kind: string;
  readonly defaults: Required<S> | S;
  readonly constraints: Constraints<S>;
  /** Checks of settings against each other. */
  readonly check?: (settings: S) => void;
  readonly fit: (settings: S, x: RowsInput, y: Targets | undefined, options: FitOptions) => F;
  readonly read: (settings: S, state: StateReader) => F;
}

/** An estimator of one kind, with the type of its settings. */
export type TransformerOf<S extends object, F extends FittedTransformer> = Transformer<F> & {
  readonly settings: Readonly<S>;
};

export type TransformerKind<S extends object, F extends FittedTransformer> = EstimatorKind<
  Partial<S>,
  TransformerOf<S, F>
>;

export function transformerKind<S extends object, F extends FittedTransformer>(
  spec: TransformerSpec<S, F>,
): TransformerKind<S, F> {
  const { kind } = spec;
  const settle = (given: object): S => {
    const settings = ownSettings(checkSettings<S>(kind, given, spec.defaults as S, spec.constraints));
    spec.check?.(settings);
    return settings;
  };
  const make = (given: Partial<S> = {}): TransformerOf<S, F> => {
    const settings: Readonly<S> = settle(given);
    return travelling({
      role: "transformer",
      kind,
      settings,
      fit(x, y, options = {}) {
        // Also where weights change nothing, as in the steps of a pipeline: what is wrong with them is told at once.
        const op = `${kind}.fit`;
        checkFitOptions(op, options);
        if (options.sampleWeight !== undefined) readWeights(op, options.sampleWeight, countRows(op, "x", x));
        return remembering(spec.fit(settings, x, y, options), namesOf(x));
      },
      toJSON: () => ({ kind, settings: { ...settings } }),
    });
  };
  const fromJSON = (json: ModelJSON): F => {
    checkKind(kind, json);
    const fitted = spec.read(settle(json.settings), new StateReader(kind, json.state));
    return remembering(fitted, savedNames(kind, json.state));
  };
  return Object.assign(make, { kind, fromJSON });
}

/** Settings that nobody else can write: lists in them are copies, and frozen like the whole. */
export function ownSettings<S extends object>(settings: S): S {
  const entries = Object.entries(settings).map(([name, value]) => [name, ownList(value)]);
  return Object.freeze(Object.fromEntries(entries)) as S;
}

function ownList(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze(value.map(ownList)) : value;
}

/** @throws UserError for an option that `fit` and `score` do not have: one that is misspelt would change nothing. */
export function checkFitOptions(op: string, options: FitOptions): void {
  const given: unknown = options;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new UserError(`${op}: the options must be an object such as { sampleWeight: [1, 2, …] }, got ${show(given)}`);
  const unknown = Object.keys(given).find((name) => name !== "sampleWeight");
  if (unknown !== undefined)
    throw new UserError(`${op}: there is no option ${unknown}; the one there is: sampleWeight`);
}

/** @throws UserError unless it is JSON of a fitted model of this kind. */
export function checkKind(kind: string, json: ModelJSON): void {
  if (typeof json !== "object" || json === null || typeof json.kind !== "string")
    throw new UserError(`${kind}.fromJSON: needs what toJSON of a fitted ${kind} gave (parsed, not as a text)`);
  if (json.kind !== kind)
    throw new UserError(`${kind}.fromJSON: this is a ${json.kind}; read it with ${json.kind}.fromJSON`);
  if (typeof json.state !== "object" || json.state === null)
    throw new UserError(
      `${kind}.fromJSON: there is no state; this is the estimator before it was fitted: ${kind}(json.settings)`,
    );
}

/** What a model that holds others learnt. @throws UserError unless it is JSON of a fitted model. */
export function stateOf(op: string, json: ModelJSON): Readonly<Record<string, unknown>> {
  const state: unknown = typeof json === "object" && json !== null ? json.state : undefined;
  if (typeof state !== "object" || state === null)
    throw new UserError(
      `${op}: needs what toJSON of a fitted model gave (parsed, not as a text), and there is no state in it`,
    );
  return state as Readonly<Record<string, unknown>>;
}

/** Reads what a model learnt out of JSON, and refuses what does not fit. */
export class StateReader {
  readonly #kind: string;
  readonly #state: Readonly<Record<string, unknown>>;

  constructor(kind: string, state: Readonly<Record<string, unknown>>) {
    this.#kind = kind;
    this.#state = state;
  }

  number(name: string): number {
    const value = this.#state[name];
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.#wrong(name, "a finite number");
    return value;
  }

  /** A list of finite numbers, of the given length where one is due. */
  numbers(name: string, length?: number): Float64Array {
    const value = this.#state[name];
    if (!Array.isArray(value) || !value.every((x) => typeof x === "number" && Number.isFinite(x)))
      throw this.#wrong(name, "an array of finite numbers");
    if (length !== undefined && value.length !== length)
      throw new ShapeError(`${this.#kind}.fromJSON: ${name} has ${value.length} numbers, and ${length} are needed`);
    return Float64Array.from(value as number[]);
  }

  list(name: string): readonly unknown[] {
    const value = this.#state[name];
    if (!Array.isArray(value)) throw this.#wrong(name, "an array");
    return value;
  }

  value(name: string): unknown {
    return this.#state[name];
  }

  #wrong(name: string, due: string): UserError {
    return new UserError(`${this.#kind}.fromJSON: ${name} of the state must be ${due}`);
  }
}

/** x0, x1, …, or the given names where their number is right. */
export function inputNames(kind: string, columns: number, given?: readonly string[]): readonly string[] {
  if (given === undefined) return Array.from({ length: columns }, (_, j) => `x${j}`);
  if (given.length !== columns)
    throw new ShapeError(`${kind}: ${given.length} names were given for ${columns} columns`);
  return given;
}
