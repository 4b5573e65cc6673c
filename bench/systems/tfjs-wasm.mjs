/** TensorFlow.js on its WebAssembly backend. */
import { batchOf, comparedSteps, many, meanMagnitude, networks, values32, weightsOf } from "../values.mjs";

/** @param {string} workload @param {number} threads */
export async function prepare(workload, threads) {
  const { tf, version } = await start(threads);
  const prepared = await workloadOf(tf, workload);
  return prepared === undefined ? undefined : { version, ...prepared };
}

/** @param {number} threads */
export async function start(threads) {
  const tf = await import("@tensorflow/tfjs");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  if (tf.getBackend() !== "wasm") throw new Error(`tfjs took the backend ${tf.getBackend()}`);
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  return { tf, version: `tfjs-wasm ${wasm.version_wasm} (${simd ? "SIMD" : "no SIMD"})` };
}

/** @param {typeof import("@tensorflow/tfjs")} tf @param {string} workload */
function workloadOf(tf, workload) {
  if (workload.startsWith("gemm_f32_")) {
    const n = Number(workload.split("_")[2]);
    const [a, b] = [1, 2].map((seed) => tf.tensor2d(values32(n * n, seed), [n, n]));
    return repeated(() => tf.matMul(a, b));
  }
  switch (workload) {
    case "mlp_small_b32":
    case "mlp_large_b128":
      return network(tf, workload);
    case "gelu_4M": {
      const x = tf.tensor1d(values32(many, 1, 6));
      return repeated(() => tf.tidy(() => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1))));
    }
    case "sum_4M": {
      const x = tf.tidy(() => tf.tensor1d(values32(many, 1)).add(0.5));
      return repeated(() => tf.sum(x));
    }
    case "softmax_4096x1024": {
      const x = tf.tensor2d(values32(many, 1, 6), [4096, 1024]);
      return repeated(() => tf.softmax(x));
    }
    case "lazy_cached": {
      const [x, y] = [1, 2].map((seed) => tf.tensor2d(values32(32 * 64, seed, 2), [32, 64]));
      const value = () => tf.tidy(() => x.mul(y).add(1).tanh().sub(y).mul(0.5).add(x).abs().sqrt().sub(1).maximum(y));
      return repeated(value, true);
    }
    default:
      return undefined;
  }
}

/**
 * @param {() => import("@tensorflow/tfjs").Tensor} make
 * @param {boolean} [read] whether each result is read
 */
function repeated(make, read = false) {
  return {
    call: () => {
      const result = make();
      const value = read ? result.dataSync() : undefined;
      result.dispose();
      return value;
    },
    check: () => {
      const result = make();
      const value = meanMagnitude(result.dataSync());
      result.dispose();
      return value;
    },
  };
}

/**
 * Trained as its users train: a model of layers and `trainOnBatch`.
 * @param {typeof import("@tensorflow/tfjs")} tf @param {import("../values.mjs").NetworkName} name
 */
async function network(tf, name) {
  const { widths, loss, learningRate } = networks[name];
  const shapes = weightsOf(widths);
  const model = tf.sequential();
  for (const [i, { inputs, outputs }] of shapes.entries()) {
    const activation = i === shapes.length - 1 ? "linear" : "relu";
    model.add(tf.layers.dense({ units: outputs, inputShape: [inputs], activation }));
  }
  model.setWeights(shapes.flatMap((s) => [tf.tensor2d(s.weight, [s.inputs, s.outputs]), tf.zeros([s.outputs])]));
  model.compile({
    optimizer: tf.train.adam(learningRate, 0.9, 0.999, 1e-8),
    loss: loss === "crossEntropy" ? (t, p) => tf.losses.softmaxCrossEntropy(t, p) : "meanSquaredError",
  });
  const batch = batches(tf, name);
  const call = async () => {
    const { input, target } = tf.tidy(batch);
    const value = await model.trainOnBatch(input, target);
    input.dispose();
    target.dispose();
    return value;
  };
  let last = Number.NaN;
  for (let i = 0; i < comparedSteps; i += 1) last = await call();
  return { call, check: () => last };
}

/**
 * The batch is in memory as typed arrays, so that each step takes it up anew.
 * @param {typeof import("@tensorflow/tfjs")} tf @param {import("../values.mjs").NetworkName} name
 */
export function batches(tf, name) {
  const { widths, batch, loss } = networks[name];
  const { x, y } = batchOf(name);
  const outputs = widths.at(-1) ?? 0;
  return () => ({
    input: tf.tensor2d(x, [batch, widths[0] ?? 0]),
    target:
      loss === "crossEntropy"
        ? tf.oneHot(tf.tensor1d(y, "int32"), outputs).toFloat()
        : tf.tensor2d(y, [batch, outputs]),
  });
}
