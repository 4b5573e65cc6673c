/**
 * Matrix products as loop IR: C = A·B for sizes and strides known when the code is written.
 *
 *   const kernel = matmulKernel({ scalar, m, n, k, a, b, tile, epilogue });
 *   for (const stage of kernel.stages) stage.emit(builder, start, end, env);   // a barrier between stages if several threads run
 *
 * - Work is cut into `stage.blocks` blocks by shape alone. Threads may run disjoint ranges [start, end) of one stage at once; a stage begins
 *   when the one before is done.
 * - `env` gives byte addresses: the operands, `scratch` (shared by all threads, `scratchBytes`) and `threadScratch` (one for each thread,
 *   `threadScratchBytes`), both 16-byte aligned for speed. Scratch carries nothing from one call to the next.
 * - `epilogue` receives every result exactly once, as a vector of elements (batch, row, col … col+lanes-1) or a scalar, and stores it.
 *   It must not write to A or B unless the product is one block (`blocks` 1 in the last stage) and m ≤ the tile's rows.
 * - Bits do not depend on the tile, the blocks or the threads: each element is summed over ascending k by fused multiply-add, starting
 *   from 0, in slices that depend on k alone, whose sums are added up. Products with one row or one column whose other operand is contiguous along k are sums of `lanes` interleaved partial sums
 *   instead (see matmul-dots.ts): the order depends on the shape and the strides only.
 * - Operands are never read outside their elements.
 */
import { InternalError } from "../../base/errors.js";
import { addInt, binary, constant, int, lane, load, local, mulInt } from "../builder.js";
import { i32 } from "../ir.js";
import { blockedStages } from "./matmul-blocked.js";
import { dotStages } from "./matmul-dots.js";
import {
  batchCount,
  batchOffset,
  type FloatMatmul,
  type MatmulKernel,
  type MatmulSpec,
  type MatmulStage,
  tileCandidates,
} from "./matmul-spec.js";

export type {
  Epilogue,
  MatmulBatch,
  MatmulEnv,
  MatmulKernel,
  MatmulSpec,
  MatmulStage,
  MatrixStrides,
  ResultPosition,
  TileShape,
} from "./matmul-spec.js";
export { tileCandidates } from "./matmul-spec.js";

export function matmulKernel(given: MatmulSpec): MatmulKernel {
  const flops = 2 * given.m * given.n * given.k * batchCount(given.batch);
  const none: MatmulKernel = { stages: [], scratchBytes: 0, threadScratchBytes: 0, flops };
  if (given.m === 0 || given.n === 0 || batchCount(given.batch) === 0) return none;
  if (given.scalar === "i32") return { ...none, stages: [integerStage(given)] };
  const { scalar } = given;
  const tile = given.tile ?? tileCandidates[scalar][0];
  if (tile === undefined) throw new InternalError(`matmul: no tile for ${scalar}`);
  const swapped = given.n === 1 && given.m !== 1;
  const spec = swapped ? transposed({ ...given, scalar, tile }) : { ...given, scalar, tile };
  // with one row, B's columns are dot products unless they can be taken several at a time
  const parts = spec.m === 1 && spec.b.col !== 1 && spec.k > 1 ? dotStages(spec) : blockedStages(spec);
  const stages = swapped ? parts.stages.map(swapOperands) : parts.stages;
  return { ...parts, stages, flops };
}

function swapOperands(stage: MatmulStage): MatmulStage {
  return {
    blocks: stage.blocks,
    emit: (b, start, end, env) => stage.emit(b, start, end, { ...env, a: env.b, b: env.a }),
  };
}

/** Cᵀ = Bᵀ·Aᵀ: a product with one column as one with one row. */
function transposed(spec: FloatMatmul): FloatMatmul {
  const { epilogue, rowVectors = false, batch } = spec;
  return {
    ...spec,
    m: 1,
    n: spec.m,
    a: { row: spec.b.col, col: spec.b.row },
    b: { row: spec.a.col, col: spec.a.row },
    ...(batch === undefined ? {} : { batch: { dims: batch.dims, a: batch.b, b: batch.a } }),
    epilogue: (b, value, at) => {
      if (at.lanes === 1 || rowVectors) {
        epilogue(b, value, { ...at, row: at.col, col: at.row, along: at.lanes === 1 ? "columns" : "rows" });
        return;
      }
      const kept = b.let(value);
      for (let l = 0; l < at.lanes; l += 1) {
        const row = addInt(at.col, int(l));
        epilogue(b, b.let(lane(kept, l)), { batch: at.batch, row, col: at.row, lanes: 1, along: "columns" });
      }
    },
  };
}

/** Integers have no kernel of their own yet: three loops, wrapping at 32 bits. */
function integerStage(spec: MatmulSpec): MatmulStage {
  const { m, n, k, batch } = spec;
  const dims = batch?.dims ?? [];
  return {
    blocks: batchCount(batch) * m,
    emit(b, start, end, env) {
      b.for(start, end, int(1), (block) => {
        const index = m === 1 ? block : b.let(binary("div", block, int(m)));
        const row = m === 1 ? int(0) : b.let(binary("rem", block, int(m)));
        const a = b.let(
          addInt(addInt(env.a, batchOffset(b, dims, batch?.a ?? [], index, 4)), mulInt(row, int(4 * spec.a.row))),
        );
        const right = b.let(addInt(env.b, batchOffset(b, dims, batch?.b ?? [], index, 4)));
        b.for(int(0), int(n), int(1), (col) => {
          const sum = b.declare(i32, "sum");
          b.set(sum, constant(i32, 0));
          b.for(int(0), int(k), int(1), (p) => {
            const x = load(i32, addInt(a, mulInt(p, int(4 * spec.a.col))));
            const y = load(
              i32,
              addInt(right, addInt(mulInt(p, int(4 * spec.b.row)), mulInt(col, int(4 * spec.b.col)))),
            );
            b.set(sum, binary("add", local(sum), binary("mul", x, y)));
          });
          spec.epilogue(b, local(sum), { batch: index, row, col, lanes: 1, along: "columns" });
        });
      });
    },
  };
}
