/** `compile`: traces a function once for each signature and keeps the program. */
import type { DType, TypedArray } from "../base/dtype.js";
import { InternalError, TraceError, UserError } from "../base/errors.js";
import { formatShape, type Shape, sameShape } from "../base/shape.js";
import { type Flattened, flatten, isPlainObject } from "../base/trees.js";
import { makeBuffer, makeInput, type Node, topological } from "../graph/node.js";
import { device, type Program, type Traced, type VariableUpdate } from "../runtime/device.js";
import { realize } from "../runtime/realize.js";
import { checkFunction } from "./operand.js";
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
  /** What arguments must look like to be run by this entry, and room for their values. */
  readonly pattern: Pattern;
  readonly values: (TypedArray | number)[];
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
  checkFunction("compile", fn);
  const entries = new Map<string, Entry>();
  const mode: Ambient = { training: options.training ?? false };
  const name = options.name ?? (fn.name === "" ? "compile" : fn.name);
  let latest: Entry | undefined;
  const compiled = (...args: { [K in keyof A]: Argument<A[K]> }): R => {
    if (tracing()) return withMode(mode, () => fn(...(args as unknown as A)));
    // Most calls are like the one before: then nothing is allocated but the results.
    if (latest !== undefined && fits(latest.pattern, args, latest.values, 0, name) === latest.values.length) {
      return runEntry(latest) as R;
    }
    const flat = flatten(args, isArgument);
    let key = flat.structure;
    for (const leaf of flat.leaves) key += typeof leaf === "number" ? "|n" : `|${leaf.dtype}${leaf.shape}`;
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = build(fn as unknown as AnyFunction, args, flat, mode);
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
    latest = entry;
    if (fits(entry.pattern, args, entry.values, 0, name) !== entry.values.length) {
      throw new InternalError("compile: arguments do not fit the signature they have");
    }
    return runEntry(entry) as R;
  };
  setTracer(compiled, (args) => traceIn(fn as unknown as AnyFunction, args, mode, name));
  return compiled;
}

function runEntry(entry: Entry): unknown {
  const outputs = entry.program.run(entry.values);
  const tensors = entry.results.map((node, i) => {
    const storage = outputs[i];
    if (storage === undefined) throw new InternalError("a program gave too few results");
    return new Tensor(makeBuffer(node.shape, node.dtype, storage));
  });
  return entry.rebuild(tensors);
}

/** The shape of a tree of arguments: what `flatten` writes as text, as something that a call can be held against quickly. */
type Pattern =
  | { readonly kind: "number" }
  | { readonly kind: "tensor"; readonly dtype: DType; readonly shape: Shape }
  | { readonly kind: "list"; readonly items: readonly Pattern[] }
  | { readonly kind: "record"; readonly keys: readonly string[]; readonly items: readonly Pattern[] }
  | { readonly kind: "other"; readonly value: unknown };

function patternOf(value: unknown): Pattern {
  if (typeof value === "number") return { kind: "number" };
  if (value instanceof Tensor) return { kind: "tensor", dtype: value.dtype, shape: value.node.shape };
  if (Array.isArray(value)) return { kind: "list", items: value.map(patternOf) };
  if (isPlainObject(value))
    return { kind: "record", keys: Object.keys(value), items: Object.values(value).map(patternOf) };
  return { kind: "other", value };
}

/** Collects the values of `value`'s leaves from `position` on. Gives the position behind them, or −1 if the value does not fit. */
function fits(
  pattern: Pattern,
  value: unknown,
  values: (TypedArray | number)[],
  position: number,
  name: string,
): number {
  switch (pattern.kind) {
    case "number":
      if (typeof value !== "number") return -1;
      values[position] = value;
      return position + 1;
    case "tensor":
      if (!(value instanceof Tensor) || value.dtype !== pattern.dtype || !sameShape(value.node.shape, pattern.shape))
        return -1;
      values[position] = value.storage(name);
      return position + 1;
    case "list": {
      if (!Array.isArray(value) || value.length !== pattern.items.length) return -1;
      let next = position;
      for (let i = 0; i < pattern.items.length && next >= 0; i += 1) {
        const item = pattern.items[i];
        if (item !== undefined) next = fits(item, value[i], values, next, name);
      }
      return next;
    }
    case "record": {
      if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Tensor) return -1;
      let count = 0;
      for (const key in value) if (Object.hasOwn(value, key)) count += 1;
      if (count !== pattern.keys.length) return -1;
      let next = position;
      for (let i = 0; i < pattern.keys.length && next >= 0; i += 1) {
        const [key, item] = [pattern.keys[i], pattern.items[i]];
        if (key === undefined || item === undefined || !Object.hasOwn(value, key)) return -1;
        next = fits(item, (value as Readonly<Record<string, unknown>>)[key], values, next, name);
      }
      return next;
    }
    case "other":
      return Object.is(value, pattern.value) ? position : -1;
  }
}

function isArgument(value: unknown): value is Tensor | number {
  return value instanceof Tensor || typeof value === "number";
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

function build(fn: AnyFunction, args: readonly unknown[], flat: Flattened<Tensor | number>, mode: Ambient): Entry {
  const { traced, rebuild } = traceFunction(fn, flat, mode);
  // The traced graph is let go of when the program exists: only shapes and dtypes of the results stay.
  const shells = traced.outputs.map((node) => makeInput("result", node));
  return {
    program: device().compile(traced),
    results: shells,
    rebuild,
    pattern: patternOf(args),
    values: flat.leaves.map(() => 0),
  };
}

function traceFunction(
  fn: AnyFunction,
  { leaves, rebuild }: Flattened<Tensor | number>,
  mode: Ambient,
): { readonly traced: Traced; readonly rebuild: (values: readonly unknown[]) => unknown } {
  const inputs = leaves.map((leaf, i) =>
    typeof leaf === "number"
      ? makeInput(`argument ${i}`, { shape: [], dtype: "float64" })
      : makeInput(`argument ${i}`, { shape: leaf.shape, dtype: leaf.dtype }),
  );
  const symbols = rebuild(inputs.map((node, i) => new Tensor(node, typeof leaves[i] === "number")));
  const { result, trace } = traceProgram(() => withMode(mode, () => fn(...(symbols as readonly unknown[]))));
  if (result instanceof Promise)
    throw new UserError("compile: the function must not be asynchronous; await outside of it");
  const flat = flatten(result, isTensor);
  const updates: VariableUpdate[] = [...trace.updates].map(([variable, value]) => ({ variable, value }));
  const traced: Traced = { inputs, outputs: flat.leaves.map((t) => t.node), updates };
  settleConstants(traced);
  return { traced, rebuild: (values) => flat.rebuild(values) };
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** One call of a function as a closed graph, and what it was called with. */
export interface TracedCall {
  readonly name: string;
  readonly traced: Traced;
  readonly values: readonly (TypedArray | number)[];
  /** The function's result around the values of the outputs. */
  rebuild(outputs: readonly Tensor[]): unknown;
}

/** How calls of functions that are more than they seem are traced. */
const tracers = new WeakMap<object, (args: readonly unknown[]) => TracedCall>();

/** For tools: makes `traceCall(fn, args)` trace what `tracer` says. */
export function setTracer(fn: object, tracer: (args: readonly unknown[]) => TracedCall): void {
  tracers.set(fn, tracer);
}

/** For tools: the program that `fn(...args)` runs, or would run if `fn` were compiled. Nothing is run. */
export function traceCall(fn: AnyFunction, args: readonly unknown[]): TracedCall {
  const tracer = tracers.get(fn);
  return tracer === undefined ? traceIn(fn, args, { training: false }, fn.name) : tracer(args);
}

function traceIn(fn: AnyFunction, args: readonly unknown[], mode: Ambient, name: string): TracedCall {
  const flat = flatten(args, isArgument);
  const values = flat.leaves.map((leaf) => (typeof leaf === "number" ? leaf : leaf.storage(name)));
  return { name, values, ...traceFunction(fn, flat, mode) };
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
