/** The WebAssembly device: compiles traced functions into modules over one memory and keeps variables resident in it. */
import { allocate, type DType, type TypedArray } from "../base/dtype.js";
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
import { Pace } from "./pace.js";
import { pauses } from "./pauses.js";
import { ThreadLostError, type Ticket } from "./pool.js";
import { ConstantCopy, Residents, VariableHome } from "./residents.js";
import type { ThreadCount } from "./thread-count.js";
import { type ThreadedProgram, Threads } from "./threads.js";
import { tilesFor } from "./tiles.js";
import type { Variable } from "./variable.js";

export interface WasmOptions {
  /** Whether fused multiply-add may be used where the engine has it. Default: true. */
  readonly fma?: boolean;
  /** Threads that large programs may use, the caller counted. Default: "auto", as many as the machine has, up to 8. */
  readonly threads?: ThreadCount;
  /** Elementary operations from which a stage of a program is shared by threads: 0 shares all that can be, and starts the workers at once. */
  readonly parallelWork?: number;
  /** Bytes of variables, constants and values that may stay in the memory between programs. Default: 1 GiB. */
  readonly residentBytes?: number;
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
  const residents = new Residents(memory, options.residentBytes);
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

interface BoundVariable {
  readonly variable: Variable;
  readonly slot: number;
  home: VariableHome | undefined;
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
  readonly pace = new Pace();
  private readonly memory: ProgramMemory;
  private readonly residents: Residents;
  private readonly threads: Threads;
  private readonly layout: Layout;
  private readonly hostCalls: readonly PreparedHostCall[];
  private readonly inputs: readonly InputSlot[];
  private readonly outputs: readonly Slot[];
  private readonly variables: readonly BoundVariable[];
  private readonly constants: readonly ConstantCopy[];
  private readonly updated: readonly Variable[];
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
    const constants: ConstantCopy[] = [];
    for (const { node, slot } of compiled.bound) {
      if (node.op === "variable") variables.push({ variable: node.params.variable as Variable, slot, home: undefined });
      else if (node.storage !== undefined) constants.push(new ConstantCopy(node.storage, node.dtype, slot));
    }
    this.variables = variables;
    this.constants = constants;
    this.updated = traced.updates.map((u) => u.variable);
    this.makeRoom = () => this.residents.evictOne();
  }

  run(values: readonly (TypedArray | number)[]): TypedArray[] {
    const { memory, layout, residents } = this;
    const nested = memory.running > 0; // a host op of another program computes with tensors
    if (!nested) residents.begin();
    const copies = layout.parallel ? this.threads.count : 1;
    const bytes = layout.arenaBytes + copies * layout.threadScratchBytes;
    const arena = nested ? memory.allocate(bytes, this.makeRoom) : memory.arenaFor(bytes, this.makeRoom);
    memory.running += 1;
    try {
      this.bind(arena);
      for (let i = 0; i < this.inputs.length; i += 1) {
        const slot = this.inputs[i];
        const value = values[i];
        if (slot === undefined || value === undefined) throw new InternalError("a program was given too few inputs");
        this.giveInput(arena, slot, value);
      }
      this.execute(arena, nested);
      return this.results(arena);
    } finally {
      memory.running -= 1;
      if (nested) {
        memory.release(arena);
        this.arena = -1;
      }
    }
  }

  private execute(arena: number, nested: boolean): void {
    const { memory, layout } = this;
    memory.i32[arena >>> 2] = 0;
    try {
      // an error of a host op comes out of here
      if (layout.parallel && !nested) this.threads.run(this, arena, arena + layout.arenaBytes);
      else this.main(arena, arena + layout.arenaBytes);
    } catch (error) {
      if (error instanceof ThreadLostError) for (const variable of this.updated) variable.markLost(error.message);
      throw error;
    } finally {
      for (const variable of this.updated) variable.changed();
    }
    const status = memory.i32[arena >>> 2] ?? 0;
    if (status !== 0) throw new IndexError(layout.checks[status - 1] ?? "an index is out of range");
  }

  private results(arena: number): TypedArray[] {
    const results = new Array<TypedArray>(this.outputs.length);
    for (let i = 0; i < this.outputs.length; i += 1) {
      const slot = this.outputs[i];
      if (slot === undefined) throw new InternalError("a result without a place");
      results[i] = this.memory.read(this.addressOf(arena, slot), slot.dtype, slot.size);
    }
    return results;
  }

  /** Copies an input into the arena, unless it is a large one that is kept in the memory anyway. */
  private giveInput(arena: number, slot: InputSlot, value: TypedArray | number): void {
    const { memory } = this;
    const kept =
      slot.moving === undefined || typeof value === "number" ? undefined : this.residents.addressOf(value, slot.dtype);
    const address = kept ?? arena + slot.offset;
    if (kept === undefined) memory.write(address, slot.dtype, value);
    if (slot.moving !== undefined) memory.i32[(arena + tableOffset) / 4 + slot.moving] = address;
  }

  /** Gives up the constants' memory; a further run would bring them back. */
  dispose(): void {
    for (const constant of this.constants) this.residents.release(constant);
  }

  private addressOf(arena: number, slot: Slot): number {
    if (slot.slot === undefined) return arena + slot.offset;
    return this.memory.i32[(arena + tableOffset) / 4 + slot.slot] ?? 0;
  }

  /** Sees to it that variables and constants are in the memory and that the table says where. */
  private bind(arena: number): void {
    const { residents, memory } = this;
    let complete = true;
    for (const v of this.variables) {
      if (v.home === undefined || v.variable.residence !== v.home || residents.use(v.home) === undefined)
        complete = false;
    }
    for (const c of this.constants) if (residents.use(c) === undefined) complete = false;
    if (complete && memory.arenaOwner === this && this.arena === arena) return;
    // First what is there, so that it stays while the rest comes in.
    for (const v of this.variables) {
      const { residence } = v.variable;
      if (residence instanceof VariableHome && residence.residents === residents) residents.use(residence);
    }
    const table = (arena + tableOffset) / 4;
    for (const v of this.variables) {
      v.home = this.settle(v.variable);
      memory.i32[table + v.slot] = v.home.address ?? 0;
    }
    for (const c of this.constants) {
      if (c.address === undefined) memory.write(residents.place(c, this), c.dtype, c.storage);
      memory.i32[table + c.slot] = c.address ?? 0;
    }
    memory.arenaOwner = this;
    this.arena = arena;
  }

  private settle(variable: Variable): VariableHome {
    const { residents, memory } = this;
    const { residence } = variable;
    if (residence instanceof VariableHome && residence.residents === residents && residence.address !== undefined) {
      return residence;
    }
    const home = new VariableHome(residents, variable.dtype, sizeOf(variable.shape));
    const address = residents.place(home, variable);
    variable.moveTo((value) => {
      memory.write(address, variable.dtype, value);
      return home;
    });
    return home;
  }

  private callHost(index: number, arena: number): void {
    const call = this.hostCalls[index];
    if (call === undefined) throw new InternalError("an unknown host op was called");
    const read = (slot: Slot): TypedArray => this.memory.read(this.addressOf(arena, slot), slot.dtype, slot.size);
    const results = call.op.run(call.inputs.map(read), call.avals);
    call.outputs.forEach((slot, i) => {
      const value = results[i];
      checkHostResult(call.op, slot, value);
      this.memory.write(this.addressOf(arena, slot), slot.dtype, value);
    });
  }
}

function threadImports({ pauses }: Context): { readonly name: string; readonly params: number }[] {
  return [{ name: "stalled", params: 0 }, ...(pauses ? [{ name: "delay", params: 0 }] : [])];
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
