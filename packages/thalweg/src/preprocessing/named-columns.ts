/**
 * What a fitted model remembers of a table: the names of its columns. Given a table later it takes the columns by their names, in whatever order they are,
 * and refuses others; arrays and tensors have no names, and are taken as they are.
 */
import { UserError } from "../base/errors.js";
import { Table } from "../data/table.js";
import type { FittedTransformer, Model, ModelJSON } from "./estimator.js";

/** Where the names stand in the state of a model. */
const field = "inputNames";
/** What this takes are columns of the result, not of the rows that were fitted on. */
const ofResults = "inverseTransform";
/** Names in a message at most. */
const mostShown = 8;

/** The names of the columns of a table; undefined of other rows. */
export function namesOf(x: unknown): readonly string[] | undefined {
  return x instanceof Table ? x.names : undefined;
}

/** The names that `toJSON` wrote. @throws UserError for what are no names. */
export function savedNames(kind: string, state: ModelJSON["state"]): readonly string[] | undefined {
  const names = state[field];
  if (names === undefined) return undefined;
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === "string"))
    throw new UserError(`${kind}.fromJSON: ${field} of the state must be an array of texts`);
  if (new Set(names).size !== names.length)
    throw new UserError(`${kind}.fromJSON: ${field} of the state must be different names`);
  return names;
}

/** The table with its columns in the order of `names`. @throws UserError that names what is missing or unknown. */
export function arranged(op: string, names: readonly string[], table: Table): Table {
  const own = table.names;
  if (own.length === names.length && own.every((name, j) => name === names[j])) return table;
  const known = new Set(names);
  const missing = names.filter((name) => !table.has(name));
  const unknown = own.filter((name) => !known.has(name));
  if (missing.length === 0 && unknown.length === 0) return table.select(names);
  const parts = [
    ...(missing.length > 0 ? [`${shown(missing)} ${missing.length === 1 ? "is" : "are"} missing`] : []),
    ...(unknown.length > 0 ? [`${shown(unknown)} ${unknown.length === 1 ? "was" : "were"} not there at fitting`] : []),
  ];
  throw new UserError(
    `${op}: the columns of x are not those that the model was fitted on: ${parts.join(", ")}; give x.select([…]) of ${shown(names)}, in any order`,
  );
}

function shown(names: readonly string[]): string {
  const some = names.slice(0, mostShown).map((name) => JSON.stringify(name));
  return names.length > mostShown ? `${some.join(", ")} and ${names.length - mostShown} more` : some.join(", ");
}

type Method = (this: unknown, ...given: unknown[]) => unknown;

/**
 * The model, whose methods from now on take tables by these names, whatever methods its class has; models that they make remember the names too. Its own
 * methods are put before those of the class, because a proxy could not read private fields.
 */
export function remembering<F extends FittedTransformer | Model>(fitted: F, names: readonly string[] | undefined): F {
  if (names === undefined) return fitted;
  for (const [name, method] of methodsOf(fitted)) {
    if (name === ofResults) continue;
    const value: Method = (...given) => {
      const [first] = given;
      if (first instanceof Table) given[0] = arranged(`${fitted.kind}.${name}`, names, first);
      if (name === "columnNames" && first === undefined) given[0] = names;
      const result = method.apply(fitted, given);
      if (name === "toJSON") return withNames(result as ModelJSON, names);
      return isAnother(fitted, result) ? remembering(result, names) : result;
    };
    Object.defineProperty(fitted, name, { value, configurable: true });
  }
  return fitted;
}

function withNames(json: ModelJSON, names: readonly string[]): ModelJSON {
  return { ...json, state: { ...json.state, [field]: [...names] } };
}

function isAnother<F extends object>(fitted: F, result: unknown): result is F {
  return (
    typeof result === "object" && result !== null && result !== fitted && result.constructor === fitted.constructor
  );
}

/** All methods, those of a class before those of the class that it extends. */
function methodsOf(fitted: object): ReadonlyMap<string, Method> {
  const methods = new Map<string, Method>();
  let level: object | null = fitted;
  while (level !== null && level !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level)))
      if (typeof value === "function" && name !== "constructor" && !methods.has(name))
        methods.set(name, value as Method);
    level = Object.getPrototypeOf(level) as object | null;
  }
  return methods;
}
