/** Element types, their order of promotion and their typed arrays. */
import { DTypeError } from "./errors.js";

export type DType = "bool" | "int32" | "float32" | "float64";
export type FloatDType = "float32" | "float64";
export type TypedArray = Uint8Array | Int32Array | Float32Array | Float64Array;

/** Lowest first: of two different dtypes the higher wins. */
export const dtypes: readonly DType[] = ["bool", "int32", "float32", "float64"];

const rank: Readonly<Record<DType, number>> = { bool: 0, int32: 1, float32: 2, float64: 3 };

export function promote(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b;
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}

/** The dtype of a mean, a quotient or a transcendental function of `dtype`. */
export function floatOf(dtype: DType): FloatDType {
  return dtype === "float64" ? "float64" : "float32";
}

/** The dtype that a plain number takes beside a tensor of `dtype`: the tensor's, unless a fraction meets whole numbers. */
export function numberDType(value: number, dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  return Number.isInteger(value) && value >= -2147483648 && value <= 2147483647 ? "int32" : "float32";
}

export function checkDType(op: string, value: unknown): DType {
  if (value === "bool" || value === "int32" || value === "float32" || value === "float64") return value;
  throw new DTypeError(`${op}: dtype must be one of ${dtypes.join(", ")}, got ${String(value)}`);
}

export function allocate(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "bool":
      return new Uint8Array(length);
    case "int32":
      return new Int32Array(length);
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
  }
}

/** Bytes of one element inside a program, where a bool takes a whole lane. */
export function elementBytes(dtype: DType): number {
  return dtype === "float64" ? 8 : 4;
}

/** Machine epsilon: the gap between 1 and the next number. */
export function epsilon(dtype: FloatDType): number {
  return dtype === "float64" ? 2 ** -52 : 2 ** -23;
}
