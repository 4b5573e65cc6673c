/** The kernels of `linalg-columns` as functions over a float64 workspace, with the padding that they ask for. */
import { columnTile } from "../compiler/templates/linalg-columns.js";
import type { Workspace } from "./kernels.js";
import { fits, type Integers, type Matrix } from "./matrix-view.js";
import { type Part, sharedProduct, sharedSweep } from "./sharing.js";

/** The least multiple of the register tile that is not below `count`. */
export function padded(count: number): number {
  return Math.ceil(count / columnTile) * columnTile;
}

/** B ← diag(factors) (A − 1 shiftᵀ); A and B may be the same. Rows are contiguous. */
export function shiftRows(w: Workspace, a: Matrix, b: Matrix, shift: Matrix, factors: Matrix): void {
  fits("shiftRows", a.rows === b.rows && a.columns === b.columns && a.columnStep === 1 && b.columnStep === 1);
  fits("shiftRows", shift.rows === a.columns && factors.rows >= a.rows && isLine(shift) && isLine(factors));
  w.call("shiftRows", a.rows, a.columns, a.address, a.rowStep, b.address, b.rowStep, shift.address, factors.address);
}

/**
 * C ← C + ZᵀZ, of which only the lower triangle counts: for tables of few columns, whose number is a multiple of the tile, several times as fast as a
 * product that packs them. Rows are contiguous.
 */
export function addGram(w: Workspace, z: Matrix, c: Matrix): void {
  const n = z.columns;
  fits("addGram", n % columnTile === 0 && c.rows === n && c.columns === n && z.columnStep === 1 && c.columnStep === 1);
  const part: Part = (from, count) => [z.rows, n, z.address, z.rowStep, c.address, c.rowStep, from, from + count];
  w.shared("gram", (z.rows * n * n) / 2, sharedProduct, n, part);
}

/** What rows are held against. */
export interface Centers {
  /** (columns, padded centres): a centre a column, whatever there is in those that fill up. */
  readonly transposed: Matrix;
  /** ‖c‖², Infinity for those that fill up. */
  readonly lengths: Matrix;
  /** The largest ‖c‖². */
  readonly longest: number;
}

/**
 * labels ← the first centre nearest to each row of X, or −1 where the second nearest is not more than margin · (‖x‖² + longest) farther. The
 * number of rows is a multiple of the tile.
 */
export function nearestRows(
  w: Workspace,
  x: Matrix,
  centers: Centers,
  squares: Matrix,
  labels: Integers,
  margin: number,
): void {
  const { transposed, lengths, longest } = centers;
  const k = transposed.columns;
  fits("nearestRows", x.rows % columnTile === 0 && k % columnTile === 0 && lengths.rows === k && x.columnStep === 1);
  fits(
    "nearestRows",
    isLine(squares) && transposed.rows === x.columns && squares.rows >= x.rows && labels.length >= x.rows,
  );
  const part: Part = (i, count) => [
    count,
    x.columns,
    k,
    x.at(i, 0),
    x.rowStep,
    transposed.address,
    lengths.address,
    squares.at(i, 0),
    labels.address + 4 * i,
    margin,
    longest,
  ];
  w.shared("nearestRows", x.rows * x.columns * k, sharedProduct, x.rows, part);
}

/** Row c of sums and totals ← what it is plus the weighted rows of X with label c; rows with labels below 0 are left out. */
export function addRows(
  w: Workspace,
  x: Matrix,
  labels: Integers,
  weights: Matrix,
  sums: Matrix,
  totals: Matrix,
): void {
  fits("addRows", x.columnStep === 1 && sums.columnStep === 1 && sums.rowStep === x.columns);
  fits("addRows", labels.length >= x.rows && weights.rows >= x.rows && totals.rows === sums.rows);
  w.call(
    "addRows",
    x.rows,
    x.columns,
    x.address,
    x.rowStep,
    labels.address,
    weights.address,
    sums.address,
    totals.address,
  );
}

/** out ← ‖xᵢ − cᵢ‖² with cᵢ the row labelsᵢ of the centres. */
export function rowDistances(w: Workspace, x: Matrix, labels: Integers, centers: Matrix, out: Matrix): void {
  fits("rowDistances", x.columnStep === 1 && centers.columnStep === 1 && centers.rowStep === x.columns);
  fits("rowDistances", labels.length >= x.rows && out.rows >= x.rows && isLine(out));
  const part: Part = (i, count) => [
    count,
    x.columns,
    x.at(i, 0),
    x.rowStep,
    labels.address + 4 * i,
    centers.address,
    out.at(i, 0),
  ];
  w.shared("rowDistances", x.rows * x.columns, sharedSweep, x.rows, part);
}

function isLine(v: Matrix): boolean {
  return v.columns === 1 && v.rowStep === 1;
}
