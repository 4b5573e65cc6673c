/** k-means, principal components and nearest neighbours on the classic sets against scikit-learn: tools/reference/classic_sets.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kMeans } from "../../src/cluster/index.js";
import { pca } from "../../src/decomposition/index.js";
import { kNeighborsClassifier, nearestNeighbors } from "../../src/neighbors/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { close, flat } from "../estimators/reference.js";
import json from "../references/classic-groups.json" with { type: "json" };
import {
  california,
  cancer,
  diabetes,
  digits,
  every,
  iris,
  mnist,
  needsData,
  type Rows,
  standard,
  weightsOf,
  wine,
} from "./sets.js";

const sets: Readonly<Record<keyof typeof json.pca, () => Rows>> = {
  iris: () => iris().x,
  wine: () => standard(wine().x),
  cancer: () => standard(cancer().x),
  diabetes: () => standard(diabetes().x),
  digits: () => digits().x,
  california: () => standard(california().x),
  mnist: () => mnist().x.slice(0, 1000),
};

function byRow(data: ArrayLike<number>, columns: number): Rows {
  const all = Array.from(data);
  return Array.from({ length: all.length / columns }, (_, i) => all.slice(i * columns, (i + 1) * columns));
}

for (const [name, load] of Object.entries(sets) as [keyof typeof json.pca, () => Rows][]) {
  test(`${name}: k-means from given centres`, needsData, () => {
    const x = load();
    const columns = x[0]?.length ?? 0;
    for (const kind of ["plain", "weighted"] as const) {
      const due = json.kMeans[`${name} ${kind}`];
      const { clusters } = due;
      const init = every(x, Math.floor(x.length / clusters)).slice(0, clusters);
      const model = kMeans({ clusters, init, tolerance: 0, maxIterations: 1000 }).fit(
        x,
        undefined,
        kind === "weighted" ? { sampleWeight: weightsOf(x) } : {},
      );
      const centers = byRow(model.centers, columns).map((row) => (columns < 70 ? row : every(row, 97)));
      close(centers, due.centers, 1e-9, `${kind}: centres`);
      const sizes = Array.from({ length: clusters }, (_, c) => model.labels.filter((l) => l === c).length);
      assert.deepEqual(sizes, due.sizes, `${kind}: sizes`);
      const step = Math.max(1, Math.floor(x.length / 200));
      assert.deepEqual(every([...model.labels], step), due.labels, `${kind}: labels`);
      close(model.inertia, due.inertia, 1e-11, `${kind}: inertia`);
      assert.deepEqual([...flat(model.predict(x))], [...model.labels], `${kind}: predicted`);
    }
  });

  for (const algorithm of ["full", "covariance", "lanczos", "auto"] as const)
    test(`${name}: principal components, ${algorithm}`, needsData, () => {
      const [x, due] = [load(), json.pca[name]];
      // Of a thousand images "auto" takes random directions, which are close to the components and not the same.
      if (algorithm === "auto" && name === "mnist") {
        const rough = pca({ components: 8 }).fit(x);
        assert.equal(rough.algorithm, "randomized");
        close(rough.explainedVariance, due.variances, 1e-3, "variances");
        return;
      }
      const columns = x[0]?.length ?? 0;
      const count = Math.min(columns, 8);
      const model = pca({ components: count, algorithm }).fit(x);
      const components = byRow(model.components, columns).map((row) => (columns < 70 ? row : every(row, 49)));
      close(components, due.components, 1e-8, "components");
      close(model.explainedVariance, due.variances, 1e-11, "variances");
      close(model.explainedVarianceRatio, due.ratios, 1e-11, "ratios");
      close(model.singularValues, due.singularValues, 1e-11, "singular values");
      assert.ok(Math.abs(model.noiseVariance - due.noise) <= 1e-10 * (due.variances[0] ?? 0), "noise");
      const rows = every(x, Math.max(1, Math.floor(x.length / 15)));
      close(model.transform(rows), due.scores, 1e-8, "scores");
      close(pca({ components: count, algorithm, whiten: true }).fit(x).transform(rows), due.whitened, 1e-7, "whitened");
      if (algorithm !== "lanczos")
        assert.equal(pca({ components: 0.9, algorithm }).fit(x).outputColumns, due.kept90, "for 90 % of the variance");
    });
}

for (const [name, load] of [
  ["wine", () => ({ x: standard(wine().x), y: wine().y })],
  ["cancer", () => ({ x: standard(cancer().x), y: cancer().y })],
  ["digits", digits],
  ["mnist", mnist],
] as const)
  test(`${name}: nearest rows and what they vote for`, needsData, () => {
    const { x, y } = load();
    const due = json.neighbors[name];
    const [train, labels] = [every(x, 2).slice(0, 1000), every(y, 2).slice(0, 1000)];
    const queries = due.rows.map((i) => every(x, 2, 1)[i] ?? []);
    for (const algorithm of ["brute force", "k-d tree"] as const) {
      const found = nearestNeighbors(train, { algorithm }).query(queries, 9);
      assert.deepEqual(found.indices.array(), due.indices, algorithm);
    }
    for (const neighbors of [1, 4, 9] as const)
      for (const weights of ["uniform", "distance"] as const) {
        const model = kNeighborsClassifier({ neighbors, weights }).fit(train, labels);
        assert.deepEqual(
          [...flat(model.predict(queries) as Tensor)],
          due[`${neighbors} ${weights}`],
          `${neighbors} ${weights}`,
        );
      }
  });
