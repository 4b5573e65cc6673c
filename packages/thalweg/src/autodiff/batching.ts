/** Values with a leading batch axis, and moving that axis. */

import type { Shape } from "../base/shape.js";
import { broadcastTo, permute, reshape } from "../graph/build.js";
import type { Node } from "../graph/node.js";
import type { Batched } from "./rule.js";

/** The same for all examples. */
export const common = (node: Node): Batched => ({ node, batched: false });
export const batch = (node: Node): Batched => ({ node, batched: true });

/** The value with a leading axis, repeated if it is common. */
export function withLeadingAxis(x: Batched, size: number): Node {
  if (x.batched) return x.node;
  return broadcastTo(reshape(x.node, [1, ...x.node.shape]), [size, ...x.node.shape]);
}

export function shapeOfOne(x: Batched): Shape {
  return x.batched ? x.node.shape.slice(1) : x.node.shape;
}

/** Axis 0 becomes axis `to`. */
export function moveLeading(x: Node, to: number): Node {
  const rest = x.shape.map((_, i) => i).slice(1);
  return permute(x, [...rest.slice(0, to), 0, ...rest.slice(to)]);
}

/** Axis `from` becomes axis 0. */
export function moveToFront(x: Node, from: number): Node {
  return permute(x, [from, ...x.shape.map((_, i) => i).filter((i) => i !== from)]);
}
