/**
 * Lazy evaluation: a pending graph is brought into a canonical form (its values and plain numbers become inputs), looked up by structure
 * in a bounded cache of programs, run, and its nodes turn into leaves that hold their values.
 */
import type { TypedArray } from "../base/dtype.js";
import { InternalError, TraceError } from "../base/errors.js";
import { formatShape, sizeOf } from "../base/shape.js";
import { paramsKey } from "../graph/key.js";
import { makeInput, type Node, settle, siblings, topological, withInputs } from "../graph/node.js";
import { type Device, device, type Program } from "./device.js";

/** Programs kept. One entry is some 10 to 100 kB of code. */
const capacity = 512;

const caches = new WeakMap<Device, Map<string, Program>>();

/** Computes `nodes` and makes them leaves. */
export function realize(nodes: readonly Node[]): void {
  const pending = withSiblings(nodes);
  if (pending.length === 0) return;
  const order = topological(pending);
  const values: (TypedArray | number)[] = [];
  const key = structuralKey(order, pending, values);
  const target = device();
  let cache = caches.get(target);
  if (cache === undefined) {
    cache = new Map();
    caches.set(target, cache);
  }
  let program = cache.get(key);
  if (program === undefined) {
    program = compileOrder(target, order, pending);
    if (cache.size >= capacity) evictOldest(cache);
  } else {
    cache.delete(key);
  }
  cache.set(key, program); // last in insertion order: most recently used
  const results = program.run(values);
  pending.forEach((node, i) => {
    const storage = results[i];
    if (storage === undefined || storage.length !== sizeOf(node.shape))
      throw new InternalError("a program gave too few results");
    settle(node, storage);
  });
}

/** What is to be computed: also all results of host algorithms on the way, so that they need not run again for another of them. */
function withSiblings(nodes: readonly Node[]): readonly Node[] {
  const pending = nodes.filter((n) => n.op !== "buffer");
  const others = new Set(pending);
  for (const node of topological(pending)) {
    if (node.op !== "project" || node.inputs[0]?.op !== "host") continue;
    for (const result of siblings(node)) if (result.op === "project") others.add(result);
  }
  return others.size === pending.length ? pending : [...others];
}

function evictOldest(cache: Map<string, Program>): void {
  for (const [key, program] of cache) {
    program.dispose();
    cache.delete(key);
    return;
  }
}

/** Text that is equal for graphs that one program serves; fills `values` with what it is to be run on. */
function structuralKey(order: readonly Node[], outputs: readonly Node[], values: (TypedArray | number)[]): string {
  const position = new Map<Node, number>();
  let key = "";
  for (let i = 0; i < order.length; i += 1) {
    const node = order[i] as Node;
    position.set(node, i);
    switch (node.op) {
      case "buffer":
        if (node.storage === undefined) throw new InternalError("a buffer without a value");
        values.push(node.storage);
        key += `b${node.dtype}${node.shape};`;
        break;
      case "input":
        throw new TraceError(
          `a tensor of shape ${formatShape(node.shape)} stands for an argument of a function that was traced and has ended, so that it and what was computed from it have no values; return them from that function`,
        );
      case "scalar":
        values.push(node.params.value);
        key += `s${node.dtype};`;
        break;
      default: {
        let inputs = "";
        for (const input of node.inputs) inputs += `${position.get(input)},`;
        key += `${node.op}(${inputs}${paramsKey(node)});`;
      }
    }
  }
  for (const node of outputs) key += `>${position.get(node)}`;
  return key;
}

function compileOrder(target: Device, order: readonly Node[], outputs: readonly Node[]): Program {
  const inputs: Node[] = [];
  const replaced = new Map<Node, Node>();
  for (const node of order) {
    if (node.op === "buffer" || node.op === "scalar") {
      const input = makeInput(`x${inputs.length}`, node);
      inputs.push(input);
      replaced.set(node, input);
    } else {
      replaced.set(
        node,
        withInputs(
          node,
          node.inputs.map((n) => replaced.get(n) ?? n),
        ),
      );
    }
  }
  return target.compile({ inputs, outputs: outputs.map((n) => replaced.get(n) ?? n), updates: [] });
}
