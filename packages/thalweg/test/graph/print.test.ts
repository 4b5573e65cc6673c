import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { add, broadcastTo, mul, reshape, sum } from "../../src/graph/build.js";
import { make, makeBuffer, makeInput, makeLiteral, makeScalar, type Node, project } from "../../src/graph/node.js";
import { printGraph } from "../../src/graph/print.js";
import { primitiveCases, sortOp } from "./cases.js";

const lines = (...text: string[]): string => text.join("\n");

describe("printGraph", () => {
  it("lists every node after its inputs, with its shape and parameters", () => {
    const x = makeInput("x", { shape: [2, 3], dtype: "float32" });
    const y = mul(x, 2);
    assert.equal(
      printGraph([sum(y, [0]), x]),
      lines(
        '%1 = input float32[2,3] "x"',
        "%2 = literal float32[] 2",
        "%3 = reshape float32[1,1] %2 shape=[1,1]",
        "%4 = broadcast float32[2,3] %3 shape=[2,3]",
        "%5 = mul float32[2,3] %1 %4",
        "%6 = sum float32[3] %5 axes=[0]",
        "return %6 %1",
      ),
    );
  });

  it("shows leaves, and the start of buffers", () => {
    const variable = { id: 3, name: "w", shape: [1], dtype: "float32" } as const;
    const outputs = [
      makeBuffer([6], "int32", Int32Array.of(1, 2, 3, 4, 5, 6)),
      makeBuffer([], "float64", Float64Array.of(-0)),
      make("variable", [], { variable }),
      makeScalar(Number.NaN, "float32"),
      make("iota", [], { axis: 0, shape: [3], dtype: "int32" }),
    ];
    assert.equal(
      printGraph(outputs),
      lines(
        "%1 = buffer int32[6] {1 2 3 4 …}",
        "%2 = buffer float64[] {-0}",
        '%3 = variable float32[1] "w"',
        "%4 = scalar float32[] NaN",
        "%5 = iota int32[3] axis=0",
        "return %1 %2 %3 %4 %5",
      ),
    );
  });

  it("indents bodies under the node they belong to", () => {
    const [s, x] = [makeInput("s", { shape: [], dtype: "float32" }), makeInput("x", { shape: [], dtype: "float32" })];
    const body = { inputs: [s, x], outputs: [add(x, s)] };
    const steps = makeInput("steps", { shape: [4], dtype: "float32" });
    const loop = make("scan", [makeLiteral(0, "float32"), steps], {
      body,
      length: 4,
      reverse: true,
      constants: 0,
      carries: 1,
    });
    assert.equal(
      printGraph([project(loop, 0)]),
      lines(
        "%1 = literal float32[] 0",
        '%2 = input float32[4] "steps"',
        "%3 = scan (float32[]) %1 %2 length=4 reverse=true constants=0 carries=1",
        '  %1 = input float32[] "s"',
        '  %2 = input float32[] "x"',
        "  %3 = add float32[] %2 %1",
        "  return %3",
        "%4 = project float32[] %3 index=0",
        "return %4",
      ),
    );
    const sorted = make("host", [steps], { op: sortOp });
    assert.match(
      printGraph([project(sorted, 1)]),
      /%2 = host \(float32\[4\] int32\[4\]\) %1 sort\n%3 = project int32\[4\] %2 index=1/,
    );
  });

  it("is the same for graphs built twice, and differs where the graphs do", () => {
    const build = (size: number): Node => reshape(broadcastTo(makeLiteral(1, "float32"), [size]), [size, 1]);
    assert.equal(printGraph([build(3)]), printGraph([build(3)]));
    assert.notEqual(printGraph([build(3)]), printGraph([build(4)]));
    for (const { build: of, inputs } of primitiveCases) {
      const print = () => printGraph(of(inputs.map((value, i) => makeInput(`x${i}`, value))));
      assert.equal(print(), print());
    }
  });
});
