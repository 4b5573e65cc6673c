/** The names by which a compiled program is entered, apart from the compiler so that worker threads need not load it. */

/** (arena, scratch): the whole program on one thread. */
export const mainName = "main";
/** (arena, scratch, thread, threads, barrier): what one of several threads does. */
export const parallelName = "parallel";
/** (barrier, threads): what the parallel entry point calls, and the target supplies. */
export const barrierName = "barrier";
