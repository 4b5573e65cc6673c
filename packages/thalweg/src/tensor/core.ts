/** The part of a tensor that holds its node and gives access to its value; the ops are in tensor.ts. */
import type { DType, TypedArray } from "../base/dtype.js";
import { InternalError, ShapeError, TraceError, UserError } from "../base/errors.js";
import { formatShape, type Shape, sizeOf } from "../base/shape.js";
import { type Node, topological } from "../graph/node.js";
import { realize } from "../runtime/realize.js";
import { type TensorJSON, toElements } from "./json.js";
import { formatArray, header, type PrintOptions } from "./print.js";
import type { Tensor } from "./tensor.js";
import { checkReadable, tracing } from "./trace.js";

/** Nested arrays of numbers (or booleans), as deep as the tensor has axes. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What Node's console asks an object for. */
const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** A pending graph of more nodes than this is computed at the op. */
const pendingLimit = 400;

/** An upper bound of how many nodes a value waits for. */
const pendingCounts = new WeakMap<Node, number>();

export abstract class TensorCore {
  /** The graph behind the value. For the inside of Thalweg. */
  readonly node: Node;
  /** Whether the dtype gives way to that of any other tensor: true of numbers passed to compiled functions. */
  readonly weak: boolean;

  constructor(node: Node, weak = false) {
    this.node = node;
    this.weak = weak;
    if (node.inputs.length > 0) limitPending(node);
  }

  /** A tensor around a node, of the class that users see. `weak` defaults to this one's weakness. */
  protected abstract wrap(node: Node, weak?: boolean): Tensor;

  /** The size of each axis. Frozen: who writes into it gets a TypeError, rather than a tensor that is not what it says. */
  get shape(): Shape {
    // Frozen when asked for, not when made: most nodes are never asked, and freezing each costs a sixth of a small tensor.
    return Object.freeze(this.node.shape);
  }

  get dtype(): DType {
    return this.node.dtype;
  }

  get rank(): number {
    return this.node.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.node.shape);
  }

  /** A copy of the elements, row-major, in the typed array of the dtype (bool: Uint8Array of 0 and 1). */
  data(): TypedArray {
    return this.storage("data").slice();
  }

  /** The elements as nested arrays; a number (or boolean) for rank 0. */
  array(): NestedArray {
    return nest(this.storage("array"), this.shape, this.dtype === "bool");
  }

  /** The one element of a tensor of size 1, as a number (bool: 0 or 1). */
  item(): number {
    if (this.size !== 1)
      throw new ShapeError(`item: needs a tensor of one element, got shape ${formatShape(this.shape)}`);
    const value = this.storage("item")[0];
    if (value === undefined) throw new InternalError("a tensor of one element has none");
    return value;
  }

  /** Like `data`, on every device: resolves when the value is there. */
  async read(): Promise<TypedArray> {
    return this.data();
  }

  /** Dtype, shape and elements, laid out as NumPy does it; of a tensor without a value (in a function being traced) the op that it comes from. */
  toString(options: PrintOptions = {}): string {
    const title = header(this.shape, this.dtype);
    let data: TypedArray;
    try {
      data = this.storage("toString");
    } catch (error) {
      if (error instanceof TraceError) return `${title} (traced: ${this.node.op})`;
      return `${title} (${this.node.op} failed: ${error instanceof Error ? error.message : String(error)})`;
    }
    return `${title}${this.rank === 0 ? " " : "\n"}${formatArray(data, this.shape, this.dtype, options)}`;
  }

  /**
   * What `JSON.stringify` takes: dtype, shape and the elements, row-major, exactly. NaN, infinities and −0, which JSON does not have, are the words
   * "NaN", "Infinity", "-Infinity" and "-0". `tensorFromJSON` reads it back.
   *
   * @throws TraceError for a tensor without a value, in a function being traced.
   */
  toJSON(): TensorJSON {
    return { dtype: this.dtype, shape: [...this.node.shape], data: toElements(this.storage("toJSON"), this.dtype) };
  }

  [inspect](): string {
    return this.toString();
  }

  /** Operators of the language would compare and join texts: they throw instead. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new UserError(
      "operators such as + and < do not work on tensors; use add, lt and the like, or item() for a number",
    );
  }

  /** The elements without a copy. For the inside of Thalweg: must not be changed. */
  storage(op: string): TypedArray {
    const node = this.node;
    if (node.op !== "buffer") {
      checkReadable(node, op);
      realize([node]);
    }
    if (this.node.storage === undefined) throw new InternalError(`${op}: a computed tensor without a value`);
    return this.node.storage;
  }
}

function limitPending(node: Node): void {
  let pending = 1;
  for (const input of node.inputs) if (input.op !== "buffer") pending += pendingCounts.get(input) ?? 1;
  if (pending > pendingLimit && !tracing()) {
    pending = topological([node]).filter((n) => n.op !== "buffer").length;
    if (pending > pendingLimit) {
      realize([node]);
      return;
    }
  }
  pendingCounts.set(node, pending);
}

function nest(data: TypedArray, shape: Shape, bool: boolean): NestedArray {
  const convert = (x: number | undefined): number | boolean => (bool ? x === 1 : (x ?? Number.NaN));
  let position = 0;
  const level = (axis: number): NestedArray => {
    if (axis === shape.length) {
      position += 1;
      return convert(data[position - 1]);
    }
    return Array.from({ length: shape[axis] ?? 0 }, () => level(axis + 1));
  };
  return level(0);
}
