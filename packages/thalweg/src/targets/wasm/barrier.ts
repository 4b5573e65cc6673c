/**
 * Where threads of one program wait for each other: a barrier of generations (J. Mellor-Crummey and M. Scott, "Algorithms for scalable
 * synchronization on shared-memory multiprocessors", 1991, section 3.1) that spins for some microseconds and then sleeps.
 *
 *   count       threads that have arrived
 *   generation  grows by one each time all have arrived; its highest bit says that the program was given up
 *   sleepers    threads that sleep until the generation changes
 */
import type { FunctionWriter, WasmModule } from "./asm.js";
import { atomic, control, i32, valueType } from "./opcodes.js";

/** Byte offsets in a barrier, each word in a cache line of its own. */
export const barrierOffsets = { count: 0, generation: 64, sleepers: 128 } as const;
export const barrierBytes = 192;

/** The bit of the generation that ends the program: whoever waits or arrives traps. */
export const givenUp = -0x80000000;

const spins = 2000;
/** Nanoseconds of sleep after which `stalled` is asked whether it is worth going on. */
const patience = 1_000_000_000n;

/**
 * Adds barrier(address, threads). `stalled` is the index of a function that is called after each second of waiting. `delay` is that of one to be
 * called at arrival and departure, for tests.
 */
export function defineBarrier(module: WasmModule, stalled: number, delay: number | undefined): number {
  const f = module.define([valueType.i32, valueType.i32]);
  const [address, threads] = [0, 1];
  const generation = f.local(valueType.i32);
  const left = f.local(valueType.i32);
  const word = (code: number, offset: number): void => f.access(code, 2, offset);
  const loadGeneration = (): void => {
    f.get(address);
    word(atomic.i32Load, barrierOffsets.generation);
  };
  const trapIfGivenUp = (): void => {
    loadGeneration();
    f.i32Const(0);
    f.op(i32.ltS);
    f.if();
    f.op(control.unreachable);
    f.end();
  };

  if (delay !== undefined) f.call(delay);
  loadGeneration();
  f.set(generation);
  trapIfGivenUp();
  f.get(address);
  f.i32Const(1);
  word(atomic.i32RmwAdd, barrierOffsets.count);
  f.i32Const(1);
  f.op(i32.add);
  f.get(threads);
  f.op(i32.eq);
  f.if();
  // the last to arrive lets all go
  f.get(address);
  f.i32Const(0);
  word(atomic.i32Store, barrierOffsets.count);
  f.get(address);
  f.i32Const(1);
  word(atomic.i32RmwAdd, barrierOffsets.generation);
  f.op(control.drop);
  f.get(address);
  word(atomic.i32Load, barrierOffsets.sleepers);
  f.if();
  f.get(address);
  f.i32Const(-1);
  word(atomic.notify, barrierOffsets.generation);
  f.op(control.drop);
  f.end();
  f.else();
  f.i32Const(spins);
  f.set(left);
  f.loop();
  f.get(left);
  f.i32Const(1);
  f.op(i32.sub);
  f.set(left);
  loadGeneration();
  f.get(generation);
  f.op(i32.eq);
  f.get(left);
  f.i32Const(0);
  f.op(i32.gtS);
  f.op(i32.and);
  f.brIf(0);
  f.end();
  sleep(f, address, generation, stalled, loadGeneration);
  f.end();
  trapIfGivenUp();
  if (delay !== undefined) f.call(delay);
  return f.index;
}

/** While the generation is the old one: sleep until it changes. */
function sleep(
  f: FunctionWriter,
  address: number,
  generation: number,
  stalled: number,
  loadGeneration: () => void,
): void {
  const addToSleepers = (amount: number): void => {
    f.get(address);
    f.i32Const(amount);
    f.access(atomic.i32RmwAdd, 2, barrierOffsets.sleepers);
    f.op(control.drop);
  };
  const unchanged = (): void => {
    loadGeneration();
    f.get(generation);
    f.op(i32.eq);
  };
  const timedOut = 2;
  unchanged();
  f.if();
  f.loop();
  addToSleepers(1);
  f.get(address);
  f.get(generation);
  f.i64Const(patience);
  f.access(atomic.wait32, 2, barrierOffsets.generation);
  f.i32Const(timedOut);
  f.op(i32.eq);
  addToSleepers(-1);
  f.if();
  f.call(stalled);
  f.end();
  unchanged();
  f.brIf(0);
  f.end();
  f.end();
}
