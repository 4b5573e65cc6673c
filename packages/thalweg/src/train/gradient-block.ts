/**
 * The gradients of all parameters in one contiguous block a dtype: what accumulation, loss scaling and the exchange between processes work
 * on. A parameter's gradient is a slice of it, row-major, in the order of the parameters.
 */
import type { DType } from "../base/dtype.js";
import { sizeOf } from "../base/shape.js";
import type { Parameter } from "../nn/parameter.js";
import { pick, type Tensors } from "../optim/optimizer.js";
import { Variable } from "../runtime/variable.js";
import { concat, reshape, sliceAxis } from "../tensor/ops/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { readVariable } from "../tensor/trace.js";
import { assignLike } from "./slots.js";

export class GradientBlock {
  readonly variables: readonly Variable[];
  readonly #members: ReadonlyMap<Variable, readonly (readonly [path: string, parameter: Parameter])[]>;

  constructor(parameters: Readonly<Record<string, Parameter>>) {
    const byDType = new Map<DType, [string, Parameter][]>();
    for (const entry of Object.entries(parameters)) {
      const list = byDType.get(entry[1].dtype) ?? [];
      byDType.set(entry[1].dtype, list);
      list.push(entry);
    }
    const members = new Map<Variable, [string, Parameter][]>();
    for (const [dtype, list] of byDType) {
      const length = list.reduce((sum, [, p]) => sum + p.size, 0);
      members.set(new Variable(`gradients.${dtype}`, [length], dtype), list);
    }
    this.#members = members;
    this.variables = [...members.keys()];
  }

  /** Inside a trace: replaces what is there, or adds to it. */
  write(gradients: Tensors, accumulate: boolean): void {
    for (const [variable, list] of this.#members) {
      const parts = list.map(([path, p]) => reshape(pick(gradients, path, "gradients").node, [p.size]));
      const block = new Tensor(concat(parts, 0));
      assignLike(variable, accumulate ? new Tensor(readVariable(variable)).add(block) : block, "gradients");
    }
  }

  /** The gradients by path; inside a trace symbols, elsewhere a snapshot. */
  read(): Record<string, Tensor> {
    const found: Record<string, Tensor> = {};
    for (const [variable, list] of this.#members) {
      const block = readVariable(variable);
      let start = 0;
      for (const [path, p] of list) {
        const size = sizeOf(p.shape);
        found[path] = new Tensor(reshape(sliceAxis(block, 0, start, size), p.shape));
        start += size;
      }
    }
    return found;
  }
}
