/** What a matrix product is, and what its kernel looks like from outside; see matmul.ts. */
import { addInt, type Builder, binary, int, mulInt } from "../builder.js";
import type { Expr } from "../ir.js";
import type { FloatScalar } from "./matmul-tile.js";

/** Distances in elements between neighbours in a row direction and in a column direction. */
export interface MatrixStrides {
  /** From a[i][j] to a[i+1][j]. */
  readonly row: number;
  /** From a[i][j] to a[i][j+1]. */
  readonly col: number;
}

export interface MatmulBatch {
  /** Sizes of the batch axes; the batch index counts them in row-major order. */
  readonly dims: readonly number[];
  /** Elements from one to the next along each axis; 0 broadcasts. */
  readonly a: readonly number[];
  readonly b: readonly number[];
}

export interface ResultPosition {
  readonly batch: Expr;
  readonly row: Expr;
  readonly col: Expr;
  readonly lanes: number;
  /** The lanes are neighbours in a row of C ("columns"), or, only if `rowVectors` allows it, in a column. */
  readonly along: "columns" | "rows";
}

export type Epilogue = (b: Builder, value: Expr, at: ResultPosition) => void;

/** The register tile: rows and columns (a multiple of the lanes). */
export interface TileShape {
  readonly rows: number;
  readonly columns: number;
}

export interface MatmulSpec {
  readonly scalar: "f32" | "f64" | "i32";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: MatrixStrides;
  readonly b: MatrixStrides;
  readonly batch?: MatmulBatch;
  /** Default 3×12 for f32, 3×6 for f64: fast everywhere. `columns` is a multiple of the lanes, `rows` divides 24. */
  readonly tile?: TileShape;
  readonly epilogue: Epilogue;
  /** The epilogue takes vectors along rows, which products with one column give. Default false: they come as scalars. */
  readonly rowVectors?: boolean;
}

export interface MatmulEnv {
  readonly a: Expr;
  readonly b: Expr;
  readonly scratch: Expr;
  readonly threadScratch: Expr;
}

export interface MatmulStage {
  readonly blocks: number;
  emit(b: Builder, start: Expr, end: Expr, env: MatmulEnv): void;
}

export interface MatmulKernel {
  readonly stages: readonly MatmulStage[];
  readonly scratchBytes: number;
  readonly threadScratchBytes: number;
  readonly flops: number;
}

export type FloatMatmul = MatmulSpec & { readonly scalar: FloatScalar; readonly tile: TileShape };

/**
 * The tiles worth measuring when a program starts, safest first. V8 11.3: 3×12 reaches 91 to 93 % of the peak, 4×8 89 %, 6×8 spills (57 %);
 * V8 13.6: 3×12 91 %, 6×8 97 %.
 */
export const tileCandidates: Readonly<Record<FloatScalar, readonly TileShape[]>> = {
  f32: [
    { rows: 3, columns: 12 },
    { rows: 6, columns: 8 },
  ],
  f64: [
    { rows: 3, columns: 6 },
    { rows: 6, columns: 4 },
  ],
};

export function batchCount(batch: MatmulBatch | undefined): number {
  return (batch?.dims ?? []).reduce((product, d) => product * d, 1);
}

/** Element offset of one operand for a batch index: Σ (index's coordinate × stride), without division where the axes are contiguous. */
export function batchOffset(
  b: Builder,
  dims: readonly number[],
  strides: readonly number[],
  index: Expr,
  bytes: number,
): Expr {
  let offset: Expr = int(0);
  let inner = 1;
  let axis = dims.length - 1;
  while (axis >= 0) {
    const stride = strides[axis] ?? 0;
    let size = dims[axis] ?? 1;
    // neighbouring axes that together step evenly count as one
    while (axis > 0 && (strides[axis - 1] ?? 0) === stride * size) {
      axis -= 1;
      size *= dims[axis] ?? 1;
    }
    if (stride !== 0 && size > 1) {
      let coordinate = inner === 1 ? index : binary("div", index, int(inner));
      if (axis > 0) coordinate = binary("rem", coordinate, int(size));
      offset = addInt(offset, mulInt(coordinate, int(stride * bytes)));
    }
    inner *= size;
    axis -= 1;
  }
  return b.let(offset, "batch");
}
