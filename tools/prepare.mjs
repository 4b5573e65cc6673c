// What has to be true before anything can run: packages installed as the lock file says, sources built.
// Only Node's own modules are imported here, because this runs in a bare checkout.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const oldest = { major: 20, minor: 19 };

/** Ends the process with one plain sentence when Node is older than the library supports. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  console.error(`Thalweg needs Node ${oldest.major}.${oldest.minor} or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}

/**
 * True when every package that the lock file requires stands in node_modules in that version. Versions are compared rather than
 * file times: a checkout gives every file the time of the checkout. Optional packages are the native builds for other systems.
 */
function installed() {
  const hidden = join(root, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.startsWith("node_modules/") ||
      entry.optional === true ||
      (present[path]?.version === entry.version && existsSync(join(root, path))),
  );
}

/** Installs what is missing. `NODE_ENV=production` in the environment must not leave the compiler out. */
export function install() {
  if (installed()) return;
  console.log("Installing packages (npm ci) …");
  const windows = process.platform === "win32";
  const result = spawnSync(
    "npm",
    ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      shell: windows,
    },
  );
  if (result.status !== 0) {
    console.error("npm ci failed: see above. A network connection is needed once, for the compiler.");
    process.exit(1);
  }
}

/** @param {string[]} options @returns {{ ok: boolean, output: string }} */
function compile(options) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const result = spawnSync(process.execPath, [compiler, ...options, "--pretty", "false"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 << 20,
  });
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}`.trim() };
}

/**
 * Compiles what is stale.
 * @param {string[]} projects folders with a tsconfig.json; none stands for the whole workspace
 */
export async function build(projects = []) {
  const outcome = compile(["-b", ...projects]);
  if (outcome.ok) await (await import("./doors.mjs")).bundleDoors();
  return outcome;
}

/** These scripts are plain JavaScript, because they must run before there is a compiler; their types are checked all the same. */
export const checkTools = () => compile(["-p", "tools"]);
