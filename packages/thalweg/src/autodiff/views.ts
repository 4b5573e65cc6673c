/** Adjoints of views and indexed access: where each element of the cotangent goes. */

import { type Shape, sizeOf } from "../base/shape.js";
import { binary, broadcastTo, full, permute, reshape, select, sum, zerosLike } from "../graph/build.js";
import { make, type Node, type NodeFor } from "../graph/node.js";
import { inversePermutation } from "./products.js";
import { type MaybeNode, operand } from "./rule.js";

/** `g` with the reduced `axes` put back and stretched to `shape`. */
export function expandReduced(g: Node, shape: Shape, axes: readonly number[]): Node {
  return broadcastTo(
    reshape(
      g,
      shape.map((d, i) => (axes.includes(i) ? 1 : d)),
    ),
    shape,
  );
}

export function reshapeAdjoint(g: Node, node: NodeFor<"reshape">): Node {
  return reshape(g, operand(node, 0).shape);
}

export function permuteAdjoint(g: Node, node: NodeFor<"permute">): Node {
  return permute(g, inversePermutation(node.params.permutation));
}

export function broadcastAdjoint(g: Node, node: NodeFor<"broadcast">): Node {
  const { shape } = operand(node, 0);
  const axes = shape.map((_, i) => i).filter((i) => shape[i] !== node.shape[i]);
  return reshape(sum(g, axes), shape);
}

/** A pad that puts each element back where it was taken; axes taken backwards are turned first. */
export function sliceAdjoint(g: Node, node: NodeFor<"slice">): MaybeNode {
  if (sizeOf(node.shape) === 0) return undefined;
  const { shape } = operand(node, 0);
  const { start, size, step } = node.params;
  const turned = step.some((s, i) => s < 0 && (size[i] ?? 0) > 1)
    ? make("slice", [g], {
        start: size.map((n, i) => ((step[i] ?? 1) < 0 ? n - 1 : 0)),
        size,
        step: step.map((s) => (s < 0 ? -1 : 1)),
      })
    : g;
  const low: number[] = [];
  const high: number[] = [];
  const interior: number[] = [];
  shape.forEach((d, i) => {
    const [first, n, by] = [start[i] ?? 0, size[i] ?? 0, step[i] ?? 1];
    const last = first + (n - 1) * by;
    low.push(Math.min(first, last));
    high.push(d - 1 - Math.max(first, last));
    interior.push(n > 1 ? Math.abs(by) - 1 : 0);
  });
  const nothing = [low, high, interior].every((list) => list.every((n) => n === 0));
  return nothing ? turned : make("pad", [turned], { low, high, interior, value: 0 });
}

export function padAdjoint(g: Node, node: NodeFor<"pad">): Node {
  const { low, interior } = node.params;
  const size = operand(node, 0).shape;
  // An empty axis has no first element; any start inside the bounds will do.
  const start = low.map((n, i) => (size[i] === 0 ? 0 : n));
  return make("slice", [g], { start, size, step: interior.map((n) => n + 1) });
}

/** The part of `g` that operand `index` of a concat became. */
export function concatAdjoint(g: Node, node: NodeFor<"concat">, index: number): Node {
  const { axis } = node.params;
  let offset = 0;
  for (let i = 0; i < index; i += 1) offset += operand(node, i).shape[axis] ?? 0;
  const size = operand(node, index).shape;
  const start = size.map((d, i) => (i === axis && d > 0 ? offset : 0));
  return make("slice", [g], { start, size, step: size.map(() => 1) });
}

/** Rows of `g` added to the rows they were taken from. */
export function gatherAdjoint(g: Node, node: NodeFor<"gather">): Node {
  const [source, indices] = [operand(node, 0), operand(node, 1)];
  const count = sizeOf(indices.shape);
  return make(
    "scatterAdd",
    [zerosLike(source), reshape(indices, [count]), reshape(g, [count, ...source.shape.slice(1)])],
    {},
  );
}

/** The cotangent of the operand: none where a row was replaced. */
export function scatterSetOperandAdjoint(g: Node, node: NodeFor<"scatterSet">): Node {
  return make("scatterSet", [g, operand(node, 1), zerosLike(operand(node, 2))], {});
}

/** The cotangent of the updates: of those for one row only the last has an effect, found by scattering their positions the same way. */
export function scatterSetUpdatesAdjoint(g: Node, node: NodeFor<"scatterSet">): Node {
  const [source, indices, updates] = [operand(node, 0), operand(node, 1), operand(node, 2)];
  const position = make("iota", [], { shape: indices.shape, dtype: "int32", axis: 0 });
  const last = make("scatterSet", [full([source.shape[0] ?? 0], -1, "int32"), indices, position], {});
  const wins = binary("eq", make("gather", [last, indices], {}), position);
  const column = reshape(wins, [...indices.shape, ...updates.shape.slice(1).map(() => 1)]);
  return select(broadcastTo(column, updates.shape), make("gather", [g, indices], {}), 0);
}
