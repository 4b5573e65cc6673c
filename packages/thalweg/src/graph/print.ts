/** A readable listing of a graph: one line a node, in an order in which each node follows its inputs. */
import { InternalError } from "../base/errors.js";
import { type Node, topological } from "./node.js";
import type { Aval, Graph } from "./primitives.js";

/**
 * For example
 * ```
 * %1 = input float32[2,3] "x"
 * %2 = literal float32[] 2
 * %3 = reshape float32[1,1] %2 shape=[1,1]
 * return %3
 * ```
 * Nodes are numbered by their place in the listing, so that equal graphs print alike. Bodies of `scan` and `custom` follow, indented.
 */
export function printGraph(outputs: readonly Node[]): string {
  return listing({ inputs: [], outputs }, "").join("\n");
}

function listing({ inputs, outputs }: Graph, indent: string): string[] {
  // The inputs of a body come first, in their order, whether they are used or not.
  const order = topological([...inputs, ...outputs]);
  const names = new Map(order.map((node, i) => [node, `%${i + 1}`]));
  const name = (node: Node): string => {
    const found = names.get(node);
    if (found === undefined) throw new InternalError(`a ${node.op} is missing from its own graph`);
    return found;
  };
  const lines: string[] = [];
  for (const node of order) {
    const parts = [name(node), "=", node.op, results(node), ...node.inputs.map(name), ...details(node)];
    lines.push(indent + parts.join(" "));
    if (node.op === "scan" || node.op === "custom") lines.push(...listing(node.params.body, `${indent}  `));
  }
  lines.push(`${indent}return ${outputs.map(name).join(" ")}`);
  return lines;
}

function results(node: Node): string {
  return node.outputs === undefined ? aval(node) : `(${node.outputs.map(aval).join(" ")})`;
}

function aval({ shape, dtype }: Aval): string {
  return `${dtype}[${shape.join(",")}]`;
}

function details(node: Node): string[] {
  switch (node.op) {
    case "input":
      return [JSON.stringify(node.params.name)];
    case "variable":
      return [JSON.stringify(node.params.variable.name)];
    case "literal":
    case "scalar":
      return [number(node.params.value)];
    case "buffer":
      return node.storage === undefined ? [] : [preview(node.storage)];
    case "host":
      return [node.params.op.name, ...(node.params.op.key === "" ? [] : [`key=${node.params.op.key}`])];
    case "custom":
      return [node.params.rule.name];
    case "iota":
      return [`axis=${node.params.axis}`];
    default:
      return Object.entries(node.params).flatMap(([key, value]: [string, unknown]) => parameter(key, value));
  }
}

function parameter(key: string, value: unknown): string[] {
  if (typeof value === "number") return [`${key}=${number(value)}`];
  if (typeof value === "string" || typeof value === "boolean") return [`${key}=${value}`];
  if (Array.isArray(value)) return [`${key}=[${value.join(",")}]`];
  return [];
}

function preview(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(4, values.length) }, (_, i) => number(values[i] ?? 0));
  return `{${shown.join(" ")}${values.length > 4 ? " …" : ""}}`;
}

function number(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
