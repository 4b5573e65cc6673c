/** Parameters and other state of modules: declared with a shape and an initialiser, given a value at first use. */
import { allocate, type DType, type FloatDType, isFloat } from "../base/dtype.js";
import { DTypeError, ShapeError, UserError } from "../base/errors.js";
import { fold, type Key, key } from "../base/random.js";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "../base/shape.js";
import type { Node } from "../graph/node.js";
import type { VariableRef } from "../graph/primitives.js";
import { Variable } from "../runtime/variable.js";
import { Tensor } from "../tensor/tensor.js";
import { assignVariable, currentCompileTrace, readVariable } from "../tensor/trace.js";
import { claimThrough } from "./claim.js";
import type { Initializer } from "./initializers.js";
import { findRoot } from "./registry.js";

/** What the root decides for a variable of one of its modules. */
export interface Binding {
  /** The dotted path from the root. */
  readonly path: string;
  readonly dtype: FloatDType;
  readonly key: Key;
}

const owners = new WeakMap<VariableRef, ModuleVariable>();

/** The parameter or state behind a variable of the runtime. */
export function moduleVariableOf(variable: VariableRef): ModuleVariable | undefined {
  return owners.get(variable);
}

export abstract class ModuleVariable {
  readonly shape: Shape;
  readonly initializer: Initializer;
  /** Whether training changes it by its gradient. */
  abstract readonly trainable: boolean;
  #variable: Variable | undefined;
  #binding: Binding | undefined;
  /** Undefined: the root's. */
  readonly #dtype: DType | undefined;

  constructor(shape: Shape, initializer: Initializer, dtype: DType | undefined) {
    this.shape = Object.freeze([...checkShape("a parameter", shape)]);
    this.initializer = initializer;
    this.#dtype = dtype;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The dotted path from the root that was used first. */
  get path(): string {
    return this.bound.path;
  }

  get dtype(): DType {
    return this.#dtype ?? this.bound.dtype;
  }

  /** The value: inside a compiled function the one at each call, elsewhere a snapshot. */
  get value(): Tensor {
    return new Tensor(readVariable(this.variable));
  }

  /** The cell that programs share. For the inside of Thalweg. */
  get variable(): Variable {
    if (this.#variable === undefined) {
      const { path, key: own } = this.bound;
      const value = allocate(this.dtype, this.size);
      this.initializer.fill(value, this.shape, own);
      this.#variable = new Variable(path, this.shape, this.dtype, value);
      owners.set(this.#variable, this);
    }
    return this.#variable;
  }

  /** Decides path, dtype and key; the first to do so wins. */
  bind(binding: Binding): void {
    this.#binding ??= binding;
  }

  private get bound(): Binding {
    if (this.#binding === undefined) {
      const root = findRoot(this);
      if (root !== undefined) claimThrough(root);
    }
    // Belongs to no module: it stands for itself, with the default seed.
    this.#binding ??= { path: "(a parameter outside of any module)", dtype: "float32", key: fold(key(0), "") };
    return this.#binding;
  }

  /** The node to assign, of the right shape and dtype. */
  protected checked(op: string, value: Tensor): Node {
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(`${op}: ${this.path} has shape ${formatShape(this.shape)}, got ${formatShape(value.shape)}`);
    }
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        `${op}: ${this.path} is ${this.dtype}, got ${value.dtype}; convert it with .cast("${this.dtype}")`,
      );
    }
    return value.node;
  }

  protected write(node: Node): void {
    this.variable.write(new Tensor(node).storage("assign"));
  }
}

/**
 * A trainable tensor of a module. Construction only declares it; its first value appears when it is first used, made by the initialiser
 * from the root's seed and the parameter's path. Always float: of the root's dtype.
 */
export class Parameter extends ModuleVariable {
  readonly trainable = true;

  constructor(shape: Shape, initializer: Initializer) {
    super(shape, initializer, undefined);
  }

  /** Replaces the value at once. @throws UserError inside a compiled function: there only the optimiser changes parameters. */
  set(value: Tensor): void {
    if (currentCompileTrace() !== undefined) {
      throw new UserError(
        `parameter ${this.path} cannot be set inside a compiled function; for running statistics use nn.State`,
      );
    }
    this.write(this.checked("set", value));
  }
}

export interface StateOptions {
  /** Default: the root's float dtype. */
  readonly dtype?: DType;
}

/** A tensor of a module that is not trained but assigned: running means, counters. */
export class State extends ModuleVariable {
  readonly trainable = false;

  constructor(shape: Shape, initializer: Initializer, { dtype }: StateOptions = {}) {
    super(shape, initializer, dtype);
  }

  /**
   * The value from now on; inside a compiled function, from its end on. A float value is cast to the dtype of the state.
   *
   * @throws UserError when one compiled function assigns it twice.
   */
  assign(value: Tensor): void {
    if (currentCompileTrace()?.updates.has(this.variable) === true) {
      throw new UserError(
        `state ${this.path} is assigned twice in one compiled function; compute its last value and assign that`,
      );
    }
    const fitting = isFloat(value.dtype) && isFloat(this.dtype) ? value.cast(this.dtype) : value;
    assignVariable(this.variable, this.checked("assign", fitting), (node) => this.write(node));
  }
}
