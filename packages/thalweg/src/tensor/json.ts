/** Tensors as plain data that JSON holds: exact, with what JSON cannot say (NaN, infinities, −0) as words. */
import type { DType, TypedArray } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import type { Shape } from "../base/shape.js";

/** An element: a number, of bool tensors true or false; a word for the numbers that JSON has none for. */
export type ElementJSON = number | boolean | "NaN" | "Infinity" | "-Infinity" | "-0";

/** What `JSON.stringify` makes of a tensor, and `tensorFromJSON` takes. */
export interface TensorJSON {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row-major, not nested: so that shapes with 0 keep all their sizes. */
  readonly data: readonly ElementJSON[];
}

export function toElements(data: TypedArray, dtype: DType): ElementJSON[] {
  if (dtype === "bool") return Array.from(data, (x) => x === 1);
  return Array.from(data, (x) => (Number.isFinite(x) && !Object.is(x, -0) ? x : wordOf(x)));
}

function wordOf(x: number): ElementJSON {
  if (Number.isNaN(x)) return "NaN";
  return x === 0 ? "-0" : x > 0 ? "Infinity" : "-Infinity";
}

export function fromElements(op: string, json: TensorJSON): (number | boolean)[] {
  const { shape, data }: Partial<TensorJSON> = typeof json === "object" && json !== null ? json : {};
  if (!Array.isArray(data) || !Array.isArray(shape)) {
    throw new UserError(`${op}: expected { dtype, shape, data } as JSON.stringify makes it of a tensor`);
  }
  return data.map((x: unknown, i) => {
    if (typeof x === "number" || typeof x === "boolean") return x;
    if (x === "NaN" || x === "Infinity" || x === "-Infinity" || x === "-0") return Number(x);
    throw new UserError(
      `${op}: element ${i} of data must be a number, true, false, "NaN", "Infinity", "-Infinity" or "-0", got ${JSON.stringify(x)}`,
    );
  });
}
