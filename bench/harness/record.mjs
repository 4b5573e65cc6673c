/** Keeps a run in bench/results/, one file a day and machine. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { commit, load, machine, machineName } from "./machine.mjs";

const folder = new URL("../results/", import.meta.url);

/**
 * @param {object} run
 * @param {string[]} run.arguments
 * @param {number} run.loadBefore
 * @param {import("./measure.mjs").Row[]} run.rows
 * @param {import("./bars.mjs").Verdict[]} run.verdicts
 * @param {string[]} run.notes
 * @returns {string} the file, relative to the root
 */
export function record(run) {
  const now = new Date();
  mkdirSync(folder, { recursive: true });
  const file = fileURLToPath(new URL(`${now.toISOString().slice(0, 10)}-${machineName()}.json`, folder));
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { machine: machine(), runs: [] };
  const { loadBefore, ...rest } = run;
  kept.runs.push({
    date: now.toISOString(),
    commit: commit(),
    node: process.versions.node,
    v8: process.versions.v8,
    load: [loadBefore, load()],
    ...rest,
  });
  const text = JSON.stringify(
    kept,
    (_, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value),
    1,
  );
  writeFileSync(`${file}.part`, `${text}\n`);
  renameSync(`${file}.part`, file);
  return relative(fileURLToPath(new URL("../..", import.meta.url)), file);
}
