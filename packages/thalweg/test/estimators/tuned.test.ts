/** Penalties chosen by cross-validation against scikit-learn and dense formulas: tools/reference/tuned_linear.py. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { random } from "../../src/index.js";
import {
  elasticNet,
  lasso,
  linearRegression,
  ridge,
  ridgePath,
  tunedElasticNet,
  tunedLasso,
  tunedRidge,
} from "../../src/linear/index.js";
import { groupKFold, kFold, leaveOneOut, shuffleSplit, timeSeriesSplit } from "../../src/selection/index.js";
import json from "../references/estimators-tuned.json" with { type: "json" };
import { close, data, flat, relativeError, weights } from "./reference.js";

const { x, y } = data.diabetes;
const sampleWeight = weights(x.length);
const both = y.map((v) => [v, Math.sqrt(v)]);
const products = x.slice(0, 40).map((row) => {
  const more = row.flatMap((a, i) => row.slice(i).map((b) => a * b * 16));
  return [...row, ...more];
});
const few = y.slice(0, 40);
const offsets = [0, 0, 1e6 / 8, 0, -3, 0, 0, 0, 0, 0];
const far = x.slice(0, 120).map((row) => row.map((v, j) => v + (offsets[j] ?? 0)));
const tolerance = 1e-15;

interface Due {
  readonly alphas: readonly number[];
  readonly errors: readonly (readonly number[])[];
  readonly alpha: number;
  readonly coefficients: readonly number[];
  readonly intercept: number;
}

describe("lasso with its penalty chosen", () => {
  const same = (
    model: { coefficients: unknown; intercepts: Float64Array; facts: object },
    due: Due,
    limit = 1e-8,
  ): void => {
    const facts = model.facts as { alpha: number; curve: { alphas: number[]; errors: number[][]; means: number[] } };
    close(facts.curve.alphas, due.alphas, 1e-11, "alphas");
    due.errors.forEach((row, a) => {
      close(facts.curve.errors[a], row, limit, `errors at ${a}`);
    });
    close(facts.alpha, due.alpha, 1e-11, "alpha");
    close(model.coefficients, due.coefficients, limit * 10, "coefficients");
    close(model.intercepts, due.intercept, limit, "intercept");
  };
  test("against scikit-learn: grids, errors of every fold, the last fit", () => {
    const settings = { count: 15, tolerance };
    same(tunedLasso(settings).fit(x, y), json.lasso.plain);
    same(tunedLasso(settings).fit(x, y, { sampleWeight }), json.lasso.weighted);
    same(tunedLasso({ ...settings, intercept: false }).fit(x, y), json.lasso["no intercept"]);
    same(tunedLasso({ ...settings, folds: timeSeriesSplit({ folds: 4 }) }).fit(x, y), json.lasso["time series"]);
    same(tunedLasso({ ...settings, ratio: 0.05, folds: 4 }).fit(products, few), json.lasso.wide, 1e-7);
    same(tunedLasso(settings).fit(far, y.slice(0, 120)), json.lasso.far, 1e-6);
  });
  test("elastic net: the best of several mixtures", () => {
    const due = json.elastic;
    const model = tunedElasticNet({ l1Ratios: [0.3, 0.7, 0.95], count: 12, ratio: 1e-2, folds: 4, tolerance }).fit(
      x,
      y,
    );
    assert.equal(model.facts.l1Ratio, due.l1Ratio);
    model.facts.curves.forEach((curve, r) => {
      close(curve.alphas, due.alphas[r], 1e-11);
      curve.errors.forEach((row, a) => {
        close(row, due.errors[r]?.[a], 1e-8, `mixture ${r}, penalty ${a}`);
      });
    });
    close(model.coefficients, due.coefficients, 1e-7);
  });
  test("one standard error: the simplest model that the folds cannot tell from the best", () => {
    const { facts } = tunedLasso({ rule: "one standard error" }).fit(x, y);
    const { alphas, means, errors, standardErrors } = facts.curve;
    const least = means.indexOf(Math.min(...means));
    const row = errors[least] ?? [];
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const error = Math.sqrt(row.reduce((s, v) => s + (v - mean) ** 2, 0) / (row.length - 1) / row.length);
    close(standardErrors[least], error, 1e-12);
    const limit = mean + error;
    const place = alphas.indexOf(facts.alpha);
    assert.ok(place < least && (means[place] ?? Infinity) <= limit && (means[place - 1] ?? 0) > limit);
    const minimum = tunedLasso().fit(x, y).facts;
    assert.ok(facts.nonZero < minimum.nonZero && minimum.alpha === alphas[least]);
  });
  test("the last fit is that of lasso and elasticNet, to the tolerance", () => {
    const model = tunedLasso({ tolerance }).fit(x, y);
    close(lasso({ alpha: model.facts.alpha, tolerance }).fit(x, y).coefficients, model.coefficients, 1e-9);
    const mixed = tunedElasticNet({ tolerance, l1Ratios: [0.4] }).fit(x, y);
    const due = elasticNet({ alpha: mixed.facts.alpha, l1Ratio: 0.4, tolerance }).fit(x, y);
    close(due.coefficients, mixed.coefficients, 1e-9);
  });
  test("splitters, in any order of rows, and errors of a fit without error", () => {
    for (const folds of [kFold({ folds: 3, shuffle: true }), shuffleSplit({ rounds: 3 }), leaveOneOut()]) {
      const part = 60;
      const model = tunedLasso({ folds, alphas: [2, 0.5], tolerance }).fit(x.slice(0, part), y.slice(0, part));
      const parts = folds.split(part);
      parts.slice(0, 3).forEach(({ train, test: rest }, k) => {
        const fitted = lasso({ alpha: 0.5, tolerance }).fit(
          Array.from(train, (i) => x[i] ?? []),
          Array.from(train, (i) => y[i] ?? 0),
        );
        const predicted = fitted.predict(Array.from(rest, (i) => x[i] ?? [])).data();
        const mean = Array.from(rest, (i, at) => ((y[i] ?? 0) - Number(predicted[at])) ** 2).reduce((a, b) => a + b, 0);
        close(model.facts.curve.errors[1]?.[k], mean / rest.length, 1e-9, `${folds.kind} ${k}`);
      });
    }
    // y is linear in the columns: what is left of it at small penalties is far below what vᵀMv can tell
    const exact = x.map((row) => 1e3 + (row[0] ?? 0) * 3 - (row[4] ?? 0));
    const alpha = 1e-9;
    const { facts } = tunedLasso({ alphas: [alpha], tolerance: 0, maxSweeps: 3000 }).fit(x, exact);
    const fold = kFold().split(x.length)[0];
    assert.ok(fold !== undefined);
    const fitted = lasso({ alpha, tolerance: 0, maxSweeps: 3000 }).fit(
      Array.from(fold.train, (i) => x[i] ?? []),
      Array.from(fold.train, (i) => exact[i] ?? 0),
    );
    const predicted = fitted.predict(Array.from(fold.test, (i) => x[i] ?? [])).data();
    const due = Array.from(fold.test, (i, at) => ((exact[i] ?? 0) - Number(predicted[at])) ** 2);
    const mean = due.reduce((a, b) => a + b, 0) / due.length;
    assert.ok(mean < 1e-10, `${mean}`);
    close(facts.curve.errors[0]?.[0], mean, 1e-3);
  });
});

describe("ridge for many penalties", () => {
  const alphas = Array.from({ length: 13 }, (_, i) => 10 ** (3 - i / 2));
  const cases = {
    plain: [x, y, {}],
    weighted: [x, y, { sampleWeight }],
    "no intercept": [x, y, { intercept: false }],
    wide: [products, few, {}],
    far: [far, y.slice(0, 120), {}],
  } as const;
  test("the path is that of ridge for each penalty", () => {
    for (const [name, [rows, target, { ...options }]] of Object.entries(cases)) {
      const { intercept = true, ...weighted } = options as { intercept?: boolean; sampleWeight?: number[] };
      const path = ridgePath([...rows], [...target], options);
      path.forEach((point, a) => {
        assert.equal(point.alpha, alphas[a]);
        const due = ridge({ alpha: point.alpha, intercept }).fit([...rows], [...target], weighted);
        close(point.coefficients, due.coefficients, name === "far" ? 1e-8 : 1e-10, `${name} ${point.alpha}`);
        close(point.intercepts, due.intercepts, name === "far" ? 1e-8 : 1e-10, `${name} ${point.alpha}`);
      });
    }
  });
  test("errors of rows left out, against scikit-learn", () => {
    const due = json.leaveOneOut;
    for (const [name, [rows, target, options]] of Object.entries(cases)) {
      const path = ridgePath([...rows], [...target], { ...options, errors: true });
      const { means, first } = due[name as keyof typeof cases];
      const limit = name === "far" ? 1e-7 : 1e-9;
      path.forEach((point, a) => {
        close(point.leaveOneOut, means[a], limit, `${name} ${point.alpha}`);
        for (let i = 0; i < 4; i += 1) {
          const weight = "sampleWeight" in options ? (sampleWeight[i] ?? 0) : 1;
          close((point.errors?.[i] ?? 0) ** 2 * weight, first[i]?.[a], 10 * limit, `${name} row ${i}`);
        }
      });
    }
    const [first = [], second = []] = due["two targets"].means;
    ridgePath(x, both).forEach((point, a) => {
      close(point.leaveOneOut, [first[a], second[a]], 1e-9);
    });
  });
  test("errors of rows left out, by leaving them out", () => {
    const rows = [0, 17, 39];
    for (const point of ridgePath(products, few, {
      sampleWeight: sampleWeight.slice(0, 40),
      alphas: [0.1],
      errors: true,
    }))
      for (const i of rows) {
        const rest = <T>(list: readonly T[]): T[] => list.slice(0, 40).filter((_, k) => k !== i);
        const model = ridge({ alpha: 0.1 }).fit(rest(products), rest(few), { sampleWeight: rest(sampleWeight) });
        const predicted = Number(model.predict([products[i] ?? []]).data()[0]);
        close(point.errors?.[i], (few[i] ?? 0) - predicted, 1e-9);
      }
  });
  test("generalised cross-validation and free coefficients, against the whole matrix", () => {
    for (const name of ["plain", "weighted", "no intercept", "wide"] as const) {
      const [rows, target, options] = cases[name];
      ridgePath([...rows], [...target], options).forEach((point, a) => {
        const [gcv, freedom] = json.generalised[name][a] ?? [];
        close(point.generalised, gcv, 1e-8, `${name} ${point.alpha}`);
        close(point.degreesOfFreedom, freedom, 1e-9, name);
      });
    }
  });
  test("the penalty chosen, for all targets and for each", () => {
    for (const name of ["plain", "weighted", "no intercept", "wide"] as const) {
      const [rows, target, { ...options }] = cases[name];
      const { intercept = true, ...weighted } = options as { intercept?: boolean; sampleWeight?: number[] };
      const model = tunedRidge({ intercept }).fit([...rows], [...target], weighted);
      const due = json.leaveOneOut[name];
      close(model.facts.alphas, due.alpha, 1e-12, name);
      close(model.coefficients, due.coefficients, 1e-9, name);
      close(model.intercepts, due.intercept, 1e-9, name);
    }
    const shared = tunedRidge().fit(x, both);
    const due = json.leaveOneOut["two targets"];
    close(shared.facts.alphas, [due.alpha, due.alpha], 1e-12);
    close(shared.coefficients, due.coefficients, 1e-9);
    const own = tunedRidge({ perTarget: true, method: "generalised" }).fit(x, both);
    assert.equal(own.facts.curves.length, 2);
    [0, 1].forEach((t) => {
      const one = tunedRidge({ method: "generalised" }).fit(
        x,
        both.map((row) => row[t] ?? 0),
      );
      assert.equal(one.facts.alphas[0], own.facts.alphas[t]);
      close(flat(own.coefficients).slice(10 * t, 10 * t + 10), one.coefficients, 1e-10);
    });
  });
  test("by folds, against scikit-learn", () => {
    const two = tunedRidge({ method: "folds", folds: 4, perTarget: true }).fit(x, both).facts.curves;
    json.folds["two targets"].forEach((row, a) => {
      row.forEach((values, k) => {
        [0, 1].forEach((t) => {
          close(two[t]?.errors[a]?.[k], (values as number[])[t], 1e-9, `penalty ${a}, fold ${k}, target ${t}`);
        });
      });
    });
    const weighted = tunedRidge({ method: "folds", folds: 4 }).fit(x, y, { sampleWeight });
    close(weighted.facts.curves[0]?.errors, json.folds.weighted, 1e-9);
    const wide = tunedRidge({ method: "folds", folds: 4 }).fit(products, few);
    close(wide.facts.curves[0]?.errors, json.folds.wide, 1e-9);
    const simple = tunedRidge({ method: "folds", rule: "one standard error" }).fit(x, y);
    const best = tunedRidge({ method: "folds" }).fit(x, y);
    assert.ok((simple.facts.alphas[0] ?? 0) > (best.facts.alphas[0] ?? 0));
  });
  test("twin columns, constant ones and no penalty: the shortest of the minima", () => {
    const twins = x.slice(0, 50).map((row) => [...row, row[0] ?? 0, 7]);
    const target = y.slice(0, 50);
    const [point] = ridgePath(twins, target, { alphas: [0] });
    close(point?.coefficients, linearRegression().fit(twins, target).coefficients, 1e-8);
    close(point?.degreesOfFreedom, 11, 1e-12);
    const [still] = ridgePath([[1], [1], [1]], [1, 2, 6], { alphas: [1] });
    close(still?.coefficients, [0], 0);
    close(still?.intercepts, [3], 1e-15);
    close(still?.leaveOneOut, ((1 - 4) ** 2 + (2 - 3.5) ** 2 + (6 - 1.5) ** 2) / 3, 1e-14);
  });
  test("where a row decides its own prediction there is no error without it", () => {
    const rows = [
      [1, 0],
      [0, 1],
      [1, 3],
    ];
    const points = ridgePath(rows, [1, 2, 4], { alphas: [1, 0] });
    assert.ok(Number.isFinite(points[0]?.leaveOneOut[0]));
    assert.equal(points[1]?.leaveOneOut[0], Infinity);
    assert.equal(points[1]?.generalised[0], Infinity);
    const model = tunedRidge({ alphas: [1, 0] }).fit(rows, [1, 2, 4]);
    assert.deepEqual([model.facts.alphas, model.facts.curves[0]?.alphas], [[1], [1]]);
    assert.throws(() => tunedRidge({ alphas: [0] }).fit(rows, [1, 2, 4]), /no more rows than free coefficients/);
  });
});

describe("moments", () => {
  test("a column far from 0, of which the first rows are unlike the others", () => {
    const n = 3000;
    const z = random.normal([n, 4], { key: random.key(5), dtype: "float64" }).array() as number[][];
    // every 47th row is what a sample of rows may well consist of
    const rows = z.map(([a = 0, b = 0, c = 0], i) => [a + (i % 46 === 0 ? 1e9 : 0), 1e6 + b, c]);
    const target = z.map(([a = 0, b = 0, c = 0, e = 0], i) => (i % 46 === 0 ? 0 : a) + 2 * b - c + 0.1 * e);
    const sampleWeight = rows.map((_, i) => (i % 46 === 0 ? 1e-12 : 1));
    const kept = <T>(list: readonly T[]): T[] => list.filter((_, i) => i % 46 !== 0);
    const plain = kept(rows).map(([a = 0, b = 0, c = 0]) => [a, b - 1e6, c]);
    const due = ridge({ alpha: 1 }).fit(plain, kept(target));
    const zero = sampleWeight.map((w) => (w < 1 ? 0 : 1));
    close(ridge({ alpha: 1 }).fit(rows, target, { sampleWeight: zero }).coefficients, due.coefficients, 1e-9);
    const means = lasso({ alpha: 0.01, tolerance: 1e-15 });
    const weighted = means.fit(rows, target, { sampleWeight: zero });
    close(weighted.coefficients, means.fit(plain, kept(target)).coefficients, 1e-8);
  });
  test("a feature of mean 1e6 and deviation 1 costs no digits that matter", () => {
    const z = random.normal([500, 4], { key: random.key(6), dtype: "float64" }).array() as number[][];
    const moved = z.map((row) =>
      row.slice(0, 3).map((v, j) => (j === 1 ? Math.round(v * 2 ** 20) / 2 ** 20 + 1e6 : v)),
    );
    const still = moved.map((row) => row.map((v, j) => (j === 1 ? v - 1e6 : v)));
    const target = z.map(([a = 0, b = 0, c = 0, e = 0]) => a - 2 * b + c / 2 + e);
    for (const make of [
      () => ridge(),
      () => lasso({ alpha: 0.1, tolerance: 1e-15 }),
      () => tunedRidge(),
      () => tunedLasso(),
    ]) {
      const error = relativeError(make().fit(moved, target).coefficients, make().fit(still, target).coefficients);
      assert.ok(error < 1e-9, `${make().kind}: ${error}`);
    }
  });
});

test("wrong input is refused in words", () => {
  assert.throws(
    () => tunedLasso({ alphas: [1, 0] }),
    /tunedLasso: alphas must be an array of at least 1, each a number > 0/,
  );
  assert.throws(() => tunedLasso({ folds: 1 }), /folds must be a whole number ≥ 2 or a splitter/);
  assert.throws(() => tunedLasso({ folds: groupKFold() }), /folds must be a whole number ≥ 2 or a splitter/);
  assert.throws(
    () => tunedLasso().fit(x.slice(0, 3), y.slice(0, 3)),
    /folds must be at most the number of rows, 3, got 5/,
  );
  assert.throws(() => tunedLasso().fit(x, both), /one target a row/);
  assert.throws(() => tunedElasticNet({ l1Ratios: [0.5, 0] }), /l1Ratios must be an array/);
  const none = y.map((_, i) => (i < 89 ? 0 : 1));
  assert.throws(() => tunedLasso().fit(x, y, { sampleWeight: none }), /fold 0 .* no row with weight to test on/);
  assert.throws(() => tunedRidge({ alphas: [-1] }), /alphas must be an array of at least 1, each a number ≥ 0/);
  assert.throws(() => tunedRidge({ rule: "one standard error" }), /needs "folds"/);
  assert.throws(() => ridgePath(x, y, { alphas: [] }), /alphas must be an array of at least 1/);
  assert.throws(() => ridgePath([[1], [Number.NaN]], [1, 2]), /NaN at row 1, column 0/);
  assert.throws(() => lasso().fit([[1e200], [-1e200], [3e200]], [1, 2, 3]), /leave the range of numbers/);
});

test("settings with a splitter come back from JSON", () => {
  const model = tunedLasso({ folds: kFold({ folds: 3, shuffle: true, seed: 4 }), count: 5 }).fit(x, y);
  const again = tunedLasso.fromJSON(JSON.parse(JSON.stringify(model.toJSON())));
  assert.deepEqual([...again.predict(x).data()], [...model.predict(x).data()]);
  assert.deepEqual(again.facts, model.facts);
  const made = tunedLasso(JSON.parse(JSON.stringify(model.settings)) as object).fit(x, y);
  assert.deepEqual(made.facts, model.facts);
});
