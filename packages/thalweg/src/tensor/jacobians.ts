/** Matrices of derivatives: many cotangents or tangents at once, by vectorising the one. */
import { forward } from "../autodiff/jvp.js";
import { backward } from "../autodiff/vjp.js";
import { vectorize } from "../autodiff/vmap.js";
import { type DType, isFloat } from "../base/dtype.js";
import { DTypeError, UserError } from "../base/errors.js";
import { type Shape, sizeOf } from "../base/shape.js";
import type { MapTree } from "../base/trees.js";
import { binary, cast, permute, reshape } from "../graph/build.js";
import { make, makeInput, type Node } from "../graph/node.js";
import { differentiate, pushForward } from "./differentiate.js";
import { checkFunction } from "./operand.js";
import { Tensor } from "./tensor.js";
import { flattenTensors, openArguments, placeOf, transform, zeros } from "./transform.js";

export interface JacobianOptions<N extends number = number> {
  /** The position of the argument to differentiate by. Default: 0. */
  readonly argument?: N;
  /** Row by row ("reverse") or column by column ("forward"). Default: whichever has fewer of them. */
  readonly mode?: "forward" | "reverse";
}

/** One-hot arrays of `shape`, one for each of its elements, stacked: [size, …shape]. */
function basis(shape: Shape, dtype: DType): Node {
  const n = sizeOf(shape);
  const index = (axis: number): Node => make("iota", [], { shape: [n, n], dtype: "int32", axis });
  return reshape(cast(binary("eq", index(0), index(1)), dtype), [n, ...shape]);
}

/**
 * All first derivatives of `fn`, as a function of the same arguments: the tree that `fn` returns, with a tree like the argument in the place of each leaf;
 * in that, ∂y/∂x of shape [...y.shape, ...x.shape].
 *
 *     jacobian((x: Tensor) => x.mul(x))(tensor([1, 2]))   // [[2, 0], [0, 4]]
 *
 * @throws DTypeError when a result or a leaf of the argument is no float.
 */
export function jacobian<A extends readonly unknown[], R, const N extends number = 0>(
  fn: (...args: A) => R,
  options: JacobianOptions<N> = {},
): (...args: A) => MapTree<R, Tensor, A[N]> {
  return jacobianFor("jacobian", fn, options);
}

/** On behalf of the function that errors are to name. */
function jacobianFor<A extends readonly unknown[], R, const N extends number>(
  op: string,
  fn: (...args: A) => R,
  options: JacobianOptions<N>,
): (...args: A) => MapTree<R, Tensor, A[N]> {
  checkFunction(op, fn);
  return (...args) => {
    const opened = openArguments(op, args, [options.argument ?? 0], true);
    return transform(opened.inputs, () => {
      const results = flattenTensors(fn(...(opened.args as unknown as A)));
      results.leaves.forEach((y, i) => {
        if (isFloat(y.dtype)) return;
        throw new DTypeError(
          `${op}: the result${placeOf(results.paths[i] ?? "")} is ${y.dtype}, which has no derivative`,
        );
      });
      if (results.leaves.length === 0) throw new UserError(`${op}: the function returned no tensors`);
      const outputs = results.leaves.map((y) => y.node);
      const total = (nodes: readonly Node[]): number => nodes.reduce((sum, n) => sum + sizeOf(n.shape), 0);
      const mode = options.mode ?? (total(outputs) <= total(opened.inputs) ? "reverse" : "forward");
      const rows = mode === "reverse" ? byRows(outputs, opened.inputs) : byColumns(outputs, opened.inputs);
      const tensors = rows.map((row) => row.map((node) => new Tensor(node)));
      const tree = results.rebuild(tensors.map((row) => opened.rebuild(row)[0]));
      return { result: tree as MapTree<R, Tensor, A[N]>, nodes: rows.flat() };
    });
  };
}

function byRows(outputs: readonly Node[], inputs: readonly Node[]): Node[][] {
  return outputs.map((y) => {
    const slot = makeInput("cotangent", y);
    const found = backward([y], [slot], inputs);
    const n = sizeOf(y.shape);
    return inputs.map((x, i) => {
      const wide = vectorizeOne(found[i], slot, n);
      return wide === undefined
        ? zeros({ shape: [...y.shape, ...x.shape], dtype: x.dtype })
        : reshape(wide, [...y.shape, ...x.shape]);
    });
  });
}

function byColumns(outputs: readonly Node[], inputs: readonly Node[]): Node[][] {
  const columns = inputs.map((x) => {
    const slot = makeInput("tangent", x);
    const found = forward(outputs, [x], [slot]);
    const n = sizeOf(x.shape);
    return outputs.map((y, k) => {
      const shape = [...y.shape, ...x.shape];
      const wide = vectorizeOne(found[k], slot, n);
      if (wide === undefined) return zeros({ shape, dtype: y.dtype });
      return reshape(permute(wide, [...y.shape.map((_, i) => i + 1), 0]), shape);
    });
  });
  return outputs.map((_, k) => columns.map((column) => column[k] as Node));
}

function vectorizeOne(node: Node | undefined, slot: Node, size: number): Node | undefined {
  if (node === undefined) return undefined;
  const [wide] = vectorize([node], new Map([[slot, { node: basis(slot.shape, slot.dtype), batched: true }]]), size);
  return wide?.batched === true ? wide.node : undefined;
}

/**
 * All second derivatives of a scalar function, by forward over reverse mode: a tree like the argument, with a tree like the argument in the place of each
 * leaf; in that, ∂²value/∂x∂z of shape [...x.shape, ...z.shape].
 */
export function hessian<A extends readonly unknown[], const N extends number = 0>(
  fn: (...args: A) => Tensor,
  options: { readonly argument?: N } = {},
): (...args: A) => MapTree<A[N], Tensor, A[N]> {
  checkFunction("hessian", fn);
  const { argument = 0 } = options;
  const gradient = (...args: A): A[N] => differentiate("hessian", fn, args, { argument }).gradient as A[N];
  return jacobianFor<A, A[N], N>("hessian", gradient, { ...options, mode: "forward" });
}

/** The Hessian times `vector`, a tree like the argument, without the Hessian: forward over reverse mode, some three times the cost of a gradient. */
export function hessianVectorProduct<X>(fn: (x: X) => Tensor): (x: X, vector: X) => X {
  const op = "hessianVectorProduct";
  checkFunction(op, fn);
  const gradient = (x: X): X => differentiate(op, fn, [x], {}).gradient as X;
  return (x, vector) => pushForward(op, gradient, [x], [vector])[1];
}
