/**
 * Prints the largest error found, in ulps, of every transcendental function, by dtype and with and without fused multiply-add.
 *
 * Usage: node tools/ulp.mjs [--references file] [--step n] [name ...] after a build. f64 against mpmath (the committed references, or a
 * larger file from tools/reference/transcendental.py); f32 against double precision on every n-th bit pattern (default 20011) and the
 * neighbourhoods where the expansions change form.
 */
import { parseArgs } from "node:util";

const test = new URL("../packages/thalweg/dist/test/", import.meta.url);
const { doubleBinary, doubleReference, f32Between, f32Pairs, f32Sweep, Kernel, readReferences, worst } = await import(
  new URL("compiler/math/measure.js", test).href
);
const { fmaModes } = await import(new URL("targets/wasm-program.js", test).href);
const { binaryOps, unaryOps } = await import(new URL("../src/compiler/math/expand.js", test).href);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { references: { type: "string" }, step: { type: "string" }, verbose: { type: "boolean" } },
});
const references = readReferences(
  values.references ?? new URL("../packages/thalweg/test/references/transcendental.json", import.meta.url),
);
const step = Number(values.step ?? 20011);
const sweep = [
  f32Sweep(1, step),
  f32Between(-10, 10, 50000),
  f32Between(-1.2, 1.2, 50000),
  f32Between(-105, 90, 50000),
];
const x32 = Float64Array.from(sweep.flatMap((part) => [...part]));

const columns = fmaModes.flatMap((fma) => ["f32", "f64"].map((scalar) => ({ fma, scalar })));
console.log(["function", ...columns.map(({ fma, scalar }) => `${scalar}${fma ? " fused" : ""}`)].join(" | "));
for (const op of [...unaryOps, ...binaryOps]) {
  if (positionals.length > 0 && !positionals.includes(op)) continue;
  const cells = columns.map(({ fma, scalar }) => {
    const kernel = new Kernel(op, scalar, scalar === "f32" ? 4 : 2, fma);
    const reference = references.get(op);
    let w;
    if (scalar === "f32" && unaryOps.includes(op)) {
      w = worst(kernel.run(x32), doubleReference(op, x32), scalar, [x32]);
    } else if (scalar === "f32") {
      const pairs = f32Pairs(op, 1, 200000);
      const want = pairs[0].map((x, i) => doubleBinary[op](x, pairs[1][i]));
      w = worst(kernel.run(...pairs), want, scalar, pairs);
    } else {
      w = worst(kernel.run(...reference.columns), reference.result, scalar, reference.columns, reference.missing);
    }
    return `${w.ulps.toFixed(2)}${values.verbose ? ` at ${w.at.join(", ")}: ${w.got} for ${w.want}` : ""}`;
  });
  console.log([op, ...cells].join(values.verbose ? "\n  " : " | "));
}
