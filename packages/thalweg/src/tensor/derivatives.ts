import { backward } from "../autodiff/vjp.js";
import { isFloat } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { isPlainConstant } from "../graph/closure.js";
import { make, makeInput, type Node } from "../graph/node.js";
import { dependents, substitute } from "../graph/substitute.js";
import { differentiate, pushForward } from "./differentiate.js";
import { checkFunction } from "./operand.js";
import { Tensor } from "./tensor.js";
import { flattenTensors, matchingLeaves, openArguments, settleTogether, transform, zeros } from "./transform.js";

/** Which arguments to differentiate by: a position, or several. */
export type Positions = number | readonly number[];

/** The trees of the arguments at `N`: one tree for a position, a tuple for a list. */
export type Selected<A extends readonly unknown[], N extends Positions> = N extends readonly number[]
  ? { -readonly [K in keyof N]: N[K] extends number ? A[N[K]] : never }
  : N extends number
    ? A[N]
    : never;

export interface GradOptions<N extends Positions> {
  /** The position of the argument to differentiate by, or a list of positions. Default: 0. */
  readonly argument?: N;
  /** Whether the function returns `[value, aux]`, where aux is any tree that comes along. Default: false. */
  readonly hasAux?: boolean;
}

/**
 * The gradient of a scalar function, as a function of the same arguments: a tree like the first argument (or those that `argument` selects) with
 * ∂value/∂leaf in the place of each leaf, of the leaf's shape and dtype, zeros where the value does not depend on it.
 *
 *     grad((x: Tensor) => x.pow(3).sum())(tensor([1, 2]))   // [3, 12]
 *
 * Where a derivative does not exist the conventions are PyTorch's: 0 for abs and relu at 0, equal shares for max and min of equals.
 *
 * @throws ShapeError when the value is no scalar, DTypeError when it or a leaf is no float, UserError for an argument without tensors.
 */
export function grad<A extends readonly unknown[], const N extends Positions = 0>(
  fn: (...args: A) => Tensor,
  options?: GradOptions<N> & { readonly hasAux?: false },
): (...args: A) => Selected<A, N>;
export function grad<A extends readonly unknown[], Aux, const N extends Positions = 0>(
  fn: (...args: A) => readonly [Tensor, Aux],
  options: GradOptions<N> & { readonly hasAux: true },
): (...args: A) => [Selected<A, N>, Aux];
export function grad(
  fn: (...args: never) => unknown,
  options: GradOptions<Positions> = {},
): (...args: readonly unknown[]) => unknown {
  checkFunction("grad", fn);
  return (...args) => {
    const { aux, gradient } = differentiate("grad", fn, args, options);
    return options.hasAux === true ? [gradient, aux] : gradient;
  };
}

/** Like `grad`, but returns `[value, gradient]`, or `[[value, aux], gradient]` with `hasAux`; both come from one run of the function. */
export function valueAndGrad<A extends readonly unknown[], const N extends Positions = 0>(
  fn: (...args: A) => Tensor,
  options?: GradOptions<N> & { readonly hasAux?: false },
): (...args: A) => [Tensor, Selected<A, N>];
export function valueAndGrad<A extends readonly unknown[], Aux, const N extends Positions = 0>(
  fn: (...args: A) => readonly [Tensor, Aux],
  options: GradOptions<N> & { readonly hasAux: true },
): (...args: A) => [[Tensor, Aux], Selected<A, N>];
export function valueAndGrad(
  fn: (...args: never) => unknown,
  options: GradOptions<Positions> = {},
): (...args: readonly unknown[]) => unknown {
  checkFunction("valueAndGrad", fn);
  return (...args) => {
    const { value, aux, gradient } = differentiate("valueAndGrad", fn, args, options);
    return [options.hasAux === true ? [value, aux] : value, gradient];
  };
}

/**
 * Reverse mode: the value of `fn(...args)`, a tree, and a function that pulls a tree of cotangents (of the value's structure, shapes and dtypes) back to a
 * list with a tree for each argument: Jᵀ · cotangent. The function may be called any number of times; what it needs of the first run is kept.
 * Leaves that are no floats get zeros.
 */
export function vjp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): [value: R, pullBack: (cotangent: R) => A] {
  checkFunction("vjp", fn);
  const opened = openArguments("vjp", args, [...args.keys()], false);
  return transform(opened.inputs, () => {
    const value = fn(...(opened.args as unknown as A));
    const results = flattenTensors(value);
    const slots = results.leaves.map((y) => makeInput("cotangent", y.node));
    const found = backward(
      results.leaves.map((y) => y.node),
      slots.map((slot) => (isFloat(slot.dtype) ? slot : undefined)),
      opened.inputs,
    );
    const reached = found.filter((g) => g !== undefined);
    const pullBack = (cotangent: R): A => {
      const given = matchingLeaves("vjp", results, cotangent, ["the value", "the cotangent"]);
      const replacement = new Map(slots.map((slot, i) => [slot, present(given[i]).node]));
      const pulled = substitute(reached, replacement);
      let next = 0;
      const nodes = opened.leaves.map((leaf, i) => (found[i] === undefined ? zeros(leaf) : present(pulled[next++])));
      settleTogether(nodes);
      return opened.rebuild(nodes.map((node) => new Tensor(node))) as unknown as A;
    };
    const nodes = [...results.leaves.map((y) => y.node), ...residuals(reached, slots)];
    return { result: [value, pullBack] as [R, (cotangent: R) => A], nodes };
  });
}

/** What a graph over `slots` needs that does not depend on them; of views the source. */
function residuals(outputs: readonly Node[], slots: readonly Node[]): Node[] {
  const { order, dependent } = dependents(outputs, slots, () => true);
  const found = new Set<Node>();
  const keep = (node: Node): void => {
    if (dependent.has(node) || isPlainConstant(node) || node.op === "scalar") return;
    const [source] = node.inputs;
    const view = node.op === "reshape" || node.op === "permute" || node.op === "broadcast" || node.op === "identity";
    if (view && source !== undefined) keep(source);
    else if (node.outputs === undefined) found.add(node);
  };
  for (const node of order) if (dependent.has(node)) node.inputs.forEach(keep);
  for (const node of outputs) keep(node);
  return [...found];
}

/**
 * Forward mode: the value of `fn(...primals)` and its derivative along `tangents` (a list of trees like the arguments): `[value, J · tangent]`. Leaves
 * that are no floats do not move, whatever their tangent.
 */
export function jvp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  tangents: A,
): [value: R, tangent: R] {
  return pushForward("jvp", fn, primals, tangents);
}

/** The same tree, as constants: no derivative flows through. */
export function stopGradient<T>(tree: T): T {
  const flat = flattenTensors(tree);
  return flat.rebuild(flat.leaves.map((t) => new Tensor(make("stopGradient", [t.node], {}), t.weak))) as T;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new InternalError("a derivative lost one of its parts");
  return value;
}
