/** The contract of estimators, as a suite that runs over every one that is exported. */
import assert from "node:assert/strict";
import { ShapeError, UserError } from "../../src/base/errors.js";
import { key } from "../../src/base/random.js";
import { permutation } from "../../src/data/split.js";
import { tensor } from "../../src/index.js";
import type {
  AnyKind,
  Estimator,
  FittedTransformer,
  Model,
  ModelJSON,
  Predictor,
  Transformer,
} from "../../src/preprocessing/estimator.js";

export interface Subject {
  readonly name: string;
  /** Makes it with these settings, whatever they are. */
  readonly make: (settings?: object) => Estimator;
  /** Reads a fitted one back. */
  readonly kind: AnyKind;
  /** Settings that it must refuse, each with a part of the message. */
  readonly refused?: readonly (readonly [object, RegExp])[];
  /** Whether missing numbers pass. */
  readonly missing?: boolean;
  /** Whether weights of 2 are rows twice, which is checked. */
  readonly weights?: boolean;
  /** Whether it cuts the rows into folds, so that their order matters. */
  readonly folds?: boolean;
  /** Whether cells are categories: no new numbers in later rows. */
  readonly categories?: boolean;
}

const rows = 24;
/** Numbers that occur several times, so that encoders know them later. */
const x = Array.from({ length: rows }, (_, i) => [((i * 7) % 5) - 2, ((i * 3) % 4) * 10, ((i * 5) % 3) / 4]);
const numbers = x.map(([a = 0, b = 0, c = 0]) => 2 * a - 0.1 * b + c * c);
const labels = x.map(([a = 0, b = 0]) => (a + b / 10 > 1.2 ? 1 : 0));

function run(
  estimator: Estimator,
  data: readonly (readonly number[])[],
  targets?: readonly number[],
  weights?: readonly number[],
) {
  const options = weights === undefined ? {} : { sampleWeight: weights };
  if (estimator.role === "transformer") return estimator.fit(data, undefined, options);
  return estimator.fit(data, targets ?? targetsOf(estimator), options);
}

function targetsOf(estimator: Predictor): readonly number[] {
  return estimator.role === "classifier" ? labels : numbers;
}

function outputs(fitted: FittedTransformer | Model, data: readonly (readonly number[])[]): number[] {
  const result = "transform" in fitted ? fitted.transform(data) : fitted.predict(data);
  return Array.isArray(result) ? result.map((label) => label.length) : [...result.data()];
}

/** Throws an assertion error for the first clause that does not hold. */
export function checkContract(subject: Subject): void {
  const { name, make } = subject;
  const estimator = make();
  const targets = estimator.role === "transformer" ? undefined : targetsOf(estimator);
  const fitted = run(estimator, x);

  // The estimator stays as it is: fitting again, on other rows in between, gives the same model.
  const before = JSON.stringify(estimator.toJSON());
  const same = outputs(fitted, x);
  run(estimator, x.slice(4), targets?.slice(4));
  assert.deepEqual(outputs(run(estimator, x), x), same, `${name}: fitting twice differs`);
  assert.equal(JSON.stringify(estimator.toJSON()), before, `${name}: fitting changed the estimator`);
  assert.ok(!("predict" in estimator) && !("transform" in estimator), `${name}: predicts before it is fitted`);

  // Tensors, nested arrays and typed rows are one; later rows one by one are the rows together.
  const asTensor = tensor(x, { dtype: "float64" });
  const again = "transform" in fitted ? fitted.transform(asTensor) : fitted.predict(asTensor);
  assert.deepEqual(
    Array.isArray(again) ? again.map((l) => l.length) : [...again.data()],
    same,
    `${name}: a tensor differs`,
  );
  assert.deepEqual(
    outputs(
      fitted,
      x.map((r) => Float64Array.from(r) as unknown as number[]),
    ),
    same,
    `${name}: typed rows differ`,
  );
  const single = x.flatMap((row) => outputs(fitted, [row]));
  assert.deepEqual(single, same, `${name}: rows one by one differ`);

  // The order of rows means nothing to what is learnt, but for rounding.
  if (subject.folds !== true) checkOrder(subject, estimator, targets, same);

  // To JSON and back, through text.
  const json = JSON.parse(JSON.stringify(fitted.toJSON())) as ModelJSON;
  const back = subject.kind.fromJSON(json);
  assert.deepEqual(outputs(back, x), same, `${name}: JSON and back differs`);
  assert.deepEqual(JSON.parse(JSON.stringify(back.toJSON())), json, `${name}: JSON of the one read differs`);
  assert.throws(
    () => subject.kind.fromJSON({ ...json, kind: "somethingElse" }),
    UserError,
    `${name}: takes JSON of another kind`,
  );

  if (subject.weights === true) {
    const weights = x.map((_, i) => i % 3);
    const repeatedRows = x.flatMap((row, i) => new Array<number[]>(i % 3).fill(row));
    const repeatedTargets = targets?.flatMap((t, i) => new Array<number>(i % 3).fill(t));
    const weighted = outputs(run(estimator, x, targets, weights), x);
    const repeated = outputs(run(estimator, repeatedRows, repeatedTargets), x);
    weighted.forEach((v, i) => {
      assert.ok(Math.abs(v - (repeated[i] ?? 0)) <= 1e-9 * (1 + Math.abs(v)), `${name}: weight 2 is not two rows`);
    });
    assert.throws(() => run(estimator, x, targets, [1, 2]), ShapeError, `${name}: too few weights`);
    assert.throws(
      () =>
        run(
          estimator,
          x,
          targets,
          x.map(() => -1),
        ),
      /sampleWeight must be ≥ 0/,
      `${name}: negative weights`,
    );
  }

  refusals(subject, estimator, fitted, targets);
}

function checkOrder(
  { name }: Subject,
  estimator: Estimator,
  targets: readonly number[] | undefined,
  same: readonly number[],
): void {
  const order = permutation(rows, key(3));
  const mixed = Array.from(order, (i) => x[i] ?? []);
  const remodelled = run(
    estimator,
    mixed,
    targets === undefined ? undefined : Array.from(order, (i) => targets[i] ?? 0),
  );
  const other = outputs(remodelled, x);
  same.forEach((v, i) => {
    assert.ok(Math.abs(v - (other[i] ?? 0)) <= 1e-9 * (1 + Math.abs(v)), `${name}: the order of rows matters`);
  });
}

function refusals(
  subject: Subject,
  estimator: Estimator,
  fitted: FittedTransformer | Model,
  targets: readonly number[] | undefined,
): void {
  const { name, make } = subject;
  const baseline = name.startsWith("baseline");
  assert.throws(() => run(estimator, []), /x (is empty|must)/, `${name}: takes no rows`);
  const flat = [1, 2, 3] as unknown as number[][];
  if (!baseline) {
    assert.throws(() => run(estimator, flat), UserError, `${name}: takes a flat array`);
    assert.throws(() => run(estimator, [[1, 2], [3]], [0, 1]), ShapeError, `${name}: takes ragged rows`);
    assert.throws(() => outputs(fitted, [[1, 2]]), /columns/, `${name}: takes other columns than it was fitted on`);
    const spoilt = x.map((row, i) => (i === 5 ? [row[0] ?? 0, Number.NaN, 0] : row));
    if (subject.missing === true) run(estimator, spoilt, targets);
    else assert.throws(() => run(estimator, spoilt, targets), /row 5, column 1/, `${name}: NaN without its place`);
    if (subject.categories !== true) {
      const infinite = x.map((row, i) => (i === 2 ? [Number.POSITIVE_INFINITY, 0, 0] : row));
      assert.throws(() => run(estimator, infinite, targets), /Infinity at row 2, column 0/, `${name}: takes infinity`);
      const text = [
        ["a", "b", "c"],
        ["d", "e", "f"],
      ] as unknown as number[][];
      assert.throws(() => run(estimator, text, [0, 1]), /text "a"/, `${name}: takes texts`);
    }
  }
  if (targets !== undefined) {
    assert.throws(() => run(estimator, x, targets.slice(1)), /x has 24 rows|x\b.*24/, `${name}: takes too few targets`);
    const spoilt = targets.map((t, i) => (i === 7 ? Number.NaN : t));
    assert.throws(
      () => run(estimator, x, spoilt),
      /y (has NaN|must hold).*position 7|row 7/,
      `${name}: takes NaN as a target`,
    );
  }
  assert.throws(() => make({ noSuchSetting: 1 }), /no setting noSuchSetting/, `${name}: takes unknown settings`);
  for (const [settings, message] of subject.refused ?? [])
    assert.throws(
      () => make(settings),
      (e) => e instanceof UserError && message.test(e.message),
      `${name}: takes ${JSON.stringify(settings)}`,
    );
}

export type { Transformer };
