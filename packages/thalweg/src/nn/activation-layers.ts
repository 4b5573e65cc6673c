/** Activations as layers. */
import type { Tensor } from "../tensor/tensor.js";
import * as f from "./activations.js";
import { Module } from "./module.js";

/** max(x, 0), elementwise; derivative 0 at 0. Any shape; see `relu`. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return f.relu(x);
  }
}

/** x above 0, slope · x elsewhere, elementwise. Any shape; see `leakyReLU`. */
export class LeakyReLU extends Module {
  readonly slope: number;
  /** `slope`: below 0. Default: 0.01. */
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

/** 1 / (1 + e⁻ˣ), elementwise: into (0, 1). Any shape; see `sigmoid`. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return f.sigmoid(x);
  }
}

/** The hyperbolic tangent, elementwise: into (−1, 1). Any shape; see `tanh`. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return f.tanh(x);
  }
}

/** x · Φ(x) with the normal distribution function Φ, elementwise, or its approximation by tanh. Any shape; see `gelu`. */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";
  /** `approximate`: "none" or "tanh". Default: "none". */
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

/** x · sigmoid(x), also called swish, elementwise. Any shape; see `silu`. */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return f.silu(x);
  }
}

/** ln(1 + eˣ), a smooth ReLU, elementwise: into (0, ∞). Any shape; see `softplus`. */
export class Softplus extends Module {
  forward(x: Tensor): Tensor {
    return f.softplus(x);
  }
}

/** x above 0, alpha · (eˣ − 1) elsewhere, elementwise. Any shape; see `elu`. */
export class ELU extends Module {
  readonly alpha: number;
  /** `alpha`: −alpha is the limit at −∞. Default: 1. */
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
  /** `axis`: of the classes, which sum to 1. Default: −1, the last. */
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

/** Logarithms of probabilities along an axis, for the end of a classifier. Cross-entropy takes logits: train without it. See `logSoftmax`. */
export class LogSoftmax extends Module {
  readonly axis: number;
  /** `axis`: of the classes, which sum to 1. Default: −1, the last. */
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
