/**
 * Features in the program memory, made ready for methods that need columns of one scale:
 *
 *   x̃ᵢⱼ = (xᵢⱼ − x̄ⱼ) gⱼ,    sⱼ = √(Σᵢ wᵢ x̃ᵢⱼ² / Σ w),    unknown uⱼ = βⱼ sⱼ / gⱼ
 *
 * with weighted means x̄ (0 where nothing is to be centred) and gⱼ a power of two, 1 unless the column's squares would leave the range. A column
 * that does not vary beyond rounding is set to 0. Centring changes nothing but an intercept that is not held down.
 */
import { UserError } from "../base/errors.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { Matrix, Workspace } from "../runtime/kernels.js";
import { addMoments, standardize, sumRows } from "../runtime/row-kernels.js";
import { Tensor } from "../tensor/tensor.js";
import { readFeatures } from "./design.js";

export interface StandardRows {
  readonly rows: number;
  readonly columns: number;
  /** x̃, (rows, columns). */
  readonly x: Matrix;
  readonly weights: Matrix;
  readonly totalWeight: number;
  /** x̄ */
  readonly means: Float64Array;
  /** sⱼ; 1 for a column of zeros. */
  readonly spreads: Float64Array;
  /** gⱼ / sⱼ: βⱼ = uⱼ·factorⱼ. */
  readonly factors: Float64Array;
  /** Rows from … to, which fit in the cache, one block after the other. */
  blocks(visit: (x: Matrix, from: number, count: number) => void): void;
}

/** Features as they came, in the program memory; whether they are all finite is seen where they are summed. */
export interface LoadedRows {
  readonly op: string;
  readonly x: Matrix;
  readonly input: RowsInput;
}

export function loadRows(w: Workspace, op: string, input: RowsInput): LoadedRows {
  if (input instanceof Tensor && input.rank === 2) {
    const [rows = 0, columns = 0] = input.shape;
    if (rows > 0 && columns > 0) return { op, input, x: w.load(input.storage(op) as Float64Array, rows, columns) };
  }
  const { rows, columns, data } = readFeatures(op, input);
  return { op, input, x: w.load(data, rows, columns) };
}

/** A column whose sum is not finite holds NaN or infinity, which the reader refuses with row and column, or numbers that are too large. */
function checkSums({ op, input }: LoadedRows, sums: Float64Array): void {
  const beyond = sums.findIndex((s) => !Number.isFinite(s));
  if (beyond < 0) return;
  readFeatures(op, input);
  throw new UserError(
    `${op}: x holds numbers so large in column ${beyond} that their sum is not finite; scale the column`,
  );
}

/**
 * The loaded matrix is overwritten.
 *
 * @throws UserError for NaN and infinities.
 */
export function standardRows(
  w: Workspace,
  loaded: LoadedRows,
  rowWeights: Float64Array,
  center: boolean,
): StandardRows {
  const { x } = loaded;
  const { rows, columns } = x;
  const weights = w.load(rowWeights, rows, 1);
  const totalWeight = rowWeights.reduce((a, b) => a + b, 0);
  const blocks: StandardRows["blocks"] = (visit) => rowBlocks(x, visit);
  const parts = { blocks, columns, weights };
  const unit = new Float64Array(columns).fill(1);
  const means = center ? weightedSums(w, x, weights) : new Float64Array(columns);
  checkSums(loaded, means);
  for (let j = 0; j < columns; j += 1) means[j] = (means[j] ?? 0) / totalWeight;
  let moments = moveAndMeasure(w, parts, center ? means : undefined, unit);
  checkSums(loaded, moments.sums);
  const powers = safePowers(w, x, moments.squares);
  if (powers !== undefined) moments = moveAndMeasure(w, parts, new Float64Array(columns), powers);
  const powerOf = (j: number): number => powers?.[j] ?? 1;
  for (let pass = 0; center && pass < 2; pass += 1) {
    // What rounding left of the means is taken away where it counts beside the spread.
    const left = moments.sums.map((s) => s / totalWeight);
    if (!left.some((m, j) => m * m > 1e-6 * ((moments.squares[j] ?? 0) / totalWeight))) break;
    left.forEach((m, j) => {
      means[j] = (means[j] ?? 0) + m / powerOf(j);
    });
    moments = moveAndMeasure(w, parts, left, unit);
  }
  const spreads = moments.squares.map((s) => Math.sqrt(s / totalWeight));
  spreads.forEach((s, j) => {
    if (s <= 1e-15 * Math.abs(means[j] ?? 0) * powerOf(j)) {
      w.scale(0, x.column(j));
      spreads[j] = 1;
    }
  });
  const factors = spreads.map((s, j) => powerOf(j) / s);
  return { rows, columns, x, weights, totalWeight, means, spreads, factors, blocks };
}

/** Visits x in blocks of rows that fit in the cache. */
export function rowBlocks(x: Matrix, visit: (block: Matrix, from: number, count: number) => void): void {
  const height = Math.max(16, Math.floor(32768 / x.columns));
  for (let from = 0; from < x.rows; from += height) {
    const count = Math.min(height, x.rows - from);
    visit(x.block(from, 0, count, x.columns), from, count);
  }
}

/** Powers of two for the columns whose squares leave the range; undefined where none does. */
function safePowers(w: Workspace, x: Matrix, squares: Float64Array): Float64Array | undefined {
  let powers: Float64Array | undefined;
  squares.forEach((s, j) => {
    if (s > 1e-200 && s < 1e300) return;
    const most = w.maxAbs(x.column(j)).value;
    if (most === 0) return;
    powers ??= new Float64Array(squares.length).fill(1);
    powers[j] = 2 ** Math.max(-1000, Math.min(1000, -Math.floor(Math.log2(most))));
  });
  return powers;
}

function weightedSums(w: Workspace, x: Matrix, weights: Matrix): Float64Array {
  return w.inside(() => {
    const sums = w.zeros(x.columns, 1);
    sumRows(w, x, weights, sums);
    return w.values(sums) as Float64Array;
  });
}

interface Blocks {
  readonly blocks: StandardRows["blocks"];
  readonly columns: number;
  readonly weights: Matrix;
}

function moveAndMeasure(
  w: Workspace,
  { blocks, columns, weights }: Blocks,
  shift: Float64Array | undefined,
  factor: Float64Array,
): { sums: Float64Array; squares: Float64Array } {
  return w.inside(() => {
    const [sums, squares] = [w.zeros(columns, 1), w.zeros(columns, 1)];
    const [by, times] = shift === undefined ? [] : [w.load(shift, columns, 1), w.load(factor, columns, 1)];
    blocks((block, from, count) => {
      if (by !== undefined && times !== undefined) standardize(w, block, by, times);
      addMoments(w, block, weights.block(from, 0, count, 1), sums, squares);
    });
    return { sums: w.values(sums) as Float64Array, squares: w.values(squares) as Float64Array };
  });
}

/** x̄·β of each score, which the intercept gives back for the centring. */
export function centredPart({ means, columns }: StandardRows, weights: Float64Array, score: number): number {
  return means.reduce((sum, m, j) => sum + m * (weights[score * columns + j] ?? 0), 0);
}
