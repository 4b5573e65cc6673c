/**
 * What is ambient while a function is traced. A *compile* trace records reads and assignments of variables and becomes a program; a
 * *transform* (grad, vmap, …) runs a function on placeholders to see its graph. Both forbid asking for values that depend on placeholders.
 */
import { TraceError } from "../base/errors.js";
import { make, type Node, topological } from "../graph/node.js";
import type { Variable } from "../runtime/variable.js";

export interface Ambient {
  /** Whether dropout, batch statistics and the like act as in training. */
  readonly training: boolean;
}

export interface CompileTrace {
  /** The current value of each variable read or assigned so far. */
  readonly values: Map<Variable, Node>;
  /** New values, in order of first assignment. */
  readonly updates: Map<Variable, Node>;
}

const compileTraces: CompileTrace[] = [];
const placeholders: Set<Node>[] = [];
let ambient: Ambient = { training: false };

/** Whether some function is being traced right now. */
export function tracing(): boolean {
  return compileTraces.length > 0 || placeholders.length > 0;
}

/** Whether numbers that meet tensors become part of a program, rather than arguments of it. */
export function compiling(): boolean {
  return compileTraces.length > 0;
}

export function currentCompileTrace(): CompileTrace | undefined {
  return compileTraces.at(-1);
}

/** Runs `body` as the trace of a program. */
export function traceProgram<T>(body: () => T): { readonly result: T; readonly trace: CompileTrace } {
  const trace: CompileTrace = { values: new Map(), updates: new Map() };
  compileTraces.push(trace);
  try {
    return { result: body(), trace };
  } finally {
    compileTraces.pop();
  }
}

/** Runs `body` while values that depend on `nodes` may not be asked for. */
export function withPlaceholders<T>(nodes: readonly Node[], body: () => T): T {
  const set = new Set(nodes);
  placeholders.push(set);
  try {
    return body();
  } finally {
    placeholders.pop();
  }
}

/** Whether the value of `node` is not to be had before a function has been traced. */
export function dependsOnPlaceholder(node: Node): boolean {
  if (!tracing() || node.op === "buffer") return false;
  return topological([node]).some(
    (n) => n.op === "input" || n.op === "variable" || placeholders.some((set) => set.has(n)),
  );
}

/** Throws if the value of `node` is not to be had yet. */
export function checkReadable(node: Node, op: string): void {
  if (!dependsOnPlaceholder(node)) return;
  throw new TraceError(
    `${op}: this tensor has no value yet, because it belongs to a function that is being traced (compile, grad, vmap, scan). ` +
      "Return it from the function and read it outside; for a choice that depends on it use where(condition, a, b); to look at it, print it",
  );
}

/** A variable's value as seen here: inside a program what was assigned last, elsewhere a snapshot. */
export function readVariable(variable: Variable): Node {
  const trace = currentCompileTrace();
  if (trace === undefined) return variable.snapshot();
  let node = trace.values.get(variable);
  if (node === undefined) {
    node = make("variable", [], { variable });
    trace.values.set(variable, node);
  }
  return node;
}

/** Gives a variable a new value: inside a program when it has run, elsewhere at once through `write`. */
export function assignVariable(variable: Variable, value: Node, write: (value: Node) => void): void {
  const trace = currentCompileTrace();
  if (trace === undefined) {
    if (placeholders.length > 0)
      throw new TraceError(`variable ${variable.name} cannot be assigned inside grad, vmap or scan`);
    write(value);
    return;
  }
  trace.values.set(variable, value);
  trace.updates.set(variable, value);
}

export function isTraining(): boolean {
  return ambient.training;
}

/** Runs `body` in training or evaluation mode. */
export function withMode<T>(mode: Ambient, body: () => T): T {
  const outer = ambient;
  ambient = mode;
  try {
    return body();
  } finally {
    ambient = outer;
  }
}
