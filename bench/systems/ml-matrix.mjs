/** ml-matrix: plain JavaScript, float64. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { meanMagnitude, values } from "../values.mjs";

/** @param {string} workload @param {number} threads */
export async function prepare(workload, threads) {
  if (!workload.startsWith("gemm_f64_") || threads !== 1) return undefined;
  const { Matrix } = await import("ml-matrix");
  const n = Number(workload.split("_")[2]);
  const [a, b] = [1, 2].map((seed) => Matrix.from1DArray(n, n, values(n * n, seed)));
  const folder = dirname(createRequire(import.meta.url).resolve("ml-matrix"));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return {
    version: `ml-matrix ${version}`,
    call: () => a.mmul(b),
    check: () => meanMagnitude(a.mmul(b).to1DArray()),
  };
}
