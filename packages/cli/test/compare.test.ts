import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { filesIn, folderWith, run, smallTable } from "./run-command.js";

/** Fails when a page would load something: every address in it must be a fragment or data. */
function assertLoadsNothing(page: string): void {
  for (const [, address = ""] of page.matchAll(/(?:src|href|srcset|action|poster)\s*=\s*["']?([^"'\s>]*)/gi))
    assert.match(address, /^(#|data:)/, `the report refers to ${address}`);
  assert.doesNotMatch(page, /<(script|link rel="stylesheet"|iframe|object|embed|img|base)\b/i);
  assert.doesNotMatch(page, /@import|url\((?!#)/i);
  assert.doesNotMatch(page, /https?:\/\//i);
}

test("a table becomes results and a report that stands alone", async (t) => {
  const folder = await folderWith(t, { "small.csv": smallTable(240) });
  const args = [
    "compare",
    "--data",
    "small.csv",
    "--target",
    "y",
    "--epochs",
    "30",
    "--quick",
    "--output",
    "out/report.html",
  ];
  const { code, out, error } = await run(folder, args);
  assert.equal(error, "");
  assert.equal(code, 0);
  assert.deepEqual(await filesIn(folder), ["out", "small.csv"]);
  assert.deepEqual(await filesIn(join(folder, "out")), ["report.html"]);

  // The output of a pipe: lines, no control characters.
  for (const character of out)
    assert.ok(character === "\n" || character >= " ", `control character ${character.charCodeAt(0)}`);
  assert.match(out, /z: missing values become the median of the training rows/);
  assert.match(out, /group: one input of 0 and 1 for each of 3 labels \(blue, green, red\)/);
  assert.match(out, /173 rows to train on, 19 rows to validate, 48 rows to test; seed 42/);
  assert.match(out, /Network 5-64-32-1/);
  for (const name of ["SGD", "Momentum", "RMSprop", "Adam", "AdamW"]) {
    assert.match(out, new RegExp(`^${name} +epoch +\\d+/30  train [\\d.]+  validation [\\d.]+  rate `, "m"), name);
    const r2 = Number(new RegExp(`^${name}[ *]+(?:[\\d.]+ +){4}(?<r2>[\\d.]+)`, "m").exec(out)?.groups?.r2);
    assert.ok(r2 > 0.8, `${name} has R² ${r2}:\n${out}`);
  }
  assert.match(out, /5 learning rates × 5 optimisers/);
  assert.match(out, /wins: its validation loss/);

  const page = await readFile(join(folder, "out/report.html"), "utf8");
  assertLoadsNothing(page);
  assert.match(page, /^<!doctype html>/);
  assert.match(page, /<\/html>\s*$/);
  for (const title of [
    "Training loss",
    "Validation loss",
    "Generalisation gap",
    "Gradient norm",
    "Weight norm",
    "Update-to-weight ratio",
    "Validation loss by learning rate",
    "Prediction against truth",
    "Residuals against prediction",
    "Spread of the residuals",
  ]) {
    const figure = page.split(`<h3>${title}</h3>`)[1]?.split("</figure>")[0] ?? "";
    assert.match(figure, /<svg viewBox="0 0 \d+ \d+" role="img" aria-labelledby="chart\d+"><title/, title);
    assert.ok((figure.match(/<path/g) ?? []).length > 5, `${title} is empty`);
    assert.doesNotMatch(figure, /NaN|undefined|Infinity/, title);
  }
  // A caption inside a table that scrolls is cut off on a narrow page.
  assert.doesNotMatch(page, /<caption/);
  assert.equal((page.match(/<table aria-labelledby="/g) ?? []).length, (page.match(/<table/g) ?? []).length);
  for (const [, label] of page.matchAll(/<table aria-labelledby="([^"]+)"/g))
    assert.match(page, new RegExp(`<figcaption id="${label}">[^<]`), label);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length, "ids are unique");
  for (const [, id] of page.matchAll(/url\(#([^)]+)\)/g)) assert.ok(ids.includes(id), `clip path ${id} exists`);
  assert.match(
    page,
    /npx thalweg compare --data small\.csv --target y --epochs 30 --quick --seed 42 --output out\/report\.html/,
  );
});

test("without California Housing the stand-in is named on screen and in the report", async (t) => {
  const folder = await folderWith(t, {});
  const { code, out, error } = await run(folder, ["compare", "--offline", "--epochs", "2", "--no-sweep"]);
  assert.equal(error, "");
  assert.equal(code, 0);
  assert.match(out, /GENERATED DATA/);
  assert.match(out, /THALWEG_DATA is not set/);
  assert.match(out, /y = sin x₁ \+ x₂²/);
  assert.match(out, /on generated data, which stands in for California Housing/);
  const page = await readFile(join(folder, "report.html"), "utf8");
  assert.match(page, /<strong>Generated data\.<\/strong>/);
  assertLoadsNothing(page);
  assert.deepEqual(await filesIn(folder), ["report.html"]);
});

test("names in the table are shown, never run", async (t) => {
  const nasty = `x,"<script>alert(1)</script>","a&b ""q""",y\n${smallTable(60).split("\n").slice(1).join("\n")}`;
  const folder = await folderWith(t, { "nasty.csv": nasty });
  const args = ["--data", "nasty.csv", "--target", "y", "--epochs", "1", "--no-sweep", "--optimizers", "adam"];
  const { code, error } = await run(folder, ["compare", ...args]);
  assert.equal(error, "");
  assert.equal(code, 0);
  const page = await readFile(join(folder, "report.html"), "utf8");
  assertLoadsNothing(page);
  assert.ok(page.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
});

test("control characters and long labels of a table reach neither terminal nor report", async (t) => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${i % 7},\u001b[31mred${i % 3},${"L".repeat(300)}${i % 2},"p\nq${i % 2}",${i}`,
  );
  const folder = await folderWith(t, { "t.csv": `a,"x\u001b[2J\u0007",long,"two\nlines",y\n${lines.join("\n")}\n` });
  const args = ["--data", "t.csv", "--target", "y", "--epochs", "1", "--no-sweep", "--optimizers", "adam"];
  const { code, out, error } = await run(folder, ["compare", ...args]);
  assert.equal(error, "");
  assert.equal(code, 0);
  const page = await readFile(join(folder, "report.html"), "utf8");
  for (const text of [out, page])
    for (const character of text)
      assert.ok(character === "\n" || character >= " ", `control character ${character.charCodeAt(0)}`);
  assert.match(out, /x␛\[2J␇: one input/);
  assert.match(out, /^- two lines: one input of 0 and 1 for each of 2 labels \(p q0, p q1\)\.$/m);
  assert.ok(Math.max(...out.split("\n").map((line) => line.length)) < 250);
});
