/** Settings of estimators and the like, checked against a table of constraints that also writes the message. */
import { UserError } from "./errors.js";
import { nearestNames } from "./nearest-name.js";

/** What a setting may be, in words that follow "must be", and the test for it. */
export interface Constraint {
  readonly allowed: string;
  test(value: unknown): boolean;
}

/** One constraint for each setting, so that a setting without one does not compile. */
export type Constraints<S> = { readonly [K in keyof S]-?: Constraint };

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

export function atLeast(low: number): Constraint {
  return { allowed: `a number ≥ ${low}`, test: (v) => isNumber(v) && v >= low };
}

export function above(low: number): Constraint {
  return { allowed: `a number > ${low}`, test: (v) => isNumber(v) && v > low };
}

export function between(low: number, high: number): Constraint {
  return { allowed: `a number from ${low} to ${high}`, test: (v) => isNumber(v) && v >= low && v <= high };
}

export function strictlyBetween(low: number, high: number): Constraint {
  return { allowed: `a number above ${low} and below ${high}`, test: (v) => isNumber(v) && v > low && v < high };
}

export function wholeAtLeast(low: number): Constraint {
  return { allowed: `a whole number ≥ ${low}`, test: (v) => Number.isSafeInteger(v) && Number(v) >= low };
}

export function anyNumber(): Constraint {
  return { allowed: "a finite number", test: isNumber };
}

export function wholeNumber(): Constraint {
  return { allowed: "a whole number", test: (v) => Number.isSafeInteger(v) };
}

export function flag(): Constraint {
  return { allowed: "true or false", test: (v) => typeof v === "boolean" };
}

export function oneOf(...choices: readonly (string | number)[]): Constraint {
  const shown = choices.map((c) => JSON.stringify(c));
  const allowed = shown.length === 1 ? `${shown[0]}` : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
  return { allowed, test: (v) => choices.some((c) => c === v) };
}

/** Any of several kinds of value. */
export function either(...constraints: readonly Constraint[]): Constraint {
  return {
    allowed: constraints.map((c) => c.allowed).join(", or "),
    test: (v) => constraints.some((c) => c.test(v)),
  };
}

/** The setting may be left undefined. */
export function optional(constraint: Constraint): Constraint {
  return { allowed: `${constraint.allowed}, or left out`, test: (v) => v === undefined || constraint.test(v) };
}

/** Every element of an array meets the constraint. */
export function listOf(constraint: Constraint, least = 1): Constraint {
  return {
    allowed: `an array of at least ${least}, each ${constraint.allowed}`,
    test: (v) => Array.isArray(v) && v.length >= least && v.every((x: unknown) => constraint.test(x)),
  };
}

/** A constraint of one's own. */
export function satisfies(allowed: string, test: (value: unknown) => boolean): Constraint {
  return { allowed, test };
}

/**
 * The given settings over the defaults, each checked.
 *
 * @throws UserError that names the setting, what it may be and what it was; also for a name that is no setting.
 */
export function checkSettings<S extends object>(
  op: string,
  given: object,
  defaults: S,
  constraints: Constraints<S>,
): S {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new UserError(`${op}: the settings must be one object of named fields, got ${show(given)}`);
  const merged: S = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in constraints)) {
      const names = Object.keys(constraints);
      const known = names.length === 0 ? "it has none" : `the settings are ${names.join(", ")}`;
      const near = nearestNames(name, names);
      const meant = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
      throw new UserError(`${op}: there is no setting ${name}; ${known}${meant}`);
    }
    if (value !== undefined) Object.assign(merged, { [name]: value });
  }
  for (const name of Object.keys(constraints)) {
    const value: unknown = Reflect.get(merged, name);
    const constraint: Constraint = Reflect.get(constraints, name) as Constraint;
    if (!constraint.test(value))
      throw new UserError(`${op}: ${name} must be ${constraint.allowed}, got ${show(value)}`);
  }
  return merged;
}

/** A value as it stands in an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return value.length > 6 ? `an array of ${value.length}` : `[${value.map(show).join(", ")}]`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
