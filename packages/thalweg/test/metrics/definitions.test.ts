/** Curves and reports against their definitions, written out the slow way, with ties, weights of 0 and both zeros. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as m from "../../src/metrics/index.js";

function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

test("the area is the chance that a positive row has the higher score, ties counting half", () => {
  for (const seed of [1, 2, 3, 4]) {
    const next = uniform(seed);
    const n = 80;
    const scores = Float64Array.from({ length: n }, () => Math.round(next() * 12 - 6) / 4 || (next() < 0.5 ? 0 : -0));
    const truth = Int32Array.from(scores, (s) => (next() < 0.5 + s / 4 ? 1 : 0));
    const given = Float64Array.from(scores, () => Math.max(0, Math.floor(next() * 5) - 1));
    for (const weights of [undefined, given]) {
      let [won, all] = [0, 0];
      for (let i = 0; i < n; i += 1)
        for (let j = 0; j < n; j += 1) {
          if (truth[i] !== 1 || truth[j] !== 0) continue;
          const weight = (weights?.[i] ?? 1) * (weights?.[j] ?? 1);
          const [a, b] = [scores[i] ?? 0, scores[j] ?? 0];
          all += weight;
          won += weight * (a > b ? 1 : a === b ? 0.5 : 0);
        }
      const options = weights === undefined ? {} : { sampleWeight: weights };
      assert.ok(Math.abs(m.rocAuc(truth, scores, options) - won / all) < 1e-15, `seed ${seed}`);
      const curve = m.rocCurve(truth, scores, { ...options, dropCollinear: false });
      const kept = [...scores.keys()].filter((i) => (weights?.[i] ?? 1) > 0);
      const different = new Set(kept.map((i) => (scores[i] ?? 0) + 0));
      assert.equal(curve.thresholds.length, different.size + 1, "a point for each different score, and the first");
      curve.thresholds.forEach((threshold, k) => {
        const rate = (label: number, found: boolean): number =>
          kept
            .filter((i) => truth[i] === label && (!found || (scores[i] ?? 0) >= threshold))
            .reduce((sum, i) => sum + (weights?.[i] ?? 1), 0);
        assert.ok(Math.abs((curve.truePositiveRate[k] ?? 0) - rate(1, true) / rate(1, false)) < 1e-15);
        assert.ok(Math.abs((curve.falsePositiveRate[k] ?? 0) - rate(0, true) / rate(0, false)) < 1e-15);
      });
    }
  }
});

test("the report holds what its parts say one by one", () => {
  const next = uniform(9);
  const truth = Int32Array.from({ length: 200 }, () => Math.floor(next() * 4));
  const found = Int32Array.from(truth, (t) => (next() < 0.6 ? t : Math.floor(next() * 5)));
  const weights = Float64Array.from(truth, () => Math.floor(next() * 4));
  for (const options of [{}, { sampleWeight: weights }]) {
    const report = m.classificationReport(truth, found, options);
    const same = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-14, `${a} ${b}`);
    same(report.accuracy, m.accuracy(truth, found, options));
    for (const [name, metric] of [
      ["precision", m.precision],
      ["recall", m.recall],
      ["f1", m.f1],
    ] as const) {
      metric(truth, found, { ...options, average: "none" }).forEach((v, k) => {
        same(report.classes[k]?.[name] ?? Number.NaN, v);
      });
      same(report.macro[name], metric(truth, found, { ...options, average: "macro" }));
      same(report.weighted[name], metric(truth, found, { ...options, average: "weighted" }));
    }
  }
});

test("a million rows: a report takes a few times as long as one score", () => {
  const next = uniform(5);
  const rows = 1e6;
  const scores = Float64Array.from({ length: rows }, next);
  const truth = Int32Array.from(scores, (s) => (next() < s ? 1 : 0));
  const found = Int32Array.from(scores, (s) => (s > 0.5 ? 1 : 0));
  const least = (call: () => unknown): number => {
    const times = [0, 1, 2].map(() => {
      const begin = performance.now();
      call();
      return performance.now() - begin;
    });
    return Math.min(...times);
  };
  const f1 = least(() => m.f1(truth, found));
  const report = least(() => m.classificationReport(truth, found));
  assert.ok(report < 5 * f1, `report ${report} ms, f1 ${f1} ms`);
});
