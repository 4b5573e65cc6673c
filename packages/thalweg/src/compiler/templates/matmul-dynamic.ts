/**
 * Matrix products whose sizes and strides are known at run time only, for linear algebra on views:
 *
 *   C ← α·A·B   or   C ← C + α·A·B
 *
 * Always packed (Goto and van de Geijn 2008), so one function serves every layout. For each slice of 256 steps of k, an element is summed
 * over ascending k by fused multiply-add from 0 and then joins C as fma(α, sum, C): the bits depend on k alone, not on the tile, the size
 * of the other axes or the layout. One thread runs one call; several threads may run calls on disjoint rows or columns of C, each with its own
 * scratch.
 */
import { addInt, type Builder, binary, defineFunction, fma, int, load, local, mulInt, splat } from "../builder.js";
import { type Expr, f32, f64, i32, type Local, type LoopFunction, scalarBytes, vector } from "../ir.js";
import { packPanel } from "./matmul-pack.js";
import type { TileShape } from "./matmul-spec.js";
import {
  accumulateTile,
  declareTile,
  type FloatScalar,
  lanesOf,
  storeTile,
  type Tile,
  zeroTile,
} from "./matmul-tile.js";

const kSlice = 256;
const blockRows = 96;
/** Divisible by the width of every tile. */
const blockColumns = 504;

/** Bytes of scratch that a call needs, for any sizes. */
export function dynamicMatmulScratchBytes(scalar: FloatScalar): number {
  const size = scalarBytes(scalar);
  return size * (kSlice * (blockRows + blockColumns) + largestTile);
}

/** Elements of a tile at the edge, which passes through memory. */
const largestTile = 128;

export const dynamicMatmulParams = [
  "m",
  "n",
  "k",
  "a",
  "aRow",
  "aCol",
  "b",
  "bRow",
  "bCol",
  "c",
  "cRow",
  "cCol",
  "accumulate",
  "scratch",
  "alpha",
] as const;

type Param = (typeof dynamicMatmulParams)[number];

/**
 * The function `name(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, cCol, accumulate, scratch, alpha)`: all i32 but `alpha`, which is of
 * the scalar. `a`, `b`, `c` and `scratch` are byte addresses, the strides are in elements and may be negative; `accumulate` is 0 or 1.
 * C must not overlap A, B or the scratch. `tile.rows` divides 24. The default tile has 4 rows and two vectors: sizes in linear algebra are
 * mostly multiples of it, and tiles cut by an edge are slow.
 */
export function dynamicMatmul(
  scalar: FloatScalar,
  name = `matmul_${scalar}`,
  tile: TileShape = { rows: 4, columns: 2 * lanesOf(scalar) },
): LoopFunction {
  const params = dynamicMatmulParams.map((p) => ({
    name: p,
    type: p !== "alpha" ? i32 : scalar === "f32" ? f32 : f64,
  }));
  return defineFunction(name, params, (b, values) => {
    const named = Object.fromEntries(dynamicMatmulParams.map((p, i) => [p, values[i] ?? int(0)])) as Record<
      Param,
      Expr
    >;
    new Product(b, scalar, tile, named).emit();
  });
}

/** A matrix by run-time address and strides in bytes. */
interface View {
  readonly address: Local;
  readonly row: Local;
  readonly col: Local;
}

class Product {
  private readonly b: Builder;
  private readonly scalar: FloatScalar;
  private readonly size: number;
  private readonly height: number;
  private readonly width: number;
  private readonly p: Record<Param, Expr>;
  private readonly m: Local;
  private readonly n: Local;
  private readonly left: View;
  private readonly right: View;
  private readonly result: View;

  constructor(b: Builder, scalar: FloatScalar, tile: TileShape, params: Record<Param, Expr>) {
    this.b = b;
    this.scalar = scalar;
    this.size = scalarBytes(scalar);
    this.height = tile.rows;
    this.width = tile.columns;
    this.p = params;
    const view = (): View => ({
      address: b.declare(i32, "at"),
      row: b.declare(i32, "row"),
      col: b.declare(i32, "col"),
    });
    this.m = b.declare(i32, "m");
    this.n = b.declare(i32, "n");
    this.left = view();
    this.right = view();
    this.result = view();
  }

  emit(): void {
    const { b, p } = this;
    // vectors run along rows of C: if its columns are contiguous instead, Cᵀ = Bᵀ·Aᵀ
    const turned = binary("and", binary("ne", p.cCol, int(1)), binary("eq", p.cRow, int(1)));
    b.if(
      turned,
      () => {
        this.bind(p.n, p.m);
        this.bindView(this.left, p.b, p.bCol, p.bRow);
        this.bindView(this.right, p.a, p.aCol, p.aRow);
        this.bindView(this.result, p.c, p.cCol, p.cRow);
      },
      () => {
        this.bind(p.m, p.n);
        this.bindView(this.left, p.a, p.aRow, p.aCol);
        this.bindView(this.right, p.b, p.bRow, p.bCol);
        this.bindView(this.result, p.c, p.cRow, p.cCol);
      },
    );
    const [m, n] = [local(this.m), local(this.n)];
    const packedB = b.let(addInt(p.scratch, int(kSlice * blockRows * this.size)));
    b.for(int(0), n, int(blockColumns), (j0) => {
      const columns = b.let(binary("min", int(blockColumns), binary("sub", n, j0)), "columns");
      // an empty sum still writes its zeros
      b.for(int(0), binary("max", p.k, int(1)), int(kSlice), (k0) => {
        const steps = b.let(binary("min", int(kSlice), binary("sub", p.k, k0)), "steps");
        const source = this.at(this.right, k0, j0);
        this.pack(packedB, source, this.right.row, this.right.col, steps, columns, this.width);
        b.for(int(0), m, int(blockRows), (i0) => {
          const rows = b.let(binary("min", int(blockRows), binary("sub", m, i0)), "rows");
          this.pack(p.scratch, this.at(this.left, i0, k0), this.left.col, this.left.row, steps, rows, this.height);
          this.block(packedB, i0, j0, rows, columns, k0, steps);
        });
      });
    });
  }

  private bind(m: Expr, n: Expr): void {
    this.b.set(this.m, m);
    this.b.set(this.n, n);
  }

  private bindView(view: View, address: Expr, row: Expr, col: Expr): void {
    this.b.set(view.address, address);
    this.b.set(view.row, mulInt(row, int(this.size)));
    this.b.set(view.col, mulInt(col, int(this.size)));
  }

  private at(view: View, row: Expr, col: Expr): Expr {
    const offset = addInt(mulInt(row, local(view.row)), mulInt(col, local(view.col)));
    return this.b.let(addInt(local(view.address), offset), "at");
  }

  /** `count` rows or columns as panels of `width`, the last one filled up with zeros. */
  private pack(target: Expr, source: Expr, kStride: Local, stride: Local, k: Expr, count: Expr, width: number): void {
    const { b, size, scalar } = this;
    b.for(int(0), count, int(width), (at) => {
      const from = b.let(addInt(source, mulInt(at, local(stride))), "from");
      const to = b.let(addInt(target, mulInt(mulInt(at, int(size)), k)), "to");
      b.if(
        binary("le", addInt(at, int(width)), count),
        () =>
          packPanel(b, {
            scalar,
            source: from,
            kStride: local(kStride),
            widthStride: local(stride),
            k,
            width,
            valid: width,
            target: to,
          }),
        () => {
          b.fill(to, int(0), mulInt(k, int(width * size)));
          b.for(int(0), binary("sub", count, at), int(1), (w) => {
            const read = b.declare(i32, "read");
            const write = b.declare(i32, "write");
            b.set(read, addInt(from, mulInt(w, local(stride))));
            b.set(write, addInt(to, mulInt(w, int(size))));
            b.for(int(0), k, int(1), () => {
              b.store(local(write), load({ scalar, lanes: 1 }, local(read)));
              b.set(read, addInt(local(read), local(kStride)));
              b.set(write, addInt(local(write), int(width * size)));
            });
          });
        },
      );
    });
  }

  private block(packedB: Expr, i0: Expr, j0: Expr, rows: Expr, columns: Expr, k0: Expr, steps: Expr): void {
    const { b, scalar, size, height, width, p } = this;
    const adding = b.let(binary("or", binary("ne", p.accumulate, int(0)), binary("gt", k0, int(0))), "adding");
    const contiguous = b.let(binary("eq", local(this.result.col), int(size)), "contiguous");
    b.for(int(0), columns, int(width), (j) => {
      const panel = b.let(addInt(packedB, mulInt(mulInt(j, int(size)), steps)), "panel");
      b.for(int(0), rows, int(height), (i) => {
        const tile = declareTile(b, scalar, height, width / lanesOf(scalar));
        zeroTile(b, tile);
        const operands = {
          a: addInt(p.scratch, mulInt(mulInt(i, int(size)), steps)),
          aRow: size,
          aStep: height * size,
          b: panel,
          bStep: width * size,
        };
        accumulateTile(b, scalar, tile, operands, steps);
        const c = this.at(this.result, addInt(i0, i), addInt(j0, j));
        const inside = binary(
          "and",
          binary("le", addInt(i, int(height)), rows),
          binary("le", addInt(j, int(width)), columns),
        );
        b.if(
          binary("and", contiguous, inside),
          () => this.joinVectors(tile, c, adding),
          () => this.joinElements(tile, c, adding, binary("sub", rows, i), binary("sub", columns, j)),
        );
      });
    });
  }

  private joinVectors(tile: Tile, c: Expr, adding: Expr): void {
    const { b, scalar, p } = this;
    const lanes = lanesOf(scalar);
    const alpha = b.let(splat(p.alpha, lanes), "alpha");
    const each = (join: (sum: Expr, address: Expr, offset: number) => Expr): void => {
      const row = b.declare(i32, "c");
      b.set(row, c);
      for (const accs of tile) {
        for (const [v, acc] of accs.entries()) b.store(local(row), join(local(acc), local(row), 16 * v), 16 * v);
        b.set(row, addInt(local(row), local(this.result.row)));
      }
    };
    b.if(
      adding,
      () => each((sum, address, offset) => fma(alpha, sum, load(vector(scalar, lanes), address, offset))),
      () => each((sum) => binary("mul", alpha, sum)),
    );
  }

  /** At the edges of C, or if its rows are not contiguous: through memory, one element at a time. */
  private joinElements(tile: Tile, c: Expr, adding: Expr, rows: Expr, columns: Expr): void {
    const { b, scalar, size, height, width, p } = this;
    const element = { scalar, lanes: 1 };
    const spilled = b.let(addInt(p.scratch, int(kSlice * (blockRows + blockColumns) * size)), "spilled");
    storeTile(b, tile, spilled);
    b.for(int(0), binary("min", rows, int(height)), int(1), (r) => {
      b.for(int(0), binary("min", columns, int(width)), int(1), (j) => {
        const sum = load(element, addInt(spilled, addInt(mulInt(r, int(width * size)), mulInt(j, int(size)))));
        const to = b.let(addInt(c, addInt(mulInt(r, local(this.result.row)), mulInt(j, local(this.result.col)))), "to");
        b.if(
          adding,
          () => b.store(to, fma(p.alpha, sum, load(element, to))),
          () => b.store(to, binary("mul", p.alpha, sum)),
        );
      });
    });
  }
}
