/** What every estimator of these folders must do, whatever it fits. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ShapeError, UserError } from "../../src/base/errors.js";
import * as bayes from "../../src/bayes/index.js";
import * as cluster from "../../src/cluster/index.js";
import { random } from "../../src/index.js";
import * as linear from "../../src/linear/index.js";
import * as neighbors from "../../src/neighbors/index.js";
import type { RowsInput } from "../../src/preprocessing/columns.js";
import type { FitOptions, ModelJSON, Targets } from "../../src/preprocessing/index.js";
import { tensor } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { close, flat } from "./reference.js";

interface Fitted {
  readonly kind: string;
  predict(x: RowsInput): Tensor | string[];
  toJSON(): ModelJSON;
}

interface Kind {
  (
    settings?: object,
  ): { readonly role: string; fit(x: RowsInput, y: Targets, o?: FitOptions): Fitted; toJSON(): object };
  readonly kind: string;
  fromJSON(json: ModelJSON): Fitted;
}

/** Every function of the doors that makes estimators: a new one is tested from the day it is exported. */
const kinds = [linear, bayes, neighbors, cluster].flatMap((door) =>
  Object.values(door as Readonly<Record<string, unknown>>).flatMap((v) =>
    typeof v === "function" && "fromJSON" in v ? [v as unknown as Kind] : [],
  ),
);

/** Small enough steps and numbers for the few rows below. */
const settings: Readonly<Record<string, object>> = {
  kMeans: {
    clusters: 3,
    init: [
      [0, 0],
      [1, 1],
      [2, 0],
    ],
  },
  miniBatchKMeans: { clusters: 3, batchSize: 8 },
  spectralClustering: { clusters: 3, gamma: 4 },
};
const withoutWeights = ["kNeighborsClassifier", "kNeighborsRegressor", "spectralClustering"];
/** Draws depend on the number of rows, or the order of rows matters. */
const unlikeRepeated = ["miniBatchKMeans", "perceptron", ...withoutWeights];

const rows = 36;
const x = (random.uniform([rows, 2], { key: random.key(9), dtype: "float64" }).array() as number[][]).map(
  ([a = 0, b = 0], i) => [a + (i % 3), b + (i % 3 === 1 ? 1 : 0)],
);
const labels = x.map((_, i) => ["x", "y", "z"][i % 3] ?? "");
const numbers = x.map(([a = 0, b = 0], i) => 2 * a - b + 0.1 * (i % 4));

assert.ok(kinds.length >= 14, `${kinds.length} kinds`);

for (const kind of kinds)
  describe(kind.kind, () => {
    const make = () => kind(settings[kind.kind] ?? {});
    const y = make().role === "classifier" ? labels : numbers;
    const values = (model: Fitted, at: RowsInput = x): unknown => {
      const p = model.predict(at);
      return p instanceof Tensor ? [...p.data()] : p;
    };

    test("settings are checked when it is made, and travel as JSON", () => {
      assert.throws(() => kind({ nonsense: 1 }), /there is no setting nonsense/);
      const json = JSON.parse(JSON.stringify(make().toJSON())) as { kind: string; settings: object };
      assert.equal(json.kind, kind.kind);
      assert.deepEqual(kind(json.settings).toJSON(), make().toJSON());
    });
    test("a fitted model travels as JSON and predicts the same, to the bit", () => {
      const model = make().fit(x, y);
      const json = JSON.parse(JSON.stringify(model.toJSON())) as ModelJSON;
      const again = kind.fromJSON(json);
      assert.deepEqual(values(again), values(model));
      assert.deepEqual(again.toJSON(), model.toJSON());
      assert.throws(() => kind.fromJSON({ ...json, kind: "other" }), UserError);
      assert.throws(() => kind.fromJSON({ kind: kind.kind, settings: {} } as ModelJSON), UserError);
      assert.throws(() => kind.fromJSON({ ...json, state: {} }), UserError);
    });
    test("fits the same twice, whatever the form of the rows, and leaves them as they are", () => {
      const before = structuredClone(x);
      const model = make().fit(x, y);
      assert.deepEqual(x, before);
      const other = make().fit(tensor(x, { dtype: "float64" }), y);
      assert.deepEqual(other.toJSON(), model.toJSON());
    });
    test("NaN, infinities and wrong shapes are refused in words", () => {
      const holed = x.map((row, i) => (i === 4 ? [row[0] ?? 0, Number.NaN] : row));
      assert.throws(() => make().fit(holed, y), /NaN at row 4, column 1.*imputer/);
      const model = make().fit(x, y);
      assert.throws(() => model.predict(holed), /NaN at row 4, column 1/);
      assert.throws(() => model.predict([[1, Infinity]]), /Infinity at row 0, column 1/);
      assert.throws(() => model.predict([[1]]), /1 columns, and the model was fitted on 2/);
      assert.throws(() => make().fit([1, 2, 3] as unknown as RowsInput, y), ShapeError);
      assert.throws(() => make().fit([], []), /empty/);
      if (make().role !== "transformer") {
        assert.throws(() => make().fit(x, y.slice(1) as Targets), /35 rows/);
        assert.throws(
          () =>
            make().fit(
              x,
              numbers.map(() => Number.NaN),
            ),
          /NaN/,
        );
      }
    });
    test("sample weights: refused, or a row of weight 2 counts like two rows and one of weight 0 not at all", () => {
      const w = x.map((_, i) => (i % 7 === 3 ? 0 : 1 + (i % 2)));
      if (withoutWeights.includes(kind.kind)) {
        assert.throws(() => make().fit(x, y, { sampleWeight: w }), /sampleWeight/);
        return;
      }
      assert.throws(() => make().fit(x, y, { sampleWeight: w.slice(1) }), /35 rows/);
      assert.throws(() => make().fit(x, y, { sampleWeight: w.map((v) => -v) }), /≥ 0/);
      const weighted = make().fit(x, y, { sampleWeight: w });
      if (unlikeRepeated.includes(kind.kind)) return;
      const repeat = <T>(list: readonly T[]): T[] => list.flatMap((v, i) => Array.from({ length: w[i] ?? 0 }, () => v));
      const repeated = make().fit(repeat(x), repeat<string | number>(y) as Targets);
      const [a, b] = [values(weighted), values(repeated)];
      if (typeof (a as unknown[])[0] === "string") assert.deepEqual(a, b);
      else close(flat(a), flat(b), 1e-7);
    });
  });
