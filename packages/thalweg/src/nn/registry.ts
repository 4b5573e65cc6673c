/**
 * Modules that no root has claimed yet. A parameter that is read before its root was named (by `parameters`, `trainingStep`, …) finds the root
 * through this list: the module that holds it and that no other module holds. Claimed modules leave the list, so it keeps nothing alive but
 * modules that were never used.
 */
import type { Module } from "./module.js";
import type { ModuleVariable } from "./parameter.js";

const unclaimed = new Set<Module>();
/** Beyond this many the oldest are held weakly. */
const strongly = 4096;
const weakly = new Set<WeakRef<Module>>();

export function addUnclaimed(module: Module): void {
  unclaimed.add(module);
  if (unclaimed.size <= strongly) return;
  for (const oldest of unclaimed) {
    unclaimed.delete(oldest);
    weakly.add(new WeakRef(oldest));
    return;
  }
}

/** Where each module stands below the root that claimed it first. */
const paths = new WeakMap<Module, string>();

/** Takes note that a root reaches the module at the dotted path. */
export function claim(module: Module, path: string): void {
  unclaimed.delete(module);
  if (!paths.has(module)) paths.set(module, path);
}

/** The module's dotted path below the root that claimed it, "" for a root; undefined before. */
export function claimedPath(module: Module): string | undefined {
  return paths.get(module);
}

/** The outermost unclaimed module that reaches `part`; of several the one made first. */
export function findRoot(part: Module | ModuleVariable): Module | undefined {
  const parents = new Map<Module | ModuleVariable, Module>();
  for (const module of candidates()) {
    for (const { member } of module.members()) if (!parents.has(member)) parents.set(member, module);
  }
  let root = parents.get(part);
  const seen = new Set<Module>();
  while (root !== undefined && !seen.has(root)) {
    seen.add(root);
    const parent = parents.get(root);
    if (parent === undefined) break;
    root = parent;
  }
  return root;
}

function candidates(): Module[] {
  const list: Module[] = [];
  for (const reference of weakly) {
    const module = reference.deref();
    if (module === undefined) weakly.delete(reference);
    else list.push(module);
  }
  return [...list, ...unclaimed];
}
