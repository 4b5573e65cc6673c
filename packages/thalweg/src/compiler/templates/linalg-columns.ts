/**
 * Kernels on the rows of a table that estimators fit on, float64 only: rows shifted and weighted, the Gram matrix of few columns without packing,
 * the nearest of a few centres to each row, rows summed by group, distances.
 *
 * Tables are row-major with contiguous rows, padded as each kernel says, so that no tile is cut by an edge.
 */
import {
  addInt,
  type Builder,
  binary,
  cast,
  constant,
  fma,
  int,
  lane,
  load,
  local,
  mulInt,
  select,
  shuffle,
  splat,
} from "../builder.js";
import { type Expr, i32, type Local, type LoopFunction } from "../ir.js";
import { alongVectors, elementAt, foldSum, linalgFunction, widthsOf, zero } from "./linalg-define.js";
import { declareTile, type Tile, zeroTile } from "./matmul-tile.js";

/** Rows and columns of a register tile: tables are padded to multiples of it. */
export const columnTile = 4;
/** Rows that the Gram matrix and the centres see at a time: a tile's share of them stays in the first cache. */
const slice = 256;

const w = widthsOf("f64");
const size = int(w.size);

/** All of them. */
export function columnKernels(): readonly LoopFunction[] {
  return [shiftRows(), gram(), nearestRows(), addRows(), rowDistances()];
}

/** bᵢⱼ ← (aᵢⱼ − shiftⱼ) · factorᵢ; the same table twice changes it in place. */
function shiftRows(): LoopFunction {
  const ints = ["m", "n", "a", "ar", "b", "br", "shift", "factors"] as const;
  return linalgFunction("f64", "shiftRows", ints, [], (b, p) => {
    b.for(int(0), p.m, int(1), (i) => {
      const factor = b.let(load(w.element, elementAt(w, p.factors, i, int(1))), "factor");
      const wide = b.let(splat(factor, w.lanes), "factor");
      const vectors = [
        { address: b.let(elementAt(w, p.a, i, p.ar), "from"), step: int(1) },
        { address: p.shift, step: int(1) },
        { address: b.let(elementAt(w, p.b, i, p.br), "to"), step: int(1) },
      ];
      alongVectors(b, w, p.n, vectors, ([from = int(0), by = int(0), to = int(0)], lanes) => {
        const type = lanes === 1 ? w.element : w.wide;
        const moved = binary("sub", load(type, from), load(type, by));
        b.store(to, binary("mul", moved, lanes === 1 ? factor : wide));
      });
    });
  });
}

/** Four rows of products with four columns: acc ← acc + Σₖ a[k, 0 … 3] ⊗ b[k, 0 … 3], `aRow` bytes between the four, `aStep` and `bStep` from a k to the next. */
function accumulate(
  b: Builder,
  tile: Tile,
  [a, aRow, aStep]: readonly [Expr, readonly Expr[], Expr],
  [right, bStep]: readonly [Expr, Expr],
  count: Expr,
): void {
  const pa = tile.map((_, r) => {
    const pointer = b.declare(i32, "pa");
    b.set(pointer, addInt(a, aRow[r] ?? int(0)));
    return pointer;
  });
  const pb = b.declare(i32, "pb");
  b.set(pb, right);
  b.for(int(0), count, int(1), () => {
    const columns = (tile[0] ?? []).map((_, v) => b.let(load(w.wide, local(pb), 16 * v), "b"));
    for (const [r, row] of tile.entries()) {
      const pointer = pa[r] ?? pb;
      const left = b.let(splat(load(w.element, local(pointer)), w.lanes), "a");
      for (const [v, acc] of row.entries()) b.set(acc, fma(left, columns[v] ?? left, local(acc)));
      b.set(pointer, addInt(local(pointer), aStep));
    }
    b.set(pb, addInt(local(pb), bStep));
  });
}

/**
 * Rows of tiles of the lower triangle of C ← C + ZᵀZ, for an m × n table Z with n a multiple of the tile: the tiles from / 4 … to / 4 − 1 of the order
 * first, last, second, last but one, …, in which equal parts are equal work. Each element is summed over slices of 256 rows, each from 0: the bits depend
 * on m alone.
 */
function gram(): LoopFunction {
  const ints = ["m", "n", "z", "zr", "c", "cr", "from", "to"] as const;
  return linalgFunction("f64", "gram", ints, [], (b, p) => {
    const step = b.let(mulInt(p.zr, size), "step");
    const last = b.let(binary("sub", p.n, int(columnTile)), "last");
    b.for(int(0), p.m, int(slice), (start) => {
      const count = b.let(binary("min", int(slice), binary("sub", p.m, start)), "count");
      const rows = b.let(addInt(p.z, mulInt(start, step)), "rows");
      b.for(p.from, p.to, int(columnTile), (place) => {
        const half = b.let(binary("and", binary("shrS", place, int(1)), int(-columnTile)), "half");
        const odd = binary("and", place, int(columnTile));
        const i = b.let(select(binary("ne", odd, int(0)), binary("sub", last, half), half), "row");
        b.for(int(0), addInt(i, int(columnTile)), int(columnTile), (j) => {
          const tile = declareTile(b, "f64", columnTile, columnTile / w.lanes);
          zeroTile(b, tile);
          const left = b.let(addInt(rows, mulInt(i, size)), "left");
          const right = b.let(addInt(rows, mulInt(j, size)), "right");
          accumulate(b, tile, [left, tile.map((_, r) => int(r * w.size)), step], [right, step], count);
          for (const [r, row] of tile.entries()) {
            const to = b.let(addInt(elementAt(w, p.c, addInt(i, int(r)), p.cr), mulInt(j, size)), "to");
            for (const [v, acc] of row.entries())
              b.store(to, binary("add", load(w.wide, to, 16 * v), local(acc)), 16 * v);
          }
        });
      });
    });
  });
}

/** The least, the second least and the place of the least so far, of two rows in the lanes. */
interface Least {
  readonly nearest: Local;
  readonly second: Local;
  readonly best: Local;
}

/** Without branches: which centre is nearest cannot be foretold. */
function consider(b: Builder, { nearest, second, best }: Least, d: Expr, place: Expr): void {
  const closer = b.let(binary("lt", d, local(nearest)), "closer");
  const next = b.let(select(binary("lt", d, local(second)), d, local(second)), "next");
  b.set(second, select(closer, local(nearest), next));
  b.set(best, select(closer, place, local(best)));
  b.set(nearest, select(closer, d, local(nearest)));
}

/**
 * labelᵢ ← the first c of least ‖c‖² − 2 xᵢ·c, or −1 unless the second least is more than margin · (‖xᵢ‖² + longest) above it. m is a multiple of the
 * tile; so is k: centres that only fill up have length Infinity. `centers` is n × k (a centre a column).
 */
function nearestRows(): LoopFunction {
  const ints = ["m", "n", "k", "x", "xr", "centers", "lengths", "squares", "labels"] as const;
  return linalgFunction("f64", "nearestRows", ints, ["margin", "longest"], (b, p) => {
    const row = b.let(mulInt(p.xr, size), "row");
    const width = b.let(mulInt(p.k, size), "width");
    b.for(int(0), p.m, int(columnTile), (i) => {
      const left = b.let(addInt(p.x, mulInt(i, row)), "left");
      const pairs: readonly Least[] = Array.from({ length: columnTile / w.lanes }, () => {
        const [nearest, second, best] = [b.declare(w.wide, "nearest"), b.declare(w.wide, "second"), b.declare(w.wide)];
        b.set(nearest, constant(w.wide, Number.POSITIVE_INFINITY));
        b.set(second, constant(w.wide, Number.POSITIVE_INFINITY));
        b.set(best, zero(w.wide));
        return { nearest, second, best };
      });
      b.for(int(0), p.k, int(columnTile), (c) => {
        const tile = declareTile(b, "f64", columnTile, columnTile / w.lanes);
        zeroTile(b, tile);
        const first = b.let(mulInt(c, size), "first");
        accumulate(
          b,
          tile,
          [left, tile.map((_, r) => (r === 0 ? int(0) : mulInt(row, int(r)))), size],
          [addInt(p.centers, first), width],
          p.n,
        );
        const place = b.let(splat(cast(w.element, c), w.lanes), "place");
        for (let v = 0; v < columnTile / w.lanes; v += 1) {
          const lengths = b.let(load(w.wide, addInt(p.lengths, first), 16 * v), "lengths");
          for (const [pair, least] of pairs.entries()) {
            const [upper, lower] = [tile[2 * pair]?.[v], tile[2 * pair + 1]?.[v]].map((acc) =>
              b.let(acc === undefined ? lengths : fma(constant(w.wide, -2), local(acc), lengths), "d"),
            );
            if (upper === undefined || lower === undefined) continue;
            for (let l = 0; l < w.lanes; l += 1) {
              const d = b.let(shuffle(upper, lower, [l, l + w.lanes]), "d");
              consider(b, least, d, binary("add", place, constant(w.wide, v * w.lanes + l)));
            }
          }
        }
      });
      for (const [pair, { nearest, second, best }] of pairs.entries())
        for (let l = 0; l < w.lanes; l += 1) {
          const at = b.let(addInt(i, int(pair * w.lanes + l)), "at");
          const reach = binary("add", load(w.element, elementAt(w, p.squares, at, int(1))), p.longest);
          // written so that NaN, of numbers that overflow, is not clear
          const ahead = binary("sub", lane(local(second), l), lane(local(nearest), l));
          const clear = binary("gt", ahead, binary("mul", p.margin, reach));
          const label = select(clear, cast(i32, lane(local(best), l)), int(-1));
          b.store(addInt(p.labels, mulInt(at, int(4))), label);
        }
    });
  });
}

/** sums[labelᵢ, :] ← sums[labelᵢ, :] + weightᵢ xᵢ and totals[labelᵢ] ← totals[labelᵢ] + weightᵢ, rows ascending; rows with labels below 0 are left out. */
function addRows(): LoopFunction {
  const ints = ["m", "n", "x", "xr", "labels", "weights", "sums", "totals"] as const;
  return linalgFunction("f64", "addRows", ints, [], (b, p) => {
    b.for(int(0), p.m, int(1), (i) => {
      const label = b.let(load(i32, addInt(p.labels, mulInt(i, int(4)))), "label");
      b.if(binary("ge", label, int(0)), () => {
        const weight = b.let(load(w.element, elementAt(w, p.weights, i, int(1))), "weight");
        const wide = b.let(splat(weight, w.lanes), "weight");
        const total = b.let(elementAt(w, p.totals, label, int(1)), "total");
        b.store(total, binary("add", load(w.element, total), weight));
        const vectors = [
          { address: b.let(elementAt(w, p.x, i, p.xr), "from"), step: int(1) },
          { address: b.let(elementAt(w, p.sums, label, p.n), "to"), step: int(1) },
        ];
        alongVectors(
          b,
          w,
          p.n,
          vectors,
          ([from = int(0), to = int(0)], lanes) => {
            const type = lanes === 1 ? w.element : w.wide;
            b.store(to, fma(lanes === 1 ? weight : wide, load(type, from), load(type, to)));
          },
          2,
        );
      });
    });
  });
}

/** outᵢ ← ‖xᵢ − c‖² with c the row labelᵢ of the contiguous `centers`, in interleaved sums that depend on n alone. */
function rowDistances(): LoopFunction {
  const ints = ["m", "n", "x", "xr", "labels", "centers", "out"] as const;
  return linalgFunction("f64", "rowDistances", ints, [], (b, p) => {
    const sums = Array.from({ length: 4 }, () => b.declare(w.wide, "sum"));
    const rest = b.declare(w.element, "rest");
    b.for(int(0), p.m, int(1), (i) => {
      const label = load(i32, addInt(p.labels, mulInt(i, int(4))));
      const vectors = [
        { address: b.let(elementAt(w, p.x, i, p.xr), "row"), step: int(1) },
        { address: b.let(elementAt(w, p.centers, label, p.n), "center"), step: int(1) },
      ];
      for (const sum of sums) b.set(sum, zero(w.wide));
      b.set(rest, zero(w.element));
      alongVectors(
        b,
        w,
        p.n,
        vectors,
        ([from = int(0), to = int(0)], lanes, place) => {
          const sum = lanes === 1 ? rest : (sums[place] ?? rest);
          const d = b.let(binary("sub", load(sum.type, from), load(sum.type, to)), "d");
          b.set(sum, fma(d, d, local(sum)));
        },
        4,
      );
      const [s0 = rest, s1 = rest, s2 = rest, s3 = rest] = sums;
      const all = b.let(binary("add", binary("add", local(s0), local(s1)), binary("add", local(s2), local(s3))));
      b.store(elementAt(w, p.out, i, int(1)), binary("add", foldSum(w, all), local(rest)));
    });
  });
}
