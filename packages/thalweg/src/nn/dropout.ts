/** N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014, in the inverted form. */

import { isFloat } from "../base/dtype.js";
import { DTypeError, UserError } from "../base/errors.js";
import { binary, select } from "../graph/build.js";
import { makeLiteral } from "../graph/node.js";
import { checkTensor } from "../tensor/operand.js";
import * as random from "../tensor/random.js";
import { Tensor } from "../tensor/tensor.js";
import { isTraining } from "../tensor/trace.js";
import { Module } from "./module.js";
import { nextKey } from "./randomness.js";

/**
 * In training each element is set to 0 with probability `rate` and otherwise multiplied by 1 / (1 − rate), so that its expectation stays; in
 * evaluation nothing happens.
 *
 * @throws UserError in training mode where there is no random state; see `inTraining`.
 */
export function dropout(x: Tensor, rate: number): Tensor {
  checkTensor("dropout", x);
  checkRate(rate);
  if (!isTraining() || rate === 0) return x;
  if (!isFloat(x.dtype)) throw new DTypeError(`dropout: needs floats, got ${x.dtype}; convert with .cast("float32")`);
  const bits = random.bits(x.shape, { key: nextKey("dropout") });
  // Of the 2³² equally likely words, from −2³¹ on, the lowest rate · 2³² drop the element.
  const kept = binary(
    "le",
    makeLiteral(Math.min(Math.round(rate * 2 ** 32) - 2 ** 31, 2 ** 31 - 1), "int32"),
    bits.node,
  );
  return new Tensor(select(kept, x.mul(1 / (1 - rate)).node, 0));
}

/**
 * `dropout` as a layer: in training each element is set to 0 with probability `rate` and otherwise multiplied by 1 / (1 − rate); in evaluation,
 * outside of training steps, it gives what it is given. Any shape, floats only. What is dropped depends on the seed of the training step and its
 * number.
 *
 * N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.
 */
export class Dropout extends Module {
  readonly rate: number;

  /** `rate`: the probability with which an element is dropped, at least 0 and below 1 (else UserError). Default: 0.5. */
  constructor(rate = 0.5) {
    super();
    checkRate(rate);
    this.rate = rate;
  }

  forward(x: Tensor): Tensor {
    return dropout(x, this.rate);
  }

  override describeSettings(): string {
    return `${this.rate}`;
  }
}

function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new UserError(`dropout: the rate must be at least 0 and below 1, got ${rate}`);
}
