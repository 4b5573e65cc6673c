/** k-means against scikit-learn from the same centres, and what must hold from any. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { kMeans, miniBatchKMeans } from "../../src/cluster/index.js";
import { random } from "../../src/index.js";
import json from "../references/estimators-cluster.json" with { type: "json" };
import { close, data, weights } from "./reference.js";

describe("Lloyd against scikit-learn", () => {
  for (const [name, due] of Object.entries(json))
    test(name, () => {
      const [set = "", how] = name.split(" ");
      const { x } = data[set as "iris"];
      const options = how === "weighted" ? { sampleWeight: weights(x.length) } : {};
      const settings = { clusters: due.start.length, init: due.start, tolerance: 0, maxIterations: 500 };
      const model = kMeans(settings).fit(x, undefined, options);
      assert.deepEqual([...model.labels], due.labels);
      close(model.centers, due.centers, 1e-12);
      close(model.inertia, due.inertia, 1e-12);
      assert.ok(model.converged);
      assert.deepEqual([...model.predict(x).data()], due.labels);
      close(model.score(x, options), -due.inertia, 1e-12);
    });
});

/** Rows around `k` points that lie far apart, in turn. */
function blobs(k: number, each: number, seed: number, at = 0): number[][] {
  const noise = random.normal([k * each, 3], { key: random.key(seed), dtype: "float64" }).array() as number[][];
  return noise.map((row, i) => row.map((v, j) => at + 0.1 * v + (j === (i % k) % 3 ? 10 + 5 * (i % k) : 0)));
}

for (const make of [kMeans, miniBatchKMeans])
  for (const init of ["k-means++", "random"] as const)
    test(`${make.kind} with ${init} finds groups that lie apart, the same ones for the same seed`, () => {
      const x = blobs(6, 60, 3);
      const settings = { clusters: 6, init, seed: 11, ...(make === kMeans ? { starts: 30 } : { batchSize: 64 }) };
      const model = make(settings).fit(x);
      const labels = [...model.labels];
      if (init === "k-means++" || make === kMeans) {
        for (let i = 6; i < x.length; i += 1) assert.equal(labels[i], labels[i % 6]);
        assert.equal(new Set(labels).size, 6);
      }
      assert.deepEqual(make(settings).fit(x).toJSON(), model.toJSON());
    });

test("far from the origin the groups are the same", () => {
  const near = kMeans({ clusters: 5, seed: 2 }).fit(blobs(5, 40, 8));
  const far = kMeans({ clusters: 5, seed: 2 }).fit(blobs(5, 40, 8, 1e8));
  assert.deepEqual([...far.labels], [...near.labels]);
  assert.ok(Math.abs(far.inertia / near.inertia - 1) < 1e-4);
});

test("a centre that no row is near to gets one", () => {
  const model = kMeans({ clusters: 3, init: [[0], [10], [1000]], tolerance: 0 }).fit([[0], [1], [9], [10], [30]]);
  assert.deepEqual([...model.labels], [0, 0, 1, 1, 2]);
  assert.deepEqual([...model.centers], [0.5, 9.5, 30]);
});

test("rows that are all the same, and as many clusters as rows", () => {
  const same = kMeans({ clusters: 3 }).fit(Array.from({ length: 9 }, () => [2, 2]));
  assert.equal(same.inertia, 0);
  assert.ok(same.centers.every((v) => v === 2));
  const each = kMeans({ clusters: 4, starts: 10 }).fit([[0], [1], [5], [9]]);
  assert.equal(each.inertia, 0);
});

test("a row of weight 2 counts like two rows; one of weight 0 not at all", () => {
  const x = blobs(4, 10, 6);
  const init = x.slice(0, 4);
  const w = x.map((_, i) => (i === 7 ? 0 : 1 + (i % 3)));
  const repeated = x.flatMap((row, i) => Array.from({ length: w[i] ?? 1 }, () => row));
  const weighted = kMeans({ clusters: 4, init, tolerance: 0 }).fit(x, undefined, { sampleWeight: w });
  close(weighted.centers, kMeans({ clusters: 4, init, tolerance: 0 }).fit(repeated).centers, 1e-12);
});

test("mini-batches come close to the inertia of all rows", () => {
  const { x } = data.diabetes;
  const full = kMeans({ clusters: 8, starts: 8 }).fit(x);
  const parts = miniBatchKMeans({ clusters: 8, batchSize: 100 }).fit(x);
  assert.ok(parts.inertia < 1.1 * full.inertia, `${parts.inertia} against ${full.inertia}`);
  assert.ok(parts.inertia >= full.inertia * (1 - 1e-3));
});

test("distances to the centres, their names, JSON", () => {
  const model = kMeans({
    clusters: 2,
    init: [
      [0, 0],
      [3, 4],
    ],
    tolerance: 0,
  }).fit([
    [0, 0],
    [3, 4],
  ]);
  close(model.transform([[0, 0]]), [[0, 5]], 1e-15);
  assert.deepEqual(model.columnNames(), ["distance0", "distance1"]);
  const again = kMeans.fromJSON(JSON.parse(JSON.stringify(model.toJSON())));
  assert.deepEqual(again.toJSON(), model.toJSON());
  assert.deepEqual(again.predict([[1, 1]]).array(), [0]);
});

test("wrong input is refused in words", () => {
  const x = [[0], [1], [2]];
  assert.throws(() => kMeans({ clusters: 4 }).fit(x), /clusters is 4, and there are 3 rows/);
  assert.throws(() => kMeans({ clusters: 0 }), /clusters must be a whole number ≥ 1/);
  assert.throws(() => kMeans({ clusters: 2, init: [[0]] }).fit(x), /init must hold 2 centres/);
  assert.throws(() => kMeans({ clusters: 2 }).fit([[0], [Number.NaN], [1]]), /NaN at row 1, column 0/);
  assert.throws(() => kMeans({ clusters: 2 }).fit(x, undefined, { sampleWeight: [1, 0, 0] }), /1 rows with weight/);
  assert.throws(
    () =>
      kMeans({ clusters: 2 })
        .fit(x)
        .predict([[1, 2]]),
    /2 columns/,
  );
});
