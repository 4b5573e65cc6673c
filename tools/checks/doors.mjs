// One public door a folder: every entry of the library's `exports` is the bundle of a folder's index and can be imported, every
// public folder with an index is in `exports`, and no folder below one has an index of its own.
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../prepare.mjs";
import { filesBelow, read } from "../sources.mjs";

const library = "packages/thalweg";

/** Folders that users reach through the root door only; an index there is for the library's own use. */
const internal = ["base", "graph", "autodiff", "compiler", "targets", "runtime", "tensor"];

/** What threads run: bundlers take these as entries of their own, and nobody imports them. */
const programs = ["worker", "fit-worker"];

/** Each door's name as a user imports it, with its built file. @returns {{ name: string, file: string }[]} */
export function doors() {
  const { name, exports } = JSON.parse(read(`${library}/package.json`));
  return Object.entries(exports).map(([key, target]) => ({
    name: posix.join(name, key),
    file: posix.join(library, typeof target === "string" ? target : target.default),
  }));
}

export async function check() {
  /** @type {string[]} */
  const failures = [];
  const listed = doors();

  for (const { name, file } of listed) {
    const folder = posix.relative("thalweg", name);
    const expected = posix.join(library, "dist/doors", `${folder === "" ? "index" : folder}.js`);
    if (file !== expected) failures.push(`${name} opens ${file}; a door is the bundle of its folder: ${expected}`);
    if (!existsSync(join(root, file))) {
      failures.push(`${name} opens ${file}, which was not built`);
      continue;
    }
    if (programs.includes(folder)) continue;
    try {
      const module = await import(pathToFileURL(join(root, file)).href);
      if (Object.keys(module).length === 0) failures.push(`${name} exports nothing`);
    } catch (error) {
      failures.push(`${name} cannot be imported: ${error instanceof Error ? error.message : error}`);
    }
  }

  for (const index of filesBelow(`${library}/src`, (path) => posix.basename(path) === "index.ts")) {
    const folder = posix.dirname(posix.relative(`${library}/src`, index));
    if (folder.includes("/")) failures.push(`${index}: a second door inside a folder; name the file for what it holds`);
    else if (!internal.includes(folder) && !listed.some(({ name }) => name === posix.join("thalweg", folder))) {
      failures.push(`${index} is in no export: add "./${folder}" like the others to ${library}/package.json`);
    }
  }
  return { failures, note: `${listed.length} doors` };
}
