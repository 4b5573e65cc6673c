/**
 * The product in register tiles, cut for the caches (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).
 *
 *   stage 1   B is packed into panels as wide as the tile, if its columns are not contiguous or it is too large to be read in place
 *   stage 2   for each block of rows × columns: for each slice of k: [pack A]; for each panel of B: for each tile of rows: accumulate
 *
 * Each slice of k is summed from 0, and its sums are added to those of the slices before, which rest in the thread's scratch: long sums lose less, and
 * the slices depend on k alone.
 */
import { addInt, type Builder, binary, int, mulInt } from "../builder.js";
import { type Expr, scalarBytes } from "../ir.js";
import { packPanel } from "./matmul-pack.js";
import {
  batchCount,
  batchOffset,
  type FloatMatmul,
  type MatmulEnv,
  type MatmulKernel,
  type MatmulStage,
} from "./matmul-spec.js";
import { accumulateTile, addTile, declareTile, finishTile, lanesOf, storeTile, zeroTile } from "./matmul-tile.js";

/** How a product is cut; chosen by `planBlocks` from the shape and strides. */
export interface BlockPlan {
  /** Tile rows, and vectors across. */
  readonly rows: number;
  readonly vectors: number;
  readonly packA: boolean;
  readonly packB: boolean;
  /** Steps of k in a slice (a multiple of 4 unless there is only one slice). */
  readonly kSlice: number;
  /** Rows of a block: a multiple of `rowUnit` unless there is only one block. */
  readonly blockRows: number;
  /** Panels of B in a block. */
  readonly blockPanels: number;
}

/** Panels of equal width, then perhaps one of another. */
interface Panels {
  readonly width: number;
  readonly whole: number;
  /** Valid columns of the last panel, 0 if there is none, and its vectors. */
  readonly restColumns: number;
  readonly restVectors: number;
  readonly count: number;
  /** Columns including the padding of the last panel. */
  readonly padded: number;
  /** Columns of the wider of the two kinds. */
  readonly widest: number;
}

/**
 * Columns as panels of `vectors`; a single vector that would be left joins the panel before it if `join`: three vectors (or four) keep the
 * multipliers busier than two (or three) and one.
 */
function panelsOf(n: number, vectors: number, lanes: number, join: boolean): Panels {
  const width = vectors * lanes;
  let whole = Math.floor(n / width);
  if (join && (vectors === 2 || vectors === 3) && whole > 0 && Math.ceil((n - whole * width) / lanes) === 1) whole -= 1;
  const restColumns = n - whole * width;
  const restVectors = Math.ceil(restColumns / lanes);
  return {
    width,
    whole,
    restColumns,
    restVectors,
    count: whole + (restColumns > 0 ? 1 : 0),
    padded: whole * width + restVectors * lanes,
    widest: Math.max(width, restVectors * lanes),
  };
}

/**
 * Rows of a tile by its vectors: enough accumulators to hide the latency (8), few enough for sixteen registers, and no more than six row
 * addresses, which V8 keeps in registers too. Measured in V8 11.3 and 13.6.
 */
function tileRows(vectors: number, plan: BlockPlan): number {
  // packed rows are bound to their height
  if (plan.packA || vectors === plan.vectors) return plan.rows;
  return { 1: 6, 2: 4, 3: 3, 4: 2 }[vectors] ?? 1;
}

/** How the last rows are cut, when `height` does not divide m: no tile of one row if it can be avoided. */
function lastRows(m: number, height: number): readonly number[] {
  const rest = m % height;
  const total = height + rest;
  if (rest === 0) return [];
  if (m < total || 2 * rest > height) return [rest];
  return [Math.ceil(total / 2), Math.floor(total / 2)];
}

const roundUp = (x: number, to: number): number => Math.ceil(x / to) * to;

/**
 * Up to this many steps, a 4 × 2 tile is taken where it fits exactly: nearly as fast as any, and the epilogue, which may hold a whole
 * optimiser's update, is written out once only.
 */
const smallProduct = 500_000;

/** A multiple of all tile heights. */
const rowUnit = 24;

/** The largest power of two, at most 64 KiB, that divides a distance in bytes. */
function alignment(stride: number): number {
  let common = 1;
  while (common < 64 * 1024 && stride % (2 * common) === 0) common *= 2;
  return common;
}

/**
 * Do as many cache lines, one each `stride` bytes, crowd each other out of the second-level cache? Powers of two from 4 KiB do; other
 * distances are read in place as fast as packed. A cache of 64 KiB in each of its 16 ways is assumed.
 */
function collides(stride: number, lines: number): boolean {
  const common = alignment(stride);
  return stride !== 0 && common > 64 && (16 * 64 * 1024) / common <= lines;
}

export function planBlocks(spec: FloatMatmul): BlockPlan {
  const { m, n, k, scalar } = spec;
  const size = scalarBytes(scalar);
  const lanes = lanesOf(scalar);
  const across = Math.ceil(n / lanes);
  let { rows } = spec.tile;
  let vectors = spec.tile.columns / lanes;
  // few rows take wider tiles, few columns taller ones
  const narrow = { 1: 8, 2: 4, 3: 3 }[m];
  if (narrow !== undefined) vectors = Math.min(narrow, across);
  else if (across < vectors || across === 3) vectors = across;
  else if (m * n * k <= smallProduct && m % 4 === 0 && n % (2 * lanes) === 0) vectors = 2;
  if (vectors !== spec.tile.columns / lanes) rows = { 1: 6, 2: 4, 3: 3, 4: 2 }[vectors] ?? 1;
  const bytesB = k * n * size;
  // rows 2 KiB apart fall on the same few lines of the first-level cache
  const crowded = spec.b.row !== 0 && alignment(spec.b.row * size) >= 2048 && k >= 8;
  const packB = spec.b.col !== 1 || (m >= 48 && (crowded || bytesB > 64 * 1024));
  const kMost = scalar === "f32" ? 512 : 256;
  const slices = Math.max(1, Math.ceil(k / kMost));
  const kSlice = slices === 1 ? k : roundUp(Math.ceil(k / slices), 4);
  const packA = m > 1 && n >= 64 && collides(spec.a.col * size, kSlice);
  const panels = panelsOf(n, vectors, lanes, !packA);
  // blocks large enough to reuse what is in the caches, small enough that several threads share them evenly
  const blockPanels = Math.min(panels.count, Math.ceil(512 / (vectors * lanes)));
  const rowFlops = 2 * k * Math.min(n, blockPanels * vectors * lanes);
  const worthwhile = 2_000_000 / Math.max(1, rowFlops);
  const blockRows = roundUp(Math.min(96, Math.max(m / 10, worthwhile)), rowUnit);
  return { rows, vectors, packA, packB, kSlice, blockRows: blockRows >= m ? m : blockRows, blockPanels };
}

export function blockedStages(spec: FloatMatmul, plan: BlockPlan = planBlocks(spec)): Omit<MatmulKernel, "flops"> {
  const size = scalarBytes(spec.scalar);
  const panels = panelsOf(spec.n, plan.vectors, lanesOf(spec.scalar), !plan.packA);
  const sameB = (spec.batch?.b ?? []).every((stride) => stride === 0);
  const packedBytes = plan.packB ? roundUp(spec.k * panels.padded * size, 16) : 0;
  const work = new Multiply(spec, plan, panels, sameB ? 0 : packedBytes);
  const stages: MatmulStage[] = [work.stage()];
  if (plan.packB) stages.unshift(packStage(spec, plan, panels, sameB ? 1 : batchCount(spec.batch), packedBytes));
  return {
    stages,
    scratchBytes: packedBytes * (sameB ? 1 : batchCount(spec.batch)),
    threadScratchBytes: work.packedBytesA + work.partialBytes,
  };
}

/** One block packs one panel of B over all k. */
function packStage(
  spec: FloatMatmul,
  plan: BlockPlan,
  panels: Panels,
  batches: number,
  packedBytes: number,
): MatmulStage {
  const { k, scalar, batch } = spec;
  const lanes = lanesOf(scalar);
  const size = scalarBytes(scalar);
  return {
    blocks: batches * panels.count,
    emit(b, start, end, env) {
      b.for(start, end, int(1), (index) => {
        const at = batches === 1 ? int(0) : b.let(binary("div", index, int(panels.count)));
        const panel = batches === 1 ? index : b.let(binary("rem", index, int(panels.count)));
        const offset = batches === 1 ? int(0) : batchOffset(b, batch?.dims ?? [], batch?.b ?? [], at, size);
        const source = b.let(
          addInt(addInt(env.b, offset), mulInt(panel, int(panels.width * spec.b.col * size))),
          "from",
        );
        const target = b.let(addInt(env.scratch, mulInt(at, int(packedBytes))), "to");
        const pack = (vectors: number, valid: number): void => {
          slices(b, k, plan.kSlice, (k0, count) => {
            const inSlice = mulInt(mulInt(panel, int(panels.width * size)), asExpr(count));
            packPanel(b, {
              scalar,
              source: addInt(source, mulInt(k0, int(spec.b.row * size))),
              kStride: spec.b.row * size,
              widthStride: spec.b.col * size,
              k: count,
              width: vectors * lanes,
              valid,
              target: addInt(target, addInt(mulInt(k0, int(panels.padded * size)), inSlice)),
            });
          });
        };
        const whole = (): void => pack(plan.vectors, panels.width);
        const rest = (): void => pack(panels.restVectors, panels.restColumns);
        if (panels.restColumns === 0) whole();
        else if (panels.whole === 0) rest();
        else b.if(binary("lt", panel, int(panels.whole)), whole, rest);
      });
    },
  };
}

const asExpr = (x: number | Expr): Expr => (typeof x === "number" ? int(x) : x);

/** Runs the body for each slice of k, with its start and its length (a number when there is one slice only). */
function slices(b: Builder, k: number, kSlice: number, body: (k0: Expr, count: number | Expr) => void): void {
  if (kSlice >= k) {
    body(int(0), k);
    return;
  }
  b.for(
    int(0),
    int(k),
    int(kSlice),
    (k0) => body(k0, k % kSlice === 0 ? kSlice : b.let(binary("min", int(kSlice), binary("sub", int(k), k0)))),
    "k0",
  );
}

/** Addresses and bounds of the block at hand. */
interface Block {
  readonly batch: Expr;
  readonly a: Expr;
  readonly b: Expr;
  readonly packed: Expr;
  readonly partial: Expr;
  /** First row, and the row after the last. */
  readonly row: Expr;
  readonly rowEnd: Expr;
  readonly panel: Expr;
  readonly k0: Expr;
  readonly count: number | Expr;
}

class Multiply {
  readonly packedBytesA: number;
  readonly partialBytes: number;
  private readonly spec: FloatMatmul;
  private readonly plan: BlockPlan;
  private readonly panels: Panels;
  private readonly batchBytesB: number;
  private readonly size: number;
  private readonly rowBlocks: number;
  private readonly columnBlocks: number;

  constructor(spec: FloatMatmul, plan: BlockPlan, panels: Panels, batchBytesB: number) {
    this.spec = spec;
    this.plan = plan;
    this.panels = panels;
    this.batchBytesB = batchBytesB;
    this.size = scalarBytes(spec.scalar);
    this.rowBlocks = Math.ceil(spec.m / plan.blockRows);
    this.columnBlocks = Math.ceil(panels.count / plan.blockPanels);
    this.packedBytesA = plan.packA ? roundUp(plan.blockRows * Math.min(plan.kSlice, spec.k) * this.size, 16) : 0;
    const sliced = plan.kSlice < spec.k;
    this.partialBytes = sliced
      ? roundUp(plan.blockRows, rowUnit) * Math.min(plan.blockPanels, panels.count) * panels.widest * this.size
      : 0;
  }

  stage(): MatmulStage {
    const { spec, plan, size, rowBlocks, columnBlocks } = this;
    const { batch, m } = spec;
    const each = rowBlocks * columnBlocks;
    const emit = (b: Builder, start: Expr, end: Expr, env: MatmulEnv): void => {
      b.for(start, end, int(1), (index) => {
        const at = each === 1 ? index : b.let(binary("div", index, int(each)));
        const inBatch = each === 1 ? int(0) : b.let(binary("rem", index, int(each)));
        const rowBlock = columnBlocks === 1 ? inBatch : b.let(binary("div", inBatch, int(columnBlocks)));
        const columnBlock = columnBlocks === 1 ? int(0) : b.let(binary("rem", inBatch, int(columnBlocks)));
        const row = rowBlocks === 1 ? int(0) : b.let(mulInt(rowBlock, int(plan.blockRows)), "row");
        const rowEnd =
          rowBlocks === 1 ? int(m) : b.let(binary("min", addInt(row, int(plan.blockRows)), int(m)), "rowEnd");
        const offsetA = batchOffset(b, batch?.dims ?? [], batch?.a ?? [], at, size);
        const offsetB = plan.packB
          ? mulInt(at, int(this.batchBytesB))
          : batchOffset(b, batch?.dims ?? [], batch?.b ?? [], at, size);
        const a = b.let(addInt(env.a, offsetA), "a");
        const right = b.let(addInt(plan.packB ? env.scratch : env.b, offsetB), "b");
        slices(b, spec.k, plan.kSlice, (k0, count) => {
          const block: Block = {
            batch: at,
            a: b.let(addInt(a, mulInt(k0, int(spec.a.col * size)))),
            b: b.let(addInt(right, mulInt(k0, int(size * (plan.packB ? this.panels.padded : spec.b.row))))),
            packed: env.threadScratch,
            partial: b.let(addInt(env.threadScratch, int(this.packedBytesA))),
            row,
            rowEnd,
            panel: b.let(mulInt(columnBlock, int(plan.blockPanels))),
            k0,
            count,
          };
          if (plan.packA) this.packRows(b, block);
          this.columns(b, block, columnBlock);
        });
      });
    };
    return { blocks: batchCount(batch) * each, emit };
  }

  /** Rows in steps of `height`, then the last few. */
  private rows(b: Builder, block: Block, height: number, body: (row: Expr, rows: number) => void): void {
    const { m } = this.spec;
    const only = this.rowBlocks === 1;
    const last = only ? lastRows(m, height) : [m % height].filter((rest) => rest > 0);
    const whole = m - last.reduce((sum, rows) => sum + rows, 0);
    if (whole > 0) {
      const end = only ? int(whole) : last.length === 0 ? block.rowEnd : b.let(binary("min", block.rowEnd, int(whole)));
      b.for(block.row, end, int(height), (row) => body(row, height), "row");
    }
    const rest = (): void => {
      const [first = 0, second] = last;
      if (second === first) {
        b.for(int(whole), int(m), int(first), (row) => body(row, first), "row");
      } else {
        body(int(whole), first);
        if (second !== undefined) body(int(whole + first), second);
      }
    };
    if (last.length === 0) return;
    if (only) rest();
    else b.if(binary("eq", block.rowEnd, int(m)), rest);
  }

  private packRows(b: Builder, block: Block): void {
    const { spec, size } = this;
    this.rows(b, block, this.plan.rows, (row, rows) => {
      packPanel(b, {
        scalar: spec.scalar,
        source: addInt(block.a, mulInt(row, int(spec.a.row * size))),
        kStride: spec.a.col * size,
        widthStride: spec.a.row * size,
        k: block.count,
        width: rows,
        valid: rows,
        target: this.packedRow(block, row),
      });
    });
  }

  /** Where the packed rows from `row` on lie. */
  private packedRow(block: Block, row: Expr): Expr {
    const inBlock = this.rowBlocks === 1 ? row : binary("sub", row, block.row);
    return addInt(block.packed, mulInt(mulInt(inBlock, int(this.size)), asExpr(block.count)));
  }

  private columns(b: Builder, block: Block, columnBlock: Expr): void {
    const { panels, plan, columnBlocks } = this;
    if (panels.whole > 0) {
      const end =
        columnBlocks === 1
          ? int(panels.whole)
          : b.let(binary("min", addInt(block.panel, int(plan.blockPanels)), int(panels.whole)));
      b.for(block.panel, end, int(1), (panel) => this.panel(b, block, panel, plan.vectors, panels.width), "panel");
    }
    if (panels.restColumns === 0) return;
    const rest = (): void => this.panel(b, block, int(panels.whole), panels.restVectors, panels.restColumns);
    if (columnBlocks === 1) rest();
    else b.if(binary("eq", columnBlock, int(columnBlocks - 1)), rest);
  }

  /** All rows of the block times one panel. */
  private panel(b: Builder, block: Block, panel: Expr, vectors: number, valid: number): void {
    const { spec, plan, panels, size } = this;
    const inPanel = plan.packB ? asExpr(block.count) : int(1);
    const right = b.let(addInt(block.b, mulInt(mulInt(panel, int(panels.width * size)), inPanel)), "b");
    this.rows(b, block, tileRows(vectors, plan), (row, rows) => {
      const tile = declareTile(b, spec.scalar, rows, vectors);
      const inBlock = this.rowBlocks === 1 ? row : binary("sub", row, block.row);
      const partial = (): Expr => {
        const local = this.columnBlocks === 1 ? panel : binary("sub", panel, block.panel);
        const rowsBytes = panels.widest * size;
        return b.let(
          addInt(
            addInt(block.partial, mulInt(local, int(roundUp(plan.blockRows, rowUnit) * rowsBytes))),
            mulInt(inBlock, int(rowsBytes)),
          ),
        );
      };
      const sliced = plan.kSlice < spec.k;
      zeroTile(b, tile);
      accumulateTile(
        b,
        spec.scalar,
        tile,
        {
          a: plan.packA ? this.packedRow(block, row) : addInt(block.a, mulInt(row, int(spec.a.row * size))),
          aRow: plan.packA ? size : spec.a.row * size,
          aStep: plan.packA ? rows * size : spec.a.col * size,
          b: right,
          bStep: plan.packB ? vectors * 16 : spec.b.row * size,
          ...(plan.packB ? {} : { bValid: valid }),
        },
        block.count,
      );
      if (sliced) b.if(binary("gt", block.k0, int(0)), () => addTile(b, tile, partial()));
      const finish = (): void => {
        const col = b.let(mulInt(panel, int(panels.width)));
        finishTile(b, spec.scalar, tile, valid, (value, r, c, lanes) => {
          spec.epilogue(b, value, {
            batch: block.batch,
            row: addInt(row, int(r)),
            col: addInt(col, int(c)),
            lanes,
            along: "columns",
          });
        });
      };
      if (!sliced) {
        finish();
      } else {
        b.if(binary("ge", addInt(block.k0, int(plan.kSlice)), int(spec.k)), finish, () =>
          storeTile(b, tile, partial()),
        );
      }
    });
  }
}
