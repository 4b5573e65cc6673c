/** The WebAssembly device: compiles traced functions into modules over one memory and keeps variables resident in it. */
import { allocate, type DType, elementBytes, type TypedArray } from "../base/dtype.js";
import { IndexError, InternalError } from "../base/errors.js";
import { sizeOf } from "../base/shape.js";
import { barrierName, mainName, parallelName } from "../compiler/entry-points.js";
import { type CompiledProgram, compileProgram, type Place, tableOffset } from "../compiler/program.js";
import { make, type Node } from "../graph/node.js";
import type { Aval, HostOp } from "../graph/primitives.js";
import { defineBarrier } from "../targets/wasm/barrier.js";
import { emitModule } from "../targets/wasm/emit.js";
import { enableRelaxedSimd, probeFeatures } from "../targets/wasm/features.js";
import type { Device, Program, Traced } from "./device.js";
import { ProgramMemory } from "./memory.js";
import { pauses } from "./pauses.js";
import { ThreadLostError, type Ticket } from "./pool.js";
import { Residents } from "./residents.js";
import type { ThreadCount } from "./thread-count.js";
import { type ThreadedProgram, Threads } from "./threads.js";
import { tilesFor } from "./tiles.js";
import { type Home, Variable } from "./variable.js";

export interface WasmOptions {
  /** Whether fused multiply-add may be used where the engine has it. Default: true. */
  readonly fma?: boolean;
  /** Threads that large programs may use, the caller counted. Default: "auto", as many as the machine has, up to 8. */
  readonly threads?: ThreadCount;
  /** Elementary operations from which a stage of a program is shared by threads: 0 shares all that can be, and starts the workers at once. */
  readonly parallelWork?: number;
  /** For tests: every thread pauses for random times before and after each wait for the others. */
  readonly pauses?: boolean;
}

export interface WasmDevice extends Device {
  readonly memory: ProgramMemory;
  readonly fma: boolean;
  readonly threads: Threads;
}

interface Context {
  readonly memory: ProgramMemory;
  readonly residents: Residents;
  readonly threads: Threads;
  readonly fma: boolean;
  readonly parallelWork: number | undefined;
  readonly pauses: boolean;
}

export function wasmDevice(options: WasmOptions = {}): WasmDevice {
  const fma = (options.fma ?? true) && enableRelaxedSimd();
  const memory = new ProgramMemory(probeFeatures().threads);
  const residents = new Residents(memory);
  const { parallelWork } = options;
  const threads = new Threads(memory, options.threads ?? "auto", parallelWork === 0);
  const context: Context = { memory, residents, threads, fma, parallelWork, pauses: options.pauses ?? false };
  const device: WasmDevice = {
    name: "wasm",
    memory,
    fma,
    threads,
    compile: (traced) => new WasmProgram(traced, context),
  };
  return device;
}

class WasmHome implements Home {
  readonly address: number;
  private readonly memory: ProgramMemory;
  private readonly residents: Residents;
  private readonly dtype: DType;
  private readonly size: number;

  constructor(memory: ProgramMemory, residents: Residents, address: number, dtype: DType, size: number) {
    this.memory = memory;
    this.residents = residents;
    this.address = address;
    this.dtype = dtype;
    this.size = size;
  }

  read(): TypedArray {
    return readMemory(this.memory, this.address, this.dtype, this.size);
  }

  release(): void {
    this.residents.release(this.address);
  }

  memoryIs(memory: ProgramMemory): boolean {
    return this.memory === memory;
  }
}

function readMemory(memory: ProgramMemory, address: number, dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case "float32":
      return memory.f32.slice(address >>> 2, (address >>> 2) + size);
    case "float64":
      return memory.f64.slice(address >>> 3, (address >>> 3) + size);
    case "int32":
      return memory.i32.slice(address >>> 2, (address >>> 2) + size);
    case "bool": {
      const result = new Uint8Array(size);
      const from = address >>> 2;
      for (let i = 0; i < size; i += 1) result[i] = memory.i32[from + i] ?? 0;
      return result;
    }
  }
}

function writeMemory(memory: ProgramMemory, address: number, dtype: DType, value: TypedArray | number): void {
  if (typeof value === "number") {
    if (dtype === "float64") memory.f64[address >>> 3] = value;
    else if (dtype === "float32") memory.f32[address >>> 2] = value;
    else memory.i32[address >>> 2] = value;
  } else if (dtype === "float64") memory.f64.set(value, address >>> 3);
  else if (dtype === "float32") memory.f32.set(value, address >>> 2);
  else memory.i32.set(value, address >>> 2);
}

interface BoundVariable {
  readonly variable: Variable;
  readonly slot: number;
  home: WasmHome | undefined;
}

interface BoundConstant {
  readonly storage: TypedArray;
  readonly dtype: DType;
  readonly slot: number;
  address: number | undefined;
}

interface Slot {
  readonly offset: number;
  readonly slot: number | undefined;
  readonly dtype: DType;
  readonly size: number;
}

interface InputSlot extends Slot {
  /** The table entry through which a large input is reached. */
  readonly moving: number | undefined;
}

interface PreparedHostCall {
  readonly op: HostOp;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly avals: readonly Aval[];
}

type Layout = Pick<CompiledProgram, "arenaBytes" | "threadScratchBytes" | "parallel" | "checks">;

class WasmProgram implements Program, ThreadedProgram {
  readonly module: WebAssembly.Module;
  readonly main: ThreadedProgram["main"];
  readonly parallel: ThreadedProgram["parallel"];
  ticket: Ticket | undefined;
  private readonly memory: ProgramMemory;
  private readonly residents: Residents;
  private readonly threads: Threads;
  private readonly layout: Layout;
  private readonly hostCalls: readonly PreparedHostCall[];
  private readonly inputs: readonly InputSlot[];
  private readonly outputs: readonly Slot[];
  private readonly variables: readonly BoundVariable[];
  private readonly constants: readonly BoundConstant[];
  private readonly updated: readonly Variable[];
  private readonly keep: Set<object>;
  private readonly makeRoom: () => boolean;
  private arena = -1;

  constructor(traced: Traced, context: Context) {
    const { memory, residents, threads, fma, parallelWork } = context;
    this.memory = memory;
    this.residents = residents;
    this.threads = threads;
    const compiled = compileProgram(
      {
        inputs: traced.inputs,
        outputs: traced.outputs,
        updates: traced.updates.map(({ variable, value }) => ({ variable: make("variable", [], { variable }), value })),
      },
      {
        tiles: tilesFor([...traced.outputs, ...traced.updates.map((u) => u.value)], fma),
        threads: memory.shared,
        ...(parallelWork === undefined ? {} : { parallelWork }),
      },
    );
    // Only what runs is kept: graph and loop IR are let go of.
    const { arenaBytes, threadScratchBytes, parallel, checks } = compiled;
    this.layout = { arenaBytes, threadScratchBytes, parallel, checks };
    this.hostCalls = compiled.hostCalls.map((call) => ({
      op: call.op,
      inputs: call.inputs.map(({ node, place }) => slotAt(node, place)),
      outputs: call.outputs.map(({ node, place }) => slotAt(node, place)),
      avals: call.inputs.map(({ node }) => ({ shape: node.shape, dtype: node.dtype })),
    }));
    const shared = parallel && memory.shared;
    const bytes = emitModule(compiled.functions, {
      memory: { shared: memory.shared, maximumPages: memory.maximumPages },
      fma,
      exports: shared ? [mainName, parallelName] : [mainName],
      imports: [{ name: "host", params: 2 }, ...(shared ? threadImports(context) : [])],
      ...(shared
        ? {
            prelude: (module, indexOf) =>
              new Map([
                [barrierName, defineBarrier(module, indexOf("stalled"), context.pauses ? indexOf("delay") : undefined)],
              ]),
          }
        : {}),
    });
    this.module = new WebAssembly.Module(bytes);
    const host = (index: number, arena: number): void => this.callHost(index, arena);
    const imports = { memory: memory.memory, host, stalled: () => threads.stalled(), delay: pauses(0) };
    const { exports } = new WebAssembly.Instance(this.module, { env: imports });
    this.main = exports[mainName] as ThreadedProgram["main"];
    this.parallel = exports[parallelName] as ThreadedProgram["parallel"];
    this.inputs = compiled.inputs.map(({ node, place, moving }) => ({ ...slotAt(node, place), moving }));
    this.outputs = compiled.outputs.map(({ node, place }) => slotAt(node, place));
    const variables: BoundVariable[] = [];
    const constants: BoundConstant[] = [];
    for (const { node, slot } of compiled.bound) {
      if (node.op === "variable") variables.push({ variable: node.params.variable as Variable, slot, home: undefined });
      else if (node.storage !== undefined)
        constants.push({ storage: node.storage, dtype: node.dtype, slot, address: undefined });
    }
    this.variables = variables;
    this.constants = constants;
    this.updated = traced.updates.map((u) => u.variable);
    this.keep = new Set<object>([this, ...variables.map((v) => v.variable)]);
    this.makeRoom = () => this.residents.makeRoom(this.keep);
  }

  run(values: readonly (TypedArray | number)[]): TypedArray[] {
    const { memory, layout } = this;
    const copies = layout.parallel ? this.threads.count : 1;
    const arena = memory.arenaFor(layout.arenaBytes + copies * layout.threadScratchBytes, this.makeRoom);
    this.bind(arena);
    for (let i = 0; i < this.inputs.length; i += 1) {
      const slot = this.inputs[i];
      const value = values[i];
      if (slot === undefined || value === undefined) throw new InternalError("a program was given too few inputs");
      this.giveInput(arena, slot, value);
    }
    memory.i32[arena >>> 2] = 0;
    try {
      // an error of a host op comes out of here
      if (layout.parallel) this.threads.run(this, arena, arena + layout.arenaBytes);
      else this.main(arena, arena + layout.arenaBytes);
    } catch (error) {
      if (error instanceof ThreadLostError) for (const variable of this.updated) variable.markLost(error.message);
      throw error;
    } finally {
      for (const variable of this.updated) variable.changed();
      for (const value of values) if (typeof value !== "number") this.keep.delete(value);
    }
    const status = memory.i32[arena >>> 2] ?? 0;
    if (status !== 0) throw new IndexError(layout.checks[status - 1] ?? "an index is out of range");
    const results = new Array<TypedArray>(this.outputs.length);
    for (let i = 0; i < this.outputs.length; i += 1) {
      const slot = this.outputs[i];
      if (slot === undefined) throw new InternalError("a result without a place");
      results[i] = readMemory(memory, this.addressOf(arena, slot), slot.dtype, slot.size);
    }
    return results;
  }

  /** Copies an input into the arena, unless it is a large one that is kept in the memory anyway. */
  private giveInput(arena: number, slot: InputSlot, value: TypedArray | number): void {
    const { memory } = this;
    let address = arena + slot.offset;
    let copy = true;
    if (slot.moving !== undefined) {
      if (typeof value !== "number") {
        this.keep.add(value);
        const kept = this.residents.addressOf(value, slot.dtype, this.keep, (to) =>
          writeMemory(memory, to, slot.dtype, value),
        );
        if (kept !== undefined) {
          address = kept;
          copy = false;
        }
      }
      memory.i32[(arena + tableOffset) / 4 + slot.moving] = address;
    }
    if (copy) writeMemory(memory, address, slot.dtype, value);
  }

  dispose(): void {
    this.evict();
  }

  /** Gives up the constants' memory; the next run brings them back. */
  evict(): void {
    for (const c of this.constants) {
      if (c.address !== undefined) this.residents.release(c.address);
      c.address = undefined;
    }
    if (this.memory.arenaOwner === this) this.memory.arenaOwner = undefined;
  }

  private addressOf(arena: number, slot: Slot): number {
    if (slot.slot === undefined) return arena + slot.offset;
    return this.memory.i32[(arena + tableOffset) / 4 + slot.slot] ?? 0;
  }

  /** Sees to it that variables and constants are in the memory and that the table says where. */
  private bind(arena: number): void {
    let changed = this.memory.arenaOwner !== this || this.arena !== arena;
    for (const v of this.variables) {
      if (v.home === undefined || v.variable.residence !== v.home) {
        v.home = this.settle(v.variable);
        changed = true;
      }
    }
    for (const c of this.constants) {
      if (c.address !== undefined) continue;
      c.address = this.residents.place(this, c.storage.length * elementBytes(c.dtype), this.keep, evictProgram);
      writeMemory(this.memory, c.address, c.dtype, c.storage);
      changed = true;
    }
    if (!changed) return;
    const table = (arena + tableOffset) / 4;
    for (const v of this.variables) this.memory.i32[table + v.slot] = v.home?.address ?? 0;
    for (const c of this.constants) this.memory.i32[table + c.slot] = c.address ?? 0;
    this.memory.arenaOwner = this;
    this.arena = arena;
  }

  private settle(variable: Variable): WasmHome {
    const { residence } = variable;
    if (residence instanceof WasmHome && residence.memoryIs(this.memory)) return residence;
    const size = sizeOf(variable.shape);
    const address = this.residents.place(variable, size * elementBytes(variable.dtype), this.keep, evictVariable);
    const home = new WasmHome(this.memory, this.residents, address, variable.dtype, size);
    variable.moveTo((value) => {
      writeMemory(this.memory, address, variable.dtype, value);
      return home;
    });
    return home;
  }

  private callHost(index: number, arena: number): void {
    const call = this.hostCalls[index];
    if (call === undefined) throw new InternalError("an unknown host op was called");
    const read = (slot: Slot): TypedArray =>
      readMemory(this.memory, this.addressOf(arena, slot), slot.dtype, slot.size);
    const results = call.op.run(call.inputs.map(read), call.avals);
    call.outputs.forEach((slot, i) => {
      const value = results[i];
      checkHostResult(call.op, slot, value);
      writeMemory(this.memory, this.addressOf(arena, slot), slot.dtype, value);
    });
  }
}

function threadImports({ pauses }: Context): { readonly name: string; readonly params: number }[] {
  return [{ name: "stalled", params: 0 }, ...(pauses ? [{ name: "delay", params: 0 }] : [])];
}

function evictProgram(owner: object): void {
  if (owner instanceof WasmProgram) owner.evict();
}

function evictVariable(owner: object): void {
  if (owner instanceof Variable) owner.moveBack();
}

function checkHostResult(
  op: HostOp,
  { dtype, size }: Slot,
  value: TypedArray | undefined,
): asserts value is TypedArray {
  if (value === undefined || value.length !== size || value.constructor !== allocate(dtype, 0).constructor) {
    throw new InternalError(`host op ${op.name} gave results of another shape or dtype than it declares`);
  }
}

function slotAt(node: Node, place: Place): Slot {
  const size = sizeOf(node.shape);
  if (place.kind === "arena") return { offset: place.offset, slot: undefined, dtype: node.dtype, size };
  return { offset: 0, slot: place.slot, dtype: node.dtype, size };
}
