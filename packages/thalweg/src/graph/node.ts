/** Nodes of the graph: immutable, typed, made by `make`; the one change a node ever sees is to become a leaf when its value is known. */
import type { DType, TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import type { Shape } from "../base/shape.js";
import type { Aval, Primitive, PrimitiveParams } from "./primitives.js";
import { inferShape } from "./shapes.js";

interface NodeOf<P extends Primitive> {
  readonly id: number;
  readonly op: P;
  readonly inputs: readonly Node[];
  readonly params: PrimitiveParams[P];
  /** Of the only result; of a node with several results they mean nothing: see `outputs`. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Of `scan`, `host` and `custom`: their results, which `project` selects. */
  readonly outputs: readonly Aval[] | undefined;
  /** Of a `buffer`: its value, row-major. Never changed. */
  readonly storage: TypedArray | undefined;
}

export type Node = { [P in Primitive]: NodeOf<P> }[Primitive];
export type NodeFor<P extends Primitive> = NodeOf<P>;

let nextId = 1;

/** The id of the node made last. Ids grow by one from node to node. */
export function lastNodeId(): number {
  return nextId - 1;
}

const nothing: readonly Node[] = [];

/** A node of `op`. Shapes and dtypes must fit already: callers check what users pass, a misfit here is an internal error. */
export function make<P extends Primitive>(op: P, inputs: readonly Node[], params: PrimitiveParams[P]): Node {
  const result = inferShape(op, inputs, params);
  return construct(op, inputs, params, result, undefined);
}

export function makeBuffer(shape: Shape, dtype: DType, storage: TypedArray): Node {
  return construct("buffer", nothing, {}, { shape, dtype }, storage);
}

/** A placeholder of a traced function. */
export function makeInput(name: string, aval: Aval): Node {
  return construct("input", nothing, { name }, aval, undefined);
}

/** A number of the program; rank 0. */
export function makeLiteral(value: number, dtype: DType): Node {
  return construct("literal", nothing, { value }, { shape: [], dtype }, undefined);
}

/** A number given at each run; rank 0. */
export function makeScalar(value: number, dtype: DType): Node {
  return construct("scalar", nothing, { value }, { shape: [], dtype }, undefined);
}

function construct<P extends Primitive>(
  op: P,
  inputs: readonly Node[],
  params: PrimitiveParams[P],
  result: Aval | readonly Aval[],
  storage: TypedArray | undefined,
): Node {
  const several = Array.isArray(result);
  const first: Aval = several ? { shape: [], dtype: "float32" } : (result as Aval);
  const node: NodeOf<P> = {
    id: nextId,
    op,
    inputs,
    params,
    shape: first.shape,
    dtype: first.dtype,
    outputs: several ? (result as readonly Aval[]) : undefined,
    storage,
  };
  nextId += 1;
  // The union over P of NodeOf<P> is what NodeOf<P> with a generic P stands for; TypeScript cannot see that.
  return node as unknown as Node;
}

/** Makes a node a leaf that holds its value, and lets go of what it was computed from. */
export function settle(node: Node, storage: TypedArray): void {
  if (node.outputs !== undefined) throw new InternalError(`a node of several results (${node.op}) cannot hold a value`);
  const open = node as { -readonly [K in keyof Node]: unknown };
  open.op = "buffer";
  open.inputs = nothing;
  open.params = {};
  open.storage = storage;
}

/** The nodes made of each node with several results. */
const projections = new WeakMap<Node, Node[]>();

/** Result `index` of a node with several. */
export function project(node: Node, index: number): Node {
  const result = make("project", [node], { index });
  const known = projections.get(node);
  if (known === undefined) projections.set(node, [result]);
  else known.push(result);
  return result;
}

/** All results that were asked of the node that `result` was projected from, itself included: computing one computes all. */
export function siblings(result: Node): readonly Node[] {
  const source = result.op === "project" ? result.inputs[0] : undefined;
  return (source === undefined ? undefined : projections.get(source)) ?? [result];
}

/** The nodes that `outputs` depend on, each after its inputs. Does not enter the bodies of scan and custom. */
export function topological(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output)) continue;
    seen.add(output);
    stack.push({ node: output, next: 0 });
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next];
      if (input === undefined) {
        order.push(top.node);
        stack.pop();
      } else {
        top.next += 1;
        if (!seen.has(input)) {
          seen.add(input);
          stack.push({ node: input, next: 0 });
        }
      }
    }
  }
  return order;
}

/** The same node over other inputs; itself when they are the same. */
export function withInputs(node: Node, inputs: readonly Node[]): Node {
  if (inputs.every((input, i) => input === node.inputs[i])) return node;
  return make(node.op, inputs, node.params as PrimitiveParams[typeof node.op]);
}
