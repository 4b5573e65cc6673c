// The layers of docs and architecture, enforced: each folder of the core imports only from those that stand before it, no module
// imports itself around a circle (types that refer to each other are no such circle: their imports vanish in the build), the core names no package and no Node module, and packages depend in one direction.
// (That the core uses neither DOM nor Node *globals* is the compiler's work: its project has neither's types.)
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";
import { root } from "../prepare.mjs";
import { filesBelow, importsOf, read } from "../sources.mjs";

export const layers = [
  "base",
  "graph",
  "autodiff",
  "compiler",
  "targets",
  "runtime",
  "tensor",
  "data",
  "linalg",
  "stats",
  "minimize",
  "metrics",
  "nn",
  "losses",
  "optim",
  "train",
  "preprocessing",
  "selection",
  "linear",
  "bayes",
  "neighbors",
  "cluster",
  "decomposition",
  "manifold",
  "recommend",
  "diagnose",
  "debug",
];

const core = "packages/thalweg/src/";

/** What each package may import by name, besides Node's modules (never allowed in the core) and its own dependencies. */
const packages = [
  { folder: "packages/thalweg/src", workspace: [], node: false, dependencies: false },
  { folder: "packages/node/src", workspace: ["thalweg"], node: true, dependencies: true },
  { folder: "packages/cli/src", workspace: ["thalweg", "@thalweg/node"], node: true, dependencies: true },
];

/** Programs of worker threads: like doors they stand above every layer, wherever their file is, and nothing imports them. */
const programs = [`${core}selection/fit-worker.ts`];

/** @param {string} specifier */
const packageName = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/**
 * The source file a relative specifier means, or undefined where there is none.
 * @param {string} from @param {string} specifier
 */
function resolve(from, specifier) {
  const target = posix.join(posix.dirname(from), specifier);
  const candidates = [target.replace(/\.js$/, ".ts"), target.replace(/\.js$/, ".d.ts"), target];
  return candidates.find((path) => existsSync(join(root, path)));
}

/** @param {string} file */
const layerOf = (file) => {
  const [folder, rest] = file.slice(core.length).split("/", 2);
  return rest === undefined ? undefined : folder;
};

/**
 * Circles among files, each given once, by depth-first search.
 * @param {Map<string, string[]>} graph
 */
export function circles(graph) {
  /** @type {string[][]} */
  const found = [];
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @param {string} file */
  const visit = (file) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push([...path.slice(start), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}

export function check() {
  /** @type {string[]} */
  const failures = [];
  /** @type {Map<string, { target: string, typeOnly: boolean }[]>} */
  const graph = new Map();

  for (const { folder, workspace, node, dependencies } of packages) {
    const manifest = JSON.parse(read(posix.join(posix.dirname(folder), "package.json")));
    for (const file of filesBelow(folder, (path) => path.endsWith(".ts"))) {
      /** @type {{ target: string, typeOnly: boolean }[]} */
      const edges = [];
      for (const { specifier, typeOnly, worker } of importsOf(read(file))) {
        if (specifier.startsWith(".")) {
          const target = resolve(file, specifier);
          if (target === undefined) failures.push(`${file}: "${specifier}" names no file`);
          else if (!target.startsWith(`${folder}/`)) failures.push(`${file}: "${specifier}" leaves the package`);
          else if (!programs.includes(target)) edges.push({ target, typeOnly });
          else if (!worker) failures.push(`${file}: imports ${target}, which is started as a worker and nothing else`);
        } else if (isBuiltin(specifier)) {
          if (!node) failures.push(`${file}: imports ${specifier}, but the core runs in a page too`);
        } else if (
          !workspace.includes(packageName(specifier)) &&
          !(dependencies && manifest.dependencies?.[packageName(specifier)] !== undefined)
        ) {
          failures.push(`${file}: imports "${specifier}", which ${folder} may not use`);
        }
      }
      graph.set(file, edges);
    }
  }

  for (const [file, edges] of graph) {
    if (!file.startsWith(core) || programs.includes(file)) continue;
    const from = layerOf(file);
    if (from === undefined) continue;
    const height = layers.indexOf(from);
    if (height < 0) {
      failures.push(`${file}: folder ${from} has no place in the order (tools/checks/layers.mjs)`);
      continue;
    }
    for (const { target } of edges) {
      const to = layerOf(target);
      if (to === undefined) failures.push(`${file}: imports ${target}, a door above every layer`);
      else if (layers.indexOf(to) > height)
        failures.push(`${file}: ${from} stands before ${to}, yet imports ${target}`);
    }
  }

  const running = new Map(
    [...graph].map(([file, edges]) => [file, edges.filter((e) => !e.typeOnly).map((e) => e.target)]),
  );
  for (const circle of circles(running)) failures.push(`import circle: ${circle.join(" → ")}`);
  return { failures: [...new Set(failures)], note: `${graph.size} files` };
}
