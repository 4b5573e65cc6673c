/**
 * Where everything of a program is: the scopes (the program itself and the bodies of its loops), each scheduled, lowered and laid out in a
 * frame of memory.
 */
import { elementBytes } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { sizeOf } from "../base/shape.js";
import { make, type Node } from "../graph/node.js";
import type { Lowered } from "./lower/kernel.js";
import { lower } from "./lower/lower.js";
import type { Tiles } from "./lower/matmul.js";
import { align, type Demand, planMemory } from "./plan.js";
import { schedule } from "./schedule.js";
import { simplify } from "./simplify.js";
import { isLeafInMemory, memoryOf } from "./terms.js";

/** A stretch of the arena whose own place is known last: frames of loops lie in the frames of what surrounds them. */
export interface Frame {
  readonly parent: Frame | undefined;
  /** Bytes from the start of the parent, or of the arena. */
  offset: number;
}

/** Where something is: bytes from the start of a frame, or a table entry that holds an address. */
export type Place = { readonly kind: "arena"; readonly frame: Frame; readonly offset: number } | Slot;

export interface Slot {
  readonly kind: "slot";
  readonly slot: number;
}

/** Bytes from the start of the arena. */
export function arenaOffset(frame: Frame, offset: number): number {
  return offset + frame.offset + (frame.parent === undefined ? 0 : arenaOffset(frame.parent, 0));
}

export interface Update {
  readonly variable: Node;
  readonly value: Node;
}

/** The program itself, or the body of a loop. */
export interface Scope {
  readonly frame: Frame;
  readonly bytes: number;
  readonly lowered: readonly Lowered[];
  readonly places: ReadonlyMap<Node, Place>;
  /** Where a kernel's scratch memory starts in the frame. */
  readonly scratch: ReadonlyMap<Lowered, number>;
  readonly loops: ReadonlyMap<Lowered, Loop>;
  /** Where inputs that are reached through the table may be copied to. */
  readonly regions: ReadonlyMap<Node, number>;
  readonly buffers: readonly PlannedBuffer[];
}

/** A scan: its body, and where its values are. */
export interface Loop {
  /** Carries, then the body's own frame. */
  readonly frame: Frame;
  readonly bytes: number;
  readonly body: Scope;
  readonly constants: readonly Slot[];
  readonly carries: readonly { readonly place: Place; readonly bytes: number; readonly next: Place }[];
  readonly slicesIn: readonly { readonly slot: Slot; readonly bytes: number }[];
  /** `from`: where the body leaves the slice, if it does not write it where it belongs. */
  readonly slicesOut: readonly { readonly slot: Slot; readonly bytes: number; readonly from: Place | undefined }[];
}

/** Memory of a frame from the first step that writes it (−1: before the program) to the last that reads it. */
export interface PlannedBuffer extends Demand {
  readonly offset: number;
  /** The values that it holds, one after the other. */
  readonly nodes: readonly Node[];
  /** The kernel whose scratch memory or loop body it is, where it holds no value. */
  readonly owner: Lowered | undefined;
}

/** What a scope is to compute. */
export interface ScopeRequest {
  /** Nodes to compute, results and new values of variables alike. */
  readonly results: readonly Node[];
  /** Those whose value must still be there at the end, in a place of its own. */
  readonly outputs: readonly Node[];
  readonly inputs: readonly Node[];
  readonly updates: readonly Update[];
  /** Places that are settled already. */
  readonly given: ReadonlyMap<Node, Place>;
  readonly parent: Frame | undefined;
}

export function bytesOf(node: Node): number {
  return sizeOf(node.shape) * elementBytes(node.dtype);
}

export class Placer {
  readonly slots = new Map<Node, number>();
  slotCount = 0;
  readonly kernels: Lowered[] = [];
  readonly bodies = new Map<Lowered, readonly Lowered[]>();
  threadScratchBytes = 0;
  private readonly tiles: Tiles;

  constructor(tiles: Tiles) {
    this.tiles = tiles;
  }

  newSlot(): Slot {
    this.slotCount += 1;
    return { kind: "slot", slot: this.slotCount - 1 };
  }

  /** The table entry of a variable or constant. */
  slotOf(node: Node): Slot {
    for (const [other, slot] of this.slots) if (sameLeaf(other, node)) return { kind: "slot", slot };
    const entry = this.newSlot();
    this.slots.set(node, entry.slot);
    return entry;
  }

  /** Schedules, lowers and places. The frame's own offset is for the caller to set. */
  place({ results, outputs, inputs, updates, given, parent }: ScopeRequest): Scope {
    const { prepared: lowered } = schedule(results, (kernel, inMemory) => lower(kernel, inMemory, this.tiles));
    const frame: Frame = { parent, offset: 0 };
    const places = new Map<Node, Place>(given);
    const born = new Map<Node, number>();
    const dies = new Map<Node, number>();
    lowered.forEach((l, step) => {
      this.kernels.push(l);
      this.threadScratchBytes = Math.max(this.threadScratchBytes, align(l.threadScratchBytes));
      for (const node of l.writes) born.set(node, step);
      for (const node of [...l.reads, ...l.writes]) dies.set(node, step);
    });
    for (const node of results) dies.set(memoryOf(node), lowered.length);

    this.bindLeaves(lowered, results, places);
    this.writeVariablesInPlace(lowered, updates, outputs, born, places);

    const demands: (Demand & { to: number })[] = [];
    const demandOf = new Map<Node, number>();
    for (const node of inputs) {
      demandOf.set(node, demands.push({ bytes: bytesOf(node), from: -1, to: dies.get(node) ?? -1 }) - 1);
    }
    lowered.forEach((l, step) => {
      for (const node of l.writes) {
        if (places.has(node)) continue;
        const to = dies.get(node) ?? step;
        const bytes = bytesOf(node);
        const donor = donorFor(l, step, bytes, demandOf, demands, dies);
        if (donor === undefined) demandOf.set(node, demands.push({ bytes, from: step, to }) - 1);
        else {
          demandOf.set(node, donor);
          const demand = demands[donor];
          if (demand !== undefined) demand.to = to;
        }
      }
    });

    const owners = new Map<number, Lowered>();
    const scratchOf = new Map<Lowered, number>();
    const bodies = new Map<Lowered, { readonly loop: Loop; readonly demand: number }>();
    lowered.forEach((l, step) => {
      const reserve = (bytes: number): number => {
        const demand = demands.push({ bytes, from: step, to: step }) - 1;
        owners.set(demand, l);
        return demand;
      };
      if (l.scratchBytes > 0) scratchOf.set(l, reserve(l.scratchBytes));
      if (l.kernel.kind === "scan") {
        const loop = this.placeLoop(l, frame);
        bodies.set(l, { loop, demand: reserve(loop.bytes) });
      }
    });

    const { offsets, end } = planMemory(demands, 0);
    const offsetOf = (demand: number): number => offsets[demand] ?? 0;
    const regions = new Map<Node, number>();
    for (const [node, demand] of demandOf) {
      if (places.has(node)) regions.set(node, offsetOf(demand));
      else places.set(node, { kind: "arena", frame, offset: offsetOf(demand) });
    }
    const loops = new Map<Lowered, Loop>();
    for (const [l, { loop, demand }] of bodies) {
      loop.frame.offset = offsetOf(demand);
      loops.set(l, loop);
    }
    const holds = demands.map((): Node[] => []);
    for (const [node, demand] of demandOf) holds[demand]?.push(node);
    return {
      frame,
      bytes: end,
      lowered,
      places,
      scratch: new Map([...scratchOf].map(([l, demand]) => [l, offsetOf(demand)] as const)),
      loops,
      regions,
      buffers: demands.map((demand, i) => ({
        ...demand,
        offset: offsetOf(i),
        nodes: holds[i] ?? [],
        owner: owners.get(i),
      })),
    };
  }

  /** Constants, slices and carries of a loop, and its body. */
  private placeLoop(l: Lowered, parent: Frame): Loop {
    const node = l.kernel.cores[0];
    if (node?.op !== "scan") throw new InternalError("placeLoop: not a scan");
    const { body, constants, carries } = node.params;
    const results = simplify(body.outputs).map((n) => (isLeafInMemory(memoryOf(n)) ? make("identity", [n], {}) : n));
    const given = new Map<Node, Place>();
    // Constants stay where they are outside and slices move: both are reached through the table.
    const entry = (slot: Node): Slot => {
      const place = this.newSlot();
      given.set(slot, place);
      return place;
    };
    const constantSlots = body.inputs.slice(0, constants).map(entry);
    const slicesIn = body.inputs
      .slice(constants + carries)
      .map((slot) => ({ slot: entry(slot), bytes: bytesOf(slot) }));
    const next = results.slice(0, carries);
    const stacked = results.slice(carries).map((value) => {
      const slot = this.newSlot();
      const place = memoryOf(value);
      const direct = !given.has(place) && !next.some((n) => memoryOf(n) === place);
      if (direct) given.set(place, slot);
      return { slot, value, direct };
    });
    // Carries live through the whole body: they come first, and what the body computes behind them.
    const carrySlots = body.inputs.slice(constants, constants + carries);
    const outer: Frame = { parent, offset: 0 };
    let carryBytes = 0;
    for (const slot of carrySlots) {
      given.set(slot, { kind: "arena", frame: outer, offset: carryBytes });
      carryBytes += align(Math.max(1, bytesOf(slot)));
    }
    const scope = this.place({ results, outputs: results, inputs: [], updates: [], given, parent: outer });
    scope.frame.offset = carryBytes;
    this.bodies.set(l, scope.lowered);
    const placeOf = (n: Node): Place => {
      const place = scope.places.get(memoryOf(n));
      if (place === undefined) throw new InternalError("placeLoop: a value without a place");
      return place;
    };
    return {
      frame: outer,
      bytes: carryBytes + scope.bytes,
      body: scope,
      constants: constantSlots,
      carries: carrySlots.map((slot, i) => {
        const value = next[i];
        if (value === undefined) throw new InternalError("placeLoop: a carry without a value");
        return { place: placeOf(slot), bytes: bytesOf(slot), next: placeOf(value) };
      }),
      slicesIn,
      slicesOut: stacked.map(({ slot, value, direct }) => ({
        slot,
        bytes: bytesOf(value),
        from: direct ? undefined : placeOf(value),
      })),
    };
  }

  /** Variables and constants are reached through the table. */
  private bindLeaves(lowered: readonly Lowered[], results: readonly Node[], places: Map<Node, Place>): void {
    const bind = (node: Node): void => {
      if (places.has(node) || (node.op !== "variable" && node.op !== "buffer")) return;
      places.set(node, this.slotOf(node));
    };
    for (const l of lowered) l.reads.forEach(bind);
    for (const node of results) bind(memoryOf(node));
  }

  /** A variable's new value is written over the old one when nothing reads that any more. */
  private writeVariablesInPlace(
    lowered: readonly Lowered[],
    updates: readonly Update[],
    outputs: readonly Node[],
    born: ReadonlyMap<Node, number>,
    places: Map<Node, Place>,
  ): void {
    const kept = new Set(outputs.map(memoryOf));
    for (const { variable, value } of updates) {
      const node = memoryOf(value);
      const slot = this.slotOf(variable);
      const step = born.get(node);
      if (step === undefined || places.has(node) || kept.has(node)) continue;
      const isOld = (n: Node): boolean => sameLeaf(n, variable);
      const free = lowered.every((l, s) => s < step || !l.reads.some(isOld) || (s === step && l.inPlace.some(isOld)));
      if (free && bytesOf(node) === bytesOf(variable) && node.dtype === variable.dtype) places.set(node, slot);
    }
  }
}

function sameLeaf(a: Node, b: Node): boolean {
  return a === b || (a.op === "variable" && b.op === "variable" && a.params.variable === b.params.variable);
}

/** Memory of a value that ends at this step and is read only where the result is written. */
function donorFor(
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
