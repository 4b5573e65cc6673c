/**
 * Runs a function's program so that every op's value can be seen: compares each with the interpreter on the program's own inputs of that op, and
 * finds the op that made the first NaN or infinity which reached a result.
 */
import { allocate, type TypedArray } from "../base/dtype.js";
import { InternalError, NumericalError, UserError } from "../base/errors.js";
import { lastNodeId, makeBuffer, type Node, topological, withInputs } from "../graph/node.js";
import { noteOrigin, type Origins } from "../graph/origins.js";
import { instantiate } from "../graph/substitute.js";
import { trackLayers } from "../nn/layer-tracking.js";
import { device, type Traced } from "../runtime/device.js";
import type { Variable } from "../runtime/variable.js";
import { traceCall } from "../tensor/compile.js";
import { Tensor } from "../tensor/tensor.js";
import { zeroSignFree } from "./accuracy.js";
import type { Bounded } from "./bound-values.js";
import { evaluateBounded } from "./bounded.js";
import { difference } from "./difference.js";
import { insideLoop } from "./inside-loop.js";
import { firstNonFiniteElement, type OpReport, reportOp, singles } from "./op-report.js";

export interface DebugOptions {
  /** Whether to compare each op with the interpreter, which is slow for large products. Default: true. */
  readonly compare?: boolean;
  /** Whether variables get their new values, as they do in an ordinary call. Default: true. */
  readonly update?: boolean;
}

export interface DebugReport<R> {
  readonly name: string;
  /** What the function returns. */
  readonly result: R;
  /** How many ops were looked at. */
  readonly ops: number;
  /** The op that made, of finite inputs, the first NaN or infinity that reached a result. */
  readonly nonFinite: OpReport | undefined;
  /** Ops that made a NaN or infinity which reached no result: a `where` or a maximum took something else. */
  readonly masked: readonly OpReport[];
  /** The first op whose value is further from the interpreter's than rounding explains: a mistake in Thalweg. */
  readonly deviation: OpReport | undefined;
  toString(): string;
}

/**
 * Calls `fn(...args)` and looks at every op. `fn` may be a plain function of tensors, a compiled function or a training step; its variables are
 * read and, unless `update` is false, written as in an ordinary call. Every intermediate value is kept at once.
 *
 * @throws what tracing `fn` throws; IndexError when an index is out of range.
 */
export function debugRun<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args: A,
  options: DebugOptions = {},
): DebugReport<R> {
  const { compare = true, update = true } = options;
  if (typeof fn !== "function") throw new UserError(`debugRun: expected a function, got ${String(fn)}`);
  if (!Array.isArray(args)) throw new UserError("debugRun: give the arguments as a list: debugRun(fn, [x])");
  const {
    result: { call, traced },
    origins,
  } = trackLayers(() => {
    const call = traceCall(fn as unknown as (...args: readonly unknown[]) => unknown, args);
    return { call, traced: withoutCustom(call.traced) };
  });
  const roots = [...traced.outputs, ...traced.updates.map((u) => u.value)];
  const values = openValues(traced, call.values, update);
  const look = new Look(roots, values, origins);
  const { culprit, masked } = look.nonFinite();
  const report = {
    name: call.name,
    result: call.rebuild(
      traced.outputs.map((node) => new Tensor(makeBuffer(node.shape, node.dtype, valueIn(values, node).slice()))),
    ) as R,
    ops: look.order.filter((node) => node.inputs.length > 0).length,
    nonFinite: culprit,
    masked,
    deviation: compare ? look.deviation() : undefined,
  };
  return { ...report, toString: () => describe(report) };
}

/**
 * The function, checked at every call: it gives what `fn` gives, and throws where some op made a NaN or infinity of finite inputs that reached a
 * result, or deviates from the interpreter by more than rounding explains.
 *
 * @throws NumericalError with `facts.op`, an OpReport; InternalError for a deviation.
 */
export function checkProgram<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: DebugOptions = {},
): (...args: A) => R {
  return (...args) => {
    const report = debugRun(fn, args, options);
    const { name, deviation, nonFinite } = report;
    const title = name === "" ? "checkProgram" : `checkProgram of ${name}`;
    if (deviation !== undefined) throw new InternalError(`${title}: an op is wrong.\n${deviation}`);
    if (nonFinite !== undefined) {
      throw new NumericalError(`${title}: a result is not finite. The first op to make such a number: ${nonFinite}`, {
        op: nonFinite,
      });
    }
    return report.result;
  };
}

/** Every value of a program with one result, from one run with all of them as outputs. */
function openValues(
  traced: Traced,
  given: readonly (TypedArray | number)[],
  update: boolean,
): ReadonlyMap<Node, TypedArray> {
  const roots = [...traced.outputs, ...traced.updates.map((u) => u.value)];
  const nodes = singles(roots);
  const before = new Map<Variable, TypedArray>();
  const values = new Map<Node, TypedArray>();
  for (const node of nodes) {
    if (node.op !== "variable") continue;
    const variable = node.params.variable as Variable;
    const value = before.get(variable) ?? variable.read();
    before.set(variable, value);
    values.set(node, value);
  }
  traced.inputs.forEach((node, i) => {
    const value = given[i] ?? 0;
    values.set(node, typeof value === "number" ? allocate(node.dtype, 1).fill(value) : value);
  });
  const wanted = nodes.filter((node) => !values.has(node));
  const program = device().compile({
    inputs: traced.inputs,
    outputs: wanted,
    updates: update ? traced.updates : [],
  });
  try {
    const results = program.run(given);
    wanted.forEach((node, i) => {
      const value = results[i];
      if (value !== undefined) values.set(node, value);
    });
  } finally {
    program.dispose();
  }
  return values;
}

/** The bodies of custom nodes in their place, so that their ops can be seen. */
function withoutCustom(traced: Traced): Traced {
  const roots = [...traced.outputs, ...traced.updates.map((u) => u.value)];
  const plain = new Map<Node, Node>();
  const bodies = new Map<Node, readonly Node[]>();
  const find = (node: Node): Node => plain.get(node) ?? node;
  for (const node of topological(roots)) {
    const source = node.inputs[0];
    const body = source === undefined ? undefined : bodies.get(source);
    const before = lastNodeId();
    if (node.op === "custom") bodies.set(node, withoutCustomIn(instantiate(node.params.body, node.inputs.map(find))));
    else
      plain.set(
        node,
        (node.op === "project" ? body?.[node.params.index] : undefined) ?? withInputs(node, node.inputs.map(find)),
      );
    noteOrigin(before, { kind: "copy", of: node });
  }
  const results = roots.map(find);
  return {
    inputs: traced.inputs,
    outputs: results.slice(0, traced.outputs.length),
    updates: traced.updates.map((u, i) => ({
      variable: u.variable,
      value: results[traced.outputs.length + i] ?? u.value,
    })),
  };
}

function withoutCustomIn(outputs: readonly Node[]): readonly Node[] {
  return withoutCustom({ inputs: [], outputs, updates: [] }).outputs;
}

function valueIn(values: ReadonlyMap<Node, TypedArray>, node: Node): TypedArray {
  const value = values.get(node);
  if (value === undefined) throw new InternalError(`debugRun: ${node.op} ${node.id} has no value`);
  return value;
}

class Look {
  readonly order: readonly Node[];
  private readonly roots: readonly Node[];
  private readonly values: ReadonlyMap<Node, TypedArray>;
  private readonly index = new Map<Node, number>();

  private readonly origins: Origins;

  constructor(roots: readonly Node[], values: ReadonlyMap<Node, TypedArray>, origins: Origins) {
    this.roots = roots;
    this.values = values;
    this.origins = origins;
    this.order = singles(roots);
    this.order.forEach((node, i) => {
      this.index.set(node, i);
    });
  }

  /** The nodes whose values a node is made of: of a result of several, the inputs of the op behind it. */
  private operands(node: Node): readonly Node[] {
    return (node.op === "project" ? node.inputs[0]?.inputs : node.inputs) ?? [];
  }

  private bad(node: Node): number | undefined {
    return firstNonFiniteElement(this.values.get(node), node);
  }

  /** Whether the op itself made a NaN or infinity: none came in. */
  private makes(node: Node): boolean {
    const operands = this.operands(node);
    return operands.length > 0 && this.bad(node) !== undefined && operands.every((x) => this.bad(x) === undefined);
  }

  private report(node: Node): OpReport {
    const source = node.op === "project" ? (node.inputs[0] ?? node) : node;
    const at = this.index.get(node) ?? 0;
    const inputs = source.inputs.map((x) => this.values.get(x));
    if (source.op === "scan") {
      const inside = insideLoop(source, inputs, at, this.origins);
      if (inside !== undefined) return inside;
    }
    const element = this.bad(node) ?? 0;
    const value = this.values.get(node)?.[element] ?? Number.NaN;
    return reportOp(source, node, at, inputs, { element, value }, this.origins);
  }

  /**
   * Back from the results along what is not finite, to the ops that it came from; and the ops whose NaN or infinity went no further. Results of
   * one op count once.
   */
  nonFinite(): { readonly culprit: OpReport | undefined; readonly masked: readonly OpReport[] } {
    const reached = new Set<Node>();
    const stack = this.roots.filter((node) => this.bad(node) !== undefined);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (reached.has(node)) continue;
      reached.add(node);
      for (const x of this.operands(node)) if (this.bad(x) !== undefined) stack.push(x);
    }
    const makers = this.order.filter((node) => this.makes(node));
    const culprit = makers.find((node) => reached.has(node));
    const behind = (node: Node): Node | undefined => (node.op === "project" ? node.inputs[0] : node);
    const guilty = new Set(makers.filter((node) => reached.has(node)).map(behind));
    return {
      culprit: culprit === undefined ? undefined : this.report(culprit),
      masked: makers.filter((node) => !guilty.has(behind(node))).map((node) => this.report(node)),
    };
  }

  deviation(): OpReport | undefined {
    for (const [at, node] of this.order.entries()) {
      const source = node.op === "project" ? node.inputs[0] : node;
      if (source === undefined || source.op === "input" || source.op === "variable") continue;
      const inputs = source.inputs.map((x): Bounded => ({ value: valueIn(this.values, x), error: undefined }));
      const due = evaluateBounded(source, inputs)[node.op === "project" ? node.params.index : 0];
      if (due === undefined) throw new InternalError(`debugRun: ${source.op} has no such result`);
      const actual = valueIn(this.values, node);
      const found = difference(actual, due, node.dtype, zeroSignFree.has(source.op) || source.op === "custom");
      if (found === undefined) continue;
      const { element, bound } = found;
      return reportOp(
        source,
        node,
        at,
        source.inputs.map((x) => this.values.get(x)),
        {
          element,
          value: actual[element] ?? Number.NaN,
          expected: due.value[element] ?? Number.NaN,
          bound,
        },
        this.origins,
      );
    }
    return undefined;
  }
}

function describe({ name, ops, nonFinite, masked, deviation }: Omit<DebugReport<unknown>, "toString">): string {
  const lines = [`${name === "" ? "the function" : name}: ${ops} ops`];
  lines.push(nonFinite === undefined ? "every result is finite" : `first NaN or infinity: ${nonFinite}`);
  if (masked.length > 0) lines.push(`made on the way, without reaching a result (${masked.length}): ${masked[0]}`);
  if (deviation !== undefined) lines.push(`deviates from the interpreter: ${deviation}`);
  return lines.join("\n");
}
