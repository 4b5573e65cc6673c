/** `compile`: traces a function once for each signature and keeps the program. */
import type { TypedArray } from "../base/dtype.js";
import { InternalError, TraceError, UserError } from "../base/errors.js";
import { formatShape } from "../base/shape.js";
import { flatten } from "../base/trees.js";
import { makeBuffer, makeInput, type Node, topological } from "../graph/node.js";
import { device, type Program, type Traced, type VariableUpdate } from "../runtime/device.js";
import { realize } from "../runtime/realize.js";
import { Tensor } from "./tensor.js";
import { type Ambient, traceProgram, tracing, withMode } from "./trace.js";

export interface CompileOptions {
  /** Training mode inside the trace. Default: false. */
  readonly training?: boolean;
  /** Shown by inspectors. Default: the function's name. */
  readonly name?: string;
}

/** What a compiled function takes where the traced one takes `A`: a number will do for a tensor of rank 0. */
export type Argument<A> = A extends Tensor
  ? Tensor | number
  : A extends object
    ? { readonly [K in keyof A]: Argument<A[K]> }
    : A;

interface Entry {
  readonly program: Program;
  readonly results: readonly Node[];
  rebuild(leaves: readonly unknown[]): unknown;
}

/** Signatures kept for one function. */
const capacity = 64;

/**
 * The function as one program. `fn` runs once for each new combination of shapes and dtypes of its arguments, on symbols; later calls run the
 * program alone. Arguments are trees of tensors; a number is passed on as a tensor of rank 0 that takes the dtype of what it meets, so
 * that changing it never recompiles; what is neither (strings, booleans, undefined) belongs to the signature. Variables that `fn` reads are read at
 * each call; tensors that it closes over are constants. Inside another trace the function is simply called.
 *
 * @throws UserError when `fn` returns something that holds no tensors where tensors are expected, ShapeError and others as the ops do.
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): (...args: { [K in keyof A]: Argument<A[K]> }) => R {
  const entries = new Map<string, Entry>();
  const mode: Ambient = { training: options.training ?? false };
  return (...args) => {
    if (tracing()) return withMode(mode, () => fn(...(args as unknown as A)));
    const flat = flatten(args, isArgument);
    let key = flat.structure;
    const values: (TypedArray | number)[] = [];
    for (const leaf of flat.leaves) {
      if (typeof leaf === "number") {
        key += "|n";
        values.push(leaf);
      } else {
        key += `|${leaf.dtype}${leaf.shape}`;
        values.push(leaf.storage(options.name ?? "compile"));
      }
    }
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = build(fn, flat.leaves, flat.rebuild, mode);
      if (entries.size >= capacity) {
        for (const [oldest, { program }] of entries) {
          program.dispose();
          entries.delete(oldest);
          break;
        }
      }
    } else if (entries.size > 1) {
      entries.delete(key);
    }
    entries.set(key, entry);
    const outputs = entry.program.run(values);
    const tensors = entry.results.map((node, i) => {
      const storage = outputs[i];
      if (storage === undefined) throw new InternalError("a program gave too few results");
      return new Tensor(makeBuffer(node.shape, node.dtype, storage));
    });
    return entry.rebuild(tensors) as R;
  };
}

function isArgument(value: unknown): value is Tensor | number {
  return value instanceof Tensor || typeof value === "number";
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

function build<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  leaves: readonly (Tensor | number)[],
  rebuildArguments: (leaves: readonly unknown[]) => unknown,
  mode: Ambient,
): Entry {
  const inputs = leaves.map((leaf, i) =>
    typeof leaf === "number"
      ? makeInput(`argument ${i}`, { shape: [], dtype: "float64" })
      : makeInput(`argument ${i}`, { shape: leaf.shape, dtype: leaf.dtype }),
  );
  const symbols = rebuildArguments(inputs.map((node, i) => new Tensor(node, typeof leaves[i] === "number"))) as A;
  const { result, trace } = traceProgram(() => withMode(mode, () => fn(...symbols)));
  if (result instanceof Promise)
    throw new UserError("compile: the function must not be asynchronous; await outside of it");
  const flat = flatten(result, isTensor);
  const results = flat.leaves.map((t) => t.node);
  const updates: VariableUpdate[] = [...trace.updates].map(([variable, value]) => ({ variable, value }));
  const traced: Traced = { inputs, outputs: results, updates };
  settleConstants(traced);
  // The traced graph is let go of when the program exists: only shapes and dtypes of the results stay.
  const shells = results.map((node) => makeInput("result", node));
  return { program: device().compile(traced), results: shells, rebuild: (values) => flat.rebuild(values) };
}

/** Pending tensors that the function closed over are computed now, and become constants of the program. */
function settleConstants(traced: Traced): void {
  const known = new Set(traced.inputs);
  const symbolic = new Set<Node>();
  const order = topological([...traced.outputs, ...traced.updates.map((u) => u.value)]);
  for (const node of order) {
    if (node.op === "input" && !known.has(node)) {
      throw new TraceError(
        `compile: the function uses a tensor of shape ${formatShape(node.shape)} that belongs to another function being traced; pass it as an argument`,
      );
    }
    if (node.op === "input" || node.op === "variable" || node.op === "literal" || node.op === "iota")
      symbolic.add(node);
    else if (node.inputs.some((n) => symbolic.has(n))) symbolic.add(node);
  }
  const needed = new Set<Node>();
  for (const node of order) {
    if (!symbolic.has(node)) continue;
    for (const input of node.inputs) if (!symbolic.has(input) && input.op !== "buffer") needed.add(input);
  }
  for (const node of [...traced.outputs]) if (!symbolic.has(node) && node.op !== "buffer") needed.add(node);
  if (needed.size > 0) realize([...needed].filter((n) => n.outputs === undefined));
}
