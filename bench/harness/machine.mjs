/** Where a figure was measured. */
import { spawnSync } from "node:child_process";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

export function machine() {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
  };
}

/** A short name for files. */
export function machineName() {
  const { processor, cores } = machine();
  const name = processor
    .toLowerCase()
    .replace(/\((?:r|tm)\)|processor|cpu|@.*/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${name || "machine"}-${cores}core`;
}

/** The load of the last minute: how many processes wanted a core. */
export const load = () => Number((loadavg()[0] ?? 0).toFixed(2));

/** The commit that is measured; `+` when files differ from it. */
export function commit() {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  /** @param {string[]} args */
  const git = (...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" });
  const head = git("rev-parse", "--short", "HEAD");
  if (head.status !== 0) return "unknown";
  const changed = git("status", "--porcelain", "--", "packages/thalweg/src").stdout.trim() !== "";
  return `${head.stdout.trim()}${changed ? "+" : ""}`;
}
