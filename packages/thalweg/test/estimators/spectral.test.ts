/** Spectral clustering against scikit-learn and SciPy, and on graphs whose spectrum is known. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ShapeError, UserError } from "../../src/base/errors.js";
import { type SpectralClusteringSettings, spectralClustering } from "../../src/cluster/index.js";
import { adjustedRand } from "../../src/metrics/index.js";
import { tensor } from "../../src/tensor/creation.js";
import json from "../references/estimators-spectral.json" with { type: "json" };
import { close } from "./reference.js";

type Given = Partial<SpectralClusteringSettings>;

const sets: Readonly<Record<string, readonly (readonly number[])[]>> = json.sets;

describe("against scikit-learn and SciPy", () => {
  for (const due of json.cases)
    for (const solver of ["dense", "Lanczos"] as const)
      for (const embedding of ["random walk", "unit rows"] as const)
        test(`${due.set} ${JSON.stringify(due.settings)}, ${solver}, ${embedding}`, () => {
          const affinity = "neighbors" in due.settings ? "nearest neighbors" : "rbf";
          const settings: Given = { ...due.settings, affinity, solver, embedding, eigenvalues: 12 };
          const x = sets[due.set] ?? [];
          const model = spectralClustering(settings).fit(x);
          // scikit-learn's embedding is the random walk's; the other draws the border between touching groups elsewhere.
          const least = embedding === "random walk" || due.set !== "blobs" ? 1 : 0.95;
          assert.ok(adjustedRand(due.labels, model.labels) >= least);
          close(model.eigenvalues, due.eigenvalues, 1e-12);
          assert.equal(model.components, due.components);
          // Two of the four blobs touch.
          assert.equal(model.suggestedClusters, due.set === "blobs" ? 3 : due.settings.clusters);
          assert.equal(model.note === undefined, due.components === 1);
          assert.deepEqual(spectralClustering(settings).fit(x).toJSON(), model.toJSON());
        });
});

/** The path or cycle of n rows. */
function ring(n: number, closed: boolean): number[][] {
  const w = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const link = (i: number, j: number): void => {
    for (const [a, b] of [
      [i, j],
      [j, i],
    ] as const)
      (w[a] ?? [])[b] = 1;
  };
  for (let i = 1; i < n; i += 1) link(i - 1, i);
  if (closed) link(n - 1, 0);
  return w;
}

const precomputed: Given = { affinity: "precomputed" };

for (const solver of ["dense", "Lanczos"] as const)
  test(`${solver}: eigenvalues that are there twice are found twice`, () => {
    // Of a cycle: 1 − cos(2πj/n), j = 0, ±1, ±2, …
    for (const n of [12, 40, 81]) {
      const model = spectralClustering({ ...precomputed, clusters: 3, solver, eigenvalues: 9 }).fit(ring(n, true));
      const due = Array.from({ length: 9 }, (_, i) => 1 - Math.cos((2 * Math.PI * Math.ceil(i / 2)) / n));
      close(model.eigenvalues, due, 1e-12, `n = ${n}`);
    }
    // Of a complete graph: 0, then n/(n − 1) for all others.
    const all = Array.from({ length: 30 }, () => new Array<number>(30).fill(3));
    const { eigenvalues, suggestedClusters } = spectralClustering({
      ...precomputed,
      clusters: 2,
      solver,
      eigenvalues: 6,
    }).fit(all);
    assert.equal(suggestedClusters, 1);
    close(eigenvalues, [0, ...new Array<number>(5).fill(30 / 29)], 1e-12);
  });

test("a path is cut in the middle; its two halves are two groups by either embedding", () => {
  for (const embedding of ["random walk", "unit rows"] as const) {
    const { labels } = spectralClustering({ ...precomputed, clusters: 2, embedding }).fit(ring(40, false));
    assert.equal(new Set(labels.slice(0, 20)).size, 1);
    assert.equal(new Set(labels.slice(20)).size, 1);
    assert.notEqual(labels[0], labels[39]);
  }
});

/** Groups of sizes 5, 4, 3, … linked within, not between, and rows of no link at all at the end. */
function islands(sizes: readonly number[]): number[][] {
  const group = sizes.flatMap((size, g) => new Array<number>(size).fill(g));
  return group.map((a) => group.map((b) => (a === b ? 1 : 0)));
}

test("parts without links are groups of their own; of too many the note says so", () => {
  const sizes = [5, 4, 3];
  const exact = spectralClustering({ ...precomputed, clusters: 3 }).fit(islands(sizes));
  assert.equal(exact.components, 3);
  assert.equal(adjustedRand([...exact.labels], [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]), 1);
  assert.equal(exact.suggestedClusters, 3);
  assert.match(exact.note ?? "", /3 parts without any link, which are never in one group/);
  const few = spectralClustering({ ...precomputed, clusters: 2 }).fit(islands([...sizes, 1, 1]));
  assert.equal(few.components, 5);
  assert.match(few.note ?? "", /5 parts.*more than the 2 clusters.*ask for 5 clusters/);
  assert.deepEqual([...few.eigenvalues.slice(0, 5)], [0, 0, 0, 0, 0]);
  const many = spectralClustering({ ...precomputed, clusters: 4 }).fit(islands(sizes));
  for (const [a, b] of [
    [0, 5],
    [0, 9],
    [5, 9],
  ] as const)
    assert.notEqual(many.labels[a], many.labels[b]);
});

test("rows of far too large a gamma are alone, and new rows still go to the nearest", () => {
  const x = [[0], [1], [2], [100]];
  const model = spectralClustering({ clusters: 4, gamma: 1e6 }).fit(x);
  assert.equal(model.components, 4);
  assert.equal(new Set(model.labels).size, 4);
  assert.deepEqual([...model.predict(x).data()], [...model.labels]);
  assert.equal(model.predict([[90]]).item(), model.labels[3]);
});

test("new rows join the group that they lie in, and fitted ones stay", () => {
  for (const how of [{ affinity: "nearest neighbors" as const }, { gamma: 60 }]) {
    const x = json.sets.moons;
    const [even, odd] = [x.filter((_, i) => i % 2 === 0), x.filter((_, i) => i % 2 === 1)];
    const model = spectralClustering({ clusters: 2, ...how }).fit(even);
    const all = spectralClustering({ clusters: 2, ...how }).fit(x);
    assert.equal(adjustedRand(model.labels, model.predict(even).data() as Int32Array), 1);
    const due = [...all.labels].filter((_, i) => i % 2 === 1);
    const agreement = adjustedRand(due, model.predict(odd).data() as Int32Array);
    assert.ok(agreement > 0.97, `${agreement}`);
    assert.deepEqual(model.transform(odd).shape, [150, 2]);
  }
  const w = islands([4, 3]);
  const model = spectralClustering({ ...precomputed, clusters: 2 }).fit(w);
  assert.deepEqual([...model.predict(w.slice(2, 5)).data()], [...model.labels.slice(2, 5)]);
  assert.throws(() => model.predict([[0, 0, 0, 0, 0, 0, 0]]), /row 0 of x has no affinity to any fitted row/);
  assert.throws(() => model.predict([[1, 1, 1, -1, 0, 0, 0]]), /≥ 0, got -1 at row 0, column 3/);
  const again = spectralClustering.fromJSON(JSON.parse(JSON.stringify(model.toJSON())));
  assert.deepEqual(again.toJSON(), model.toJSON());
  assert.deepEqual(again.predict(w).array(), model.predict(w).array());
  assert.deepEqual(model.columnNames(), ["eigenvector0", "eigenvector1"]);
});

test("one row, all rows the same, as many groups as rows", () => {
  assert.deepEqual([...spectralClustering({ clusters: 1 }).fit([[3]]).labels], [0]);
  const same = Array.from({ length: 12 }, () => [2, 2]);
  const model = spectralClustering({ clusters: 2, affinity: "nearest neighbors", neighbors: 3 }).fit(same);
  assert.ok(model.eigenvalues.every((v) => v >= 0 && v <= 2));
  const each = spectralClustering({ clusters: 4, gamma: 3 }).fit([[0], [1], [5], [9]]);
  assert.equal(new Set(each.labels).size, 4);
  assert.equal(each.eigenvalues.length, 4);
});

test("wrong input is refused in words", () => {
  const x = [[0], [1], [2]];
  assert.throws(() => spectralClustering({ clusters: 4 }).fit(x), /clusters is 4, and there are 3 rows/);
  assert.throws(() => spectralClustering({ gamma: 0 }), /gamma must be a number > 0, got 0/);
  assert.throws(() => spectralClustering({ affinity: "cosine" } as unknown as Given), /affinity must be "rbf"/);
  assert.throws(
    () => spectralClustering({ clusters: 2, affinity: "nearest neighbors" }).fit(x),
    /neighbors is 10, and each of the 3 rows has 2 others/,
  );
  const given = spectralClustering({ ...precomputed, clusters: 2 });
  assert.throws(() => given.fit(x), ShapeError);
  assert.throws(
    () =>
      given.fit([
        [1, 2],
        [1, 1],
      ]),
    /symmetric, and those of rows 1 and 0 are 1 and 2/,
  );
  assert.throws(
    () =>
      given.fit([
        [1, -2],
        [-2, 1],
      ]),
    /≥ 0, got -2 at row 0, column 1/,
  );
  assert.throws(() => given.fit(tensor([1, 2, 3])), ShapeError);
  const json = given.fit(islands([2, 2])).toJSON();
  for (const state of [
    { ...json.state, labels: [0, 1, 2, 9] },
    { ...json.state, embedding: [1] },
    { ...json.state, solver: 3 },
  ])
    assert.throws(() => spectralClustering.fromJSON({ ...json, state }), UserError);
});
