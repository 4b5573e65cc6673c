import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IndexError, ShapeError } from "../../src/base/errors.js";
import {
  broadcastShapes,
  checkShape,
  contiguousStrides,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  sameShape,
  sizeOf,
} from "../../src/base/shape.js";

/** Broadcasting as NumPy's manual words it, written the slow way: pad the shorter shape with ones in front, then compare. */
function broadcastByRule(a: readonly number[], b: readonly number[]): number[] | undefined {
  const pad = (shape: readonly number[], rank: number) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const rank = Math.max(a.length, b.length);
  const right = pad(b, rank);
  const result: number[] = [];
  for (const [axis, x] of pad(a, rank).entries()) {
    const y = right[axis];
    if (x === y || y === 1) result.push(x);
    else if (x === 1 && y !== undefined) result.push(y);
    else return undefined;
  }
  return result;
}

function shapesUpTo(rank: number, sizes: readonly number[]): number[][] {
  let layer: number[][] = [[]];
  const all: number[][] = [[]];
  for (let r = 0; r < rank; r += 1) {
    layer = layer.flatMap((shape) => sizes.map((size) => [...shape, size]));
    all.push(...layer);
  }
  return all;
}

describe("broadcastShapes", () => {
  it("follows NumPy's rule for every pair of shapes with sizes 0 to 3 up to rank 3", () => {
    const shapes = shapesUpTo(3, [0, 1, 2, 3]);
    let refused = 0;
    for (const a of shapes) {
      for (const b of shapes) {
        const expected = broadcastByRule(a, b);
        if (expected === undefined) {
          refused += 1;
          assert.throws(() => broadcastShapes("add", a, b), ShapeError);
        } else {
          assert.deepEqual([...broadcastShapes("add", a, b)], expected);
        }
      }
    }
    assert.ok(refused > 0);
  });

  it("names the op and both shapes when they do not fit", () => {
    assert.throws(() => broadcastShapes("add", [2, 3], [4, 3]), /^ShapeError: add: .*\[2, 3\].*\[4, 3\].*axis -2/);
  });
});

describe("axes", () => {
  it("count from the back when negative", () => {
    assert.equal(normalizeAxis("sum", -1, 3), 2);
    assert.equal(normalizeAxis("sum", 0, 1), 0);
    assert.deepEqual(normalizeAxes("sum", [2, -3], 3), [0, 2]);
    assert.deepEqual(normalizeAxes("sum", undefined, 2), [0, 1]);
    assert.deepEqual(normalizeAxes("sum", -1, 2), [1]);
  });

  it("out of range, fractional, not a number or given twice are refused", () => {
    for (const axis of [3, -4, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => normalizeAxis("sum", axis, 3), IndexError, `axis ${axis}`);
    }
    assert.throws(() => normalizeAxis("sum", 0, 0), /scalar/);
    assert.throws(() => normalizeAxes("sum", [1, -1], 2), /twice/);
  });
});

describe("shapes", () => {
  it("know their size and strides", () => {
    assert.equal(sizeOf([]), 1);
    assert.equal(sizeOf([3, 0, 2]), 0);
    assert.deepEqual(contiguousStrides([2, 3, 4]), [12, 4, 1]);
    assert.deepEqual(contiguousStrides([]), []);
    assert.equal(sameShape([1], [1, 1]), false);
    assert.equal(sameShape([2, 1], [2, 1]), true);
  });

  it("lose or keep their reduced axes", () => {
    assert.deepEqual(reducedShape([2, 3, 4], [0, 2], false), [3]);
    assert.deepEqual(reducedShape([2, 3, 4], [0, 2], true), [1, 3, 1]);
    assert.deepEqual(reducedShape([], [], true), []);
  });

  it("hold whole numbers only", () => {
    assert.deepEqual(checkShape("zeros", [0, 2]), [0, 2]);
    for (const size of [-1, 1.5, Number.NaN]) assert.throws(() => checkShape("zeros", [2, size]), ShapeError);
  });
});
