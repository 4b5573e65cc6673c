/**
 * Graph → smaller graph: equal nodes become one, constants fold, views that do nothing vanish, whole powers turn into products, custom rules
 * into their bodies, identities into their inputs. Values stay the same to the bit, except that x·0 is not folded and so NaN survives.
 */
import { InternalError } from "../base/errors.js";
import { sameShape } from "../base/shape.js";
import { broadcastTo, div, full, mul, permute, reshape } from "../graph/build.js";
import { paramsKey } from "../graph/key.js";
import { make, type Node, type NodeFor, topological, withInputs } from "../graph/node.js";
import type { Graph, Primitive } from "../graph/primitives.js";
import { pruneScans } from "./prune-scans.js";

/** The simplified forms of `outputs`, in order. Inputs and variables stay the same nodes. */
export function simplify(outputs: readonly Node[]): Node[] {
  return pruneScans(new Simplifier().run(outputs));
}

class Simplifier {
  private readonly done = new Map<Node, Node>();
  private readonly unique = new Map<string, Node>();
  /** Results of custom nodes, which have no node of their own. */
  private readonly bodies = new Map<Node, readonly Node[]>();

  run(outputs: readonly Node[]): Node[] {
    for (const node of topological(outputs)) this.visit(node);
    return outputs.map((n) => this.resultOf(n));
  }

  private resultOf(node: Node): Node {
    const result = this.done.get(node);
    if (result === undefined) throw new InternalError(`simplify: ${node.op} was not visited`);
    return result;
  }

  private visit(node: Node): void {
    if (this.done.has(node)) return;
    if (node.op === "custom") {
      this.bodies.set(
        node,
        this.inline(
          node.params.body,
          node.inputs.map((n) => this.resultOf(n)),
        ),
      );
      this.done.set(node, node);
      return;
    }
    const source = node.inputs[0];
    if (node.op === "project" && source !== undefined) {
      const body = this.bodies.get(source)?.[node.params.index];
      if (body !== undefined) {
        this.done.set(node, body);
        return;
      }
    }
    this.done.set(
      node,
      this.intern(
        withInputs(
          node,
          node.inputs.map((n) => this.resultOf(n)),
        ),
      ),
    );
  }

  /** The simplest node that equals `node`, whose inputs are simple already. */
  private intern(node: Node): Node {
    const simpler = rewrite(node);
    if (simpler !== node)
      return simpler.inputs.every((n) => this.known(n)) ? this.intern(simpler) : this.internTree(simpler);
    const key = `${node.op}(${node.inputs.map((n) => n.id).join()};${node.op === "buffer" ? node.id : paramsKey(node)})`;
    const existing = this.unique.get(key);
    if (existing !== undefined) return existing;
    this.unique.set(key, node);
    this.done.set(node, node);
    return node;
  }

  private known(node: Node): boolean {
    return this.done.get(node) === node;
  }

  /** A rewritten node whose inputs are new as well. */
  private internTree(node: Node): Node {
    const inputs = node.inputs.map((n) => (this.known(n) ? n : this.internTree(n)));
    return this.intern(withInputs(node, inputs));
  }

  private inline(body: Graph, inputs: readonly Node[]): readonly Node[] {
    const outer = new Map<Node, Node>();
    body.inputs.forEach((slot, i) => {
      const value = inputs[i];
      if (value !== undefined) outer.set(slot, value);
    });
    const copies = new Map<Node, Node>();
    for (const node of topological(body.outputs)) {
      const bound = outer.get(node);
      copies.set(
        node,
        bound ??
          withInputs(
            node,
            node.inputs.map((n) => copies.get(n) ?? n),
          ),
      );
    }
    const outputs = body.outputs.map((n) => copies.get(n) ?? n);
    for (const node of topological(outputs)) this.visit(node);
    return outputs.map((n) => this.resultOf(n));
  }
}

/** The number that every element of `node` is, if that is known. */
export function constantOf(node: Node): number | undefined {
  let n: Node = node;
  while (n.op === "broadcast" || n.op === "reshape" || n.op === "permute" || n.op === "slice") {
    const input = n.inputs[0];
    if (input === undefined) return undefined;
    n = input;
  }
  return n.op === "literal" ? n.params.value : undefined;
}

function input(node: Node, i: number): Node {
  const x = node.inputs[i];
  if (x === undefined) throw new InternalError(`${node.op} lacks input ${i}`);
  return x;
}

function rewrite(node: Node): Node {
  switch (node.op) {
    case "identity":
    case "stopGradient":
      return input(node, 0);
    case "cast":
      return rewriteCast(node);
    case "reshape":
      return rewriteReshape(node);
    case "broadcast": {
      const x = input(node, 0);
      if (sameShape(x.shape, node.shape)) return x;
      return x.op === "broadcast" ? broadcastTo(input(x, 0), node.shape) : node;
    }
    case "permute": {
      const x = input(node, 0);
      const { permutation } = node.params;
      if (x.op === "permute") {
        const inner = x.params.permutation;
        return permute(
          input(x, 0),
          permutation.map((i) => inner[i] ?? 0),
        );
      }
      return permutation.every((axis, i) => axis === i) ? x : node;
    }
    case "slice": {
      const x = input(node, 0);
      const whole = node.params.start.every((s) => s === 0) && node.params.step.every((s) => s === 1);
      return whole && sameShape(x.shape, node.shape) ? x : node;
    }
    case "concat":
      return node.inputs.length === 1 ? input(node, 0) : node;
    case "sum":
    case "prod":
    case "reduceMax":
    case "reduceMin": {
      const x = input(node, 0);
      return node.params.axes.every((a) => x.shape[a] === 1) ? reshape(x, node.shape) : node;
    }
    case "integerPow":
      return rewritePower(node);
    case "neg":
      return input(node, 0).op === "neg" ? input(input(node, 0), 0) : foldUnary(node, (x) => -x);
    case "add":
    case "sub":
    case "mul":
    case "div":
      return rewriteArithmetic(node);
    case "select": {
      const c = constantOf(input(node, 0));
      return c === undefined ? node : input(node, c === 0 ? 2 : 1);
    }
    default:
      return node;
  }
}

function rewriteCast(node: NodeFor<"cast">): Node {
  const x = input(node as Node, 0);
  if (x.dtype === node.dtype) return x;
  const c = constantOf(x);
  if (c === undefined) return node as Node;
  if (node.dtype === "bool") return full(node.shape, c !== 0 ? 1 : 0, "bool");
  if (node.dtype === "int32" && !(Number.isInteger(c) && Math.abs(c) < 2 ** 31)) return node as Node;
  return full(node.shape, node.dtype === "float32" ? Math.fround(c) : c, node.dtype);
}

function rewriteReshape(node: NodeFor<"reshape">): Node {
  const x = input(node as Node, 0);
  if (sameShape(x.shape, node.shape)) return x;
  if (x.op === "reshape") return reshape(input(x, 0), node.shape);
  if (x.op === "literal") return node as Node;
  const c = constantOf(x);
  return c === undefined ? (node as Node) : full(node.shape, c, node.dtype);
}

function foldUnary(node: Node, f: (x: number) => number): Node {
  const c = constantOf(input(node, 0));
  return c === undefined || node.dtype === "int32" ? node : full(node.shape, f(c), node.dtype);
}

const round = (x: number, node: Node): number => (node.dtype === "float32" ? Math.fround(x) : x);

function rewriteArithmetic(node: Node & { readonly op: Primitive }): Node {
  const [x, y] = [input(node, 0), input(node, 1)];
  const [a, b] = [constantOf(x), constantOf(y)];
  if (node.dtype === "int32") return node;
  if (a !== undefined && b !== undefined) {
    const value = node.op === "add" ? a + b : node.op === "sub" ? a - b : node.op === "mul" ? a * b : a / b;
    return full(node.shape, round(value, node), node.dtype);
  }
  // x + 0 is x, except that -0 + 0 is +0; x + (-0) is x always.
  if (node.op === "add") {
    if (b === 0 && Object.is(b, -0)) return x;
    if (a === 0 && Object.is(a, -0)) return y;
  }
  if (node.op === "sub" && b === 0 && !Object.is(b, -0)) return x;
  if (node.op === "mul") {
    if (b === 1) return x;
    if (a === 1) return y;
    if (b === -1) return make("neg", [x], {});
    if (a === -1) return make("neg", [y], {});
  }
  if (node.op === "div" && b !== undefined) {
    if (b === 1) return x;
    // Division by a power of two is a product, exactly.
    const exponent = Math.log2(Math.abs(b));
    if (Number.isInteger(exponent) && Math.abs(exponent) < 100) return mul(x, full(node.shape, 1 / b, node.dtype));
  }
  return node;
}

/** xⁿ by repeated squaring; negative n as 1 / x⁻ⁿ. */
function rewritePower(node: NodeFor<"integerPow">): Node {
  const x = input(node as Node, 0);
  const n = node.params.exponent;
  if (n === 0) return full(node.shape, 1, node.dtype);
  if (n < 0) return div(full(node.shape, 1, node.dtype), make("integerPow", [x], { exponent: -n }));
  if (n === 1) return x;
  const half = make("integerPow", [x], { exponent: Math.floor(n / 2) });
  const square = mul(half, half);
  return n % 2 === 0 ? square : mul(square, x);
}
