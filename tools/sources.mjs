// Lists and reads the sources that the checks look at.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { root } from "./prepare.mjs";

/**
 * Files below a folder, as paths relative to the root with forward slashes, in a fixed order.
 * @param {string} folder relative to the root
 * @param {(path: string) => boolean} wanted
 * @returns {string[]}
 */
export function filesBelow(folder, wanted) {
  /** @type {string[]} */
  const found = [];
  /** @param {string} directory */
  const walk = (directory) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name === "node_modules" || entry.name === "dist" || entry.name.startsWith(".")) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (wanted(path)) found.push(relative(root, path).split(sep).join("/"));
    }
  };
  try {
    walk(join(root, folder));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return found.sort();
}

/** @param {string} path relative to the root */
export const read = (path) => readFileSync(join(root, path), "utf8");

const commentOrString = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;

/**
 * Source without its comments, line numbers kept. Strings stay: a `//` inside one is no comment.
 * @param {string} source
 */
export const withoutComments = (source) =>
  source.replace(commentOrString, (match) => (match.startsWith("/") ? match.replace(/[^\n]/g, " ") : match));

/**
 * Source without comments and without what strings say, line numbers kept.
 * @param {string} source
 */
export const codeOnly = (source) => source.replace(commentOrString, (match) => match.replace(/[^\n]/g, " "));

const specifiers =
  /\b(?:import|export)\b[^;'"`]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']|\bnew\s+URL\(\s*["']([^"']+)["']\s*,\s*import\.meta\.url/g;

/**
 * The modules a source names: static and dynamic imports, re-exports, and worker URLs relative to the module. What is imported
 * for its types only leaves no trace in the built module.
 * @param {string} source
 * @returns {{ specifier: string, typeOnly: boolean, worker: boolean }[]}
 */
export function importsOf(source) {
  return [...withoutComments(source).matchAll(specifiers)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3] ?? "",
    typeOnly: /^(?:import|export)\s+type\b/.test(match[0]),
    worker: match[3] !== undefined,
  }));
}
