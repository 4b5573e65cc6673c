/** Random graphs through a compiled device, by seed. */
import { sizeOf } from "../../src/base/shape.js";
import { type Node, topological } from "../../src/graph/node.js";
import { printGraph } from "../../src/graph/print.js";
import type { Device } from "../../src/runtime/device.js";
import { checkCase, type Failure, type Tally } from "./check.js";
import { type FuzzCase, generate } from "./generate.js";
import { Random } from "./random.js";
import { shrink } from "./shrink.js";

export interface FuzzOptions {
  /** Whether a failing graph is made smaller. Default: true. */
  readonly shrinking?: boolean;
  /** Large shapes, which kernels cut into blocks. Default: false. */
  readonly large?: boolean;
}

/** Checks the graph of a seed: a text that tells how it fails, or undefined. */
export function fuzzSeed(
  seed: number,
  device: Device,
  tally: Tally,
  { shrinking = true, large = false }: FuzzOptions = {},
): string | undefined {
  let c: FuzzCase;
  try {
    c = generate(seed, large);
  } catch (error) {
    return `seed ${seed}: the generator failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  const failure = attempt(c, device, extraOf(seed, c), tally);
  if (failure === undefined) return undefined;
  let [small, reason] = [c, failure];
  if (shrinking) {
    const unused: Tally = { nodes: 0, elements: 0, unknown: 0 };
    small = shrink(c, (smaller) => {
      const found = attempt(smaller, device, [], unused);
      if (found !== undefined) reason = found;
      return found !== undefined;
    });
  }
  return describe(seed, small, reason);
}

function attempt(c: FuzzCase, device: Device, extra: readonly Node[], tally: Tally): Failure | undefined {
  try {
    return checkCase(c, device, extra, tally);
  } catch (error) {
    return {
      what: `the check failed: ${error instanceof Error ? error.message : String(error)}`,
      node: undefined,
      error,
    };
  }
}

/** In some cases half of the intermediate values are outputs too, so that kernels are cut in many ways. */
function extraOf(seed: number, c: FuzzCase): Node[] {
  const random = new Random(seed ^ 0x5bd1e995);
  if (random.chance(0.6)) return [];
  const order = topological([...c.outputs, ...c.updates.map((u) => u.value)]);
  return random.subset(
    order.filter((n) => n.outputs === undefined),
    random.pick([0.1, 0.5]),
  );
}

function describe(seed: number, c: FuzzCase, { what, node, error }: Failure): string {
  const lines = [`seed ${seed}: ${what}`];
  if (node !== undefined) lines.push(`at ${node.op} of shape [${node.shape}]:`, ...last(printGraph([node]), 12));
  lines.push("graph:", ...last(printGraph([...c.outputs, ...c.updates.map((u) => u.value)]), 60));
  for (const u of c.updates) lines.push(`update of ${u.variable.name}`);
  for (const { node: leaf, value } of [...c.inputs, ...c.states]) {
    const name = leaf.op === "input" ? leaf.params.name : leaf.op === "variable" ? leaf.params.variable.name : "";
    if (sizeOf(leaf.shape) <= 24)
      lines.push(`${name} = ${Array.from(value, (x) => (Object.is(x, -0) ? "-0" : String(x))).join(" ")}`);
  }
  if (error instanceof Error && error.stack !== undefined) lines.push(...error.stack.split("\n").slice(1, 9));
  return lines.join("\n");
}

function last(text: string, count: number): string[] {
  const lines = text.split("\n");
  return lines.length <= count ? lines : [`… ${lines.length - count} more lines`, ...lines.slice(-count)];
}
