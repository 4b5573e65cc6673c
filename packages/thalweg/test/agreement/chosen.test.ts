/**
 * Estimators that choose a penalty, bear outliers, keep margins or follow a graph, on the classic sets against scikit-learn: tools/reference/classic_sets.py.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { spectralClustering } from "../../src/cluster/index.js";
import {
  huberRegression,
  linearSvm,
  logisticRegression,
  polynomialRegression,
  tunedElasticNet,
  tunedLasso,
  tunedRidge,
} from "../../src/linear/index.js";
import { adjustedRand } from "../../src/metrics/index.js";
import { close, flat } from "../estimators/reference.js";
import json from "../references/classic-chosen.json" with { type: "json" };
import {
  california,
  cancer,
  diabetes,
  digits,
  iris,
  type MixedSet,
  type NumberSet,
  needsData,
  type Rows,
  seattle,
  standard,
  weightsOf,
  wine,
} from "./sets.js";

interface Fit {
  readonly coefficients: readonly unknown[];
  readonly intercept: number | readonly number[];
  readonly score: number;
}

interface Fitted {
  readonly coefficients: unknown;
  readonly intercepts: Float64Array;
  score(x: Rows, y: readonly (number | string)[], options?: object): number;
}

function same(
  model: unknown,
  due: Fit,
  [x, y, options]: readonly [Rows, readonly (number | string)[], object],
  what: string,
  tolerance = 1e-6,
): void {
  const fitted = model as Fitted;
  close(fitted.coefficients, due.coefficients, tolerance, `${what}: coefficients`);
  const scale = Math.max(1, ...[due.intercept].flat().map(Math.abs));
  [due.intercept].flat().forEach((b, k) => {
    assert.ok(Math.abs((fitted.intercepts[k] ?? Number.NaN) - b) <= tolerance * scale, `${what}: intercept ${k}`);
  });
  const score = fitted.score(x, y, options);
  assert.ok(Math.abs(score - due.score) <= 1e-6, `${what}: score ${score}, ${due.score} is due`);
}

for (const [name, load] of [
  ["diabetes", diabetes],
  ["california", california],
] as const) {
  const due = json[name];
  const prepared = (): NumberSet & { readonly w: object } => {
    const { x, y } = load();
    return { x: standard(x), y, w: { sampleWeight: weightsOf(y) } };
  };

  test(`${name}: Huber regression`, needsData, () => {
    const { x, y, w } = prepared();
    for (const [key, settings, options] of [
      ["plain", {}, {}],
      ["1.1 weighted", { epsilon: 1.1, alpha: 0.01 }, w],
    ] as const) {
      const model = huberRegression(settings).fit(x, y, options);
      same(model, due.huber[key], [x, y, options], key);
      close(model.facts.scale, due.huber[key].scale, 1e-6, "scale");
    }
  });

  test(`${name}: penalties chosen by rows left out and by folds`, needsData, () => {
    const { x, y, w } = prepared();
    for (const [key, options] of [
      ["plain", {}],
      ["weighted", w],
    ] as const) {
      const model = tunedRidge().fit(x, y, options);
      close(model.facts.alphas, [due.ridge[key].alpha], 1e-12, `ridge, ${key}: penalty`);
      same(model, due.ridge[key], [x, y, {}], `ridge, ${key}`, 1e-9);
    }
    const folded = tunedRidge({ method: "folds" }).fit(x, y);
    close(folded.facts.alphas, [due.ridgeFolds.alpha], 1e-12, "ridge by folds: penalty");
    same(folded, due.ridgeFolds, [x, y, {}], "ridge by folds", 1e-9);
    const lasso = tunedLasso({ count: 30 }).fit(x, y);
    close(lasso.facts.alpha, due.lasso.alpha, 1e-9, "lasso: penalty");
    close(lasso.facts.curve.means, due.lasso.means, 1e-8, "lasso: errors of folds");
    same(lasso, due.lasso, [x, y, {}], "lasso");
    const net = tunedElasticNet({ l1Ratios: [0.3, 0.8], count: 20 }).fit(x, y);
    close([net.facts.alpha, net.facts.l1Ratio], [due.elasticNet.alpha, due.elasticNet.l1Ratio], 1e-9, "elastic net");
    same(net, due.elasticNet, [x, y, {}], "elastic net");
  });

  test(`${name}: polynomial regression`, needsData, () => {
    const { x, y } = prepared();
    same(polynomialRegression({ degree: 2, alpha: 0.5 }).fit(x, y), due.polynomial, [x, y, {}], "squares");
  });
}

type Margins = Readonly<Record<string, Fit>>;
const sets: readonly (readonly [
  string,
  () => NumberSet | MixedSet,
  { readonly squaredHinge: Margins; readonly hinge?: Margins },
])[] = [
  ["iris", () => ({ ...iris(), x: standard(iris().x) }), json.iris],
  ["wine", () => ({ ...wine(), x: standard(wine().x) }), json.wine],
  ["cancer", () => ({ ...cancer(), x: standard(cancer().x) }), json.cancer],
  ["digits", () => ({ ...digits(), x: digits().x.map((row) => row.map((v) => v / 16)) }), json.digits],
  ["seattle", () => ({ ...seattle(), x: standard(seattle().x) }), json.seattle],
];

for (const [name, load, due] of sets)
  test(`${name}: support vector machines`, needsData, () => {
    const { x, y } = load();
    for (const loss of ["squaredHinge", "hinge"] as const)
      for (const [key, fit] of Object.entries(due[loss] ?? {})) {
        const options = key.includes("weighted") ? { sampleWeight: weightsOf(y) } : {};
        const classWeights = key.includes("balanced") ? "balanced" : "equal";
        const model = linearSvm({ alpha: Number.parseFloat(key), loss, classWeights }).fit(x, y, options);
        same(model, fit, [x, y, options], `${loss}, ${key}`);
      }
  });

for (const [name, load, due] of [
  ["iris", iris, json.iris],
  ["wine", wine, json.wine],
  ["cancer", cancer, json.cancer],
  ["seattle", seattle, json.seattle],
] as const)
  test(`${name}: logistic regression with absolute values of the weights held down`, needsData, () => {
    const { x: raw, y } = load();
    const x = standard(raw);
    for (const [key, fit] of Object.entries(due.logistic)) {
      const [alpha = 1, l1Ratio = 0] = key.split(" ").map(Number);
      const options = key.includes("weighted") ? { sampleWeight: weightsOf(y) } : {};
      const model = logisticRegression({ alpha, l1Ratio }).fit(x, y, options);
      close(model.coefficients, fit.coefficients, 1e-6, `${key}: coefficients`);
      const zeros = (rows: unknown): boolean[] => flat(rows).map((v) => v === 0);
      assert.deepEqual(zeros(model.coefficients), zeros(fit.coefficients), `${key}: which are 0`);
      const some = x.filter((_, i) => i % Math.max(1, Math.floor(y.length / 15)) === 0);
      close(model.predictProbabilities(some), fit.probabilities, 1e-6, `${key}: probabilities`);
      assert.ok(Math.abs(model.score(x, y, options) - fit.score) <= 1e-12, `${key}: score`);
    }
  });

for (const [name, load, clusters] of [
  ["iris", iris, 3],
  ["wine", wine, 3],
  ["cancer", cancer, 2],
] as const)
  test(`${name}: spectral clustering`, needsData, () => {
    const x = standard(load().x);
    // scikit-learn counts a row among its own neighbours.
    for (const [key, settings] of [
      ["spectral rbf", { gamma: 0.1 }],
      ["spectral nearest", { affinity: "nearest neighbors", neighbors: 10 }],
    ] as const) {
      const { labels } = spectralClustering({ clusters, starts: 50, ...settings }).fit(x);
      assert.equal(adjustedRand(json[name][key], labels), 1, key);
    }
  });
