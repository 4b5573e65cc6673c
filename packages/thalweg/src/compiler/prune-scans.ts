/**
 * Takes out of scans what nobody looks at: stacked results, carries that only keep themselves alive, and the inputs that only these needed. A scan is
 * built with every carry stacked, for the sake of its derivative; where none is taken, this undoes it.
 */
import { make, type Node, type NodeFor, project, topological, withInputs } from "../graph/node.js";

/** `outputs` over pruned scans, those in the bodies of scans included. */
export function pruneScans(outputs: readonly Node[]): Node[] {
  const order = topological(outputs);
  const used = new Map<Node, Set<number>>();
  for (const node of order) {
    const source = node.inputs[0];
    if (node.op !== "project" || source?.op !== "scan") continue;
    const indices = used.get(source) ?? new Set();
    used.set(source, indices.add(node.params.index));
  }
  if (used.size === 0) return [...outputs];
  const pruned = new Map<Node, { readonly node: Node; readonly places: ReadonlyMap<number, number> }>();
  const done = new Map<Node, Node>();
  for (const node of order) {
    const inputs = node.inputs.map((n) => done.get(n) ?? n);
    const source = node.inputs[0];
    const scan = node.op === "project" && source !== undefined ? pruned.get(source) : undefined;
    if (node.op === "project" && scan !== undefined) {
      done.set(node, project(scan.node, scan.places.get(node.params.index) ?? node.params.index));
    } else if (node.op === "scan") {
      const result = prune(node, inputs, used.get(node) ?? new Set());
      pruned.set(node, result);
      done.set(node, result.node);
    } else {
      done.set(node, withInputs(node, inputs));
    }
  }
  return outputs.map((n) => done.get(n) ?? n);
}

function prune(
  scan: NodeFor<"scan">,
  inputs: readonly Node[],
  used: ReadonlySet<number>,
): { readonly node: Node; readonly places: ReadonlyMap<number, number> } {
  const { body, constants, carries, length, reverse } = scan.params;
  const kept = new Set(used);
  let needed: ReadonlySet<Node> = new Set();
  // A carry that a kept result needs is kept, and what it becomes then needs to be computed as well.
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    needed = new Set(topological(body.outputs.filter((_, i) => kept.has(i))));
    for (let k = 0; k < carries; k += 1) {
      const slot = body.inputs[constants + k];
      if (slot !== undefined && needed.has(slot)) kept.add(k);
    }
  }
  const carried = (i: number): boolean => i >= constants && i < constants + carries;
  const stays = body.inputs.map((slot, i) => (carried(i) ? kept.has(i - constants) : needed.has(slot)));
  const places = new Map<number, number>();
  const outputs = body.outputs.filter((_, i) => {
    if (kept.has(i)) places.set(i, places.size);
    return kept.has(i);
  });
  const count = (from: number, to: number): number => stays.slice(from, to).filter(Boolean).length;
  const node = make(
    "scan",
    inputs.filter((_, i) => stays[i]),
    {
      body: { inputs: body.inputs.filter((_, i) => stays[i]), outputs: pruneScans(outputs) },
      length,
      reverse,
      constants: count(0, constants),
      carries: count(constants, constants + carries),
    },
  );
  return { node, places };
}
