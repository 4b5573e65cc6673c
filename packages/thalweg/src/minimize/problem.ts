/** What is minimised: a function on plain float64 vectors, written out or made of a function of tensors. */
import { NumericalError, ShapeError, UserError } from "../base/errors.js";
import { kindOf, readVector, type VectorInput } from "../data/matrix.js";
import { compile } from "../tensor/compile.js";
import { fromData } from "../tensor/creation.js";
import { grad, jvp, valueAndGrad } from "../tensor/derivatives.js";
import { hessian, jacobian } from "../tensor/jacobians.js";
import type { Tensor } from "../tensor/tensor.js";

/** The value at x; the gradient is written into `gradient`. Outside of the domain the value may be NaN or infinite: steps get shorter then. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface Problem {
  readonly objective: Objective;
  /** Writes the second derivatives at x into `hessian`, n × n row-major. */
  readonly hessian?: (x: Float64Array, hessian: Float64Array) => void;
  /** Writes the product of the second derivatives at x with v into `product`. */
  readonly hessianProduct?: (x: Float64Array, v: Float64Array, product: Float64Array) => void;
}

/** An objective of two functions on plain arrays. */
export function objectiveOf(
  value: (x: Float64Array) => number,
  gradient: (x: Float64Array) => ArrayLike<number>,
): Objective {
  checkFunction("objectiveOf", "value", value);
  checkFunction("objectiveOf", "gradient", gradient);
  return (x, into) => {
    const found = gradient(x);
    if (found.length !== x.length)
      throw new ShapeError(`objectiveOf: the gradient has ${found.length} elements, x has ${x.length}`);
    into.set(found);
    return value(x);
  };
}

/**
 * A problem of a function of a float64 tensor of one axis with a value of shape []. Value and gradient are one compiled program; so are second
 * derivatives and their products with vectors, for the methods that ask for them.
 *
 *     lbfgs(tensorProblem((x) => x.sub(3).square().sum()), [0, 0]).x   // 3, 3
 */
export function tensorProblem(fn: (x: Tensor) => Tensor): Required<Problem> {
  checkFunction("tensorProblem", "fn", fn);
  const first = compile(valueAndGrad(fn));
  const second = compile(hessian(fn));
  const along = compile((x: Tensor, v: Tensor) => jvp(grad(fn), [x], [v])[1]);
  const asTensor = (x: Float64Array): Tensor => fromData(x, [x.length]);
  return {
    objective: (x, gradient) => {
      const [value, slope] = first(asTensor(x));
      gradient.set(slope.storage("tensorProblem"));
      return value.item();
    },
    hessian: (x, into) => into.set(second(asTensor(x)).storage("tensorProblem")),
    hessianProduct: (x, v, into) => into.set(along(asTensor(x), asTensor(v)).storage("tensorProblem")),
  };
}

/** Residuals r(x) of a sum of squares and their Jacobian. */
export interface Residuals {
  /** The m residuals at x. */
  readonly residuals: (x: Float64Array) => Float64Array;
  /** Their derivatives ∂rᵢ/∂xⱼ at x, m × n row-major. */
  readonly jacobian: (x: Float64Array) => Float64Array;
}

/** Residuals of a function from a float64 tensor of one axis to another. */
export function tensorResiduals(fn: (x: Tensor) => Tensor): Residuals {
  checkFunction("tensorResiduals", "fn", fn);
  const value = compile(fn);
  const slopes = compile(jacobian(fn));
  const copy = (t: Tensor): Float64Array => Float64Array.from(t.storage("tensorResiduals"));
  return {
    residuals: (x) => copy(value(fromData(x, [x.length]))),
    jacobian: (x) => copy(slopes(fromData(x, [x.length]))),
  };
}

export function readProblem(op: string, given: Objective | Problem): Problem {
  if (typeof given === "function") return { objective: given };
  if (typeof given === "object" && given !== null && typeof given.objective === "function") {
    if (given.hessian !== undefined) checkFunction(op, "hessian", given.hessian);
    if (given.hessianProduct !== undefined) checkFunction(op, "hessianProduct", given.hessianProduct);
    return given;
  }
  throw new UserError(
    `${op}: the first argument must be a function (x, gradient) => value, or a problem such as tensorProblem makes, got ${kindOf(given)}`,
  );
}

/** @throws UserError unless both residuals and Jacobian are functions. */
export function checkResiduals(op: string, given: Residuals): void {
  if (typeof given !== "object" || given === null)
    throw new UserError(
      `${op}: the first argument must be { residuals, jacobian }, or what tensorResiduals makes, got ${kindOf(given)}`,
    );
  checkFunction(op, "residuals", given.residuals);
  checkFunction(op, "jacobian", given.jacobian);
}

function checkFunction(op: string, name: string, given: unknown): void {
  if (typeof given !== "function") throw new UserError(`${op}: ${name} must be a function, got ${kindOf(given)}`);
}

/** A point with what the objective says about it. */
export interface Point {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Counts what is asked of an objective. */
export class Evaluator {
  count = 0;
  readonly #objective: Objective;

  constructor(objective: Objective) {
    this.#objective = objective;
  }

  at(x: Float64Array): Point {
    this.count += 1;
    const gradient = new Float64Array(x.length);
    return { x, value: this.#objective(x, gradient), gradient };
  }

  /** @throws NumericalError unless value and gradient are finite. */
  start(op: string, given: VectorInput): Point {
    const point = this.at(readVector(op, "start", given));
    if (typeof point.value !== "number")
      throw new UserError(`${op}: the objective must return a number, got ${kindOf(point.value)}`);
    if (!Number.isFinite(point.value) || !point.gradient.every(Number.isFinite))
      throw new NumericalError(
        `${op}: value or gradient is not finite at the start (value ${point.value}); start inside the domain`,
        { value: point.value },
      );
    return point;
  }
}
