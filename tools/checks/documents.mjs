// Documentation runs. Each ```ts block of README.md and docs/guide/*.md is a program of its own, run against the built packages; the blocks
// of a page that says `<!-- one program -->` are run as one. A line `console.log(…); // text` must print that text (several lines: `// a ⏎ b`).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { transform } from "esbuild";
import { root } from "../prepare.mjs";

const block = /^```ts\n([\s\S]*?)^```$/gm;
const expectation = /^\s*console\.log\(.*\);\s*\/\/ (?<text>.*)$/;

/** @param {string} page */
function programs(page) {
  const text = readFileSync(page, "utf8");
  const blocks = [...text.matchAll(block)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length + 1,
    code: match[1] ?? "",
  }));
  if (!text.includes("<!-- one program -->") || blocks.length === 0) return blocks;
  return [{ line: blocks[0]?.line ?? 1, code: blocks.map(({ code }) => code).join("\n") }];
}

export async function check() {
  const guide = join(root, "docs/guide");
  const pages = [
    join(root, "README.md"),
    ...(existsSync(guide)
      ? readdirSync(guide)
          .filter((f) => f.endsWith(".md"))
          .map((f) => join(guide, f))
      : []),
  ];
  // Inside the checkout, so that the packages are found as a user's program finds them.
  const parent = join(root, "node_modules/.cache");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "documents-"));
  /** @type {string[]} */
  const failures = [];
  let count = 0;
  try {
    for (const page of pages) {
      for (const { line, code } of programs(page)) {
        count += 1;
        const place = `${relative(root, page)}:${line}`;
        const file = join(folder, `program-${count}.mjs`);
        const expected = code.split("\n").flatMap((l) => expectation.exec(l)?.groups?.["text"]?.split(" ⏎ ") ?? []);
        try {
          writeFileSync(file, (await transform(code, { loader: "ts", format: "esm", target: "es2022" })).code);
        } catch (error) {
          failures.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
          continue;
        }
        const run = spawnSync(process.execPath, [file], { cwd: folder, encoding: "utf8", timeout: 60_000 });
        if (run.status !== 0) {
          failures.push(`${place}: ended with ${run.status ?? run.signal}\n${run.stderr.trim()}`);
          continue;
        }
        const printed = run.stdout
          .trimEnd()
          .split("\n")
          .map((l) => l.trimEnd());
        if (expected.length > 0 && printed.join("\n") !== expected.join("\n")) {
          failures.push(`${place}: printed\n${printed.join("\n")}\nwhere it says\n${expected.join("\n")}`);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (count === 0) failures.push("no program was found in the documentation");
  return { failures, note: `${count} programs in ${pages.length} pages` };
}
