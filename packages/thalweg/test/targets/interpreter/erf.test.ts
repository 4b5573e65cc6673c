import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { erf, erfc } from "../../../src/targets/interpreter/erf.js";
import { ulps } from "../../graph/compare.js";

/** 2/√π·e^(−x²)·Σ 2ⁿ x²ⁿ⁺¹/(2n+1)‼, all terms positive: good to a few units for small x, and nothing like the rational forms. */
function series(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; term > 1e-18 * total; n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

describe("erf", () => {
  it("agrees with its series, across every joint of its pieces", () => {
    for (let x = 2 ** -30; x < 3.5; x += 1 / 512) {
      const distance = ulps(erf(x), series(x), "float64");
      // The series loses about x² units where x² is rounded before its exponential.
      assert.ok(distance <= 6 + x * x, `erf(${x}) is ${distance} ulp from its series`);
    }
  });

  it("is odd, rises, and ends at 1", () => {
    let before = 0;
    for (let x = 0; x < 7; x += 1 / 256) {
      const y = erf(x);
      assert.ok(y >= before, `erf falls at ${x}`);
      assert.equal(erf(-x), -y);
      before = y;
    }
    assert.equal(before, 1);
  });

  it("keeps the digits of subnormal arguments", () => {
    // 2/√π·10 is 11.28…: of the smallest numbers, 10 become 11.
    assert.equal(erf(10 * 2 ** -1074), 11 * 2 ** -1074);
    assert.equal(erf(2 ** -1074), 2 ** -1074);
  });
});

describe("erfc", () => {
  it("completes erf to 1, on both sides", () => {
    for (let x = -7; x < 7; x += 1 / 512) {
      const [own, other] = [erfc(x), 1 - erf(x)];
      assert.ok(Math.abs(own - other) <= 3e-16 * Math.max(1, own), `erfc(${x}) = ${own}, 1 − erf = ${other}`);
      assert.ok(Math.abs(own + erfc(-x) - 2) <= 5e-16, `erfc(±${x}) do not add up to 2`);
    }
  });

  it("falls without a jump at the joints of its pieces, and ends at 0 and 2", () => {
    for (const joint of [-6, -1.25, -0.84375, 0.25, 0.84375, 1.25, 1 / 0.35, 27.2]) {
      const [before, after] = [erfc(joint - 2 ** -40), erfc(joint + 2 ** -40)];
      const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-joint * joint);
      assert.ok(
        before >= after && before - after <= 2 ** -38 * slope + 4e-16 * before,
        `${joint}: ${before}, ${after}`,
      );
    }
    assert.deepEqual([erfc(0), erfc(Infinity), erfc(-Infinity), erfc(28)], [1, 0, 2, 0]);
    assert.ok(Number.isNaN(erfc(Number.NaN)));
  });
});
