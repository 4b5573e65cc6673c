/** Smaller graphs that still fail: fewer outputs and updates, and values in place of what made them. */
import type { TypedArray } from "../../src/base/dtype.js";
import { evaluateGraph } from "../../src/debug/bounded.js";
import { makeInput, type Node, topological } from "../../src/graph/node.js";
import { substitute } from "../../src/graph/substitute.js";
import type { FuzzCase } from "./generate.js";

/** The smallest case found for which `fails` holds, within about `budget` attempts. */
export function shrink(start: FuzzCase, fails: (c: FuzzCase) => boolean, budget = 300): FuzzCase {
  let best = start;
  let left = budget;
  const attempt = (c: FuzzCase): boolean => {
    if (left <= 0) return false;
    left -= 1;
    const smaller = withoutUnused(c);
    if (!fails(smaller)) return false;
    best = smaller;
    return true;
  };
  attempt(best);
  for (let progress = true; progress && left > 0; ) {
    progress = fewerEnds(best, attempt);
    for (const node of topological(rootsOf(best)).reverse()) {
      if (node.inputs.length === 0 || node.outputs !== undefined) continue;
      if (attempt(cut(best, node))) {
        progress = true;
        break;
      }
    }
  }
  return best;
}

function rootsOf(c: FuzzCase): Node[] {
  return [...c.outputs, ...c.updates.map((u) => u.value)];
}

function fewerEnds(c: FuzzCase, attempt: (c: FuzzCase) => boolean): boolean {
  for (let i = 0; i < c.updates.length; i += 1) {
    if (attempt({ ...c, updates: c.updates.filter((_, n) => n !== i) })) return true;
  }
  if (c.outputs.length > 1 || c.updates.length > 0) {
    for (let i = 0; i < c.outputs.length; i += 1) {
      if (attempt({ ...c, outputs: c.outputs.filter((_, n) => n !== i) })) return true;
    }
  }
  return false;
}

/** The case with an input in place of `node`, of the same value. */
function cut(c: FuzzCase, node: Node): FuzzCase {
  const given = new Map([...c.inputs, ...c.states].map((x) => [x.node, x.value]));
  const values = evaluateGraph([node], (n) => {
    const value = given.get(n);
    return value === undefined ? undefined : { value, error: undefined };
  });
  const value = values.get(node)?.[0]?.value as TypedArray;
  const input = makeInput(`cut${node.id}`, node);
  const replaced = substitute(rootsOf(c), new Map([[node, input]]));
  return {
    inputs: [...c.inputs, { node: input, value }],
    states: c.states,
    outputs: replaced.slice(0, c.outputs.length),
    updates: c.updates.map((u, i) => ({ variable: u.variable, value: replaced[c.outputs.length + i] ?? u.value })),
  };
}

function withoutUnused(c: FuzzCase): FuzzCase {
  const used = new Set(topological(rootsOf(c)));
  const written = new Set(c.updates.map((u) => u.variable));
  return {
    ...c,
    inputs: c.inputs.filter((x) => used.has(x.node)),
    states: c.states.filter((s) => used.has(s.node) || written.has(s.variable)),
  };
}
