/** Comparison with reference files: infinities and NaN are texts there. */
import assert from "node:assert/strict";

export type Stored = number | string | readonly Stored[];

function plain(x: number | string): number {
  if (typeof x === "number") return x;
  return { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY }[x] ?? Number.NaN;
}

/** Within `relative` of the larger of |expected| and `floor`, in every element. */
export function assertClose(actual: unknown, expected: Stored, label: string, relative = 1e-12, floor = 1e-3): void {
  if (typeof expected === "object") {
    const list = actual as ArrayLike<unknown>;
    assert.equal(list.length, expected.length, `${label}: length`);
    expected.forEach((e, i) => {
      assertClose(list[i], e, `${label}[${i}]`, relative, floor);
    });
    return;
  }
  const due = plain(expected);
  assert.equal(typeof actual, "number", label);
  const value = actual as number;
  const near = Math.abs(value - due) <= relative * Math.max(Math.abs(due), floor);
  assert.ok(near || Object.is(value, due) || value === due, `${label}: ${value} where ${due} is due`);
}
