/** Cutting data into batches, in an order that depends on seed and epoch only. */
import { allocate, type TypedArray } from "../base/dtype.js";
import { ShapeError, UserError } from "../base/errors.js";
import { fold, key, threefry2x32 } from "../base/random.js";
import { formatShape } from "../base/shape.js";
import { makeBuffer } from "../graph/node.js";
import { checkTensor } from "../tensor/operand.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * What happens to the last batch when the rows do not come out even. "keep": it is smaller. "drop": it is left out. "pad": it is filled up with
 * its own first row, and every batch gets one more tensor, the weights: 1 for real rows, 0 for filling.
 */
export type LastBatch = "keep" | "drop" | "pad";

export interface BatchOptions {
  /** Rows a batch: all of them for batch descent, 1 for stochastic descent, something between for mini-batches. Default: 32. */
  readonly batchSize?: number;
  /** Default: false. */
  readonly shuffle?: boolean;
  /** Of the shuffling. Default: 0. */
  readonly seed?: number;
  /** Which of the seed's orders; another for each pass over the data. Default: 0. */
  readonly epoch?: number;
  /** Default: "keep". */
  readonly last?: LastBatch;
}

/**
 * The batches of one pass over `data`: tensors with equally many rows (first axis), such as [x, y].
 *
 *     for (const [x, y] of batches([inputs, targets], { batchSize: 32, shuffle: true, seed: 42, epoch })) step(x, y);
 *
 * @throws ShapeError when the numbers of rows differ, UserError for no rows, or when dropping would leave no batch.
 */
export function batches(data: readonly Tensor[], options: BatchOptions = {}): Generator<Tensor[]> {
  // Not a generator itself: mistakes are reported at the call, not at the first batch.
  const cutter = new BatchCutter(data, options);
  return inOrder(cutter, cutter.order(options.epoch ?? 0));
}

function* inOrder(cutter: BatchCutter, order: Int32Array): Generator<Tensor[]> {
  for (let i = 0; i < cutter.count; i += 1) yield cutter.batch(order, i);
}

/** Cuts the same data again and again. */
export class BatchCutter {
  readonly rows: number;
  readonly batchSize: number;
  /** Batches an epoch. */
  readonly count: number;
  readonly #columns: readonly Column[];
  readonly #options: Required<Omit<BatchOptions, "epoch">>;

  constructor(data: readonly Tensor[], options: BatchOptions) {
    const { batchSize = 32, shuffle = false, seed = 0, last = "keep" } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw new UserError(`batches: batchSize must be a whole number ≥ 1, got ${batchSize}`);
    if (last !== "keep" && last !== "drop" && last !== "pad") {
      throw new UserError(`batches: last must be "keep", "drop" or "pad", got ${String(last)}`);
    }
    this.rows = countRows(data);
    if (last === "drop" && this.rows < batchSize) {
      throw new UserError(
        `batches: ${this.rows} rows make no batch of ${batchSize}, and the rest is dropped; take a smaller batchSize or last: "keep"`,
      );
    }
    this.batchSize = last === "keep" ? Math.min(batchSize, this.rows) : batchSize;
    this.count = last === "drop" ? Math.floor(this.rows / batchSize) : Math.ceil(this.rows / batchSize);
    this.#columns = data.map((tensor) => new Column(tensor));
    this.#options = { batchSize, shuffle, seed, last };
  }

  /** The rows in the order of an epoch. */
  order(epoch: number): Int32Array {
    const { shuffle, seed } = this.#options;
    return shuffle ? shuffledRows(this.rows, seed, epoch) : Int32Array.from({ length: this.rows }, (_, i) => i);
  }

  /** Rows that batch i really has. */
  sizeOf(i: number): number {
    return Math.min(this.batchSize, this.rows - i * this.batchSize);
  }

  batch(order: Int32Array, i: number): Tensor[] {
    const start = i * this.batchSize;
    const size = this.sizeOf(i);
    const padded = this.#options.last === "pad";
    const length = padded ? this.batchSize : size;
    const picked = order.subarray(start, start + size);
    const tensors = this.#columns.map((column) => column.pick(picked, length));
    if (padded) {
      const weights = new Float32Array(length).fill(1, 0, size);
      tensors.push(new Tensor(makeBuffer([length], "float32", weights)));
    }
    return tensors;
  }
}

/** A permutation of 0 … rows − 1 (Fisher and Yates). */
export function shuffledRows(rows: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const [k0, k1] = fold(fold(key(seed), "order of rows"), epoch);
  for (let i = rows - 1; i > 0; i -= 2) {
    const [a, b] = threefry2x32(k0 ?? 0, k1 ?? 0, i, 0);
    exchange(order, i, a);
    if (i > 1) exchange(order, i - 1, b);
  }
  return order;
}

/** Row i changes places with one of 0 … i, chosen by 32 random bits. */
function exchange(order: Int32Array, i: number, bits: number): void {
  const j = Math.floor(((bits >>> 0) / 4294967296) * (i + 1));
  const moved = order[j] as number;
  order[j] = order[i] as number;
  order[i] = moved;
}

/** The rows of `data` at `rows`, as new tensors. */
export function pickRows(data: readonly Tensor[], rows: Int32Array): Tensor[] {
  return data.map((tensor) => new Column(tensor).pick(rows, rows.length));
}

export function countRows(data: readonly Tensor[]): number {
  if (!Array.isArray(data)) throw new UserError("batches: the data must be a list of tensors, such as [x, y]");
  for (const tensor of data) checkTensor("batches", tensor);
  const [first] = data as readonly Tensor[];
  if (first === undefined) throw new UserError("batches: give at least one tensor");
  for (const tensor of data) {
    if (tensor.rank === 0) throw new ShapeError("batches: every tensor must have rows, got a single number");
    if (tensor.shape[0] !== first.shape[0]) {
      throw new ShapeError(
        `batches: all tensors must have equally many rows, got shapes ${data.map((t) => formatShape(t.shape)).join(" and ")}`,
      );
    }
  }
  const rows = first.shape[0] ?? 0;
  if (rows === 0) throw new UserError("batches: the data has no rows");
  return rows;
}

/** From this many elements a row, copying a row at once is faster than a loop. */
const wideRow = 24;
/** Elements that are allocated at a time: small batches share an array, for an allocation costs more than copying a small batch. */
const sharedElements = 32768;

class Column {
  readonly #tensor: Tensor;
  readonly #storage: TypedArray;
  readonly #width: number;
  #shared: TypedArray;
  #used = 0;

  constructor(tensor: Tensor) {
    this.#tensor = tensor;
    this.#storage = tensor.storage("batches");
    this.#width = tensor.size / (tensor.shape[0] ?? 1);
    this.#shared = allocate(tensor.dtype, 0);
  }

  /** `length` rows: those at `rows`, then the first of them again. */
  pick(rows: Int32Array, length: number): Tensor {
    const target = this.take(length * this.#width);
    copyRows(this.#storage, rows, this.#width, target);
    for (let r = rows.length; r < length; r += 1) target.copyWithin(r * this.#width, 0, this.#width);
    return new Tensor(makeBuffer([length, ...this.#tensor.shape.slice(1)], this.#tensor.dtype, target));
  }

  private take(elements: number): TypedArray {
    if (elements * 4 > sharedElements) return allocate(this.#tensor.dtype, elements);
    if (this.#used + elements > this.#shared.length) {
      this.#shared = allocate(this.#tensor.dtype, sharedElements);
      this.#used = 0;
    }
    this.#used += elements;
    return this.#shared.subarray(this.#used - elements, this.#used);
  }
}

function copyRows(source: TypedArray, rows: Int32Array, width: number, target: TypedArray): void {
  const count = rows.length;
  let to = 0;
  for (let r = 0; r < count; r += 1) {
    let from = (rows[r] as number) * width;
    if (width >= wideRow) {
      target.set(source.subarray(from, from + width), to);
      to += width;
      continue;
    }
    for (let k = 0; k < width; k += 1) {
      target[to] = source[from] as number;
      to += 1;
      from += 1;
    }
  }
}
