/** What goes to and fro between a search and the workers that fit for it. */
import {
  DTypeError,
  IndexError,
  InternalError,
  NumericalError,
  ShapeError,
  TraceError,
  UserError,
} from "../base/errors.js";
import type { EstimatorJSON } from "../preprocessing/estimator.js";
import type { FitOutcome } from "./executor.js";
import type { Packed } from "./packed-data.js";
import type { Fold } from "./splitter.js";

/** Everything that several jobs share. Sent once to each worker. */
export interface Assignment {
  readonly x: Packed;
  readonly y: Packed;
  readonly sampleWeight: Packed | undefined;
  readonly estimators: readonly EstimatorJSON[];
  readonly folds: readonly Fold[];
}

/** One fit, by the places of its estimator and its fold. */
export interface JobMessage {
  readonly job: number;
  readonly estimator: number;
  readonly fold: number;
  /** What a score is called in the result, and which scorer that is: undefined is the model's own. */
  readonly scores: readonly (readonly [name: string, scorer: string | undefined])[];
  readonly trainScores: boolean;
  readonly where: string | undefined;
}

export type ToWorker =
  | { readonly kind: "begin"; readonly assignment: Assignment }
  | { readonly kind: "fit"; readonly task: JobMessage };

export type FromWorker =
  /** The code is loaded; these kinds of estimators are known to it. */
  | { readonly kind: "ready"; readonly kinds: readonly string[] }
  | { readonly kind: "done"; readonly job: number; readonly outcome: FitOutcome }
  | { readonly kind: "failed"; readonly job: number; readonly error: ErrorMessage };

export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
}

const userErrors = { UserError, ShapeError, DTypeError, IndexError, TraceError } as const;

/** An error in a form to be sent; of its facts those that can be. */
export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined, facts: undefined };
  const facts = error instanceof NumericalError ? plainParts(error.facts) : undefined;
  return { name: error.name, message: error.message, stack: error.stack, facts };
}

/** The error again, of its class. */
export function errorOf({ name, message, stack, facts }: ErrorMessage): Error {
  const error = made(name, message, facts ?? {});
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function made(name: string, message: string, facts: Readonly<Record<string, unknown>>): Error {
  if (Object.hasOwn(userErrors, name)) return new userErrors[name as keyof typeof userErrors](message);
  if (name === "NumericalError") return new NumericalError(message, facts);
  if (name === "InternalError") return new InternalError(message);
  if (name === "RangeError") return new RangeError(message);
  if (name === "TypeError") return new TypeError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}

function plainParts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => isPlain(value)));
}

/** Whether a value is made of numbers, texts, arrays and plain objects alone, so that it is the same when it has been sent. */
export function isPlain(value: unknown): boolean {
  if (value === null || ["number", "string", "boolean", "undefined"].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  if (ArrayBuffer.isView(value)) return true;
  if (typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlain);
}
