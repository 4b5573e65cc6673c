/** A module seen as a flat record of its parameters and states, by dotted path. */
import { UserError } from "../base/errors.js";
import { formatShape, sameShape } from "../base/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { claimThrough } from "./claim.js";
import { Module } from "./module.js";
import { type ModuleVariable, Parameter } from "./parameter.js";

/**
 * The trainable parameters by dotted path, in the order of the modules' properties. One that is reached by several paths (tied weights) is
 * listed once, under the first.
 */
export function parameters(module: Module): Record<string, Parameter> {
  const found: Record<string, Parameter> = {};
  for (const { path, variable } of reach("parameters", module))
    if (variable instanceof Parameter) found[path] = variable;
  return found;
}

/** Parameters and states by dotted path. */
export function variables(module: Module): Record<string, ModuleVariable> {
  return Object.fromEntries(reach("variables", module).map(({ path, variable }) => [path, variable]));
}

/** How many numbers training adjusts; tied weights count once. */
export function parameterCount(module: Module): number {
  return Object.values(parameters(module)).reduce((sum, parameter) => sum + parameter.size, 0);
}

/** Snapshots of all parameters and states by dotted path: what to keep of a trained network. */
export function stateDict(module: Module): Record<string, Tensor> {
  return Object.fromEntries(
    reach("stateDict", module).map(({ path, variable }) => [path, new Tensor(variable.variable.snapshot())]),
  );
}

export interface LoadOptions {
  /** Whether the names must be the same on both sides. Otherwise what is missing stays, and what is unknown is left out. Default: true. */
  readonly strict?: boolean;
}

/**
 * Sets parameters and states to the values of `values`, such as `stateDict` gives. All is checked before anything is changed.
 *
 * @throws UserError that lists every missing or unknown name and every wrong shape or dtype.
 */
export function loadStateDict(
  module: Module,
  values: Readonly<Record<string, Tensor>>,
  { strict = true }: LoadOptions = {},
): void {
  const own = reach("loadStateDict", module);
  const known = new Set(own.map(({ path }) => path));
  const problems: string[] = [];
  if (strict) {
    const missing = own.filter(({ path }) => values[path] === undefined).map(({ path }) => path);
    const unknown = Object.keys(values).filter((path) => !known.has(path));
    if (missing.length > 0) problems.push(`missing: ${missing.join(", ")}`);
    if (unknown.length > 0) problems.push(`not in the module: ${unknown.join(", ")}`);
  }
  for (const { path, variable } of own) {
    const value = values[path];
    if (value === undefined) continue;
    if (!(value instanceof Tensor)) problems.push(`${path} is not a tensor`);
    else if (!sameShape(value.shape, variable.shape)) {
      problems.push(`${path} has shape ${formatShape(value.shape)}, the module's is ${formatShape(variable.shape)}`);
    } else if (value.dtype !== variable.dtype) {
      problems.push(
        `${path} is ${value.dtype}, the module's is ${variable.dtype} (convert it with .cast("${variable.dtype}"))`,
      );
    }
  }
  if (problems.length > 0) {
    const hint = strict ? "; { strict: false } loads what has the same name" : "";
    throw new UserError(
      `loadStateDict: ${problems.join("; ")}${problems.some((p) => /^(missing|not in)/.test(p)) ? hint : ""}`,
    );
  }
  for (const { path, variable } of own) {
    const value = values[path];
    if (value !== undefined) variable.variable.write(value.storage("loadStateDict"));
  }
}

function reach(op: string, module: Module): { readonly path: string; readonly variable: ModuleVariable }[] {
  if (!(module instanceof Module))
    throw new UserError(`${op}: expected a module (a class that extends nn.Module), got ${String(module)}`);
  return claimThrough(module);
}
