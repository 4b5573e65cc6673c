/** State that outlives a program: parameters, optimiser slots, running statistics, random keys. */
import { allocate, type DType, type TypedArray } from "../base/dtype.js";
import { InternalError, NumericalError, ShapeError } from "../base/errors.js";
import { formatShape, type Shape, sizeOf } from "../base/shape.js";
import { makeBuffer, type Node } from "../graph/node.js";
import type { VariableRef } from "../graph/primitives.js";

/** Where a device keeps a variable between programs. */
export interface Home {
  /** The current value, as an array of the caller's own. */
  read(): TypedArray;
  /** Tells the device that the value has moved elsewhere and the place is free. */
  release(): void;
}

let nextId = 1;

/**
 * A mutable cell of fixed shape and dtype. Its value is in exactly one place: in a JavaScript array, or with the device that used it last.
 * Programs share variables: what a training program writes, a validation program reads.
 */
export class Variable implements VariableRef {
  readonly id: number;
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  private array: TypedArray | undefined;
  private home: Home | undefined;
  private snapshotNode: Node | undefined;
  private lost: string | undefined;

  /** Takes `value` over: the caller keeps no reference. Without it, zeros. */
  constructor(name: string, shape: Shape, dtype: DType, value?: TypedArray) {
    this.id = nextId;
    nextId += 1;
    this.name = name;
    this.shape = shape;
    this.dtype = dtype;
    this.array = value ?? allocate(dtype, sizeOf(shape));
    this.check(this.array);
  }

  /** A copy of the current value. */
  read(): TypedArray {
    if (this.lost !== undefined) throw new NumericalError(`variable ${this.name} was lost: ${this.lost}`);
    if (this.home !== undefined) return this.home.read();
    if (this.array === undefined) throw new InternalError(`variable ${this.name} has no value`);
    return this.array.slice();
  }

  /** Replaces the value by a copy of `value`. */
  write(value: TypedArray): void {
    this.check(value);
    this.home?.release();
    this.home = undefined;
    this.array = value.slice();
    this.lost = undefined;
    this.changed();
  }

  /** The current value as a node; one copy serves until the value changes. */
  snapshot(): Node {
    this.snapshotNode ??= makeBuffer(this.shape, this.dtype, this.read());
    return this.snapshotNode;
  }

  /** For devices: hands the value over, to be kept at `home` from now on. */
  moveTo(home: (value: TypedArray) => Home): void {
    const value =
      this.home === undefined && this.array !== undefined && this.lost === undefined ? this.array : this.read();
    this.home?.release();
    this.home = home(value);
    this.array = undefined;
  }

  /** For devices: where the value is kept, when it is not a JavaScript array. */
  get residence(): Home | undefined {
    return this.home;
  }

  /** For devices: a program has written the variable in place. */
  changed(): void {
    this.snapshotNode = undefined;
  }

  /** For devices: the value is gone, and reading it is an error that says why. */
  markLost(why: string): void {
    this.lost = why;
    this.home?.release();
    this.home = undefined;
    this.array = undefined;
    this.changed();
  }

  private check(value: TypedArray): void {
    if (value.length !== sizeOf(this.shape)) {
      throw new ShapeError(
        `variable ${this.name} of shape ${formatShape(this.shape)} cannot hold ${value.length} elements`,
      );
    }
  }
}
