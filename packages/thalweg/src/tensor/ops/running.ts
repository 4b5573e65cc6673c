/**
 * Running maximum and minimum, by doubling: after the step of distance s each element holds the extreme of the 2s elements up to it, so
 * that ⌈log₂ n⌉ elementwise steps are enough.
 */
import { DTypeError } from "../../base/errors.js";
import { normalizeAxis } from "../../base/shape.js";
import * as build from "../../graph/build.js";
import { make, type Node } from "../../graph/node.js";
import { flip, sliceAxis } from "./shape.js";

export function runningExtreme(op: "cummax" | "cummin", x: Node, axis: number, reverse: boolean): Node {
  if (x.dtype === "bool") throw new DTypeError(`${op}: bool has no order; cast to int32`);
  const along = normalizeAxis(op, axis, x.shape.length);
  const n = x.shape[along] ?? 0;
  let result = reverse ? flip(x, along) : x;
  for (let distance = 1; distance < n; distance *= 2) {
    const head = sliceAxis(result, along, 0, distance);
    const earlier = sliceAxis(result, along, 0, n - distance);
    const later = sliceAxis(result, along, distance, n - distance);
    const extreme = build.binary(op === "cummax" ? "max" : "min", later, earlier);
    result = make("concat", [head, extreme], { axis: along });
  }
  return reverse ? flip(result, along) : result;
}
