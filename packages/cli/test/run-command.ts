import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const command = fileURLToPath(new URL("../../bin/thalweg.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs `thalweg` in a folder, away from data and caches of the machine. */
export function start(folder: string, args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const { THALWEG_DATA: _, ...environment } = process.env;
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...environment, XDG_CACHE_HOME: join(folder, "cache"), HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, error] = ["", ""];
  child.stdout?.on("data", (text: Buffer) => {
    out += text.toString();
  });
  child.stderr?.on("data", (text: Buffer) => {
    error += text.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, out, error }));
  });
  return { child, ended };
}

export function run(folder: string, args: readonly string[]): Promise<Ended> {
  return start(folder, args).ended;
}

/** A folder with the given files, removed after the test. */
export async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "thalweg-cli-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** What stands in the folder, hidden files included. */
export async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}

/** A table with a curve in it, a category and a missing cell: x, z, group, y. */
export function smallTable(rows: number): string {
  const lines = ["x,z,group,y"];
  for (let i = 0; i < rows; i += 1) {
    const [x, z] = [Math.sin(12.9 * i) * 2, Math.cos(7.7 * i * i)];
    const group = ["red", "green", "blue"][i % 3] ?? "";
    const y = 100 + 20 * (x * x + 0.5 * z + (group === "red" ? 1 : 0));
    lines.push(`${x.toFixed(5)},${i === 5 ? "" : z.toFixed(5)},${group},${y.toFixed(4)}`);
  }
  return `${lines.join("\n")}\n`;
}
