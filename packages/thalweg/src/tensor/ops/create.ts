/** Nodes from values, and nodes that a formula fills. */
import { allocate, checkDType, type DType, promote, type TypedArray } from "../../base/dtype.js";
import { DTypeError, IndexError, ShapeError, UserError } from "../../base/errors.js";
import { checkShape, formatShape, type Shape, sizeOf } from "../../base/shape.js";
import { add, binary, broadcastTo, cast, reshape, select } from "../../graph/build.js";
import { make, makeBuffer, makeLiteral, type Node } from "../../graph/node.js";
import { numberNode } from "../operand.js";
import { compiling } from "../trace.js";
import { checkOffset } from "./linear.js";

/** The typed arrays that become tensors. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

const arrayDTypes: Readonly<Record<string, DType>> = {
  Int8Array: "int32",
  Uint8Array: "int32",
  Uint8ClampedArray: "int32",
  Int16Array: "int32",
  Uint16Array: "int32",
  Int32Array: "int32",
  Uint32Array: "int32",
  Float16Array: "float32",
  Float32Array: "float32",
  Float64Array: "float64",
};

/** The dtype of a typed array, undefined for anything else; throws for those that no dtype holds. */
function arrayDType(op: string, value: unknown, path: readonly number[]): DType | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const name = Object.prototype.toString.call(value).slice(8, -1);
  const dtype = arrayDTypes[name];
  if (dtype !== undefined) return dtype;
  const fix = name.startsWith("Big")
    ? "; make it a Float64Array with Float64Array.from(values, Number), exact up to 2⁵³"
    : "";
  throw new DTypeError(`${op}: ${place(path)} is a ${name}, for which there is no dtype${fix}`);
}

function place(path: readonly number[]): string {
  return path.length === 0 ? "the value" : `the value at [${path.join(", ")}]`;
}

/** Sizes along the first element of each level; `dtype` collects what kinds of numbers there are. */
interface Found {
  readonly shape: number[];
  dtype: DType | undefined;
}

export function fromValues(op: string, values: unknown, dtype: DType | undefined, shape: Shape | undefined): Node {
  const wanted = dtype === undefined ? undefined : checkDType(op, dtype);
  const found: Found = { shape: measure(op, values), dtype: undefined };
  const flat: number[] | TypedArray = flatten(op, values, found);
  const result = wanted ?? found.dtype ?? "float32";
  const size = sizeOf(found.shape);
  const final = shape === undefined ? found.shape : [...checkShape(op, shape)];
  if (sizeOf(final) !== size) throw new ShapeError(`${op}: ${size} values do not fill shape ${formatShape(final)}`);
  const storage = allocate(result, size);
  if (found.dtype !== result) checkFits(op, flat, result, found.shape);
  storage.set(flat as ArrayLike<number>);
  return makeBuffer(final, result, storage);
}

function measure(op: string, values: unknown): number[] {
  const shape: number[] = [];
  const path: number[] = [];
  let level = values;
  while (Array.isArray(level) || arrayDType(op, level, path) !== undefined) {
    const { length } = level as ArrayLike<unknown>;
    shape.push(length);
    if (!Array.isArray(level) || length === 0) break;
    level = level[0] as unknown;
    path.push(0);
  }
  return shape;
}

/** All numbers in order; checks that every array is as long as the first of its level. */
function flatten(op: string, values: unknown, found: Found): number[] | TypedArray {
  const { shape } = found;
  if (!Array.isArray(values)) {
    const own = arrayDType(op, values, []);
    if (own !== undefined) {
      found.dtype = own;
      checkUnsigned(op, values, []);
      return values as TypedArray;
    }
  }
  const flat: number[] = [];
  const path: number[] = [];
  const note = (kind: DType): void => {
    found.dtype = found.dtype === undefined ? kind : promote(found.dtype, kind);
  };
  const visit = (value: unknown): void => {
    const depth = path.length;
    const own = arrayDType(op, value, path);
    if (own === undefined && !Array.isArray(value)) {
      if (depth < shape.length) raggedError(op, path, `a ${typeof value}`, `an array of ${shape[depth]}`);
      const [number, kind] = element(op, value, path);
      note(kind);
      flat.push(number);
      return;
    }
    const array = value as ArrayLike<unknown>;
    if (depth >= shape.length) raggedError(op, path, `an array of ${array.length}`, "a number");
    if (array.length !== shape[depth]) raggedError(op, path, `an array of ${array.length}`, `one of ${shape[depth]}`);
    if (own !== undefined) {
      if (depth !== shape.length - 1) raggedError(op, path, "an array of numbers", "an array of arrays");
      note(own);
      checkUnsigned(op, value, path);
      for (let i = 0; i < array.length; i += 1) flat.push(array[i] as number);
      return;
    }
    for (let i = 0; i < array.length; i += 1) {
      path.push(i);
      visit(array[i]);
      path.pop();
    }
  };
  visit(values);
  return flat;
}

function raggedError(op: string, path: readonly number[], got: string, expected: string): never {
  throw new ShapeError(
    `${op}: ${place(path)} is ${got} where its neighbours have ${expected}; all rows must be of one length`,
  );
}

function element(op: string, value: unknown, path: readonly number[]): [number, DType] {
  if (typeof value === "number") return [value, "float32"];
  if (typeof value === "boolean") return [value ? 1 : 0, "bool"];
  const fix =
    typeof value === "bigint"
      ? "; make it a number with Number(…)"
      : typeof value === "object" && value !== null
        ? "; tensors are joined with stack or concat"
        : "";
  const what =
    typeof value === "string"
      ? `the string ${JSON.stringify(value)}`
      : typeof value === "object"
        ? "no number"
        : `a ${typeof value}`;
  throw new DTypeError(`${op}: ${place(path)} is ${value === null ? "null" : what}, not a number or boolean${fix}`);
}

/** An unsigned 32-bit number may be larger than int32 holds. */
function checkUnsigned(op: string, values: unknown, path: readonly number[]): void {
  if (!(values instanceof Uint32Array)) return;
  const at = values.findIndex((x) => x > 2147483647);
  if (at >= 0) {
    throw new DTypeError(
      `${op}: ${place([...path, at])} is ${values[at]}, more than int32 holds; make it a Float64Array with Float64Array.from(values)`,
    );
  }
}

/** Whether every number can be what `dtype` holds: rounding to a float is fine, losing a fraction is not. */
function checkFits(op: string, values: ArrayLike<number>, dtype: DType, shape: Shape): void {
  if (dtype === "float32" || dtype === "float64") return;
  for (let i = 0; i < values.length; i += 1) {
    const x = values[i] ?? 0;
    const fits = dtype === "bool" ? x === 0 || x === 1 : (x | 0) === x;
    if (fits) continue;
    const path: number[] = [];
    let rest = i;
    for (const d of [...shape].reverse()) {
      path.unshift(rest % d);
      rest = Math.floor(rest / d);
    }
    const fix =
      dtype === "bool" ? "compare, as in tensor(values).ne(0)" : 'round it first, or use tensor(values).cast("int32")';
    throw new DTypeError(`${op}: ${place(path)} is ${x}, which ${dtype} does not hold; ${fix}`);
  }
}

/** Up to this many elements a constant is an array at once; larger ones wait in the graph and may never need memory. */
const eagerSize = 65536;

/** Every element `value`. */
export function filled(op: string, shape: Shape, value: number, dtype: DType): Node {
  if (!Array.isArray(shape))
    throw new UserError(`${op}: the shape must be an array such as [2, 3], got ${String(shape)}`);
  const checked = [...checkShape(op, shape)];
  if (typeof value !== "number") throw new DTypeError(`${op}: the value must be a number, got ${String(value)}`);
  checkFits(op, [value], dtype, []);
  const size = sizeOf(checked);
  if (compiling()) return broadcastTo(makeLiteral(value, dtype), checked);
  if (size > eagerSize) return broadcastTo(numberNode(value, dtype), checked);
  return makeBuffer(checked, dtype, allocate(dtype, size).fill(value));
}

/** A node that holds what `at` gives for each position, row-major. */
function computed(shape: Shape, dtype: DType, at: (i: number) => number): Node {
  const storage = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < storage.length; i += 1) storage[i] = at(i);
  return makeBuffer(shape, dtype, storage);
}

/** start + i·step for ⌈(stop − start) / step⌉ elements, each rounded once. */
export function arange(start: number, stop: number, step: number, dtype: DType | undefined): Node {
  if (![start, stop, step].every(Number.isFinite) || step === 0) {
    throw new UserError(`arange: start, stop and step must be finite and step not 0, got ${start}, ${stop}, ${step}`);
  }
  const whole = [start, stop, step].every(Number.isInteger);
  const result = dtype === undefined ? (whole ? "int32" : "float32") : checkDType("arange", dtype);
  if (result === "bool") throw new DTypeError("arange: dtype bool holds no sequence; use int32");
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (result === "int32")
    checkFits("arange", length > 0 ? [start, start + step, start + (length - 1) * step] : [], result, [3]);
  // A plain count inside a program is a formula, not a constant to be kept.
  if (compiling() && start === 0 && step === 1) return make("iota", [], { axis: 0, shape: [length], dtype: result });
  return computed([length], result, (i) => start + i * step);
}

function checkCount(op: string, count: number): void {
  if (!Number.isInteger(count) || count < 0)
    throw new ShapeError(`${op}: the number of elements must be a whole number ≥ 0, got ${count}`);
}

/** `count` numbers at equal distances; the last is `stop` itself when it belongs to them. */
export function linspace(op: string, start: number, stop: number, count: number, endpoint: boolean): Float64Array {
  checkCount(op, count);
  if (!Number.isFinite(start) || !Number.isFinite(stop))
    throw new UserError(`${op}: start and stop must be finite, got ${start} and ${stop}`);
  const gaps = endpoint ? count - 1 : count;
  return Float64Array.from({ length: count }, (_, i) => {
    if (i === 0) return start;
    return endpoint && i === gaps ? stop : start + ((stop - start) * i) / gaps;
  });
}

export function spaced(op: string, values: Float64Array, dtype: DType): Node {
  if (dtype === "int32" || dtype === "bool")
    throw new DTypeError(`${op}: dtype must be float32 or float64, got ${dtype}; cast afterwards`);
  return computed([values.length], dtype, (i) => values[i] ?? 0);
}

/** 1 where column = row + offset (`eye`), or where column ≤ row + offset (`tri`). */
export function banded(op: "eye" | "tri", rows: number, columns: number, offset: number, dtype: DType): Node {
  checkCount(op, rows);
  checkCount(op, columns);
  const k = checkOffset(op, offset);
  return computed([rows, columns], dtype, (i) => {
    const distance = (i % columns) - Math.floor(i / columns) - k;
    return (op === "eye" ? distance === 0 : distance <= 0) ? 1 : 0;
  });
}

/** x where column ≤ row + offset (`tril`) or ≥ (`triu`), else 0. */
export function triangle(op: "tril" | "triu", x: Node, offset: number): Node {
  const rank = x.shape.length;
  if (rank < 2) throw new ShapeError(`${op}: needs at least two axes, got shape ${formatShape(x.shape)}`);
  const k = checkOffset(op, offset);
  const [rows, columns] = [x.shape[rank - 2] ?? 0, x.shape[rank - 1] ?? 0];
  const row = make("iota", [], { axis: 0, shape: [rows, 1], dtype: "int32" });
  const column = make("iota", [], { axis: 1, shape: [1, columns], dtype: "int32" });
  const limit = add(row, k);
  return select(op === "tril" ? binary("le", column, limit) : binary("le", limit, column), x, 0);
}

/** A last axis of `classes`, with 1 at the index. */
export function oneHot(indices: Node, classes: number, dtype: DType): Node {
  checkCount("oneHot", classes);
  if (indices.dtype !== "int32") {
    throw new DTypeError(
      `oneHot: indices must be int32, got ${indices.dtype} of shape ${formatShape(indices.shape)}; cast("int32") first`,
    );
  }
  const wrong = indices.storage?.find((i) => i < 0 || i >= classes);
  if (wrong !== undefined)
    throw new IndexError(`oneHot: index ${wrong} is out of range for ${classes} classes; use 0 to ${classes - 1}`);
  const rank = indices.shape.length;
  const positions = make("iota", [], { axis: rank, shape: [...indices.shape.map(() => 1), classes], dtype: "int32" });
  return cast(binary("eq", reshape(indices, [...indices.shape, 1]), positions), dtype);
}

/** Each vector stretched over the axes of all others. With "xy" the first two axes are exchanged. */
export function meshgrid(vectors: readonly Node[], indexing: "xy" | "ij"): Node[] {
  vectors.forEach((v, i) => {
    if (v.shape.length > 1)
      throw new ShapeError(`meshgrid: argument ${i} must be a vector, got shape ${formatShape(v.shape)}`);
  });
  if (indexing !== "xy" && indexing !== "ij")
    throw new UserError(`meshgrid: indexing must be "xy" or "ij", got ${String(indexing)}`);
  const order = vectors.map((_, i) => i);
  if (indexing === "xy" && order.length > 1) [order[0], order[1]] = [1, 0];
  const shape = order.map((i) => sizeOf(vectors[i]?.shape ?? []));
  return vectors.map((v, i) => {
    const own = order.map((j) => (j === i ? sizeOf(v.shape) : 1));
    return broadcastTo(reshape(v, own), shape);
  });
}
