import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InternalError } from "../../src/base/errors.js";
import { add, mul } from "../../src/graph/build.js";
import { make, makeBuffer, makeInput, makeLiteral, type Node, project } from "../../src/graph/node.js";
import { verifyGraph } from "../../src/graph/verify.js";
import { primitiveCases } from "./cases.js";

const scalar = { shape: [], dtype: "float32" } as const;
const x = () => makeInput("x", { shape: [2, 3], dtype: "float32" });

/** A node as a faulty pass might leave it. */
function broken(node: Node, change: Partial<Record<keyof Node, unknown>>): Node {
  return { ...node, ...change } as Node;
}

function refuses(nodes: readonly Node[], pattern: RegExp): void {
  assert.throws(
    () => verifyGraph(nodes),
    (error) => {
      assert.ok(error instanceof InternalError, String(error));
      assert.match(error.message, pattern);
      return true;
    },
  );
}

describe("verifyGraph", () => {
  it("accepts every reference case", () => {
    for (const { build, inputs } of primitiveCases) {
      verifyGraph(build(inputs.map(({ shape, dtype, data }) => makeBuffer(shape, dtype, data))));
    }
  });

  it("accepts infinite literals of a float, and shared nodes", () => {
    const shared = add(x(), Number.NEGATIVE_INFINITY);
    verifyGraph([shared, mul(shared, shared)]);
  });

  it("finds a wrong shape or dtype", () => {
    const y = add(x(), 1);
    refuses([broken(y, { shape: [3, 2] })], /result 0 is float32\[3, 2\] where float32\[2, 3\] is due/);
    refuses([broken(y, { dtype: "float64" })], /result 0 is float64\[2, 3\] where float32\[2, 3\] is due/);
    refuses([add(broken(y, { shape: [2, 3], dtype: "int32" }), 1)], /where float32\[2, 3\] is due/);
    refuses(
      [broken(y, { inputs: [x(), add(makeInput("z", { shape: [3, 2], dtype: "float32" }), 1)] })],
      /add does not take/,
    );
    refuses([broken(x(), { shape: [2, -1] })], /is not a shape/);
    refuses([broken(makeLiteral(1, "float32"), { shape: [1] })], /rank 0/);
  });

  it("finds a wrong number of inputs", () => {
    const y = make("permute", [x()], { permutation: [1, 0] });
    refuses([broken(y, { inputs: [x(), x()] })], /permute takes 1 inputs, not 2/);
    refuses([broken(make("exp", [x()], {}), { inputs: [] })], /exp takes 1 inputs, not 0/);
    refuses([broken(x(), { inputs: [x()] })], /input takes 0 inputs, not 1/);
    refuses([broken(add(x(), 1), { inputs: [x()] })], /add takes 2 inputs, not 1/);
  });

  it("finds a circle", () => {
    const inputs: Node[] = [x()];
    const loop = broken(make("exp", [x()], {}), { inputs });
    inputs[0] = make("neg", [loop], {});
    refuses([loop], /depends on itself/);
  });

  it("finds several results taken for one", () => {
    const [a, b] = [makeInput("a", scalar), makeInput("b", scalar)];
    const body = { inputs: [a, b], outputs: [add(a, b), mul(a, b)] };
    const node = make("custom", [makeLiteral(1, "float32"), makeLiteral(2, "float32")], {
      body,
      rule: { name: "both" },
    });
    verifyGraph([project(node, 0), project(node, 1)]);
    refuses([node], /an output of the graph has several results/);
    refuses([make("exp", [node], {})], /input 0 of a exp has several results/);
    refuses([broken(project(node, 1), { params: { index: 2 } })], /result 2 of a custom/);
    refuses([project(broken(node, { outputs: node.outputs?.slice(0, 1) }), 0)], /1 results where 2 are due/);
  });

  it("finds a body that reaches outside", () => {
    const outside = makeInput("outside", scalar);
    const s = makeInput("s", scalar);
    const loop = (output: Node): Node => {
      const body = { inputs: [s], outputs: [output] };
      const params = { body, length: 2, reverse: false, constants: 0, carries: 1 };
      return project(make("scan", [makeLiteral(0, "float32")], params), 0);
    };
    verifyGraph([loop(add(s, makeLiteral(1, "float32")))]);
    refuses([loop(add(s, outside))], /input "outside" is used inside a body/);
    // A mistake deep inside counts as much as one outside.
    const wrong = broken(make("exp", [s], {}), { shape: [2] });
    refuses(
      [loop(make("reshape", [make("sum", [wrong], { axes: [0] })], { shape: [] }))],
      /result 0 is float32\[2\] where/,
    );
    const nested = make("custom", [s], {
      body: { inputs: [makeInput("t", scalar)], outputs: [add(outside, 1)] },
      rule: { name: "inner" },
    });
    refuses([loop(project(nested, 0))], /input "outside" is used inside a body/);
  });

  it("finds numbers that no parameter may have", () => {
    refuses([makeLiteral(0.5, "int32")], /0.5 is not a value of int32/);
    refuses([makeLiteral(2 ** 31, "int32")], /is not a value of int32/);
    refuses([makeLiteral(2, "bool")], /2 is not a value of bool/);
    const params = { low: [0, 0], high: [0, 0], interior: [0, 0], value: Number.NaN };
    refuses([make("pad", [makeBuffer([1, 1], "int32", Int32Array.of(1))], params)], /NaN is not a value of int32/);
    refuses(
      [broken(make("integerPow", [x()], { exponent: 2 }), { params: { exponent: Number.NaN } })],
      /exponent is NaN/,
    );
    const step = { start: [0, 0], size: [1, 1], step: [0, 1] };
    refuses([make("slice", [x()], step)], /step 0/);
  });

  it("finds a buffer that does not hold its value", () => {
    refuses([makeBuffer([3], "float32", new Float32Array(2))], /a buffer of float32\[3\] holds Float32Array\(2\)/);
    refuses([makeBuffer([2], "float32", new Float64Array(2))], /holds Float64Array\(2\)/);
  });

  it("finds a maximum of nothing", () => {
    const none = makeInput("none", { shape: [2, 0], dtype: "float32" });
    refuses([make("reduceMax", [none], { axes: [1] })], /reduceMax over an axis of size 0/);
    verifyGraph([make("reduceMax", [none], { axes: [0] })]);
  });
});
