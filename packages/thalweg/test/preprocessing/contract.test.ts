/** Every exported kind of estimator keeps the contract. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyKind, Estimator, ModelJSON } from "../../src/preprocessing/estimator.js";
import * as preprocessing from "../../src/preprocessing/index.js";
import * as selection from "../../src/selection/index.js";
import { testBayes, testRidge } from "../selection/models.js";
import { checkContract, type Subject } from "./contract.js";

const {
  standardScaler,
  minMaxScaler,
  robustScaler,
  maxAbsScaler,
  polynomialFeatures,
  imputer,
  oneHotEncoder,
  ordinalEncoder,
} = preprocessing;
const { baselineRegressor, baselineClassifier } = selection;

type Kind = ((settings?: never) => Estimator) & AnyKind;
const subjectOf = (kind: Kind, rest: Omit<Subject, "name" | "make" | "kind"> = {}): Subject => ({
  name: kind.kind,
  make: kind as unknown as Subject["make"],
  kind,
  ...rest,
});

const subjects: readonly Subject[] = [
  subjectOf(standardScaler, {
    missing: true,
    weights: true,
    refused: [[{ center: 1 }, /center must be true or false, got 1/]],
  }),
  subjectOf(minMaxScaler, {
    missing: true,
    refused: [
      [{ range: [1, 1] }, /range must be \[low, high\] with low < high, got \[1, 1\]/],
      [{ clip: "yes" }, /clip must be true or false, got "yes"/],
    ],
  }),
  subjectOf(robustScaler, { missing: true, refused: [[{ quantiles: [0.9, 0.1] }, /quantiles must be .*low < high/]] }),
  subjectOf(maxAbsScaler, { missing: true }),
  subjectOf(polynomialFeatures, {
    refused: [
      [{ degree: -1 }, /degree must be a whole number ≥ 0, got -1/],
      [{ degree: 1.5 }, /degree must be a whole number/],
      [{ degree: 0, bias: false }, /leaves no column/],
    ],
  }),
  subjectOf(imputer, {
    missing: true,
    refused: [[{ strategy: "mode" }, /strategy must be "mean", "median", .*got "mode"/]],
  }),
  subjectOf(oneHotEncoder, {
    categories: true,
    refused: [[{ unknown: "ignore" }, /unknown must be "error" or "zeros"/]],
  }),
  subjectOf(ordinalEncoder, {
    categories: true,
    refused: [[{ unknown: 0.5 }, /unknown must be "error", or a whole number/]],
  }),
  subjectOf(baselineRegressor, {
    weights: true,
    refused: [
      [{ strategy: "mode" }, /strategy must be/],
      [{ value: Number.NaN }, /value must be a finite number, got NaN/],
    ],
  }),
  subjectOf(baselineClassifier, {
    weights: true,
    refused: [[{ strategy: 3 }, /strategy must be "prior" or "mostFrequent", got 3/]],
  }),
  subjectOf(testRidge, { weights: true, refused: [[{ alpha: -1 }, /alpha must be a number ≥ 0, got -1/]] }),
  subjectOf(testBayes, { weights: true }),
  {
    name: "pipeline of transformers",
    make: (settings = {}) => preprocessing.pipeline(imputer(settings), standardScaler(), polynomialFeatures()),
    kind: {
      kind: "pipeline",
      fromJSON: (json) => preprocessing.pipelineFromJSON(json, [imputer, standardScaler, polynomialFeatures]),
    },
    missing: true,
  },
  {
    name: "pipeline with a model",
    make: (settings = {}) => preprocessing.pipeline(standardScaler(), testRidge(settings)),
    kind: { kind: "pipeline", fromJSON: (json) => preprocessing.pipelineFromJSON(json, [standardScaler, testRidge]) },
    weights: true,
  },
  {
    name: "columnTransformer",
    make: (settings = {}) =>
      preprocessing.columnTransformer([
        { columns: [0, 1], transformer: standardScaler(settings) },
        { columns: [2], transformer: "pass" },
      ]),
    kind: {
      kind: "columnTransformer",
      fromJSON: (json) => preprocessing.columnTransformerFromJSON(json, [standardScaler]),
    },
    missing: true,
    categories: true,
  },
  {
    name: "averagingRegressor",
    make: (settings = {}) => selection.averagingRegressor([testRidge(settings), baselineRegressor()]),
    kind: {
      kind: "averagingRegressor",
      fromJSON: (json) => selection.ensembleFromJSON(json, [testRidge, baselineRegressor]),
    },
    weights: true,
  },
  {
    name: "votingClassifier",
    make: (settings = {}) =>
      selection.votingClassifier([testBayes(settings), baselineClassifier()], { voting: "soft" }),
    kind: {
      kind: "votingClassifier",
      fromJSON: (json) => selection.ensembleFromJSON(json, [testBayes, baselineClassifier]),
    },
    weights: true,
  },
  {
    name: "stackingRegressor",
    make: (settings = {}) =>
      selection.stackingRegressor([testRidge(settings)], testRidge(), { passthrough: true, folds: 3 }),
    kind: { kind: "stackingRegressor", fromJSON: (json) => selection.stackingFromJSON(json, [testRidge]) },
    folds: true,
  },
  {
    name: "stackingClassifier",
    make: (settings = {}) => selection.stackingClassifier([testBayes(settings)], testBayes()),
    kind: { kind: "stackingClassifier", fromJSON: (json) => selection.stackingFromJSON(json, [testBayes]) },
    folds: true,
  },
  ...(["platt", "isotonic"] as const).map((method) => ({
    name: `calibrated by ${method}`,
    make: (settings = {}) => selection.calibrated(testBayes(settings), { method }),
    kind: { kind: "calibrated", fromJSON: (json: ModelJSON) => selection.calibratedFromJSON(json, [testBayes]) },
    folds: true,
  })),
];

for (const subject of subjects)
  test(`the contract of ${subject.name}`, () => {
    checkContract(subject);
  });

test("no exported kind is left out", () => {
  const exported = [...Object.values(preprocessing), ...Object.values(selection)].filter(
    (value: unknown) => typeof value === "function" && "kind" in value && "fromJSON" in value,
  );
  const covered = new Set(subjects.map((s) => s.name));
  assert.ok(exported.length >= 10);
  for (const kind of exported as unknown as AnyKind[])
    assert.ok(covered.has(kind.kind), `${kind.kind} is in no contract test`);
});
