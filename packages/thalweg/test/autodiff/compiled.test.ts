/** Every row, its cotangents and its tangents as one WebAssembly program, against the interpreter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forward } from "../../src/autodiff/jvp.js";
import { backward } from "../../src/autodiff/vjp.js";
import type { TypedArray } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { makeBuffer, type Node } from "../../src/graph/node.js";
import { wasmDevice } from "../../src/runtime/wasm.js";
import { derivativeTolerances as tolerances } from "../tolerances.js";
import { cases } from "./cases.js";
import { direction, draw, evaluate, generator, placeholders } from "./evaluate.js";

const device = wasmDevice();

cases.forEach((c, index) => {
  // The variable of that row is a stand-in that only the interpreter knows; scalars become inputs before a device sees them.
  if (c.primitive === "variable" || c.primitive === "scalar") return;
  test(c.label, () => {
    const random = generator(index + 1);
    const inputs = placeholders(c.inputs);
    const values = new Map<Node, TypedArray>();
    inputs.forEach((x, i) => {
      const input = c.inputs[i];
      if (input !== undefined) values.set(x, draw(input, random));
    });
    const along = (x: Node): Node => makeBuffer(x.shape, "float64", direction(sizeOf(x.shape), random));
    const outputs = c.build(...inputs);
    const floats = outputs.filter((y) => y.dtype === "float64");
    const wrt = inputs.filter((x) => x.dtype === "float64");
    const derivatives = [...backward(floats, floats.map(along), wrt), ...forward(floats, wrt, wrt.map(along))];
    const all = [...outputs, ...derivatives.filter((n) => n !== undefined)];
    const program = device.compile({ inputs, outputs: all, updates: [] });
    const found = program.run(inputs.map((x) => values.get(x) ?? new Float64Array()));
    program.dispose();
    evaluate(all, values).forEach((expected, k) => {
      const actual = found[k];
      assert.ok(actual !== undefined);
      assert.equal(actual.constructor, expected.constructor);
      const scale = Math.max(1, ...Array.from(expected, Math.abs).filter(Number.isFinite));
      expected.forEach((e: number, i: number) => {
        const a = actual[i] ?? Number.NaN;
        const near = Object.is(a, e) || Math.abs(a - e) <= tolerances.reference * scale;
        assert.ok(near, `${c.label} (seed ${index + 1}), result ${k}, element ${i}: ${a}, not ${e}`);
      });
    });
  });
});
