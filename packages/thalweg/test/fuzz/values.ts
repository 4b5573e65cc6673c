/** Random values: mostly tame, sometimes hostile. */
import { allocate, type DType, type TypedArray } from "../../src/base/dtype.js";
import type { Random } from "./random.js";

const floats = [0, -0, 1, -1, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e-40, -1e-40, 3e38];
const integers = [0, 1, -1, 2147483647, -2147483648, 31, 32];

export function randomValue(random: Random, dtype: DType, size: number): TypedArray {
  const result = allocate(dtype, size);
  const draw = drawing(random, dtype);
  for (let i = 0; i < size; i += 1) result[i] = draw();
  return result;
}

function drawing(random: Random, dtype: DType): () => number {
  const mode = random.uniform();
  switch (dtype) {
    case "bool":
      return () => random.below(2);
    case "int32":
      if (mode < 0.7) return () => random.between(-6, 9);
      if (mode < 0.85) return () => Math.floor(random.uniform() * 2 ** 32) - 2 ** 31;
      return () => (random.chance(0.4) ? random.pick(integers) : random.between(-40, 40));
    default:
      // The product gives zeros of both signs.
      if (mode < 0.4) return () => (random.between(0, 16) / 4) * random.pick([1, -1]);
      if (mode < 0.8) return () => normal(random);
      if (mode < 0.92) return () => normal(random) * 10 ** random.between(-3, 3);
      return () => (random.chance(0.2) ? random.pick(floats) : normal(random));
  }
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
