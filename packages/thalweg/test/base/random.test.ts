import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../src/base/errors.js";
import { fold, type Key, key, randomBits, split, threefry2x32 } from "../../src/base/random.js";

const hex = (words: Iterable<number>): string[] => Array.from(words, (w) => (w >>> 0).toString(16).padStart(8, "0"));
const text = (k: Key): string => hex(k).join("");

describe("threefry2x32", () => {
  it("gives the known answers of Random123, 20 rounds", () => {
    const known: readonly [readonly number[], readonly number[], readonly string[]][] = [
      [
        [0, 0],
        [0, 0],
        ["6b200159", "99ba4efe"],
      ],
      [
        [0xffffffff, 0xffffffff],
        [0xffffffff, 0xffffffff],
        ["1cb996fc", "bb002be7"],
      ],
      [
        [0x13198a2e, 0x03707344],
        [0x243f6a88, 0x85a308d3],
        ["c4923a9c", "483df7a0"],
      ],
    ];
    for (const [[k0 = 0, k1 = 0], [c0 = 0, c1 = 0], expected] of known) {
      assert.deepEqual(hex(threefry2x32(k0, k1, c0, c1)), expected);
      assert.deepEqual(hex(threefry2x32(k0 | 0, k1 | 0, c0 | 0, c1 | 0)), expected);
    }
  });
});

describe("randomBits", () => {
  it("is the exclusive or of the two words at each position", () => {
    const k = Int32Array.of(7, -9);
    const bits = randomBits(k, 5);
    for (const [i, word] of bits.entries()) {
      const [x, y] = threefry2x32(7, -9, i, 0);
      assert.equal(word, x ^ y);
    }
    assert.deepEqual(randomBits(k, 3), bits.slice(0, 3));
    assert.equal(randomBits(k, 0).length, 0);
  });

  it("is fair in every bit and free of runs, over 2¹⁶ words", () => {
    const count = 65536;
    const bits = randomBits(key(1), count);
    // Each count is binomial: 5 standard deviations is beyond chance for 64 counts.
    const limit = 5 * Math.sqrt(count / 4);
    for (let bit = 0; bit < 32; bit += 1) {
      let ones = 0;
      let changes = 0;
      for (let i = 0; i < count; i += 1) {
        const here = ((bits[i] ?? 0) >>> bit) & 1;
        ones += here;
        changes += here ^ (((bits[(i + 1) % count] ?? 0) >>> bit) & 1);
      }
      assert.ok(Math.abs(ones - count / 2) < limit, `bit ${bit} is set ${ones} times of ${count}`);
      assert.ok(Math.abs(changes - count / 2) < limit, `bit ${bit} changes ${changes} times of ${count}`);
    }
  });
});

describe("key", () => {
  it("is the same for a number and for the bigint of its value", () => {
    for (const seed of [0, 1, -1, 42, 2 ** 32, -(2 ** 40) - 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      assert.deepEqual(key(seed), key(BigInt(seed)), `seed ${seed}`);
    }
    assert.equal(key(5).length, 2);
  });

  it("never changes from one version to the next", () => {
    const root = key(0);
    const keys = [
      root,
      key(-1),
      key(2 ** 40),
      fold(root, 1),
      fold(root, "1"),
      fold(root, "encoder.0.weight"),
      ...split(root, 2),
    ];
    assert.deepEqual(keys.map(text), [
      "4072f9c93e4c0227",
      "867661febe25c79a",
      "b482c53964b3b0f8",
      "af25f3cca438ac19",
      "fbb7d3658e2aff5f",
      "d0293b03bb40c5b6",
      "5892e7b96ef35506",
      "8817d53b3bd56425",
    ]);
  });

  it("differs for different seeds", () => {
    const seeds = [...Array(2000).keys(), -1, -2, 2 ** 32, 2 ** 33, 2 ** 52];
    assert.equal(new Set(seeds.map((seed) => text(key(seed)))).size, seeds.length);
    assert.notDeepEqual(key(2n ** 62n), key(2n ** 61n));
  });

  it("refuses what is no seed", () => {
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) assert.throws(() => key(bad), UserError);
    for (const bad of [2n ** 63n, -(2n ** 63n) - 1n]) assert.throws(() => key(bad), UserError);
  });
});

describe("split and fold", () => {
  const root = key(0);

  it("make keys that are all different", () => {
    const keys = [
      root,
      ...split(root, 500),
      ...Array.from({ length: 500 }, (_, i) => fold(root, i - 250)),
      ...Array.from({ length: 500 }, (_, i) => fold(root, `${i - 250}`)),
      fold(root, 2 ** 32),
      fold(root, 2 ** 33),
      fold(fold(root, 1), 2),
      fold(fold(root, 2), 1),
    ];
    assert.equal(new Set(keys.map(text)).size, keys.length);
  });

  it("leave their key as it was and depend on it", () => {
    const before = root.slice();
    split(root, 3);
    fold(root, 3);
    fold(root, "three");
    assert.deepEqual(root, before);
    assert.notDeepEqual(fold(key(1), "w"), fold(root, "w"));
  });

  it("split gives a longer list the same beginning", () => {
    assert.deepEqual(split(root, 5).slice(0, 2), split(root, 2));
    assert.deepEqual(split(root, 0), []);
    assert.throws(() => split(root, -1), UserError);
    assert.throws(() => split(root, 1.5), UserError);
  });

  it("fold takes texts apart by their UTF-8 bytes and their length", () => {
    const texts = [
      "",
      "\0",
      "\0\0",
      "a",
      "a\0",
      "abcdefgh",
      "abcdefgh\0",
      "abcdefghi",
      "é",
      "e\u0301",
      "€",
      "😀",
      "block.0.w",
      "block.1.w",
    ];
    assert.equal(new Set(texts.map((t) => text(fold(root, t)))).size, texts.length);
    // A lone surrogate is written as U+FFFD.
    assert.deepEqual(fold(root, "\ud800"), fold(root, "\ufffd"));
    assert.throws(() => fold(root, 0.5), UserError);
  });
});
