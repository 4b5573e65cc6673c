import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { splitRows } from "thalweg/data";
import { filesIn, folderWith, run, smallTable, start } from "./run-command.js";

test("the same seed gives the same numbers, another one others", async (t) => {
  const folder = await folderWith(t, { "small.csv": smallTable(80) });
  const results = async (seed: string): Promise<string> => {
    const args = ["--data", "small.csv", "--target", "y", "--epochs", "3", "--no-sweep", "--seed", seed];
    const { out } = await run(folder, ["compare", ...args]);
    // Progress shows what the moment allows; the results do not depend on it.
    return out.slice(out.indexOf("\noptimiser")).replace(/[\d.]+ s\b/g, "");
  };
  const [first, second, other] = await Promise.all([results("1"), results("1"), results("2")]);
  assert.equal(first, second);
  assert.notEqual(first, other);
  assert.match(first, /wins/);
});

test("an interrupted comparison leaves no report and no part of one", async (t) => {
  const folder = await folderWith(t, { "small.csv": smallTable(2000), "report.html": "old" });
  const args = ["compare", "--data", "small.csv", "--target", "y", "--epochs", "5000", "--no-sweep"];
  const { child, ended } = start(folder, args);
  child.stdout?.once("data", () => setTimeout(() => child.kill("SIGINT"), 300));
  const { code, error } = await ended;
  assert.equal(code, 130);
  assert.match(error, /Stopped\. Nothing was written\./);
  assert.deepEqual(await filesIn(folder), ["report.html", "small.csv"]);
  assert.equal(await readFile(join(folder, "report.html"), "utf8"), "old");
});

test("a comparison in which all diverge ends with a report that says so", async (t) => {
  const folder = await folderWith(t, {});
  // The validation rows of 60 with seed 42: their inputs leave the range of float32, the training rows' do not.
  const far = new Set(splitRows(60, { test: 0.2, validation: 0.1, seed: 42 }).validation);
  const lines = Array.from({ length: 60 }, (_, i) => `${far.has(i) ? "1e300" : i % 7},${i % 5},${i}`);
  await writeFile(join(folder, "t.csv"), `a,b,y\n${lines.join("\n")}\n`);
  const args = ["compare", "--data", "t.csv", "--target", "y", "--epochs", "2", "--quick", "--input-limit", "0"];
  const { code, out, error } = await run(folder, [...args, "--optimizers", "adam,sgd"]);
  assert.equal(error, "");
  assert.equal(code, 0);
  assert.match(out, /Every optimiser diverged/);
  const page = await readFile(join(folder, "report.html"), "utf8");
  assert.match(page, /Every optimiser diverged[\s\S]*<\/html>\s*$/);
  assert.doesNotMatch(page, />NaN|undefined|Infinity/);
});
