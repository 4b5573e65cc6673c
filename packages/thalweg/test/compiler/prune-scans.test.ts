import assert from "node:assert/strict";
import { test } from "node:test";
import { pruneScans } from "../../src/compiler/prune-scans.js";
import { add, mul } from "../../src/graph/build.js";
import { loop } from "../../src/graph/loop.js";
import { makeInput, type Node, type NodeFor, topological } from "../../src/graph/node.js";
import { interpret } from "../../src/targets/interpreter/interpret.js";

const f64 = (name: string, shape: readonly number[]): Node => makeInput(name, { shape, dtype: "float64" });
const [a, b, c] = [f64("a", []), f64("b", []), f64("c", [])];
const xs = f64("xs", [3]);
const values = new Map<string, Float64Array>([
  ["a", Float64Array.of(2)],
  ["b", Float64Array.of(3)],
  ["c", Float64Array.of(5)],
  ["xs", Float64Array.of(1, 2, 3)],
]);
const run = (outputs: readonly Node[]): unknown =>
  interpret(outputs, {
    input: (n) => values.get(n.params.name) ?? new Float64Array(),
    variable: () => new Float64Array(),
  });
const scans = (outputs: readonly Node[]): NodeFor<"scan">[] =>
  topological(outputs).filter((n): n is Node & { op: "scan" } => n.op === "scan");
const at = (nodes: readonly Node[], i: number): Node => nodes[i] ?? a;

/** p ← p·a + q, q ← q·x, r ← r + c; stacked p, and r·b. */
const result = loop(
  { constants: [a, b, c], carries: [a, b, c], stacked: [xs], length: 3, reverse: false },
  (k, h, x) => ({
    carries: [add(mul(at(h, 0), at(k, 0)), at(h, 1)), mul(at(h, 1), at(x, 0)), add(at(h, 2), at(k, 2))],
    stacked: [at(h, 0), mul(at(h, 2), at(k, 1))],
  }),
);

test("results nobody looks at go, and with them carries and inputs", () => {
  const choices: readonly [readonly Node[], number, number, number][] = [
    // outputs, then the inputs, carries and results that must be left
    [[at(result.carries, 2)], 2, 1, 1],
    [[at(result.carries, 1)], 2, 1, 1],
    [[at(result.carries, 0)], 4, 2, 2],
    [[at(result.stacked, 1)], 3, 1, 2],
    [[at(result.stacked, 0), at(result.carries, 2)], 6, 3, 4],
  ];
  for (const [outputs, inputs, carries, results] of choices) {
    const pruned = pruneScans(outputs);
    assert.deepEqual(run(pruned), run(outputs));
    const [scan] = scans(pruned);
    assert.ok(scan !== undefined);
    assert.equal(scan.inputs.length, inputs);
    assert.equal(scan.params.carries, carries);
    assert.equal(scan.outputs?.length, results);
    assert.equal(scan.params.body.inputs.length, inputs);
  }
});

test("scans inside scans", () => {
  const outer = loop({ constants: [], carries: [a], stacked: [xs], length: 3, reverse: false }, (_, [h], [x]) => {
    const inner = loop(
      { constants: [], carries: [h ?? a, b], stacked: [], length: 2, reverse: false },
      (__, [p, q]) => ({
        carries: [mul(p ?? a, x ?? a), add(q ?? a, 1)],
        stacked: [q ?? a],
      }),
    );
    return { carries: [at(inner.carries, 0)], stacked: [] };
  });
  const pruned = pruneScans(outer.carries);
  assert.deepEqual(run(pruned), run(outer.carries));
  const [scan] = scans(pruned);
  const [inside] = scans(scan?.params.body.outputs ?? []);
  assert.equal(scan?.outputs?.length, 1);
  assert.equal(inside?.outputs?.length, 1);
  assert.equal(inside?.params.carries, 1);
});
