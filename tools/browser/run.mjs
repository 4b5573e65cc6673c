// Runs the same built test files in headless Chromium: in a worker of a cross-origin isolated page (memory is shared, threads are
// on), in the page itself (which may not block), and in a page without isolation (one thread).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../prepare.mjs";
import { findChromium, launch } from "./chromium.mjs";
import { serve } from "./server.mjs";

/** Test files that run in the page too, by the start of their path below packages/thalweg/dist/test. */
export const inBrowser = [
  "base/",
  "graph/",
  "targets/interpreter/",
  "targets/wasm/",
  "ops/",
  "nn/",
  "losses/",
  "runtime/browser",
  "selection/workers-page",
];

/** A file that takes longer than this hangs. */
const patience = 120_000;

export const settings = [
  { name: "isolated, worker", isolated: true, place: "worker" },
  { name: "isolated, page", isolated: true, place: "page" },
  { name: "not isolated, page", isolated: false, place: "page" },
];

/** @typedef {{ name: string, outcome: string, error?: string }} Result one test's */

/** Runs in the page. @param {{ url: string, place: string, isolated: boolean }} task @returns {Promise<Result[]>} */
async function runInPage({ url, place, isolated }) {
  if (globalThis.crossOriginIsolated !== isolated)
    throw new Error(`crossOriginIsolated is ${globalThis.crossOriginIsolated}`);
  if (place === "page") {
    const harness = "/tools/browser/shims/test.mjs"; // as the page's server has it
    const { runFile } = await import(harness);
    return runFile(url);
  }
  return new Promise((resolve, reject) => {
    const worker = new Worker("/tools/browser/shims/worker.mjs", { type: "module" });
    worker.addEventListener("error", (event) => reject(new Error(`the worker failed: ${event.message}`)));
    worker.addEventListener("message", ({ data }) => {
      if (data?.testsReady === true) worker.postMessage({ runTests: url });
      else if (data?.testResults !== undefined) resolve(data.testResults);
    });
  });
}

/**
 * One file in a fresh page. A page that crashes, hangs or cannot load the file is one failure.
 * @param {import("playwright-core").BrowserContext} context @param {string} origin @param {string} file
 * @param {{ isolated: boolean, place: string }} setting
 * @returns {Promise<{ results: Result[], printed: string[] }>}
 */
async function runFile(context, origin, file, { isolated, place }) {
  const page = await context.newPage();
  /** @type {string[]} */
  const printed = [];
  page.on("console", (message) => printed.push(message.text()));
  let timer;
  try {
    /** @type {Promise<never>} */
    const broken = new Promise((_, reject) => {
      page.on("crash", () => reject(new Error("the page crashed")));
      timer = setTimeout(() => reject(new Error(`not done after ${patience / 1000} s`)), patience);
    });
    const done = (async () => {
      await page.goto(`${origin}/`);
      return page.evaluate(runInPage, { url: `/${file}`, place, isolated });
    })();
    return { results: await Promise.race([done, broken]), printed };
  } catch (error) {
    return { results: [{ name: "the file", outcome: "failed", error: String(error) }], printed };
  } finally {
    clearTimeout(timer);
    await page.close().catch(() => {});
  }
}

/**
 * @param {string[]} files built test files, relative to the root
 * @param {typeof settings} chosen
 * @returns {Promise<{ passed: number, skipped: number, failures: string[], printed: string[], note: string, unavailable?: string }>}
 */
export async function runInBrowser(files, chosen = settings) {
  const found = findChromium();
  if ("missing" in found)
    return { passed: 0, skipped: 0, failures: [], printed: [], note: "", unavailable: found.missing };
  /** @type {string[]} */
  const failures = [];
  /** @type {string[]} */
  const printedByFailed = [];
  /** @type {string[]} */
  const counts = [];
  let passed = 0;
  let skipped = 0;
  const browser = await launch(found.path);
  try {
    for (const setting of chosen) {
      const server = await serve(setting.isolated);
      const context = await browser.newContext();
      let here = 0;
      for (const file of files) {
        if (!existsSync(join(root, file))) {
          failures.push(`${file}: was not built`);
          continue;
        }
        const { results, printed } = await runFile(context, server.origin, file, setting);
        const failed = results.filter(({ outcome }) => outcome === "failed");
        for (const { name, error } of failed) failures.push(`${file} (${setting.name}): ${name}\n${error}`);
        if (failed.length > 0 && printed.length > 0)
          printedByFailed.push(`${file} (${setting.name}) printed:\n${printed.join("\n")}`);
        here += results.filter(({ outcome }) => outcome === "passed").length;
        skipped += results.filter(({ outcome }) => outcome === "skipped").length;
      }
      passed += here;
      counts.push(`${setting.name} ${here}`);
      await context.close();
      server.close();
    }
  } finally {
    await browser.close();
  }
  return {
    passed,
    skipped,
    failures,
    printed: printedByFailed,
    note: `${files.length} files: ${counts.join("; ")}; Chromium ${browser.version()}`,
  };
}
