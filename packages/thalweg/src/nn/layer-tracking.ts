/**
 * Which module's code makes which node, for diagnoses. While a function is traced for one, the methods of all classes of modules are replaced by
 * ones that note what was made while they ran, and put back afterwards; ordinary calls are not touched.
 */
import { lastNodeId } from "../graph/node.js";
import { noteOrigin, type Origins, recordOrigins } from "../graph/origins.js";
import { claimThrough } from "./claim.js";
import type { Module } from "./module.js";
import { claimedPath, findRoot } from "./registry.js";

type ModuleClass = abstract new (...args: never) => Module;
type Method = (this: unknown, ...args: unknown[]) => unknown;

const known = new WeakSet<ModuleClass>();
/** Classes may be made without end, in tests and notebooks: they are held weakly. */
let classes: WeakRef<ModuleClass>[] = [];

/** Called at the construction of every module. */
export function rememberClass(made: ModuleClass): void {
  if (known.has(made)) return;
  known.add(made);
  classes.push(new WeakRef(made));
}

interface Tracker {
  readonly paths: Map<Module, string>;
  /** Whether modules that `paths` does not know belong to no network of interest. */
  readonly closed: boolean;
  /** The paths of the modules whose methods are running. */
  readonly running: string[];
  /** What puts everything back. */
  readonly undo: (() => void)[];
}

let tracker: Tracker | undefined;

/**
 * Runs `body`, which traces, and tells of each node the module whose code made it. Paths count from `root`; without one, from the outermost module
 * that holds the one that is called.
 */
export function trackLayers<T>(body: () => T, root?: Module): { readonly result: T; readonly origins: Origins } {
  const outer = tracker;
  const own: Tracker = { paths: new Map(), closed: root !== undefined, running: [], undo: [] };
  tracker = own;
  try {
    // The methods are those of an outer diagnosis already, which ask for the tracker of the moment.
    if (outer === undefined) replaceMethods(own);
    if (root !== undefined) addPaths(own, root, "");
    return recordOrigins(body);
  } finally {
    tracker = outer;
    for (const back of own.undo.reverse()) back();
  }
}

/** Calls a function that stands in the place of a module, as part `name` of the module that is running. */
export function inStage<X, Y>(name: string, stage: (x: X) => Y, x: X): Y {
  const around = tracker?.running.at(-1);
  if (tracker === undefined || around === undefined) return stage(x);
  return noting(tracker, around === "" ? name : `${around}.${name}`, () => stage(x));
}

function noting<T>({ running }: Tracker, path: string, call: () => T): T {
  const before = lastNodeId();
  running.push(path);
  try {
    return call();
  } finally {
    running.pop();
    noteOrigin(before, { kind: "layer", path });
  }
}

function replaceMethods({ undo }: Tracker): void {
  const seen = new Set<object>();
  classes = classes.filter((reference) => reference.deref() !== undefined);
  for (const reference of classes) {
    let prototype: object | null = reference.deref()?.prototype ?? null;
    // Up to the base class: it is the one that has `members`, and nothing in it computes.
    while (prototype !== null && !Object.hasOwn(prototype, "moduleOptions") && !seen.has(prototype)) {
      seen.add(prototype);
      for (const name of Object.getOwnPropertyNames(prototype)) {
        if (!reserved.has(name)) replace(prototype, name, undo);
      }
      prototype = Object.getPrototypeOf(prototype) as object | null;
    }
  }
}

/** What modules are asked for without computing anything. */
const reserved: ReadonlySet<string> = new Set(["constructor", "members", "describeSettings", "toString", "toJSON"]);

function replace(owner: object, name: string, undo: (() => void)[]): void {
  const property = Object.getOwnPropertyDescriptor(owner, name);
  if (property === undefined || typeof property.value !== "function" || property.configurable !== true) return;
  const original = property.value as Method;
  const value: Method = function (...args) {
    const path = tracker === undefined ? undefined : pathOf(tracker, this);
    if (tracker === undefined || path === undefined) return original.apply(this, args);
    return noting(tracker, path, () => original.apply(this, args));
  };
  Object.defineProperty(owner, name, { ...property, value });
  undo.push(() => Object.defineProperty(owner, name, property));
}

function pathOf(own: Tracker, module: unknown): string | undefined {
  if (!isModule(module)) return undefined;
  const path = own.paths.get(module);
  if (path !== undefined) return path;
  // A module that its parent holds out of sight counts as a part of the parent.
  const around = own.running.at(-1);
  if (around !== undefined) return around;
  if (own.closed) return undefined;
  const root = findRoot(module);
  if (root !== undefined) claimThrough(root);
  addPaths(own, module, claimedPath(module) ?? "");
  return own.paths.get(module);
}

function isModule(value: unknown): value is Module {
  return typeof value === "object" && value !== null && "members" in value && typeof value.members === "function";
}

/** Where `module` and all that it reaches stand. A `forward` that is a property rather than a method is replaced on the way. */
function addPaths(own: Tracker, module: Module, path: string): void {
  if (own.paths.has(module)) return;
  own.paths.set(module, path);
  replace(module, "forward", own.undo);
  for (const { name, member, isModule: inner } of module.members()) {
    if (inner) addPaths(own, member, [...(path === "" ? [] : [path]), ...name].join("."));
  }
}
