/** Functions of one example made functions of many. */
import { moveLeading, moveToFront, withLeadingAxis } from "../autodiff/batching.js";
import type { Batched } from "../autodiff/rule.js";
import { vectorize } from "../autodiff/vmap.js";
import { InternalError, ShapeError, UserError } from "../base/errors.js";
import { formatShape, normalizeAxis } from "../base/shape.js";
import { makeInput, type Node } from "../graph/node.js";
import { checkFunction } from "./operand.js";
import { Tensor } from "./tensor.js";
import { flattenTensors, isTensor, settleTogether, tracePlaceholders } from "./transform.js";

/** The batch axis of every tensor of a tree, or null for "the same for all examples"; or a tree of these, built like the tree as far as it goes. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

export interface VmapOptions {
  /** Where each argument has the batch axis: one entry for all, or a list with an entry an argument. Default: 0. */
  readonly inAxes?: Axes;
  /** Where the results get it: one entry for all, or a tree built like the result. Null asks for results that are the same for all examples. Default: 0. */
  readonly outAxes?: Axes;
}

/**
 * `fn` over a batch: written for one example, it is run for all at once, with every op vectorised (no loop). `vmap(grad(f))` gives a gradient an example;
 * vmaps nest.
 *
 *     vmap((a: Tensor, b: Tensor) => a.matmul(b))(many, many)                      // matrix products pair by pair
 *     vmap(f, { inAxes: [0, null] })(batch, weights)                               // the weights are common
 *
 * @throws ShapeError when batch sizes differ or an axis is missing, UserError when nothing has a batch axis.
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  checkFunction("vmap", fn);
  return (...args) => {
    const { inAxes = 0, outAxes = 0 } = options;
    const flat = flattenTensors(args);
    if (Array.isArray(inAxes) && inAxes.length !== args.length) {
      throw new UserError(
        `vmap: inAxes has ${inAxes.length} entries for ${args.length} arguments; give one an argument`,
      );
    }
    const axes = axesOf("inAxes", inAxes, args);
    let size: number | undefined;
    let sizeFrom = "";
    const replacement = new Map<Node, Batched>();
    const inside = flat.leaves.map((leaf, i) => {
      const axis = axes[i];
      const path = flat.paths[i] ?? "";
      if (axis === null || axis === undefined) return leaf;
      if (leaf.rank === 0) {
        throw new ShapeError(
          `vmap: argument ${path} is a scalar and has no axis ${axis}; if it is common to all examples set its inAxes to null`,
        );
      }
      const at = normalizeAxis("vmap", axis, leaf.rank);
      const count = leaf.shape[at] ?? 0;
      if (size !== undefined && size !== count) {
        throw new ShapeError(
          `vmap: argument ${path} of shape ${formatShape(leaf.shape)} has ${count} examples along axis ${axis}, but argument ${sizeFrom} has ${size}`,
        );
      }
      if (size === undefined) sizeFrom = path;
      size = count;
      const slot = makeInput("example", { shape: leaf.shape.filter((_, k) => k !== at), dtype: leaf.dtype });
      replacement.set(slot, { node: moveToFront(leaf.node, at), batched: true });
      return new Tensor(slot, leaf.weak);
    });
    const examples = size;
    if (examples === undefined)
      throw new UserError("vmap: no argument has a batch axis; inAxes must name one at least");
    const result = tracePlaceholders("vmap", [...replacement.keys()], () => {
      const value = fn(...(flat.rebuild(inside) as unknown as A));
      const results = flattenTensors(value);
      const places = axesOf("outAxes", outAxes, value);
      const wide = vectorize(
        results.leaves.map((y) => y.node),
        replacement,
        examples,
      );
      const tensors = wide.map(
        (y, i) => new Tensor(placed(y, places[i], examples, results.paths[i] ?? ""), results.leaves[i]?.weak),
      );
      return { tree: results.rebuild(tensors), nodes: tensors.map((t) => t.node) };
    });
    settleTogether(result.nodes);
    return result.tree as R;
  };
}

function placed(y: Batched, axis: number | null | undefined, size: number, path: string): Node {
  if (axis === undefined) throw new InternalError("vmap: a result without an axis");
  if (axis === null) {
    if (!y.batched) return y.node;
    throw new UserError(
      `vmap: the result${path === "" ? "" : ` ${path}`} differs between examples, so its outAxes cannot be null`,
    );
  }
  const wide = withLeadingAxis(y, size);
  return moveLeading(wide, normalizeAxis("vmap", axis, wide.shape.length));
}

/** The entry of each tensor of `tree`, in the order of flattening. */
function axesOf(name: string, axes: Axes | undefined, tree: unknown): (number | null)[] {
  if (typeof axes === "number" || axes === null) return flattenTensors(tree).leaves.map(() => axes);
  if (isTensor(tree)) {
    throw new UserError(
      `vmap: ${name} must give a number or null for each tensor, got ${axes === undefined ? "nothing" : "a tree"}`,
    );
  }
  if (typeof tree !== "object" || tree === null) return [];
  const entry = (key: string): Axes | undefined =>
    axes === undefined ? undefined : (axes as { readonly [key: string]: Axes })[key];
  return Object.entries(tree).flatMap(([key, item]) => axesOf(name, entry(key), item));
}
