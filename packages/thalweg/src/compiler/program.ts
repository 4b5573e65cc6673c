/**
 * A traced function as loop-IR functions over one block of memory, the arena:
 *
 *   status    i32, set when an index was out of range
 *   table     an i32 address for each variable, constant and moving slice
 *   buffers   inputs, results and intermediate values, placed by lifetime
 *
 * `main` runs everything on one thread; with threads, `parallel` is called by each of them.
 */
import { elementBytes } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { sizeOf } from "../base/shape.js";
import { make, type Node } from "../graph/node.js";
import type { HostOp } from "../graph/primitives.js";
import { addInt, type Builder, binary, defineFunction, int, load, mulInt } from "./builder.js";
import { barrierName, mainName, parallelName } from "./entry-points.js";
import { type Expr, i32, type LoopFunction } from "./ir.js";
import type { Places } from "./lower/emit-term.js";
import type { Lowered, Stage } from "./lower/kernel.js";
import { lower } from "./lower/lower.js";
import type { Tiles } from "./lower/matmul.js";
import { align, type Demand, planMemory } from "./plan.js";
import { schedule } from "./schedule.js";
import { simplify } from "./simplify.js";
import { isLeafInMemory, memoryOf } from "./terms.js";

export interface Traced {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly variable: Node; readonly value: Node }[];
}

/** Where something is: a byte offset in the arena, or a table entry that holds an address. */
export type Place =
  | { readonly kind: "arena"; readonly offset: number }
  | { readonly kind: "slot"; readonly slot: number };

export interface HostCall {
  readonly op: HostOp;
  readonly inputs: readonly { readonly node: Node; readonly place: Place }[];
  readonly outputs: readonly { readonly node: Node; readonly place: Place }[];
}

export interface CompiledProgram {
  readonly functions: readonly LoopFunction[];
  readonly arenaBytes: number;
  readonly threadScratchBytes: number;
  /** `moving`: the table entry of a large input, which may be kept elsewhere than in its place in the arena. */
  readonly inputs: readonly { readonly node: Node; readonly place: Place; readonly moving: number | undefined }[];
  readonly outputs: readonly { readonly node: Node; readonly place: Place }[];
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

/** Memory of the arena from the first step that writes it (−1: before the program) to the last that reads it. */
export interface PlannedBuffer extends Demand {
  readonly offset: number;
  /** The values that it holds, one after the other. */
  readonly nodes: readonly Node[];
  /** The kernel whose scratch memory or loop body it is, where it holds no value. */
  readonly owner: Lowered | undefined;
}

/** Bytes before the table: the status word. */
export const tableOffset = 16;

/** Inputs of at least this many bytes are reached through the table, so that they need not be copied at each run. */
const movingBytes = 65536;

/** Work (elementary operations) below which a stage stays on one thread: some 50 µs. */
export const parallelWork = 300_000;

export interface CompileSettings {
  readonly tiles: Tiles;
  /** Whether to write the entry point for several threads. */
  readonly threads: boolean;
  /** Work from which stages are split over threads. Default: `parallelWork`. */
  readonly parallelWork?: number;
}

export function compileProgram(traced: Traced, settings: CompileSettings): CompiledProgram {
  return new ProgramCompiler(settings).compile(traced);
}

interface Scope {
  readonly lowered: readonly Lowered[];
  readonly places: ReadonlyMap<Node, Place>;
  readonly scratch: ReadonlyMap<Lowered, number>;
  readonly loops: ReadonlyMap<Lowered, LoopPlan>;
}

interface Planned {
  readonly scope: Scope;
  readonly bytes: number;
  readonly regions: ReadonlyMap<Node, number>;
  readonly buffers: readonly PlannedBuffer[];
}

/** A scan: its body as a scope of its own, and where its values are. */
interface LoopPlan {
  readonly body: Scope;
  readonly carries: readonly { readonly place: Place; readonly bytes: number; readonly next: Place }[];
  readonly slicesIn: readonly { readonly slot: number; readonly bytes: number }[];
  readonly slicesOut: readonly { readonly slot: number; readonly bytes: number; readonly from: Place | undefined }[];
}

class ProgramCompiler {
  private readonly settings: CompileSettings;
  private readonly functions: LoopFunction[] = [];
  private readonly slots = new Map<Node, number>();
  private slotCount = 0;
  private readonly hostCalls: HostCall[] = [];
  private readonly checks: string[] = [];
  private readonly checkNumbers = new Map<string, number>();
  private readonly kernels: Lowered[] = [];
  private readonly bodies = new Map<Lowered, readonly Lowered[]>();
  private readonly functionsOf = new Map<Lowered, string[]>();
  private threadScratchBytes = 0;
  private anyParallel = false;
  private readonly buffersFrom: { at: number } = { at: 0 };

  constructor(settings: CompileSettings) {
    this.settings = settings;
  }

  compile(traced: Traced): CompiledProgram {
    const updated = new Set(traced.updates.map((u) => u.variable));
    const simple = simplify([...traced.outputs, ...traced.updates.map((u) => u.value)]);
    const results = simple.map((node, i) => {
      const place = memoryOf(node);
      if (place.op !== "variable" && !(i >= traced.outputs.length && isLeafInMemory(place))) return node;
      // What a variable held before, or what one variable takes from another, is copied before anything is overwritten.
      const stays = i < traced.outputs.length && !this.isUpdated(place, updated);
      return stays ? node : make("identity", [node], {});
    });
    const outputs = results.slice(0, traced.outputs.length);
    const values = results.slice(traced.outputs.length);
    // The table must be complete before offsets are known, so offsets are relative until then.
    const moving = new Map<Node, Place & { readonly kind: "slot" }>();
    for (const node of traced.inputs) {
      if (bytesOf(node) >= movingBytes) moving.set(node, { kind: "slot", slot: this.newSlot() });
    }
    const scope = this.plan(results, traced.inputs, traced.updates, values, outputs, moving);
    const tableBytes = align(tableOffset + 4 * this.slotCount);
    this.buffersFrom.at = tableBytes;
    const shift = (place: Place): Place =>
      place.kind === "arena" ? { kind: "arena", offset: place.offset + tableBytes } : place;
    this.emitMain(scope.scope, traced, values);
    const place = (node: Node): Place => {
      const found = scope.scope.places.get(memoryOf(node));
      if (found === undefined) throw new InternalError(`program: ${node.op} has no place`);
      return shift(found);
    };
    return {
      functions: this.functions,
      arenaBytes: tableBytes + scope.bytes,
      threadScratchBytes: this.threadScratchBytes,
      inputs: traced.inputs.map((node) => {
        const region = scope.regions.get(node);
        const own: Place = region === undefined ? place(node) : shift({ kind: "arena", offset: region });
        return { node, place: own, moving: moving.get(node)?.slot };
      }),
      outputs: outputs.map((node) => ({ node, place: place(node) })),
      bound: [...this.slots].map(([node, slot]) => ({ node, slot })),
      hostCalls: this.hostCalls.map((call) => ({
        op: call.op,
        inputs: call.inputs.map((x) => ({ node: x.node, place: shift(x.place) })),
        outputs: call.outputs.map((x) => ({ node: x.node, place: shift(x.place) })),
      })),
      checks: this.checks,
      kernels: this.kernels,
      layout: {
        results: simple,
        steps: scope.scope.lowered,
        bodies: this.bodies,
        functions: this.functionsOf,
        buffers: scope.buffers.map((buffer) => ({ ...buffer, offset: buffer.offset + tableBytes })),
      },
      parallel: this.anyParallel,
    };
  }

  private isUpdated(place: Node, updated: ReadonlySet<Node>): boolean {
    if (place.op !== "variable") return false;
    for (const u of updated) if (u.op === "variable" && u.params.variable === place.params.variable) return true;
    return false;
  }

  private newSlot(): number {
    this.slotCount += 1;
    return this.slotCount - 1;
  }

  /** The table entry of a variable or constant. */
  private slotOf(node: Node): number {
    const same = [...this.slots.keys()].find(
      (n) =>
        n === node || (n.op === "variable" && node.op === "variable" && n.params.variable === node.params.variable),
    );
    const known = same === undefined ? undefined : this.slots.get(same);
    if (known !== undefined) return known;
    const slot = this.newSlot();
    this.slots.set(node, slot);
    return slot;
  }

  /** Schedules, lowers and places one scope: the program itself, or the body of a loop. */
  private plan(
    results: readonly Node[],
    inputs: readonly Node[],
    updates: Traced["updates"],
    values: readonly Node[],
    outputs: readonly Node[],
    given: ReadonlyMap<Node, Place> = new Map(),
  ): Planned {
    const { prepared: lowered } = schedule(results, (kernel, inMemory) => lower(kernel, inMemory, this.settings.tiles));
    const places = new Map<Node, Place>(given);
    const last = lowered.length;
    const born = new Map<Node, number>();
    const dies = new Map<Node, number>();
    lowered.forEach((l, step) => {
      this.kernels.push(l);
      this.threadScratchBytes = Math.max(this.threadScratchBytes, align(l.threadScratchBytes));
      for (const node of l.writes) born.set(node, step);
      for (const node of [...l.reads, ...l.writes]) dies.set(node, step);
    });
    for (const node of [...outputs, ...values]) dies.set(memoryOf(node), last);
    for (const node of inputs) born.set(node, -1);

    this.bindLeaves(lowered, results, places);
    this.writeVariablesInPlace(lowered, updates, values, outputs, born, places);

    const demands: (Demand & { from: number; to: number })[] = [];
    const demandOf = new Map<Node, number>();
    lowered.forEach((l, step) => {
      for (const node of l.writes) {
        if (places.has(node)) continue;
        const bytes = bytesOf(node);
        const donor = this.donor(l, step, bytes, demandOf, demands, dies);
        if (donor !== undefined) {
          demandOf.set(node, donor);
          const demand = demands[donor];
          if (demand !== undefined) demand.to = dies.get(node) ?? step;
        } else demandOf.set(node, demands.push({ bytes, from: step, to: dies.get(node) ?? step }) - 1);
      }
      if (step === 0 || lowered.length === 0) this.demandInputs(inputs, demandOf, demands, dies);
    });
    if (lowered.length === 0) this.demandInputs(inputs, demandOf, demands, dies);

    const scratchDemand = new Map<Lowered, number>();
    const loopPlans = new Map<Lowered, { plan: (base: number) => LoopPlan; demand: number }>();
    lowered.forEach((l, step) => {
      if (l.scratchBytes > 0) scratchDemand.set(l, demands.push({ bytes: l.scratchBytes, from: step, to: step }) - 1);
      if (l.kernel.kind === "scan") {
        const inner = this.planLoop(l, places);
        loopPlans.set(l, { plan: inner.plan, demand: demands.push({ bytes: inner.bytes, from: step, to: step }) - 1 });
      }
    });
    const { offsets, end } = planMemory(demands, 0);
    const regions = new Map<Node, number>();
    for (const [node, demand] of demandOf) {
      // What is reached through the table keeps that place; its region in the arena is only where it may be copied to.
      if (places.has(node)) regions.set(node, offsets[demand] ?? 0);
      else places.set(node, { kind: "arena", offset: offsets[demand] ?? 0 });
    }
    const scratch = new Map<Lowered, number>();
    for (const [l, demand] of scratchDemand) scratch.set(l, offsets[demand] ?? 0);
    const loops = new Map<Lowered, LoopPlan>();
    for (const [l, { plan, demand }] of loopPlans) loops.set(l, plan(offsets[demand] ?? 0));
    const holds = demands.map((): Node[] => []);
    for (const [node, demand] of demandOf) holds[demand]?.push(node);
    const owners = new Map([...scratchDemand].map(([l, demand]) => [demand, l]));
    for (const [l, { demand }] of loopPlans) owners.set(demand, l);
    const buffers = demands.map(
      (demand, i): PlannedBuffer => ({
        ...demand,
        offset: offsets[i] ?? 0,
        nodes: holds[i] ?? [],
        owner: owners.get(i),
      }),
    );
    return { scope: { lowered, places, scratch, loops }, bytes: end, regions, buffers };
  }

  private demandInputs(
    inputs: readonly Node[],
    demandOf: Map<Node, number>,
    demands: Demand[],
    dies: ReadonlyMap<Node, number>,
  ): void {
    for (const node of inputs) {
      if (demandOf.has(node)) continue;
      demandOf.set(node, demands.push({ bytes: bytesOf(node), from: -1, to: dies.get(node) ?? -1 }) - 1);
    }
  }

  /** Memory of a value that ends at this step and is read only where the result is written. */
  private donor(
    l: Lowered,
    step: number,
    bytes: number,
    demandOf: ReadonlyMap<Node, number>,
    demands: readonly Demand[],
    dies: ReadonlyMap<Node, number>,
  ): number | undefined {
    for (const node of l.inPlace) {
      const demand = demandOf.get(node);
      if (demand === undefined || dies.get(node) !== step || node.op === "input") continue;
      if (demands[demand]?.bytes === bytes && demands[demand]?.to === step) return demand;
    }
    return undefined;
  }

  /** Variables and constants are reached through the table. */
  private bindLeaves(lowered: readonly Lowered[], results: readonly Node[], places: Map<Node, Place>): void {
    const bind = (node: Node): void => {
      if (places.has(node) || (node.op !== "variable" && node.op !== "buffer")) return;
      places.set(node, { kind: "slot", slot: this.slotOf(node) });
    };
    for (const l of lowered) l.reads.forEach(bind);
    for (const node of results) bind(memoryOf(node));
  }

  /** A variable's new value is written over the old one when nothing reads that any more. */
  private writeVariablesInPlace(
    lowered: readonly Lowered[],
    updates: Traced["updates"],
    values: readonly Node[],
    outputs: readonly Node[],
    born: ReadonlyMap<Node, number>,
    places: Map<Node, Place>,
  ): void {
    const kept = new Set(outputs.map(memoryOf));
    updates.forEach((update, i) => {
      const value = values[i];
      if (value === undefined) return;
      const node = memoryOf(value);
      const slot = this.slotOf(update.variable);
      const step = born.get(node);
      if (step === undefined || places.has(node) || kept.has(node)) return;
      const variable = update.variable;
      const isOld = (n: Node): boolean =>
        n.op === "variable" && variable.op === "variable" && n.params.variable === variable.params.variable;
      const free = lowered.every((l, s) => {
        if (s < step || !l.reads.some(isOld)) return true;
        return s === step && l.inPlace.some(isOld);
      });
      if (free && sizeOf(node.shape) === sizeOf(variable.shape) && node.dtype === variable.dtype)
        places.set(node, { kind: "slot", slot });
    });
  }

  private planLoop(l: Lowered, outer: ReadonlyMap<Node, Place>): { plan: (base: number) => LoopPlan; bytes: number } {
    const node = l.kernel.cores[0];
    if (node?.op !== "scan") throw new InternalError("planLoop: not a scan");
    const { body, constants, carries } = node.params;
    const simple = simplify(body.outputs).map((n) => (isLeafInMemory(memoryOf(n)) ? make("identity", [n], {}) : n));
    const given = new Map<Node, Place>();
    // Constants keep their place outside; carries get buffers; slices are reached through the table.
    const slicesIn = body.inputs.slice(constants + carries).map((slot) => {
      const entry = this.newSlot();
      given.set(slot, { kind: "slot", slot: entry });
      return { slot: entry, bytes: bytesOf(slot) };
    });
    const constantSlots = body.inputs.slice(0, constants);
    for (const slot of constantSlots) given.set(slot, { kind: "slot", slot: this.newSlot() });
    this.loopConstants.set(
      l,
      constantSlots.map((slot) => given.get(slot) as Place & { kind: "slot" }),
    );
    const next = simple.slice(0, carries);
    const stacked = simple.slice(carries);
    const slicesOut = stacked.map((value) => {
      const entry = this.newSlot();
      const place = memoryOf(value);
      const direct = !given.has(place) && !next.some((n) => memoryOf(n) === place);
      if (direct) given.set(place, { kind: "slot", slot: entry });
      return { slot: entry, bytes: bytesOf(value), place, direct };
    });
    const carrySlots = body.inputs.slice(constants, constants + carries);
    const { scope, bytes } = this.plan(simple, carrySlots, [], next, simple, given);
    this.bodies.set(l, scope.lowered);
    // Carries live through the whole body: they are placed behind its buffers.
    let end = bytes;
    const carryOffsets = carrySlots.map((slot) => {
      const at = end;
      end += align(Math.max(1, bytesOf(slot)));
      return at;
    });
    void outer;
    const plan = (base: number): LoopPlan => {
      const move = (place: Place): Place =>
        place.kind === "arena" ? { kind: "arena", offset: place.offset + base } : place;
      const places = new Map<Node, Place>();
      for (const [n, place] of scope.places) places.set(n, move(place));
      carrySlots.forEach((slot, i) => {
        places.set(slot, { kind: "arena", offset: base + (carryOffsets[i] ?? 0) });
      });
      const scratch = new Map([...scope.scratch].map(([k, offset]) => [k, offset + base] as const));
      const loops = new Map([...scope.loops].map(([k, inner]) => [k, moveLoop(inner, move)] as const));
      const placeOf = (n: Node): Place => {
        const place = places.get(n);
        if (place === undefined) throw new InternalError("planLoop: a value without a place");
        return place;
      };
      return {
        body: { lowered: scope.lowered, places, scratch, loops },
        carries: carrySlots.map((slot, i) => {
          const value = next[i];
          if (value === undefined) throw new InternalError("planLoop: a carry without a value");
          return { place: placeOf(slot), bytes: bytesOf(slot), next: placeOf(memoryOf(value)) };
        }),
        slicesIn,
        slicesOut: slicesOut.map((s) => ({
          slot: s.slot,
          bytes: s.bytes,
          from: s.direct ? undefined : placeOf(s.place),
        })),
      };
    };
    return { plan, bytes: end };
  }

  private readonly loopConstants = new Map<Lowered, readonly (Place & { kind: "slot" })[]>();

  private emitMain(scope: Scope, traced: Traced, values: readonly Node[]): void {
    const finalCopies = (b: Builder, arena: Expr): void => {
      traced.updates.forEach((update, i) => {
        const value = values[i];
        if (value === undefined) return;
        const from = scope.places.get(memoryOf(value));
        const slot = this.slotOf(update.variable);
        if (from === undefined) throw new InternalError("program: an update without a place");
        if (from.kind === "slot" && from.slot === slot) return;
        const bytes = sizeOf(update.variable.shape) * elementBytes(update.variable.dtype);
        b.copy(this.addressOf(b, arena, { kind: "slot", slot }), this.addressOf(b, arena, from), int(bytes));
      });
    };
    // Both entry points call the same functions, which are written once.
    const steps = scope.lowered.flatMap((l) => this.steps(l, scope));
    this.functions.push(
      defineFunction(
        mainName,
        [
          { name: "arena", type: i32 },
          { name: "scratch", type: i32 },
        ],
        (b, [arena, scratch]) => {
          if (arena === undefined || scratch === undefined) throw new InternalError("main without parameters");
          for (const step of steps) step.whole(b, arena, scratch);
          finalCopies(b, arena);
        },
      ),
    );
    this.anyParallel = steps.some((step) => step.share !== undefined);
    if (this.anyParallel && this.settings.threads) this.emitParallel(steps, finalCopies);
  }

  /** Steps that are worth it are shared by all threads; the first thread alone takes those between. */
  private emitParallel(steps: readonly Step[], finalCopies: (b: Builder, arena: Expr) => void): void {
    const params = ["arena", "scratch", "thread", "threads", "barrier"].map((name) => ({ name, type: i32 }));
    this.functions.push(
      defineFunction(parallelName, params, (b, [arena, scratch, thread, threads, barrier]) => {
        if (
          arena === undefined ||
          scratch === undefined ||
          thread === undefined ||
          threads === undefined ||
          barrier === undefined
        ) {
          throw new InternalError("parallel without parameters");
        }
        const own = b.let(addInt(scratch, mulInt(thread, int(this.threadScratchBytes))));
        const alone = (serial: readonly Step[], rest?: () => void): void =>
          b.if(binary("eq", thread, int(0)), () => {
            for (const step of serial) step.whole(b, arena, own);
            rest?.();
          });
        let serial: Step[] = [];
        for (const step of steps) {
          if (step.share === undefined) {
            serial.push(step);
            continue;
          }
          if (serial.length > 0) {
            alone(serial);
            b.call(barrierName, [barrier, threads]);
          }
          serial = [];
          step.share(b, arena, { scratch: own, thread, threads });
          b.call(barrierName, [barrier, threads]);
        }
        // Nobody waits for what comes last: the caller is the first thread.
        alone(serial, () => finalCopies(b, arena));
      }),
    );
  }

  private addressOf(b: Builder, arena: Expr, place: Place): Expr {
    if (place.kind === "slot") return b.let(load(i32, arena, tableOffset + 4 * place.slot), "address");
    return addInt(arena, int(this.buffersFrom.at + place.offset));
  }

  private steps(l: Lowered, scope: Scope): Step[] {
    if (l.kernel.kind === "scan") return [this.scanStep(l, scope)];
    if (l.kernel.kind === "host") return [this.hostStep(l, scope)];
    return l.stages
      .filter((stage) => stage.blocks > 0)
      .map((stage): Step => {
        const name = this.stageFunction(l, stage, scope);
        const blocks = int(stage.blocks);
        return {
          whole: (b, arena, scratch) => b.call(name, [arena, int(0), blocks, scratch]),
          share: !this.splits(stage)
            ? undefined
            : (b, arena, { scratch, thread, threads }) => {
                const start = b.let(binary("div", mulInt(thread, blocks), threads));
                const end = b.let(binary("div", mulInt(addInt(thread, int(1)), blocks), threads));
                b.if(binary("lt", start, end), () => b.call(name, [arena, start, end, scratch]));
              },
        };
      });
  }

  private splits(stage: Stage): boolean {
    return stage.blocks > 1 && stage.work >= (this.settings.parallelWork ?? parallelWork);
  }

  private stageFunction(l: Lowered, stage: Stage, scope: Scope): string {
    const name = `k${this.functions.length}_${l.kernel.kind}`;
    this.functionsOf.set(l, [...(this.functionsOf.get(l) ?? []), name]);
    const params = ["arena", "start", "end", "scratch"].map((p) => ({ name: p, type: i32 }));
    this.functions.push(
      defineFunction(name, params, (b, [arena, start, end, threadScratch]) => {
        if (arena === undefined || start === undefined || end === undefined || threadScratch === undefined) {
          throw new InternalError("a stage without parameters");
        }
        const addresses = new Map<Node, { base: Expr; offset: number }>();
        for (const node of [...l.reads, ...l.writes]) {
          const place = scope.places.get(node);
          if (place === undefined) throw new InternalError(`program: ${node.op} ${node.id} has no place`);
          addresses.set(
            node,
            place.kind === "arena"
              ? { base: arena, offset: this.buffersFrom.at + place.offset }
              : { base: this.addressOf(b, arena, place), offset: 0 },
          );
        }
        const places: Places = {
          of: (node) => {
            const found = addresses.get(node);
            if (found === undefined)
              throw new InternalError(`program: a kernel uses ${node.op} ${node.id}, which it does not name`);
            return found;
          },
          status: { base: arena, offset: 0 },
          checkNumber: (node, rows) => this.checkNumber(node, rows),
        };
        // A stage of one block runs whole: its bounds are known.
        const [from, to] = stage.blocks === 1 ? [int(0), int(1)] : [start, end];
        const scratch = b.let(addInt(arena, int(this.buffersFrom.at + (scope.scratch.get(l) ?? 0))));
        stage.emit(b, from, to, { places, scratch, threadScratch });
      }),
    );
    return name;
  }

  private checkNumber(node: Node, rows: number): number {
    const message = `an index is out of range: ${node.op === "scatterAdd" || node.op === "scatterSet" ? "scatter" : "gather"} of ${rows} rows takes 0 to ${rows - 1}`;
    const known = this.checkNumbers.get(message);
    if (known !== undefined) return known;
    const number = this.checks.push(message);
    this.checkNumbers.set(message, number);
    return number;
  }

  private hostStep(l: Lowered, scope: Scope): Step {
    const node = l.kernel.cores[0];
    if (node?.op !== "host") throw new InternalError("hostStep: not a host op");
    const at = (n: Node): { node: Node; place: Place } => {
      const place = scope.places.get(memoryOf(n));
      if (place === undefined) throw new InternalError("hostStep: no place");
      return { node: n, place };
    };
    const index =
      this.hostCalls.push({ op: node.params.op, inputs: node.inputs.map(at), outputs: l.kernel.roots.map(at) }) - 1;
    return { whole: (b, arena) => b.call("host", [int(index), arena]), share: undefined };
  }

  private scanStep(l: Lowered, scope: Scope): Step {
    const node = l.kernel.cores[0];
    const plan = scope.loops.get(l);
    if (node?.op !== "scan" || plan === undefined) throw new InternalError("scanStep: not a scan");
    const { length, reverse, constants, carries } = node.params;
    const steps = plan.body.lowered.flatMap((inner) => this.steps(inner, plan.body));
    const outer = (n: Node): Place => {
      const place = scope.places.get(memoryOf(n));
      if (place === undefined) throw new InternalError("scanStep: no place");
      return place;
    };
    const input = (i: number): Node => {
      const n = node.inputs[i];
      if (n === undefined) throw new InternalError("scanStep: too few inputs");
      return n;
    };
    return {
      share: undefined, // one thread runs the whole loop
      whole: (b, arena, scratch) => {
        const address = (place: Place): Expr => this.addressOf(b, arena, place);
        const setSlot = (slot: number, value: Expr): void => b.store(arena, b.let(value), tableOffset + 4 * slot);
        this.loopConstants.get(l)?.forEach((place, i) => {
          setSlot(place.slot, address(outer(input(i))));
        });
        plan.carries.forEach((carry, i) => {
          b.copy(address(carry.place), address(outer(input(constants + i))), int(carry.bytes));
        });
        b.for(int(0), int(length), int(1), (step) => {
          const t = reverse ? b.let(binary("sub", int(length - 1), step)) : step;
          plan.slicesIn.forEach((s, i) => {
            setSlot(s.slot, addInt(address(outer(input(constants + carries + i))), mulInt(t, int(s.bytes))));
          });
          plan.slicesOut.forEach((s, i) => {
            const root = l.kernel.roots[carries + i];
            if (root !== undefined) setSlot(s.slot, addInt(address(outer(root)), mulInt(t, int(s.bytes))));
          });
          for (const inner of steps) inner.whole(b, arena, scratch);
          for (const s of plan.slicesOut) {
            if (s.from !== undefined) b.copy(address({ kind: "slot", slot: s.slot }), address(s.from), int(s.bytes));
          }
          for (const carry of plan.carries) b.copy(address(carry.place), address(carry.next), int(carry.bytes));
        });
        plan.carries.forEach((carry, i) => {
          const root = l.kernel.roots[i];
          if (root !== undefined) b.copy(address(outer(root)), address(carry.place), int(carry.bytes));
        });
      },
    };
  }
}

function bytesOf(node: Node): number {
  return sizeOf(node.shape) * elementBytes(node.dtype);
}

/** One call in the order of the program, or the share of it that a thread takes. */
interface Step {
  readonly whole: (b: Builder, arena: Expr, scratch: Expr) => void;
  readonly share: ((b: Builder, arena: Expr, team: Team) => void) | undefined;
}

interface Team {
  readonly scratch: Expr;
  readonly thread: Expr;
  readonly threads: Expr;
}

function moveLoop(plan: LoopPlan, move: (place: Place) => Place): LoopPlan {
  const places = new Map([...plan.body.places].map(([n, place]) => [n, move(place)] as const));
  const shift = move({ kind: "arena", offset: 0 });
  const by = shift.kind === "arena" ? shift.offset : 0;
  return {
    body: {
      lowered: plan.body.lowered,
      places,
      scratch: new Map([...plan.body.scratch].map(([k, offset]) => [k, offset + by] as const)),
      loops: new Map([...plan.body.loops].map(([k, inner]) => [k, moveLoop(inner, move)] as const)),
    },
    carries: plan.carries.map((c) => ({ place: move(c.place), bytes: c.bytes, next: move(c.next) })),
    slicesIn: plan.slicesIn,
    slicesOut: plan.slicesOut.map((s) => ({ ...s, from: s.from === undefined ? undefined : move(s.from) })),
  };
}
