/** What minimisers return, and when they stop. */
import {
  above,
  atLeast,
  type Constraints,
  checkSettings,
  optional,
  satisfies,
  wholeAtLeast,
} from "../base/settings.js";
import type { Point } from "./problem.js";
import { maxNorm } from "./vectors.js";

/** Why a minimiser stopped; the first three mean that it converged. */
export type Reason =
  | "gradient"
  | "value"
  | "step"
  | "iterations"
  | "evaluations"
  | "line search"
  | "trust region"
  | "diverged"
  | "hessian"
  | "stopped";

export interface Iteration {
  /** 0 is the start. */
  readonly iteration: number;
  readonly value: number;
  /** Largest absolute element of the gradient. */
  readonly gradientNorm: number;
  /** Along the direction taken, or the length of the step where there is no direction. 0 at the start. */
  readonly step: number;
  /** Of value and gradient, so far. */
  readonly evaluations: number;
}

export interface MinimizeResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** Largest absolute element of the gradient. */
  readonly gradientNorm: number;
  readonly converged: boolean;
  readonly reason: Reason;
  /** The reason in words. */
  readonly message: string;
  readonly iterations: number;
  /** Of value and gradient. */
  readonly evaluations: number;
  /** Of second derivatives, or of their products with a vector. */
  readonly hessianEvaluations: number;
  readonly history: readonly Iteration[];
}

export interface StopOptions {
  /** Stop when no element of the gradient is larger. Default: 1e-6. */
  readonly gradientTolerance?: number;
  /** Stop when an iteration lowers the value by no more than this times max(1, |value|). Default: 0, which asks for no such stop. */
  readonly valueTolerance?: number;
  /** Default: 1000. */
  readonly maxIterations?: number;
  /** Of value and gradient. Default: no limit. */
  readonly maxEvaluations?: number;
  /** Called after every iteration; false ends the search. */
  readonly onIteration?: (iteration: Iteration, x: Float64Array) => boolean | undefined;
}

export type StopSettings = {
  gradientTolerance: number;
  valueTolerance: number;
  maxIterations: number;
  maxEvaluations: number;
  onIteration: StopOptions["onIteration"];
};

export const stopDefaults: StopSettings = {
  gradientTolerance: 1e-6,
  valueTolerance: 0,
  maxIterations: 1000,
  maxEvaluations: Number.MAX_SAFE_INTEGER,
  onIteration: undefined,
};

export const stopConstraints: Constraints<StopSettings> = {
  gradientTolerance: atLeast(0),
  valueTolerance: atLeast(0),
  maxIterations: wholeAtLeast(0),
  maxEvaluations: wholeAtLeast(1),
  onIteration: optional(satisfies("a function", (v) => typeof v === "function")),
};

/** Settings of a method over those that all have. */
export function settle<S extends object>(
  op: string,
  given: object,
  defaults: S & Partial<StopSettings>,
  constraints: Constraints<S>,
): S & StopSettings {
  const all = { ...stopConstraints, ...constraints } as Constraints<S & StopSettings>;
  return checkSettings<S & StopSettings>(op, given, { ...stopDefaults, ...defaults }, all);
}

export const positive = above(0);

/** Keeps the history and decides when to stop. */
export class Progress {
  readonly history: Iteration[] = [];
  hessianEvaluations = 0;
  #point: Point;
  readonly #settings: StopSettings;

  constructor(settings: StopSettings, start: Point) {
    this.#settings = settings;
    this.#point = start;
    this.#record(0, 1);
  }

  get iterations(): number {
    return this.history.length - 1;
  }

  get point(): Point {
    return this.#point;
  }

  /** Whether to stop where it stands, before an iteration is begun. */
  before(): Reason | undefined {
    const { gradientTolerance, maxIterations, maxEvaluations } = this.#settings;
    const last = this.history.at(-1);
    if ((last?.gradientNorm ?? 0) <= gradientTolerance) return "gradient";
    if (this.iterations >= maxIterations) return "iterations";
    if ((last?.evaluations ?? 0) >= maxEvaluations) return "evaluations";
    return undefined;
  }

  /** Takes the step to `next`, and says whether to stop there. */
  advance(next: Point, step: number, evaluations: number): Reason | undefined {
    const before = this.#point.value;
    this.#point = next;
    const entry = this.#record(step, evaluations);
    const { valueTolerance, gradientTolerance, onIteration } = this.#settings;
    const told = onIteration?.(entry, next.x);
    if (entry.gradientNorm <= gradientTolerance) return "gradient";
    const scale = Math.max(1, Math.abs(before), Math.abs(next.value));
    // A value that rises by more, as a fixed step may make it, is no sign of an end.
    if (valueTolerance > 0 && Math.abs(before - next.value) <= valueTolerance * scale) return "value";
    return told === false ? "stopped" : undefined;
  }

  /** The result, its message with `note` at the end. */
  finish(reason: Reason, note = ""): MinimizeResult {
    const { x, value, gradient } = this.#point;
    const gradientNorm = maxNorm(gradient);
    const last = this.history.at(-1);
    return {
      x,
      value,
      gradient,
      gradientNorm,
      converged: reason === "gradient" || reason === "value" || reason === "step",
      reason,
      message: inWords(reason, this.#settings, gradientNorm) + note,
      iterations: this.iterations,
      evaluations: last?.evaluations ?? 0,
      hessianEvaluations: this.hessianEvaluations,
      history: this.history,
    };
  }

  #record(step: number, evaluations: number): Iteration {
    const { value, gradient } = this.#point;
    const entry = { iteration: this.history.length, value, gradientNorm: maxNorm(gradient), step, evaluations };
    this.history.push(entry);
    return entry;
  }
}

function inWords(reason: Reason, settings: StopSettings, gradientNorm: number): string {
  const left = `the largest element of the gradient is ${gradientNorm.toExponential(2)}`;
  switch (reason) {
    case "gradient":
      return `converged: ${left}, within gradientTolerance ${settings.gradientTolerance}`;
    case "value":
      return `converged: the value no longer falls by more than valueTolerance ${settings.valueTolerance}; ${left}`;
    case "step":
      return `converged: the step is below its tolerance; ${left}`;
    case "iterations":
      return `not converged after maxIterations ${settings.maxIterations}: ${left}`;
    case "evaluations":
      return `not converged after maxEvaluations ${settings.maxEvaluations}: ${left}`;
    case "line search":
      return `stopped: no lower value was found along the direction of descent (rounding limits it, or the gradient does not belong to the value); ${left}`;
    case "trust region":
      return `stopped: no step, however short, lowers the value (rounding limits it, or the derivatives do not belong to the value); ${left}`;
    case "diverged":
      return `stopped: the next step leads to a value or a gradient that is not finite; ${left}`;
    case "hessian":
      return `stopped: the second derivatives are not finite here; check the hessian, or choose lbfgs, which needs none; ${left}`;
    case "stopped":
      return `stopped by onIteration; ${left}`;
  }
}
