// `npm test`: installs and builds what is missing, then every check and every test, each with a line of its own, and at the end
// one line `N passed, M failed`. Names after `--` run only those steps: `npm test -- layers files node`. A path runs the test files
// below it: `npm test -- packages/thalweg/test/base`.
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { performance } from "node:perf_hooks";
import { build, checkTools, install, requireNode, root } from "./prepare.mjs";

requireNode();
install();

const { runInNode, testFiles } = await import("./node-tests.mjs");

/**
 * @typedef {object} Outcome
 * @property {number} [passed] tests that passed; a plain check without failures counts as one
 * @property {number} [skipped]
 * @property {string[]} failures
 * @property {string[]} [printed] what the failed files printed: seeds, traces
 * @property {string} [note]
 * @property {string} [notRun] why this step had nothing to do; it then counts neither way
 */

const requested = process.argv.slice(2);
const paths = requested
  .filter((word) => word.includes("/"))
  .map((path) => path.replace(/\/+$/, "").replace("/test", "/dist/test"));
const chosenSteps = requested.filter((word) => !word.includes("/"));

/** @param {string} file */
const chosen = (file) => paths.length === 0 || paths.some((path) => file.startsWith(path.replace(/\.ts$/, "")));

function biome() {
  const binary = join(root, "node_modules/@biomejs/biome/bin/biome");
  const result = spawnSync(process.execPath, [binary, "check", "--reporter=github", "--max-diagnostics=none"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  if (result.status === 0) return { failures: [] };
  const diagnostic = /^::error title=(?<rule>[^,]*),file=(?<file>[^,]*),line=(?<line>\d+),.*?::(?<text>.*)$/gm;
  const found = [...result.stdout.matchAll(diagnostic)].map(({ groups }) => {
    const file = relative(root, groups?.file ?? "");
    return groups?.rule === "format"
      ? `${file}: not formatted`
      : `${file}:${groups?.line}: ${groups?.rule}: ${groups?.text}`;
  });
  return {
    failures:
      found.length > 0 ? [`${found.join("\n")}\nnpm run format mends what can be mended`] : [result.stderr.trim()],
  };
}

async function nodeTests() {
  const files = testFiles().filter(chosen);
  const outcome = await runInNode(files);
  if (files.length === 0) outcome.failures.push("no test file was found");
  const slow = outcome.slow.length > 0 ? `; slow: ${outcome.slow.join(", ")}` : "";
  return { ...outcome, note: `${files.length} files${slow}` };
}

async function browserTests() {
  const { inBrowser, runInBrowser } = await import("./browser/run.mjs");
  const tests = "packages/thalweg/dist/test/";
  const files = testFiles().filter((file) => chosen(file) && inBrowser.some((start) => file.startsWith(tests + start)));
  if (files.length === 0) return { failures: [], notRun: "no test file chosen for the browser" };
  const outcome = await runInBrowser(files);
  if (outcome.unavailable !== undefined) return { failures: [], notRun: outcome.unavailable };
  return outcome;
}

/** @param {string} name */
const fromFile = (name) => async () => {
  const { check } = await import(`./checks/${name}.mjs`);
  const outcome = await check();
  return outcome.skipped === undefined ? outcome : { failures: [], notRun: outcome.skipped };
};

/** @type {{ name: string, run: () => Outcome | Promise<Outcome> }[]} */
const steps = [
  {
    name: "build",
    run: async () => {
      const { ok, output } = await build();
      const tools = checkTools();
      return { failures: [...(ok ? [] : [output]), ...(tools.ok ? [] : [tools.output])] };
    },
  },
  { name: "format", run: biome },
  { name: "layers", run: fromFile("layers") },
  { name: "files", run: fromFile("files") },
  { name: "doors", run: fromFile("doors") },
  { name: "consumer", run: fromFile("consumer") },
  { name: "bundle", run: fromFile("bundle") },
  { name: "harness", run: fromFile("harness") },
  { name: "bench", run: fromFile("bench") },
  { name: "documents", run: fromFile("documents") },
  { name: "node", run: nodeTests },
  { name: "browser", run: browserTests },
];

const unknown = chosenSteps.filter((word) => !steps.some(({ name }) => name === word));
if (unknown.length > 0) {
  console.error(`No step is called ${unknown.join(", ")}; there are ${steps.map(({ name }) => name).join(", ")}.`);
  process.exit(1);
}
const selected = steps.filter(
  ({ name }) =>
    requested.length === 0 ||
    name === "build" ||
    chosenSteps.includes(name) ||
    (paths.length > 0 && chosenSteps.length === 0 && (name === "node" || name === "browser")),
);

let passed = 0;
let failed = 0;
for (const { name, run } of selected) {
  const start = performance.now();
  /** @type {Outcome} */
  let outcome;
  try {
    outcome = await run();
  } catch (error) {
    outcome = { failures: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(5);
  const failures = outcome.failures.length;
  const single = outcome.passed === undefined;
  const passes = outcome.passed ?? (outcome.notRun === undefined && failures === 0 ? 1 : 0);
  passed += passes;
  failed += single ? Math.min(failures, 1) : failures;

  const mark = outcome.notRun !== undefined ? "·" : failures > 0 ? "✗" : "✓";
  const parts = [
    single ? "" : `${passes} passed, ${failures} failed`,
    outcome.skipped ? `${outcome.skipped} skipped` : "",
    outcome.notRun ?? outcome.note ?? "",
  ].filter((part) => part !== "");
  console.log(`${mark} ${name.padEnd(9)} ${seconds} s  ${parts.join("; ")}`.trimEnd());
  for (const failure of [...outcome.failures, ...(outcome.printed ?? [])]) console.log(failure.replace(/^/gm, "    "));
}

if (passed === 0) failed = Math.max(failed, 1);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
