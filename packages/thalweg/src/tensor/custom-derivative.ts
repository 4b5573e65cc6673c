/** Functions with derivative rules of their own. */
import { isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { formatShape, sameShape } from "../base/shape.js";
import { checkSameStructure, type Flattened } from "../base/trees.js";
import { close } from "../graph/closure.js";
import { make, makeInput, type Node, project } from "../graph/node.js";
import type { CustomRule } from "../graph/primitives.js";
import { Tensor } from "./tensor.js";
import { dependsOnPlaceholder } from "./trace.js";
import { flattenTensors, matchingLeaves, placeOf, tracePlaceholders, zeros } from "./transform.js";

/** What a rule sees of the call that it is the derivative of. */
export interface Call<A extends readonly unknown[], R> {
  readonly args: A;
  readonly value: R;
}

export interface DerivativeRules<A extends readonly unknown[], R> {
  /** Shown in messages. Default: the function's name. */
  readonly name?: string;
  /** From a cotangent of the value to one of each argument: a list of trees like the arguments; undefined for an argument that gets none. */
  readonly vjp?: (call: Call<A, R>, cotangent: R) => { readonly [K in keyof A]: A[K] | undefined };
  /** From tangents of the arguments to the tangent of the value. It must be linear in the tangents. */
  readonly jvp?: (call: Call<A, R>, tangents: A) => R;
}

/**
 * `fn` with the derivative that the rules say, in place of that of its ops. One rule suffices for both modes: the other is its transpose. Rules are
 * written with tensor ops, so that they can be differentiated again; under `vmap` they keep holding. All of `fn`'s tensors must come in as arguments.
 *
 *     const clipped = customDerivative((x: Tensor) => x, { vjp: (_, g) => [g.clip({ min: -1, max: 1 })] });   // clips what flows back
 *
 * @throws UserError when no rule is given, when `fn` closes over a tensor that is being differentiated, or when a rule returns something of another shape.
 */
export function customDerivative<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  rules: DerivativeRules<A, R>,
): (...args: A) => R {
  const name = rules.name ?? (fn.name || "customDerivative");
  if (rules.vjp === undefined && rules.jvp === undefined)
    throw new UserError(`${name}: customDerivative needs a vjp or a jvp`);
  return (...args) => {
    const given = flattenTensors(args);
    const slots = given.leaves.map((t) => makeInput("operand", t.node));
    const results = tracePlaceholders(name, slots, () =>
      flattenTensors(
        fn(...(given.rebuild(slots.map((node, i) => new Tensor(node, given.leaves[i]?.weak))) as unknown as A)),
      ),
    );
    const { outputs, lifted } = close(
      results.leaves.map((t) => t.node),
      slots,
    );
    for (const node of lifted.keys()) {
      if (!dependsOnPlaceholder(node)) continue;
      throw new UserError(
        `${name}: the function closes over a tensor of shape ${formatShape(node.shape)} that is being differentiated or trained, ` +
          "and no rule says how; pass it as an argument",
      );
    }
    const node = make("custom", [...given.leaves.map((t) => t.node), ...lifted.keys()], {
      body: { inputs: [...slots, ...lifted.values()], outputs },
      rule: nodeRules(name, rules, given, results),
    });
    return results.rebuild(outputs.map((_, i) => new Tensor(project(node, i), results.leaves[i]?.weak))) as R;
  };
}

/** The rules over nodes: what the function closed over comes last and gets nothing. */
function nodeRules<A extends readonly unknown[], R>(
  name: string,
  rules: DerivativeRules<A, R>,
  given: Flattened<Tensor>,
  results: Flattened<Tensor>,
): CustomRule {
  const { vjp, jvp } = rules;
  const count = given.leaves.length;
  const tree = (flat: Flattened<Tensor>, nodes: readonly Node[]): unknown =>
    flat.rebuild(nodes.map((n) => new Tensor(n)));
  const call = (inputs: readonly Node[], outputs: readonly Node[]): Call<A, R> => ({
    args: tree(given, inputs.slice(0, count)) as A,
    value: tree(results, outputs) as R,
  });
  const filled = (like: readonly Node[], found: readonly (Node | undefined)[]): Node[] =>
    like.map((x, i) => found[i] ?? zeros(x));
  return {
    name,
    ...(vjp && {
      vjp: (inputs, outputs, cotangents) => {
        const { args, value } = call(inputs, outputs);
        const pulled: unknown = vjp({ args, value }, tree(results, filled(outputs, cotangents)) as R);
        if (!Array.isArray(pulled) || pulled.length !== args.length) {
          throw new UserError(`${name}: its vjp must return a list of ${args.length}, one entry an argument`);
        }
        return args.flatMap((arg, k) => checkPulled(name, k, flattenTensors(arg), pulled[k]));
      },
    }),
    ...(jvp && {
      jvp: (inputs, outputs, tangents) => {
        const { args, value } = call(inputs, outputs);
        const along = tree(given, filled(inputs.slice(0, count), tangents)) as A;
        const moved: unknown = jvp({ args, value }, along);
        const leaves = matchingLeaves(name, flattenTensors(value), moved, ["the value", "what its jvp returned"]);
        return leaves.map((t, i) => (isFloat(outputs[i]?.dtype ?? "bool") ? t.node : undefined));
      },
    }),
  };
}

function checkPulled(name: string, position: number, arg: Flattened<Tensor>, pulled: unknown): (Node | undefined)[] {
  if (pulled === undefined) return arg.leaves.map(() => undefined);
  const flat = flattenTensors(pulled);
  checkSameStructure(name, arg, flat, [`argument ${position}`, "what its vjp returned for it"]);
  return flat.leaves.map((g, i) => {
    const x = arg.leaves[i];
    if (x === undefined || !isFloat(x.dtype)) return undefined;
    const place = `argument ${position}${placeOf(arg.paths[i] ?? "")}`;
    if (!sameShape(g.shape, x.shape)) {
      throw new ShapeError(
        `${name}: its vjp gave shape ${formatShape(g.shape)} for ${place} of shape ${formatShape(x.shape)}`,
      );
    }
    if (g.dtype !== x.dtype) throw new DTypeError(`${name}: its vjp gave ${g.dtype} for ${place}, which is ${x.dtype}`);
    return g.node;
  });
}
