/** Fits of estimators, and a search for neighbours, on rows that are there as a tensor. */
import { tensor } from "thalweg";
import { design, gaussian, meanMagnitude, studied } from "../../values.mjs";

/** The settings are those of systems/scikit_learn.py. @param {string} workload */
export async function prepare(workload) {
  const { rows, columns } = studied;
  const { x: data, y } = design();
  const x = tensor(data).reshape([rows, columns]);
  x.data();
  const targets = tensor(y);
  switch (workload) {
    case "ridge_20000x100": {
      const { ridge } = await import("thalweg/linear");
      return fitted(
        () => ridge({ alpha: 1 }).fit(x, targets),
        (model) => meanMagnitude(model.coefficients.data()),
      );
    }
    case "lasso_20000x100": {
      const { lasso } = await import("thalweg/linear");
      return fitted(
        () => lasso({ alpha: 0.1, tolerance: 1e-8 }).fit(x, targets),
        (model) => meanMagnitude(model.coefficients.data()),
      );
    }
    case "lassocv5_20000x100": {
      const { tunedLasso } = await import("thalweg/linear");
      return fitted(
        () => tunedLasso({ count: 100, folds: 5, tolerance: 1e-8 }).fit(x, targets),
        (model) => meanMagnitude(model.coefficients.data()) * model.facts.alpha,
      );
    }
    case "logistic_20000x100": {
      const { logisticRegression } = await import("thalweg/linear");
      const classes = Int32Array.from(y, (v) => (v > 0 ? 1 : 0));
      return fitted(
        () => logisticRegression({ alpha: 1, tolerance: 1e-6 }).fit(x, classes),
        (model) => meanMagnitude(model.coefficients.data()),
      );
    }
    case "kmeans8_20000x100": {
      const { kMeans } = await import("thalweg/cluster");
      const init = Array.from({ length: 8 }, (_, c) => [...data.subarray(c * columns, (c + 1) * columns)]);
      const means = kMeans({ clusters: 8, init, maxIterations: 20, tolerance: 0 });
      return fitted(
        () => means.fit(x),
        (model) => meanMagnitude(model.centers) * model.inertia,
      );
    }
    case "knn5_20000x100_q1000": {
      const { nearestNeighbors } = await import("thalweg/neighbors");
      const queries = tensor(gaussian(1000 * columns, 4)).reshape([1000, columns]);
      queries.data();
      const index = nearestNeighbors(x);
      return fitted(
        () => index.query(queries, 5),
        (found) => meanMagnitude(found.distances.data()) * meanMagnitude(found.indices.data()),
      );
    }
    default:
      return undefined;
  }
}

/** @template T @param {() => T} call @param {(result: T) => number} summary */
const fitted = (call, summary) => ({ call, check: () => summary(call()) });
