import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readTable } from "@thalweg/node";
import { openSource } from "../src/csv/source.js";
import { temporaryFolder } from "./temporary-folder.js";

const onlyWhereNamed = { skip: process.platform === "win32" && "there are no named pipes in folders" };

test("a pipe is read to its end, plain or compressed, and cut as files are", onlyWhereNamed, async (t) => {
  const folder = await temporaryFolder(t);
  const table = `a,b\n${Array.from({ length: 60_000 }, (_, i) => `${i},${i % 7}`).join("\n")}\n`;
  await writeFile(join(folder, "t.csv"), table);
  await writeFile(join(folder, "t.csv.gz"), gzipSync(table));
  const direct = await readTable(join(folder, "t.csv"));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const feed = (file: string): Promise<void> =>
    new Promise((resolve) => {
      execFile("sh", ["-c", 'cat "$0" > "$1"', join(folder, file), pipe], () => resolve());
    });
  for (const file of ["t.csv", "t.csv.gz"]) {
    const [read] = await Promise.all([readTable(pipe), feed(file)]);
    assert.deepEqual(read.table, direct.table, file);
    assert.deepEqual(read.lines, direct.lines, file);
  }
  const refused = assert.rejects(readTable(pipe, { maxCells: 1000 }), /pipe: the table has more than 1,000 cells/);
  await Promise.all([refused, feed("t.csv")]);
});

test("waiting for a pipe ends when told to", onlyWhereNamed, async (t) => {
  const pipe = join(await temporaryFolder(t), "pipe");
  execFileSync("mkfifo", [pipe]);
  const writer = execFile("sh", ["-c", 'exec 3> "$0"; echo a,b >&3; exec sleep 20', pipe]);
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error("told to")), 200);
  await assert.rejects(readTable(pipe, { signal: abort.signal }), /^Error: told to$/);
  writer.kill();
});

test("a stream without end is refused", onlyWhereNamed, async (t) => {
  const pipe = join(await temporaryFolder(t), "pipe");
  execFileSync("mkfifo", [pipe]);
  const writer = execFile("sh", ["-c", 'yes "" > "$0"', pipe]);
  const source = await openSource(pipe, { maxStreamBytes: 1 << 20 });
  const count = async (stream: Readable): Promise<number> => {
    let bytes = 0;
    for await (const part of stream) bytes += (part as Uint8Array).length;
    return bytes;
  };
  await assert.rejects(count(source.open()), /the stream is longer than 1,048,576 bytes.*write it to a file/);
  source.close();
  writer.kill();
});

test("devices that hold nothing, or no text", onlyWhereNamed, async () => {
  await assert.rejects(readTable("/dev/null"), /the file is empty/);
  await assert.rejects(readTable("/dev/zero"), /not a text file/);
});
