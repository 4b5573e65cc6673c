/** What compiles and runs graphs, and the one that is in use. */
import type { TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import type { Node } from "../graph/node.js";
import type { Variable } from "./variable.js";

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
let fallback: (() => Device) | undefined;

/** The device that new programs are compiled for. */
export function device(): Device {
  if (current === undefined) {
    if (fallback === undefined) throw new InternalError("no device has been set");
    current = fallback();
  }
  return current;
}

/** Compiles new programs for `next`; programs that exist stay where they are. Returns the device that was in use. */
export function setDevice(next: Device): Device | undefined {
  const previous = current;
  current = next;
  return previous;
}

/** What `device()` makes when nothing was set. */
export function setDefaultDevice(make: () => Device): void {
  fallback = make;
}
