/** The base class of everything that has parameters. */

import type { FloatDType } from "../base/dtype.js";
import { DTypeError, UserError } from "../base/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { describe } from "./describe.js";
import { rememberClass } from "./layer-tracking.js";
import { ModuleVariable } from "./parameter.js";
import { addUnclaimed } from "./registry.js";

export interface ModuleOptions {
  /** Where first values come from: a whole number. Default: that of the module around this one; at the outermost 0. */
  readonly seed?: number;
  /** Of the parameters. Default: that of the module around this one; at the outermost float32. */
  readonly dtype?: FloatDType;
}

/** A parameter, state or module that a module holds, with the property (and the keys within it) where it stands. */
export type Member =
  | { readonly name: readonly string[]; readonly isModule: true; readonly member: Module }
  | { readonly name: readonly string[]; readonly isModule: false; readonly member: ModuleVariable };

/** A module that makes one tensor of one tensor. */
export type Layer = Module & { forward(x: Tensor): Tensor };

/**
 * A part of a network. Parameters and other modules are its properties, alone or in arrays and plain objects:
 *
 *     class Net extends Module {
 *       hidden = new Linear(8, 64);
 *       out = new Linear(64, 1);
 *       forward(x: Tensor) { return this.out.forward(this.hidden.forward(x).relu()); }
 *     }
 *     const net = new Net({ seed: 42 });
 *
 * Construction only declares shapes. First values appear at first use: they depend on the seed and on the parameter's dotted path
 * (`hidden.weight`), not on the order of use. A seed given to an inner module holds for what is inside of it, with paths that count from
 * there. What stands in private fields (#name), maps or closures is not found: keep modules in plain properties.
 */
export abstract class Module {
  readonly #options: ModuleOptions;

  constructor(options: ModuleOptions = {}) {
    const { seed, dtype } = options;
    if (seed !== undefined && !Number.isSafeInteger(seed)) {
      throw new UserError(`${new.target.name}: the seed must be a whole number, got ${String(seed)}`);
    }
    if (dtype !== undefined && dtype !== "float32" && dtype !== "float64") {
      throw new DTypeError(`${new.target.name}: dtype must be "float32" or "float64", got ${String(dtype)}`);
    }
    this.#options = { ...(seed === undefined ? {} : { seed }), ...(dtype === undefined ? {} : { dtype }) };
    addUnclaimed(this);
    rememberClass(new.target);
  }

  /** What was given to this very module. */
  get moduleOptions(): ModuleOptions {
    return this.#options;
  }

  /** The modules, parameters and states directly in this one, in the order of its properties. */
  members(): Member[] {
    const found: Member[] = [];
    const visit = (value: unknown, name: readonly string[]): void => {
      if (value instanceof Module) found.push({ name, isModule: true, member: value });
      else if (value instanceof ModuleVariable) found.push({ name, isModule: false, member: value });
      else if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(item, [...name, `${i}`]);
      else if (isPlainObject(value)) for (const [key, item] of Object.entries(value)) visit(item, [...name, key]);
    };
    for (const [key, value] of Object.entries(this)) visit(value, [key]);
    return found;
  }

  /** Settings to show when the module is printed, such as "8 → 64". */
  describeSettings(): string {
    return "";
  }

  /** The module as a tree with shapes and numbers of parameters. */
  toString(): string {
    return describe(this);
  }

  /** What Node's console shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return describe(this);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
