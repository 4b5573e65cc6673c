/** Principal components of batches: against scikit-learn, against the whole, and on a stream. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { incrementalPca, incrementalPcaOf, pca } from "../../src/decomposition/index.js";
import { random } from "../../src/index.js";
import { close, every } from "../estimators/reference.js";
import reference from "../references/pca.json" with { type: "json" };

for (const name of ["wine", "signal"] as const)
  test(`${name} in batches of 20 as scikit-learn does it, truncated at each`, () => {
    const { x, count, incremental: due } = reference[name];
    const model = incrementalPca({ components: count, batchSize: 20 }).fit(x);
    close(model.components, due.components, 1e-8, "components");
    close(model.singularValues, due.singularValues, 1e-8, "singular values");
    close(model.explainedVarianceRatio, due.ratio, 1e-8, "ratios");
    const scores = model.transform(x);
    close(every(scores.array() as number[][], 7), due.transformed, 1e-8, "scores");
    close(every(model.inverseTransform(scores).array() as number[][], 25), due.back, 1e-8, "back");
  });

for (const batchSize of [1, 2, 7, 60, 1000])
  test(`with all components, batches of ${batchSize} are the whole`, () => {
    for (const { x } of Object.values(reference)) {
      const full = pca({ algorithm: "full", whiten: true }).fit(x);
      const model = incrementalPca({ batchSize, whiten: true }).fit(x);
      // of the wide set the last direction is that in which the rows do not vary
      const kept = full.outputColumns - (x.length <= (x[0]?.length ?? 0) ? 1 : 0);
      close(model.explainedVariance, full.explainedVariance, 1e-10, "variances");
      close(
        model.means.map((m) => m + 1),
        full.means.map((m) => m + 1),
        1e-14,
        "means",
      );
      close(model.totalVariance, full.totalVariance, 1e-12, "the whole variance");
      const part = kept * full.inputColumns;
      close(model.components.slice(0, part), full.components.slice(0, part), 1e-8, "components");
    }
  });

test("partialFit goes on from a model, also from JSON, and leaves it as it was", () => {
  const { x } = reference.wine;
  const first = incrementalPca({ components: 4 }).fit(x.slice(0, 50));
  const before = JSON.stringify(first);
  const second = first.partialFit(x.slice(50, 100)).partialFit(x.slice(100));
  assert.equal(JSON.stringify(first), before);
  const back = incrementalPca.fromJSON(JSON.parse(before));
  assert.deepEqual(back.partialFit(x.slice(50, 100)).partialFit(x.slice(100)).components, second.components);
  assert.deepEqual([first.rows, second.rows], [50, x.length]);
  assert.throws(() => first.partialFit([[1, 2]]), /x has 2 columns, and the model was fitted on 13/);
});

test("a share of the variance keeps what later batches need", () => {
  const { x, share } = reference.wine;
  const model = incrementalPca({ components: 0.8 }).fit(x.slice(0, 30)).partialFit(x.slice(30));
  assert.equal(model.outputColumns, share["0.8"]);
  close(model.explainedVariance, pca({ components: 0.8 }).fit(x).explainedVariance, 1e-10);
});

/** Rows on a plane in 8 dimensions, far from the origin and drifting, with a little noise, never all at once. */
function* plane(batches: number, rows: number): Generator<number[][]> {
  for (let b = 0; b < batches; b += 1) {
    const noise = random.normal([rows, 10], { key: random.fold(random.key(40), b), dtype: "float64" }).array();
    yield (noise as number[][]).map(([s = 0, t = 0, ...rest]) =>
      rest.map((e, j) => 1e4 + b / 50 + 5 * s * Math.cos(j) + 3 * t * Math.sin(j) + 0.01 * e),
    );
  }
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

test("a stream, synchronous or not, is what its rows are together", async () => {
  const whole = pca({ components: 3, algorithm: "full" }).fit([...plane(40, 50)].flat());
  const model = await incrementalPcaOf(plane(40, 50), { components: 3 });
  assert.equal(model.rows, 2000);
  close(model.explainedVariance, whole.explainedVariance, 1e-4);
  close(model.components.slice(0, 16), whole.components.slice(0, 16), 1e-3);
  close(model.totalVariance, whole.totalVariance, 1e-10);
  const exact = await incrementalPcaOf(later(plane(40, 50)));
  close(exact.explainedVariance.slice(0, 3), whole.explainedVariance, 1e-9);
  close(exact.components.slice(0, 24), whole.components, 1e-7);
});

test("first batches may be smaller than the number of components", async () => {
  const { x } = reference.wine;
  const batches = [x.slice(0, 1), x.slice(1, 3), x.slice(3)];
  const model = await incrementalPcaOf(batches, { components: 5 });
  close(model.explainedVariance, pca({ components: 5 }).fit(x).explainedVariance, 1e-9);
});

test("what a stream cannot give is refused in words", async () => {
  await assert.rejects(incrementalPcaOf([]), /0 rows were given, and variance needs at least 2/);
  await assert.rejects(incrementalPcaOf([[[1, 2]]]), /x has 1 row, and variance needs at least 2/);
  await assert.rejects(incrementalPcaOf([[[1, 2]], [[1, 2, 3]]]), /batch 1 has 3 columns, those before have 2/);
  await assert.rejects(incrementalPcaOf([[[1, Number.NaN]]]), /batch 0 has NaN at row 0, column 1/);
  await assert.rejects(
    incrementalPcaOf(
      [
        [
          [1, 2],
          [2, 1],
        ],
      ],
      { components: 3 },
    ),
    /components is 3, .* at most 2/,
  );
  assert.throws(() => incrementalPca().fit([[1, 2]]), /incrementalPca\.fit: x has 1 row/);
  assert.throws(() => incrementalPca().fit([[1], [2]], undefined, { sampleWeight: [1, 1] }), /takes no sampleWeight/);
  assert.throws(() => incrementalPca({ batchSize: 0 }), /batchSize must be a whole number ≥ 1, or left out, got 0/);
});

test("batches of very different size are joined without overflow", () => {
  const x = reference.iris.x.slice(0, 30);
  for (const factor of [1e-200, 1e-30, 1, 1e100]) {
    const later = x.map((row) => row.map((v) => v * factor));
    const model = incrementalPca().fit(x).partialFit(later);
    const due = pca({ algorithm: "full" }).fit([...x, ...later]);
    close(model.explainedVariance, due.explainedVariance, 1e-12, String(factor));
    close(model.components, due.components, 1e-8, String(factor));
  }
});

test("a state that does not fit together is refused", () => {
  const json = incrementalPca().fit(reference.iris.x).toJSON();
  for (const change of [{ components: [1, 0, 0, 0] }, { singularValues: [1] }, { kept: 0 }, { kept: 5 }, { means: [] }])
    assert.throws(
      () => incrementalPca.fromJSON({ ...json, state: { ...json.state, ...change } }),
      /fromJSON: \d components of \d columns need/,
    );
});
