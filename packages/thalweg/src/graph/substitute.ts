/** Pieces of graph over other inputs. */
import { InternalError } from "../base/errors.js";
import { lastNodeId, type Node, topological, withInputs } from "./node.js";
import { noteOrigin, recordingOrigins } from "./origins.js";
import type { Graph } from "./primitives.js";

/** `outputs` rebuilt with the keys of `replacement` standing for their values; what does not depend on a key stays the same node. */
export function substitute(outputs: readonly Node[], replacement: ReadonlyMap<Node, Node>): Node[] {
  const result = new Map<Node, Node>();
  const find = (node: Node): Node => result.get(node) ?? node;
  for (const node of topological(outputs)) {
    const before = lastNodeId();
    result.set(node, replacement.get(node) ?? withInputs(node, node.inputs.map(find)));
    if (recordingOrigins()) noteOrigin(before, { kind: "copy", of: node });
  }
  return outputs.map(find);
}

/** The results of `graph` applied to `inputs`. */
export function instantiate(graph: Graph, inputs: readonly Node[]): Node[] {
  const replacement = new Map<Node, Node>();
  graph.inputs.forEach((placeholder, i) => {
    const input = inputs[i];
    if (input === undefined)
      throw new InternalError(`a graph of ${graph.inputs.length} inputs was given ${inputs.length}`);
    replacement.set(placeholder, input);
  });
  return substitute(graph.outputs, replacement);
}

/** The nodes that `outputs` depend on, in order, and which of them depend on (or are among) `roots` by way of nodes that `passes` admits. */
export function dependents(
  outputs: readonly Node[],
  roots: Iterable<Node>,
  passes: (node: Node) => boolean,
): { readonly order: readonly Node[]; readonly dependent: ReadonlySet<Node> } {
  const order = topological(outputs);
  const dependent = new Set<Node>(roots);
  for (const node of order) {
    if (!dependent.has(node) && passes(node) && node.inputs.some((input) => dependent.has(input))) dependent.add(node);
  }
  return { order, dependent };
}
