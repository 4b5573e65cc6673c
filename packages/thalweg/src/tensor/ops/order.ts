/**
 * The stable order of a row of numbers: by merging for short rows, by the digits of the numbers' bits (least significant first) for long
 * ones. Both put NaN at the end, whichever the direction, and count −0 and 0 as equal.
 */
import type { TypedArray } from "../../base/dtype.js";

/** From this length on, counting digits costs less than comparing. */
const longRow = 1500;

/** Writes into `order` the places of the elements of `row`, ascending or descending. */
export function orderOf(row: TypedArray, order: Int32Array, descending: boolean): void {
  if (row.length < longRow) byMerging(row, order, descending);
  else byDigits(row, order, descending);
}

function byMerging(row: TypedArray, order: Int32Array, descending: boolean): void {
  const sign = descending ? -1 : 1;
  const n = row.length;
  let keys = new Float64Array(n);
  let ids = new Int32Array(n);
  let numbers = 0;
  for (let i = 0; i < n; i += 1) {
    const value = row[i] as number;
    if (Number.isNaN(value)) continue;
    keys[numbers] = sign * value;
    ids[numbers] = i;
    numbers += 1;
  }
  for (let i = 0, last = numbers; last < n; i += 1) {
    if (!Number.isNaN(row[i])) continue;
    order[last] = i;
    last += 1;
  }
  let keysTo = new Float64Array(numbers);
  let idsTo = new Int32Array(numbers);
  for (let width = 1; width < numbers; width *= 2) {
    for (let start = 0; start < numbers; start += 2 * width) {
      const middle = Math.min(start + width, numbers);
      merge(keys, ids, keysTo, idsTo, start, middle, Math.min(start + 2 * width, numbers));
    }
    [keys, keysTo] = [keysTo, keys];
    [ids, idsTo] = [idsTo, ids];
  }
  order.set(ids.subarray(0, numbers));
}

/** Merges the ordered stretches start … middle and middle … end; of equals the earlier goes first. */
function merge(
  keys: Float64Array,
  ids: Int32Array,
  keysTo: Float64Array,
  idsTo: Int32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let [a, b] = [start, middle];
  for (let to = start; to < end; to += 1) {
    const left = b >= end || (a < middle && (keys[a] as number) <= (keys[b] as number));
    const from = left ? a : b;
    keysTo[to] = keys[from] as number;
    idsTo[to] = ids[from] as number;
    if (left) a += 1;
    else b += 1;
  }
}

const digitBits = 11;
const digits = 2 ** digitBits;

function byDigits(row: TypedArray, order: Int32Array, descending: boolean): void {
  let from: Int32Array = order;
  let to: Int32Array = new Int32Array(row.length);
  for (let i = 0; i < row.length; i += 1) from[i] = i;
  const counts = new Int32Array(digits);
  for (const keys of sortableWords(row, descending)) {
    for (let shift = 0; shift < 32; shift += digitBits) {
      counts.fill(0);
      for (let i = 0; i < keys.length; i += 1) {
        const digit = ((keys[i] as number) >>> shift) & (digits - 1);
        counts[digit] = (counts[digit] as number) + 1;
      }
      // A digit that all have in common moves nothing.
      if (counts[((keys[0] as number) >>> shift) & (digits - 1)] === keys.length) continue;
      for (let d = 0, place = 0; d < digits; d += 1) {
        const count = counts[d] as number;
        counts[d] = place;
        place += count;
      }
      for (let i = 0; i < from.length; i += 1) {
        const id = from[i] as number;
        const digit = ((keys[id] as number) >>> shift) & (digits - 1);
        const place = counts[digit] as number;
        to[place] = id;
        counts[digit] = place + 1;
      }
      [from, to] = [to, from];
    }
  }
  if (from !== order) order.set(from);
}

/** Words without sign that stand in the order of the elements; of two an element, the less significant ones first. */
function sortableWords(row: TypedArray, descending: boolean): Uint32Array[] {
  const n = row.length;
  const flip = descending ? -1 : 0;
  if (row instanceof Float64Array) {
    const high = new Uint32Array(n);
    const low = new Uint32Array(n);
    const one = new Float64Array(1);
    const halves = new Int32Array(one.buffer);
    one[0] = 1;
    const top = halves[1] === 0 ? 0 : 1;
    for (let i = 0; i < n; i += 1) {
      // Adding 0 makes 0 of −0.
      one[0] = (row[i] as number) + 0;
      const upper = halves[top] as number;
      const nan = Number.isNaN(one[0]);
      // Of negative numbers all bits turn over, of others the sign alone.
      const turn = upper >> 31;
      high[i] = nan ? -1 : upper ^ (turn | (1 << 31)) ^ flip;
      low[i] = nan ? -1 : (halves[1 - top] as number) ^ turn ^ flip;
    }
    return [low, high];
  }
  const words = new Uint32Array(n);
  if (row instanceof Float32Array) {
    const one = new Float32Array(1);
    const bits = new Int32Array(one.buffer);
    for (let i = 0; i < n; i += 1) {
      one[0] = (row[i] as number) + 0;
      const value = bits[0] as number;
      words[i] = Number.isNaN(one[0]) ? -1 : value ^ ((value >> 31) | (1 << 31)) ^ flip;
    }
    return [words];
  }
  for (let i = 0; i < n; i += 1) words[i] = (row[i] as number) ^ (1 << 31) ^ flip;
  return [words];
}
