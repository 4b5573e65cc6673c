/** The inside of a function's program: graph, kernels, loop IR, memory and cost. Nothing is run. */
import { formatShape } from "../base/shape.js";
import { mainName } from "../compiler/entry-points.js";
import type { Lowered } from "../compiler/lower/kernel.js";
import { printFunction } from "../compiler/print.js";
import { type CompiledProgram, compileProgram } from "../compiler/program.js";
import { make, type Node } from "../graph/node.js";
import { printGraph } from "../graph/print.js";
import { tilesFor } from "../runtime/tiles.js";
import { emitModule } from "../targets/wasm/emit.js";
import { enableRelaxedSimd } from "../targets/wasm/features.js";
import { traceCall } from "../tensor/compile.js";
import { bytesOf, type Cost, costOf, total } from "./costs.js";
import { Names } from "./kernel-text.js";
import { type LoopInfo, lanesOf, loopsOf, loopText } from "./loops.js";

export interface StageInfo {
  readonly name: string;
  readonly loops: readonly LoopInfo[];
  /** Elements of the widest vector; 1 for scalar code. */
  readonly lanes: number;
  /** Blocks that threads may share. */
  readonly blocks: number;
}

export interface KernelInfo {
  /** The place in the program, from 0; in a loop's body, in the body. */
  readonly step: number;
  readonly kind: string;
  /** One formula for each value written. */
  readonly computes: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly stages: readonly StageInfo[];
  readonly cost: Cost;
  /** Of a loop: the kernels of its body. */
  readonly body: readonly KernelInfo[];
}

export interface BufferInfo {
  readonly holds: readonly string[];
  /** From the start of the arena. */
  readonly offset: number;
  readonly bytes: number;
  /** The first step that writes it, −1 for arguments, and the last that reads it. */
  readonly from: number;
  readonly to: number;
}

export interface MemoryInfo {
  readonly buffers: readonly BufferInfo[];
  /** All that one run needs besides variables and constants. */
  readonly arenaBytes: number;
  /** The sum of the buffers: what they would take if none shared its place with another. */
  readonly unsharedBytes: number;
  /** For each thread. */
  readonly threadScratchBytes: number;
  readonly variables: readonly { readonly name: string; readonly bytes: number }[];
  readonly constants: readonly { readonly name: string; readonly bytes: number }[];
}

export interface Inspection {
  readonly name: string;
  /** The simplified graph; formulas of kernels use its numbers. */
  readonly graph: string;
  readonly kernels: readonly KernelInfo[];
  readonly memory: MemoryInfo;
  readonly cost: Cost;
  /** Bytes of the WebAssembly module. */
  readonly codeBytes: number;
  /** Whether some stage is large enough for several threads. */
  readonly parallel: boolean;
  /** The loop IR of all functions, or of the one so named. */
  loopIR(functionName?: string): string;
  toString(): string;
}

/**
 * What `fn(...args)` becomes: `fn` may be a plain function of tensors, a compiled function or a training step. Compiles afresh and runs
 * nothing; print the result, or look at its parts.
 *
 * @throws what tracing `fn` throws.
 */
export function inspect<A extends readonly unknown[]>(fn: (...args: A) => unknown, ...args: A): Inspection {
  const { name, traced } = traceCall(fn as unknown as (...args: readonly unknown[]) => unknown, args);
  const fma = enableRelaxedSimd();
  const compiled = compileProgram(
    {
      inputs: traced.inputs,
      outputs: traced.outputs,
      updates: traced.updates.map(({ variable, value }) => ({ variable: make("variable", [], { variable }), value })),
    },
    { tiles: tilesFor([...traced.outputs, ...traced.updates.map((u) => u.value)], fma), threads: false },
  );
  const code = emitModule(compiled.functions, {
    memory: { shared: false, maximumPages: 65536 },
    fma,
    exports: [mainName],
    imports: [{ name: "host", params: 2 }],
  });
  const { layout } = compiled;
  const names = new Names(layout.results);
  const kernels = layout.steps.map((step, i) => kernelInfo(step, i, compiled, names));
  const parts = {
    name,
    graph: printGraph(layout.results),
    kernels,
    memory: memoryInfo(compiled, names),
    cost: total(kernels.map((k) => k.cost)),
    codeBytes: code.length,
    parallel: compiled.parallel,
  };
  const loopIR = (functionName?: string): string =>
    compiled.functions
      .filter((f) => functionName === undefined || f.name === functionName)
      .map(printFunction)
      .join("\n\n");
  return { ...parts, loopIR, toString: () => describe(parts) };
}

function kernelInfo(step: Lowered, index: number, compiled: CompiledProgram, names: Names): KernelInfo {
  const { layout, functions } = compiled;
  const { kernel } = step;
  const body = layout.bodies.get(step) ?? [];
  const scan = kernel.cores.find((node) => node.op === "scan");
  const inner =
    scan?.op === "scan"
      ? new Names(
          body.flatMap((b) => b.kernel.roots),
          "%%",
        )
      : names;
  const stored = new Set<Node>([...step.reads, ...kernel.roots]);
  const named = functions.filter((f) => layout.functions.get(step)?.includes(f.name));
  const stages = step.stages.filter((s) => s.blocks > 0);
  const title = (node: Node): string => `${names.of(node)} ${node.dtype}${formatShape(node.shape)}`;
  const whole = kernel.cores[0];
  return {
    step: index,
    kind: kernel.kind,
    computes:
      whole?.outputs === undefined
        ? kernel.roots.map((root) => names.formula(root, stored))
        : [`${kernel.roots.map((root) => names.of(root)).join(", ")} = ${structure(whole)}`],
    reads: step.reads.map(title),
    writes: step.writes.map(title),
    stages: named.map((f, i) => ({
      name: f.name,
      loops: loopsOf(f),
      lanes: lanesOf(f),
      blocks: stages[i]?.blocks ?? 1,
    })),
    cost: costOf(step, body),
    body: body.map((b, i) => kernelInfo(b, i, compiled, inner)),
  };
}

function structure(node: Node): string {
  if (node.op === "scan") return `scan of ${node.params.length} rounds${node.params.reverse ? ", backwards" : ""}`;
  return node.op === "host" ? `host ${node.params.op.name}` : node.op;
}

function memoryInfo(compiled: CompiledProgram, names: Names): MemoryInfo {
  const { layout } = compiled;
  const buffers = layout.buffers
    .map((buffer): BufferInfo => {
      const owner =
        buffer.owner === undefined
          ? []
          : [`${buffer.owner.kernel.kind} ${layout.steps.indexOf(buffer.owner)}: work space`];
      return {
        holds: [...buffer.nodes.map((node) => names.of(node)), ...owner],
        offset: buffer.offset,
        bytes: buffer.bytes,
        from: buffer.from,
        to: buffer.to,
      };
    })
    .sort((a, b) => a.offset - b.offset || a.from - b.from);
  const bound = (op: "variable" | "buffer"): { name: string; bytes: number }[] =>
    compiled.bound
      .filter(({ node }) => node.op === op)
      .map(({ node }) => ({ name: `${names.of(node)} ${node.dtype}${formatShape(node.shape)}`, bytes: bytesOf(node) }));
  return {
    buffers,
    arenaBytes: compiled.arenaBytes,
    unsharedBytes: buffers.reduce((n, b) => n + b.bytes, 0),
    threadScratchBytes: compiled.threadScratchBytes,
    variables: bound("variable"),
    constants: bound("buffer"),
  };
}

/** Lines of the graph that a printed inspection shows. */
const shownLines = 120;

function describe(parts: Omit<Inspection, "loopIR" | "toString">): string {
  const { name, graph, kernels, memory, cost, codeBytes, parallel } = parts;
  const lines = [`${name === "" ? "the function" : name}: ${kernels.length} kernels, ${size(codeBytes)} of code`];
  const listing = graph.split("\n");
  lines.push("", "graph, simplified", ...listing.slice(0, shownLines).map((line) => `  ${line}`));
  if (listing.length > shownLines) lines.push(`  … ${listing.length - shownLines} more lines`);
  lines.push("", "kernels", ...kernels.flatMap((k) => kernelLines(k, "  ")));
  lines.push(
    "",
    `memory: ${size(memory.arenaBytes)} a run (${size(memory.unsharedBytes)} if no buffer shared its place)`,
  );
  for (const b of memory.buffers) {
    lines.push(
      `  ${`${b.offset}`.padStart(10)} ${size(b.bytes).padStart(9)}  steps ${b.from} to ${b.to}  ${b.holds.join(", ")}`,
    );
  }
  for (const [title, list] of [
    ["variables", memory.variables],
    ["constants", memory.constants],
  ] as const) {
    if (list.length === 0) continue;
    const sum = list.reduce((n, v) => n + v.bytes, 0);
    lines.push(`${title}: ${list.length}, ${size(sum)}`);
    for (const v of list) lines.push(`  ${size(v.bytes).padStart(9)}  ${v.name}`);
  }
  lines.push("", `cost of a run: ${costText(cost)}${parallel ? "; large enough for threads" : ""}`);
  return lines.join("\n");
}

function kernelLines(kernel: KernelInfo, indent: string): string[] {
  const lines = [`${indent}${kernel.step} ${kernel.kind}: ${kernel.computes[0] ?? ""}`];
  const more = `${indent}    `;
  for (const formula of kernel.computes.slice(1)) lines.push(`${more}${formula}`);
  lines.push(`${more}reads ${kernel.reads.join(", ") || "nothing"}; writes ${kernel.writes.join(", ") || "nothing"}`);
  for (const { name, loops, lanes, blocks } of kernel.stages) {
    const text = loopText(loops);
    lines.push(`${more}${name}: ${text === "" ? "no loop" : `loops ${text}`}, ${lanes} lanes, ${blocks} blocks`);
  }
  lines.push(`${more}${costText(kernel.cost)}`);
  for (const inner of kernel.body) lines.push(...kernelLines(inner, more));
  return lines;
}

function costText({ flops, elementary, bytes, intensity }: Cost): string {
  const functions = elementary === 0 ? "" : ` (${count(elementary)} elementary functions)`;
  return `${count(flops)} flops${functions}, ${size(bytes)} moved, ${intensity.toPrecision(3)} flops a byte`;
}

function count(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toPrecision(3)} G`;
  if (n >= 1e6) return `${(n / 1e6).toPrecision(3)} M`;
  return n >= 1e4 ? `${(n / 1e3).toPrecision(3)} k` : `${n}`;
}

function size(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toPrecision(3)} MB`;
  return bytes >= 1e4 ? `${(bytes / 1e3).toPrecision(3)} kB` : `${bytes} B`;
}
