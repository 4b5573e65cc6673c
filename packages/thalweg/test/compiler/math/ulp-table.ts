/**
 * Prints the largest error found, in ulps, of every transcendental function, by dtype and with and without fused multiply-add.
 *
 * Usage: node packages/thalweg/dist/test/compiler/math/ulp-table.js [--references file] [--step n] [name ...]. f64 f64 against mpmath (the committed references, or a
 * larger file from tools/reference/transcendental.py); f32 against double precision on every n-th bit pattern (default 20011) and the
 * neighbourhoods where the expansions change form.
 */
import { parseArgs } from "node:util";

import { binaryOps, unaryOps } from "../../../src/compiler/math/expand.js";
import { fmaModes } from "../../targets/wasm-program.js";
import {
  doubleBinary,
  doubleReference,
  f32Between,
  f32Pairs,
  f32Sweep,
  isBinaryOp,
  Kernel,
  readReferences,
  type Scalar,
  type Worst,
  worst,
} from "./measure.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { references: { type: "string" }, step: { type: "string" }, verbose: { type: "boolean" } },
});
const references = readReferences(
  values.references ?? new URL("../../../../test/references/transcendental.json", import.meta.url),
);
const step = Number(values.step ?? 20011);
const sweep = [
  f32Sweep(1, step),
  f32Between(-10, 10, 50000),
  f32Between(-1.2, 1.2, 50000),
  f32Between(-105, 90, 50000),
];
const x32 = Float64Array.from(sweep.flatMap((part) => [...part]));

const columns = fmaModes.flatMap((fma) => (["f32", "f64"] as const).map((scalar) => ({ fma, scalar })));
console.log(["function", ...columns.map(({ fma, scalar }) => `${scalar}${fma ? " fused" : ""}`)].join(" | "));
for (const op of [...unaryOps, ...binaryOps]) {
  if (positionals.length > 0 && !positionals.includes(op)) continue;
  const cells = columns.map(({ fma, scalar }) => {
    const w = largest(op, scalar, fma);
    return `${w.ulps.toFixed(2)}${values.verbose ? ` at ${w.at.join(", ")}: ${w.got} for ${w.want}` : ""}`;
  });
  console.log([op, ...cells].join(values.verbose ? "\n  " : " | "));
}

function largest(op: (typeof unaryOps)[number] | (typeof binaryOps)[number], scalar: Scalar, fma: boolean): Worst {
  const kernel = new Kernel(op, scalar, scalar === "f32" ? 4 : 2, fma);
  if (scalar === "f64") {
    const reference = references.get(op);
    if (reference === undefined) throw new Error(`there is no reference for ${op}`);
    return worst(kernel.run(...reference.columns), reference.result, scalar, reference.columns, reference.missing);
  }
  if (!isBinaryOp(op)) return worst(kernel.run(x32), doubleReference(op, x32), scalar, [x32]);
  const [x, y] = f32Pairs(op, 1, 200000);
  return worst(
    kernel.run(x, y),
    x.map((a, i) => doubleBinary[op](a, y[i] ?? 0)),
    scalar,
    [x, y],
  );
}
