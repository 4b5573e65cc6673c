/**
 * One random graph on a device, checked twice:
 *
 * - *Open*: every intermediate value is an output as well, and each node is held against the interpreter on the program's own values of its
 *   inputs.
 * - *Fused*: the program as it is, with a few intermediate outputs at most. Bits that differ from the open program's must lie within bounds
 *   that follow from what each op may be off. It runs twice, and gives the same bits.
 */
import type { TypedArray } from "../../src/base/dtype.js";
import { zeroSignFree } from "../../src/debug/accuracy.js";
import type { Bounded } from "../../src/debug/bound-values.js";
import { evaluateBounded } from "../../src/debug/bounded.js";
import { difference } from "../../src/debug/difference.js";
import { type Node, topological } from "../../src/graph/node.js";
import { verifyGraph } from "../../src/graph/verify.js";
import type { Device } from "../../src/runtime/device.js";
import type { FuzzCase } from "./generate.js";

export interface Failure {
  readonly what: string;
  /** Where the values first went wrong. */
  readonly node: Node | undefined;
  readonly error?: unknown;
}

interface Results {
  readonly outputs: readonly TypedArray[];
  readonly variables: readonly TypedArray[];
}

/** What was checked, so that a run can say how much it has seen. */
export interface Tally {
  nodes: number;
  elements: number;
  unknown: number;
}

export function checkCase(c: FuzzCase, device: Device, extra: readonly Node[], tally: Tally): Failure | undefined {
  const roots = [...c.outputs, ...c.updates.map((u) => u.value)];
  verifyGraph(roots);
  const order = topological(roots);
  const values = new Map<Node, TypedArray>();
  for (const { node, value } of [...c.inputs, ...c.states]) values.set(node, value);

  let opened: Results;
  const probes = order.filter((n) => n.outputs === undefined);
  try {
    opened = run(c, device, probes, 1);
  } catch (error) {
    return { what: `the open program: ${textOf(error)}`, node: undefined, error };
  }
  probes.forEach((node, i) => {
    const value = opened.outputs[i];
    if (value !== undefined) values.set(node, value);
  });
  for (const node of order) {
    const failure = checkNode(c, node, values, tally);
    if (failure !== undefined) return failure;
  }
  const lost = checkVariables(c, opened, values);
  if (lost !== undefined) return { what: `the open program: ${lost}`, node: undefined };

  const outputs = [...c.outputs, ...extra];
  let fused: Results;
  try {
    fused = run(c, device, outputs, 2);
  } catch (error) {
    return { what: `the fused program: ${textOf(error)}`, node: undefined, error };
  }
  return checkFused(c, order, outputs, fused, values, tally);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function run(c: FuzzCase, device: Device, outputs: readonly Node[], times: number): Results {
  const program = device.compile({ inputs: c.inputs.map((x) => x.node), outputs, updates: c.updates });
  try {
    let before: Results | undefined;
    for (let i = 0; i < times; i += 1) {
      for (const { variable, value } of c.states) variable.write(value);
      const given = c.inputs.map((x) => x.value.slice());
      const results = { outputs: program.run(given), variables: c.states.map((s) => s.variable.read()) };
      given.forEach((value, n) => {
        if (!sameBits(value, c.inputs[n]?.value)) throw new Error(`the program has changed its argument ${n}`);
      });
      if (before !== undefined) {
        const [now, then] = [
          [...results.outputs, ...results.variables],
          [...before.outputs, ...before.variables],
        ];
        now.forEach((value, n) => {
          if (!sameBits(value, then[n]))
            throw new Error(`result ${n} of the second run differs from that of the first`);
        });
      }
      before = results;
    }
    if (before === undefined) throw new Error("no run");
    return before;
  } finally {
    program.dispose();
    // The device's memory is not left to variables that nobody will use again.
    for (const { variable, value } of c.states) variable.write(value);
  }
}

export function sameBits(a: TypedArray, b: TypedArray | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}

/** A node against the interpreter, on the program's own values. */
function checkNode(c: FuzzCase, node: Node, values: ReadonlyMap<Node, TypedArray>, tally: Tally): Failure | undefined {
  if (node.outputs !== undefined) return undefined;
  const source = node.op === "project" ? node.inputs[0] : node;
  if (source === undefined) return undefined;
  const actual = values.get(node);
  let expected: Bounded | undefined;
  if (node.op === "input" || node.op === "variable") {
    const leaf = [...c.inputs, ...c.states].find((x) => x.node === node)?.value;
    expected = leaf === undefined ? undefined : { value: leaf, error: undefined };
  } else {
    const inputs = source.inputs.map((x): Bounded => ({ value: given(values, x), error: undefined }));
    expected = evaluateBounded(source, inputs)[node.op === "project" ? node.params.index : 0];
  }
  if (expected === undefined) return { what: "a value that nobody gave", node };
  tally.nodes += 1;
  const what = difference(actual, expected, node.dtype, zeroSignFree.has(source.op) || source.op === "custom", tally);
  return what === undefined ? undefined : { what: what.text, node };
}

function given(values: ReadonlyMap<Node, TypedArray>, node: Node): TypedArray {
  const value = values.get(node);
  if (value === undefined) throw new Error(`no value for ${node.op} ${node.id}`);
  return value;
}

function checkVariables(c: FuzzCase, results: Results, values: ReadonlyMap<Node, TypedArray>): string | undefined {
  for (const [i, state] of c.states.entries()) {
    const update = c.updates.find((u) => u.variable === state.variable);
    const due = update === undefined ? state.value : given(values, update.value);
    const found = results.variables[i];
    if (found === undefined || !sameBits(found, due)) {
      return `variable ${state.variable.name} ${update === undefined ? "has changed" : "does not hold its new value"}`;
    }
  }
  return undefined;
}

function checkFused(
  c: FuzzCase,
  order: readonly Node[],
  outputs: readonly Node[],
  fused: Results,
  values: ReadonlyMap<Node, TypedArray>,
  tally: Tally,
): Failure | undefined {
  const found = new Map<Node, TypedArray>();
  for (const [i, node] of outputs.entries()) {
    const value = fused.outputs[i];
    if (value === undefined) return { what: "the fused program gave too few results", node };
    const before = found.get(node);
    if (before !== undefined && !sameBits(before, value)) return { what: "two results of one node differ", node };
    found.set(node, value);
  }
  for (const [i, state] of c.states.entries()) {
    const update = c.updates.find((u) => u.variable === state.variable);
    const value = fused.variables[i];
    if (value === undefined) continue;
    if (update === undefined) {
      if (!sameBits(value, state.value))
        return { what: `variable ${state.variable.name} has changed`, node: state.node };
      continue;
    }
    const before = found.get(update.value);
    if (before !== undefined && !sameBits(before, value)) {
      return { what: `variable ${state.variable.name} and a result of the same node differ`, node: update.value };
    }
    found.set(update.value, value);
  }
  if ([...found].every(([node, value]) => sameBits(value, values.get(node)))) return undefined;
  // Some bits differ from the open program's: are they within what rounding may do?
  const leaves = new Map([...c.inputs, ...c.states].map((x) => [x.node, x.value]));
  const bounds = new Map<Node, readonly Bounded[]>();
  for (const node of order) {
    const leaf = leaves.get(node);
    let bounded: readonly Bounded[];
    if (leaf !== undefined) bounded = [{ value: leaf, error: undefined }];
    else if (node.op === "project") {
      const one = bounds.get(node.inputs[0] as Node)?.[node.params.index];
      bounded = one === undefined ? [] : [one];
    } else {
      const inputs = node.inputs.map(
        (x): Bounded => bounds.get(x)?.[0] ?? { value: given(values, x), error: undefined },
      );
      bounded = evaluateBounded(node, inputs);
    }
    const actual = found.get(node);
    const expected = bounded[0];
    if (actual !== undefined && expected !== undefined) {
      const what = difference(actual, expected, node.dtype, true, tally);
      if (what !== undefined) return { what: `fused: ${what.text}`, node };
      // From here on the program's own value counts.
      bounded = [{ value: actual, error: undefined }];
    }
    bounds.set(node, bounded);
  }
  return undefined;
}
