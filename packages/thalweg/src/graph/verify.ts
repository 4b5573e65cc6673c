/**
 * Checks that a graph is what the rest of Thalweg takes it to be: run after each pass in tests and in the debug mode. Every misfit is an internal
 * error that names the node and shows the graph around it.
 */
import { allocate, isFloat } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { formatShape, type Shape, sameShape, sizeOf } from "../base/shape.js";
import type { Node } from "./node.js";
import { type Aval, type Graph, isBinary, isCompare, type Primitive, type PrimitiveParams } from "./primitives.js";
import { printGraph } from "./print.js";
import { inferShape } from "./shapes.js";

/**
 * Throws an `InternalError` unless the graph has no circle, every node's shape and dtype are those that its op gives for its inputs, numbers in
 * parameters are finite where they must be, several results are used through `project` only, and bodies of `scan` and `custom` reach no input
 * but their own.
 */
export function verifyGraph(outputs: readonly Node[]): void {
  for (const output of outputs) requireSingle(output, "an output of the graph");
  verifyNodes(outputs, undefined);
}

function verifyNodes(outputs: readonly Node[], allowed: ReadonlySet<Node> | undefined): void {
  for (const node of acyclic(outputs)) {
    if (node.op === "input" && allowed !== undefined && !allowed.has(node)) {
      fail(node, `input "${node.params.name}" is used inside a body that it does not belong to`);
    }
    verifyNode(node);
  }
}

/** The nodes that `outputs` depend on; an error where one depends on itself. */
function acyclic(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack: { readonly node: Node; next: number }[] = [];
  const enter = (node: Node): void => {
    const known = state.get(node);
    if (known === "open") throw new InternalError(`a ${node.op} (node ${node.id}) depends on itself`);
    if (known === "done") return;
    state.set(node, "open");
    stack.push({ node, next: 0 });
  };
  for (const output of outputs) {
    enter(output);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next];
      if (input === undefined) {
        state.set(top.node, "done");
        order.push(top.node);
        stack.pop();
      } else {
        top.next += 1;
        enter(input);
      }
    }
  }
  return order;
}

function verifyNode(node: Node): void {
  verifyParams(node);
  if (node.op !== "project") {
    node.inputs.forEach((input, i) => {
      requireSingle(input, `input ${i} of a ${node.op}`);
    });
  }
  const expectedInputs = inputCount(node);
  if (expectedInputs !== undefined && node.inputs.length !== expectedInputs) {
    fail(node, `${node.op} takes ${expectedInputs} inputs, not ${node.inputs.length}`);
  }
  verifyShape(node);
  if (node.op === "scan" || node.op === "custom") verifyBody(node, node.params.body);
}

function verifyShape(node: Node): void {
  switch (node.op) {
    case "input":
      return requireShape(node, node.shape);
    case "literal":
    case "scalar":
      if (node.shape.length !== 0) fail(node, `a ${node.op} has rank 0, not shape ${formatShape(node.shape)}`);
      return;
    case "buffer": {
      requireShape(node, node.shape);
      const storage = node.storage;
      if (storage === undefined) return fail(node, "a buffer without a value");
      if (storage.length !== sizeOf(node.shape) || storage.constructor !== allocate(node.dtype, 0).constructor) {
        fail(node, `a buffer of ${describe(node)} holds ${storage.constructor.name}(${storage.length})`);
      }
      return;
    }
    default:
      return compareShape(node, inferShape<Primitive>(node.op, node.inputs, node.params as PrimitiveParams[Primitive]));
  }
}

function compareShape(node: Node, inferred: Aval | readonly Aval[]): void {
  const expected = Array.isArray(inferred) ? (inferred as readonly Aval[]) : undefined;
  if ((expected === undefined) !== (node.outputs === undefined)) fail(node, "one result was taken for several");
  const found = node.outputs ?? [node];
  const due = expected ?? [inferred as Aval];
  if (found.length !== due.length) fail(node, `${found.length} results where ${due.length} are due`);
  found.forEach((aval, i) => {
    const other = due[i];
    requireShape(node, aval.shape);
    if (other === undefined || aval.dtype !== other.dtype || !sameShape(aval.shape, other.shape)) {
      fail(node, `result ${i} is ${describe(aval)} where ${other === undefined ? "none" : describe(other)} is due`);
    }
  });
}

function verifyBody(node: Node, body: Graph): void {
  body.inputs.forEach((input) => {
    if (input.op !== "input") fail(node, `the body's inputs must be input nodes, one is a ${input.op}`);
  });
  if (new Set(body.inputs).size !== body.inputs.length) fail(node, "the body has one input node twice");
  for (const output of body.outputs) requireSingle(output, `an output of the body of a ${node.op}`);
  verifyNodes(body.outputs, new Set(body.inputs));
}

function verifyParams(node: Node): void {
  switch (node.op) {
    case "literal":
    case "scalar":
      requireValue(node, node.params.value);
      break;
    case "pad":
      if (node.params.interior.length !== node.shape.length) fail(node, "pad must give every axis its interior");
      requireValue(node, node.params.value);
      break;
    case "iota":
      if (node.params.shape[node.params.axis] === undefined || node.dtype === "bool")
        fail(node, "iota has no such axis or dtype");
      break;
    case "slice":
      if (
        node.params.size.length !== node.params.start.length ||
        node.params.step.length !== node.params.start.length
      ) {
        fail(node, "slice must give every axis start, size and step");
      }
      if (node.params.step.includes(0)) fail(node, "slice with step 0");
      break;
    case "concat":
      if (node.inputs[0]?.shape[node.params.axis] === undefined) fail(node, `concat has no axis ${node.params.axis}`);
      break;
    case "reduceMax":
    case "reduceMin": {
      const shape = node.inputs[0]?.shape ?? [];
      const empty = node.params.axes.some((axis) => shape[axis] === 0);
      if (empty && sizeOf(node.shape) > 0) fail(node, `${node.op} over an axis of size 0`);
      break;
    }
    case "scan": {
      const { length, constants, carries } = node.params;
      if (![length, constants, carries].every((n) => Number.isInteger(n) && n >= 0)) {
        fail(node, `scan with length ${length}, ${constants} constants and ${carries} carries`);
      }
      break;
    }
    default:
      break;
  }
  for (const [key, value] of Object.entries(node.params) as [string, unknown][]) {
    if (key !== "value") requireFinite(node, key, value);
  }
}

/** Any number is a value of a float; the others have no infinity, no NaN and no fractions. */
function requireValue(node: Node, value: number): void {
  const fits = isFloat(node.dtype) || (node.dtype === "bool" ? value === 0 || value === 1 : (value | 0) === value);
  if (!fits) fail(node, `${value} is not a value of ${node.dtype}`);
}

function requireFinite(node: Node, key: string, value: unknown): void {
  if (typeof value === "number" && !Number.isFinite(value)) fail(node, `parameter ${key} is ${value}`);
  if (Array.isArray(value)) for (const item of value as unknown[]) requireFinite(node, key, item);
}

function inputCount(node: Node): number | undefined {
  switch (node.op) {
    case "input":
    case "buffer":
    case "variable":
    case "literal":
    case "scalar":
    case "iota":
      return 0;
    case "select":
    case "scatterAdd":
    case "scatterSet":
      return 3;
    case "matmul":
    case "gather":
      return 2;
    case "concat":
    case "scan":
    case "host":
    case "custom":
      return undefined;
    default:
      return isBinary(node.op) || isCompare(node.op) ? 2 : 1;
  }
}

function requireSingle(node: Node, role: string): void {
  if (node.outputs !== undefined) fail(node, `${role} has several results: one must be projected`);
}

function requireShape(node: Node, shape: Shape): void {
  if (!shape.every((d) => Number.isInteger(d) && d >= 0)) fail(node, `${formatShape(shape)} is not a shape`);
}

function describe({ shape, dtype }: Aval): string {
  return `${dtype}${formatShape(shape)}`;
}

function fail(node: Node, what: string): void {
  const close = node.outputs === undefined ? printGraph([node]) : "";
  throw new InternalError(`node ${node.id}, ${node.op}: ${what}\n${close.split("\n").slice(-12).join("\n")}`);
}
