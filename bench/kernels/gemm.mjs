/**
 * Measures matrix-product kernels against the register-only yardstick, interleaved, in one process.
 *
 *   node bench/kernels/gemm.mjs [--only square|step|large|dynamic|all] [--tile 4x8,6x8] [--seconds 0.15] [--rounds 5]
 *
 * Each line: the product, operand forms (n: rows contiguous, t: transposed), tile, microseconds a call, GFLOP/s, share of the yardstick.
 */
import { parseArgs } from "node:util";

const root = new URL("../../packages/thalweg/dist/src/", import.meta.url);
const { addInt, constant, defineFunction, int, mulInt } = await import(new URL("compiler/builder.js", root));
const { scalarBytes } = await import(new URL("compiler/ir.js", root));
const { matmulKernel, tileCandidates } = await import(new URL("compiler/templates/matmul.js", root));
const { dynamicGemv } = await import(new URL("compiler/templates/gemv-dynamic.js", root));
const { dynamicMatmul, dynamicMatmulScratchBytes } = await import(
  new URL("compiler/templates/matmul-dynamic.js", root)
);
const { fmaPeak, fmaPeakFlops } = await import(new URL("compiler/templates/fma-peak.js", root));
const { emitModule } = await import(new URL("targets/wasm/emit.js", root));
const { enableRelaxedSimd } = await import(new URL("targets/wasm/features.js", root));

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "all" },
    seconds: { type: "string", default: "0.15" },
    rounds: { type: "string", default: "5" },
    tile: { type: "string" },
  },
});

const fma = enableRelaxedSimd();
const pages = 2048;
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
new Float32Array(memory.buffer).fill(0.001);
const i32 = { scalar: "i32", lanes: 1 };

/** A function of one i32 (repetitions) and the flops of one repetition. */
function productOf({ scalar, m, n, k, ta, tb, tile, batch }) {
  const size = scalarBytes(scalar);
  const count = batch ?? 1;
  const at = { a: 64, b: 0, c: 0, scratch: 0, threadScratch: 0 };
  at.b = at.a + count * m * k * size;
  at.c = at.b + count * k * n * size;
  at.scratch = (at.c + count * m * n * size + 63) & ~63;
  const kernel = matmulKernel({
    scalar,
    m,
    n,
    k,
    a: ta ? { row: 1, col: m } : { row: k, col: 1 },
    b: tb ? { row: 1, col: k } : { row: n, col: 1 },
    ...(batch === undefined ? {} : { batch: { dims: [batch], a: [m * k], b: [k * n] } }),
    ...(tile === undefined ? {} : { tile }),
    rowVectors: true,
    epilogue: (b, value, p) => {
      const index = addInt(mulInt(p.batch, int(m * n)), addInt(mulInt(p.row, int(n)), p.col));
      b.store(addInt(int(at.c), mulInt(index, int(size))), value);
    },
  });
  at.threadScratch = (at.scratch + kernel.scratchBytes + 63) & ~63;
  const env = { a: int(at.a), b: int(at.b), scratch: int(at.scratch), threadScratch: int(at.threadScratch) };
  const body = defineFunction("run", [{ name: "times", type: i32 }], (b, [times]) => {
    b.for(int(0), times, int(1), () => {
      for (const stage of kernel.stages) stage.emit(b, int(0), int(stage.blocks), env);
    });
  });
  return { body, flops: kernel.flops };
}

/** The same through the functions of run-time size; `n` 1 is a matrix times a vector. */
function dynamicOf({ scalar, m, n, k, ta, tb, tile }) {
  const size = scalarBytes(scalar);
  const at = { scratch: 64, a: (64 + dynamicMatmulScratchBytes(scalar) + 63) & ~63 };
  at.b = at.a + m * k * size;
  at.c = at.b + k * n * size;
  const callee = n === 1 ? dynamicGemv(scalar, "callee") : dynamicMatmul(scalar, "callee", tile);
  const left = ta ? [1, m] : [k, 1];
  const right = tb ? [1, k] : [n, 1];
  const numbers =
    n === 1
      ? [m, k, at.a, ...left, at.b, 1, at.c, 1, 0]
      : [m, n, k, at.a, ...left, at.b, ...right, at.c, n, 1, 0, at.scratch];
  const body = defineFunction("run", [{ name: "times", type: i32 }], (b, [times]) => {
    b.for(int(0), times, int(1), () => b.call("callee", [...numbers.map(int), constant({ scalar, lanes: 1 }, 1)]));
  });
  return { body, callee, flops: 2 * m * n * k };
}

function compiled(functions) {
  const bytes = emitModule(functions, {
    memory: { shared: false, initialPages: pages, maximumPages: pages },
    fma,
    exports: functions.map((f) => f.name),
  });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
}

const peaks = compiled([fmaPeak("f32"), fmaPeak("f64")]);
const peakCall = { f32: (n) => peaks.fmaPeak_f32(0, n), f64: (n) => peaks.fmaPeak_f64(0, n) };

function rate(call, flops, times) {
  const start = performance.now();
  call(times);
  return (times * flops) / (performance.now() - start) / 1e6;
}

function calibrate(call) {
  let times = 1;
  for (;;) {
    const start = performance.now();
    call(times);
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed > Number(options.seconds) / 2)
      return Math.max(1, Math.round((times * Number(options.seconds)) / elapsed));
    times = elapsed < 0.001 ? times * 10 : Math.ceil((times * Number(options.seconds)) / elapsed);
  }
}

const median = (xs) => xs.toSorted((a, b) => a - b)[xs.length >> 1];

function measure(spec) {
  const { body, callee, flops } = spec.dynamic ? dynamicOf(spec) : productOf(spec);
  const exports = compiled(callee === undefined ? [body] : [body, callee]);
  const call = (times) => exports.run(times);
  call(1);
  calibrate(call);
  const times = calibrate(call);
  const peakFlops = fmaPeakFlops(spec.scalar);
  const peakTimes = calibrate(peakCall[spec.scalar]);
  const rates = [];
  const shares = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const peak = rate(peakCall[spec.scalar], peakFlops, peakTimes);
    const own = rate(call, flops, times);
    rates.push(own);
    shares.push(own / peak);
  }
  return { rate: median(rates), share: median(shares), micros: flops / median(rates) / 1e3 };
}

function report(spec) {
  const wanted = options.tile?.split(",");
  const own = spec.dynamic ? [{ rows: 4, columns: spec.scalar === "f32" ? 8 : 4 }] : tileCandidates[spec.scalar];
  const tiles = own.filter((t) => wanted === undefined || wanted.includes(`${t.rows}x${t.columns}`));
  for (const tile of tiles) {
    const r = measure({ ...spec, tile });
    const form = `${spec.ta ? "t" : "n"}${spec.tb ? "t" : "n"}`;
    const name = `${spec.scalar} ${spec.batch === undefined ? "" : `${spec.batch}× `}${spec.m}×${spec.k}·${spec.k}×${spec.n} ${form}`;
    console.log(
      `${name.padEnd(34)} ${`${tile.rows}×${tile.columns}`.padEnd(5)} ${r.micros.toFixed(2).padStart(10)} µs ${r.rate.toFixed(1).padStart(6)} GFLOP/s ${(100 * r.share).toFixed(0).padStart(4)} %`,
    );
  }
}

const dynamic = (m, k, n, ta = false, tb = false, scalar = "f64") => ({ m, k, n, ta, tb, scalar, dynamic: true });
const product = (m, k, n, ta = false, tb = false, scalar = "f32", batch = undefined) => ({
  m,
  k,
  n,
  ta,
  tb,
  scalar,
  batch,
});

/** The products of one training step of 8-64-32-1 at batch 32. */
const network = [
  product(32, 8, 64),
  product(32, 64, 32),
  product(32, 32, 1),
  product(32, 32, 1, true),
  product(32, 1, 32, false, true),
  product(64, 32, 32, true),
  product(32, 32, 64, false, true),
  product(8, 32, 64, true),
];
const sets = {
  square: ["f32", "f64"].flatMap((scalar) => [64, 256, 1024].map((n) => product(n, n, n, false, false, scalar))),
  step: network,
  dynamic: [
    dynamic(64, 64, 64),
    dynamic(256, 256, 256),
    dynamic(256, 256, 256, true),
    dynamic(256, 256, 256, false, true),
    dynamic(1024, 1024, 1024),
    dynamic(500, 32, 500, false, true),
    dynamic(1000, 32, 168, true),
    dynamic(32, 1000, 168, true),
    dynamic(16, 16, 16),
    dynamic(500, 500, 1),
    dynamic(500, 500, 1, true),
    dynamic(256, 256, 256, false, false, "f32"),
    dynamic(1024, 1024, 1024, false, false, "f32"),
  ],
  large: [
    product(128, 784, 512),
    product(128, 512, 512),
    product(128, 512, 10),
    product(784, 128, 512, true),
    product(512, 128, 512, true),
    product(512, 128, 10, true),
    product(128, 512, 512, false, true),
    product(128, 10, 512, false, true),
    product(768, 128, 384),
    product(768, 384, 128, false, true),
    product(128, 768, 512, true),
    product(64, 32, 64, false, true, "f32", 48),
    product(64, 64, 32, false, false, "f32", 48),
    product(256, 256, 256, true),
    product(256, 256, 256, false, true),
    product(32, 128, 512),
    product(1, 512, 512),
    product(1, 512, 512, false, true),
    product(512, 512, 1),
    product(65, 65, 65),
    product(100, 100, 10),
  ],
};

console.log(`node ${process.versions.node}, V8 ${process.versions.v8}, fused multiply-add: ${fma}`);
for (const scalar of ["f32", "f64"]) {
  const flops = fmaPeakFlops(scalar);
  const times = calibrate(peakCall[scalar]);
  console.log(`peak ${scalar} ${rate(peakCall[scalar], flops, times).toFixed(1)} GFLOP/s`);
}
for (const [name, products] of Object.entries(sets)) {
  if (options.only === "all" || options.only === name) for (const p of products) report(p);
}
