/** What compiles and runs graphs, and the one that is in use. */
import type { TypedArray } from "../base/dtype.js";
import type { Node } from "../graph/node.js";
import type { Variable } from "./variable.js";
import { wasmDevice } from "./wasm.js";

/** A closed graph: its leaves are `inputs`, variables, literals and constants (buffers). */
export interface Traced {
  /** `input` nodes, in the order in which `run` takes their values. */
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** New values of variables, written when everything else is computed. */
  readonly updates: readonly VariableUpdate[];
}

export interface VariableUpdate {
  readonly variable: Variable;
  readonly value: Node;
}

export interface Program {
  /** Takes a row-major array for each input (a number does for rank 0) and gives a fresh one for each output. Keeps none of them. */
  run(inputs: readonly (TypedArray | number)[]): TypedArray[];
  /** Frees what the program holds. It must not be run afterwards. */
  dispose(): void;
}

export interface Device {
  readonly name: string;
  compile(traced: Traced): Program;
}

let current: Device | undefined;

/** The device that new programs are compiled for: WebAssembly, unless another was set. */
export function device(): Device {
  current ??= wasmDevice();
  return current;
}

/** Compiles new programs for `next` (undefined: the default); programs that exist stay where they are. Returns what was in use. */
export function setDevice(next: Device | undefined): Device | undefined {
  const previous = current;
  current = next;
  return previous;
}
