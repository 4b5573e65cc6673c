/**
 * Keys of counter-based random numbers, and the generator behind them.
 *
 * Threefry-2×32 with 20 rounds: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. A number
 * depends on its key and its position only, never on what was drawn before it. `fold` and `split` are made of exclusive-or and `randomBits`
 * alone, so that a program can make the same keys with the primitives `xor` and `threefry`.
 */
import { UserError } from "./errors.js";

/** Two 32-bit words. */
export type Key = Int32Array;

const parity = 0x1bd11bda;
const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Exclusive-or'ed into a key before its use, so that keys made in different ways from one key stay apart. Digits of π. */
export const foldDomain: readonly [number, number] = [0x243f6a88, 0x85a308d3 | 0];
export const splitDomain: readonly [number, number] = [0x13198a2e, 0x03707344];
export const textDomain: readonly [number, number] = [0xa4093822 | 0, 0x299f31d0];
/** The key that seeds are enciphered with. */
const seedKey: readonly [number, number] = [0x082efa98, 0xec4e6c89 | 0];

/** Enciphers the counter (c0, c1) with the key (k0, k1); all four and both results are 32-bit words, the results signed. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const schedule = [k0, k1, parity ^ k0 ^ k1] as const;
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  for (let group = 1; group <= 5; group += 1) {
    for (const by of rotations[group % 2 === 1 ? 0 : 1]) {
      x = (x + y) | 0;
      y = ((y << by) | (y >>> (32 - by))) ^ x;
    }
    x = (x + (schedule[group % 3] ?? 0)) | 0;
    y = (y + (schedule[(group + 1) % 3] ?? 0) + group) | 0;
  }
  return [x, y];
}

/** `count` words: word i is the exclusive or of the two that the counter (i mod 2³², ⌊i / 2³²⌋) becomes. */
export function randomBits(key: ArrayLike<number>, count: number): Int32Array {
  const [k0, k1] = [key[0] ?? 0, key[1] ?? 0];
  const bits = new Int32Array(count);
  for (let i = 0; i < count; i += 1) {
    const [x, y] = threefry2x32(k0, k1, i | 0, Math.floor(i / 2 ** 32));
    bits[i] = x ^ y;
  }
  return bits;
}

/** The key of a seed: a whole number, within ±2⁵³ as a number and ±2⁶³ as a bigint. Different seeds give different keys. */
export function key(seed: number | bigint): Key {
  if (typeof seed === "bigint") {
    if (BigInt.asIntN(64, seed) !== seed) throw new UserError(`key: a seed must fit in 64 bits, got ${seed}`);
    return Int32Array.from(threefry2x32(...seedKey, Number(BigInt.asIntN(32, seed)), Number(seed >> 32n)));
  }
  return Int32Array.from(threefry2x32(...seedKey, ...words("key: a seed", seed)));
}

/** `count` keys that share nothing with each other or with `key`; a longer list begins with the shorter one. */
export function split(key: Key, count: number): Key[] {
  if (!Number.isInteger(count) || count < 0)
    throw new UserError(`split: the count must be a whole number ≥ 0, got ${count}`);
  const bits = randomBits(join(key, splitDomain), 2 * count);
  return Array.from({ length: count }, (_, i) => bits.slice(2 * i, 2 * i + 2));
}

/**
 * The key that belongs to `data` under `key`: a whole number within ±2⁵³, or a text (such as the dotted path of a parameter). Numbers and
 * texts are kept apart: `fold(key, 1)` is not `fold(key, "1")`.
 */
export function fold(key: Key, data: number | string): Key {
  return typeof data === "number" ? foldWords(key, words("fold: a number", data)) : foldText(key, data);
}

function foldWords(key: Key, data: readonly [number, number]): Key {
  return randomBits(join(join(key, foldDomain), data), 2);
}

/** Folds in the UTF-8 bytes, eight at a time, and then their count. */
function foldText(key: Key, text: string): Key {
  return textWords(text).reduce(foldWords, join(key, textDomain));
}

/** The pairs of words that are folded in for a text. */
export function textWords(text: string): [number, number][] {
  const bytes = utf8(text);
  const word = (at: number): number => {
    let w = 0;
    for (let i = 0; i < 4; i += 1) w |= (bytes[at + i] ?? 0) << (8 * i);
    return w;
  };
  const pairs: [number, number][] = [];
  for (let at = 0; at < bytes.length; at += 8) pairs.push([word(at), word(at + 4)]);
  pairs.push([bytes.length, 0]);
  return pairs;
}

function join(key: Key, [a, b]: readonly [number, number]): Key {
  return Int32Array.of((key[0] ?? 0) ^ a, (key[1] ?? 0) ^ b);
}

/** The low and high word of a whole number in two's complement. */
export function words(what: string, value: number): [number, number] {
  if (!Number.isSafeInteger(value)) throw new UserError(`${what} must be a whole number within ±2⁵³, got ${value}`);
  return [value | 0, Math.floor(value / 2 ** 32) | 0];
}

/** A surrogate without its partner counts as U+FFFD, as in every UTF-8 encoder. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const raw = character.codePointAt(0) ?? 0;
    const point = raw >= 0xd800 && raw <= 0xdfff ? 0xfffd : raw;
    if (point < 0x80) bytes.push(point);
    else {
      const tails = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
      const lead = [0, 0xc0, 0xe0, 0xf0][tails] ?? 0;
      bytes.push(lead | (point >> (6 * tails)));
      for (let t = tails - 1; t >= 0; t -= 1) bytes.push(0x80 | ((point >> (6 * t)) & 0x3f));
    }
  }
  return bytes;
}
