/** What a kernel computes, as formulas over the names of the graph's listing. */
import { isLeafInMemory } from "../compiler/terms.js";
import { type Node, topological } from "../graph/node.js";
import { isElementwise, type Primitive } from "../graph/primitives.js";

const infix: Partial<Record<Primitive, string>> = {
  add: "+",
  sub: "−",
  mul: "·",
  div: "/",
  and: "&",
  or: "|",
  xor: "^",
  eq: "=",
  ne: "≠",
  lt: "<",
  le: "≤",
};

/** Deeper than this a formula is cut. */
const deepest = 12;

export class Names {
  private readonly names = new Map<Node, string>();

  /** The numbers that `printGraph(outputs)` gives, with `mark` before them. */
  constructor(outputs: readonly Node[], mark = "%") {
    topological(outputs).forEach((node, i) => {
      this.names.set(node, `${mark}${i + 1}`);
    });
  }

  of(node: Node): string {
    if (node.op === "input") return node.params.name;
    if (node.op === "variable") return node.params.variable.name;
    const known = this.names.get(node);
    if (known !== undefined) return known;
    // Results that nobody asked for have no line in the listing.
    const source = node.inputs[0];
    return node.op === "project" && source !== undefined ? `${this.of(source)}.${node.params.index}` : node.op;
  }

  /** `%7 = max(matmul(%1, %2) + %3, 0)` for a node that a kernel writes; `stored` are those that it finds in memory. */
  formula(root: Node, stored: ReadonlySet<Node>): string {
    return `${this.of(root)} = ${this.text(root, stored, 0, true)}`;
  }

  private text(node: Node, stored: ReadonlySet<Node>, depth: number, root = false): string {
    if (node.op === "literal" || node.op === "scalar") return `${node.params.value}`;
    if (!root && (stored.has(node) || isLeafInMemory(node))) return this.of(node);
    if (node.op === "project") return this.of(node);
    if (depth >= deepest) return "…";
    const inner = (i: number): string => {
      const x = node.inputs[i];
      return x === undefined ? "" : this.text(x, stored, depth + 1);
    };
    const sign = infix[node.op];
    if (sign !== undefined) return root ? `${inner(0)} ${sign} ${inner(1)}` : `(${inner(0)} ${sign} ${inner(1)})`;
    switch (node.op) {
      case "broadcast":
      case "reshape":
      case "identity":
      case "stopGradient":
        return inner(0);
      case "neg":
        return `−${inner(0)}`;
      case "iota":
        return `iota[axis ${node.params.axis}]`;
      case "cast":
        return `${node.dtype}(${inner(0)})`;
      case "permute":
        return `permute[${node.params.permutation}](${inner(0)})`;
      case "slice":
        return `slice(${inner(0)})`;
      case "sum":
      case "prod":
      case "reduceMax":
      case "reduceMin":
        return `${node.op}[${node.params.axes}](${inner(0)})`;
      case "argmax":
      case "argmin":
      case "cumsum":
      case "cumprod":
        return `${node.op}[${node.params.axis}](${inner(0)})`;
      case "integerPow":
        return `${inner(0)}^${node.params.exponent}`;
      default: {
        const args = node.inputs.map((_, i) => inner(i)).join(", ");
        return isElementwise(node.op) || args !== "" ? `${node.op}(${args})` : node.op;
      }
    }
  }
}
