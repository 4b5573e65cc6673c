// Runs the packages' tests in Node, two files at a time, one process a file.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { root } from "./prepare.mjs";
import { filesBelow } from "./sources.mjs";

/** A file that takes longer than this hangs. */
const patience = 240_000;
const concurrency = 2;
const slow = 5_000;

/**
 * The built test files, found by their sources: what is left in dist of a test that was deleted does not run.
 * @returns {string[]} relative to the root
 */
export const testFiles = () =>
  filesBelow("packages", (path) => path.endsWith(".test.ts")).map((path) =>
    path.replace(/^(packages\/[^/]+)\/test\//, "$1/dist/test/").replace(/\.ts$/, ".js"),
  );

/** @param {unknown} error as a reporter gets it: the thrown error is the cause of the runner's own */
function describe(error) {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (inner instanceof Error) return inner.stack ?? inner.message;
  return typeof inner === "string" ? inner : JSON.stringify(inner);
}

/**
 * Counts tests, not the suites around them; a file that crashes, cannot be loaded or holds no test is one failure.
 * @param {string[]} files relative to the root
 */
export async function runInNode(files) {
  /** @type {string[]} */
  const failures = [];
  const missing = files.filter((file) => !existsSync(join(root, file)));
  for (const file of missing) failures.push(`${file}: was not built`);
  const present = files.filter((file) => !missing.includes(file)).map((file) => join(root, file));
  let passed = 0;
  let skipped = 0;
  /** Tests seen and what each file printed, shown if it fails. @type {Map<string, { seen: number, failed: boolean, printed: string, time: number }>} */
  const records = new Map(present.map((file) => [file, { seen: 0, failed: false, printed: "", time: 0 }]));
  /** @param {string | undefined} file */
  const recordOf = (file) => records.get(file ?? "") ?? { seen: 0, failed: false, printed: "", time: 0 };
  /** @param {string} file */
  const short = (file) => file.slice(root.length);

  if (present.length > 0) {
    // Imported JSON is marked experimental in Node 20; the notice would bury what a test prints.
    process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --disable-warning=ExperimentalWarning`.trim();
    for await (const { type, data } of run({ files: present, concurrency, timeout: patience })) {
      const record = recordOf(data?.file);
      if (type === "test:stdout" || type === "test:stderr") {
        if (record.printed.length < 20_000) record.printed += data.message;
      } else if (type === "test:pass" || type === "test:fail") {
        // The runner reports a file as a test of its own when it crashed, hung or held none.
        const isFile = data.nesting === 0 && records.has(data.name);
        const suite = data.details?.type === "suite";
        if (data.nesting === 0) record.time += data.details?.duration_ms ?? 0;
        if (type === "test:pass") {
          if (isFile || suite) continue;
          record.seen += 1;
          if (data.skip !== undefined || data.todo !== undefined) skipped += 1;
          else passed += 1;
        } else {
          record.failed = true;
          const error = data.details?.error;
          // A parent of failed tests fails with them; they were counted already.
          if (error?.failureType === "subtestsFailed") continue;
          record.seen += 1;
          failures.push(
            `${short(data.file ?? data.name)}: ${isFile ? "the file failed" : data.name}\n${describe(error)}`,
          );
        }
      }
    }
  }
  /** @type {string[]} */
  const printedByFailed = [];
  for (const [file, { seen, failed, printed }] of records) {
    if (seen === 0 && !failed) failures.push(`${short(file)}: holds no test`);
    if (failed && printed.trim() !== "") printedByFailed.push(`${short(file)} printed:\n${printed.trim()}`);
  }
  const long = [...records]
    .filter(([, { time }]) => time > slow)
    .map(([file, { time }]) => `${short(file)} ${(time / 1000).toFixed(1)} s`);
  return { passed, skipped, failures, printed: printedByFailed, slow: long, files: files.length };
}
