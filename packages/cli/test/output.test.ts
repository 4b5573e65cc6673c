import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { link, lstat, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "thalweg";
import { outputFile } from "../src/compare/output.js";
import { command, filesIn, folderWith, run, smallTable } from "./run-command.js";

const quick = ["--epochs", "1", "--no-sweep", "--optimizers", "adam"];

test("the data is never overwritten, whatever it is called", async (t) => {
  const table = smallTable(40);
  const folder = await realpath(await folderWith(t, { "t.csv": table }));
  await symlink("t.csv", join(folder, "soft.csv"));
  await link(join(folder, "t.csv"), join(folder, "hard.csv"));
  await symlink(".", join(folder, "here"));
  const names = ["t.csv", "soft.csv", "hard.csv", "here/t.csv", "./here/../t.csv"].map((name) => join(folder, name));
  for (const data of names)
    for (const output of names)
      await assert.rejects(outputFile({ data, output }), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /is the file that the data is read from.*name another file/, `${data} ${output}`);
        return true;
      });
  const { code, error, out } = await run(folder, ["compare", "-d", "t.csv", "-t", "y", "-o", "t.csv", ...quick]);
  assert.equal(code, 1);
  assert.match(
    error,
    /^Error: --output t\.csv is the file that the data is read from, and the report would replace it/,
  );
  assert.equal(out, "");
  assert.equal(await readFile(join(folder, "t.csv"), "utf8"), table);
  assert.equal(
    await outputFile({ data: join(folder, "t.csv"), output: join(folder, "new.html") }),
    join(folder, "new.html"),
  );
});

test("nor is the copy of California Housing", async (t) => {
  const folder = await folderWith(t, {});
  await mkdir(join(folder, "cache/thalweg"), { recursive: true });
  const kept = join(folder, "cache/thalweg/cal_housing.data");
  await writeFile(kept, "1,2,3");
  const { code, error } = await run(folder, ["compare", "--offline", "--output", kept, ...quick]);
  assert.equal(code, 1);
  assert.match(error, /is the file that the data is read from/);
  assert.equal(await readFile(kept, "utf8"), "1,2,3");
});

test("a link stays a link, a device a device", async (t) => {
  const folder = await realpath(await folderWith(t, { "t.csv": smallTable(40), "old.html": "old" }));
  await symlink("old.html", join(folder, "link.html"));
  const { code } = await run(folder, ["compare", "-d", "t.csv", "-t", "y", "-o", "link.html", ...quick]);
  assert.equal(code, 0);
  assert.ok((await lstat(join(folder, "link.html"))).isSymbolicLink());
  assert.match(await readFile(join(folder, "old.html"), "utf8"), /^<!doctype html>/);
  if (process.platform !== "win32")
    await assert.rejects(outputFile({ data: undefined, output: "/dev/null" }), /is a device or a pipe/);
});

/** Runs a line of shell with `thalweg` as "$0 $1"; its exit code is that of the command, not of its reader. */
function shell(folder: string, line: string): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve) => {
    const { THALWEG_DATA: _, ...environment } = process.env;
    const env = { ...environment, XDG_CACHE_HOME: join(folder, "cache"), HOME: folder };
    execFile("sh", ["-c", line, process.execPath, command], { cwd: folder, env }, (failed, out, error) =>
      resolve({ code: typeof failed?.code === "number" ? failed.code : 0, out, error }),
    );
  });
}

const onlyWithShell = { skip: process.platform === "win32" && "there is no POSIX shell" };

test("when nobody reads the output any more the report is written all the same", onlyWithShell, async (t) => {
  const folder = await folderWith(t, { "t.csv": smallTable(60) });
  const line = `{ "$0" "$1" compare -d t.csv -t y ${quick.join(" ")}; echo "code $?" >&2; } | head -1`;
  const { out, error } = await shell(folder, line);
  assert.equal(out, "t.csv\n");
  assert.match(error, /^Nobody read the rest of the output; the report is complete: .*report\.html\ncode 0\n$/);
  assert.match(await readFile(join(folder, "report.html"), "utf8"), /<\/html>\s*$/);
});

test("when the output cannot be written that is told, and the report written", {
  skip: process.platform !== "linux" && "there is no /dev/full",
}, async (t) => {
  const folder = await folderWith(t, { "t.csv": smallTable(60) });
  const { code, error } = await shell(folder, `"$0" "$1" compare -d t.csv -t y ${quick.join(" ")} > /dev/full`);
  assert.equal(code, 1);
  assert.match(error, /^The output could not be written \(ENOSPC.*\); the report is complete: /);
  assert.deepEqual(await filesIn(folder), ["report.html", "t.csv"]);
});

test("a table from standard input, by a pipe or a file", onlyWithShell, async (t) => {
  const folder = await folderWith(t, { "t.csv": smallTable(60) });
  const lines = [
    `cat t.csv | "$0" "$1" compare -d /dev/stdin -t y`,
    `cat t.csv | "$0" "$1" compare -d - -t y`,
    `"$0" "$1" compare -d - -t y < t.csv`,
  ];
  const all = await Promise.all(
    lines.map((line, i) => shell(folder, `${line.replace("-t y", `-t y -o ${i}.html`)} ${quick.join(" ")}`)),
  );
  all.forEach(({ code, out, error }, i) => {
    assert.equal(error, "", lines[i]);
    assert.equal(code, 0, lines[i]);
    assert.match(out, /43 rows to train on, 5 rows to validate, 12 rows to test/, lines[i]);
  });
  const same = await shell(folder, `"$0" "$1" compare -d - -t y -o t.csv ${quick.join(" ")} < t.csv`);
  assert.match(same.error, /is the file that the data is read from/);
  assert.equal(await readFile(join(folder, "t.csv"), "utf8"), smallTable(60));
});
