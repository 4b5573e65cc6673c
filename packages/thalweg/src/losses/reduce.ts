/** From losses a sample to one number. */
import { isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { formatShape, sameShape } from "../base/shape.js";
import { checkTensor } from "../tensor/operand.js";
import type { Tensor } from "../tensor/tensor.js";

export interface LossOptions {
  /** Weights of the samples: of the shape of the losses, or of their first axes, such as [n]. Default: all 1. */
  readonly weights?: Tensor;
  /**
   * "mean": the average, with weights Σwl / Σw. "sum": Σwl. "none": wl, without reducing.
   * Default: "mean".
   */
  readonly reduction?: "mean" | "sum" | "none";
}

export function reduceLoss(op: string, losses: Tensor, { weights, reduction = "mean" }: LossOptions): Tensor {
  const spread = weights === undefined ? undefined : spreadWeights(op, weights, losses);
  const weighted = spread === undefined ? losses : losses.mul(spread);
  switch (reduction) {
    case "none":
      return weighted;
    case "sum":
      return weighted.sum();
    case "mean":
      if (spread === undefined || weights === undefined) return weighted.mean();
      // Each weight counts as often as it was spread.
      return weighted.sum().div(spread.sum().mul(losses.size / spread.size));
    default:
      throw new UserError(`${op}: reduction must be "mean", "sum" or "none", got ${String(reduction)}`);
  }
}

/** The weights with axes of size 1 at the end, so that they broadcast. */
function spreadWeights(op: string, weights: Tensor, losses: Tensor): Tensor {
  checkTensor(op, weights);
  const fits = weights.rank <= losses.rank && sameShape(weights.shape, losses.shape.slice(0, weights.rank));
  if (!fits) {
    throw new ShapeError(
      `${op}: weights of shape ${formatShape(weights.shape)} do not fit losses of shape ${formatShape(losses.shape)}: give one a sample, of shape ${formatShape(losses.shape.slice(0, 1))}, or one a loss`,
    );
  }
  const floats = isFloat(weights.dtype) ? weights : weights.cast(losses.dtype);
  return weights.rank === losses.rank
    ? floats
    : floats.reshape([...weights.shape, ...losses.shape.slice(weights.rank).map(() => 1)]);
}

/** Predictions and targets of one shape; broadcasting here would be a mistake that trains on nonsense in silence. */
export function checkSameShapes(op: string, predictions: Tensor, targets: Tensor): void {
  checkTensor(op, targets);
  if (sameShape(predictions.shape, targets.shape)) return;
  const fix =
    predictions.size === targets.size ? `; reshape the targets with .reshape(${formatShape(predictions.shape)})` : "";
  throw new ShapeError(
    `${op}: predictions of shape ${formatShape(predictions.shape)} and targets of shape ${formatShape(targets.shape)} must have the same shape${fix}`,
  );
}

export function checkFloat(op: string, what: string, x: Tensor): void {
  checkTensor(op, x);
  if (!isFloat(x.dtype))
    throw new DTypeError(`${op}: ${what} must be floats, got ${x.dtype}; convert them with .cast("float32")`);
}

/** `x` in the dtype of the predictions: targets in float64 do not turn a float32 network into a float64 one. */
export function inDTypeOf(predictions: Tensor, x: Tensor): Tensor {
  return x.dtype === predictions.dtype ? x : x.cast(predictions.dtype);
}
