import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile, type Tensor, tensor, zeros } from "../../src/index.js";
import { useDevice } from "../device.js";
import file from "../references/tensor-print.json" with { type: "json" };
import { load } from "./reference.js";

useDevice();

describe("printing", () => {
  test("lays elements out as NumPy does", () => {
    file.rows.forEach((row, i) => {
      const stored = file.arrays[row.inputs[0] ?? -1];
      assert.ok(stored !== undefined);
      assert.equal(
        load(stored).toString(),
        `tensor<${stored.dtype}[${stored.shape.join(", ")}]>\n${row.text}`,
        `case ${i}`,
      );
    });
  });
  test("a scalar takes one line", () => {
    assert.equal(String(tensor(1.5)), "tensor<float32[]> 1.5");
    assert.equal(String(tensor(true)), "tensor<bool[]> true");
    assert.equal(String(tensor(-7, { dtype: "int32" })), "tensor<int32[]> -7");
  });
  test("obeys its options", () => {
    assert.equal(tensor([1 / 3, 2]).toString({ precision: 3 }), "tensor<float32[2]>\n[0.333 2.   ]");
    assert.equal(zeros([9]).toString({ threshold: 5, edgeItems: 2 }), "tensor<float32[9]>\n[0. 0. ... 0. 0.]");
    assert.equal(zeros([4]).toString({ lineWidth: 10 }), "tensor<float32[4]>\n[0. 0. 0.\n 0.]");
  });
  test("is what Node's console shows", () => {
    const show = (tensor([1, 2]) as unknown as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")];
    assert.equal(show?.call(tensor([1, 2])), "tensor<float32[2]>\n[1. 2.]");
  });
  test("inside a trace shows the symbol and never throws", () => {
    const seen: string[] = [];
    const f = compile((x: Tensor) => {
      const y = x.add(1);
      seen.push(`${x}`, String(y), y.toString());
      return y;
    });
    f(zeros([32, 8]));
    assert.deepEqual(seen, [
      "tensor<float32[32, 8]> (traced: input)",
      "tensor<float32[32, 8]> (traced: add)",
      "tensor<float32[32, 8]> (traced: add)",
    ]);
  });
});
