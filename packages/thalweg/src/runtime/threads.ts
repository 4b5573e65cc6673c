/** Who runs a program: the caller alone, or with the workers of a pool, which starts when it is needed. */
import { nodeModule } from "./host-modules.js";
import type { ProgramMemory } from "./memory.js";
import type { Pace } from "./pace.js";
import { Pool, type TeamProgram } from "./pool.js";
import { checkThreads, type ThreadCount } from "./thread-count.js";

export interface ThreadedProgram extends TeamProgram {
  readonly main: (arena: number, scratch: number) => void;
  readonly pace: Pace;
}

/** Threads that "auto" takes at most: beyond, the small stages between large ones cost more than they gain. */
const mostAutomatic = 8;

/** Milliseconds that the caller computes alone before workers are started: most scripts that compute little never need them. */
const patience = 20;

/** Pools that may break before no more are started. */
const mostBroken = 3;

/** Workers whose device nobody holds any more. */
const forgotten = new FinalizationRegistry<Pool>((pool) => pool.stop());

export class Threads {
  private readonly memory: ProgramMemory;
  /** Whether workers are started, and used, for whatever can be shared. */
  readonly eager: boolean;
  private requested: ThreadCount;
  private pool: Pool | undefined;
  private broken = 0;
  private alone = 0;
  /** Threads that ran the latest program. */
  latest = 1;

  /** `eager` starts the workers with the first program that could use them. */
  constructor(memory: ProgramMemory, requested: ThreadCount, eager: boolean) {
    this.memory = memory;
    this.requested = checkThreads(requested);
    this.eager = eager;
  }

  /** How many threads programs may use, the caller counted. */
  get count(): number {
    if (!this.memory.shared || !mayWait() || this.broken >= mostBroken) return 1;
    return wantedThreads(this.requested);
  }

  set(requested: ThreadCount): void {
    this.requested = checkThreads(requested);
    if (this.pool !== undefined && this.pool.size !== this.count) this.stop();
  }

  stop(): void {
    this.pool?.stop();
    this.pool = undefined;
    forgotten.unregister(this);
  }

  get running(): boolean {
    return this.pool !== undefined && this.pool.broken === undefined;
  }

  stalled(): void {
    this.pool?.stalled();
  }

  /** Runs a program that has a part for several threads, on those that are ready. */
  run(program: ThreadedProgram, arena: number, scratch: number): void {
    this.share(
      program,
      program.pace,
      () => program.main(arena, scratch),
      (threads, pool) => pool.run(program, arena, scratch, threads),
    );
  }

  /** Does `alone`, or `together` on the threads that are ready, as the pace suggests. */
  share(program: TeamProgram, pace: Pace, alone: () => void, together: (threads: number, pool: Pool) => void): void {
    const begun = performance.now();
    const threads = this.eager || pace.shares ? this.available(program) : 1;
    this.latest = threads;
    if (threads > 1 && this.pool !== undefined) together(threads, this.pool);
    else alone();
    const time = performance.now() - begun;
    if (threads === 1) this.alone += time;
    if (this.running) pace.record(threads > 1, time);
  }

  private available(program: TeamProgram): number {
    if (this.pool?.broken !== undefined) {
      this.broken += 1;
      if (this.broken === mostBroken) tellOnce(`worker threads fail (${this.pool.broken}): programs run on one thread`);
      this.pool = undefined;
    }
    if (this.pool === undefined) {
      if (this.requested === 1 || (!this.eager && this.alone < patience)) return 1;
      const { count } = this;
      if (count === 1) {
        if (this.broken < mostBroken) tellWhyAlone(this.memory.shared);
        return 1;
      }
      this.pool = Pool.start(this.memory, count);
      if (this.pool !== undefined) forgotten.register(this, this.pool, this);
    }
    return this.pool?.available(program) ?? 1;
  }
}

function wantedThreads(requested: ThreadCount): number {
  return requested === "auto" ? Math.min(mostAutomatic, machineThreads()) : requested;
}

let machine: number | undefined;

/** What the machine runs at once, as far as it says so. */
export function machineThreads(): number {
  if (machine !== undefined) return machine;
  const os = nodeModule("os") as { readonly availableParallelism?: () => number } | undefined;
  const { navigator } = globalThis as unknown as { readonly navigator?: { readonly hardwareConcurrency?: number } };
  machine = Math.max(1, os?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1);
  return machine;
}

let waitAllowed: boolean | undefined;

/** A page's main thread may not wait in the memory; workers, and Node's main thread, may. */
function mayWait(): boolean {
  if (waitAllowed !== undefined) return waitAllowed;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    waitAllowed = true;
  } catch {
    waitAllowed = false;
  }
  return waitAllowed;
}

let told = false;

function tellOnce(what: string): void {
  if (told) return;
  told = true;
  console.info(`thalweg: ${what}`);
}

/** Only where threads were to be had. */
function tellWhyAlone(shared: boolean): void {
  if (machineThreads() === 1) return;
  if (!shared) {
    const page = (globalThis as unknown as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated === false;
    tellOnce(
      page
        ? "this page is not cross-origin isolated, so programs run on one thread (it must be served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)"
        : "memory cannot be shared here, so programs run on one thread",
    );
  } else if (!mayWait())
    tellOnce("a page's main thread may not wait for others, so programs run on one thread: compute in a worker");
}
