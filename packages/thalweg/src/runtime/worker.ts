/**
 * A thread of the pool: takes modules through its event loop, and tasks through the shared memory.
 *
 * A worker that waits in the memory cannot receive a message, so it goes back to its event loop whenever more messages were sent than it
 * has received, and waits in the memory otherwise.
 */
import { InternalError } from "../base/errors.js";
import { parallelName } from "../compiler/entry-points.js";
import { barrierOffsets, givenUp } from "../targets/wasm/barrier.js";
import { enableRelaxedSimd } from "../targets/wasm/features.js";
import { nodeModule } from "./host-modules.js";
import { pauses } from "./pauses.js";
import { type Message, outcome, sentWord, task, type WorkerWords, workerWordsOf } from "./team-words.js";

type Parallel = (arena: number, scratch: number, thread: number, threads: number, barrier: number) => void;

/** Looks at the bell before sleeping: some 100 µs, within which the next call of a loop usually comes. */
const looks = 50_000;

class TeamMember {
  private readonly memory: WebAssembly.Memory;
  private readonly address: number;
  private readonly thread: number;
  private readonly words: Int32Array;
  private readonly own: WorkerWords;
  private readonly programs = new Map<number, Parallel>();
  private received = 1;
  private taken = 0;

  constructor(message: Message & { readonly kind: "begin" }) {
    this.memory = message.memory;
    this.address = message.address;
    this.thread = message.thread;
    // Memory that grows keeps its old views: these words are never out of reach.
    this.words = new Int32Array(message.memory.buffer, message.address, message.words);
    this.own = workerWordsOf(message.thread);
  }

  add(message: Message & { readonly kind: "program" }): void {
    for (const id of message.drop) this.programs.delete(id);
    const host = (): void => {
      throw new InternalError("a worker was asked to run a host op");
    };
    const imports = { memory: this.memory, host, stalled: () => undefined, delay: pauses(this.thread) };
    const instance = new WebAssembly.Instance(message.module, { env: imports });
    this.programs.set(message.id, instance.exports[parallelName] as Parallel);
    this.received += 1;
  }

  /** Runs tasks until a message is under way. */
  serve(): void {
    const { words, own } = this;
    Atomics.store(words, own.received, this.received);
    for (;;) {
      const bell = Atomics.load(words, own.bell);
      if (Atomics.load(words, sentWord) !== this.received) return;
      const given = Atomics.load(words, own.given);
      if (given !== this.taken) {
        this.taken = given;
        this.perform();
        continue;
      }
      let left = looks;
      while (left > 0 && Atomics.load(words, own.bell) === bell) left -= 1;
      if (left > 0) continue;
      Atomics.store(words, own.asleep, 1);
      Atomics.wait(words, own.bell, bell);
      Atomics.store(words, own.asleep, 0);
    }
  }

  private perform(): void {
    const { words, own } = this;
    let end: number = outcome.done;
    try {
      const program = this.programs.get(Atomics.load(words, task.program));
      if (program === undefined) throw new InternalError("a worker was given a program that it does not know");
      const [arena, scratch, threads] = [words[task.arena] ?? 0, words[task.scratch] ?? 0, words[task.threads] ?? 1];
      program(arena, scratch, this.thread, threads, this.address);
    } catch {
      const generation = barrierOffsets.generation / 4;
      // The first to give up is the one that failed; whoever waits for it must not wait for ever.
      const before = Atomics.or(words, generation, givenUp);
      Atomics.notify(words, generation);
      end = before < 0 ? outcome.givenUp : outcome.failed;
    }
    Atomics.store(words, own.outcome, end);
    Atomics.store(words, own.finished, this.taken);
    Atomics.notify(words, own.finished);
  }
}

interface Port {
  on(event: "message", listener: (message: Message) => void): void;
}

interface WorkerScope {
  addEventListener(type: "message", listener: (event: { readonly data: Message }) => void): void;
}

function listen(receive: (message: Message) => void): void {
  const threads = nodeModule("worker_threads") as { readonly parentPort: Port | null } | undefined;
  if (threads?.parentPort) threads.parentPort.on("message", receive);
  else (globalThis as unknown as WorkerScope).addEventListener("message", (event) => receive(event.data));
}

enableRelaxedSimd();
let member: TeamMember | undefined;
listen((message) => {
  if (message.kind === "begin") member = new TeamMember(message);
  else member?.add(message);
  member?.serve();
});
