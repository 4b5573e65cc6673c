/** Gradients of a loss by a network's parameters. */

import { backward } from "../autodiff/vjp.js";
import { isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { formatShape } from "../base/shape.js";
import { full } from "../graph/build.js";
import { lastNodeId, type Node, topological } from "../graph/node.js";
import { noteOrigin, recordingOrigins } from "../graph/origins.js";
import { type Argument, compile } from "../tensor/compile.js";
import { Tensor } from "../tensor/tensor.js";
import { readVariable } from "../tensor/trace.js";
import type { Module } from "./module.js";
import { moduleVariableOf, type Parameter } from "./parameter.js";
import { inTraining } from "./randomness.js";
import { parameters } from "./state.js";

export interface LossAndGradients {
  /** Rank 0. */
  readonly loss: Tensor;
  /** ∂loss/∂parameter by path; zeros where the loss does not depend on the parameter. */
  readonly gradients: Record<string, Tensor>;
}

/**
 * For the inside of traces: calls `loss` and differentiates it by `wanted`.
 *
 * @throws UserError when the loss uses a parameter that is not among `wanted`, ShapeError when it is no single number.
 */
export function differentiate(
  op: string,
  wanted: Readonly<Record<string, Parameter>>,
  loss: () => Tensor,
): LossAndGradients {
  const entries = Object.entries(wanted);
  const nodes = entries.map(([, parameter]) => readVariable(parameter.variable));
  const before = lastNodeId();
  const value = checkLoss(op, loss());
  if (recordingOrigins()) noteOrigin(before, { kind: "part", part: "loss" });
  checkReached(op, value.node, wanted);
  const found = backward([value.node], [full(value.shape, 1, value.dtype)], nodes);
  const gradients: Record<string, Tensor> = {};
  entries.forEach(([path, parameter], i) => {
    gradients[path] = new Tensor(found[i] ?? full(parameter.shape, 0, parameter.dtype));
  });
  return { loss: value.rank === 0 ? value : value.reshape([]), gradients };
}

function checkLoss(op: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) {
    throw new UserError(
      `${op}: the loss function must return a tensor, got ${value instanceof Promise ? "a promise" : typeof value}`,
    );
  }
  if (value.size !== 1) {
    throw new ShapeError(
      `${op}: the loss must be a single number, got shape ${formatShape(value.shape)}; average it with .mean()`,
    );
  }
  if (!isFloat(value.dtype))
    throw new DTypeError(`${op}: the loss must be a float to have a gradient, got ${value.dtype}`);
  return value;
}

/** A trainable variable that takes part but would not be trained is a mistake: most likely its module is in no property of the network. */
function checkReached(op: string, loss: Node, wanted: Readonly<Record<string, Parameter>>): void {
  const known = new Set(Object.values(wanted));
  for (const node of topological([loss])) {
    if (node.op !== "variable") continue;
    const variable = moduleVariableOf(node.params.variable);
    if (variable === undefined || !variable.trainable || known.has(variable as Parameter)) continue;
    throw new UserError(
      `${op}: the loss uses the parameter ${variable.path} of shape ${formatShape(variable.shape)}, which the network does not reach; ` +
        "make its module a property of the network (plain properties, arrays and objects are searched, not #private fields or maps)",
    );
  }
}

export interface GradientOptions {
  /** Whether dropout and the like act as in training. Default: false. */
  readonly training?: boolean;
  /** Of the random numbers in training mode. Default: 0. */
  readonly seed?: number;
}

/**
 * The gradients of `loss` as a compiled function of the batch: a record of tensors by dotted path of the parameter.
 *
 *     gradients(net, loss)(x, y)["hidden.weight"]
 */
export function gradients<B extends readonly unknown[]>(
  net: Module,
  loss: (...batch: B) => Tensor,
  { training = false, seed = 0 }: GradientOptions = {},
): (...batch: { [K in keyof B]: Argument<B[K]> }) => Record<string, Tensor> {
  const body = (...batch: B): Record<string, Tensor> => {
    const find = () => differentiate("gradients", parameters(net), () => loss(...batch)).gradients;
    return training ? inTraining({ seed }, find) : find();
  };
  return compile(body, { training, name: "gradients" });
}
