/** Functions of several tensors. */
import { type DType, isFloat, promote } from "../base/dtype.js";
import type { CloseOptions } from "./arithmetic.js";
import { checkOperand, checkTensor, givesWay, type Operand, operandNode, operandPair } from "./operand.js";
import { einsum as einsumNodes } from "./ops/einsum.js";
import * as elementwise from "./ops/elementwise.js";
import * as linear from "./ops/linear.js";
import { Tensor } from "./tensor.js";

/** `a` where the condition (bool) holds, else `b`; all three are broadcast. Derivatives flow to the one that was chosen only. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  checkTensor("where", condition);
  const node = elementwise.where(condition.node, ...operandPair("where", a, b));
  return new Tensor(node, !numbersOnly(a, b) && givesWay(a) && givesWay(b) && isFloat(node.dtype));
}

function numbersOnly(a: Operand, b: Operand): boolean {
  return typeof a === "number" && typeof b === "number";
}

/** The larger of the two, elementwise; NaN if either is. */
export function maximum(a: Operand, b: Operand): Tensor {
  return new Tensor(elementwise.maximum(...operandPair("maximum", a, b)));
}

/** The smaller of the two, elementwise; NaN if either is. */
export function minimum(a: Operand, b: Operand): Tensor {
  return new Tensor(elementwise.minimum(...operandPair("minimum", a, b)));
}

/** `a.allClose(b)`. */
export function allClose(a: Tensor, b: Operand, options: CloseOptions = {}): boolean {
  checkTensor("allClose", a);
  return a.allClose(b, options);
}

/** `a.matmul(b)`. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkTensor("matmul", a);
  return a.matmul(b);
}

/** `a.dot(b)`. */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkTensor("dot", a);
  return a.dot(b);
}

/** `a.outer(b)`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkTensor("outer", a);
  return a.outer(b);
}

/**
 * Σ over `axes` of both: a count n (the last n of `a` with the first n of `b`; default 2), or the axes of each side in order. The result has
 * the other axes of `a`, then those of `b`.
 */
export function tensordot(a: Tensor, b: Tensor, axes: linear.ContractedAxes = 2): Tensor {
  checkTensor("tensordot", a);
  checkTensor("tensordot", b);
  return new Tensor(linear.tensordot("tensordot", ...operandPair("tensordot", a, b), axes));
}

/**
 * Products of elements, summed over the labels that the result does not have: `einsum("bij,bjk->bik", a, b)`. Letters name axes, "..."
 * stands for any number of them (broadcast), a label twice in one operand is its diagonal. Without "->" the result has the labels that occur
 * once, in alphabetical order, after "...".
 */
export function einsum(equation: string, ...operands: readonly Operand[]): Tensor {
  for (const x of operands) checkOperand("einsum", x);
  const dtypes = operands.flatMap((x) => (typeof x === "number" || givesWay(x) ? [] : [x.dtype]));
  const beside: DType = dtypes.length > 0 ? dtypes.reduce(promote) : "float32";
  return new Tensor(
    einsumNodes(
      equation,
      operands.map((x) => operandNode("einsum", x, beside)),
    ),
  );
}
