/** Whole training steps of fully connected networks. */
import { tensor } from "thalweg";
import { crossEntropy, meanSquaredError } from "thalweg/losses";
import { Linear, loadStateDict, ReLU, sequential, stateDict } from "thalweg/nn";
import { adam } from "thalweg/optim";
import { trainingStep } from "thalweg/train";
import { batchOf, comparedSteps, networks, weightsOf } from "../../values.mjs";

/** @param {string} workload */
export function prepare(workload) {
  if (workload === "compile_mlp_small") return { once: firstStep };
  const { net, step, batch } = stepOf(/** @type {import("../../values.mjs").NetworkName} */ (workload));
  const [weights, state] = [stateDict(net), step.state()];
  // A hundred thousand steps on one batch end where no training does: nothing left to learn, the averages of gradients subnormal and slow.
  const reset = () => {
    loadStateDict(net, weights);
    step.restore(state);
    step(...batch);
  };
  let loss = Number.NaN;
  for (let i = 0; i < comparedSteps; i += 1) loss = step(...batch).item();
  return { call: () => step(...batch), check: () => loss, reset };
}

/** Trace, compile and run; the network and its batch exist before. */
function firstStep() {
  const { net, lossOf, optimizer, batch } = partsOf("mlp_small_b32");
  const start = performance.now();
  const step = trainingStep(net, lossOf, optimizer);
  const loss = step(...batch).item();
  const seconds = (performance.now() - start) / 1000;
  if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
  return seconds;
}

/** @param {import("../../values.mjs").NetworkName} name */
function stepOf(name) {
  const { net, lossOf, optimizer, batch } = partsOf(name);
  return { net, step: trainingStep(net, lossOf, optimizer), batch };
}

/** @param {import("../../values.mjs").NetworkName} name */
function partsOf(name) {
  const { widths, batch: size, loss, learningRate } = networks[name];
  const layers = weightsOf(widths).map(({ inputs, outputs, weight }) => {
    const layer = new Linear(inputs, outputs);
    return { layer, weight: tensor(weight).reshape([inputs, outputs]) };
  });
  const net = sequential(...layers.flatMap(({ layer }, i) => (i === 0 ? [layer] : [new ReLU(), layer])));
  for (const { layer, weight } of layers) layer.weight.set(weight);
  const { x, y } = batchOf(name);
  const targets = tensor(y);
  const batch = /** @type {const} */ ([
    tensor(x).reshape([size, -1]),
    loss === "crossEntropy" ? targets : targets.reshape([size, -1]),
  ]);
  // Realised now: the batch is in memory before the first step.
  for (const part of batch) part.data();
  /** @param {import("thalweg").Tensor} input @param {import("thalweg").Tensor} target */
  const lossOf = (input, target) =>
    (loss === "crossEntropy" ? crossEntropy : meanSquaredError)(net.forward(input), target);
  return { net, lossOf, optimizer: adam({ learningRate }), batch };
}
