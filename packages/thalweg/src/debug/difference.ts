/** Values against bounds. */
import { type DType, isFloat, type TypedArray } from "../base/dtype.js";
import type { Bounded } from "./bound-values.js";

/** How much was compared. */
export interface Tally {
  elements: number;
  /** Elements that differ where no bound is known. */
  unknown: number;
}

export interface Difference {
  readonly element: number;
  readonly bound: number;
  readonly text: string;
}

/** The first element of `actual` that is further from `expected` than its bound. */
export function difference(
  actual: TypedArray | undefined,
  { value, error }: Bounded,
  dtype: DType,
  zerosEqual: boolean,
  tally?: Tally,
): Difference | undefined {
  if (actual === undefined || actual.length !== value.length || actual.constructor !== value.constructor) {
    const text = `an array of another kind or length: ${actual?.constructor.name}(${actual?.length})`;
    return { element: 0, bound: 0, text };
  }
  if (tally !== undefined) tally.elements += value.length;
  for (let i = 0; i < value.length; i += 1) {
    const [x, y] = [actual[i] ?? 0, value[i] ?? 0];
    const bound = error?.[i] ?? 0;
    if (Object.is(x, y) || (x === y && zerosEqual)) continue;
    if (bound === Number.POSITIVE_INFINITY) {
      if (tally !== undefined) tally.unknown += 1;
      continue;
    }
    if (x !== y && isFloat(dtype) && Math.abs(x - y) <= bound) continue;
    return { element: i, bound, text: `element ${i} is ${show(x)} where ${show(y)} is due, within ${bound}` };
  }
  return undefined;
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
