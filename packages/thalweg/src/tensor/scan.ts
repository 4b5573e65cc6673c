/** Loops that stay loops. */
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { formatShape, sameShape } from "../base/shape.js";
import { checkSameStructure, type Flattened } from "../base/trees.js";
import { loop } from "../graph/loop.js";
import type { Node } from "../graph/node.js";
import { checkFunction } from "./operand.js";
import { Tensor } from "./tensor.js";
import { flattenTensors, placeOf, settleTogether, tracePlaceholders } from "./transform.js";

export interface ScanOptions {
  /** The number of rounds. Needed only when there is nothing to scan over. */
  readonly length?: number;
  /** Goes from the last slice to the first; stacked results keep the places of the slices they belong to. Default: false. */
  readonly reverse?: boolean;
}

/**
 * A loop in the program, not unrolled: `[carry, y] = body(carry, x)` for each slice x of `xs` along its first axis. Returns the last carry and the y's stacked
 * along a new first axis. All three are trees of tensors; the carry keeps its shapes and dtypes. Differentiable in both modes, to any
 * order, also by tensors that the body closes over.
 *
 *     scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.add(x)], scalar, xs)      // the running sum
 *     scan((x: Tensor) => [x.add(2 / x), undefined], start, undefined, { length: 5 })
 *
 * @throws ShapeError or DTypeError when the carry changes shape or dtype, or lengths differ.
 */
export function scan<C, X, Y>(
  body: (carry: C, x: X) => readonly [C, Y],
  carry: C,
  xs: X,
  options: ScanOptions = {},
): [carry: C, stacked: Y] {
  checkFunction("scan", body);
  const carries = flattenTensors(carry);
  const stacked = flattenTensors(xs);
  const length = commonLength(stacked, options.length);
  let outputs: Flattened<Tensor> = flattenTensors(undefined);
  const result = loop(
    {
      constants: [],
      carries: carries.leaves.map((t) => t.node),
      stacked: stacked.leaves.map((t) => t.node),
      length,
      reverse: options.reverse ?? false,
    },
    (_, h, x) =>
      tracePlaceholders("scan", [...h, ...x], () => {
        const returned: unknown = body(rebuild<C>(carries, h), rebuild<X>(stacked, x));
        if (!Array.isArray(returned) || returned.length !== 2) {
          throw new UserError("scan: the body must return [carry, y]; y may be undefined");
        }
        const next = flattenTensors(returned[0]);
        checkCarry(carries, next);
        outputs = flattenTensors(returned[1]);
        return { carries: next.leaves.map((t) => t.node), stacked: outputs.leaves.map((t) => t.node) };
      }),
  );
  settleTogether([...result.carries, ...result.stacked]);
  return [rebuild<C>(carries, result.carries), rebuild<Y>(outputs, result.stacked)];
}

function rebuild<T>(flat: Flattened<Tensor>, nodes: readonly Node[]): T {
  return flat.rebuild(nodes.map((node) => new Tensor(node))) as T;
}

function commonLength(stacked: Flattened<Tensor>, given: number | undefined): number {
  let length = given;
  let from = "the option length";
  if (given !== undefined && (!Number.isInteger(given) || given < 0)) {
    throw new UserError(`scan: length must be a whole number ≥ 0, got ${given}`);
  }
  stacked.leaves.forEach((x, i) => {
    const name = `xs${placeOf(stacked.paths[i] ?? "")}`;
    const first = x.shape[0];
    if (first === undefined)
      throw new ShapeError(`scan: ${name} is a scalar and cannot be taken slice by slice; close over it instead`);
    if (length !== undefined && length !== first) {
      throw new ShapeError(`scan: ${name} has ${first} slices, but ${from} says ${length}`);
    }
    length = first;
    from = name;
  });
  if (length === undefined)
    throw new UserError("scan: there is nothing to scan over; give the number of rounds with { length: n }");
  return length;
}

function checkCarry(before: Flattened<Tensor>, after: Flattened<Tensor>): void {
  checkSameStructure("scan", before, after, ["the carry", "the carry that the body returned"]);
  after.leaves.forEach((y, i) => {
    const x = before.leaves[i];
    if (x === undefined) return;
    const name = `the carry${placeOf(before.paths[i] ?? "")}`;
    if (!sameShape(x.shape, y.shape)) {
      throw new ShapeError(
        `scan: ${name} has shape ${formatShape(x.shape)}, but the body returned ${formatShape(y.shape)}`,
      );
    }
    if (x.dtype !== y.dtype) {
      throw new DTypeError(
        `scan: ${name} is ${x.dtype}, but the body returned ${y.dtype}; start with ${y.dtype}, or cast in the body`,
      );
    }
  });
}
