/** What the machine can do: fused multiply-adds on registers, and copying. */
import { many, values32 } from "../../values.mjs";

const root = new URL("../../../packages/thalweg/dist/src/", import.meta.url);

/** @param {string} workload */
export function prepare(workload) {
  return workload === "copy_4M" ? copy() : peak(workload.endsWith("f64") ? "f64" : "f32");
}

function copy() {
  const from = values32(many, 1);
  const to = new Float32Array(many);
  return { call: () => to.set(from) };
}

/** Rounds a call: some tens of microseconds, which a call from JavaScript does not show in. */
const rounds = 10_000;

/** @param {"f32" | "f64"} scalar */
async function peak(scalar) {
  const { fmaPeak, fmaPeakFlops } = await import(new URL("compiler/templates/fma-peak.js", root).href);
  const { emitModule } = await import(new URL("targets/wasm/emit.js", root).href);
  const { enableRelaxedSimd } = await import(new URL("targets/wasm/features.js", root).href);
  const fma = enableRelaxedSimd();
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  // A factor and a summand that keep the values bounded.
  const inputs = scalar === "f32" ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer);
  inputs[0] = 0.5;
  inputs[8 / inputs.BYTES_PER_ELEMENT] = 1;
  const bytes = emitModule([fmaPeak(scalar, "peak")], {
    memory: { shared: false, initialPages: 1, maximumPages: 1 },
    fma,
    exports: ["peak"],
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const run = /** @type {(address: number, rounds: number) => void} */ (exports.peak);
  return {
    work: fmaPeakFlops(scalar) * rounds,
    call: () => {
      inputs[0] = 0.5;
      run(0, rounds);
    },
  };
}
