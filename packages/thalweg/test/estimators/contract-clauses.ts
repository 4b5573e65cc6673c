/** The clauses of the contract that every estimator keeps, whatever it fits. */
import assert from "node:assert/strict";
import { UserError } from "../../src/base/errors.js";
import { key } from "../../src/base/random.js";
import { fromRows } from "../../src/data/index.js";
import { permutation } from "../../src/data/split.js";
import { random } from "../../src/index.js";
import { accuracy, r2 } from "../../src/metrics/index.js";
import type { RowsInput } from "../../src/preprocessing/columns.js";
import type { Estimator, ModelJSON, Targets } from "../../src/preprocessing/estimator.js";
import { tensor } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import type { Fitted, Subject } from "./contract-entries.js";

type Rows = readonly (readonly number[])[];

const count = 36;
const seed = 9;
const draws = random.uniform([count, 3], { key: random.key(seed), dtype: "float64" }).array() as number[][];
/** Three groups that overlap a little; every number is one of float32, so that both forms are the same rows. */
const distinct: Rows = draws.map(([a = 0, b = 0, c = 0], i) =>
  [a + (i % 3), b + (i % 3 === 1 ? 1 : 0), c].map(Math.fround),
);
/** Numbers that occur several times, so that encoders know them later. */
const repeated: Rows = draws.map((_, i) => [((i * 7) % 5) - 2, ((i * 3) % 4) * 10, ((i * 5) % 3) / 4]);
const labels = distinct.map((_, i) => ["x", "y", "z"][i % 3] ?? "");
const pairs = labels.map((l) => (l === "z" ? 1 : 0));
const numbers = distinct.map(([a = 0, b = 0], i) => Math.fround(2 * a - b + 0.1 * (i % 4)));
/** Calibration is for two classes. */
const twoClasses = (name: string): boolean => /platt|isotonic/.test(name);

interface Case {
  readonly x: Rows;
  /** undefined for transformers. */
  readonly y: readonly (number | string)[] | undefined;
}

function caseOf({ name, make, entry }: Subject): Case {
  const { role } = make();
  return {
    x: entry.categories === true ? repeated : distinct,
    y: role === "transformer" ? undefined : role === "regressor" ? numbers : twoClasses(name) ? pairs : labels,
  };
}

function fit(
  estimator: Estimator,
  x: RowsInput,
  y: Targets | readonly (number | string)[] | undefined,
  sampleWeight?: readonly number[],
): Fitted {
  const options = sampleWeight === undefined ? {} : { sampleWeight };
  if (estimator.role === "transformer") return estimator.fit(x, undefined, options);
  assert.ok(y !== undefined);
  return estimator.fit(x, y as Targets, options);
}

/** All that it says of rows: what it predicts, how sure it is, what it makes of them. */
function outputs(fitted: Fitted, x: RowsInput): (number | string)[][] {
  const model = fitted as unknown as Readonly<Record<string, ((x: RowsInput) => Tensor | string[]) | undefined>>;
  return ["predict", "predictProbabilities", "decision", "transform"].flatMap((method) => {
    const result = model[method]?.call(fitted, x);
    if (result === undefined) return [];
    return [result instanceof Tensor ? [...result.data()].map(Number) : [...result]];
  });
}

function near(
  actual: readonly (number | string)[][],
  due: readonly (number | string)[][],
  tolerance: number,
  what: string,
) {
  assert.equal(actual.length, due.length);
  due.forEach((list, m) => {
    const other = actual[m] ?? [];
    assert.equal(other.length, list.length, what);
    if (typeof list[0] === "string") {
      assert.deepEqual(other, list, what);
      return;
    }
    const size = list.reduce((most: number, v) => Math.max(most, Math.abs(Number(v))), 0) || 1;
    list.forEach((v, i) => {
      const off = Math.abs(Number(other[i]) - Number(v)) / size;
      assert.ok(off <= tolerance, `${what}: ${other[i]} where ${v} is due, at ${i} of output ${m}`);
    });
  });
}

/** Each clause by its name; a clause that does not concern a subject returns at once. */
export const clauses: Readonly<Record<string, (subject: Subject) => void>> = {
  "settings are checked when it is made, travel as JSON and cannot be changed": ({ name, make, entry, own }) => {
    assert.throws(() => make({ nonsense: 1 }), /there is no setting nonsense/);
    if (own !== undefined) {
      assert.throws(() => own({ nonsense: 1 }), /there is no setting nonsense/);
      for (const setting of ["folds", "weights", "voting", "method", "rest", "passthrough"])
        assert.throws(() => own({ [setting]: Number.NaN }), new RegExp(`${setting} must be|no setting ${setting}`));
    }
    const estimator = make();
    assert.throws(() => {
      (estimator.settings as { nonsense?: number }).nonsense = 1;
    }, TypeError);
    for (const [settings, message] of entry.refused ?? [])
      assert.throws(
        () => make(settings),
        (e) => e instanceof UserError && message.test(e.message),
        `takes ${JSON.stringify(settings)}`,
      );
    JSON.parse(JSON.stringify(estimator.toJSON()));
    // Composites show their parts there, which are checked by themselves.
    if (own !== undefined || estimator.kind !== name) return;
    for (const setting of Object.keys(estimator.settings))
      for (const wrong of [{ nonsense: true }, Number.NaN, "nonsense", [[]]])
        assert.throws(
          () => make({ [setting]: wrong }),
          (e) => e instanceof UserError && e.message.includes(`${setting} must be`),
          `${setting}: takes ${JSON.stringify(wrong)}`,
        );
    assert.ok(Object.keys(estimator.settings).length === 0 || (entry.refused ?? []).length > 0, "no refused setting");
  },

  "fit returns a fitted model as its own type, and leaves estimator and rows as they are": (subject) => {
    const { x, y } = caseOf(subject);
    const estimator = subject.make();
    for (const method of ["predict", "transform", "score"])
      assert.ok(!(method in estimator), `${method} before it is fitted`);
    const before = [structuredClone(x), structuredClone(y), JSON.stringify(estimator.toJSON())];
    const fitted = fit(estimator, x, y);
    assert.ok("predict" in fitted || "transform" in fitted);
    assert.ok(!("fit" in fitted), "a fitted model is fitted again");
    assert.equal(fitted.kind, estimator.kind);
    const first = outputs(fitted, x);
    const learnt = JSON.stringify(fitted.toJSON());
    assert.deepEqual(outputs(fitted, x), first, "predicting twice differs");
    assert.equal(JSON.stringify(fitted.toJSON()), learnt, "predicting changed the model");
    fit(estimator, x.slice(9), y?.slice(9));
    assert.deepEqual([x, y, JSON.stringify(estimator.toJSON())], before);
    assert.deepEqual(outputs(fit(estimator, x, y), x), first, "fitting again differs");
  },

  "the same seed gives the same bits, in another estimator too": (subject) => {
    const { x, y } = caseOf(subject);
    const chosen = "seed" in subject.make().settings ? { seed: 7 } : {};
    const [a, b] = [fit(subject.make(chosen), x, y), fit(subject.make(chosen), x, y)];
    assert.deepEqual(JSON.stringify(a.toJSON()), JSON.stringify(b.toJSON()));
    assert.deepEqual(outputs(a, x), outputs(b, x));
  },

  "arrays, typed rows, tensors of float64 and float32 and tables are the same rows": (subject) => {
    const { x, y } = caseOf(subject);
    const fitted = fit(subject.make(), x, y);
    const [due, learnt] = [outputs(fitted, x), JSON.stringify(fitted.toJSON().state)];
    const forms: Readonly<Record<string, RowsInput>> = {
      float64: tensor(x as number[][], { dtype: "float64" }),
      float32: tensor(x as number[][], { dtype: "float32" }),
      typed: x.map((row) => Float64Array.from(row)),
    };
    for (const [form, rows] of Object.entries(forms)) {
      assert.deepEqual(outputs(fitted, rows), due, `predicts otherwise of ${form}`);
      const targets =
        typeof y?.[0] === "number" && form === "float32" && subject.make().role === "regressor"
          ? tensor(y as number[], { dtype: "float32" })
          : y;
      assert.equal(
        JSON.stringify(fit(subject.make(), rows, targets).toJSON().state),
        learnt,
        `fits otherwise of ${form}`,
      );
    }
    const table = fromRows(x.map(([a = 0, b = 0, c = 0]) => ({ a, b, c })));
    assert.deepEqual(outputs(fit(subject.make(), table, y), table), due, "a table differs");
  },

  "tables are read by the names of their columns, from JSON too": (subject) => {
    const { x, y } = caseOf(subject);
    const order = (names: readonly string[]) =>
      fromRows(
        x.map((row) => names.map((name) => row["abc".indexOf(name)] ?? 0)),
        [...names],
      );
    const fitted = fit(subject.make(), order(["a", "b", "c"]), y);
    const due = outputs(fitted, order(["a", "b", "c"]));
    const saved = JSON.parse(JSON.stringify(fitted.toJSON())) as ModelJSON;
    for (const model of [fitted, subject.fromJSON(saved)]) {
      assert.deepEqual(outputs(model, order(["c", "a", "b"])), due, "columns in another order");
      assert.deepEqual(outputs(model, x), due, "rows without names");
      for (const [names, message] of [
        [["a", "b", "d"], /"c" is missing, "d" was not there at fitting/],
        [["b", "c"], /"a" is missing/],
        [["a", "b", "c", "d"], /"d" was not there at fitting/],
      ] as const)
        assert.throws(
          () => outputs(model, order(names)),
          (e) => e instanceof UserError && message.test(e.message),
        );
      if ("columnNames" in model && "inputColumns" in model)
        assert.deepEqual(model.columnNames(), model.columnNames(["a", "b", "c"]));
    }
    const unnamed = fit(subject.make(), x, y);
    assert.deepEqual(outputs(unnamed, fromRows([...x], ["p", "q", "r"])), due, "fitted on rows without names");
  },

  "options that there are not are refused": (subject) => {
    const { x, y } = caseOf(subject);
    const options = { sample_weight: x.map(() => 1) } as object;
    const estimator = subject.make();
    const fitting = (given: object) =>
      estimator.role === "transformer" ? estimator.fit(x, undefined, given) : estimator.fit(x, y as Targets, given);
    assert.throws(() => fitting(options), /there is no option sample_weight/);
    assert.throws(() => fitting([1, 2]), /the options must be an object/);
    const fitted = fitting({});
    if (y !== undefined && "score" in fitted)
      assert.throws(() => fitted.score(x, y as Targets, { weights: [1] } as object), /there is no option weights/);
  },

  "NaN, infinities and texts are refused with their place": (subject) => {
    const { x, y } = caseOf(subject);
    const { missing, categories } = subject.entry;
    const spoilt = (value: unknown): RowsInput =>
      x.map((row, i) => (i === 4 ? [row[0], value, row[2]] : row)) as RowsInput;
    const fitted = fit(subject.make(), x, y);
    if (missing === true) fit(subject.make(), spoilt(Number.NaN), y);
    else {
      assert.throws(() => fit(subject.make(), spoilt(Number.NaN), y), /row 4, column 1/);
      assert.throws(() => outputs(fitted, spoilt(Number.NaN)), /row 4, column 1/);
    }
    if (categories === true) return;
    assert.throws(() => fit(subject.make(), spoilt(Number.POSITIVE_INFINITY), y), /Infinity at row 4, column 1/);
    assert.throws(() => outputs(fitted, spoilt(Number.NEGATIVE_INFINITY)), /-Infinity at row 4, column 1/);
    assert.throws(
      () => fit(subject.make(), spoilt("much"), y),
      (e) => e instanceof UserError && /text "much"/.test(e.message),
    );
  },

  "wrong shapes are refused in words": (subject) => {
    const { x, y } = caseOf(subject);
    assert.throws(
      () => fit(subject.make(), [], y === undefined ? undefined : []),
      (e) => e instanceof UserError && /x (is empty|must|has)/.test(e.message),
    );
    assert.throws(() => fit(subject.make(), [1, 2, 3] as unknown as RowsInput, y?.slice(0, 3)), UserError);
    assert.throws(() => fit(subject.make(), [[1, 2], [3]], y?.slice(0, 2)), UserError);
    assert.throws(() => fit(subject.make(), tensor([1, 2, 3]), y?.slice(0, 3)), UserError);
    const fitted = fit(subject.make(), x, y);
    for (const rows of [[[1, 2]], [[1, 2, 3, 4]]])
      assert.throws(
        () => outputs(fitted, rows),
        (e) => e instanceof UserError && /columns/.test(e.message),
      );
  },

  "targets of another number, missing or of the wrong kind are refused": (subject) => {
    const { x, y } = caseOf(subject);
    const { role } = subject.make();
    if (y === undefined) return;
    assert.throws(
      () => fit(subject.make(), x, y.slice(1)),
      (e) => e instanceof UserError && /35/.test(e.message) && /36/.test(e.message),
    );
    const holed = y.map((v, i) => (i === 7 ? Number.NaN : v));
    assert.throws(
      () => fit(subject.make(), x, holed),
      (e) => e instanceof UserError && /NaN|mixed|all numbers or all texts/.test(e.message),
    );
    if (role === "regressor") assert.throws(() => fit(subject.make(), x, labels), UserError);
    if (role !== "classifier") return;
    assert.throws(
      () => fit(subject.make(), x, numbers),
      (e) => e instanceof UserError && /class labels|whole/.test(e.message),
    );
    assert.throws(
      () =>
        fit(
          subject.make(),
          x,
          pairs.map((v) => [v, v]),
        ),
      UserError,
    );
    const alone = x.map(() => y[0] ?? 0);
    if (subject.entry.oneClass === true) fit(subject.make(), x, alone);
    else
      assert.throws(
        () => fit(subject.make(), x, alone),
        (e) => e instanceof UserError && /class/.test(e.message),
      );
  },

  "sample weights: a row of weight 2 is that row twice, one of weight 0 is absent; or they are refused": (subject) => {
    const { x, y } = caseOf(subject);
    const { weights } = subject.entry;
    const w = x.map((_, i) => (i % 7 === 3 ? 0 : 1 + (i % 2)));
    if (weights === "refused") {
      assert.throws(
        () => fit(subject.make(), x, y, w),
        (e) => e instanceof UserError && /sampleWeight/.test(e.message),
      );
      return;
    }
    if (weights === "ignored") {
      assert.deepEqual(outputs(fit(subject.make(), x, y, w), x), outputs(fit(subject.make(), x, y), x));
      return;
    }
    assert.throws(
      () => fit(subject.make(), x, y, w.slice(1)),
      (e) => e instanceof UserError && /35/.test(e.message),
    );
    assert.throws(
      () =>
        fit(
          subject.make(),
          x,
          y,
          w.map((v) => -v),
        ),
      /sampleWeight must be ≥ 0/,
    );
    assert.throws(
      () =>
        fit(
          subject.make(),
          x,
          y,
          w.map(() => 0),
        ),
      (e) => e instanceof UserError && /sampleWeight|weight/.test(e.message),
    );
    assert.throws(
      () =>
        fit(
          subject.make(),
          x,
          y,
          w.map(() => Number.NaN),
        ),
      (e) => e instanceof UserError && /sampleWeight/.test(e.message),
    );
    const weighted = outputs(fit(subject.make(), x, y, w), x);
    assert.deepEqual(
      outputs(
        fit(
          subject.make(),
          x,
          y,
          x.map(() => 1),
        ),
        x,
      ),
      outputs(fit(subject.make(), x, y), x),
      "weights of 1",
    );
    if (weights === "drawn") return;
    const repeat = <T>(list: readonly T[]): T[] => list.flatMap((v, i) => new Array<T>(w[i] ?? 0).fill(v));
    near(
      outputs(fit(subject.make(), repeat(x), y === undefined ? y : repeat<number | string>(y)), x),
      weighted,
      1e-6,
      "rows repeated",
    );
  },

  "several targets are as many fits, or refused in words": (subject) => {
    const { x, y } = caseOf(subject);
    const { targets } = subject.entry;
    const estimator = subject.make();
    if (estimator.role !== "regressor" || y === undefined) return;
    assert.ok(targets !== undefined, "the entry must say whether it takes several targets");
    const other = numbers.map((v, i) => v * v - i / 10);
    const both = numbers.map((v, i) => [v, other[i] ?? 0]);
    if (targets === "one") {
      assert.throws(
        () => estimator.fit(x, both),
        (e) => e instanceof UserError && /y must|one target|2 columns/.test(e.message),
      );
      return;
    }
    const predicted = estimator.fit(x, both).predict(x) as Tensor;
    assert.deepEqual(predicted.shape, [count, 2]);
    if (targets === "joint") return;
    const each = [numbers, other].map((t) => [...(estimator.fit(x, t).predict(x) as Tensor).data()].map(Number));
    const due = each[0]?.flatMap((v, i) => [v, each[1]?.[i] ?? 0]) ?? [];
    near([[...predicted.data()].map(Number)], [due], 1e-11, "together and apart");
    const single = estimator
      .fit(
        x,
        numbers.map((v) => [v]),
      )
      .predict(x) as Tensor;
    assert.deepEqual(single.shape, [count, 1]);
  },

  "a fitted model travels as JSON and says the same to the bit; other JSON is refused": (subject) => {
    const { x, y } = caseOf(subject);
    const fitted = fit(subject.make(), x, y);
    const json = JSON.parse(JSON.stringify(fitted.toJSON())) as ModelJSON;
    const back = subject.fromJSON(json);
    assert.deepEqual(outputs(back, x), outputs(fitted, x));
    assert.deepEqual(JSON.parse(JSON.stringify(back.toJSON())), json);
    assert.equal(back.constructor, fitted.constructor);
    assert.throws(() => subject.fromJSON({ ...json, kind: "other" }), UserError);
    assert.throws(() => subject.fromJSON({ kind: json.kind, settings: json.settings } as ModelJSON), UserError);
    assert.throws(() => subject.fromJSON({ ...json, state: {} }), UserError);
    assert.throws(() => subject.fromJSON(JSON.stringify(json) as unknown as ModelJSON), UserError);
  },

  "rows one by one are the rows together, and their order means nothing where it should not": (subject) => {
    const { x, y } = caseOf(subject);
    const fitted = fit(subject.make(), x, y);
    const due = outputs(fitted, x);
    const single = x.map((row) => outputs(fitted, [row]));
    near(
      due.map((_, m) => single.flatMap((lists) => lists[m] ?? [])),
      due,
      1e-12,
      "one by one",
    );
    if (subject.entry.ordered === true) return;
    const order = Array.from(permutation(count, key(3)));
    const mixed = fit(
      subject.make(),
      order.map((i) => x[i] ?? []),
      y === undefined ? y : order.map((i) => y[i] ?? 0),
    );
    near(outputs(mixed, x), due, 1e-6, "rows in another order");
  },

  "its score is R² or accuracy; its columns are as many as it says": (subject) => {
    const { x, y } = caseOf(subject);
    const estimator = subject.make();
    const fitted = fit(estimator, x, y);
    if ("transform" in fitted) {
      assert.deepEqual(fitted.transform(x).shape, [count, fitted.outputColumns]);
      assert.equal(fitted.transform(x).dtype, "float64");
      assert.equal(fitted.columnNames().length, fitted.outputColumns);
      assert.equal(fitted.inputColumns, 3);
    }
    if (estimator.role === "transformer" || y === undefined || "transform" in fitted) return;
    const sampleWeight = x.map((_, i) => i % 4);
    const metric = estimator.role === "regressor" ? r2 : accuracy;
    for (const options of [{}, { sampleWeight }]) {
      const due = (metric as (a: unknown, b: unknown, o: object) => number)(y, fitted.predict(x), options);
      assert.equal(fitted.score(x, y as Targets, options), due);
    }
    if (estimator.role === "classifier") {
      const { classes } = fitted as unknown as { readonly classes: readonly unknown[] };
      assert.deepEqual(classes, [...new Set(y)].sort());
    }
  },
};
