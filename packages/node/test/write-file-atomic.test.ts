import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { unfinishedFiles, writeFileAtomic } from "@thalweg/node";
import { temporaryFolder } from "./temporary-folder.js";

test("a file is written whole, over an old one and into new folders", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "deep/er/file.txt");
  await writeFileAtomic(path, "old");
  await writeFileAtomic(path, "new");
  assert.equal(await readFile(path, "utf8"), "new");
  assert.deepEqual(await readdir(join(folder, "deep/er")), ["file.txt"]);
  assert.deepEqual(unfinishedFiles(), []);
});

test("a name may be as long as the system allows", async (t) => {
  const path = join(await temporaryFolder(t), `${"n".repeat(250)}.html`);
  await writeFileAtomic(path, "content");
  assert.equal(await readFile(path, "utf8"), "content");
});

test("when it cannot be finished the old file stays and nothing else", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "file.txt");
  await writeFile(path, "old");
  const abort = new AbortController();
  abort.abort(new Error("stopped"));
  await assert.rejects(writeFileAtomic(path, "new", { signal: abort.signal }), /stopped/);
  assert.equal(await readFile(path, "utf8"), "old");
  await assert.rejects(writeFileAtomic(join(path, "below"), "new"));
  await assert.rejects(writeFileAtomic(folder, "new"));
  if (process.platform === "linux") await assert.rejects(writeFileAtomic("/proc/none/file.txt", "new"), /ENOENT/);
  assert.deepEqual(await readdir(folder), ["file.txt"]);
  assert.deepEqual(unfinishedFiles(), []);
});

test("a reader beside many writers sees whole files only", async (t) => {
  const path = join(await temporaryFolder(t), "file.txt");
  const texts = ["a", "b", "c"].map((letter) => letter.repeat(200_000));
  await writeFileAtomic(path, texts[0] ?? "");
  let writing = true;
  const writers = Promise.all(texts.map((text) => writeFileAtomic(path, text))).then(() => {
    writing = false;
  });
  while (writing) assert.ok(texts.includes(await readFile(path, "utf8")));
  await writers;
});
