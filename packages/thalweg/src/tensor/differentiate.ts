/** Derivatives of one call, on behalf of the function that errors are to name. */
import { forward } from "../autodiff/jvp.js";
import { backward } from "../autodiff/vjp.js";
import { isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { formatShape } from "../base/shape.js";
import { makeLiteral } from "../graph/node.js";
import { checkFunction } from "./operand.js";
import { Tensor } from "./tensor.js";
import { flattenTensors, isTensor, matchingLeaves, openArguments, transform, zeros } from "./transform.js";

interface Differentiated {
  readonly value: Tensor;
  readonly aux: unknown;
  readonly gradient: unknown;
}

export interface Differentiation {
  readonly argument?: number | readonly number[];
  readonly hasAux?: boolean;
}

/** Value and gradient of one call, for whoever is named by `op` in errors: see `grad`. */
export function differentiate(
  op: string,
  fn: (...args: never) => unknown,
  args: readonly unknown[],
  options: Differentiation,
): Differentiated {
  const argument = options.argument ?? 0;
  const positions = typeof argument === "number" ? [argument] : argument;
  const opened = openArguments(op, args, positions, true);
  return transform(opened.inputs, () => {
    const returned = fn(...(opened.args as never));
    const [result, aux] = options.hasAux === true ? auxiliary(op, returned) : [returned, undefined];
    const value = checkScalar(op, result);
    const found = backward([value.node], [makeLiteral(1, value.dtype)], opened.inputs);
    const tensors = opened.leaves.map((leaf, i) => new Tensor(found[i] ?? zeros(leaf), leaf.weak));
    const trees = opened.rebuild(tensors);
    const nodes = [value, ...tensors, ...flattenTensors(aux).leaves].map((t) => t.node);
    return { result: { value, aux, gradient: typeof argument === "number" ? trees[0] : trees }, nodes };
  });
}

function auxiliary(op: string, returned: unknown): [unknown, unknown] {
  if (Array.isArray(returned) && returned.length === 2) return [returned[0], returned[1]];
  throw new UserError(`${op}: with hasAux the function must return [value, aux]`);
}

function checkScalar(op: string, value: unknown): Tensor {
  if (!isTensor(value)) {
    const hint = Array.isArray(value) ? "; if it returns [value, aux], set hasAux: true" : "";
    throw new UserError(`${op}: the function must return a tensor of shape [], got ${describe(value)}${hint}`);
  }
  if (value.rank !== 0) {
    throw new ShapeError(
      `${op}: the function must return a scalar, got shape ${formatShape(value.shape)}; reduce it with sum() or mean(), ` +
        "or use jacobian for all derivatives or vjp for a weighted sum of them",
    );
  }
  if (!isFloat(value.dtype)) {
    throw new DTypeError(
      `${op}: the function returned ${value.dtype}, which has no derivative; it must return a float`,
    );
  }
  return value;
}

function describe(value: unknown): string {
  if (value instanceof Promise) return "a promise; differentiated functions must be synchronous";
  if (value === undefined) return "nothing; is a return missing?";
  return Array.isArray(value) ? "an array" : `${typeof value === "object" ? "an object" : String(value)}`;
}

/** Forward mode: see `jvp`. */
export function pushForward<A extends readonly unknown[], R>(
  op: string,
  fn: (...args: A) => R,
  primals: A,
  tangents: A,
): [value: R, tangent: R] {
  checkFunction(op, fn);
  for (const [name, list] of Object.entries({ primals, tangents })) {
    if (!Array.isArray(list))
      throw new UserError(`${op}: ${name} must be a list with a tree for each argument, such as [x]`);
  }
  const opened = openArguments(op, primals, [...primals.keys()], false);
  const pattern = flattenTensors(primals);
  const given = matchingLeaves(op, pattern, tangents, ["the arguments", "the tangents"]);
  return transform(opened.inputs, () => {
    const value = fn(...(opened.args as unknown as A));
    const results = flattenTensors(value);
    const found = forward(
      results.leaves.map((y) => y.node),
      opened.inputs,
      given.map((t, i) => (isFloat(opened.inputs[i]?.dtype ?? "bool") ? t.node : undefined)),
    );
    const moved = results.leaves.map((y, i) => new Tensor(found[i] ?? zeros(y)));
    const nodes = [...results.leaves, ...moved].map((t) => t.node);
    return { result: [value, results.rebuild(moved) as R] as [R, R], nodes };
  });
}
