/** Looks into the rounds of a loop for the op that makes the first NaN or infinity. */
import type { TypedArray } from "../base/dtype.js";
import { type Node, type NodeFor, topological } from "../graph/node.js";
import type { Origins } from "../graph/origins.js";
import { evaluateNode } from "../targets/interpreter/interpret.js";
import { firstNonFiniteElement, type OpReport, reportOp } from "./op-report.js";

/** The op of the body, and the round; undefined where the interpreter finds none. */
export function insideLoop(
  node: NodeFor<"scan">,
  inputs: readonly (TypedArray | undefined)[],
  index: number,
  origins: Origins,
): OpReport | undefined {
  const { body, length, reverse, constants, carries } = node.params;
  if (inputs.some((x) => x === undefined)) return undefined;
  const given = inputs as readonly TypedArray[];
  const order = topological(body.outputs);
  let state = given.slice(constants, constants + carries);
  for (let round = 0; round < length; round += 1) {
    const position = reverse ? length - 1 - round : round;
    const slices = given.slice(constants + carries).map((x) => {
      const width = x.length / length;
      return x.slice(position * width, (position + 1) * width);
    });
    const slots = [...given.slice(0, constants), ...state, ...slices];
    const values = new Map<Node, readonly TypedArray[]>();
    body.inputs.forEach((slot, i) => {
      const value = slots[i];
      if (value !== undefined) values.set(slot, [value]);
    });
    const valueIn = (x: Node): TypedArray | undefined => values.get(x)?.[0];
    for (const one of order) {
      if (values.has(one)) continue;
      const operands = one.inputs.map(valueIn);
      if (one.op === "project") {
        const all = one.inputs[0] === undefined ? undefined : values.get(one.inputs[0]);
        const picked = all?.[one.params.index];
        if (picked !== undefined) values.set(one, [picked]);
        continue;
      }
      if (operands.some((x) => x === undefined)) return undefined;
      values.set(one, evaluateNode(one, operands as readonly TypedArray[]));
      const element = one.outputs === undefined ? firstNonFiniteElement(valueIn(one), one) : undefined;
      const clean = one.inputs.every((x) => firstNonFiniteElement(valueIn(x), x) === undefined);
      if (element === undefined || !clean || one.inputs.length === 0) continue;
      return reportOp(one, one, index, operands, { element, value: valueIn(one)?.[element] ?? Number.NaN }, origins, {
        round,
        node,
      });
    }
    state = body.outputs.slice(0, carries).map((x) => valueIn(x) ?? new Float32Array());
  }
  return undefined;
}
