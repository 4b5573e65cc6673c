/** Sums that keep their digits; mean and variance of a stream. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tensor, UserError } from "../../src/index.js";
import { accurateSum, RunningMoments } from "../../src/linalg/index.js";
import json from "../references/iterative.json" with { type: "json" };
import { gaussian } from "./matrices.js";
import { eps } from "./measure.js";

const { terms, exact, mean, variance } = json.sums;

function close(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${actual}, not ${expected}`);
}

test("compensated sums are exact to two units where plain ones lose everything", () => {
  close(accurateSum(terms, { method: "compensated" }), exact, 2 * eps);
  assert.equal(accurateSum([1e100, 1, -1e100], { method: "compensated" }), 1);
  assert.equal(accurateSum([1, 1e100, 1, -1e100], { method: "compensated" }), 2);
  assert.equal(accurateSum([1e100, 1, -1e100]), 0);
});

test("pairwise sums err like the logarithm of their length", () => {
  const n = 1_000_000;
  const tenths = new Float64Array(n).fill(0.1);
  let plain = 0;
  for (const x of tenths) plain += x;
  const truth = 0.1 * n;
  // the leaves add 32 numbers one by one
  close(accurateSum(tenths), truth, 12 * eps);
  assert.ok(Math.abs(plain - truth) > 1000 * Math.abs(accurateSum(tenths) - truth), `plain ${plain}`);
});

test("tensors, integers, nothing, infinities and NaN", () => {
  assert.equal(
    accurateSum(
      tensor([
        [1, 2],
        [3, 4.5],
      ]),
    ),
    10.5,
  );
  assert.equal(accurateSum(Int32Array.of(2 ** 31 - 1, 2 ** 31 - 1)), 2 ** 32 - 2);
  for (const method of ["pairwise", "compensated"] as const) {
    assert.equal(accurateSum([], { method }), 0);
    assert.equal(accurateSum([1, Number.POSITIVE_INFINITY, 2], { method }), Number.POSITIVE_INFINITY);
    assert.equal(accurateSum([1e308, 1e308, 1], { method }), Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(accurateSum([1, Number.NaN, 2], { method })));
    assert.ok(Number.isNaN(accurateSum([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], { method })));
  }
});

test("running moments agree with NumPy, whichever way the stream is cut", () => {
  const stream = terms.slice(0, 200);
  const whole = new RunningMoments().add(stream);
  close(whole.variance(), variance, 1e-13);
  close(whole.mean, mean, 1e-11);
  for (const cut of [0, 1, 77, 199, 200]) {
    const left = new RunningMoments().add(stream.slice(0, cut));
    const right = new RunningMoments().add(stream.slice(cut));
    left.merge(right);
    assert.equal(left.count, 200);
    close(left.variance(), variance, 1e-13);
    close(left.mean, mean, 1e-11);
    assert.equal(right.count, 200 - cut);
  }
});

test("a large offset takes no digits from the variance", () => {
  const data = Float64Array.from(gaussian(1, 5000, 3).data(), (x) => Math.round(x * 64) / 64);
  const near = new RunningMoments().add(data);
  const far = new RunningMoments().add(data.map((x) => x + 1e9));
  close(far.variance(), near.variance(), 1e-13);
  const naive = data.map((x) => x + 1e9);
  const squares = accurateSum(naive.map((x) => x * x)) / 5000 - (accurateSum(naive) / 5000) ** 2;
  assert.ok(Math.abs(squares - near.variance()) > 0.1, `the textbook formula gives ${squares}`);
});

test("few numbers, and what is refused", () => {
  const empty = new RunningMoments();
  assert.ok(Number.isNaN(empty.mean) && Number.isNaN(empty.variance()));
  const one = empty.add(5);
  assert.deepEqual(one.summary(), { count: 1, mean: 5, sumOfSquares: 0 });
  assert.ok(Number.isNaN(one.variance()));
  assert.equal(one.variance(0), 0);
  assert.equal(new RunningMoments().add([1, 3]).standardDeviation(), Math.SQRT2);
  assert.throws(() => accurateSum("1, 2" as unknown as number[]), UserError);
  assert.throws(() => accurateSum([1, "2"] as unknown as number[]), /element 1 is no number/);
  assert.throws(() => accurateSum([1], { method: "kahan" as "pairwise" }), /pairwise.*compensated/);
  assert.throws(() => one.variance(-1), UserError);
});
