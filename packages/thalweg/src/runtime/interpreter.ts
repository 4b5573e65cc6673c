/** The interpreter as a device: slow, and right. Variables stay in JavaScript. */
import { allocate, type TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import type { Node } from "../graph/node.js";
import type { VariableRef } from "../graph/primitives.js";
import { interpret } from "../targets/interpreter/interpret.js";
import type { Device, Program, Traced } from "./device.js";
import type { Variable } from "./variable.js";

export function interpreterDevice(): Device {
  return { name: "interpreter", compile };
}

function compile(traced: Traced): Program {
  return {
    run: (values) => run(traced, values),
    dispose: () => undefined,
  };
}

function run({ inputs, outputs, updates }: Traced, values: readonly (TypedArray | number)[]): TypedArray[] {
  const given = new Map<Node, TypedArray>();
  inputs.forEach((node, i) => {
    const value = values[i];
    if (value === undefined)
      throw new InternalError(`a program of ${inputs.length} inputs was given ${values.length} values`);
    given.set(node, typeof value === "number" ? allocate(node.dtype, 1).fill(value) : value);
  });
  const results = interpret([...outputs, ...updates.map((update) => update.value)], {
    input(node) {
      const value = given.get(node);
      if (value === undefined) throw new InternalError(`input ${node.params.name} does not belong to the program`);
      return value;
    },
    variable: (ref) => stateOf(ref).read(),
  });
  updates.forEach(({ variable }, i) => {
    const value = results[outputs.length + i];
    if (value === undefined) throw new InternalError(`variable ${variable.name} was given no value`);
    variable.write(value);
  });
  // Results may share arrays with inputs and each other; what a program gives away is fresh.
  return results.slice(0, outputs.length).map((value) => value.slice());
}

/** Every variable in a graph is a `Variable`; the graph knows only what it needs of it. */
function stateOf(ref: VariableRef): Variable {
  return ref as Variable;
}
