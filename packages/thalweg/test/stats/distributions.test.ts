/** Against SciPy: tools/reference/metrics.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  binomial,
  chiSquared,
  type Distribution,
  fisherF,
  logBeta,
  logGamma,
  normal,
  signedRankCdf,
  studentT,
} from "../../src/stats/index.js";
import { assertClose } from "../metrics/closeness.js";

interface Row {
  readonly name: string;
  readonly args: readonly number[];
  readonly x: readonly number[];
  readonly cdf: readonly number[];
  readonly survival: readonly number[];
  readonly p: readonly number[];
  readonly quantile: readonly number[];
}

const file = JSON.parse(readFileSync(new URL("../../../test/references/metrics.json", import.meta.url), "utf8")) as {
  readonly distributions: readonly Row[];
  readonly specials: {
    readonly logGamma: readonly [number[], number[]];
    readonly logBeta: readonly [number[], number[], number[]];
    readonly signedRank: readonly [number, number, number][];
  };
};

const make: Readonly<Record<string, (...args: number[]) => Distribution>> = { normal, studentT, chiSquared, fisherF };

test("both tails keep their digits, and quantiles theirs", () => {
  for (const { name, args, x, cdf, survival, p, quantile } of file.distributions) {
    const distribution = make[name]?.(...args) ?? assert.fail(name);
    const label = `${name}(${args.join(", ")})`;
    // Relative to the tail itself, however small.
    x.forEach((at, i) => {
      assertClose(distribution.cdf(at), cdf[i] ?? 0, `${label}.cdf(${at})`, 2e-12, 1e-300);
      assertClose(distribution.survival(at), survival[i] ?? 0, `${label}.survival(${at})`, 2e-12, 1e-300);
    });
    p.forEach((at, i) => {
      assertClose(distribution.quantile(at), quantile[i] ?? 0, `${label}.quantile(${at})`, 1e-10, 1e-12);
    });
  }
});

test("special functions", () => {
  const { logGamma: g, logBeta: b, signedRank } = file.specials;
  g[0].forEach((x, i) => {
    assertClose(logGamma(x), g[1][i] ?? 0, `logGamma(${x})`, 1e-14, 1);
  });
  b[0].forEach((x, i) => {
    assertClose(logBeta(x, b[1][i] ?? 1), b[2][i] ?? 0, `logBeta(${x})`, 1e-13, 1);
  });
  for (const [n, w, p] of signedRank) assertClose(signedRankCdf(w, n), p, `signedRankCdf(${w}, ${n})`);
});

test("the binomial distribution sums its terms", () => {
  const choose = [1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1];
  let sum = 0;
  choose.forEach((c, k) => {
    sum += c * 0.3 ** k * 0.7 ** (10 - k);
    assertClose(binomial(10, 0.3).cdf(k), sum, `P(X ≤ ${k})`, 1e-13);
  });
  assert.equal(binomial(4, 0.5).cdf(-1), 0);
});

test("what is no distribution is refused by name", () => {
  assert.throws(() => studentT(0), /df must be a finite number > 0, got 0/);
  assert.throws(() => normal(0, -1), /std must be a number > 0/);
  assert.throws(() => chiSquared(Number.NaN), /df must be/);
  assert.throws(() => normal().quantile(1), /above 0 and below 1, got 1/);
  assert.throws(() => logGamma(-1), /x must be a number > 0/);
});
