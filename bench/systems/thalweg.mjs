/** Thalweg, through its public doors only; yardsticks come from its own assembler. */
import { readFileSync } from "node:fs";

/** Where each family of workloads is. @type {[RegExp, string][]} */
const families = [
  [/^(?:fma_peak|copy)_/, "yardsticks"],
  [/^gemm_/, "products"],
  [/^(?:gelu|sum|softmax)_/, "elementwise"],
  [/^mlp_|^compile_/, "networks"],
  [/^lazy_/, "lazy"],
  [/^import/, "imports"],
  [/^(?:svd|eigh|eig|qr|cholesky|lu_solve|lstsq)_/, "linear-algebra"],
  [/^(?:ridge|lasso|lassocv5|logistic|kmeans8|knn5)_/, "estimators"],
  [/^pca_/, "components"],
];

const { version } = JSON.parse(readFileSync(new URL("../../packages/thalweg/package.json", import.meta.url), "utf8"));

/** @param {string} workload @param {number} threads */
export async function prepare(workload, threads) {
  const family = families.find(([names]) => names.test(workload))?.[1];
  if (family === undefined) return undefined;
  if (family !== "imports" && family !== "yardsticks") {
    const { setThreads } = await import("thalweg");
    setThreads(threads);
  } else if (threads !== 1) {
    return undefined;
  }
  const { prepare: prepareFamily } = await import(`./thalweg/${family}.mjs`);
  const prepared = await prepareFamily(workload);
  if (prepared === undefined) return undefined;
  return { version: `thalweg ${version}, Node ${process.versions.node}, V8 ${process.versions.v8}`, ...prepared };
}
