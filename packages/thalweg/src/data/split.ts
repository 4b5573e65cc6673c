/** Parts of a data set: rows in an order that a seed decides, cut into training, validation and test. */
import { UserError } from "../base/errors.js";
import { fold, type Key, key, randomBits } from "../base/random.js";

export interface SplitOptions {
  /** The test part, as a fraction of all rows. Default: 0.2. */
  readonly test?: number;
  /** The validation part, as a fraction of the rows that are not for the test. Default: 0.1. */
  readonly validation?: number;
  /** Default: 42. */
  readonly seed?: number;
}

/** Row numbers of each part; every row is in exactly one. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/**
 * Splits the rows 0 … rowCount − 1. Parts are rounded to whole rows; a part that is asked for has at least one row. The test part depends on
 * `rowCount`, `test` and `seed` alone, not on the size of the validation part.
 *
 * @throws UserError when a fraction is outside 0 … 1 or no row is left to train on.
 */
export function splitRows(rowCount: number, options: SplitOptions = {}): Split {
  const { test = 0.2, validation = 0.1, seed = 42 } = options;
  for (const [name, fraction] of [
    ["test", test],
    ["validation", validation],
  ] as const)
    if (!(fraction >= 0 && fraction < 1))
      throw new UserError(`splitRows: ${name} must be a fraction from 0 up to, not including, 1, got ${fraction}`);
  const testCount = part(rowCount, test);
  const validationCount = part(rowCount - testCount, validation);
  const trainCount = rowCount - testCount - validationCount;
  if (trainCount < 1)
    throw new UserError(
      `splitRows: ${rowCount} rows cannot be split into ${testCount} for the test, ${validationCount} for validation and at least one to train on; more rows or smaller parts are needed`,
    );
  const order = permutation(rowCount, fold(key(seed), "split"));
  return {
    test: order.slice(0, testCount),
    validation: order.slice(testCount, testCount + validationCount),
    train: order.slice(testCount + validationCount),
  };
}

function part(count: number, fraction: number): number {
  return fraction === 0 ? 0 : Math.max(1, Math.round(count * fraction));
}

/** The numbers 0 … count − 1 in random order (Fisher and Yates; positions from 53 random bits each). */
export function permutation(count: number, key: Key): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const bits = randomBits(key, 2 * count);
  for (let i = count - 1; i > 0; i -= 1) {
    const high = (bits[2 * i] ?? 0) >>> 5;
    const low = (bits[2 * i + 1] ?? 0) >>> 6;
    const other = Math.floor(((high * 2 ** 26 + low) / 2 ** 53) * (i + 1));
    const moved = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}
