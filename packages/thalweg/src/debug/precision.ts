/** The formats of floating-point numbers. */
import type { DType } from "../base/dtype.js";

interface Format {
  readonly roundoff: number;
  readonly tiny: number;
  readonly normal: number;
  readonly largest: number;
}

const formats: Readonly<Record<"float32" | "float64", Format>> = {
  float32: { roundoff: 2 ** -24, tiny: 2 ** -149, normal: 2 ** -126, largest: 2 ** 127 * (2 - 2 ** -23) },
  float64: { roundoff: 2 ** -53, tiny: 2 ** -1074, normal: 2 ** -1022, largest: Number.MAX_VALUE },
};

export function formatOf(dtype: DType): Format {
  return formats[dtype === "float32" ? "float32" : "float64"];
}

/** One unit in the last place of x. */
export function ulpOf(x: number, dtype: DType): number {
  const { roundoff, tiny, normal } = formatOf(dtype);
  const a = Math.abs(x);
  if (!(a > normal) || a === Number.POSITIVE_INFINITY) return tiny;
  let power = 2 ** Math.floor(Math.log2(a));
  if (power > a) power /= 2;
  return Math.max(tiny, 2 * roundoff * power);
}
