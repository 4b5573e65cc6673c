/**
 * The words through which a program's caller and its workers speak, in the program memory: a barrier, the task at hand, and for each worker
 * what is asked of it and what it has done. Each group has cache lines of its own. Offsets are in words of 32 bits.
 */
import { barrierBytes } from "../targets/wasm/barrier.js";

const line = 16;
const barrierWords = barrierBytes / 4;

/** The task: program, arena, scratch, threads. Written before the workers are called, read by those that are called. */
export const task = {
  program: barrierWords,
  arena: barrierWords + 1,
  scratch: barrierWords + 2,
  threads: barrierWords + 3,
} as const;

/** Messages sent to each worker so far. */
export const sentWord = barrierWords + line;

const firstWorker = barrierWords + 2 * line;
const workerWords = 2 * line;

/** The words of worker `thread`, counted from 1: the caller is thread 0. */
export interface WorkerWords {
  /** Changes with each task and each message: what a sleeping worker waits on. */
  readonly bell: number;
  /** Tasks given so far. */
  readonly given: number;
  /** Messages received, tasks finished, and whether the worker sleeps: written by the worker. */
  readonly received: number;
  readonly finished: number;
  readonly asleep: number;
  /** How its last task ended: an `outcome`. */
  readonly outcome: number;
}

/** A task given up by another thread ends as `givenUp`; `failed` is an error of the worker's own. */
export const outcome = { done: 0, givenUp: 1, failed: 2 } as const;

export function workerWordsOf(thread: number): WorkerWords {
  const asked = firstWorker + (thread - 1) * workerWords;
  const own = asked + line;
  return { bell: asked, given: asked + 1, received: own, finished: own + 1, asleep: own + 2, outcome: own + 3 };
}

/** Bytes for `threads` threads. */
export function teamBytes(threads: number): number {
  return 4 * (firstWorker + (threads - 1) * workerWords);
}

/** What a worker is told through its event loop. */
export type Message =
  | {
      readonly kind: "begin";
      readonly memory: WebAssembly.Memory;
      readonly address: number;
      readonly thread: number;
      readonly words: number;
    }
  | {
      readonly kind: "program";
      readonly id: number;
      readonly module: WebAssembly.Module;
      readonly drop: readonly number[];
    };
