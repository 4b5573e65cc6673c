/** What the transforms of functions (grad, vmap, scan, …) share: taking arguments apart, running a function to see its graph, computing results. */
import { type DType, isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, TraceError, UserError } from "../base/errors.js";
import { formatShape, type Shape, sameShape } from "../base/shape.js";
import { checkSameStructure, type Flattened, flatten } from "../base/trees.js";
import { full } from "../graph/build.js";
import { make, type Node, topological } from "../graph/node.js";
import { realize } from "../runtime/realize.js";
import { Tensor } from "./tensor.js";
import { currentCompileTrace, tracing, withPlaceholders } from "./trace.js";

export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

export function flattenTensors(tree: unknown): Flattened<Tensor> {
  return flatten(tree, isTensor);
}

/** How a message names a leaf: of argument 0 at "layer.weight". */
export function placeOf(path: string): string {
  return path === "" ? "" : ` at ${path}`;
}

/** Arguments of a call with fresh nodes in the place of some tensors. */
export interface Opened {
  /** The arguments to call the function with. */
  readonly args: readonly unknown[];
  /** The tensors that were replaced, and the nodes that replace them: what to differentiate by. */
  readonly leaves: readonly Tensor[];
  readonly inputs: readonly Node[];
  /** A tree for each of the arguments opened, around other leaves. */
  rebuild(leaves: readonly Tensor[]): unknown[];
}

/**
 * Opens the arguments at `positions`. The nodes are copies with an identity of their own, so that derivatives nested in one another or taken by the same
 * tensor twice stay apart.
 */
export function openArguments(
  op: string,
  args: readonly unknown[],
  positions: readonly number[],
  floatsOnly: boolean,
): Opened {
  for (const position of positions) {
    if (!Number.isInteger(position) || position < 0 || position >= args.length) {
      throw new UserError(`${op}: there is no argument ${position}; the function was called with ${args.length}`);
    }
  }
  const flat = flattenTensors(positions.map((p) => args[p]));
  flat.leaves.forEach((leaf, i) => {
    if (!floatsOnly || isFloat(leaf.dtype)) return;
    const [first = "", ...rest] = (flat.paths[i] ?? "").split(".");
    throw new DTypeError(
      `${op}: argument ${positions[Number(first)]}${placeOf(rest.join("."))} is ${leaf.dtype}, and only floats have derivatives; ` +
        'cast it with .cast("float32"), or differentiate by other arguments only, with { argument: … }',
    );
  });
  if (flat.leaves.length === 0) {
    throw new UserError(
      `${op}: argument ${positions.join(", ")} holds no tensors; give numbers as tensor(3), arrays as tensor([1, 2])`,
    );
  }
  const inputs = flat.leaves.map((leaf) => make("identity", [leaf.node], {}));
  return {
    get args() {
      const fresh = flat.rebuild(inputs.map((node, i) => new Tensor(node, flat.leaves[i]?.weak))) as unknown[];
      const all = [...args];
      positions.forEach((p, i) => {
        all[p] = fresh[i];
      });
      return all;
    },
    leaves: flat.leaves,
    inputs,
    rebuild: (leaves) => flat.rebuild(leaves) as unknown[],
  };
}

/**
 * Runs `body`, which traces a function over `placeholders` and transforms its graph. In eager use the nodes that it lists as results are computed together
 * at the end, so that what they share is computed once.
 */
export function transform<T>(
  placeholders: readonly Node[],
  body: () => { readonly result: T; readonly nodes: readonly Node[] },
): T {
  const { result, nodes } = withPlaceholders(placeholders, body);
  settleTogether(nodes);
  return result;
}

/** Computes what is pending, unless a function is being traced. */
export function settleTogether(nodes: readonly Node[]): void {
  if (tracing()) return;
  const pending = [...new Set(nodes)].filter((n) => n.op !== "buffer" && n.outputs === undefined);
  if (pending.length > 0) realize(pending);
}

/** Calls `body` over placeholders that are no values; a variable must not be given what depends on them. */
export function tracePlaceholders<T>(op: string, placeholders: readonly Node[], body: () => T): T {
  const updates = currentCompileTrace()?.updates;
  const before = new Map(updates);
  const result = withPlaceholders(placeholders, body);
  const inside = new Set(placeholders);
  for (const [variable, value] of updates ?? []) {
    if (before.get(variable) === value) continue;
    if (topological([value]).some((n) => inside.has(n))) {
      throw new TraceError(
        `${op}: variable ${variable.name} is assigned a value that belongs to one round or example; return it from the function and assign it outside`,
      );
    }
  }
  return result;
}

export function zeros(like: { readonly shape: Shape; readonly dtype: DType }): Node {
  return full(like.shape, 0, like.dtype);
}

/** Tensors of `tree`, which must be built and shaped as `pattern`. Leaves of the pattern that are no floats are not compared. */
export function matchingLeaves(
  op: string,
  pattern: Flattened<Tensor>,
  tree: unknown,
  names: readonly [string, string],
): readonly Tensor[] {
  const flat = flattenTensors(tree);
  checkSameStructure(op, flat, pattern, [names[1], names[0]]);
  flat.leaves.forEach((leaf, i) => {
    const model = pattern.leaves[i];
    if (model === undefined || !isFloat(model.dtype)) return;
    const place = placeOf(pattern.paths[i] ?? "");
    if (!sameShape(leaf.shape, model.shape)) {
      throw new ShapeError(
        `${op}: ${names[1]}${place} has shape ${formatShape(leaf.shape)}, but ${names[0]}${place} has ${formatShape(model.shape)}`,
      );
    }
    if (leaf.dtype !== model.dtype) {
      throw new DTypeError(
        `${op}: ${names[1]}${place} is ${leaf.dtype}, but ${names[0]}${place} is ${model.dtype}; cast it`,
      );
    }
  });
  return flat.leaves;
}
