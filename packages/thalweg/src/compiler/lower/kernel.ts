/** What lowering makes of a kernel: stages of code over memory that is yet to be placed. */
import type { Node } from "../../graph/node.js";
import type { Builder } from "../builder.js";
import type { Expr } from "../ir.js";
import type { Kernel } from "../schedule.js";
import type { Places } from "./emit-term.js";

export interface Environment {
  readonly places: Places;
  /** Byte address of the kernel's scratch memory, shared by all threads. */
  readonly scratch: Expr;
  /** Byte address of this thread's own scratch memory. */
  readonly threadScratch: Expr;
}

/** Work that is cut into blocks by shape alone; any threads may take any blocks. Stages run one after the other. */
export interface Stage {
  readonly blocks: number;
  /** About how many elementary operations it takes, to decide whether threads are worth it. */
  readonly work: number;
  /** Which of the memory that the kernel reads. Default: all of it. */
  readonly reads?: readonly Node[];
  emit(b: Builder, start: Expr, end: Expr, env: Environment): void;
}

export interface Lowered {
  readonly kernel: Kernel;
  readonly stages: readonly Stage[];
  /** Places that the code reads, and those that it writes. */
  readonly reads: readonly Node[];
  readonly writes: readonly Node[];
  /** Reads that only ever meet the element being written: their memory may serve a result. */
  readonly inPlace: readonly Node[];
  readonly scratchBytes: number;
  readonly threadScratchBytes: number;
  readonly flops: number;
}
