/** Workers that share a program memory and run the parallel parts of programs together with the caller. */
import { InternalError } from "../base/errors.js";
import { barrierBytes, barrierOffsets, givenUp } from "../targets/wasm/barrier.js";
import type { ProgramMemory } from "./memory.js";
import { type Message, outcome, sentWord, task, teamBytes, type WorkerWords, workerWordsOf } from "./team-words.js";
import { startWorker, type WorkerHandle } from "./worker-handle.js";

/** What a pool runs. */
export interface TeamProgram {
  readonly module: WebAssembly.Module;
  readonly parallel: (arena: number, scratch: number, thread: number, threads: number, barrier: number) => void;
  /** Under which number the workers know the program. The pool sets it. */
  ticket: Ticket | undefined;
}

export interface Ticket {
  readonly pool: Pool;
  readonly id: number;
  /** The workers have dropped the program. */
  dropped: boolean;
}

/** A thread ended, or failed, in the middle of a program: what the program was writing is lost. */
export class ThreadLostError extends InternalError {
  override name = "ThreadLostError";
}

/** Programs that the workers keep. */
const programsKept = 128;

/** Seconds without a sign of a worker, and times its own share that a caller waits, before it gives up. */
const patience = { seconds: 60, shares: 10 };

/** Milliseconds in which workers leave a program that was given up. */
const leave = 5_000;

const resetGeneration = 2 ** 30;

export class Pool {
  /** Threads, the caller counted. */
  readonly size: number;
  /** Why the pool cannot be used any more. */
  broken: string | undefined;
  private readonly address: number;
  private readonly words: Int32Array;
  private readonly workers: readonly WorkerHandle[];
  private readonly workerWords: readonly WorkerWords[];
  private readonly tickets = new Map<number, Ticket>();
  private nextId = 1;
  private sent = 0;
  private busy = false;
  private team = 1;
  private begun = 0;
  private waited = 0;

  private constructor(memory: ProgramMemory, address: number, size: number) {
    this.address = address;
    // Growth leaves these words where they are: a shared memory's old views stay good.
    this.words = new Int32Array(memory.memory.buffer, address, teamBytes(size) / 4);
    this.words.fill(0);
    const workers: WorkerHandle[] = [];
    let refused: string | undefined;
    try {
      while (workers.length < size - 1) {
        const worker = startWorker((why) => this.breakDown(why));
        if (worker === undefined) break;
        workers.push(worker);
      }
    } catch (error) {
      // A bundle that does not know its own address, a page whose policy forbids workers.
      refused = error instanceof Error ? error.message : String(error);
    }
    this.workers = workers;
    this.workerWords = workers.map((_, i) => workerWordsOf(i + 1));
    this.size = workers.length + 1;
    if (refused === undefined)
      this.send((thread) => ({ kind: "begin", memory: memory.memory, address, thread, words: this.words.length }));
    else this.breakDown(`no worker could be started: ${refused}`);
  }

  /** Starts `size − 1` workers, which will be ready some time later. Undefined when the memory is full. */
  static start(memory: ProgramMemory, size: number): Pool | undefined {
    const address = memory.tryAllocate(teamBytes(size));
    return address === undefined ? undefined : new Pool(memory, address, size);
  }

  private send(messageFor: (thread: number) => Message): void {
    this.sent += 1;
    // Announced first: a worker that has received more than was announced would not know whether to wait.
    Atomics.store(this.words, sentWord, this.sent);
    this.workers.forEach((worker, i) => {
      worker.post(messageFor(i + 1));
      this.ring(i);
    });
  }

  private ring(worker: number): void {
    const own = this.workerWords[worker];
    if (own === undefined) return;
    Atomics.add(this.words, own.bell, 1);
    if (Atomics.load(this.words, own.asleep) !== 0) Atomics.notify(this.words, own.bell);
  }

  /** How many threads, the caller counted, can run the program now. If workers do not know it, they are told. */
  available(program: TeamProgram): number {
    if (this.busy || this.broken !== undefined) return 1;
    const { ticket } = program;
    if (ticket === undefined || ticket.pool !== this || ticket.dropped) {
      this.deliver(program);
      return 1;
    }
    let threads = 1;
    for (const own of this.workerWords) {
      if (Atomics.load(this.words, own.received) !== this.sent) break;
      threads += 1;
    }
    return threads;
  }

  private deliver(program: TeamProgram): void {
    const drop: number[] = [];
    for (const [id, ticket] of this.tickets) {
      if (this.tickets.size < programsKept) break;
      ticket.dropped = true;
      this.tickets.delete(id);
      drop.push(id);
    }
    const id = this.nextId;
    this.nextId += 1;
    const ticket = { pool: this, id, dropped: false };
    this.tickets.set(id, ticket);
    program.ticket = ticket;
    this.send(() => ({ kind: "program", id, module: program.module, drop }));
  }

  /** Runs a program on as many threads as `available` gave. */
  run(program: TeamProgram, arena: number, scratch: number, threads: number): void {
    const { words } = this;
    const { ticket } = program;
    if (ticket === undefined) throw new InternalError("a program is run before it was delivered");
    this.tickets.delete(ticket.id);
    this.tickets.set(ticket.id, ticket); // most recently used
    if ((words[barrierOffsets.generation / 4] ?? 0) > resetGeneration) this.resetBarrier();
    words[task.program] = ticket.id;
    words[task.arena] = arena;
    words[task.scratch] = scratch;
    words[task.threads] = threads;
    this.busy = true;
    this.team = threads;
    this.begun = performance.now();
    this.waited = 0;
    for (let i = 0; i < threads - 1; i += 1) {
      const own = this.workerWords[i];
      if (own === undefined) continue;
      Atomics.add(words, own.given, 1);
      this.ring(i);
    }
    try {
      program.parallel(arena, scratch, 0, threads, this.address);
    } catch (error) {
      throw this.giveUp(error);
    } finally {
      this.busy = false;
    }
  }

  /** Called for each second that the caller waits for its workers. */
  stalled(): void {
    this.waited += 1;
    const worked = (performance.now() - this.begun) / 1000 - this.waited;
    const dead = this.workers.slice(0, this.team - 1).some((worker) => worker.ended());
    if (dead) throw new ThreadLostError("a worker thread ended in the middle of a program");
    if (this.waited > patience.seconds && this.waited > patience.shares * worked) {
      throw new ThreadLostError(`a worker thread gave no sign for ${this.waited} seconds`);
    }
  }

  /** After an error on the caller's thread: gets the workers out of the program. Returns what to throw. */
  private giveUp(error: unknown): unknown {
    const { words } = this;
    const generation = barrierOffsets.generation / 4;
    Atomics.or(words, generation, givenUp);
    Atomics.notify(words, generation);
    const end = performance.now() + leave;
    let lost = error instanceof ThreadLostError ? error : undefined;
    for (let i = 0; i < this.team - 1; i += 1) {
      const own = this.workerWords[i];
      const worker = this.workers[i];
      if (own === undefined || worker === undefined) continue;
      const given = Atomics.load(words, own.given);
      for (;;) {
        const finished = Atomics.load(words, own.finished);
        if (finished === given) break;
        if (worker.ended() || performance.now() > end) {
          lost ??= new ThreadLostError("a worker thread did not leave a program that was given up");
          break;
        }
        Atomics.wait(words, own.finished, finished, 20);
      }
      if (Atomics.load(words, own.finished) === given && Atomics.load(words, own.outcome) === outcome.failed) {
        return this.recover(new ThreadLostError("a worker thread failed in the middle of a program"));
      }
    }
    if (lost !== undefined) {
      this.breakDown(lost.message);
      return lost;
    }
    return this.recover(error);
  }

  private recover(error: unknown): unknown {
    this.resetBarrier();
    return error;
  }

  private resetBarrier(): void {
    this.words.fill(0, 0, barrierBytes / 4);
  }

  private breakDown(why: string): void {
    this.broken ??= why;
    this.stop();
  }

  /** Ends the workers. */
  stop(): void {
    this.broken ??= "it was stopped";
    for (const worker of this.workers) worker.stop();
    for (const ticket of this.tickets.values()) ticket.dropped = true;
    this.tickets.clear();
  }
}
