/** Giving every parameter below a root its path, dtype and key. */
import type { FloatDType } from "../base/dtype.js";
import { fold, type Key, key } from "../base/random.js";
import type { Module } from "./module.js";
import type { ModuleVariable } from "./parameter.js";
import { claim } from "./registry.js";

/** The seed of a root that names none. */
export const defaultSeed = 0;

interface Scope {
  readonly key: Key;
  readonly dtype: FloatDType;
  /** Where the module that gave the seed stands: its parameters' paths count from there. */
  readonly depth: number;
}

export interface Reached {
  readonly path: string;
  readonly variable: ModuleVariable;
}

/** Every parameter and state that `root` reaches, each once, at the first path that leads to it; those without a value yet get one from here. */
export function claimThrough(root: Module): Reached[] {
  const reached: Reached[] = [];
  const seen = new Set<Module | ModuleVariable>();
  const visit = (module: Module, path: readonly string[], outer: Scope): void => {
    seen.add(module);
    claim(module, path.join("."));
    const { seed, dtype } = module.moduleOptions;
    const scope: Scope = {
      key: seed === undefined ? outer.key : key(seed),
      depth: seed === undefined ? outer.depth : path.length,
      dtype: dtype ?? outer.dtype,
    };
    for (const { name, member, isModule } of module.members()) {
      if (seen.has(member)) continue;
      const at = [...path, ...name];
      if (isModule) {
        visit(member, at, scope);
      } else {
        seen.add(member);
        const dotted = at.join(".");
        member.bind({ path: dotted, dtype: scope.dtype, key: fold(scope.key, at.slice(scope.depth).join(".")) });
        reached.push({ path: dotted, variable: member });
      }
    }
  };
  visit(root, [], { key: key(defaultSeed), depth: 0, dtype: "float32" });
  return reached;
}
