/** Principal components, on rows that are there as a tensor. */
import { tensor } from "thalweg";
import { pca } from "thalweg/decomposition";
import { lowRank, meanMagnitude } from "../../values.mjs";

/** The settings are those of systems/scikit_learn.py. */
const kinds = new Map([
  ["full", () => pca({ algorithm: "full" })],
  ["randomized", () => pca({ components: 10, algorithm: "randomized", oversampling: 10, powerIterations: 5 })],
  ["lanczos", () => pca({ components: 10, algorithm: "lanczos", tolerance: 1e-10 })],
  ["incremental", () => pca({ components: 10, algorithm: "incremental" })],
]);

/** @param {string} workload */
export function prepare(workload) {
  const { method, rows, columns, x: data } = lowRank(workload);
  const estimator = kinds.get(method)?.();
  if (estimator === undefined) return undefined;
  const x = tensor(data).reshape([rows, columns]);
  x.data();
  const call = () => estimator.fit(x);
  const check = () => {
    const { explainedVariance, components } = call();
    return meanMagnitude(explainedVariance) * meanMagnitude(components);
  };
  return { call, check };
}
