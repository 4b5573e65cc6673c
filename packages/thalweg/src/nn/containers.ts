/** Layers one after the other, and layers that only change shapes. */
import { ShapeError, UserError } from "../base/errors.js";
import { formatShape } from "../base/shape.js";
import { checkTensor } from "../tensor/operand.js";
import type { Tensor } from "../tensor/tensor.js";
import { inStage } from "./layer-tracking.js";
import { type Layer, Module, type ModuleOptions } from "./module.js";

/** A layer, or a function without parameters. */
export type Stage = Layer | ((x: Tensor) => Tensor);

/** Applies its layers in order. Paths of parameters read `layers.0.weight`. */
export class Sequential extends Module {
  readonly layers: readonly Stage[];

  constructor(layers: readonly Stage[], options: ModuleOptions = {}) {
    super(options);
    for (const [i, layer] of layers.entries()) {
      if (typeof layer !== "function" && !(layer instanceof Module && typeof layer.forward === "function")) {
        throw new UserError(
          `sequential: layer ${i} must be a module with a forward method or a function, got ${String(layer)}`,
        );
      }
    }
    this.layers = [...layers];
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const [i, layer] of this.layers.entries()) {
      y = typeof layer === "function" ? inStage(`layers.${i}`, layer, y) : layer.forward(y);
    }
    return y;
  }
}

/** `sequential(new Linear(8, 64), new ReLU(), new Linear(64, 1))`, or with options first: `sequential({ seed: 42 }, …)`. */
export function sequential(...stages: readonly Stage[]): Sequential;
export function sequential(options: ModuleOptions, ...stages: readonly Stage[]): Sequential;
export function sequential(...all: readonly (Stage | ModuleOptions)[]): Sequential {
  const [first, ...rest] = all;
  if (first === undefined || typeof first === "function" || first instanceof Module)
    return new Sequential(all as readonly Stage[]);
  return new Sequential(rest as readonly Stage[], first as ModuleOptions);
}

export interface FlattenOptions {
  /** The first axis that is merged with all behind it. Default: 1, which keeps the batch. */
  readonly from?: number;
}

/** Merges axes into one: [n, …] → [n, size of the rest]. */
export class Flatten extends Module {
  readonly from: number;

  constructor({ from = 1 }: FlattenOptions = {}) {
    super();
    if (!Number.isInteger(from) || from < 0)
      throw new UserError(`Flatten: from must be a whole number ≥ 0, got ${from}`);
    this.from = from;
  }

  forward(x: Tensor): Tensor {
    checkTensor("Flatten", x);
    if (x.rank < this.from)
      throw new ShapeError(`Flatten: needs at least ${this.from} axes, got shape ${formatShape(x.shape)}`);
    let rest = 1;
    for (const d of x.shape.slice(this.from)) rest *= d;
    return x.reshape([...x.shape.slice(0, this.from), rest]);
  }

  override describeSettings(): string {
    return this.from === 1 ? "" : `from axis ${this.from}`;
  }
}
