/**
 * The entry by which the threads of a pool run calls of one kernel side by side.
 *
 * The arena holds, 8 bytes each: which kernel, as an i32, then for each thread the arguments of its call. Which part of the work a thread does is all in
 * its arguments.
 */
import { addInt, binary, defineFunction, int, load, mulInt } from "../builder.js";
import { barrierName, parallelName } from "../entry-points.js";
import { i32, type LoopFunction } from "../ir.js";

/** Bytes of a word of the arena, whatever it holds. */
export const teamWordBytes = 8;

/** Words that the arguments of a thread take. */
export function teamRecordWords(kernels: readonly LoopFunction[]): number {
  return Math.max(...kernels.map((kernel) => kernel.params.length));
}

/** `parallel(arena, scratch, thread, threads, barrier)`: calls kernel number `arena[0]` with the thread's own arguments, then waits for all. */
export function kernelTeam(kernels: readonly LoopFunction[]): LoopFunction {
  const recordBytes = teamWordBytes * teamRecordWords(kernels);
  const params = ["arena", "scratch", "thread", "threads", "barrier"].map((name) => ({ name, type: i32 }));
  return defineFunction(parallelName, params, (b, values) => {
    const [arena = int(0), , thread = int(0), threads = int(0), barrier = int(0)] = values;
    const kind = b.let(load(i32, arena), "kind");
    const record = b.let(addInt(addInt(arena, int(teamWordBytes)), mulInt(thread, int(recordBytes))), "record");
    for (const [number, kernel] of kernels.entries()) {
      b.if(binary("eq", kind, int(number)), () =>
        b.call(
          kernel.name,
          kernel.params.map((param, i) => load(param.type, record, teamWordBytes * i)),
        ),
      );
    }
    b.call(barrierName, [barrier, threads]);
  });
}
