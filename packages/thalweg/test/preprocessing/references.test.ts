/** Against scikit-learn: tools/reference/preprocessing.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as preprocessing from "../../src/preprocessing/index.js";
import { assertClose, type Stored } from "../metrics/closeness.js";

/** null is a missing number. */
type Rows = readonly (readonly (number | string | null)[])[];

interface Case {
  readonly kind: string;
  readonly settings: object;
  readonly fit: Rows;
  readonly transform: Rows;
  readonly weights: readonly number[] | null;
  readonly expected: readonly (readonly (number | null)[])[];
}

const file = JSON.parse(
  readFileSync(new URL("../../../test/references/preprocessing.json", import.meta.url), "utf8"),
) as {
  readonly cases: readonly Case[];
  readonly polynomialNames: readonly string[];
};

type Make = (settings: object) => preprocessing.Transformer;

test("every transformer does what scikit-learn's does, on rows it was not fitted on", () => {
  for (const { kind, settings, fit, transform, weights, expected } of file.cases) {
    const make = (preprocessing as unknown as Record<string, Make>)[kind] ?? assert.fail(kind);
    const options = weights === null ? {} : { sampleWeight: weights };
    const label = `${kind} ${JSON.stringify(settings)}`;
    const fitted = make(settings).fit(fit, undefined, options);
    const actual = fitted.transform(transform);
    assert.equal(actual.dtype, "float64");
    assert.deepEqual([...actual.shape], [transform.length, fitted.outputColumns], label);
    assert.equal(fitted.columnNames().length, fitted.outputColumns, label);
    const due = expected.map((row): Stored[] => row.map((v) => v ?? "nan"));
    // Of scikit-learn's means the last digits depend on the order of summation: 1e4 with a spread of 10 leaves 1e-12 of the scaled value.
    assertClose(actual.array(), due, label, 1e-12, 1);
  }
});

test("names of products", () => {
  const fitted = preprocessing.polynomialFeatures().fit([[1, 2, 3, 4]]);
  assert.deepEqual(fitted.columnNames(["a", "b", "c", "d"]), file.polynomialNames);
});

test("what scalers and encoders did is undone", () => {
  const x = [
    [1, 200],
    [3, 100],
    [2, 400],
  ];
  const { standardScaler, minMaxScaler, robustScaler, maxAbsScaler } = preprocessing;
  for (const kind of [standardScaler, minMaxScaler, robustScaler, maxAbsScaler]) {
    const fitted = kind().fit(x);
    assertClose(fitted.inverseTransform(fitted.transform(x)).array(), x, kind.kind);
  }
  const cells = [
    ["a", 3],
    ["b", 1],
  ];
  for (const drop of ["none", "first", "binary"] as const) {
    const fitted = preprocessing.oneHotEncoder({ drop }).fit(cells);
    assert.deepEqual(fitted.inverseTransform(fitted.transform(cells)), cells, drop);
  }
  const ordinal = preprocessing.ordinalEncoder().fit(cells);
  assert.deepEqual(ordinal.inverseTransform(ordinal.transform(cells)), cells);
});

test("a column that does not vary is not blown up", () => {
  const x = [[0.1], [0.1], [0.1], [0.1], [0.1], [0.1], [0.1]];
  for (const kind of [preprocessing.standardScaler, preprocessing.minMaxScaler, preprocessing.robustScaler]) {
    const values = kind().fit(x).transform(x).data();
    assert.ok(
      values.every((v) => Math.abs(v) < 1e-12),
      `${kind.kind}: ${values}`,
    );
  }
});
