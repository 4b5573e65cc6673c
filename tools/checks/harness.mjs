// The runners themselves: files that fail, crash or hold no test must be counted as failures, in Node and in the page.
import { runInBrowser, settings } from "../browser/run.mjs";
import { runInNode } from "../node-tests.mjs";

const fixtures = [
  { file: "tools/fixtures/mixed.mjs", passed: 2, failed: 4, skipped: 1 },
  { file: "tools/fixtures/empty.mjs", passed: 0, failed: 1, skipped: 0 },
  { file: "tools/fixtures/crash.mjs", passed: 0, failed: 1, skipped: 0 },
  { file: "tools/fixtures/late.mjs", passed: 2, failed: 1, skipped: 0 },
  { file: "tools/fixtures/absent.mjs", passed: 0, failed: 1, skipped: 0 },
];

/** @type {{ place: string, run: (files: string[]) => Promise<{ passed: number, skipped: number, failures: string[], unavailable?: string }> }[]} */
const runners = [
  { place: "Node", run: runInNode },
  ...settings.map((setting) => ({
    place: setting.name,
    run: (/** @type {string[]} */ files) => runInBrowser(files, [setting]),
  })),
];

export async function check() {
  /** @type {string[]} */
  const failures = [];
  /** @type {string[]} */
  const places = [];
  for (const { place, run } of runners) {
    const found = { passed: 0, failed: 0, skipped: 0 };
    const wanted = { passed: 0, failed: 0, skipped: 0 };
    const outcome = await run(fixtures.map(({ file }) => file));
    if (outcome.unavailable !== undefined) continue;
    found.passed = outcome.passed;
    found.skipped = outcome.skipped;
    found.failed = outcome.failures.length;
    for (const fixture of fixtures) {
      wanted.passed += fixture.passed;
      wanted.failed += fixture.failed;
      wanted.skipped += fixture.skipped;
    }
    const [got, expected] = [found, wanted].map((counts) => JSON.stringify(counts));
    if (got !== expected) failures.push(`${place}: ${got} instead of ${expected}:\n${outcome.failures.join("\n")}`);
    places.push(place);
  }
  return { failures, note: places.join("; ") };
}
