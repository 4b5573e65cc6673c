/** Activations as layers. */
import type { Tensor } from "../tensor/tensor.js";
import * as f from "./activations.js";
import { Module } from "./module.js";

export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return f.relu(x);
  }
}

export class LeakyReLU extends Module {
  readonly slope: number;
  constructor({ slope = 0.01 }: f.LeakyReLUOptions = {}) {
    super();
    this.slope = slope;
  }
  forward(x: Tensor): Tensor {
    return f.leakyReLU(x, { slope: this.slope });
  }
  override describeSettings(): string {
    return `slope ${this.slope}`;
  }
}

export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return f.sigmoid(x);
  }
}

export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return f.tanh(x);
  }
}

export class GELU extends Module {
  readonly approximate: "none" | "tanh";
  constructor({ approximate = "none" }: f.GELUOptions = {}) {
    super();
    this.approximate = approximate;
  }
  forward(x: Tensor): Tensor {
    return f.gelu(x, { approximate: this.approximate });
  }
  override describeSettings(): string {
    return this.approximate === "none" ? "" : this.approximate;
  }
}

export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return f.silu(x);
  }
}

export class Softplus extends Module {
  forward(x: Tensor): Tensor {
    return f.softplus(x);
  }
}

export class ELU extends Module {
  readonly alpha: number;
  constructor({ alpha = 1 }: f.ELUOptions = {}) {
    super();
    this.alpha = alpha;
  }
  forward(x: Tensor): Tensor {
    return f.elu(x, { alpha: this.alpha });
  }
  override describeSettings(): string {
    return `alpha ${this.alpha}`;
  }
}

/** For the end of a classifier that is to give probabilities. Losses take logits: train without it. */
export class Softmax extends Module {
  readonly axis: number;
  constructor({ axis = -1 }: f.AxisOptions = {}) {
    super();
    this.axis = axis;
  }
  forward(x: Tensor): Tensor {
    return f.softmax(x, { axis: this.axis });
  }
  override describeSettings(): string {
    return `axis ${this.axis}`;
  }
}

export class LogSoftmax extends Module {
  readonly axis: number;
  constructor({ axis = -1 }: f.AxisOptions = {}) {
    super();
    this.axis = axis;
  }
  forward(x: Tensor): Tensor {
    return f.logSoftmax(x, { axis: this.axis });
  }
  override describeSettings(): string {
    return `axis ${this.axis}`;
  }
}

/** Gives what it is given. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}
