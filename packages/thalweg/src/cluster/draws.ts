/** Random choices that depend on a key and a position only. */
import { type Key, randomBits } from "../base/random.js";

/** `count` numbers in [0, 1), of 53 random bits each. */
export function uniforms(key: Key, count: number): Float64Array {
  const bits = randomBits(key, 2 * count);
  return Float64Array.from(
    { length: count },
    (_, i) => (((bits[2 * i] ?? 0) >>> 5) * 2 ** 26 + ((bits[2 * i + 1] ?? 0) >>> 6)) / 2 ** 53,
  );
}

/** The position at which the running sum of the weights passes `part` (in [0, 1)) of their total; never one of weight 0 unless all are. */
export function weightedPosition(weights: Float64Array, total: number, part: number): number {
  let left = part * total;
  let last = 0;
  for (let i = 0; i < weights.length; i += 1) {
    const w = weights[i] ?? 0;
    if (w <= 0) continue;
    last = i;
    left -= w;
    if (left < 0) return i;
  }
  return last;
}
