/**
 * The register tile: rows × vectors accumulators, each element summed as
 *
 *   c[i][j] ← fma(a[i][k], b[k][j], c[i][j])   for k in ascending order,
 *
 * so that the bits of a result depend on neither the tile's size nor where the tile is cut.
 */
import {
  addInt,
  type Builder,
  binary,
  bitcast,
  constant,
  fma,
  int,
  lane,
  load,
  local,
  splat,
  withLane,
} from "../builder.js";
import { type Expr, i32, i64, type Local, scalarBytes, type Type, vector } from "../ir.js";

export type FloatScalar = "f32" | "f64";

/** Elements in a 128-bit vector. */
export function lanesOf(scalar: FloatScalar): number {
  return 16 / scalarBytes(scalar);
}

/** A load at a constant distance, which may be negative. */
export function loadAt(type: Type, address: Expr, offset: number): Expr {
  return offset >= 0 ? load(type, address, offset) : load(type, addInt(address, int(offset)));
}

/**
 * The first `count` elements at an address, `stride` bytes apart (default: contiguous), with zero in the other lanes; reads nothing beyond
 * them.
 */
export function loadPartial(scalar: FloatScalar, address: Expr, offset: number, count: number, stride?: number): Expr {
  const lanes = lanesOf(scalar);
  const size = scalarBytes(scalar);
  const step = stride ?? size;
  const type = vector(scalar, lanes);
  if (count === lanes && step === size) return loadAt(type, address, offset);
  let value: Expr = constant(type, 0);
  let done = 0;
  if (scalar === "f32" && step === size && count >= 2) {
    // two at once
    const pair = withLane(constant(vector("i64", 2), 0), 0, loadAt(i64, address, offset));
    value = bitcast(type, pair);
    done = 2;
  }
  for (let l = done; l < count; l += 1)
    value = withLane(value, l, loadAt({ scalar, lanes: 1 }, address, offset + l * step));
  return value;
}

/** Where a tile's operands lie; distances in bytes, all known when the code is written. */
export interface TileOperands {
  /** Address of a[0][0] of the tile. */
  readonly a: Expr;
  readonly aRow: number;
  readonly aStep: number;
  /** Address of b[0][0] of the tile; the columns are contiguous. */
  readonly b: Expr;
  readonly bStep: number;
  /** Columns of b that may be read; the others count as zero. Default: all. */
  readonly bValid?: number;
}

/** Accumulators by row, then vector. */
export type Tile = readonly (readonly Local[])[];

export function declareTile(b: Builder, scalar: FloatScalar, rows: number, vectors: number): Tile {
  const type = vector(scalar, lanesOf(scalar));
  return Array.from({ length: rows }, () => Array.from({ length: vectors }, () => b.declare(type, "acc")));
}

export function zeroTile(b: Builder, tile: Tile): void {
  for (const acc of tile.flat()) b.set(acc, constant(acc.type, 0));
}

/** Adds what `storeTile` wrote to a tile. */
export function addTile(b: Builder, tile: Tile, address: Expr): void {
  for (const [i, acc] of tile.flat().entries()) b.set(acc, binary("add", load(acc.type, address, 16 * i), local(acc)));
}

export function storeTile(b: Builder, tile: Tile, address: Expr): void {
  for (const [i, acc] of tile.flat().entries()) b.store(address, local(acc), 16 * i);
}

/**
 * Adds the product of k steps to the tile. `k` may be a run-time number.
 *
 * One step a round, on purpose: V8 unrolls the loop itself, whereas it orders the pure multiply-adds of a longer body by accumulator, so
 * that the operands of all steps live at once and spill (V8 11.3: half the speed).
 */
export function accumulateTile(
  b: Builder,
  scalar: FloatScalar,
  tile: Tile,
  operands: TileOperands,
  k: number | Expr,
): void {
  const { aRow, aStep, bStep, bValid = Number.POSITIVE_INFINITY } = operands;
  const lanes = lanesOf(scalar);
  const pa = b.declare(i32, "pa");
  const pb = b.declare(i32, "pb");
  b.set(pa, operands.a);
  b.set(pb, operands.b);
  b.for(
    int(0),
    typeof k === "number" ? int(k) : k,
    int(1),
    () => {
      const right = (tile[0] ?? []).map((_, v) => {
        const valid = Math.min(lanes, bValid - v * lanes);
        return b.let(loadPartial(scalar, local(pb), 16 * v, valid), "b");
      });
      for (const [r, row] of tile.entries()) {
        const left = b.let(splat(loadAt({ scalar, lanes: 1 }, local(pa), r * aRow), lanes), "a");
        for (const [v, acc] of row.entries()) b.set(acc, fma(left, right[v] ?? left, local(acc)));
      }
      b.set(pa, addInt(local(pa), int(aStep)));
      b.set(pb, addInt(local(pb), int(bStep)));
    },
    "k",
  );
}

/** Gives the tile's valid part to `store`: whole vectors, then single elements where fewer than a vector's columns remain. */
export function finishTile(
  b: Builder,
  scalar: FloatScalar,
  tile: Tile,
  validColumns: number,
  store: (value: Expr, row: number, column: number, lanes: number) => void,
): void {
  const lanes = lanesOf(scalar);
  for (const [r, row] of tile.entries()) {
    for (const [v, acc] of row.entries()) {
      const column = v * lanes;
      const valid = Math.min(lanes, validColumns - column);
      if (valid === lanes) {
        store(local(acc), r, column, lanes);
      } else {
        for (let l = 0; l < valid; l += 1) store(b.let(lane(local(acc), l), "c"), r, column + l, 1);
      }
    }
  }
}
