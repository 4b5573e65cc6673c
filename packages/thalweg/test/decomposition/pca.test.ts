/** Principal components against scikit-learn, and on data that have less to give. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type PcaAlgorithm, type PcaModel, pca } from "../../src/decomposition/index.js";
import { random } from "../../src/index.js";
import { close, every } from "../estimators/reference.js";
import reference from "../references/pca.json" with { type: "json" };

const algorithms: readonly PcaAlgorithm[] = ["full", "covariance", "randomized", "lanczos", "subspace", "incremental"];
type Described = (typeof reference)["iris"]["plain"];

function compare(model: PcaModel, x: readonly (readonly number[])[], due: Described, tolerance: number): void {
  close(model.components, due.components, tolerance, "components");
  close(model.singularValues, due.singularValues, tolerance, "singular values");
  close(model.explainedVariance, due.variance, tolerance, "variances");
  close(model.explainedVarianceRatio, due.ratio, tolerance, "ratios");
  const scores = model.transform(x);
  close(every(scores.array() as number[][], 7), due.transformed, tolerance, "scores");
  close(every(model.inverseTransform(scores).array() as number[][], 25), due.back, tolerance, "back");
}

describe("against scikit-learn", () => {
  for (const [name, { x, count, plain, whitened, share }] of Object.entries(reference)) {
    for (const algorithm of algorithms)
      test(`${name} by ${algorithm}`, () => {
        // an incremental fit that truncates sees less: of these sets all but iris take several batches
        const components = algorithm === "incremental" ? "all" : count;
        const whiten = pca({ components, algorithm, whiten: true }).fit(x);
        const model = pca({ components, algorithm }).fit(x);
        assert.equal(model.algorithm, algorithm);
        assert.ok(model.converged);
        if (algorithm === "incremental") {
          close(model.components.slice(0, count * model.inputColumns), plain.components, 1e-8);
          return;
        }
        compare(model, x, plain, 1e-8);
        compare(whiten, x, whitened, 1e-8);
        close(model.noiseVariance, plain.noise, 1e-8, "noise");
      });
    test(`${name} by share of the variance`, () => {
      for (const [part, due] of Object.entries(share))
        for (const algorithm of ["auto", "full", "covariance", "incremental"] as const)
          assert.equal(pca({ components: Number(part), algorithm }).fit(x).outputColumns, due, `${algorithm} ${part}`);
    });
  }
});

/** Rows of known rank in `columns` columns: deviations 3^(rank−1) … 1 along random directions, and noise. */
export function lowRank(rows: number, columns: number, rank: number, noise: number, seed: number): number[][] {
  const draw = (shape: number[], salt: number) =>
    random.normal(shape, { key: random.fold(random.key(seed), salt), dtype: "float64" });
  const factors = draw([rows, rank], 1).array() as number[][];
  const directions = draw([rank, columns], 2).array() as number[][];
  const errors = draw([rows, columns], 3).array() as number[][];
  return errors.map((row, i) =>
    row.map((e, j) =>
      directions.reduce((sum, d, r) => sum + 3 ** (rank - 1 - r) * (factors[i]?.[r] ?? 0) * (d[j] ?? 0), noise * e),
    ),
  );
}

for (const [rows, columns] of [
  [400, 60],
  [60, 400],
  [150, 150],
] as const)
  test(`approximate algorithms agree with the full one on ${rows} × ${columns}`, () => {
    const x = lowRank(rows, columns, 5, 0.1, 21);
    const full = pca({ components: 5, algorithm: "full" }).fit(x);
    for (const algorithm of ["covariance", "randomized", "lanczos", "subspace"] as const) {
      const model = pca({ components: 5, algorithm, seed: 3 }).fit(x);
      assert.ok(model.converged, algorithm);
      close(model.explainedVariance, full.explainedVariance, 1e-10, algorithm);
      close(model.components, full.components, 1e-8, algorithm);
      assert.deepEqual(pca({ components: 5, algorithm, seed: 3 }).fit(x).components, model.components);
    }
  });

function checkOrthonormal(model: PcaModel, what: string): void {
  const { inputColumns: p, outputColumns: k, components } = model;
  for (let i = 0; i < k; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let dot = 0;
      for (let c = 0; c < p; c += 1) dot += (components[i * p + c] ?? 0) * (components[j * p + c] ?? 0);
      assert.ok(
        Math.abs(dot - (i === j ? 1 : 0)) <= 1e-12,
        `${what}: components ${i} and ${j} have the product ${dot}`,
      );
    }
}

describe("data that have less to give", () => {
  const sets: Record<string, { readonly x: number[][]; readonly rank: number }> = {
    "a constant column": { x: lowRank(40, 4, 4, 0, 5).map((row) => [...row, 1e6]), rank: 4 },
    "rank 2 of 6": { x: lowRank(30, 6, 2, 0, 6), rank: 2 },
    "more columns than rows": { x: lowRank(5, 12, 3, 0.5, 7), rank: 4 },
    "constant rows": { x: Array.from({ length: 6 }, () => [1, 2, 3]), rank: 0 },
    "equal deviations": {
      x: Array.from({ length: 8 }, (_, i) => [0, 1, 2, 3].map((j) => (i >> 1 === j ? 1 - 2 * (i % 2) : 0))),
      rank: 4,
    },
    "two rows": {
      x: [
        [1, 2, 3],
        [4, 6, 3],
      ],
      rank: 1,
    },
    "one column": { x: [[1], [2], [4]], rank: 1 },
    "huge numbers": { x: lowRank(20, 4, 3, 0, 8).map((row) => row.map((v) => v * 1e150)), rank: 3 },
    "tiny numbers": { x: lowRank(20, 4, 3, 0, 8).map((row) => row.map((v) => v * 1e-150)), rank: 3 },
  };
  for (const [name, { x, rank }] of Object.entries(sets))
    for (const algorithm of algorithms)
      test(`${name}, ${algorithm}`, () => {
        const model = pca({ algorithm }).fit(x);
        checkOrthonormal(model, name);
        assert.equal(model.outputColumns, Math.min(x.length, x[0]?.length ?? 0));
        const limit = algorithm === "covariance" ? 1e-7 : 1e-12;
        const largest = model.singularValues[0] ?? 0;
        assert.equal(model.singularValues.filter((s) => s > limit * largest).length, rank);
        const sum = model.explainedVarianceRatio.reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - (rank === 0 ? 0 : 1)) < 1e-12, `ratios add up to ${sum}`);
        close(model.inverseTransform(model.transform(x)), x, 1e-12, "there and back");
        if (algorithm === "covariance") return;
        const whitened = pca({ algorithm, whiten: true }).fit(x);
        const scores = whitened.transform(x).array() as number[][];
        for (let j = 0; j < whitened.outputColumns; j += 1) {
          const variance = scores.reduce((s, row) => s + (row[j] ?? 0) ** 2, 0) / (x.length - 1);
          assert.ok(Math.abs(variance - (j < rank ? 1 : 0)) < 1e-8, `component ${j} has the variance ${variance}`);
        }
        close(whitened.inverseTransform(scores), x, 1e-12, "whitened and back");
      });
});

test("repeated singular values do not hide from the Lanczos iteration", () => {
  const x = Array.from({ length: 8 }, (_, i) =>
    [0, 1, 2, 3].map((j) => (i >> 1 === j ? (1 - 2 * (i % 2)) * (j < 2 ? 2 : 1) : 0)),
  );
  const model = pca({ components: 2, algorithm: "lanczos" }).fit(x);
  close(model.singularValues, [Math.sqrt(8), Math.sqrt(8)], 1e-12);
});

test("a large common part of all rows costs no digits", () => {
  const x = lowRank(50, 5, 3, 0.1, 12).map((row) => row.map((v) => Math.fround(v)));
  const shifted = x.map((row) => row.map((v) => v + 2 ** 20));
  for (const algorithm of algorithms) {
    const [a, b] = [x, shifted].map((rows) => pca({ components: 3, algorithm }).fit(rows));
    close(b?.explainedVariance, a?.explainedVariance, 1e-9, algorithm);
  }
});

test("weights of whole numbers are rows repeated", () => {
  const x = lowRank(12, 4, 3, 0.2, 13);
  const repeated = x.flatMap((row, i) => new Array<number[]>(i % 3).fill(row));
  for (const algorithm of algorithms) {
    const weighted = pca({ algorithm }).fit(x, undefined, { sampleWeight: x.map((_, i) => i % 3) });
    const due = pca({ algorithm }).fit(repeated);
    close(weighted.explainedVariance, due.explainedVariance, 1e-12, algorithm);
    close(weighted.transform(x), due.transform(x), 1e-12, algorithm);
  }
});

test("the data of a scree plot go past the components that are kept", () => {
  const model = pca({ components: 2, algorithm: "full" }).fit(reference.wine.x);
  const scree = model.scree();
  assert.deepEqual([scree.length, scree[0]?.component], [13, 1]);
  close(
    scree.slice(0, 5).map((s) => s.ratio),
    reference.wine.plain.ratio,
    1e-10,
  );
  assert.ok(Math.abs((scree.at(-1)?.cumulative ?? 0) - 1) < 1e-12);
  assert.deepEqual(model.columnNames(), ["pc1", "pc2"]);
});

test("a share is met by as few components as can be", () => {
  for (const part of [0.3, 0.7, 0.95]) {
    const { explainedVarianceRatio } = pca({ components: part }).fit(reference.wine.x);
    const sum = explainedVarianceRatio.reduce((a, b) => a + b, 0);
    assert.ok(sum > part && sum - (explainedVarianceRatio.at(-1) ?? 0) <= part);
  }
});

test("what cannot be fitted is refused in words", () => {
  const x = [
    [1, 2],
    [3, 5],
    [4, 4],
  ];
  assert.throws(() => pca().fit([[1, 2, 3]]), /pca\.fit: x has 1 row, and variance needs at least 2/);
  assert.throws(() => pca({ components: 3 }).fit(x), /components is 3, and 3 rows of 2 columns have at most 2/);
  assert.throws(
    () =>
      pca().fit([
        [1, Number.NaN],
        [2, 3],
      ]),
    /x has NaN at row 0, column 1/,
  );
  assert.throws(() => pca({ components: 0 }), /components must be a whole number ≥ 1, a share .* got 0/);
  assert.throws(() => pca({ components: 2.5 }), /components must be/);
  assert.throws(
    () => pca({ components: 0.9, algorithm: "lanczos" }),
    /"lanczos" needs the number of components, got the share 0\.9/,
  );
  assert.throws(() => pca({ algorithm: "svd" as "full" }), /algorithm must be "auto", "full", .*got "svd"/);
  assert.throws(
    () =>
      pca()
        .fit(x)
        .transform([[1, 2, 3]]),
    /x has 3 columns, and the model was fitted on 2/,
  );
  assert.throws(() => pca({ components: 1 }).fit(x).inverseTransform(x), /x has 2 columns/);
  assert.throws(() => pca().fit(x, undefined, { sampleWeight: [1, 0, 0] }), /3 rows of total weight 1, and variance/);
});
