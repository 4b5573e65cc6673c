/** The average loss over data of any size. */
import type { Layer } from "../nn/module.js";
import { compile } from "../tensor/compile.js";
import type { Tensor } from "../tensor/tensor.js";
import { BatchCutter } from "./batches.js";

/** Predictions and targets in, a single number out; `weights` is given for padded batches only. */
export type FitLoss = (predictions: Tensor, targets: Tensor, options?: { readonly weights?: Tensor }) => Tensor;

/** Rows at a time. */
const evaluationRows = 4096;

/** Compiles the loss in evaluation mode; the result gives its average over all rows of the data, with the weights of the moment. */
export function evaluator(net: Layer, loss: FitLoss): (data: readonly [Tensor, Tensor]) => number {
  const program = compile((x: Tensor, y: Tensor) => loss(net.forward(x), y), { name: "validation" });
  const cutters = new WeakMap<Tensor, { readonly cutter: BatchCutter; readonly all: Tensor[][] }>();
  return (data) => {
    let cut = cutters.get(data[0]);
    if (cut === undefined) {
      const cutter = new BatchCutter(data, { batchSize: evaluationRows });
      const order = cutter.order(0);
      const all =
        cutter.count === 1 ? [[...data]] : Array.from({ length: cutter.count }, (_, i) => cutter.batch(order, i));
      cut = { cutter, all };
      cutters.set(data[0], cut);
    }
    const { cutter, all } = cut;
    let sum = 0;
    all.forEach(([x, y], i) => {
      if (x !== undefined && y !== undefined) sum += program(x, y).item() * cutter.sizeOf(i);
    });
    return sum / cutter.rows;
  };
}

/** The average loss of the network over all rows, in evaluation mode. */
export function evaluate(net: Layer, loss: FitLoss, data: readonly [Tensor, Tensor]): number {
  return evaluator(net, loss)(data);
}
