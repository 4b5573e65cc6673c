/** Run-time-size kernels shared by the threads of the device's pool: each thread makes the same call on a part of its own. */
import { elementBytes, type FloatDType } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import type { LoopFunction } from "../compiler/ir.js";
import { teamRecordWords, teamWordBytes } from "../compiler/templates/kernel-team.js";
import { device } from "./device.js";
import type { KernelName } from "./kernel-families.js";
import { OutOfMemoryError, type ProgramMemory } from "./memory.js";
import { Pace } from "./pace.js";
import type { TeamProgram, Ticket } from "./pool.js";
import type { Part } from "./sharing.js";
import { Threads } from "./threads.js";

/** Parts begin at multiples of this: no tile of a product is cut by a border, whichever way it lies. */
const grain = 8;

/** The kernels of one dtype in one memory. */
export class KernelTeam implements TeamProgram {
  readonly module: WebAssembly.Module;
  readonly parallel: TeamProgram["parallel"];
  ticket: Ticket | undefined;
  private readonly memory: ProgramMemory;
  private readonly bytes: number;
  private readonly scratchBytes: number;
  private readonly kinds: ReadonlyMap<KernelName, { readonly number: number; readonly floats: readonly boolean[] }>;
  private readonly recordWords: number;
  private readonly paces = new Map<string, Pace>();
  private size = 0;
  private arena = 0;

  constructor(
    memory: ProgramMemory,
    dtype: FloatDType,
    kernels: ReadonlyMap<KernelName, LoopFunction>,
    code: Pick<TeamProgram, "module" | "parallel"> & { readonly scratchBytes: number },
  ) {
    this.memory = memory;
    this.module = code.module;
    this.parallel = code.parallel;
    this.scratchBytes = code.scratchBytes;
    this.bytes = elementBytes(dtype);
    const functions = [...kernels.values()];
    this.recordWords = teamRecordWords(functions);
    this.kinds = new Map(
      [...kernels].map(([name, { params }], number) => [
        name,
        { number, floats: params.map((p) => p.type.scalar !== "i32") },
      ]),
    );
  }

  /**
   * Runs kernel `name` over `length` rows or columns, by several threads where that is likely to be faster, else `alone`. `work` says how large the call is, `least` from when
   * on sharing is tried.
   */
  run(name: KernelName, work: number, least: number, length: number, part: Part, alone: () => void): void {
    const threads = threadsOf(this.memory);
    if (threads === undefined || length < 2 * grain || (work < least && !threads.eager)) return alone();
    threads.share(this, this.paceOf(name, work), alone, (count, pool) => {
      pool.run(this, this.write(name, length, part, count), 0, count);
    });
  }

  /** Fast and slow calls are told apart by kernel and magnitude. */
  private paceOf(name: KernelName, work: number): Pace {
    const key = `${name}${Math.round(Math.log2(work))}`;
    let pace = this.paces.get(key);
    if (pace === undefined) {
      pace = new Pace();
      this.paces.set(key, pace);
    }
    return pace;
  }

  private write(name: KernelName, length: number, part: Part, threads: number): number {
    const kind = this.kinds.get(name);
    if (kind === undefined) throw new InternalError(`there is no kernel ${name}`);
    const recordBytes = teamWordBytes * this.recordWords;
    const records = teamWordBytes + threads * recordBytes;
    if (threads > this.size) this.resize(threads, records);
    const { arena, memory, bytes } = this;
    const scratches = arena + Math.ceil(records / 64) * 64;
    memory.i32[arena >>> 2] = kind.number;
    const floats = bytes === 8 ? memory.f64 : memory.f32;
    const share = Math.ceil(length / threads / grain) * grain;
    for (let thread = 0; thread < threads; thread += 1) {
      const from = Math.min(length, thread * share);
      const args = part(from, Math.min(share, length - from), scratches + thread * this.scratchBytes);
      let at = arena + teamWordBytes + thread * recordBytes;
      for (let i = 0; i < args.length; i += 1) {
        const value = args[i] ?? 0;
        if (kind.floats[i]) floats[at / bytes] = value;
        else memory.i32[at >>> 2] = value;
        at += teamWordBytes;
      }
    }
    return arena;
  }

  private resize(threads: number, records: number): void {
    const { memory } = this;
    if (this.arena !== 0) memory.release(this.arena);
    this.arena = 0;
    this.size = 0;
    const bytes = Math.ceil(records / 64) * 64 + threads * this.scratchBytes;
    const address = memory.tryAllocate(bytes);
    if (address === undefined) throw new OutOfMemoryError(bytes, memory.allocatedBytes);
    this.arena = address;
    this.size = threads;
  }
}

/** The threads of the device that computes in this memory. */
export function threadsOf(memory: ProgramMemory): Threads | undefined {
  const current = device() as { readonly memory?: unknown; readonly threads?: unknown };
  return current.memory === memory && current.threads instanceof Threads ? current.threads : undefined;
}
