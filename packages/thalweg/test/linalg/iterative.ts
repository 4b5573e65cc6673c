/** What the tests of iterative methods share: a grid's Laplacian, comparison, and the facts of a failure. */
import assert from "node:assert/strict";
import { type Outcome, type SparseMatrix, sparse } from "../../src/linalg/index.js";

/** Differences along both axes of a grid, 1.37 times as stiff along one. */
export function laplacian(g: number): SparseMatrix {
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []];
  const put = (i: number, j: number, value: number): void => {
    rows.push(i);
    columns.push(j);
    values.push(value);
  };
  for (let i = 0; i < g; i += 1)
    for (let j = 0; j < g; j += 1) {
      const at = i * g + j;
      put(at, at, 2 * 1.37);
      put(at, at, 2);
      if (i > 0) put(at, at - g, -1);
      if (i + 1 < g) put(at, at + g, -1);
      if (j > 0) put(at, at - 1, -1.37);
      if (j + 1 < g) put(at, at + 1, -1.37);
    }
  return sparse.fromTriplets([g * g, g * g], { rows, columns, values });
}

export function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, name = ""): void {
  assert.equal(actual.length, expected.length);
  const size = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i += 1) {
    const error = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    assert.ok(error <= tolerance * size, `${name} element ${i}: ${actual[i]}, not ${expected[i]}`);
  }
}

export function notConverged(outcome: Outcome<unknown>): void {
  assert.ok(!outcome.ok && outcome.failure.reason === "not converged", outcome.ok ? "converged" : outcome.message);
  assert.ok(outcome.failure.iterations > 0 && (outcome.failure.history?.length ?? 0) > 0);
  assert.ok(outcome.failure.best !== undefined);
}
