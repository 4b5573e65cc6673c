/** Workers of searches in Node: none is left, no process is kept alive, and programs that a bundler made find them or say why not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { random } from "../../src/index.js";
import { lasso, ridge } from "../../src/linear/index.js";
import { pipeline, polynomialFeatures } from "../../src/preprocessing/index.js";
import * as s from "../../src/selection/index.js";

const library = fileURLToPath(new URL("../../../", import.meta.url));
// Inside the checkout, so that the package is found as a user's program finds it.
const parent = join(library, "../../node_modules/.cache");
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, "search-workers-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const x = random.normal([80, 5], { key: random.key(5), dtype: "float64" });
const y = x.sum({ axis: 1 });

test("every worker has ended when the search has, however it ended", async () => {
  const begun: Worker[] = [];
  const ended = new Set<Worker>();
  const begin = (worker: Worker): void => {
    begun.push(worker);
    worker.on("exit", () => ended.add(worker));
  };
  process.on("worker", begin);
  try {
    const grid = { alpha: Array.from({ length: 40 }, (_, i) => 1e-4 * (i + 1)) };
    const make = (p: { alpha: number }) =>
      pipeline(polynomialFeatures({ degree: 4 }), lasso({ ...p, tolerance: 1e-14 }));
    const controller = new AbortController();
    const start = performance.now();
    let aborted = 0;
    const stopped = s.gridSearch(make, grid, x, y, {
      workers: 2,
      signal: controller.signal,
      onProgress: () => {
        aborted ||= performance.now();
        controller.abort(new Error("enough"));
      },
    });
    await assert.rejects(stopped, /enough/);
    const left = performance.now() - aborted;
    assert.ok(left < 2_000, `${left} ms from the signal to the end, ${aborted - start} ms before it`);
    assert.equal(begun.length, 2);
    assert.equal(ended.size, 2);
    const done = await s.gridSearch((p) => ridge(p), { alpha: [1, 2] }, x, y, { workers: 3, refit: false });
    assert.equal(done.execution.workers, 3);
    assert.equal(ended.size, 5);
    await assert.rejects(
      s.gridSearch(
        (p) => ridge(p),
        { alpha: [1, 2] },
        x,
        [...y.data()].map((v, i) => (i === 7 ? Number.NaN : v)),
        { workers: 2 },
      ),
      /NaN/,
    );
    assert.equal(begun.length, 7);
    assert.equal(ended.size, 7);
  } finally {
    process.off("worker", begin);
  }
});

test("a worker that dies in the middle of a fit ends the search; one that dies before is done without", async () => {
  const source = (then: string): string =>
    `import { parentPort } from "node:worker_threads";
     parentPort.postMessage({ kind: "ready", kinds: ["ridge"] });
     parentPort.on("message", ({ kind }) => { if (kind === "fit") ${then}; });`;
  const url = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`);
  const search = (text: string) =>
    s.gridSearch((p) => ridge(p), { alpha: [1, 2] }, x, y, { workers: { count: 2, url: url(text) }, refit: false });
  const where = /^WorkerLostError: gridSearch: settings {"alpha":1}, fold [01] .*: the worker that fitted ended: /;
  await assert.rejects(search(source("process.exit(7)")), (e) => where.test(String(e)) && /code 7/.test(String(e)));
  await assert.rejects(search(source("nowhere()")), (e) => where.test(String(e)) && /nowhere/.test(String(e)));
  for (const text of ["process.exit(3)", "syntax error"]) {
    const { execution } = await search(text);
    assert.equal(execution.workers, 0);
    assert.match(execution.reason, /workers could not be started/);
  }
});

test("on its own a search starts workers when the fits take long: some in turn, the rest beside each other, all as in turn", async () => {
  const { now } = performance;
  // A clock on which every fit takes a second.
  let looks = 0;
  performance.now = () => {
    looks += 1;
    return now.call(performance) + 1000 * looks;
  };
  const seen: number[] = [];
  try {
    const search = (options: s.SearchOptions) => s.gridSearch((p) => ridge(p), { alpha: [1, 2, 3] }, x, y, options);
    const alone = await search({ workers: 0 });
    const { candidates, execution } = await search({ onProgress: ({ done }) => seen.push(done) });
    assert.deepEqual(
      candidates.map(({ test }) => test),
      alone.candidates.map(({ test }) => test),
    );
    if (availableParallelism() > 1) {
      assert.ok(execution.workers >= 2, execution.reason);
      assert.match(execution.reason, /^14 fits/);
    } else assert.match(execution.reason, /one core/);
    assert.deepEqual(
      seen,
      Array.from({ length: 15 }, (_, i) => i + 1),
    );
  } finally {
    performance.now = now;
  }
});

const program = (workers: string, kinds = "") => `
import { gridSearch } from "thalweg/selection";
import { ridge } from "thalweg/linear";
import { random } from "thalweg";
${kinds}
const x = random.normal([60, 3], { key: random.key(1), dtype: "float64" });
const { execution } = await gridSearch((p) => ridge(p), { alpha: [1, 2] }, x, x.sum({ axis: 1 }), { workers: ${workers} });
console.log(JSON.stringify(execution));
`;

/** What a program prints that ends by itself. */
function run(file: string): { readonly workers: number; readonly reason: string } {
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [file], { encoding: "utf8", timeout: 60_000 });
  assert.equal(status, 0, `${signal ?? ""} ${stderr}`);
  return JSON.parse(stdout) as { workers: number; reason: string };
}

test("the package as it is imported: workers are found, and the program ends by itself", () => {
  const file = join(folder, "plain.mjs");
  writeFileSync(file, program("2"));
  assert.equal(run(file).workers, 2);
});

test("a bundle: with the worker's program beside it, with a worker of one's own, and in turn without", async () => {
  const sources = {
    app: program("2"),
    own: program(`{ count: 1, url: new URL("./fits.js", import.meta.url) }`),
    fits: `import { ridge } from "thalweg/linear"; import { serveFits } from "thalweg/selection"; serveFits([ridge]);`,
  };
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, `${name}.mjs`), text);
  const bundle = (outdir: string, entryPoints: Readonly<Record<string, string>>) =>
    build({
      entryPoints,
      outdir: join(folder, outdir),
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
  const worker = { "fit-worker": "thalweg/fit-worker" };
  const sourceOf = (name: string): string => join(folder, `${name}.mjs`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await bundle("alone", { app: sourceOf("app") });
  await bundle("beside", { app: sourceOf("app"), ...worker });
  await bundle("own", { own: sourceOf("own"), fits: sourceOf("fits") });
  const alone = run(join(folder, "alone/app.js"));
  assert.equal(alone.workers, 0);
  assert.match(alone.reason, /workers could not be started: .*fit-worker/);
  assert.equal(run(join(folder, "beside/app.js")).workers, 2);
  assert.equal(run(join(folder, "own/own.js")).workers, 1);
});
