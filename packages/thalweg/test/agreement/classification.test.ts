/** Classes of iris, wine, breast cancer, digits, MNIST and the weather against scikit-learn: tools/reference/classic_sets.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bernoulliBayes, gaussianBayes, multinomialBayes } from "../../src/bayes/index.js";
import { logisticRegression, perceptron } from "../../src/linear/index.js";
import { logLoss } from "../../src/metrics/index.js";
import { crossValidate, type ScorerName, type Splitter } from "../../src/selection/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { close, flat } from "../estimators/reference.js";
import json from "../references/classic-classification.json" with { type: "json" };
import {
  cancer,
  digits,
  every,
  iris,
  type MixedSet,
  mnist,
  type NumberSet,
  needsData,
  type Rows,
  seattle,
  standard,
  weightsOf,
  wine,
} from "./sets.js";

interface LinearFit {
  readonly coefficients: Rows;
  readonly intercept: readonly number[];
  readonly score: number;
}
interface LogisticFit extends LinearFit {
  readonly probabilities: Rows;
  readonly loss: number;
}
interface GaussianFit {
  readonly score: number;
  readonly logs: Rows;
  readonly means?: Rows;
  readonly variances?: Rows;
}
type Crossed = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
interface Due {
  readonly logistic: Readonly<Record<string, LogisticFit>>;
  readonly perceptron: Readonly<Record<string, LinearFit>>;
  readonly gaussian: GaussianFit;
  readonly gaussianWeighted: GaussianFit;
  readonly crossed?: Crossed;
  readonly stratified?: Crossed;
}
type LabelledSet = NumberSet | MixedSet;

interface Loaded {
  readonly raw: Rows;
  readonly x: Rows;
  readonly y: number[] | string[];
}

const standardised = ({ x, y }: LabelledSet): Loaded => ({ raw: x, x: standard(x), y });
const sets: readonly (readonly [string, () => Loaded, Due])[] = [
  ["iris", () => standardised(iris()), json.iris],
  ["wine", () => standardised(wine()), json.wine],
  ["cancer", () => standardised(cancer()), json.cancer],
  ["seattle", () => standardised(seattle()), json.seattle],
  [
    "digits",
    () => ({ raw: digits().x, x: digits().x.map((row) => row.map((v) => v / 16)), y: digits().y }),
    json.digits,
  ],
  [
    "mnist",
    () => {
      const raw = mnist().x.slice(0, 1500);
      const x = raw.map((row) => row.map((v) => v / 255));
      const y = mnist()
        .y.slice(0, 1500)
        .map((label) => (label === 5 ? 1 : 0));
      return { raw, x, y };
    },
    json.mnist,
  ],
];

const scores: Readonly<Record<string, ScorerName>> = {
  accuracy: "accuracy",
  balanced_accuracy: "balancedAccuracy",
  f1_macro: "f1Macro",
  neg_log_loss: "negativeLogLoss",
};

const parity: Splitter = {
  kind: "parity",
  settings: {},
  split: (rows) => {
    const all = Int32Array.from({ length: rows }, (_, i) => i);
    return [0, 1, 2, 3, 4].map((k) => ({
      train: all.filter((i) => i % 5 !== k),
      test: all.filter((i) => i % 5 === k),
    }));
  },
};

/** Of softmax intercepts only differences count. */
function centred(intercepts: Float64Array): number[] {
  const mean = intercepts.length > 1 ? intercepts.reduce((a, b) => a + b, 0) / intercepts.length : 0;
  return Array.from(intercepts, (b) => b - mean);
}

function near(actual: number, due: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - due) <= tolerance, `${what}: ${actual}, ${due} is due`);
}

for (const [name, load, due] of sets) {
  const stepOf = (rows: readonly unknown[]): number => Math.max(1, Math.floor(rows.length / 15));

  test(`${name}: logistic and softmax regression`, needsData, () => {
    const { x, y } = load();
    for (const [key, fit] of Object.entries(due.logistic)) {
      const options = key.includes("weighted") ? { sampleWeight: weightsOf(y) } : {};
      const settings = {
        alpha: Number.parseFloat(key),
        intercept: !key.includes("no intercept"),
        classWeights: key.includes("balanced") ? "balanced" : "equal",
      } as const;
      const model = logisticRegression(settings).fit(x, y, options);
      for (const solver of ["newton", "lbfgs"] as const) {
        if (solver === "newton" && name === "mnist") continue;
        const other = logisticRegression({ ...settings, solver, tolerance: 1e-11 }).fit(x, y, options);
        close(other.coefficients, fit.coefficients, 1e-6, `${key}: coefficients by ${solver}`);
      }
      close(model.coefficients, fit.coefficients, 1e-6, `${key}: coefficients`);
      // Where there are none the reference holds zeros.
      const scale = Math.max(1, ...fit.intercept.map(Math.abs));
      centred(model.intercepts).forEach((b, k) => {
        near(b, fit.intercept[k] ?? Number.NaN, 1e-6 * scale, `${key}: intercept ${k}`);
      });
      close(model.predictProbabilities(every(x, stepOf(x))), fit.probabilities, 1e-6, `${key}: probabilities`);
      near(model.score(x, y, options), fit.score, 1e-12, `${key}: accuracy`);
      near(
        logLoss(y, model.predictProbabilities(x), { ...options, labels: model.classes }),
        fit.loss,
        1e-7,
        `${key}: loss`,
      );
    }
  });

  test(`${name}: the perceptron, rows in order`, needsData, () => {
    const { x, y } = load();
    for (const [key, fit] of Object.entries(due.perceptron)) {
      const model = perceptron({ epochs: Number(key), shuffle: false }).fit(x, y);
      close(model.coefficients, fit.coefficients, 1e-9, `${key} passes: coefficients`);
      close(model.intercepts, fit.intercept, 1e-9, `${key} passes: intercepts`);
      near(model.score(x, y), fit.score, 1e-12, `${key} passes: accuracy`);
    }
  });

  test(`${name}: Gaussian naive Bayes`, needsData, () => {
    const { raw, y } = load();
    for (const [fit, options] of [
      [due.gaussian, {}],
      [due.gaussianWeighted, { sampleWeight: weightsOf(y) }],
    ] as const) {
      const model = gaussianBayes().fit(raw, y, options);
      if (fit.means !== undefined) close(model.means, fit.means, 1e-12, "means");
      if (fit.variances !== undefined) close(model.variances, fit.variances, 1e-10, "variances");
      near(model.score(raw, y, options), fit.score, 1e-12, "accuracy");
      const logs = model.predictLogProbabilities(every(raw, stepOf(raw))).array() as Rows;
      close(
        logs.map((row) => row.map((v) => v - (row[0] ?? 0))),
        fit.logs,
        1e-9,
        "log odds",
      );
    }
  });

  test(`${name}: cross-validated scores on given folds and on stratified ones`, needsData, async () => {
    const { x, y } = load();
    for (const [folds, expected] of [
      [parity, due.crossed],
      [5, due.stratified],
    ] as const)
      for (const [model, theirs] of Object.entries(expected ?? {})) {
        const estimator = model === "logistic" ? logisticRegression({ alpha: 1 }) : gaussianBayes();
        const result = await crossValidate(estimator, x, y, { folds, scores: Object.values(scores) });
        for (const [key, ours] of Object.entries(scores))
          theirs[key]?.forEach((value, k) => {
            near(result.test[ours]?.values[k] ?? Number.NaN, value, 1e-6, `${model}, ${key} of fold ${k}`);
          });
      }
  });
}

for (const [name, load, due] of [
  ["digits", digits, json.digits],
  ["mnist", mnist, json.mnist],
] as const)
  test(`${name}: naive Bayes of grey levels as counts, and as dots that are there or not`, needsData, () => {
    const { x, y } = load();
    const half = x.length / 2 - (x.length % 2) / 2;
    const kinds = {
      multinomial: multinomialBayes({ smoothing: 0.5 }),
      bernoulli: bernoulliBayes({ smoothing: 0.5, threshold: name === "digits" ? 8 : 127 }),
    };
    for (const kind of ["multinomial", "bernoulli"] as const) {
      const fit = due[kind];
      const model = kinds[kind].fit(x.slice(0, half), y.slice(0, half));
      assert.deepEqual([...flat(model.predict(x.slice(half)) as Tensor)], fit.predicted, kind);
      near(model.score(x.slice(half), y.slice(half)), fit.score, 1e-12, kind);
      const columns = x[0]?.length ?? 0;
      const logs = Array.from({ length: 10 }, (_, c) =>
        every([...model.featureLogProbabilities.subarray(c * columns, (c + 1) * columns)], name === "digits" ? 5 : 50),
      );
      close(logs, fit.logs, 1e-12, kind);
    }
  });
