/** What an op may be given beside a tensor, and the nodes that it stands for. */
import { type DType, isFloat, numberDType } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import { cast } from "../graph/build.js";
import { makeLiteral, makeScalar, type Node } from "../graph/node.js";
import { TensorCore } from "./core.js";
import type { Tensor } from "./tensor.js";
import { compiling } from "./trace.js";

/** A tensor, or a plain number that takes the dtype of the tensor it meets (a fraction beside whole numbers gives float32). */
export type Operand = Tensor | number;

/** A number as a node of rank 0: part of a program that is being compiled, elsewhere an argument of whatever program it ends up in. */
export function numberNode(value: number, dtype: DType): Node {
  return compiling() ? makeLiteral(value, dtype) : makeScalar(value, dtype);
}

/** The node of `value` as it counts beside a tensor of dtype `beside`. */
export function operandNode(op: string, value: Operand, beside: DType): Node {
  if (typeof value === "number") return numberNode(value, numberDType(value, beside));
  checkOperand(op, value);
  if (!value.weak) return value.node;
  return cast(value.node, isFloat(beside) ? beside : "float32");
}

/** Two operands as nodes: each number, and each weak tensor, gives way to the dtype of the other. */
export function operandPair(op: string, a: Operand, b: Operand): readonly [Node, Node] {
  if (givesWay(a) && givesWay(b)) {
    const dtype = typeof a === "number" ? (typeof b === "number" ? "float32" : b.dtype) : a.dtype;
    return [
      typeof a === "number" ? numberNode(a, dtype) : a.node,
      typeof b === "number" ? numberNode(b, dtype) : b.node,
    ];
  }
  checkOperand(op, a);
  checkOperand(op, b);
  const x = typeof a === "number" ? "float32" : a.dtype;
  const y = typeof b === "number" ? "float32" : b.dtype;
  return [
    givesWay(a) ? operandNode(op, a, y) : operandNode(op, a, x),
    givesWay(b) ? operandNode(op, b, x) : operandNode(op, b, y),
  ];
}

/** Whether the operand takes the dtype of what it meets. */
export function givesWay(value: Operand): boolean {
  return typeof value === "number" || (value instanceof TensorCore && value.weak);
}

export function checkOperand(op: string, value: unknown): void {
  if (typeof value === "number" || value instanceof TensorCore) return;
  throw new UserError(`${op}: expected a tensor or a number, got ${describe(value)}`);
}

/** Throws unless `value` is a tensor. */
export function checkTensor(op: string, value: unknown): void {
  if (value instanceof TensorCore) return;
  throw new UserError(`${op}: expected a tensor, got ${describe(value)}`);
}

/** Throws unless `value` is a function. */
export function checkFunction(op: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new UserError(`${op}: expected a function of tensors, got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value instanceof TensorCore) return "a tensor";
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "an array; make it a tensor with tensor(…)";
  if (typeof value === "boolean") return `${value}; make it a tensor with tensor(${value})`;
  if (typeof value === "bigint") return "a BigInt; make it a number with Number(…)";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}
