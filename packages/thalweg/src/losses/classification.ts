/** Losses of classes, from logits: the numbers before sigmoid or softmax, which these functions apply themselves in a stable form. */
import { isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { formatShape, sameShape } from "../base/shape.js";
import { binary, broadcastTo, select } from "../graph/build.js";
import { make } from "../graph/node.js";
import { checkTensor } from "../tensor/operand.js";
import { Tensor } from "../tensor/tensor.js";
import { checkFloat, checkSameShapes, inDTypeOf, type LossOptions, reduceLoss } from "./reduce.js";

export interface CrossEntropyOptions extends LossOptions {
  /** ε: the targets become (1 − ε) target + ε / classes (of two classes: ε / 2). Default: 0. */
  readonly labelSmoothing?: number;
}

/**
 * −t ln σ(z) − (1 − t) ln(1 − σ(z)) for logits z and targets t, which are of the same shape: 0 and 1 (int32, bool or float), or
 * probabilities. Computed as t·softplus(−z) + (1 − t)·softplus(z), exact at both ends.
 */
export function binaryCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  { labelSmoothing = 0, ...options }: CrossEntropyOptions = {},
): Tensor {
  const op = "binaryCrossEntropy";
  checkFloat(op, "logits", logits);
  checkSmoothing(op, labelSmoothing);
  checkSameShapes(op, logits, targets);
  const hard = inDTypeOf(logits, targets);
  const t = labelSmoothing === 0 ? hard : hard.mul(1 - labelSmoothing).add(labelSmoothing / 2);
  const losses = t.mul(logits.neg().softplus()).add(t.neg().add(1).mul(logits.softplus()));
  return reduceLoss(op, losses, options);
}

/**
 * −ln softmax(logits)[label] for logits of shape […, classes]. Int32 labels of shape […] are class indices; float labels of the logits' shape
 * are probabilities, −Σ pᵢ ln softmax(logits)ᵢ. A class index out of range is an IndexError.
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  { labelSmoothing = 0, ...options }: CrossEntropyOptions = {},
): Tensor {
  const op = "crossEntropy";
  checkFloat(op, "logits", logits);
  checkSmoothing(op, labelSmoothing);
  if (logits.rank === 0) throw new ShapeError(`${op}: logits must have an axis of classes, got a single number`);
  const classes = logits.shape.at(-1) ?? 0;
  const indices = labelsAreIndices(op, logits, labels);
  const logarithms = logits.logSoftmax({ axis: -1 });
  const hard = indices ? chosen(op, logarithms, labels) : inDTypeOf(logits, labels).mul(logarithms).sum({ axis: -1 });
  if (labelSmoothing === 0) return reduceLoss(op, hard.neg(), options);
  const even = logarithms.sum({ axis: -1 }).mul(labelSmoothing / classes);
  return reduceLoss(
    op,
    hard
      .mul(1 - labelSmoothing)
      .add(even)
      .neg(),
    options,
  );
}

/** Tells class indices from probabilities by dtype and shape, and refuses what is neither. */
function labelsAreIndices(op: string, logits: Tensor, labels: Tensor): boolean {
  checkTensor(op, labels);
  const shapes = `got ${labels.dtype} labels of shape ${formatShape(labels.shape)} for logits of shape ${formatShape(logits.shape)}`;
  const outer = logits.shape.slice(0, -1);
  const like = sameShape(labels.shape, logits.shape);
  if (labels.dtype === "int32" && sameShape(labels.shape, outer)) return true;
  if (isFloat(labels.dtype) && like) return false;
  const rule = `${op}: labels are int32 class indices of shape ${formatShape(outer)} or float probabilities of shape ${formatShape(logits.shape)}; ${shapes}`;
  if (isFloat(labels.dtype) && sameShape(labels.shape, outer)) {
    throw new DTypeError(`${rule}. If they are class indices, convert them with .cast("int32")`);
  }
  if (!isFloat(labels.dtype) && like) {
    throw new DTypeError(`${rule}. If they are one-hot, convert them with .cast("float32")`);
  }
  if (labels.dtype === "bool") throw new DTypeError(`${rule}. Convert them with .cast("int32")`);
  const column =
    labels.rank === logits.rank &&
    labels.shape.at(-1) === 1 &&
    labels.size * (logits.shape.at(-1) ?? 0) === logits.size;
  throw new ShapeError(
    column && labels.dtype === "int32" ? `${rule}. Reshape them with .reshape(${formatShape(outer)})` : rule,
  );
}

/** The entries of the last axis that the labels name. */
function chosen(op: string, logarithms: Tensor, labels: Tensor): Tensor {
  const shape = logarithms.shape;
  const classes = shape.at(-1) ?? 0;
  const names = make("iota", [], { shape: [classes], dtype: "int32", axis: 0 });
  const allowed = classes === 0 ? "there are no classes" : `${classes} classes take 0 to ${classes - 1}`;
  const error = `${op}: a label is out of range: ${allowed}`;
  // Looking the labels up in 0, 1, 2, … gives them back, with their range checked.
  const checked = make("gather", [names, labels.node], { error });
  const column = make("reshape", [checked], { shape: [...labels.shape, 1] });
  const mask = binary("eq", broadcastTo(column, shape), broadcastTo(names, shape));
  return new Tensor(select(mask, logarithms.node, 0)).sum({ axis: -1 });
}

function checkSmoothing(op: string, smoothing: number): void {
  if (!(smoothing >= 0 && smoothing < 1))
    throw new UserError(`${op}: labelSmoothing must be at least 0 and below 1, got ${smoothing}`);
}
