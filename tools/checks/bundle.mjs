// What a page must download to train: a budget for the minified, compressed bundle of the training core with its wasm target.
// The interpreter and the debugging tools live behind a door of their own and may not be drawn in.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../prepare.mjs";

const budget = 100_000;
const built = "packages/thalweg/dist/src";
const outside = [`${built}/targets/interpreter/`, `${built}/debug/`];

const entry = `
export { tensor, grad, compile } from "./${built}/index.js";
export * as nn from "./${built}/nn/index.js";
export * as optim from "./${built}/optim/index.js";
export { trainingStep } from "./${built}/train/index.js";
`;
const doors = ["index.js", "nn/index.js", "optim/index.js", "train/index.js"].map((path) => `${built}/${path}`);
/** Loaded by URL, so that no import leads to it; a page downloads it with the rest. */
const workers = [`${built}/runtime/worker.js`];

export async function check() {
  const missing = doors.filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) return { failures: [], skipped: `not yet applicable: ${missing.join(", ")} not there` };

  const esbuild = await import("esbuild");
  /** @param {import("esbuild").BuildOptions} options */
  const bundle = async (options) => {
    const result = await esbuild.build({
      absWorkingDir: root,
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false,
      metafile: true,
      logLevel: "silent",
      ...options,
    });
    const file = result.outputFiles?.[0];
    const output = Object.values(result.metafile?.outputs ?? {})[0];
    if (file === undefined || output === undefined) throw new Error("the bundler wrote nothing");
    const size = gzipSync(file.contents, { level: 9 }).length;
    const inputs = Object.entries(output.inputs);
    return { size, inputs: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0) };
  };

  /** @type {string[]} */
  const failures = [];
  const main = await bundle({ stdin: { contents: entry, resolveDir: root, sourcefile: "entry.js" } });
  let size = main.size;
  for (const worker of workers) {
    if (existsSync(join(root, worker))) size += (await bundle({ entryPoints: [worker] })).size;
  }
  for (const [path] of main.inputs) {
    if (outside.some((folder) => path.startsWith(folder)))
      failures.push(`${path} is in the bundle of the training core`);
  }
  const heaviest = main.inputs
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 5)
    .map(([path, { bytesInOutput }]) => `${path.slice(built.length + 1)} ${bytesInOutput}`);
  if (size > budget) {
    failures.push(
      `${size} bytes gzip, over the budget of ${budget}; heaviest (minified bytes): ${heaviest.join(", ")}`,
    );
  }
  return { failures, note: `${(size / 1000).toFixed(1)} of ${budget / 1000} kB gzip` };
}
