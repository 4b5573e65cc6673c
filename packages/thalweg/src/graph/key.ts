/** Parameters of a node as text: equal texts, equal behaviour. */
import type { Node } from "./node.js";
import { topological } from "./node.js";
import type { Graph, PrimitiveParams } from "./primitives.js";

export function paramsKey(node: Node): string {
  switch (node.op) {
    case "literal":
    case "scalar":
      return `${Object.is(node.params.value, -0) ? "-0" : node.params.value}${node.dtype}`;
    case "input":
      return `${node.id}`;
    case "variable":
      return `${node.params.variable.id}`;
    case "reshape":
    case "broadcast":
    case "threefry":
      return `${node.params.shape}`;
    case "sum":
    case "prod":
    case "reduceMax":
    case "reduceMin":
      return `${node.params.axes}`;
    case "host":
      return `${node.params.op.name}|${node.params.op.key}`;
    case "scan":
      return scanKey(node.params);
    case "custom":
      return graphKey(node.params.body);
    default:
      return plainKey(node.params as object);
  }
}

function plainKey(params: object): string {
  let key = "";
  for (const value of Object.values(params)) key += Object.is(value, -0) ? "-0|" : `${value}|`;
  return key;
}

function scanKey(p: PrimitiveParams["scan"]): string {
  return `${p.length}|${p.reverse}|${p.constants}|${p.carries}|${graphKey(p.body)}`;
}

/** Of a closed body: inputs are told apart by their order. */
function graphKey(body: Graph): string {
  const position = new Map<Node, number>();
  let key = "{";
  for (const input of body.inputs) {
    position.set(input, position.size);
    key += `${input.dtype}${input.shape};`;
  }
  for (const node of topological(body.outputs)) {
    if (position.has(node)) continue;
    // A buffer inside a body is a constant of this very program: told apart by its identity.
    const params = node.op === "buffer" || node.op === "scalar" ? `#${node.id}` : paramsKey(node);
    key += `${node.op}(${node.inputs.map((n) => position.get(n)).join()},${params});`;
    position.set(node, position.size);
  }
  return `${key}>${body.outputs.map((n) => position.get(n)).join()}}`;
}
