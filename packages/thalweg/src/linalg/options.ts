/** Options by their names: one that does not exist, as `rcond` for `tolerance`, is an error and not a default in silence. */
import { UserError } from "../base/errors.js";
import { nearestNames } from "../base/nearest-name.js";
import { show } from "../base/settings.js";

/** Every name of the options, so that one that is missing here does not compile. */
export type OptionNames<O> = { readonly [K in keyof O]-?: true };

/** Names under which other libraries know an option, beside what is near in spelling. */
const knownElsewhere: Readonly<Record<string, string>> = {
  rcond: "tolerance",
  rtol: "tolerance",
  atol: "tolerance",
  tol: "tolerance",
  eps: "tolerance",
  epsilon: "tolerance",
  cond: "tolerance",
  maxiter: "maxIterations",
  niter: "powerIterations",
  ncv: "basis",
  x0: "start",
  v0: "start",
  sigma: "shift",
  damp: "damping",
  lower: "triangle",
  upper: "triangle",
  uplo: "triangle",
  trans: "transposed",
  unit_diagonal: "unit",
  full_matrices: "mode",
  driver: "method",
  lapack_driver: "method",
  m: "preconditioner",
  callback: "onIteration",
};

/** @throws UserError for options that are no object, or that hold a name which is none of `names`. */
export function checkOptions<O extends object>(op: string, given: O, names: OptionNames<O>): O {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new UserError(`${op}: the options must be one object of named fields, got ${show(given)}`);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const all = Object.keys(names);
    const elsewhere = knownElsewhere[name.toLowerCase()];
    const near = elsewhere !== undefined && Object.hasOwn(names, elsewhere) ? [elsewhere] : nearestNames(name, all);
    const meant = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
    throw new UserError(`${op}: there is no option ${name}; the options are ${all.join(", ")}${meant}`);
  }
  return given;
}
