/** An optimiser's state, kept in variables. */
import { DTypeError, InternalError, ShapeError, UserError } from "../base/errors.js";
import { formatShape, sameShape } from "../base/shape.js";
import { type Flattened, flatten } from "../base/trees.js";
import type { Optimizer, OptimizerState, Tensors } from "../optim/optimizer.js";
import { Variable } from "../runtime/variable.js";
import { Tensor } from "../tensor/tensor.js";
import { assignVariable, readVariable } from "../tensor/trace.js";

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

export class OptimizerSlots {
  readonly variables: readonly Variable[];
  readonly #optimizer: Optimizer;
  readonly #shape: Flattened<Tensor>;

  constructor(optimizer: Optimizer, parameters: Tensors) {
    this.#optimizer = optimizer;
    this.#shape = flatten(optimizer.init(parameters), isTensor);
    this.variables = this.#shape.leaves.map(
      (first, i) =>
        new Variable(`optimizer.${this.#shape.paths[i] ?? i}`, first.shape, first.dtype, first.storage("init").slice()),
    );
  }

  /** Inside a trace: the state as the optimiser knows it. */
  read(): OptimizerState {
    return this.#shape.rebuild(this.variables.map((v) => new Tensor(readVariable(v)))) as OptimizerState;
  }

  /** Inside a trace: the state after the step. */
  assign(state: OptimizerState): void {
    const next = flatten(state, isTensor);
    if (next.structure !== this.#shape.structure) {
      throw new UserError(
        `optimiser ${this.#optimizer.name}: update must return a state of the structure that init gave, ${this.#shape.structure}, got ${next.structure}`,
      );
    }
    this.variables.forEach((variable, i) => {
      const value = next.leaves[i];
      if (value === undefined) throw new InternalError("a state without a leaf");
      assignLike(variable, value, `optimiser ${this.#optimizer.name}: state ${variable.name}`);
    });
  }
}

/** Inside a trace: gives a variable a value, which must be of its shape and dtype. */
export function assignLike(variable: Variable, value: Tensor, what: string): void {
  if (!sameShape(variable.shape, value.shape)) {
    throw new ShapeError(`${what} must keep the shape ${formatShape(variable.shape)}, got ${formatShape(value.shape)}`);
  }
  if (variable.dtype !== value.dtype) throw new DTypeError(`${what} must stay ${variable.dtype}, got ${value.dtype}`);
  assignVariable(variable, value.node, () => {
    throw new InternalError(`${what} assigned outside of a program`);
  });
}
