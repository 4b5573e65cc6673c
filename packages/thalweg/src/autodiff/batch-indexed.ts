/** Batching of indexed access: common indices move the batch behind the rows; indices of their own address the flattened batch. */
import { sizeOf } from "../base/shape.js";
import { add, binary, broadcastTo, full, mul, reshape, select } from "../graph/build.js";
import { make, type Node } from "../graph/node.js";
import { batch, moveLeading, moveToFront, withLeadingAxis } from "./batching.js";
import { type Batched, type BatchRule, present } from "./rule.js";

/** Row i of example b as a row of the flattened batch: b · rows + i. What was out of range stays out of range, so that it is reported. */
function flatRows(indices: Node, rows: number, size: number): Node {
  const example = make("iota", [], { shape: [size], dtype: "int32", axis: 0 });
  const start = broadcastTo(reshape(mul(example, rows), [size, ...indices.shape.slice(1).map(() => 1)]), indices.shape);
  const beyond = select(binary("lt", indices, rows), add(indices, start), full(indices.shape, size * rows, "int32"));
  return select(binary("lt", indices, 0), indices, beyond);
}

const flatten = (x: Node): Node => reshape(x, [(x.shape[0] ?? 0) * (x.shape[1] ?? 0), ...x.shape.slice(2)]);

export const batchGather: BatchRule<"gather"> = (_node, operands, size) => {
  const [source, indices] = [present(operands[0]), present(operands[1])];
  if (!source.batched) return [batch(make("gather", [source.node, indices.node], {}))];
  if (!indices.batched) {
    const taken = make("gather", [moveLeading(source.node, 1), indices.node], {});
    return [batch(moveToFront(taken, indices.node.shape.length))];
  }
  const rows = source.node.shape[1] ?? 0;
  const flat = reshape(flatRows(indices.node, rows, size), [sizeOf(indices.node.shape)]);
  const taken = make("gather", [flatten(source.node), flat], {});
  return [batch(reshape(taken, [...indices.node.shape, ...source.node.shape.slice(2)]))];
};

export const batchScatter =
  (op: "scatterAdd" | "scatterSet"): BatchRule<"scatterAdd" | "scatterSet"> =>
  (_node, operands, size) => {
    const [target, indices, updates] = operands.map(present) as [Batched, Batched, Batched];
    const [x, u] = [withLeadingAxis(target, size), withLeadingAxis(updates, size)];
    if (!indices.batched) {
      return [batch(moveToFront(make(op, [moveLeading(x, 1), indices.node, moveLeading(u, 1)], {}), 1))];
    }
    const rows = flatRows(indices.node, x.shape[1] ?? 0, size);
    return [batch(reshape(make(op, [flatten(x), flatten(rows), flatten(u)], {}), x.shape))];
  };
