// The library as it is imported: one file a door and what doors share in chunks, so that importing reads a handful of files instead of
// hundreds. Not minified: stack traces stay readable, and applications bundle for themselves.
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../packages/thalweg", import.meta.url));
const built = join(library, "dist/src");
const target = join(library, "dist/doors");
const stamp = join(target, "built.json");

/** Programs of worker threads, which stand beside what starts them. */
const threads = {
  worker: join(built, "runtime/worker.js"),
  "fit-worker": join(built, "selection/fit-worker.js"),
};

/** Doors by the names of their bundles: the keys of `exports`. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
  /** @type {[string, string][]} */
  const doors = Object.keys(exports).map((key) => {
    const name = key === "." ? "index" : key.slice(2);
    return [name, join(built, key, "index.js")];
  });
  return Object.fromEntries(doors.filter(([, file]) => existsSync(file)));
}

/** @param {string} folder @returns {number} */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path));
    else if (entry.name.endsWith(".js")) latest = Math.max(latest, statSync(path).mtimeMs);
  }
  return latest;
}

/** Bundles what is stale. */
export async function bundleDoors() {
  const doors = entries();
  const names = JSON.stringify(Object.keys(doors));
  const fresh = existsSync(stamp) && statSync(stamp).mtimeMs > newest(built) && readFileSync(stamp, "utf8") === names;
  if (fresh) return;
  const { build } = await import("esbuild");
  const folder = mkdtempSync(join(library, "dist/doors-"));
  await build({
    entryPoints: { ...doors, ...threads },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    chunkNames: "chunk-[hash]",
    logLevel: "error",
  });
  writeFileSync(join(folder, "built.json"), names);
  chmodSync(folder, 0o755);
  rmSync(target, { recursive: true, force: true });
  renameSync(folder, target);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleDoors();
