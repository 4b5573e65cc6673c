/** Every primitive on the WebAssembly device, fused and unfused, against the references. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeInput } from "../../../src/graph/node.js";
import type { Primitive } from "../../../src/graph/primitives.js";
import { wasmDevice } from "../../../src/runtime/wasm.js";
import { primitiveCases } from "../../graph/cases.js";
import { compareValues, elementary } from "../../graph/compare.js";
import { ulpLimits } from "../../tolerances.js";

const cases = new Map<Primitive, (typeof primitiveCases)[number][]>();
for (const c of primitiveCases) cases.set(c.primitive, [...(cases.get(c.primitive) ?? []), c]);

for (const fma of [true, false]) {
  const device = wasmDevice({ fma });
  describe(`primitives in WebAssembly${fma ? "" : " without fused multiply-add"}`, () => {
    for (const [primitive, list] of cases) {
      it(primitive, () => {
        const failures: string[] = [];
        for (const c of list) {
          const inputs = c.inputs.map((v, i) => makeInput(`x${i}`, v));
          const program = device.compile({ inputs, outputs: c.build(inputs), updates: [] });
          const results = program.run(c.inputs.map((v) => v.data));
          program.dispose();
          c.expected.forEach((expected, i) => {
            const limits = elementary.has(primitive) ? ulpLimits.wasm : ulpLimits.exact;
            const failure = compareValues(c, results[i], expected, limits);
            if (failure !== undefined) failures.push(`${c.name}: ${failure}`);
          });
        }
        assert.deepEqual(failures, []);
      });
    }
  });
}
