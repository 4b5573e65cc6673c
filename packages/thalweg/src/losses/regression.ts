/** Losses of numbers: e = prediction − target. */
import { UserError } from "../base/errors.js";
import { select } from "../graph/build.js";
import { Tensor } from "../tensor/tensor.js";
import { checkFloat, checkSameShapes, inDTypeOf, type LossOptions, reduceLoss } from "./reduce.js";

/** e². Predictions and targets must have the same shape. */
export function meanSquaredError(predictions: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  return reduceLoss("meanSquaredError", errors("meanSquaredError", predictions, targets).square(), options);
}

/** |e|; derivative 0 at 0. */
export function meanAbsoluteError(predictions: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  return reduceLoss("meanAbsoluteError", errors("meanAbsoluteError", predictions, targets).abs(), options);
}

export interface HuberOptions extends LossOptions {
  /** Where the square turns into the line. Default: 1. */
  readonly delta?: number;
}

/**
 * ½e² for |e| ≤ δ, else δ(|e| − ½δ): outliers pull with constant force.
 *
 * P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964).
 */
export function huber(predictions: Tensor, targets: Tensor, { delta = 1, ...options }: HuberOptions = {}): Tensor {
  if (!(delta > 0)) throw new UserError(`huber: delta must be > 0, got ${delta}`);
  const e = errors("huber", predictions, targets);
  const size = e.abs();
  const square = e.square().mul(0.5);
  const line = size.sub(delta / 2).mul(delta);
  return reduceLoss("huber", new Tensor(select(size.le(delta).node, square.node, line.node)), options);
}

function errors(op: string, predictions: Tensor, targets: Tensor): Tensor {
  checkFloat(op, "predictions", predictions);
  checkSameShapes(op, predictions, targets);
  return predictions.sub(inDTypeOf(predictions, targets));
}
