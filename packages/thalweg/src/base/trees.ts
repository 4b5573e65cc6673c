/** Trees: nested arrays and plain objects with leaves of one kind. Everything that takes or returns "a tree of tensors" goes through here. */
import { UserError } from "./errors.js";

export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** The tree with other leaves. */
export type MapTree<S, From, To> = S extends From
  ? To
  : S extends object
    ? { [K in keyof S]: MapTree<S[K], From, To> }
    : S;

export interface Flattened<T> {
  readonly leaves: T[];
  readonly paths: string[];
  /** The same tree around other leaves, given in the order of `leaves`. */
  rebuild(leaves: readonly unknown[]): unknown;
  /** Equal for trees of equal structure. */
  readonly structure: string;
}

type Plan = { leaf: number } | { items: Plan[] } | { entries: [string, Plan][] } | { other: unknown };

/** Takes a tree apart. What is neither leaf, array nor plain object (undefined, null, strings, …) stays where it is, and counts as structure. */
export function flatten<T>(tree: unknown, isLeaf: (value: unknown) => value is T): Flattened<T> {
  const leaves: T[] = [];
  const paths: string[] = [];
  let structure = "";
  const visit = (value: unknown, path: string): Plan => {
    if (isLeaf(value)) {
      structure += "*";
      paths.push(path);
      return { leaf: leaves.push(value) - 1 };
    }
    if (Array.isArray(value)) {
      structure += "[";
      const items = value.map((item: unknown, i) => visit(item, path === "" ? `${i}` : `${path}.${i}`));
      structure += "]";
      return { items };
    }
    if (isPlainObject(value)) {
      structure += "{";
      const entries = Object.entries(value).map(([key, item]): [string, Plan] => {
        structure += `${JSON.stringify(key)}:`;
        return [key, visit(item, path === "" ? key : `${path}.${key}`)];
      });
      structure += "}";
      return { entries };
    }
    structure += `${typeof value}(${String(value)})`;
    return { other: value };
  };
  const plan = visit(tree, "");
  const make = (p: Plan, values: readonly unknown[]): unknown => {
    if ("leaf" in p) return values[p.leaf];
    if ("items" in p) return p.items.map((item) => make(item, values));
    if ("entries" in p) return Object.fromEntries(p.entries.map(([key, item]) => [key, make(item, values)]));
    return p.other;
  };
  return { leaves, paths, structure, rebuild: (values) => make(plan, values) };
}

export function checkSameStructure<T>(
  op: string,
  a: Flattened<T>,
  b: Flattened<T>,
  names: readonly [string, string],
): void {
  if (a.structure !== b.structure) {
    throw new UserError(
      `${op}: ${names[0]} and ${names[1]} must be trees of the same structure, got ${a.structure} and ${b.structure}`,
    );
  }
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
