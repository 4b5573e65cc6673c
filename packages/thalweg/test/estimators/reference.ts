/** Data sets and comparisons shared by the tests against scikit-learn: tools/reference/estimators.py. */
import assert from "node:assert/strict";
import type { Tensor } from "../../src/tensor/tensor.js";
import data from "../references/estimators-data.json" with { type: "json" };

export { data };

/** 0.5, 1.5, … 4.5, 0.5, …: the weights of the reference. */
export function weights(rows: number): number[] {
  return Array.from({ length: rows }, (_, i) => 0.5 + (i % 5));
}

export function every<T>(list: readonly T[], step: number, from = 0): T[] {
  return list.filter((_, i) => i % step === from);
}

/** Largest difference over the largest reference, element by element of nested arrays. */
export function relativeError(actual: unknown, expected: unknown): number {
  const [a, b] = [flat(actual), flat(expected)];
  assert.equal(a.length, b.length, "number of elements");
  const size = b.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  return a.reduce((most, v, i) => {
    const error = Math.abs(v - (b[i] ?? Number.NaN)) / size;
    return Number.isNaN(error) ? Infinity : Math.max(most, error);
  }, 0);
}

export function close(actual: unknown, expected: unknown, tolerance: number, what = ""): void {
  const error = relativeError(actual, expected);
  assert.ok(error <= tolerance, `${what}: off by ${error}, ${tolerance} allowed`);
}

export function flat(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (typeof value === "object" && value !== null && "storage" in value)
    return [...(value as Tensor).data()].map(Number);
  return Array.from(value as ArrayLike<unknown>).flatMap(flat);
}
