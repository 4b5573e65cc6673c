/**
 * A traced function as loop-IR functions over one block of memory, the arena:
 *
 *   status    i32, set when an index was out of range
 *   table     an i32 address for each variable, constant and moving slice
 *   buffers   inputs, results and intermediate values, placed by lifetime
 *
 * `main` runs everything on one thread; with threads, `parallel` is called by each of them.
 */
import { make, type Node } from "../graph/node.js";
import type { HostOp } from "../graph/primitives.js";
import type { LoopFunction } from "./ir.js";
import type { Lowered } from "./lower/kernel.js";
import type { Tiles } from "./lower/matmul.js";
import {
  arenaOffset,
  bytesOf,
  type Place as InnerPlace,
  Placer,
  type PlannedBuffer,
  type Slot,
  type Update,
} from "./placement.js";
import { align } from "./plan.js";
import { simplify } from "./simplify.js";
import { placeIn, StepWriter, tableOffset } from "./steps.js";
import { isLeafInMemory, memoryOf } from "./terms.js";

export type { PlannedBuffer } from "./placement.js";
export { tableOffset } from "./steps.js";

export interface Traced {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly updates: readonly Update[];
}

/** Where something is: a byte offset in the arena, or a table entry that holds an address. */
export type Place = { readonly kind: "arena"; readonly offset: number } | Slot;

interface Placed {
  readonly node: Node;
  readonly place: Place;
}

export interface HostCall {
  readonly op: HostOp;
  readonly inputs: readonly Placed[];
  readonly outputs: readonly Placed[];
}

export interface CompiledProgram {
  readonly functions: readonly LoopFunction[];
  readonly arenaBytes: number;
  readonly threadScratchBytes: number;
  /** `moving`: the table entry of a large input, which may be kept elsewhere than in its place in the arena. */
  readonly inputs: readonly (Placed & { readonly moving: number | undefined })[];
  readonly outputs: readonly Placed[];
  /** Table entries that the runtime fills: variables and constants. */
  readonly bound: readonly { readonly node: Node; readonly slot: number }[];
  readonly hostCalls: readonly HostCall[];
  /** Messages of the checks, by status − 1. */
  readonly checks: readonly string[];
  /** For inspection. */
  readonly kernels: readonly Lowered[];
  readonly layout: Layout;
  /** Whether some stage is worth several threads: with `threads`, there is a parallel entry point. */
  readonly parallel: boolean;
}

/** What became of a program's graph, for people to look at. Steps count the kernels of the program itself, not those in bodies of loops. */
export interface Layout {
  /** The simplified graph: outputs, then the new values of variables. */
  readonly results: readonly Node[];
  readonly steps: readonly Lowered[];
  /** The steps in the bodies of loops. */
  readonly bodies: ReadonlyMap<Lowered, readonly Lowered[]>;
  /** Names of the functions that a kernel became, one a stage. */
  readonly functions: ReadonlyMap<Lowered, readonly string[]>;
  readonly buffers: readonly PlannedBuffer[];
}

/** Inputs of at least this many bytes are reached through the table, so that they need not be copied at each run. */
const movingBytes = 65536;

/** Work (elementary operations) below which a stage stays on one thread: 20 µs of simple elementwise arithmetic, 40 µs of products, measured. */
export const parallelWork = 300_000;

export interface CompileSettings {
  readonly tiles: Tiles;
  /** Whether to write the entry point for several threads. */
  readonly threads: boolean;
  /** Work from which stages are split over threads. Default: `parallelWork`. */
  readonly parallelWork?: number;
}

export function compileProgram(traced: Traced, settings: CompileSettings): CompiledProgram {
  const count = traced.outputs.length;
  const simple = simplify([...traced.outputs, ...traced.updates.map((u) => u.value)]);
  const results = simple.map((node, i) =>
    mustBeCopied(node, i < count, traced.updates) ? make("identity", [node], {}) : node,
  );
  const outputs = results.slice(0, count);
  const updates = traced.updates.map(
    (u, i): Update => ({ variable: u.variable, value: results[count + i] ?? u.value }),
  );

  const placer = new Placer(settings.tiles);
  const moving = new Map<Node, Slot>();
  for (const node of traced.inputs) if (bytesOf(node) >= movingBytes) moving.set(node, placer.newSlot());
  const scope = placer.place({ results, outputs, inputs: traced.inputs, updates, given: moving, parent: undefined });
  // The table is complete now, and the buffers come behind it.
  const tableBytes = align(tableOffset + 4 * placer.slotCount);
  scope.frame.offset = tableBytes;

  const writer = new StepWriter({
    threads: settings.threads,
    parallelWork: settings.parallelWork ?? parallelWork,
    threadScratchBytes: placer.threadScratchBytes,
  });
  writer.writeProgram(scope, updates, (variable) => placer.slotOf(variable));
  const placed = (node: Node): Placed => ({ node, place: absolute(placeIn(scope, node)) });
  return {
    functions: writer.functions,
    arenaBytes: tableBytes + scope.bytes,
    threadScratchBytes: placer.threadScratchBytes,
    inputs: traced.inputs.map((node) => {
      const region = scope.regions.get(node);
      const own =
        region === undefined ? placed(node) : { node, place: { kind: "arena" as const, offset: tableBytes + region } };
      return { ...own, moving: moving.get(node)?.slot };
    }),
    outputs: outputs.map(placed),
    bound: [...placer.slots].map(([node, slot]) => ({ node, slot })),
    hostCalls: writer.hostCalls.map((call) => ({
      op: call.op,
      inputs: call.inputs.map(({ node, place }) => ({ node, place: absolute(place) })),
      outputs: call.outputs.map(({ node, place }) => ({ node, place: absolute(place) })),
    })),
    checks: writer.checks,
    kernels: placer.kernels,
    layout: {
      results: simple,
      steps: scope.lowered,
      bodies: placer.bodies,
      functions: writer.functionsOf,
      buffers: scope.buffers.map((buffer) => ({ ...buffer, offset: buffer.offset + tableBytes })),
    },
    parallel: writer.parallel,
  };
}

/** What a variable held before, or what one variable takes from another, is copied before anything is overwritten. */
function mustBeCopied(node: Node, isOutput: boolean, updates: readonly Update[]): boolean {
  const place = memoryOf(node);
  if (!isOutput) return isLeafInMemory(place);
  if (place.op !== "variable") return false;
  return updates.some(
    ({ variable }) => variable.op === "variable" && variable.params.variable === place.params.variable,
  );
}

function absolute(place: InnerPlace): Place {
  return place.kind === "slot" ? place : { kind: "arena", offset: arenaOffset(place.frame, place.offset) };
}
