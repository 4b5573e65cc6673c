/** The fully connected layer. */
import { ShapeError, UserError } from "../base/errors.js";
import { formatShape } from "../base/shape.js";
import { checkTensor } from "../tensor/operand.js";
import type { Tensor } from "../tensor/tensor.js";
import { heUniform, type Initializer, zeros } from "./initializers.js";
import { Module, type ModuleOptions } from "./module.js";
import { Parameter } from "./parameter.js";

export interface LinearOptions extends ModuleOptions {
  /** Whether to add a bias. Default: true. */
  readonly bias?: boolean;
  /** Of the weight. Default: heUniform, which suits ReLU and its kind; for tanh and sigmoid take xavierUniform. */
  readonly initializer?: Initializer;
  /** Of the bias. Default: zeros. */
  readonly biasInitializer?: Initializer;
}

/** x · W + b along the last axis: […, inputs] → […, outputs], with W of shape [inputs, outputs] and b of shape [outputs]. */
export class Linear extends Module {
  readonly inputs: number;
  readonly outputs: number;
  weight: Parameter;
  bias: Parameter | undefined;

  constructor(inputs: number, outputs: number, options: LinearOptions = {}) {
    super(options);
    for (const n of [inputs, outputs]) {
      if (!Number.isInteger(n) || n < 1)
        throw new UserError(`Linear: inputs and outputs must be whole numbers ≥ 1, got ${inputs} and ${outputs}`);
    }
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = new Parameter([inputs, outputs], options.initializer ?? heUniform());
    this.bias = options.bias === false ? undefined : new Parameter([outputs], options.biasInitializer ?? zeros());
  }

  /** @throws ShapeError when the last axis of x is not of size `inputs`. */
  forward(x: Tensor): Tensor {
    checkTensor(`Linear(${this.describeSettings()})`, x);
    if (x.rank === 0 || x.shape.at(-1) !== this.inputs) {
      throw new ShapeError(
        `Linear(${this.describeSettings()}) with weights ${this.weight.path}: the input's last axis must be of size ${this.inputs}, got shape ${formatShape(x.shape)}`,
      );
    }
    const rows = x.rank === 2 ? x : x.reshape([-1, this.inputs]);
    const product = rows.matmul(this.weight.value);
    const y = this.bias === undefined ? product : product.add(this.bias.value);
    return x.rank === 2 ? y : y.reshape([...x.shape.slice(0, -1), this.outputs]);
  }

  override describeSettings(): string {
    return `${this.inputs} → ${this.outputs}`;
  }
}
