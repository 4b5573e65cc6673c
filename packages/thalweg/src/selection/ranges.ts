/** What random search draws the values of a setting from. */
import { UserError } from "../base/errors.js";

/** Turns a number u, 0 ≤ u < 1, into a value. */
export interface Range<V> {
  at(u: number): V;
}

/** Any number from low up to high, evenly. */
export function uniform(low: number, high: number): Range<number> {
  checkBounds("uniform", low, high);
  return { at: (u) => low + (high - low) * u };
}

/** Any number from low up to high, its logarithm evenly: for learning rates and penalties. */
export function logUniform(low: number, high: number): Range<number> {
  checkBounds("logUniform", low, high);
  if (!(low > 0)) throw new UserError(`logUniform: low must be a number > 0, got ${low}`);
  return { at: (u) => low * (high / low) ** u };
}

/** A whole number from low to high, both included. */
export function wholeBetween(low: number, high: number): Range<number> {
  checkBounds("wholeBetween", low, high);
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high))
    throw new UserError(`wholeBetween: low and high must be whole numbers, got ${low} and ${high}`);
  return { at: (u) => low + Math.floor(u * (high - low + 1)) };
}

/** One of the given values. */
export function choice<V>(...values: readonly V[]): Range<V> {
  if (values.length === 0) throw new UserError("choice: needs at least one value");
  // One of them may be null or undefined, which is a value like any other.
  return { at: (u) => values[Math.floor(u * values.length)] as V };
}

function checkBounds(op: string, low: number, high: number): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high)
    throw new UserError(`${op}: low and high must be numbers with low ≤ high, got ${low} and ${high}`);
}
