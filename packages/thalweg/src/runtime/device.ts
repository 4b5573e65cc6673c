/** What compiles and runs graphs, and the one that is in use. */
import type { TypedArray } from "../base/dtype.js";
import type { Node } from "../graph/node.js";
import { checkThreads, type ThreadCount } from "./thread-count.js";
import type { Variable } from "./variable.js";
import { type WasmDevice, wasmDevice } from "./wasm.js";

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
/** The default device, once it was used, and how many threads it is to use. */
let standard: WasmDevice | undefined;
let requested: ThreadCount = "auto";

/** The device that new programs are compiled for: WebAssembly, unless another was set. */
export function device(): Device {
  if (current === undefined) {
    standard = wasmDevice({ threads: requested });
    current = standard;
  }
  return current;
}

/** Compiles new programs for `next` (undefined: the default); programs that exist stay where they are. Returns what was in use. */
export function setDevice(next: Device | undefined): Device | undefined {
  const previous = current;
  current = next;
  return previous;
}

/**
 * How many threads the default device may use for large programs, the caller's own counted; programs that exist follow. The results do not
 * depend on it, to the bit. "auto" (what holds until this is called) takes as many as the machine has, up to 8. Workers start when they are
 * first worth it and never keep a process alive.
 *
 * @throws UserError for anything but "auto" or an integer from 1 to 64.
 */
export function setThreads(count: ThreadCount): void {
  requested = checkThreads(count);
  standard?.threads.set(count);
}

/**
 * How many threads large programs may use here, the caller's own counted: 1 where memory cannot be shared (a page that is not cross-origin
 * isolated) and on a page's main thread, which may not wait for others.
 */
export function threads(): number {
  device();
  return standard?.threads.count ?? 1;
}
