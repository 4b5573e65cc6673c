/** Seeded inputs for cases, and their evaluation by the interpreter. */
import { allocate, type TypedArray } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { makeInput, type Node } from "../../src/graph/node.js";
import { interpret } from "../../src/targets/interpreter/interpret.js";
import { type CaseInput, caseVariable } from "./cases.js";

/** Numbers in [0, 1): a linear congruential generator is random enough for test points. */
export function generator(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `count` draws of `input` one after the other. */
export function draw(input: CaseInput, random: () => number, count = 1): TypedArray {
  const n = sizeOf(input.shape);
  const result = allocate(input.dtype, n * count);
  for (let c = 0; c < count; c += 1) {
    if ("values" in input) {
      const { values } = input;
      // Another rotation for each draw: the values are as good in any order.
      for (let i = 0; i < n; i += 1) result[c * n + i] = values[(i + c) % n] ?? 0;
      continue;
    }
    const { low, high } = input;
    for (let i = 0; i < n; i += 1) {
      const x = input.dtype === "int32" ? Math.floor(low + random() * (high - low + 1)) : low + random() * (high - low);
      result[c * n + i] = x;
    }
  }
  return result;
}

export function placeholders(inputs: readonly CaseInput[]): Node[] {
  return inputs.map((input, i) => makeInput(`x${i}`, input));
}

/** A direction: every element between −1 and 1. */
export function direction(length: number, random: () => number): Float64Array {
  return Float64Array.from({ length }, () => 2 * random() - 1);
}

export function evaluate(outputs: readonly Node[], values: ReadonlyMap<Node, TypedArray>): TypedArray[] {
  return interpret(outputs, {
    input: (node) => {
      const value = values.get(node as Node);
      if (value === undefined) throw new Error(`no value for ${node.params.name}`);
      return value;
    },
    variable: (ref) => {
      if (ref !== caseVariable) throw new Error(`no value for ${ref.name}`);
      return Float64Array.of(1.5, 1.5);
    },
  });
}
