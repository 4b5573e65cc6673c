/** Closing a piece of graph: what it uses from outside becomes an input of its own. */
import { makeInput, type Node } from "./node.js";
import { dependents, substitute } from "./substitute.js";

export interface Closed {
  readonly outputs: readonly Node[];
  /** The nodes from outside, and the `input` nodes that stand for them in `outputs`. */
  readonly lifted: ReadonlyMap<Node, Node>;
}

/** `outputs` as a graph over `placeholders` and as few other inputs as possible. Plain constants stay inside. */
export function close(outputs: readonly Node[], placeholders: readonly Node[]): Closed {
  const lifted = new Map<Node, Node>();
  const { order, dependent } = dependents(outputs, placeholders, () => true);
  const lift = (node: Node): void => {
    if (dependent.has(node) || lifted.has(node) || isPlainConstant(node)) return;
    lifted.set(node, makeInput("constant", node));
  };
  for (const node of outputs) lift(node);
  for (const node of order) if (dependent.has(node)) node.inputs.forEach(lift);
  return { outputs: lifted.size === 0 ? outputs : substitute(outputs, lifted), lifted };
}

/** Numbers, ranges and their views cost nothing to have inside. */
export function isPlainConstant(node: Node): boolean {
  switch (node.op) {
    case "literal":
    case "iota":
      return true;
    case "broadcast":
    case "reshape":
    case "cast":
      return node.inputs.every(isPlainConstant);
    default:
      return false;
  }
}
