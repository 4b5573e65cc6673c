/** TensorFlow.js on its WebAssembly backend, trained without its layers: the loss written in ops, and `minimize`. */
import { comparedSteps, networks, weightsOf } from "../values.mjs";
import { batches, start } from "./tfjs-wasm.mjs";

/** @param {string} workload @param {number} threads */
export async function prepare(workload, threads) {
  if (!(workload in networks)) return undefined;
  const { tf, version } = await start(threads);
  return {
    version: `${version}, without layers`,
    ...network(tf, /** @type {import("../values.mjs").NetworkName} */ (workload)),
  };
}

/** @param {typeof import("@tensorflow/tfjs")} tf @param {import("../values.mjs").NetworkName} name */
function network(tf, name) {
  const { widths, loss, learningRate } = networks[name];
  const layers = weightsOf(widths).map(({ inputs, outputs, weight }) => ({
    weight: tf.variable(tf.tensor2d(weight, [inputs, outputs])),
    bias: tf.variable(tf.zeros([outputs])),
  }));
  const next = batches(tf, name);
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const lossOf = () => {
    const { input, target } = next();
    let h = input;
    for (const [i, { weight, bias }] of layers.entries()) {
      const z = h.matMul(weight).add(bias);
      h = i === layers.length - 1 ? z : z.relu();
    }
    return loss === "crossEntropy" ? tf.losses.softmaxCrossEntropy(target, h) : tf.losses.meanSquaredError(target, h);
  };
  const step = () => tf.tidy(() => optimizer.minimize(lossOf, true));
  let last = Number.NaN;
  for (let i = 0; i < comparedSteps; i += 1) {
    const value = step();
    last = value.dataSync()[0];
    value.dispose();
  }
  return { call: () => step().dispose(), check: () => last };
}
